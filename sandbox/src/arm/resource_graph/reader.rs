//! What a caller may read, worked out once for a whole query: thousands of rows ask about few scopes.

use std::collections::HashMap;
use std::rc::Rc;

use crate::arm::roles::{self, Role};
use crate::arm::target;
use crate::caller::Caller;
use crate::state::{Definition, State, group_name};

/// A caller's roles, ready to be asked about any scope.
pub(super) struct Reader<'a> {
    state: &'a State,
    tenant: &'a str,
    /// Home tenant and management groups above, by subscription.
    subscriptions: HashMap<String, (&'a str, Rc<[String]>)>,
    /// Roles in the home tenant, by scope.
    home: Vec<(String, Role)>,
    /// Roles that delegations lend, by subscription.
    lent: HashMap<String, Vec<(String, Role)>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(state: &'a State, caller: &'a Caller, now: i64) -> Reader<'a> {
        let mut chains: HashMap<&str, Rc<[String]>> = HashMap::new();
        let mut subscriptions = HashMap::with_capacity(state.subscriptions.len());
        for known in state.subscriptions.iter() {
            let group = known.management_group.as_deref().unwrap_or(&known.tenant);
            let chain = chains.entry(group).or_insert_with(|| {
                let above = state.group_and_above(group);
                above.iter().map(|group| group.name.to_ascii_lowercase()).collect()
            });
            let key = known.id.to_ascii_lowercase();
            subscriptions.insert(key, (known.tenant.as_str(), Rc::clone(chain)));
        }
        let identities = state.identities(&caller.object_id);
        let own = state
            .role_assignments
            .iter()
            .filter(|known| identities.contains(&known.principal.to_ascii_lowercase()));
        let home = own
            .filter_map(|known| Some((known.scope.clone(), roles::find(state, &known.role)?)))
            .collect();
        let lent = lent_roles(state, caller, &identities, now);
        Reader { state, tenant: &caller.tenant, subscriptions, home, lent }
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
        let key = subscription.to_ascii_lowercase();
        let Some((tenant, above)) = self.subscriptions.get(&key) else {
            return false;
        };
        if *tenant != self.tenant {
            let lent = self.lent.get(&key).into_iter().flatten();
            return permits_at(lent, scope, action);
        }
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
        let Some((tenant, above)) = self.subscriptions.get(&key) else {
            return false;
        };
        if *tenant != self.tenant {
            return self.lent.contains_key(&key);
        }
        self.home.iter().any(|(granted, _)| {
            group_name(granted).is_some_and(|name| above.contains(&name.to_ascii_lowercase()))
                || target::contains(granted, &scope)
                || target::contains(&scope, granted)
        })
    }

    /// The tenant that a subscription is of.
    pub(super) fn tenant_of(&self, subscription: &str) -> Option<&str> {
        self.subscriptions.get(&subscription.to_ascii_lowercase()).map(|(tenant, _)| *tenant)
    }

    /// The management groups above a subscription, in lower case, nearest first.
    pub(super) fn groups_above(&self, subscription: &str) -> &[String] {
        let known = self.subscriptions.get(&subscription.to_ascii_lowercase());
        known.map_or(&[], |(_, above)| above)
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
