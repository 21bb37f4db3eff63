//! `delegation create` and `wait`: what is written, and how often.

use std::collections::BTreeSet;

use sandbox::{Call, Sandbox, world};
use serde_json::Value;

use crate::support::lab::{Lab, Ran};

pub(crate) const OFFER: &str = "Contoso images";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

/// `delegation create` of the offer to the consumer, with these arguments after it.
pub(crate) fn create(lab: &Lab, rest: &[&str]) -> Ran {
    let fixed = ["delegation", "create", "-n", OFFER, "--consumer-tenant", world::CONSUMER_TENANT];
    lab.publish(&[&fixed[..], rest].concat())
}

/// The arguments of the plainest offer.
pub(crate) const PLAIN: [&str; 4] =
    ["-g", world::IMAGES_GROUP, "--principal-id", world::CONSUMER_GROUP];

pub(crate) fn puts(lab: &Lab) -> usize {
    lab.azure.calls("PUT", "/providers/microsoft.resources/deployments/")
}

pub(crate) fn standing(azure: &Sandbox) -> (usize, usize) {
    azure.state(|state| (state.definitions.len(), state.assignments.len()))
}

fn is_poll(call: &Call) -> bool {
    call.path.to_lowercase().contains("/operationstatuses/")
}

#[test]
fn a_fresh_delegation_takes_twelve_requests_and_none_twice() {
    let lab = Lab::publisher();
    let made = create(&lab, &PLAIN).json();
    assert_eq!(made["change"], "create");
    assert_eq!(made["assignments"][0]["provisioningState"], "Succeeded");
    let journal = lab.azure.journal();
    let asked: Vec<String> = journal
        .iter()
        .filter(|call| !is_poll(call))
        .map(|call| format!("{} {} {:?}", call.method, call.path.to_lowercase(), call.query))
        .collect();
    assert!(asked.len() <= 12, "{asked:#?}");
    let once: BTreeSet<&String> = asked.iter().collect();
    assert_eq!(once.len(), asked.len(), "{asked:#?}");
}

#[test]
fn creating_twice_writes_once() {
    let lab = Lab::publisher();
    let first = create(&lab, &PLAIN).json();
    assert_eq!((puts(&lab), standing(&lab.azure)), (1, (1, 1)));
    let again = create(&lab, &PLAIN);
    assert!(again.stderr.contains("nothing to do"), "{again:?}");
    let second = again.json();
    assert_eq!(second["change"], "keep");
    assert_eq!(puts(&lab), 1);
    for key in ["name", "definitionId", "assignments", "authorizations", "scopes", "portalUrl"] {
        assert_eq!(first[key], second[key], "{key}");
    }
    assert!(first["deployment"]["correlationId"].is_string());
}

#[test]
fn no_wait_returns_at_once_and_wait_takes_it_up() {
    let lab = Lab::publisher();
    let ran = create(&lab, &[&PLAIN[..], &["--no-wait"]].concat());
    assert!(ran.stderr.contains("delegation wait -n 'Contoso images'"), "{ran:?}");
    let started = ran.json();
    let deployment = started["deployment"]["name"].as_str().unwrap();
    assert_ne!(started["deployment"]["provisioningState"], "Succeeded");
    let wait = ["delegation", "wait", "-n", OFFER, "--deployment-name", deployment];
    let done = lab.publish(&wait).json();
    assert_eq!(done["assignments"][0]["provisioningState"], "Succeeded");
    assert_eq!(done["deployment"]["provisioningState"], "Succeeded");
    assert_eq!(done["definitionId"], started["definitionId"]);
    assert_eq!(lab.publish(&wait[..4]).json(), done);
    let nobody = ["delegation", "wait", "-n", "nobody"];
    assert!(lab.publish(&nobody).refused(3).contains("Hint: "));
    let never = [&wait[..4], &["--deployment-name", "never"]].concat();
    assert!(lab.publish(&never).refused(3).contains("there is no deployment 'never'"));
}

#[test]
fn wait_finds_a_deployment_that_has_only_begun() {
    let lab = Lab::publisher();
    let started = create(&lab, &[&PLAIN[..], &["--no-wait"]].concat()).json();
    assert_eq!(standing(&lab.azure), (0, 0));
    let done = lab.publish(&["delegation", "wait", "-n", OFFER]).json();
    assert_eq!(done["deployment"]["name"], started["deployment"]["name"]);
    assert_eq!(done["assignments"][0]["provisioningState"], "Succeeded");
}

#[test]
fn the_provider_is_registered_first() {
    let lab = Lab::publisher();
    let fixed = ["delegation", "create", "-n", OFFER, "-g", "lab-rg"];
    let rest = [
        "--consumer-tenant",
        world::CONSUMER_DOMAIN,
        "--principal-id",
        world::CONSUMER_GROUP,
        "--subscription",
        world::SECOND_SUBSCRIPTION,
    ];
    let ran = lab.run(&[&fixed[..], &rest].concat());
    assert!(ran.stderr.contains("it will be registered"), "{ran:?}");
    assert_eq!(ran.json()["consumerTenantId"], world::CONSUMER_TENANT);
    assert_eq!(lab.azure.calls("POST", "microsoft.managedservices/register"), 1);
    let journal = lab.azure.journal();
    let at = |method: &str, part: &str| {
        journal
            .iter()
            .position(|call| call.method == method && call.path.to_lowercase().contains(part))
            .unwrap()
    };
    assert!(at("POST", "/register") < at("PUT", "/deployments/"));
}

#[test]
fn other_rights_replace_the_old_ones() {
    let lab = Lab::publisher();
    let first = create(&lab, &PLAIN).json();
    let principal = format!("principal={}", world::CONSUMER_GROUP);
    let rights = [
        "-g",
        world::IMAGES_GROUP,
        "--authorization",
        &principal,
        "role=Contributor",
        "name=image-users",
    ];
    let rights = [&rights[..], &["--no-delete-role"]].concat();
    let asked = create(&lab, &rights);
    assert!(asked.refused(2).contains("Use --yes"), "rights are not taken unasked: {asked:?}");
    assert_eq!(standing(&lab.azure), (1, 1));
    let ran = create(&lab, &[&rights[..], &["--yes"]].concat());
    assert!(ran.stderr.contains("  - Reader for "), "{ran:?}");
    assert!(ran.stderr.contains("  + Contributor for image-users"), "{ran:?}");
    let second = ran.json();
    assert_eq!(second["change"], "replace");
    assert_eq!(second["definitionId"], first["definitionId"]);
    assert_eq!(second["authorizations"].as_array().unwrap().len(), 1);
    assert_eq!(second["authorizations"][0]["roleDefinitionId"], CONTRIBUTOR);
    assert_eq!(standing(&lab.azure), (1, 1));
}

#[test]
fn groups_are_added_under_one_definition_with_the_owners_spelling() {
    let lab = Lab::publisher();
    let shouted = world::IMAGES_GROUP.to_uppercase();
    let first = create(&lab, &["-g", &shouted, "--principal-id", world::CONSUMER_GROUP]).json();
    let scope = first["scopes"][0].as_str().unwrap();
    assert!(scope.ends_with("/resourceGroups/images-rg"), "{scope}");
    // The other group lies elsewhere, but a deployment keeps its location for good.
    let other = ["-g", world::OTHER_GROUP, "--principal-id", world::CONSUMER_GROUP];
    let second = create(&lab, &other).json();
    assert_eq!(second["change"], "create");
    assert_eq!(second["scopes"].as_array().unwrap().len(), 2);
    assert_eq!(standing(&lab.azure), (1, 2));
    let both = ["-g", world::OTHER_GROUP, &shouted, "--principal-id", world::CONSUMER_GROUP];
    assert_eq!(create(&lab, &both).json()["change"], "keep");
    let chosen = [&other[..], &["--location", "northeurope", "--principal-name", "x"]].concat();
    let told = create(&lab, &chosen);
    assert!(told.refused(1).contains("exists in another location"), "{told:?}");
}

#[test]
fn many_groups_at_once_make_one_definition() {
    let lab = Lab::publisher();
    let both = [
        "-g",
        world::IMAGES_GROUP,
        "-g",
        world::OTHER_GROUP,
        "--principal-id",
        world::CONSUMER_GROUP,
    ];
    let made = create(&lab, &both).json();
    assert_eq!(made["assignments"].as_array().unwrap().len(), 2);
    assert_eq!((puts(&lab), standing(&lab.azure)), (1, (1, 2)));
}

#[test]
fn a_whole_subscription_with_rights_to_be_activated() {
    let lab = Lab::publisher();
    let principal = format!("principal={}", world::CONSUMER_GROUP);
    let approver = format!("approver={}", world::CONSUMER_USER);
    let rest = [
        "--whole-subscription",
        "--principal-id",
        world::CONSUMER_GROUP,
        "--eligible-authorization",
        &principal,
        "role=Contributor",
        "max-duration=PT4H",
        "mfa=Azure",
        &approver,
    ];
    let made = create(&lab, &rest).json();
    let right = &made["eligibleAuthorizations"][0];
    assert_eq!(right["roleDefinitionId"], CONTRIBUTOR);
    assert_eq!(right["justInTimeAccessPolicy"]["maximumActivationDuration"], "PT4H");
    let scope = format!("/subscriptions/{}", world::PUBLISHER_SUBSCRIPTION);
    assert_eq!(made["scopes"], serde_json::json!([scope]));
    assert_eq!(create(&lab, &rest).json()["change"], "keep");
    assert_eq!(create(&lab, &[&rest[..3], &["--yes"]].concat()).json()["change"], "replace");
}

#[test]
fn the_default_group_and_the_consumers_request_are_enough() {
    let lab = Lab::publisher().env("AZURE_DEFAULTS_GROUP", world::IMAGES_GROUP);
    let request = serde_json::json!({
        "kind": "az-imageshare/delegation-request", "version": 1, "cloud": sandbox::CLOUD,
        "consumerTenantId": world::CONSUMER_TENANT, "createdOn": "2026-01-01T00:00:00Z",
        "principals": [{"principalId": world::CONSUMER_GROUP, "principalName": "image-users", "principalType": "Group"}]});
    let file = lab.file("request.json", &request.to_string());
    let made = lab.publish(&["delegation", "create", "-n", OFFER, "--request", &file]).json();
    assert_eq!(made["authorizations"][0]["principalIdDisplayName"], "image-users");
    assert_eq!(made["authorizations"][0]["roleDefinitionId"], READER);
}

fn sample(lab: &Lab) -> (String, String) {
    let template = lab.file("rg.json", include_str!("data/lighthouse-samples/rg.json"));
    let text = include_str!("data/lighthouse-samples/rg.parameters.json")
        .replace("<insert managing tenant id>", world::CONSUMER_TENANT)
        .replace("00000000-0000-0000-0000-000000000000", world::CONSUMER_GROUP)
        .replace("\"test\"", &format!("\"{}\"", world::IMAGES_GROUP))
        .replace("92aaf0da-9dab-42b6-94a3-d43ce8d16293", READER);
    (template, lab.file("rg.parameters.json", &text))
}

#[test]
fn an_own_template_is_deployed_with_what_it_declares() {
    let lab = Lab::publisher();
    let (template, parameters) = sample(&lab);
    let args = ["delegation", "create", "--template-file", &template, "--parameters", &parameters];
    // The sample lets its users give roles to others.
    assert!(lab.publish(&args).refused(2).contains("Use --yes"));
    let args = [&args[..], &["--yes"]].concat();
    let made = lab.publish(&args).json();
    assert_eq!(made["name"], "Relecloud Managed Services");
    // guid(offer name), as the sample has it.
    let id = made["definitionId"].as_str().unwrap();
    assert!(id.ends_with("a284898a-fc04-581d-aca0-047861d06160"), "{id}");
    assert_eq!(made["assignments"][0]["provisioningState"], "Succeeded");
    assert_eq!(lab.publish(&args).json()["change"], "keep");
    assert_eq!(puts(&lab), 1);
}

#[test]
fn an_offer_of_the_same_name_at_the_same_place_is_in_the_way() {
    let lab = Lab::publisher();
    let (template, parameters) = sample(&lab);
    let fixed = ["delegation", "create", "--yes", "--parameters", &parameters];
    lab.publish(&[&fixed[..], &["--template-file", &template]].concat()).json();
    let ran = lab.publish(&fixed);
    let told = ran.refused(1);
    assert!(told.contains("by another definition"), "{told}");
    assert!(told.contains("delegation delete -n a284898a"), "{told}");
    // It is this offer under other ids, and does not overlap with itself.
    assert!(!told.contains("OVERLAP") && told.contains("--adopt"), "{told}");
    let renamed: Value = lab.publish(&[&fixed[..], &["-n", "Another"]].concat()).json();
    assert_eq!(renamed["name"], "Another");
    assert_eq!(standing(&lab.azure), (2, 2));
}
