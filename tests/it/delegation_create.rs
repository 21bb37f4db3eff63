//! `delegation create` and `wait`: what is written, how often, and what is said when it goes wrong.

use std::collections::BTreeSet;

use sandbox::{Call, Fault, FaultKind, Sandbox, UnknownPrincipal, world};
use serde_json::Value;

use crate::support::lab::{Lab, Ran};

const OFFER: &str = "Contoso images";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

/// `delegation create` of the offer to the consumer, with these arguments after it.
fn create(lab: &Lab, rest: &[&str]) -> Ran {
    let fixed = [
        "delegation",
        "create",
        "-n",
        OFFER,
        "--consumer-tenant",
        world::CONSUMER_TENANT,
    ];
    lab.publish(&[&fixed[..], rest].concat())
}

/// The arguments of the plainest offer.
const PLAIN: [&str; 4] = [
    "-g",
    world::IMAGES_GROUP,
    "--principal-id",
    world::CONSUMER_GROUP,
];

fn puts(lab: &Lab) -> usize {
    lab.azure
        .calls("PUT", "/providers/microsoft.resources/deployments/")
}

fn standing(azure: &Sandbox) -> (usize, usize) {
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
        .map(|call| {
            format!(
                "{} {} {:?}",
                call.method,
                call.path.to_lowercase(),
                call.query
            )
        })
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
    for key in [
        "name",
        "definitionId",
        "assignments",
        "authorizations",
        "scopes",
        "portalUrl",
    ] {
        assert_eq!(first[key], second[key], "{key}");
    }
    assert!(first["deployment"]["correlationId"].is_string());
}

#[test]
fn what_is_wrong_with_the_arguments_is_told_before_any_call() {
    let lab = Lab::publisher();
    let rg = ["-g", world::IMAGES_GROUP];
    let own = ["--consumer-tenant", world::PUBLISHER_TENANT];
    let principal = format!("principal={}", world::CONSUMER_GROUP);
    let owner = ["--authorization", &principal, "role=Owner"];
    let fixed = ["delegation", "create", "-n", OFFER];
    let consumer = ["--consumer-tenant", world::CONSUMER_TENANT];
    let id = ["--principal-id", world::CONSUMER_GROUP];
    for (rest, expected) in [
        (
            [&consumer[..], &rg, &owner].concat(),
            "Owner can never be delegated",
        ),
        (
            [&own[..], &rg, &id].concat(),
            "the tenant you are signed in to",
        ),
        (
            [&consumer[..], &id].concat(),
            "nothing says what to delegate",
        ),
        ([&rg[..], &id].concat(), "--consumer-tenant: is missing"),
        (
            [&consumer[..], &rg, &["--principal-id", "x"]].concat(),
            "'x' is not a GUID",
        ),
        (
            [&consumer[..], &rg, &["--request", "/nowhere.json"]].concat(),
            "cannot be read",
        ),
        (
            [&consumer[..], &rg, &["--whole-subscription"], &id].concat(),
            "--whole-subscription",
        ),
    ] {
        let ran = lab.publish(&[&fixed[..], &rest].concat());
        let told = ran.refused(2);
        assert!(
            told.contains(expected) && told.contains("Hint: "),
            "{expected}: {told}"
        );
    }
    assert_eq!(lab.azure.journal().len(), 0);
}

#[test]
fn all_of_azures_objections_are_told_at_once_and_nothing_is_written() {
    let lab = Lab::new().signed_in(
        world::PUBLISHER_TENANT,
        world::CONTRIBUTOR_CLIENT,
        world::CONTRIBUTOR_SECRET,
    );
    let custom = format!("principal={}", world::CONSUMER_GROUP);
    let rest = [
        "-g",
        "nowhere",
        "--principal-id",
        world::CONSUMER_GROUP,
        "--authorization",
        &custom,
        "role=Contoso Image Operator",
    ];
    let fixed = ["delegation", "create", "-n", OFFER, "--consumer-tenant"];
    let tenant = ["00000000-0000-0000-0000-00000000000a"];
    let ran = lab.publish(&[&fixed[..], &tenant, &rest].concat());
    let told = ran.refused(1);
    for expected in [
        "there is no tenant 00000000-0000-0000-0000-00000000000a",
        "resource group 'nowhere' does not exist",
        "is a custom role",
        "lacks Microsoft.Authorization/roleAssignments/write",
        "nothing was changed",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert_eq!((puts(&lab), standing(&lab.azure)), (0, (0, 0)));
}

#[test]
fn the_reason_is_dug_out_and_the_next_run_repairs() {
    for stringified in [false, true] {
        let lab = Lab::publisher();
        lab.azure.knob(|knobs| {
            knobs.stringified_errors = stringified;
            knobs.unknown_principal = UnknownPrincipal::FailAssignment;
        });
        let stranger = [
            "-g",
            world::IMAGES_GROUP,
            "--principal-id",
            "186b73ee-74ac-4572-92c3-85d49640ffff",
        ];
        let ran = create(&lab, &stranger);
        let told = ran.refused(1);
        assert!(told.contains("PrincipalNotFound"), "{told}");
        assert!(told.contains("In Azure stands now: deployment"), "{told}");
        assert!(told.contains("the definition exists"), "{told}");
        lab.azure
            .knob(|knobs| knobs.unknown_principal = UnknownPrincipal::Accept);
        let repaired = create(&lab, &stranger).json();
        assert_eq!(repaired["assignments"][0]["provisioningState"], "Succeeded");
        assert_eq!(repaired["change"], "create");
        assert_eq!(standing(&lab.azure), (1, 1));
    }
}

#[test]
fn no_wait_returns_at_once_and_wait_takes_it_up() {
    let lab = Lab::publisher();
    let ran = create(&lab, &[&PLAIN[..], &["--no-wait"]].concat());
    assert!(
        ran.stderr.contains("delegation wait -n 'Contoso images'"),
        "{ran:?}"
    );
    let started = ran.json();
    let deployment = started["deployment"]["name"].as_str().unwrap();
    assert_ne!(started["deployment"]["provisioningState"], "Succeeded");
    let wait = [
        "delegation",
        "wait",
        "-n",
        OFFER,
        "--deployment-name",
        deployment,
    ];
    let done = lab.publish(&wait).json();
    assert_eq!(done["assignments"][0]["provisioningState"], "Succeeded");
    assert_eq!(done["deployment"]["provisioningState"], "Succeeded");
    assert_eq!(done["definitionId"], started["definitionId"]);
    assert_eq!(lab.publish(&wait[..4]).json(), done);
    let nobody = ["delegation", "wait", "-n", "nobody"];
    assert!(lab.publish(&nobody).refused(3).contains("Hint: "));
    let never = [&wait[..4], &["--deployment-name", "never"]].concat();
    assert!(
        lab.publish(&never)
            .refused(3)
            .contains("there is no deployment 'never'")
    );
}

#[test]
fn a_second_create_takes_up_a_deployment_under_way_but_not_a_foreign_one() {
    let lab = Lab::publisher();
    create(&lab, &[&PLAIN[..], &["--no-wait"]].concat()).json();
    let other = [&PLAIN[..], &["--principal-name", "another label"]].concat();
    let told = create(&lab, &other);
    let told = told.refused(1);
    assert!(
        told.contains("is under way, with other parameters"),
        "{told}"
    );
    assert!(told.contains("--deployment-name"), "{told}");
    let done = create(&lab, &PLAIN).json();
    assert_eq!(done["assignments"][0]["provisioningState"], "Succeeded");
    assert_eq!(standing(&lab.azure), (1, 1));
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
    assert_eq!(
        lab.azure
            .calls("POST", "microsoft.managedservices/register"),
        1
    );
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
    let ran = create(&lab, &[&rights[..], &["--no-delete-role"]].concat());
    assert!(ran.stderr.contains("  - Reader for "), "{ran:?}");
    assert!(
        ran.stderr.contains("  + Contributor for image-users"),
        "{ran:?}"
    );
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
    let first = create(
        &lab,
        &["-g", &shouted, "--principal-id", world::CONSUMER_GROUP],
    )
    .json();
    let scope = first["scopes"][0].as_str().unwrap();
    assert!(scope.ends_with("/resourceGroups/images-rg"), "{scope}");
    // The other group lies elsewhere, but a deployment keeps its location for good.
    let other = [
        "-g",
        world::OTHER_GROUP,
        "--principal-id",
        world::CONSUMER_GROUP,
    ];
    let second = create(&lab, &other).json();
    assert_eq!(second["change"], "create");
    assert_eq!(second["scopes"].as_array().unwrap().len(), 2);
    assert_eq!(standing(&lab.azure), (1, 2));
    let both = [
        "-g",
        world::OTHER_GROUP,
        &shouted,
        "--principal-id",
        world::CONSUMER_GROUP,
    ];
    assert_eq!(create(&lab, &both).json()["change"], "keep");
    let chosen = [
        &other[..],
        &["--location", "northeurope", "--principal-name", "x"],
    ]
    .concat();
    let told = create(&lab, &chosen);
    assert!(
        told.refused(1).contains("exists in another location"),
        "{told:?}"
    );
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
    assert_eq!(
        right["justInTimeAccessPolicy"]["maximumActivationDuration"],
        "PT4H"
    );
    let scope = format!("/subscriptions/{}", world::PUBLISHER_SUBSCRIPTION);
    assert_eq!(made["scopes"], serde_json::json!([scope]));
    assert_eq!(create(&lab, &rest).json()["change"], "keep");
    assert_eq!(create(&lab, &rest[..3]).json()["change"], "replace");
}

#[test]
fn the_default_group_and_the_consumers_request_are_enough() {
    let lab = Lab::publisher().env("AZURE_DEFAULTS_GROUP", world::IMAGES_GROUP);
    let request = serde_json::json!({
        "kind": "az-imageshare/delegation-request", "version": 1, "cloud": sandbox::CLOUD,
        "consumerTenantId": world::CONSUMER_TENANT, "createdOn": "2026-01-01T00:00:00Z",
        "principals": [{"principalId": world::CONSUMER_GROUP, "principalName": "image-users", "principalType": "Group"}]});
    let file = lab.file("request.json", &request.to_string());
    let made = lab
        .publish(&["delegation", "create", "-n", OFFER, "--request", &file])
        .json();
    assert_eq!(
        made["authorizations"][0]["principalIdDisplayName"],
        "image-users"
    );
    assert_eq!(made["authorizations"][0]["roleDefinitionId"], READER);
}

#[test]
fn reads_that_fail_are_warnings_and_the_deployment_decides() {
    for path in [
        "/permissions",
        "/roledefinitions/",
        "/registrationassignments",
        "/registrationdefinitions",
        "/openid-configuration",
        "/providers/microsoft.managedservices",
    ] {
        let lab = Lab::publisher();
        lab.azure
            .inject(Fault::status(403).method("GET").path(path));
        let ran = create(&lab, &PLAIN);
        assert!(ran.stderr.contains("WARNING: cannot "), "{path}: {ran:?}");
        assert_eq!(ran.json()["change"], "create");
        assert_eq!(standing(&lab.azure), (1, 1));
    }
}

#[test]
fn a_lost_answer_starts_nothing_twice() {
    for kind in [
        FaultKind::Reset,
        FaultKind::Truncate,
        FaultKind::Status {
            status: 500,
            retry_after: None,
            code: None,
        },
    ] {
        let lab = Lab::publisher();
        let fault = Fault::new(kind.clone())
            .method("PUT")
            .path("/deployments/")
            .applied();
        lab.azure.inject(fault);
        let made = create(&lab, &PLAIN);
        assert_eq!(
            made.json()["deployment"]["provisioningState"],
            "Succeeded",
            "{kind:?}"
        );
        assert_eq!(standing(&lab.azure), (1, 1));
    }
}

fn sample(lab: &Lab) -> (String, String) {
    let template = lab.file("rg.json", include_str!("data/lighthouse-samples/rg.json"));
    let text = include_str!("data/lighthouse-samples/rg.parameters.json")
        .replace("<insert managing tenant id>", world::CONSUMER_TENANT)
        .replace(
            "00000000-0000-0000-0000-000000000000",
            world::CONSUMER_GROUP,
        )
        .replace("\"test\"", &format!("\"{}\"", world::IMAGES_GROUP))
        .replace("92aaf0da-9dab-42b6-94a3-d43ce8d16293", READER);
    (template, lab.file("rg.parameters.json", &text))
}

#[test]
fn an_own_template_is_deployed_with_what_it_declares() {
    let lab = Lab::publisher();
    let (template, parameters) = sample(&lab);
    let args = [
        "delegation",
        "create",
        "--template-file",
        &template,
        "--parameters",
        &parameters,
    ];
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
    let fixed = ["delegation", "create", "--parameters", &parameters];
    lab.publish(&[&fixed[..], &["--template-file", &template]].concat())
        .json();
    let ran = lab.publish(&fixed);
    let told = ran.refused(1);
    assert!(told.contains("by another definition"), "{told}");
    assert!(told.contains("delegation delete -n a284898a"), "{told}");
    assert!(told.contains("WARNING: OVERLAP"), "{told}");
    let renamed: Value = lab
        .publish(&[&fixed[..], &["-n", "Another"]].concat())
        .json();
    assert_eq!(renamed["name"], "Another");
    assert_eq!(standing(&lab.azure), (2, 2));
}
