//! What an identity has against what it needs, action by action. Only computes.

use serde::Serialize;

use super::actions::HAND_ON;
use super::effective_roles::Held;
use super::scenario::{Need, Purpose};
use crate::arm::authorization::Permission;
use crate::id::scope_contains;
use crate::ops::change::resume::posix_word;

/// How an action is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It is needed, and allowed.
    Granted,
    /// It is needed, and not allowed.
    Missing,
    /// It is allowed, and not needed.
    Superfluous,
}

/// One action at one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Check {
    /// Full id of the scope: where the action is needed, or where it is given without need.
    pub scope: String,
    /// The action; with `*` in it where a role gives more than one.
    pub action: String,
    pub state: State,
    /// What to do about it.
    pub hint: Option<String>,
    /// The role that allows it, and where it was given.
    pub via: Option<String>,
}

/// How hints name the identity and the wish for the least.
#[derive(Clone, Debug)]
pub(crate) struct Wording {
    /// Full id of the identity.
    pub identity: String,
    /// Object id of the one who is to have the permissions.
    pub principal: String,
    /// `ServicePrincipal`, `User` or `Group`.
    pub principal_type: String,
    /// Only what is used.
    pub least_privilege: bool,
}

/// Compares needs with what is held.
pub(crate) fn compare(needs: &[Need], held: &[Held], wording: &Wording) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for need in needs {
        let actions = need.actions.iter().map(|action| (*action, false));
        let data = need.data_actions.iter().map(|action| (*action, true));
        for (action, on_data) in actions.chain(data) {
            let check = needed(need, action, on_data, held, wording);
            let same = |known: &Check| known.scope == check.scope && known.action == check.action;
            if !checks.iter().any(same) {
                checks.push(check);
            }
        }
    }
    checks
}

fn needed(need: &Need, action: &str, on_data: bool, held: &[Held], wording: &Wording) -> Check {
    let giver = held.iter().find(|one| {
        scope_contains(&one.scope, &need.scope)
            && one
                .role
                .properties
                .permissions
                .iter()
                .any(|permission| allows(permission, action, on_data))
    });
    let (state, hint) = match giver {
        Some(_) => (State::Granted, None),
        None => (State::Missing, Some(remedy(need, wording))),
    };
    Check { scope: need.scope.clone(), action: action.to_owned(), state, hint, via: giver.map(via) }
}

/// Handing on has a `*` in the operation's own name, and is written without it in custom roles.
fn allows(permission: &Permission, action: &str, on_data: bool) -> bool {
    if on_data {
        return permission.allows_on_data(action);
    }
    let for_each = || HAND_ON.contains(&action) && permission.allows(&action.replace("/*/", "/"));
    permission.allows(action) || for_each()
}

fn via(held: &Held) -> String {
    let group = match &held.group {
        Some(group) => format!(" by group {group}"),
        None => String::new(),
    };
    format!("role '{}' at {}{group}", held.role.properties.role_name, held.scope)
}

/// The command that brings what is missing.
fn remedy(need: &Need, wording: &Wording) -> String {
    if need.purpose == Purpose::Machine {
        let role = need.purpose.built_in().map_or("", |role| role.name);
        return format!(
            "Run `az role assignment create --assignee-object-id {} --assignee-principal-type {} --role \"{role}\" --scope {}`.",
            wording.principal,
            wording.principal_type,
            posix_word(&need.scope)
        );
    }
    let least = if wording.least_privilege { " --least-privilege" } else { "" };
    format!(
        "Run `az-imageshare builder setup --identity {} {}{least}`.",
        posix_word(&wording.identity.to_string()),
        need.argument
    )
}

/// What is held beyond the needs.
pub(crate) fn surplus(needs: &[Need], held: &[Held], wording: &Wording) -> Vec<Check> {
    let mut checks = Vec::new();
    for one in held {
        let inside: Vec<&Need> =
            needs.iter().filter(|need| scope_contains(&one.scope, &need.scope)).collect();
        let is_documented = inside.iter().any(|need| {
            need.purpose.built_in().is_some_and(|role| Some(role.id()) == one.role.guid())
        });
        if is_documented {
            continue;
        }
        let extra: Vec<&str> = patterns(one)
            .filter(|pattern| !is_wanted(pattern, &inside, wording.least_privilege))
            .collect();
        let is_used = compare(needs, std::slice::from_ref(one), wording)
            .iter()
            .any(|check| check.state == State::Granted);
        for pattern in extra {
            checks.push(Check {
                scope: one.scope.clone(),
                action: pattern.to_owned(),
                state: State::Superfluous,
                hint: Some(removal(one, pattern, is_used)),
                via: Some(via(one)),
            });
        }
    }
    checks
}

fn patterns(held: &Held) -> impl Iterator<Item = &str> {
    let permissions = held.role.properties.permissions.iter();
    permissions.flat_map(|one| one.actions.iter().chain(&one.data_actions)).map(String::as_str)
}

fn is_wanted(pattern: &str, inside: &[&Need], least_privilege: bool) -> bool {
    inside.iter().any(|need| {
        let documented =
            if least_privilege { &need.actions[..] } else { need.purpose.documented() };
        let all = documented.iter().chain(&need.actions).chain(&need.data_actions);
        let bare = pattern.replace("/*/", "/");
        all.into_iter().any(|known| {
            known.eq_ignore_ascii_case(pattern)
                || (HAND_ON.contains(known)
                    && known.replace("/*/", "/").eq_ignore_ascii_case(&bare))
        })
    })
}

fn removal(held: &Held, pattern: &str, is_used: bool) -> String {
    if let Some(group) = &held.group {
        return format!(
            "It comes by a group: take the identity out of group {group}, or leave it if it needs this for something else."
        );
    }
    let role = &held.role.properties.role_name;
    if is_used && pattern.contains('*') {
        format!(
            "Role '{role}' allows more than is needed: assign the roles with `az-imageshare builder setup`, then run `az role assignment delete --ids {}`.",
            held.id
        )
    } else if is_used {
        format!(
            "Role '{role}' is needed for its other actions only: with `az-imageshare builder setup --least-privilege` it is not, then run `az role assignment delete --ids {}`.",
            held.id
        )
    } else {
        format!(
            "Run `az role assignment delete --ids {}`, unless it is needed for something else.",
            held.id
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::Scenario;
    use super::super::scenario::tests::place;
    use super::*;
    use crate::arm::authorization::{RoleDefinition, RoleProperties};

    const GROUP: &str =
        "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/images-rg";

    fn held(scope: &str, actions: &[&str], not_actions: &[&str], data: &[&str]) -> Held {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let permission = Permission {
            actions: owned(actions),
            not_actions: owned(not_actions),
            data_actions: owned(data),
            ..Permission::default()
        };
        Held {
            id: "/assignment".into(),
            scope: scope.into(),
            group: None,
            role: RoleDefinition {
                name: "9f0c9d3a-0000-4000-8000-000000000001".into(),
                properties: RoleProperties {
                    role_name: "some role".into(),
                    permissions: vec![permission],
                    ..RoleProperties::default()
                },
                ..RoleDefinition::default()
            },
        }
    }

    fn wording(least_privilege: bool) -> Wording {
        Wording {
            identity: "ID".into(),
            principal: "P".into(),
            principal_type: "ServicePrincipal".into(),
            least_privilege,
        }
    }

    fn states(scenario: &Scenario, held: &[Held]) -> Vec<(String, State)> {
        let needs = scenario.needs();
        let checks = compare(&needs, held, &wording(scenario.least_privilege));
        checks.into_iter().map(|check| (check.action, check.state)).collect()
    }

    fn managed_image() -> Scenario {
        Scenario { distribute_to: vec![place("Microsoft.Compute/images/m")], ..Scenario::default() }
    }

    #[test]
    fn wildcards_count_and_what_is_taken_away_does_not() {
        let scenario = managed_image();
        let found = states(&scenario, &[held(GROUP, &["Microsoft.Compute/*"], &["*/delete"], &[])]);
        let missing: Vec<&str> = found
            .iter()
            .filter(|(_, state)| *state == State::Missing)
            .map(|(action, _)| action.as_str())
            .collect();
        assert_eq!(missing, ["Microsoft.Compute/images/delete"]);
        let above = held("/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101", &["*"], &[], &[]);
        assert!(states(&scenario, &[above]).iter().all(|(_, state)| *state == State::Granted));
        let beside = held(&format!("{GROUP}2"), &["*"], &[], &[]);
        assert!(states(&scenario, &[beside]).iter().all(|(_, state)| *state == State::Missing));
    }

    #[test]
    fn reading_blobs_is_an_action_on_data() {
        let container = "Microsoft.Storage/storageAccounts/a/blobServices/default/containers/c";
        let super::super::scenario::Place::Resource(id) = place(container) else {
            panic!("{container}")
        };
        let scenario = Scenario { containers: vec![id], ..Scenario::default() };
        let contributor = held(GROUP, &["*"], &[], &[]);
        let found = states(&scenario, &[contributor]);
        assert_eq!((found[0].1, found[1].1), (State::Granted, State::Missing));
        let reader = held(GROUP, &[], &[], &["Microsoft.Storage/*/read"]);
        assert_eq!(states(&scenario, &[reader])[1].1, State::Granted);
    }

    #[test]
    fn only_everything_is_enough_to_stage_in() {
        let scenario = Scenario { staging: vec![GROUP.parse().unwrap()], ..Scenario::default() };
        let contributor = held(GROUP, &["*"], &["Microsoft.Authorization/*/Write"], &[]);
        assert_eq!(states(&scenario, &[contributor])[0].1, State::Granted);
        assert_eq!(states(&scenario, &[held(GROUP, &["*/read"], &[], &[])])[0].1, State::Missing);
    }

    #[test]
    fn what_is_not_needed_is_told_with_its_removal() {
        let scenario = managed_image();
        let needs = scenario.needs();
        let documents = held(GROUP, &super::super::actions::IMAGE_CREATION, &[], &[]);
        assert_eq!(surplus(&needs, std::slice::from_ref(&documents), &wording(false)), []);
        let found = surplus(&needs, &[documents], &wording(true));
        assert_eq!(found.len(), 4, "{found:#?}");
        let stray = held(&format!("{GROUP}2"), &["Microsoft.Compute/images/read"], &[], &[]);
        let found = surplus(&needs, &[stray], &wording(false));
        assert!(
            found[0].hint.as_ref().unwrap().contains("az role assignment delete --ids /assignment"),
            "{found:?}"
        );
        let wide = held(GROUP, &["*"], &[], &[]);
        assert_eq!(surplus(&needs, &[wide], &wording(false))[0].action, "*");
    }

    #[test]
    fn what_is_missing_comes_with_its_command() {
        let needs = managed_image().needs();
        let checks = compare(&needs, &[], &wording(true));
        let hint = checks[0].hint.as_deref().unwrap();
        assert!(
            hint.starts_with(
                "Run `az-imageshare builder setup --identity ID --distribute-to /subscriptions/"
            ),
            "{hint}"
        );
        assert!(hint.ends_with("--least-privilege`."), "{hint}");
    }
}
