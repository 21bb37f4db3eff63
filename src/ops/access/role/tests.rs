//! Roles as people write them, and which of them Lighthouse takes.

use std::collections::BTreeSet;

use super::*;
use crate::arm::authorization::Permission;

#[test]
fn roles_are_read_in_every_form() {
    let reader = RoleRef::Id(READER.parse().unwrap());
    for text in [
        "Reader",
        " reader ",
        READER,
        "ACDD72A7-3385-48EF-BD42-F606FBA81AE7",
        "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7",
    ] {
        assert_eq!(parse(text), Ok(reader.clone()), "{text}");
    }
    assert_eq!(
        parse("Azure Something Reader"),
        Ok(RoleRef::Named("Azure Something Reader".into()))
    );
    assert_eq!(parse("Contributer"), Err(NotRole::Meant("Contributor")));
    for bad in [
        "acdd72a7-3385-48ef-bd42",
        "{acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "00000000-0000-0000-0000-000000000000",
        "<role>",
        "/providers/Microsoft.Authorization/roleDefinitions/Reader",
    ] {
        assert!(matches!(parse(bad), Err(NotRole::Id(_))), "{bad}");
    }
}

#[test]
fn the_list_is_sound() {
    let guids: BTreeSet<&str> = BUILT_IN.iter().map(|role| role.guid).collect();
    let names: BTreeSet<String> = BUILT_IN.iter().map(|role| role.name.to_lowercase()).collect();
    assert!(BUILT_IN.len() >= 60);
    assert_eq!((guids.len(), names.len()), (BUILT_IN.len(), BUILT_IN.len()));
    for role in &BUILT_IN {
        assert_eq!(role.id().to_string(), role.guid, "{}", role.name);
        assert_eq!(known(role.id()).map(|role| role.name), Some(role.name));
    }
}

fn role(name: &str, kind: &str, permission: Permission) -> RoleDefinition {
    RoleDefinition {
        name: name.into(),
        properties: RoleProperties {
            role_name: "a role".into(),
            kind: kind.into(),
            permissions: vec![permission],
            ..RoleProperties::default()
        },
        ..RoleDefinition::default()
    }
}

fn actions(actions: &[&str], not_actions: &[&str]) -> Permission {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Permission { actions: owned(actions), not_actions: owned(not_actions), ..Permission::default() }
}

#[test]
fn what_azure_says_of_a_role_decides() {
    let contributor = actions(
        &["*"],
        &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ],
    );
    let policy = actions(&["*/read", "Microsoft.Authorization/policyassignments/*"], &[]);
    for (permission, expected) in [
        (actions(&["*/read"], &[]), Standing::Allowed),
        (contributor, Standing::Allowed),
        (policy, Standing::Allowed),
        (actions(&["*"], &[]), Standing::Restricted),
        (actions(&["*"], &["Microsoft.Authorization/roleAssignments/write"]), Standing::Restricted),
        (actions(&["*/write"], &[]), Standing::Restricted),
        (actions(&["*/delete"], &[]), Standing::Restricted),
        (actions(&["Microsoft.Authorization/*"], &[]), Standing::Restricted),
        (actions(&["microsoft.authorization/LOCKS/write"], &[]), Standing::Restricted),
        (actions(&["Microsoft.Authorization/denyAssignments/delete"], &[]), Standing::Restricted),
        (
            actions(&["Microsoft.Authorization/classicAdministrators/write"], &[]),
            Standing::Restricted,
        ),
    ] {
        let shown = format!("{permission:?}");
        assert_eq!(standing(&role("g", "BuiltInRole", permission)), expected, "{shown}");
    }
}

#[test]
fn data_custom_and_deprecated_roles_are_told_apart() {
    let plain = || actions(&["*/read"], &[]);
    for field in [0, 1] {
        let mut permission = plain();
        let data = vec!["Microsoft.Storage/x/read".to_owned()];
        match field {
            0 => permission.data_actions = data,
            _ => permission.not_data_actions = data,
        }
        assert_eq!(standing(&role("g", "BuiltInRole", permission)), Standing::DataActions);
    }
    assert_eq!(standing(&role("g", "CustomRole", plain())), Standing::Custom);
    let mut old = role("g", "BuiltInRole", plain());
    old.properties.description = "[Deprecated] Use another.".into();
    assert_eq!(standing(&old), Standing::Deprecated);
    assert_eq!(standing(&role(OWNER, "BuiltInRole", plain())), Standing::Owner);
    assert_eq!(
        standing(&role(USER_ACCESS_ADMINISTRATOR, "BuiltInRole", plain())),
        Standing::UserAccessAdministrator
    );
}

#[test]
fn each_refusal_has_its_rule_and_a_fix() {
    use Standing::{Custom, DataActions, Deprecated, Owner, Restricted, UserAccessAdministrator};
    for used in [Use::Permanent, Use::Eligible, Use::Delegated] {
        assert_eq!(objection("Reader", Standing::Allowed, used), None);
        for refused in [Owner, DataActions, Restricted, Deprecated, Custom] {
            let is_cautioned = caution("x", refused, used).is_some();
            assert_eq!(is_cautioned, (refused, used) == (DataActions, Use::Delegated));
            assert_eq!(
                objection("x", refused, used).is_some(),
                !is_cautioned,
                "{refused:?} {used:?}"
            );
        }
    }
    let administrator = |used| objection("x", UserAccessAdministrator, used);
    assert_eq!(administrator(Use::Permanent), None);
    assert!(administrator(Use::Eligible).is_some() && administrator(Use::Delegated).is_some());
    let (_, fix) = objection("Log Analytics Contributor", DataActions, Use::Permanent).unwrap();
    assert!(fix.contains("Monitoring Contributor"), "{fix}");
}
