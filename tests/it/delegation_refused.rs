//! `delegation create` when something is in the way: the arguments, Azure's rules, or the network.

use sandbox::{Fault, FaultKind, UnknownPrincipal, world};

use crate::delegation_create::{OFFER, PLAIN, create, puts, standing};
use crate::support::lab::Lab;

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
        ([&consumer[..], &rg, &owner].concat(), "Owner can never be delegated"),
        ([&own[..], &rg, &id].concat(), "the tenant you are signed in to"),
        ([&consumer[..], &id].concat(), "nothing says what to delegate"),
        ([&rg[..], &id].concat(), "--consumer-tenant: is missing"),
        ([&consumer[..], &rg, &["--principal-id", "x"]].concat(), "'x' is not a GUID"),
        ([&consumer[..], &rg, &["--request", "/nowhere.json"]].concat(), "cannot be read"),
        ([&consumer[..], &rg, &["--whole-subscription"], &id].concat(), "--whole-subscription"),
    ] {
        let ran = lab.publish(&[&fixed[..], &rest].concat());
        let told = ran.refused(2);
        assert!(told.contains(expected) && told.contains("Hint: "), "{expected}: {told}");
    }
    assert_eq!(lab.azure.journal().len(), 0);
}

#[test]
fn all_of_azures_objections_are_told_at_once_and_nothing_is_written() {
    let lab = Lab::contributor();
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
        let stranger =
            ["-g", world::IMAGES_GROUP, "--principal-id", "186b73ee-74ac-4572-92c3-85d49640ffff"];
        let ran = create(&lab, &stranger);
        let told = ran.refused(1);
        assert!(told.contains("PrincipalNotFound"), "{told}");
        assert!(told.contains("Current state: deployment"), "{told}");
        assert!(told.contains("the definition exists"), "{told}");
        lab.azure.knob(|knobs| knobs.unknown_principal = UnknownPrincipal::Accept);
        let repaired = create(&lab, &stranger).json();
        assert_eq!(repaired["assignments"][0]["provisioningState"], "Succeeded");
        assert_eq!(repaired["change"], "create");
        assert_eq!(standing(&lab.azure), (1, 1));
    }
}

#[test]
fn a_second_create_takes_up_a_deployment_under_way_but_not_a_foreign_one() {
    let lab = Lab::publisher();
    create(&lab, &[&PLAIN[..], &["--no-wait"]].concat()).json();
    let other = [&PLAIN[..], &["--principal-name", "another label"]].concat();
    let told = create(&lab, &other);
    let told = told.refused(1);
    assert!(told.contains("is under way, with other parameters"), "{told}");
    assert!(told.contains("--deployment-name"), "{told}");
    let done = create(&lab, &PLAIN).json();
    assert_eq!(done["assignments"][0]["provisioningState"], "Succeeded");
    assert_eq!(standing(&lab.azure), (1, 1));
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
        lab.azure.inject(Fault::status(403).method("GET").path(path));
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
        FaultKind::Status { status: 500, retry_after: None, code: None },
    ] {
        let lab = Lab::publisher();
        let fault = Fault::new(kind.clone()).method("PUT").path("/deployments/").applied();
        lab.azure.inject(fault);
        let made = create(&lab, &PLAIN);
        assert_eq!(made.json()["deployment"]["provisioningState"], "Succeeded", "{kind:?}");
        assert_eq!(standing(&lab.azure), (1, 1));
    }
}

#[test]
fn a_policy_that_forbids_the_tenant_is_named() {
    let lab = Lab::publisher();
    lab.azure.state(|state| state.allowed_managing_tenants = vec![world::THIRD_TENANT.to_owned()]);
    let ran = create(&lab, &PLAIN);
    let told = ran.refused(1);
    assert!(told.contains("RequestDisallowedByPolicy"), "{told}");
    assert!(told.contains("an Azure Policy of the subscription forbids it"), "{told}");
    assert_eq!(standing(&lab.azure), (0, 0));
}
