//! Azure asks a person for a second factor before a change: the one command that signs in again, and it works.

use sandbox::{Fault, FaultKind, Listener, world};

use crate::az_login::log_in_by_code;
use crate::real_clients::az_json;
use crate::support::az::az;
use crate::support::lab::{Lab, Ran};

fn create(lab: &Lab) -> Ran {
    let fixed = ["delegation", "create", "-n", "Guarded", "-g", world::IMAGES_GROUP];
    let rest =
        ["--consumer-tenant", world::CONSUMER_TENANT, "--principal-id", world::CONSUMER_GROUP];
    lab.publish(&[&fixed[..], &rest].concat())
}

/// A person who is logged in to `az` without a second factor, where changes need one.
fn weak_login() -> Lab {
    let lab = Lab::new();
    log_in_by_code(&lab, world::PUBLISHER_USER_NAME, Some(world::PUBLISHER_TENANT));
    lab.azure.knob(|knobs| knobs.mfa_for_changes = true);
    lab
}

#[test]
fn the_command_that_is_named_signs_in_again_and_the_change_goes_through() {
    let lab = weak_login().env("PATH", az().parent().unwrap().to_str().unwrap());
    let before = lab.azure.calls("POST", "/token");
    let ran = create(&lab);
    let stderr = ran.refused(4).to_owned();
    assert!(stderr.contains("stronger sign-in"), "{stderr}");
    assert_eq!(lab.azure.calls("POST", "/token"), before, "nothing is forced on the login");
    let (_, command) = stderr.split_once("Run `az ").unwrap();
    let (command, _) = command.split_once('`').unwrap();
    let mut args: Vec<&str> = command.split(' ').collect();
    assert!(args.contains(&"--claims-challenge"), "{args:?}");
    // There is no browser here: the code is entered by the sandbox.
    args.push("--use-device-code");
    az_json(&lab, &args);
    assert_eq!(create(&lab).json()["change"], "create");
}

#[test]
fn without_az_the_command_is_not_all_that_is_named() {
    let ran = create(&weak_login().env("PATH", "/nonexistent"));
    let stderr = ran.refused(4);
    assert!(stderr.contains("The Azure CLI is not on PATH: install it"), "{stderr}");
    assert!(stderr.contains("Then run `az login --tenant"), "{stderr}");
    assert!(!stderr.contains("Hint: Run `az"), "{stderr}");
}

#[test]
fn what_only_reads_needs_no_second_factor() {
    let lab = weak_login();
    lab.publish(&["delegation", "list", "--direction", "given"]).json();
}

#[test]
fn an_application_is_asked_for_none_and_a_revoked_token_is_fetched_anew_once() {
    let lab = Lab::publisher();
    lab.azure.knob(|knobs| knobs.mfa_for_changes = true);
    assert_eq!(create(&lab).json()["change"], "create");
    let revoked = FaultKind::Status { status: 401, retry_after: None, code: None };
    lab.azure.inject(Fault::new(revoked).on(Listener::Management).times(1));
    lab.publish(&["delegation", "list", "--direction", "given"]).json();
}
