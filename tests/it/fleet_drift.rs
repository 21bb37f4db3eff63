//! `fleet drift`: each kind of difference is found once, and nothing else.

use sandbox::{ProvisioningState, State, SubscriptionState, fleet_subscription, world};
use serde_json::{Value, json};

use crate::fleet_virtual_time::setting;
use crate::support::fleets::{MANIFEST, fleet};
use crate::support::lab::Lab;
use crate::support::offers::{CONTRIBUTOR, DELETE_ROLE, READER};

fn manifest() -> String {
    MANIFEST
        .replace("to: [fabrikam, tailspin]", "to: [fabrikam]")
        .replace(
            "role: Reader}\n",
            "role: Reader}\n    eligible:\n      - {principals: [image-users], role: Virtual Machine Contributor}\n    expires: 2099-06-30\n",
        )
        .replace(
            "subscriptions: {managementGroups: [mg-images]}",
            "subscriptions: {managementGroups: [mg-images], ids: [00000000-0000-4000-8000-000000000001]}",
        )
}

fn standing() -> Lab {
    let lab = fleet(setting(40));
    let (_, plan) = lab.planned(&manifest(), &[]);
    lab.stand_as_planned(&plan);
    lab
}

fn definition(state: &mut State, number: usize) -> &mut sandbox::Definition {
    let subscription = fleet_subscription(number);
    state.definitions.values_mut().find(|one| one.subscription == subscription).unwrap()
}

fn found(lab: &Lab, manifest: &str, code: u8) -> Vec<(String, String)> {
    let ran = lab.fleet("drift", manifest, &[]);
    assert_eq!(ran.code, code, "{ran:?}");
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row, "kind"), text(row, "subscription"))).collect()
}

#[test]
fn nothing_differs_where_all_stands() {
    let lab = standing();
    let sound = manifest().replace(", ids: [00000000-0000-4000-8000-000000000001]", "");
    assert_eq!(found(&lab, &sound, 0), []);
}

/// One subscription after another differs in one way.
fn change_each_in_one_way(state: &mut State) {
    let gone = definition(state, 1).id.clone();
    state.definitions.remove(&gone.to_lowercase());
    state.assignments.retain(|_, one| !one.definition_id.eq_ignore_ascii_case(&gone));
    let bare = definition(state, 2).id.clone();
    state.assignments.retain(|_, one| !one.definition_id.eq_ignore_ascii_case(&bare));
    definition(state, 3).state = ProvisioningState::Failed;
    definition(state, 4).authorizations.retain(|one| one["roleDefinitionId"] != DELETE_ROLE);
    let more = json!({"principalId": world::CONSUMER_OBJECT, "roleDefinitionId": READER});
    definition(state, 5).authorizations.push(more);
    definition(state, 6).authorizations[0]["principalIdDisplayName"] = json!("Others");
    definition(state, 7).eligible_authorizations.clear();
    definition(state, 8).registration_definition_name = Some("Other".to_owned());
    let text = "by hand az-imageshare expires=2099-06-30 fleet=images-prod";
    definition(state, 9).description = Some(text.to_owned());
    let text = "az-imageshare expires=2098-01-01 fleet=images-prod";
    definition(state, 10).description = Some(text.to_owned());
    state.subscription_mut(&fleet_subscription(11)).unwrap().state = SubscriptionState::Disabled;
    // Ours under another id, once assigned and once not.
    for (number, group) in [(12, "images-rg"), (13, "none")] {
        let name = state.delegate(
            &fleet_subscription(number),
            group,
            world::THIRD_TENANT,
            world::CONSUMER_OBJECT,
            CONTRIBUTOR,
        );
        let held = state.definitions.values_mut().find(|one| one.name == name).unwrap();
        held.description = Some("az-imageshare fleet=images-prod".to_owned());
        let id = held.id.clone();
        if group == "none" {
            state.assignments.retain(|_, one| one.definition_id != id);
        }
    }
    // Somebody else's, with the same role for the same group.
    state.delegate(
        &fleet_subscription(14),
        "other-rg",
        world::CONSUMER_TENANT,
        world::CONSUMER_GROUP,
        READER,
    );
}

#[test]
fn each_kind_is_found_exactly_once() {
    let lab = standing();
    lab.azure.state(change_each_in_one_way);
    let mut seen = found(&lab, &manifest(), 8);
    seen.sort();
    let mut wanted: Vec<(String, String)> = [
        ("missing-definition", 1),
        ("missing-assignment", 2),
        ("not-succeeded", 3),
        ("authorization-missing", 4),
        ("authorization-extra", 5),
        ("authorization-changed", 6),
        ("eligible-changed", 7),
        ("renamed", 8),
        ("description-changed", 9),
        ("expiry-changed", 10),
        ("subscription-disabled", 11),
        ("orphan", 12),
        ("orphan-definition", 13),
        ("overlap", 14),
    ]
    .into_iter()
    .map(|(kind, number)| (kind.to_owned(), fleet_subscription(number)))
    .collect();
    wanted
        .push(("subscription-gone".to_owned(), "00000000-0000-4000-8000-000000000001".to_owned()));
    wanted.sort();
    assert_eq!(seen, wanted);
}

#[test]
fn a_last_day_that_has_passed_is_told_and_not_refused() {
    let past = manifest()
        .replace("2099-06-30", "2020-06-30")
        .replace(", ids: [00000000-0000-4000-8000-000000000001]", "");
    let lab = fleet(2);
    let future = past.replace("2020-06-30", "2099-06-30");
    let (_, plan) = lab.planned(&future, &[]);
    let text = std::fs::read_to_string(&plan).unwrap().replace("2099-06-30", "2020-06-30");
    std::fs::write(&plan, text).unwrap();
    lab.stand_as_planned(&plan);
    let kinds: Vec<String> = found(&lab, &past, 8).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["expired", "expired"]);
}

/// What Azure alone knows of a role: that it is not built in, and that there is none.
#[test]
fn a_role_that_is_not_allowed_is_found_once_where_the_manifest_names_it() {
    let lab = fleet(2);
    let sound = MANIFEST.replace("to: [fabrikam, tailspin]", "to: [fabrikam]");
    let (_, plan) = lab.planned(&sound, &[]);
    lab.stand_as_planned(&plan);
    assert_eq!(found(&lab, &sound, 0), []);
    for (role, why) in [
        ("Contoso Image Operator", "is a custom role"),
        ("Image Wizard", "there is no role 'Image Wizard'"),
    ] {
        let manifest = sound.replace("role: Reader}", &format!("role: {role}}}"));
        let report = lab.file("drift.csv", "");
        let ran = lab.fleet("drift", &manifest, &["--report", &format!("csv={report}")]);
        assert_eq!(ran.code, 8, "{ran:?}");
        let rows: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
        let of_roles: Vec<&Value> =
            rows.iter().filter(|row| row["kind"] == "role-not-allowed").collect();
        let [row] = of_roles.as_slice() else { panic!("{role}: {rows:#?}") };
        assert_eq!((&row["key"], &row["subscription"]), (&json!("readers"), &json!("")), "{row:#}");
        assert!(row["place"].as_str().unwrap().ends_with("fleet.yaml:22:47"), "{row:#}");
        assert!(row["message"].as_str().unwrap().contains(why), "{row:#}");
        let report = std::fs::read_to_string(report).unwrap();
        let lines: Vec<&str> =
            report.lines().filter(|line| line.contains("role-not-allowed")).collect();
        assert!(matches!(lines.as_slice(), [line] if line.contains(why)), "{report}");
    }
}
