//! From what is needed to the roles that give it: the documents' two, or no more than is used. Only computes.

use super::actions::{BuiltIn, IMAGE_CREATION, NETWORKING};
use super::scenario::{Need, Purpose};
use crate::arm::custom_roles::NewRole;
use crate::id::{RoleId, arm_guid, scope_contains};

/// A role that is to be given at a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Full id of the scope.
    pub scope: String,
    pub role: Role,
    /// What it is for.
    pub purpose: Purpose,
}

/// A role to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// One that has to be made, or exists already with the same actions.
    Custom(NewRole),
    /// One that Azure has.
    BuiltIn(BuiltIn),
}

/// What a role made here says of itself: how it is found again.
pub(crate) const MARK: &str = "Made by az-imageshare builder setup.";

/// The roles that meet all needs.
pub(crate) fn grants(needs: &[Need], least_privilege: bool) -> Vec<Grant> {
    let mut shares: Vec<Share> = Vec::new();
    for need in needs.iter().filter(|need| need.purpose.built_in().is_none()) {
        share(&mut shares, need, least_privilege);
    }
    if least_privilege {
        drop_inherited(&mut shares);
    }
    let custom = shares.into_iter().filter(|share| !share.actions.is_empty()).map(Share::grant);
    let built_in = needs.iter().filter_map(|need| {
        Some(Grant {
            scope: need.scope.clone(),
            role: Role::BuiltIn(need.purpose.built_in()?),
            purpose: need.purpose,
        })
    });
    custom.chain(built_in).collect()
}

/// Actions that are given together at one scope.
struct Share {
    scope: String,
    group: String,
    purpose: Purpose,
    actions: Vec<&'static str>,
}

fn share(shares: &mut Vec<Share>, need: &Need, least_privilege: bool) {
    let group = need.group.to_string();
    let scope = if least_privilege { need.scope.clone() } else { group.clone() };
    let is_network = need.purpose == Purpose::Network;
    let known = shares.iter_mut().find(|known| {
        known.scope.eq_ignore_ascii_case(&scope)
            && (known.purpose == Purpose::Network) == is_network
    });
    let share = match known {
        Some(known) => known,
        None => {
            shares.push(Share { scope, group, purpose: need.purpose, actions: Vec::new() });
            shares.last_mut().expect("one was pushed a moment ago")
        }
    };
    if need.purpose == Purpose::Distribute {
        share.purpose = Purpose::Distribute;
    }
    let wanted = match (least_privilege, need.purpose) {
        (false, Purpose::Distribute) => &IMAGE_CREATION[..],
        _ => &need.actions,
    };
    let new = wanted.iter().filter(|action| !share.actions.contains(*action));
    let new: Vec<&str> = new.copied().collect();
    share.actions.extend(new);
}

/// What is given further up need not be given again.
fn drop_inherited(shares: &mut [Share]) {
    for at in 0..shares.len() {
        let scope = shares[at].scope.clone();
        let above: Vec<&str> = shares
            .iter()
            .filter(|other| {
                !other.scope.eq_ignore_ascii_case(&scope) && scope_contains(&other.scope, &scope)
            })
            .flat_map(|other| other.actions.iter().copied())
            .collect();
        shares[at].actions.retain(|action| !above.contains(action));
    }
}

impl Share {
    fn grant(self) -> Grant {
        // The documents' order, so that the same actions are the same role.
        let order = IMAGE_CREATION.iter().chain(&NETWORKING);
        let actions: Vec<String> = order
            .filter(|action| self.actions.contains(*action))
            .map(|action| (*action).to_owned())
            .collect();
        Grant {
            scope: self.scope,
            role: Role::Custom(new_role(self.purpose, &self.group, actions)),
            purpose: self.purpose,
        }
    }
}

/// A role whose id and name follow from its resource group and actions: stable there, unique in the tenant.
fn new_role(purpose: Purpose, group: &str, actions: Vec<String>) -> NewRole {
    let (label, use_) = match purpose {
        Purpose::Distribute => ("Image Creation", "distribute images"),
        Purpose::Network => ("Networking", "use a virtual network"),
        _ => ("Image Reading", "read source images"),
    };
    let guid = arm_guid(&["az-imageshare/builder", &group.to_lowercase(), &actions.join(",")]);
    let name = crate::id::resource_name(group);
    NewRole {
        id: RoleId(guid),
        name: format!("Azure Image Builder {label} ({name}/{:.8})", guid.to_string()),
        description: format!("Lets Azure VM Image Builder {use_} in resource group {name}. {MARK}"),
        scope: group.to_owned(),
        actions,
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::Scenario;
    use super::super::scenario::tests::place;
    use super::*;

    fn custom(grant: &Grant) -> &NewRole {
        match &grant.role {
            Role::Custom(role) => role,
            Role::BuiltIn(role) => panic!("{role:?}"),
        }
    }

    fn scenario(least_privilege: bool) -> Scenario {
        Scenario {
            distribute_to: vec![place("Microsoft.Compute/galleries/g")],
            sources: vec![place("Microsoft.Compute/galleries/g/images/i/versions/1.0.0")],
            least_privilege,
            ..Scenario::default()
        }
    }

    #[test]
    fn the_documents_role_is_given_once_for_a_group() {
        let found = grants(&scenario(false).needs(), false);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].scope.ends_with("/resourceGroups/images-rg"));
        assert_eq!(custom(&found[0]).actions, IMAGE_CREATION);
    }

    #[test]
    fn the_least_is_given_where_it_is_used() {
        let found = grants(&scenario(true).needs(), true);
        let shown: Vec<(bool, usize)> = found
            .iter()
            .map(|grant| (grant.scope.ends_with("/galleries/g"), custom(grant).actions.len()))
            .collect();
        assert_eq!(shown, [(true, 4), (false, 3)]);
        assert_ne!(custom(&found[0]).id, custom(&found[1]).id);
        assert!(
            found.iter().all(|grant| custom(grant).scope.ends_with("/resourceGroups/images-rg"))
        );
    }

    #[test]
    fn names_follow_from_group_and_actions_alone() {
        let once = grants(&scenario(false).needs(), false);
        let again = grants(&scenario(false).needs(), false);
        assert_eq!(once, again);
        let name = &custom(&once[0]).name;
        assert!(name.starts_with("Azure Image Builder Image Creation (images-rg/"), "{name}");
        let mut source = scenario(false);
        source.distribute_to.clear();
        let read = grants(&source.needs(), false);
        assert_eq!(custom(&read[0]).actions.len(), 3);
        assert_ne!(custom(&read[0]).id, custom(&once[0]).id);
    }
}
