//! What the policy route refuses, which policies deny, and how a run of it is undone.

use sandbox::{fleet_subscription, world};
use serde_json::{Value, json};

use crate::fleet_apply::{apply, peopled};
use crate::fleet_policy::{
    GROUP, add_newcomer, allow_again, delegated, deny, identities, manifest,
};
use crate::support::builder::identity_id;
use crate::support::fleets::count;

#[test]
fn a_policy_that_denies_is_found_when_planning_and_named_with_its_assignment() {
    for route in ["direct", "policy"] {
        let lab = peopled(4);
        deny(&lab, &format!("/subscriptions/{}", fleet_subscription(2)));
        let (rows, plan) = lab.planned(&manifest(route), &[]);
        let blocked: Vec<&Value> = rows.iter().filter(|row| row["do"] == "blocked").collect();
        assert_eq!(blocked.len(), 1, "{rows:#?}");
        let why = blocked[0]["why"][0].as_str().unwrap();
        assert!(why.contains("policyAssignments/only-ours"), "{why}");
        assert!(why.contains(world::CONSUMER_TENANT), "{why}");
        assert_eq!(apply(&lab, &plan, &[]).code, 7);
        assert_eq!(delegated(&lab).len(), 3);
    }
}

#[test]
fn the_manifest_sets_which_tenants_may_manage() {
    let lab = peopled(3);
    let with = |tenants: &str| {
        manifest("direct")
            .replace("acceptOwner: true", &format!("allowedManagingTenants: [{tenants}]"))
    };
    let refused = lab.fleet("plan", &with(world::THIRD_TENANT), &["--offline"]);
    assert!(refused.refused(2).contains("lacks 'fabrikam'"), "{refused:?}");
    let (rows, plan) = lab.planned(&with("fabrikam"), &[]);
    assert_eq!(count(&rows, "create"), 4, "{rows:#?}");
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
    let list = lab.azure.state(|state| {
        let only = state.policies.assignments.values().next().unwrap();
        only.properties["parameters"]["listOfAllowedTenants"]["value"].clone()
    });
    assert_eq!(list, json!([world::CONSUMER_TENANT]));
    // Azure refuses everybody else from now on.
    let other = manifest("direct").replace(world::CONSUMER_TENANT, world::THIRD_TENANT);
    let other = other.replace("fleet: images-prod", "fleet: others");
    let (rows, _) = lab.planned(&other, &[]);
    assert_eq!(count(&rows, "blocked"), 3, "{rows:#?}");
    let (rows, _) = lab.planned(&with("fabrikam"), &[]);
    assert!(rows.iter().all(|row| row["do"] == "keep"), "{rows:#?}");
}

#[test]
fn a_run_is_recorded_and_undone_in_its_order() {
    let lab = peopled(2);
    let (_, plan) = lab.planned(
        &manifest("both"),
        &[
            "--select",
            "definition/*",
            "--select",
            "assignment/*",
            "--select",
            "role/*",
            "--select",
            "enforcement/*",
        ],
    );
    let run = apply(&lab, &plan, &[]).json()["run"].as_str().unwrap().to_owned();
    let shown = lab.run(&["history", "show", &run]).json();
    let steps = shown["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 4, "{shown:#}");
    assert!(steps.iter().all(|step| step["outcome"] == "done"), "{shown:#}");
    let undone = lab.run(&["history", "undo", &run, "--yes"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    lab.azure.state(|state| {
        assert!(state.policies.definitions.is_empty() && state.policies.assignments.is_empty());
    });
    assert!(identities(&lab).is_empty());
}

#[test]
fn a_manifest_that_a_policy_cannot_follow_is_refused_offline() {
    let lab = peopled(1);
    let good = manifest("policy");
    for (from, to, words) in [
        ("wholeSubscription: true", "resourceGroups: [images-rg]", "whole subscriptions only"),
        ("acceptOwner: true", "acceptOwner: false", "acceptOwner"),
        (", location: westeurope", "", "location"),
        ("managementGroup: mg-images, ", "", "managementGroup"),
        ("managementGroups: [mg-images]", "names: [\"img-*\"]", "reaches all of 'mg-images'"),
        (
            "managementGroups: [mg-images]",
            "managementGroups: [mg-emea]",
            "reaches all of 'mg-images'",
        ),
        ("\"Contoso images for", "\"[Contoso images for", "begins with '['"),
        ("route: policy", "route: else", "is not a route"),
        ("  contoso: {managementGroup", "  fabrikam: {managementGroup", "no publisher 'fabrikam'"),
        ("location: westeurope", "location: westeurope, identity: mine", "user-assigned identity"),
        ("location: westeurope", "location: westeurope, style: odd", "is not a style"),
    ] {
        assert!(good.contains(from), "{from}");
        let ran = lab.fleet("plan", &good.replace(from, to), &["--offline"]);
        assert!(ran.refused(2).contains(words), "{words}: {ran:?}");
    }
    assert_eq!(lab.fleet("plan", &good, &["--offline"]).code, 0);
}

#[test]
fn what_the_last_remediation_did_not_bring_is_drift_and_so_is_a_policy_that_is_not_as_it_was() {
    let lab = peopled(3);
    let kinds = lab.drift_kinds(&manifest("policy"));
    assert_eq!(kinds.iter().filter(|kind| *kind == "policy-missing").count(), 2, "{kinds:?}");
    let (_, plan) = lab.planned(&manifest("policy"), &[]);
    deny(&lab, &format!("/subscriptions/{}", fleet_subscription(2)));
    assert_eq!(apply(&lab, &plan, &[]).code, 7);
    allow_again(&lab);
    let kinds = lab.drift_kinds(&manifest("policy"));
    assert_eq!(kinds, ["missing-definition", "remediation-failed"]);
    let (_, plan) = lab.planned(&manifest("policy"), &[]);
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
    assert_eq!(lab.fleet("drift", &manifest("policy"), &[]).code, 0);
    lab.azure.state(|state| {
        let assignment = state.policies.assignments.values_mut().next().unwrap();
        let left_out = format!("/subscriptions/{}", fleet_subscription(1));
        assignment.properties["notScopes"] = json!([left_out]);
    });
    assert_eq!(lab.drift_kinds(&manifest("policy")), ["policy-excluded"]);
}

#[test]
fn a_denial_stops_both_routes_below_its_scope_and_nowhere_else() {
    let lab = peopled(4);
    deny(&lab, "/providers/Microsoft.Management/managementGroups/mg-emea");
    let (rows, plan) = lab.planned(&manifest("both"), &[]);
    assert_eq!((count(&rows, "blocked"), count(&rows, "create")), (2, 2 + 4), "{rows:#?}");
    assert_eq!(apply(&lab, &plan, &[]).code, 7);
    // The newcomer is below the denial, too: the policy's own deployment is refused.
    let newcomer = add_newcomer(&lab);
    lab.azure.advance(26 * 3600);
    let both = [fleet_subscription(2), fleet_subscription(3)];
    assert_eq!(delegated(&lab), both.into_iter().collect());
    allow_again(&lab);
    let (rows, plan) = lab.planned(&manifest("both"), &[]);
    assert_eq!(count(&rows, "create"), 3, "{rows:#?}");
    lab.azure.clear_journal();
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
    assert_eq!(lab.azure.calls("PUT", "registrationDefinitions"), 3, "each once");
    assert!(delegated(&lab).contains(&newcomer) && delegated(&lab).len() == 5);
}

#[test]
fn a_policy_deploys_as_a_user_assigned_identity_that_outlives_it() {
    let lab = peopled(3);
    let identity = identity_id();
    let token = lab.run(&["token", "get", "--query", "accessToken", "-o", "tsv"]).stdout;
    let url = format!("{identity}?api-version=2023-01-31");
    let (status, made) = lab.azure.put(token.trim(), &url, &json!({"location": "westeurope"}));
    assert_eq!(status, 201, "{made}");
    let manifest = manifest("policy")
        .replace("acceptOwner: true", &format!("acceptOwner: true, identity: {identity}"));
    let (_, plan) = lab.planned(&manifest, &[]);
    assert_eq!(apply(&lab, &plan, &[]).json()["counts"]["done"], 3 + 5);
    let owners = identities(&lab);
    assert_eq!(made["properties"]["principalId"], owners[0].principal.as_str());
    assert_eq!(lab.fleet("drift", &manifest, &[]).code, 0);
    let out = lab.home.path().join("down.plan").to_str().unwrap().to_owned();
    lab.fleet("destroy", &manifest, &["--out", &out]).json();
    assert_eq!(apply(&lab, &out, &[]).code, 0);
    assert!(identities(&lab).is_empty() && delegated(&lab).is_empty());
    assert!(lab.azure.state(|state| state.resources.contains_key(&identity.to_lowercase())));
}

#[test]
fn who_may_not_give_the_role_learns_it_from_the_plan() {
    let lab = peopled(2);
    lab.azure.state(|state| {
        let own = |role: &&mut sandbox::RoleAssignment| {
            role.scope == GROUP && role.principal == world::DEPLOYER_OBJECT
        };
        let contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
        contributor.clone_into(&mut state.role_assignments.iter_mut().find(own).unwrap().role);
    });
    let (rows, _) = lab.planned(&manifest("policy"), &[]);
    assert_eq!((count(&rows, "blocked"), count(&rows, "create")), (5, 2), "{rows:#?}");
    let why = |word: &str| {
        let own = rows.iter().find(|row| row["key"].as_str().unwrap().starts_with(word)).unwrap();
        own["why"][0].as_str().unwrap().to_owned()
    };
    assert!(why("role/").contains("roleAssignments/write"), "{rows:#?}");
    assert!(why("role/").contains("--select 'role/*'"), "{rows:#?}");
    assert!(why("definition/").contains("policyDefinitions/write"), "{rows:#?}");
    assert!(why("remediation/").contains("has to get its role first"), "{rows:#?}");
}

#[test]
fn the_simple_style_looks_at_tenant_and_name_only() {
    let lab = peopled(3);
    let simple =
        manifest("policy").replace("acceptOwner: true", "acceptOwner: true, style: simple");
    let (_, plan) = lab.planned(&simple, &[]);
    assert_eq!(apply(&lab, &plan, &[]).json()["counts"]["done"], 3 + 5);
    lab.azure.state(|state| {
        let definition = state.policies.definitions.values().next().unwrap();
        let place = "/policyRule/then/details/existenceCondition/allOf";
        let conditions = definition.properties.pointer(place).unwrap().as_array().unwrap();
        assert_eq!(conditions.len(), 2, "{conditions:#?}");
        let offer = state.definitions.values_mut().next().unwrap();
        offer.authorizations[0]["roleDefinitionId"] = json!("b24988ac-6180-42a0-ab88-20f7382dd24c");
    });
    let (rows, _) = lab.planned(&simple, &[]);
    assert_eq!((count(&rows, "blocked"), count(&rows, "keep")), (1, 2 + 4), "{rows:#?}");
    let (rows, _) = lab.planned(&manifest("policy"), &[]);
    assert_eq!(count(&rows, "update"), 2, "the other style is another definition: {rows:#?}");
}
