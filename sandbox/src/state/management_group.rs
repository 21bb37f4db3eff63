//! Management groups as they are kept, and the tree they make with the subscriptions of a tenant.
//!
//! Source: <https://learn.microsoft.com/azure/governance/management-groups/overview>. The root group of a tenant
//! has the tenant's id for a name.

use super::State;

/// A management group.
#[derive(Clone, Debug)]
pub struct ManagementGroup {
    /// Its name, which Azure calls an id.
    pub name: String,
    /// Tenant it belongs to.
    pub tenant: String,
    /// Display name.
    pub display_name: String,
    /// The name of the group above; only a root group has none.
    pub parent: Option<String>,
    /// How often it was written.
    pub version: u32,
    /// Object id of who wrote it last.
    pub updated_by: String,
    /// When it was written last.
    pub updated_time: String,
}

/// What the id of every management group starts with.
pub(crate) const GROUPS: &str = "/providers/Microsoft.Management/managementGroups/";

impl ManagementGroup {
    /// Its full id.
    pub fn id(&self) -> String {
        format!("{GROUPS}{}", self.name)
    }
}

/// The name of a group from its id, or from the id of something that is kept at it.
pub(crate) fn group_name(id: &str) -> Option<&str> {
    let start = id.get(..GROUPS.len())?;
    let name = id[GROUPS.len()..].split('/').next()?;
    (start.eq_ignore_ascii_case(GROUPS) && !name.is_empty()).then_some(name)
}

impl State {
    /// The management group with this name.
    pub fn management_group(&self, name: &str) -> Option<&ManagementGroup> {
        self.management_groups.iter().find(|group| group.name.eq_ignore_ascii_case(name))
    }

    /// Adds a management group; without a parent it is below the tenant's root.
    pub fn add_management_group(&mut self, tenant: &str, name: &str, parent: Option<&str>) {
        let is_root = name.eq_ignore_ascii_case(tenant);
        self.management_groups.push(ManagementGroup {
            name: name.to_owned(),
            tenant: tenant.to_owned(),
            display_name: if is_root { "Tenant Root Group".to_owned() } else { name.to_owned() },
            parent: (!is_root).then(|| parent.unwrap_or(tenant).to_owned()),
            version: 1,
            updated_by: String::new(),
            updated_time: "2026-01-01T00:00:00.0000000Z".to_owned(),
        });
    }

    /// Puts a subscription into a management group of its tenant.
    pub fn move_subscription(&mut self, subscription: &str, group: &str) {
        if let Some(known) = self.subscription_mut(subscription) {
            known.management_group = Some(group.to_owned());
        }
    }

    /// A group and every group above it, nearest first.
    pub(crate) fn group_and_above(&self, name: &str) -> Vec<&ManagementGroup> {
        let mut chain: Vec<&ManagementGroup> = Vec::new();
        let mut next = self.management_group(name);
        // A test may arrange a circle; Azure cannot have one.
        while let Some(group) = next.filter(|_| chain.len() < DEEPEST) {
            chain.push(group);
            next = group.parent.as_deref().and_then(|parent| self.management_group(parent));
        }
        chain
    }

    /// Every group above a subscription, nearest first.
    pub(crate) fn groups_above(&self, subscription: &str) -> Vec<&ManagementGroup> {
        let known = self.subscription(subscription);
        let own = known.map(|known| known.management_group.as_deref().unwrap_or(&known.tenant));
        own.map_or_else(Vec::new, |name| self.group_and_above(name))
    }

    /// Whether a scope, a group or anything in a subscription, is a group's or below it.
    pub(crate) fn is_in_group(&self, scope: &str, group: &str) -> bool {
        let above = match group_name(scope) {
            Some(name) => self.group_and_above(name),
            None => {
                let mut parts = scope.split('/').skip(1);
                let is_subscription =
                    parts.next().is_some_and(|word| word.eq_ignore_ascii_case("subscriptions"));
                match parts.next() {
                    Some(id) if is_subscription => self.groups_above(id),
                    _ => Vec::new(),
                }
            }
        };
        above.iter().any(|known| known.name.eq_ignore_ascii_case(group))
    }
}

/// Six levels, the root, and one more than there may be.
pub(crate) const DEEPEST: usize = 8;
