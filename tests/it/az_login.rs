//! The login of the real `az` as the only one there is: what it gives, and what is said when it gives nothing.

use std::process::{Command, Output};

use sandbox::world;
use serde_json::Value;

use crate::real_clients::az_json;
use crate::support::az::az;
use crate::support::lab::Lab;
use crate::support::program;

const TOKEN: &str = "/oauth2/v2.0/token";
const OFFER: &str = "Contoso images";

/// Runs the built program against the laboratory, with `az` on PATH or without it.
fn run(lab: &Lab, with_az: bool, args: &[&str]) -> Output {
    let folder = az().parent().unwrap().display().to_string();
    let path = if with_az {
        format!("{folder}:/usr/bin:/bin")
    } else {
        "/nowhere".to_owned()
    };
    Command::new(program::path())
        .args(args)
        .env_clear()
        .envs(lab.variables())
        .env("PATH", path)
        .output()
        .unwrap()
}

#[track_caller]
fn json(ran: &Output) -> Value {
    assert!(ran.status.success(), "{}", stderr(ran));
    serde_json::from_slice(&ran.stdout).unwrap()
}

fn stderr(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

/// Ends with 4, names `az` and says what to run.
#[track_caller]
fn sign_in_needed(ran: &Output) -> String {
    let told = stderr(ran);
    assert_eq!(ran.status.code(), Some(4), "{told}");
    assert!(
        told.contains("Hint: ") && told.contains("az login"),
        "{told}"
    );
    told
}

fn log_in_as_service_principal(lab: &Lab) {
    let who = ["login", "--service-principal", "-u", world::DEPLOYER_CLIENT];
    let rest = [
        "-p",
        world::DEPLOYER_SECRET,
        "--tenant",
        world::PUBLISHER_TENANT,
    ];
    az_json(lab, &[&who[..], &rest[..]].concat());
}

fn log_in_as_user(lab: &Lab) {
    let tenant = ["--tenant", world::PUBLISHER_TENANT];
    az_json(
        lab,
        &[&["login", "--use-device-code"][..], &tenant].concat(),
    );
}

#[test]
fn tokens_come_from_the_cache_of_az_and_from_az_itself_when_it_has_none() {
    let lab = Lab::new();
    log_in_as_service_principal(&lab);
    let before = lab.azure.calls("POST", TOKEN);
    let cached = json(&run(&lab, false, &["token", "get"]));
    assert_eq!(cached["tenant"], world::PUBLISHER_TENANT);
    assert_eq!(
        lab.azure.calls("POST", TOKEN),
        before,
        "its cache was enough"
    );

    let cache = lab.home.path().join(".azure/msal_token_cache.json");
    std::fs::remove_file(&cache).unwrap();
    let told = sign_in_needed(&run(&lab, false, &["token", "get"]));
    assert!(told.contains("no `az` on PATH"), "{told}");
    let fetched = json(&run(&lab, true, &["token", "get"]));
    assert_ne!(fetched["accessToken"], cached["accessToken"]);
    assert_eq!(lab.azure.calls("POST", TOKEN), before + 1);

    // A login without its secret is none.
    std::fs::remove_file(&cache).unwrap();
    std::fs::remove_file(
        lab.home
            .path()
            .join(".azure/service_principal_entries.json"),
    )
    .unwrap();
    sign_in_needed(&run(&lab, true, &["token", "get"]));
}

#[test]
fn a_delegation_is_made_kept_and_removed_with_the_login_of_az() {
    let lab = Lab::new();
    log_in_as_service_principal(&lab);
    let place = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    let create = [
        "delegation",
        "create",
        "-n",
        OFFER,
        "--consumer-tenant",
        world::CONSUMER_TENANT,
    ];
    let rest = [
        "-g",
        world::IMAGES_GROUP,
        "--principal-id",
        world::CONSUMER_GROUP,
    ];
    let create = [&create[..], &rest, &place].concat();
    assert_eq!(json(&run(&lab, true, &create))["change"], "create");
    lab.azure.clear_journal();
    assert_eq!(json(&run(&lab, true, &create))["change"], "keep");
    assert_eq!(lab.azure.calls("PUT", "/"), 0);
    let delete = [&["delegation", "delete", "-n", OFFER, "--yes"][..], &place].concat();
    let ran = run(&lab, true, &delete);
    assert!(ran.status.success(), "{}", stderr(&ran));
    let left = lab
        .azure
        .state(|state| (state.definitions.len(), state.assignments.len()));
    assert_eq!(left, (0, 0));
}

#[test]
fn the_login_of_a_person_serves_until_it_is_revoked() {
    let lab = Lab::new();
    log_in_as_user(&lab);
    let before = lab.azure.calls("POST", TOKEN);
    json(&run(&lab, false, &["token", "get"]));
    assert_eq!(
        lab.azure.calls("POST", TOKEN),
        before,
        "its cache was enough"
    );

    // Tokens that end within five minutes are not used any more.
    lab.azure.knob(|knobs| knobs.token_lifetime = 60);
    log_in_as_user(&lab);
    json(&run(&lab, true, &["token", "get"]));
    lab.azure.state(|state| state.grants.clear());
    let told = sign_in_needed(&run(&lab, true, &["token", "get"]));
    assert!(told.contains("the az login cannot be used"), "{told}");
    let told = sign_in_needed(&run(&lab, true, &["delegation", "list"]));
    assert!(told.contains("AADSTS"), "{told}");
}

#[test]
fn without_any_login_the_way_in_is_told() {
    let lab = Lab::new();
    let told = sign_in_needed(&run(&lab, true, &["token", "get"]));
    assert!(told.contains("nobody is signed in"), "{told}");
    sign_in_needed(&run(&lab, true, &["delegation", "list"]));
}
