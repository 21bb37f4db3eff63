//! The route by Azure Policy: its whole life, failures told per subscription, both routes together.

use std::collections::BTreeSet;

use sandbox::{
    Fault, FaultKind, Registration, RoleAssignment, Subscription, SubscriptionState,
    fleet_subscription, world,
};
use serde_json::{Value, json};

use crate::fleet_apply::{apply, peopled, standing};
use crate::support::fleets::count;
use crate::support::lab::Lab;

pub(crate) const GROUP: &str = "/providers/Microsoft.Management/managementGroups/mg-images";
pub(crate) const ALLOWED: &str =
    "/providers/Microsoft.Authorization/policyDefinitions/7a8a51a3-ad87-4def-96f3-65a1839242b6";

/// Whole subscriptions of a management group to one consumer, by a route.
pub(crate) fn manifest(route: &str) -> String {
    format!(
        "version: 1
fleet: images-prod
publishers:
  contoso:
    tenant: {}
    subscriptions: {{managementGroups: [mg-images]}}
consumers:
  fabrikam:
    tenant: {}
    principals: {{image-users: {{id: {}, type: Group, name: image-users}}}}
grants:
  - name: readers
    from: contoso
    to: [fabrikam]
    via: delegation
    offer: \"Contoso images for {{consumer}}\"
    wholeSubscription: true
    authorizations:
      - {{principals: [image-users], role: Reader}}
    route: {route}
limits: {{failures: 100%}}
policy:
  contoso: {{managementGroup: mg-images, location: westeurope, acceptOwner: true}}
",
        world::PUBLISHER_TENANT,
        world::CONSUMER_TENANT,
        world::CONSUMER_GROUP,
    )
}

fn row<'a>(rows: &'a [Value], word: &str) -> &'a Value {
    let mut own = rows.iter().filter(|row| row["key"].as_str().unwrap().starts_with(word));
    own.next().unwrap_or_else(|| panic!("no {word} in {rows:#?}"))
}

/// Roles at the management group that are not the deployer's.
pub(crate) fn identities(lab: &Lab) -> Vec<RoleAssignment> {
    lab.azure.state(|state| {
        let at_group = state.role_assignments.iter().filter(|known| known.scope == GROUP);
        at_group.filter(|known| known.principal != world::DEPLOYER_OBJECT).cloned().collect()
    })
}

pub(crate) fn add_newcomer(lab: &Lab) -> String {
    let id = "9f000000-0000-4000-8000-000000000001";
    lab.azure.state(|state| {
        let mut known = Subscription::new(id, "img-new", world::PUBLISHER_TENANT);
        known.providers.insert("microsoft.managedservices".to_owned(), Registration::Registered);
        known.management_group = Some("mg-emea".to_owned());
        state.subscriptions.push(known);
    });
    id.to_owned()
}

pub(crate) fn delegated(lab: &Lab) -> BTreeSet<String> {
    lab.azure
        .state(|state| state.definitions.values().map(|one| one.subscription.clone()).collect())
}

/// Carries out the policy route for so many subscriptions.
#[track_caller]
fn brought(count: usize) -> Lab {
    let lab = peopled(count);
    let (_, plan) = lab.planned(&manifest("policy"), &[]);
    let told = apply(&lab, &plan, &[]).json();
    assert_eq!(told["counts"]["done"], count + 5, "{told}");
    lab
}

#[test]
fn the_whole_life_by_policy_ends_where_the_direct_route_ends() {
    whole_life(40);
}

/// Row 19 of the design at its full size: minutes in a debug build, in which the sandbox is slow to judge them all.
#[test]
#[ignore = "5,000 subscriptions: run by `make nightly`"]
fn the_whole_life_of_five_thousand_subscriptions() {
    whole_life(5_000);
}

fn whole_life(size: usize) {
    let lab = peopled(size).env("AZ_IMAGESHARE_HTTP_TIMEOUT", "300");
    // One provider is not registered: a policy's deployment would not do it.
    lab.azure.state(|state| {
        let first = state.subscription_mut(&fleet_subscription(1)).unwrap();
        first.providers.remove("microsoft.managedservices");
    });
    let (rows, plan) = lab.planned(&manifest("policy"), &[]);
    assert_eq!(count(&rows, "create"), size + 5, "{rows:#?}");
    let why = row(&rows, "role/")["why"][0].as_str().unwrap();
    assert_eq!(why, "creates an identity that is Owner of mg-images and everything below it");
    assert!(rows.iter().all(|row| row["route"] == "policy"));
    lab.azure.clear_journal();
    let ran = apply(&lab, &plan, &[]);
    let told = ran.json();
    assert_eq!(told["counts"]["done"], size + 5, "{ran:?}");
    let written = lab.azure.calls("PUT", "Microsoft.ManagedServices");
    assert_eq!(written, 0, "only Azure Policy writes in the subscriptions");
    assert_eq!(delegated(&lab).len(), size);
    let done = format!("{plan}.done");
    std::fs::copy(&plan, &done).unwrap();
    // The direct route keeps every one of them: the ids are the same.
    for route in ["direct", "policy", "both"] {
        let (rows, _) = lab.planned(&manifest(route), &[]);
        // By the direct route alone, the policy has left the manifest.
        let orphans = if route == "direct" { 3 } else { 0 };
        assert_eq!(count(&rows, "orphan"), orphans, "{route}: {rows:#?}");
        assert_eq!(count(&rows, "keep") + orphans, rows.len(), "{route}: {rows:#?}");
        let own = |row: &&Value| row["key"].as_str().unwrap().starts_with("readers/");
        assert_eq!(rows.iter().filter(own).count(), size);
    }
    let again = apply(&lab, &done, &[]).json();
    assert_eq!(again["counts"], json!({"kept": size + 5}));
    assert_eq!(lab.fleet("drift", &manifest("policy"), &[]).code, 0);

    let id = add_newcomer(&lab);
    lab.azure.advance(29 * 60);
    assert!(!delegated(&lab).contains(&id));
    lab.azure.advance(60);
    assert!(delegated(&lab).contains(&id), "a new subscription follows in 30 minutes");
    let (rows, _) = lab.planned(&manifest("direct"), &[]);
    assert_eq!(count(&rows, "keep"), size + 1, "{rows:#?}");

    let out = lab.home.path().join("down.plan").to_str().unwrap().to_owned();
    let down = lab.fleet("destroy", &manifest("policy"), &["--out", &out]);
    assert_eq!(count(down.json().as_array().unwrap(), "remove"), size + 1 + 3, "{down:?}");
    lab.azure.clear_journal();
    let ran = apply(&lab, &out, &[]);
    assert_eq!(ran.json()["counts"]["done"], size + 4, "{ran:?}");
    assert_in_order(&lab);
    lab.azure.state(|state| {
        assert!(state.definitions.is_empty() && state.assignments.is_empty());
        let policies = &state.policies;
        assert!(policies.definitions.is_empty() && policies.assignments.is_empty());
    });
    assert!(identities(&lab).is_empty(), "no role of nobody stays");
}

/// Assignment, role, definition, and only then the delegations.
#[track_caller]
fn assert_in_order(lab: &Lab) {
    let calls = lab.azure.journal();
    let deletes = calls.iter().filter(|call| call.method == "DELETE");
    let order: Vec<&str> = deletes
        .map(|call| {
            let words =
                ["policyAssignments", "roleAssignments", "policyDefinitions", "ManagedServices"];
            words.into_iter().find(|word| call.path.contains(word)).unwrap_or("other")
        })
        .collect();
    let expected = ["policyAssignments", "roleAssignments", "policyDefinitions"];
    assert_eq!(order[..3], expected, "{order:?}");
    assert!(order[3..].iter().all(|word| *word == "ManagedServices"), "{order:?}");
}

#[test]
fn each_subscription_that_fails_is_told_with_its_remedy() {
    let lab = peopled(6);
    let (_, plan) = lab.planned(&manifest("policy"), &[]);
    let id = fleet_subscription;
    lab.azure.state(|state| {
        let unregistered = state.subscription_mut(&id(1)).unwrap();
        unregistered.providers.remove("microsoft.managedservices");
        state.subscription_mut(&id(2)).unwrap().state = SubscriptionState::Disabled;
    });
    // Nobody may register it there.
    let code = Some("AuthorizationFailed".to_owned());
    let kind = FaultKind::Status { status: 403, retry_after: None, code };
    lab.azure.inject(
        Fault::new(kind)
            .path(&format!("{}/providers/Microsoft.ManagedServices/register", id(1)))
            .always(),
    );
    deny(&lab, &format!("/subscriptions/{}", id(3)));
    let report = lab.home.path().join("report.csv").to_str().unwrap().to_owned();
    let ran = apply(&lab, &plan, &["--report", &format!("csv={report}")]);
    let text = ran.refused(7);
    for (code, remedy) in [
        ("MissingSubscriptionRegistration", "Register Microsoft.ManagedServices there"),
        ("ReadOnlyDisabledSubscription", "leave it out with `except`"),
        ("RequestDisallowedByPolicy", "allowedManagingTenants"),
    ] {
        assert!(text.contains(code) && text.contains(remedy), "{code}: {text}");
    }
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["counts"], json!({"done": 8, "failed": 3}), "{told}");
    let rows = std::fs::read_to_string(&report).unwrap();
    for number in 1..=3 {
        let own: Vec<&str> = rows.lines().filter(|line| line.contains(&id(number))).collect();
        assert!(own.len() == 1 && own[0].contains("failed"), "{rows}");
    }
}

#[test]
fn without_the_role_every_subscription_says_so_and_the_role_may_be_given_by_somebody_else() {
    let lab = peopled(3);
    let select = ["definition/*", "assignment/*", "remediation/*", "readers/*"];
    let select: Vec<&str> = select.iter().flat_map(|glob| ["--select", *glob]).collect();
    let (_, plan) = lab.planned(&manifest("policy"), &select);
    let ran = apply(&lab, &plan, &[]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.stderr.contains("deployments/validate/action"), "{ran:?}");
    assert!(identities(&lab).is_empty() && delegated(&lab).is_empty());
    let drift = lab.fleet("drift", &manifest("policy"), &[]);
    assert!(drift.stdout.contains("identity-role-missing"), "{drift:?}");
    let (rows, plan) = lab.planned(&manifest("policy"), &["--select", "role/*"]);
    assert_eq!(count(&rows, "create"), 1);
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
    assert_eq!(identities(&lab).len(), 1);
    let (_, plan) = lab.planned(&manifest("policy"), &[]);
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
    assert_eq!(delegated(&lab).len(), 3);
}

#[test]
fn both_routes_write_no_subscription_twice() {
    let lab = peopled(12);
    let (rows, plan) = lab.planned(&manifest("both"), &[]);
    assert_eq!(count(&rows, "create"), 12 + 4, "no remediation: {rows:#?}");
    lab.azure.clear_journal();
    let told = apply(&lab, &plan, &[]).json();
    assert_eq!(told["counts"]["done"], 16, "{told}");
    let puts = lab.azure.calls("PUT", "registrationDefinitions");
    assert_eq!(puts, 12, "each once");
    let before = standing(&lab);
    lab.azure.advance(26 * 3600);
    assert_eq!(standing(&lab), before, "the policy finds everything in order");
    let deployments = |state: &mut sandbox::State| {
        state.deployments.values().filter(|one| one.name.starts_with("PolicyDeployment_")).count()
    };
    assert_eq!(lab.azure.state(deployments), 0);
    let id = add_newcomer(&lab);
    lab.azure.advance(0);
    lab.azure.advance(30 * 60);
    assert!(delegated(&lab).contains(&id));
    assert_eq!(lab.azure.state(deployments), 1);
    let (rows, _) = lab.planned(&manifest("both"), &[]);
    assert!(rows.iter().all(|row| row["do"] == "keep"), "{rows:#?}");
}

/// Denies the consumer's tenant at a scope, by the built-in policy.
pub(crate) fn deny(lab: &Lab, scope: &str) {
    let body = json!({"properties": {"policyDefinitionId": ALLOWED, "displayName": "Only ours",
        "parameters": {"listOfAllowedTenants": {"value": [world::THIRD_TENANT]}}}});
    let url = format!(
        "{scope}/providers/Microsoft.Authorization/policyAssignments/only-ours?api-version=2023-04-01"
    );
    let token = lab.run(&["token", "get", "--query", "accessToken", "-o", "tsv"]);
    let (status, answer) = lab.azure.put(token.stdout.trim(), &url, &body);
    assert_eq!(status, 201, "{answer}");
}

/// Takes away what [`deny`] assigned.
pub(crate) fn allow_again(lab: &Lab) {
    lab.azure.state(|state| {
        state.policies.assignments.retain(|key, _| !key.ends_with("only-ours"));
    });
}

#[test]
fn drift_of_the_policy_and_of_what_it_brought_is_found_and_repaired() {
    let lab = brought(3);
    lab.azure.state(|state| {
        let policies = &mut state.policies;
        let assignment = policies.assignments.values_mut().next().unwrap();
        assignment.properties["enforcementMode"] = json!("DoNotEnforce");
        let definition = policies.definitions.values_mut().next().unwrap();
        definition.properties["displayName"] = json!("Mine now");
        let offer = state.definitions.values_mut().next().unwrap();
        offer.authorizations[0]["roleDefinitionId"] = json!("b24988ac-6180-42a0-ab88-20f7382dd24c");
    });
    let drift = lab.fleet("drift", &manifest("policy"), &[]);
    assert_eq!(drift.code, 8);
    for kind in ["policy-changed", "policy-not-enforced", "authorization-"] {
        assert!(drift.stdout.contains(kind), "{kind}: {drift:?}");
    }
    let (_, plan) = lab.planned(&manifest("policy"), &[]);
    let ran = apply(&lab, &plan, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(lab.fleet("drift", &manifest("policy"), &[]).code, 0);
}

#[test]
fn what_a_policy_cannot_see_is_blocked_and_both_repairs_it() {
    let lab = brought(2);
    lab.azure.state(|state| {
        let key = state.assignments.keys().next().unwrap().clone();
        state.assignments.remove(&key);
    });
    let (rows, _) = lab.planned(&manifest("policy"), &[]);
    let blocked: Vec<&Value> = rows.iter().filter(|row| row["do"] == "blocked").collect();
    assert_eq!(blocked.len(), 1, "{rows:#?}");
    assert!(blocked[0]["why"][0].as_str().unwrap().contains("route: both"));
    let (_, plan) = lab.planned(&manifest("both"), &[]);
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
}

#[test]
fn what_left_the_manifest_goes_with_remove_and_excluded_subscriptions_stay_out() {
    let lab = peopled(5);
    let without = format!("except: {{ids: [{}]}}", fleet_subscription(2));
    let narrowed = manifest("policy").replace("[mg-images]}", &format!("[mg-images], {without}}}"));
    let (_, plan) = lab.planned(&narrowed, &[]);
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
    assert_eq!(delegated(&lab).len(), 4);
    assert!(!delegated(&lab).contains(&fleet_subscription(2)));
    let gone =
        narrowed.replace("route: policy", "route: direct").replace("failures: 100%", "removals: 3");
    let (rows, _) = lab.planned(&gone, &[]);
    assert_eq!((count(&rows, "orphan"), count(&rows, "keep")), (3, 4), "{rows:#?}");
    let (rows, plan) = lab.planned(&gone, &["--remove"]);
    assert_eq!(count(&rows, "remove"), 3);
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
    assert_eq!(delegated(&lab).len(), 4, "the delegations stay");
    assert!(identities(&lab).is_empty());
}
