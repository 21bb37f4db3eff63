//! What a caller may read, worked out once for a whole query: thousands of rows ask about few scopes.

use std::collections::HashMap;

use crate::arm::roles::{self, Role};
use crate::arm::target;
use crate::caller::Caller;
use crate::state::{Definition, State, Subscription, group_name};

/// A caller's roles, ready to be asked about any scope.
pub(super) struct Reader<'a> {
    state: &'a State,
    tenant: &'a str,
    /// A management group and those above it, nearest first, by its name; all in lower case.
    chains: HashMap<String, Vec<String>>,
    /// Roles in the home tenant, by scope.
    home: Vec<(String, Role)>,
    /// Roles that delegations lend, by subscription.
    lent: HashMap<String, Vec<(String, Role)>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(state: &'a State, caller: &'a Caller, now: i64) -> Reader<'a> {
        let chains = state.management_groups.iter().map(|group| {
            let above = state.group_and_above(&group.name);
            let names = above.iter().map(|one| one.name.to_ascii_lowercase()).collect();
            (group.name.to_ascii_lowercase(), names)
        });
        let chains = chains.collect();
        let identities = state.identities(&caller.object_id);
        let own = state
            .role_assignments
            .iter()
            .filter(|known| identities.contains(&known.principal.to_ascii_lowercase()));
        let home = own
            .filter_map(|known| Some((known.scope.clone(), roles::find(state, &known.role)?)))
            .collect();
        let lent = lent_roles(state, caller, &identities, now);
        Reader { state, tenant: &caller.tenant, chains, home, lent }
    }

    /// Whether an action is permitted at a scope.
    pub(super) fn may(&self, scope: &str, action: &str) -> bool {
        let Some(subscription) = target::subscription(scope) else {
            let reaches = |granted: &str| {
                let through = |group| self.state.is_in_group(scope, group);
                group_name(granted).is_some_and(through) || target::contains(granted, scope)
            };
            let mut own = self.home.iter();
            return own.any(|(granted, role)| reaches(granted) && role.permits(action));
        };
        let Some(known) = self.state.subscription(subscription) else {
            return false;
        };
        if known.tenant != self.tenant {
            let lent = self.lent.get(&subscription.to_ascii_lowercase()).into_iter().flatten();
            return permits_at(lent, scope, action);
        }
        let above = self.chain_of(known);
        let through_group = |granted: &str| {
            group_name(granted).is_some_and(|name| above.contains(&name.to_ascii_lowercase()))
        };
        self.home.iter().any(|(granted, role)| {
            (through_group(granted) || target::contains(granted, scope)) && role.permits(action)
        })
    }

    /// Whether a role reaches a subscription or anything inside it.
    pub(super) fn sees(&self, subscription: &str) -> bool {
        let key = subscription.to_ascii_lowercase();
        let scope = format!("/subscriptions/{key}");
        let Some(known) = self.state.subscription(subscription) else {
            return false;
        };
        if known.tenant != self.tenant {
            return self.lent.contains_key(&key);
        }
        let above = self.chain_of(known);
        self.home.iter().any(|(granted, _)| {
            group_name(granted).is_some_and(|name| above.contains(&name.to_ascii_lowercase()))
                || target::contains(granted, &scope)
                || target::contains(&scope, granted)
        })
    }

    /// The tenant that a subscription is of.
    pub(super) fn tenant_of(&self, subscription: &str) -> Option<&str> {
        self.state.subscription(subscription).map(|known| known.tenant.as_str())
    }

    /// The management groups above a subscription, in lower case, nearest first.
    pub(super) fn groups_above(&self, subscription: &str) -> &[String] {
        self.state.subscription(subscription).map_or(&[], |known| self.chain_of(known))
    }

    fn chain_of(&self, known: &Subscription) -> &[String] {
        let group = known.management_group.as_deref().unwrap_or(&known.tenant);
        self.chains.get(&group.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }
}

fn permits_at<'a>(
    mut roles: impl Iterator<Item = &'a (String, Role)>,
    scope: &str,
    action: &str,
) -> bool {
    roles.any(|(granted, role)| target::contains(granted, scope) && role.permits(action))
}

fn lent_roles(
    state: &State,
    caller: &Caller,
    identities: &[String],
    now: i64,
) -> HashMap<String, Vec<(String, Role)>> {
    let mut lent: HashMap<String, Vec<(String, Role)>> = HashMap::new();
    // A publisher manages nothing, however many delegations it gave: none of them is looked up then.
    let managed = state.definitions.iter();
    let managed = managed.filter(|(_, known)| known.managed_by_tenant_id == caller.tenant);
    let managed: HashMap<&str, &Definition> =
        managed.map(|(key, known)| (key.as_str(), known)).collect();
    if managed.is_empty() {
        return lent;
    }
    for assignment in state.assignments.values().filter(|known| known.is_visible(now)) {
        let key = assignment.definition_id.to_ascii_lowercase();
        let Some(definition) = managed.get(key.as_str()) else {
            continue;
        };
        for authorization in &definition.authorizations {
            let text = |name: &str| authorization[name].as_str().unwrap_or_default();
            let role = text("roleDefinitionId");
            // User Access Administrator only lends the assignment of roles to managed identities.
            let is_usable = identities.contains(&text("principalId").to_ascii_lowercase())
                && !role.eq_ignore_ascii_case(roles::USER_ACCESS_ADMINISTRATOR);
            if let Some(role) = roles::find(state, role).filter(|_| is_usable) {
                let of = lent.entry(assignment.subscription.to_ascii_lowercase()).or_default();
                of.push((assignment.scope.clone(), role));
            }
        }
    }
    lent
}
