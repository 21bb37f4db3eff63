//! Ctrl-C while a deployment runs: it goes on in Azure, and the next command takes it up again.

use std::process::{Command, Stdio};

use sandbox::world;

use crate::support::builder::builder;
use crate::support::keyring::until;
use crate::support::lab::Lab;
use crate::support::program;

#[test]
fn an_interrupted_create_leaves_the_deployment_running_and_says_how_to_resume() {
    let lab = Lab::publisher().env("AZ_IMAGESHARE_POLL_INTERVAL", "1");
    lab.azure.knob(|knobs| knobs.deployment_polls = 6);
    let fixed = ["delegation", "create", "-n", "Halted", "-g", world::IMAGES_GROUP];
    let mut command = Command::new(program::path());
    command.args(fixed).args(["--consumer-tenant", world::CONSUMER_TENANT]);
    command.args(["--principal-id", world::CONSUMER_GROUP]);
    command.args(["--subscription", world::PUBLISHER_SUBSCRIPTION]);
    command.env_clear().envs(lab.variables());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    until("the deployment to be asked about", || lab.azure.calls("GET", "/operationStatuses/") > 0);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let ended = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(130), "{told}");
    assert!(told.contains("delegation wait -n"), "{told}");
    assert_eq!(lab.azure.calls("POST", "/cancel"), 0, "nothing is cancelled");
    let waited = lab.publish(&["delegation", "wait", "-n", "Halted"]);
    assert_eq!(waited.json()["provisioningState"], "Succeeded");
}

#[test]
fn a_wait_that_expires_names_the_verb_that_waited() {
    let lab = Lab::publisher();
    // More often than is asked without a pause.
    lab.azure.knob(|knobs| knobs.registration_polls = 10_000);
    let args = ["--distribute-to", world::IMAGES_GROUP];
    let ran = builder(&lab, "setup", &args);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("is not registered yet"), "{ran:?}");
    assert!(ran.stderr.contains("`az-imageshare builder setup --identity"), "{ran:?}");
    assert!(!ran.stderr.contains("delegation wait"), "{ran:?}");
}
