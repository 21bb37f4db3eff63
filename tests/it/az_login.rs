//! The login of the real `az` as the only one there is: what it gives, and what is said when it gives nothing.

use std::process::{Command, Output};

use sandbox::{Person, world};
use serde_json::Value;

use crate::real_clients::az_json;
use crate::support::az::az;
use crate::support::galleries::{GUEST, IMAGE_READER, admit_foreigners};
use crate::support::lab::Lab;
use crate::support::program;

const TOKEN: &str = "/oauth2/v2.0/token";
const OFFER: &str = "Contoso images";

/// What the laboratory's own runs may sign in with; the login of `az` comes last.
const OTHERS: [&str; 3] = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];

/// Runs the built program against the laboratory, with `az` on PATH or without it, and no other way to sign in.
pub(crate) fn run(lab: &Lab, with_az: bool, args: &[&str]) -> Output {
    let folder = az().parent().unwrap().display().to_string();
    let path = if with_az { format!("{folder}:/usr/bin:/bin") } else { "/nowhere".to_owned() };
    Command::new(program::path())
        .args(args)
        .env_clear()
        .envs(lab.variables().iter().filter(|(name, _)| !OTHERS.contains(&name.as_str())))
        .env("PATH", path)
        .output()
        .unwrap()
}

#[track_caller]
pub(crate) fn json(ran: &Output) -> Value {
    assert!(ran.status.success(), "{}", stderr(ran));
    serde_json::from_slice(&ran.stdout).unwrap()
}

pub(crate) fn stderr(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

/// Ends with 4, names `az` and says what to run.
#[track_caller]
fn sign_in_needed(ran: &Output) -> String {
    let told = stderr(ran);
    assert_eq!(ran.status.code(), Some(4), "{told}");
    assert!(told.contains("Hint: ") && told.contains("az login"), "{told}");
    told
}

fn log_in_as_application(lab: &Lab, tenant: &str, client: &str, secret: &str) {
    let who = ["login", "--service-principal", "-u", client, "-p", secret];
    az_json(lab, &[&who[..], &["--tenant", tenant]].concat());
}

fn log_in_as_service_principal(lab: &Lab) {
    let (client, secret) = (world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET);
    log_in_as_application(lab, world::PUBLISHER_TENANT, client, secret);
}

fn log_in_as_user(lab: &Lab) {
    log_in_by_code(lab, world::PUBLISHER_USER_NAME, Some(world::PUBLISHER_TENANT));
}

/// Logs a person in to `az` by device code: to one tenant, or to all that know the person.
pub(crate) fn log_in_by_code(lab: &Lab, user: &str, tenant: Option<&str>) {
    lab.azure.knob(|knobs| knobs.device_code_user = Some(user.to_owned()));
    let mut args = vec!["login", "--use-device-code"];
    args.extend(tenant.iter().flat_map(|tenant| ["--tenant", tenant]));
    az_json(lab, &args);
}

#[test]
fn tokens_come_from_the_cache_of_az_and_from_az_itself_when_it_has_none() {
    let lab = Lab::new();
    log_in_as_service_principal(&lab);
    let before = lab.azure.calls("POST", TOKEN);
    let cached = json(&run(&lab, false, &["token", "get"]));
    assert_eq!(cached["tenant"], world::PUBLISHER_TENANT);
    assert_eq!(lab.azure.calls("POST", TOKEN), before, "its cache was enough");

    let cache = lab.home.path().join(".azure/msal_token_cache.json");
    std::fs::remove_file(&cache).unwrap();
    let told = sign_in_needed(&run(&lab, false, &["token", "get"]));
    assert!(told.contains("no `az` on PATH"), "{told}");
    let fetched = json(&run(&lab, true, &["token", "get"]));
    assert_ne!(fetched["accessToken"], cached["accessToken"]);
    assert_eq!(lab.azure.calls("POST", TOKEN), before + 1);

    // A login without its secret is none.
    std::fs::remove_file(&cache).unwrap();
    std::fs::remove_file(lab.home.path().join(".azure/service_principal_entries.json")).unwrap();
    sign_in_needed(&run(&lab, true, &["token", "get"]));
}

#[test]
fn a_delegation_is_made_kept_and_removed_with_the_login_of_az() {
    let lab = Lab::new();
    log_in_as_service_principal(&lab);
    let place = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    let create = ["delegation", "create", "-n", OFFER, "--consumer-tenant", world::CONSUMER_TENANT];
    let rest = ["-g", world::IMAGES_GROUP, "--principal-id", world::CONSUMER_GROUP];
    let create = [&create[..], &rest, &place].concat();
    assert_eq!(json(&run(&lab, true, &create))["change"], "create");
    lab.azure.clear_journal();
    assert_eq!(json(&run(&lab, true, &create))["change"], "keep");
    assert_eq!(lab.azure.calls("PUT", "/"), 0);
    let delete = [&["delegation", "delete", "-n", OFFER, "--yes"][..], &place].concat();
    let ran = run(&lab, true, &delete);
    assert!(ran.status.success(), "{}", stderr(&ran));
    let left = lab.azure.state(|state| (state.definitions.len(), state.assignments.len()));
    assert_eq!(left, (0, 0));
}

#[test]
fn the_login_of_a_person_serves_until_it_is_revoked() {
    let lab = Lab::new();
    log_in_as_user(&lab);
    let before = lab.azure.calls("POST", TOKEN);
    json(&run(&lab, false, &["token", "get"]));
    assert_eq!(lab.azure.calls("POST", TOKEN), before, "its cache was enough");

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

/// A person of the consumer's tenant who is a guest of the publisher's, logged in to `az`.
fn guest() -> Lab {
    let lab = Lab::new();
    admit_foreigners(&lab.azure);
    lab.azure.state(|state| {
        state.assign_role(&world::gallery_id(), IMAGE_READER, GUEST);
        state.directory.people.insert(
            GUEST.to_owned(),
            Person {
                mail: Some(world::CONSUMER_USER_NAME.to_owned()),
                guest: true,
                ..Person::default()
            },
        );
    });
    // Tokens that end within five minutes are not taken from the cache of `az`.
    lab.azure.knob(|knobs| knobs.token_lifetime = 60);
    log_in_by_code(&lab, world::CONSUMER_USER_NAME, None);
    lab
}

/// A token of the publisher's tenant, by the login of `az`.
fn of_the_publisher(lab: &Lab, with_az: bool) -> Output {
    run(lab, with_az, &["token", "get", "--tenant", world::PUBLISHER_TENANT])
}

#[test]
fn a_guest_has_tokens_of_both_tenants() {
    let lab = guest();
    lab.azure.clear_journal();
    let token = json(&of_the_publisher(&lab, true));
    assert_eq!(token["tenant"], world::PUBLISHER_TENANT);
    let path = format!("/{}{TOKEN}", world::PUBLISHER_TENANT);
    assert_eq!(lab.azure.calls("POST", &path), 1, "az redeemed its refresh token there");

    lab.azure.knob(|knobs| knobs.token_lifetime = 3599);
    log_in_by_code(&lab, world::CONSUMER_USER_NAME, None);
    lab.azure.clear_journal();
    for tenant in [world::PUBLISHER_TENANT, world::CONSUMER_TENANT] {
        let token = json(&run(&lab, false, &["token", "get", "--tenant", tenant]));
        assert_eq!(token["tenant"], tenant);
    }
    assert_eq!(lab.azure.calls("POST", TOKEN), 0, "the cache of az was enough");
}

#[test]
fn a_tenant_that_wants_a_second_factor_is_logged_in_to_by_itself() {
    let lab = guest();
    let publisher = world::PUBLISHER_TENANT;
    lab.azure.state(|state| state.directory.second_factor.push(publisher.to_owned()));
    let told = sign_in_needed(&of_the_publisher(&lab, true));
    assert!(told.contains("AADSTS50076"), "{told}");
    assert!(told.contains(&format!("az login --tenant {publisher}")), "{told}");
    log_in_by_code(&lab, world::CONSUMER_USER_NAME, Some(publisher));
    assert_eq!(json(&of_the_publisher(&lab, true))["tenant"], publisher);
    let own = ["token", "get", "--tenant", world::CONSUMER_TENANT];
    assert_eq!(json(&run(&lab, true, &own))["tenant"], world::CONSUMER_TENANT);
}

#[test]
fn a_guest_who_has_not_accepted_is_told_so() {
    let lab = guest();
    lab.azure.state(|state| {
        let guest = state.directory.people.get_mut(GUEST).unwrap();
        guest.pending = true;
    });
    let told = sign_in_needed(&of_the_publisher(&lab, true));
    assert!(told.contains("AADSTS50020"), "{told}");
    assert!(told.contains("has not accepted the invitation"), "{told}");
}

/// `az account get-access-token --tenant` speaks for the default subscription's account, whoever that is.
#[test]
fn each_tenant_is_opened_by_the_account_that_az_has_for_it() {
    let lab = Lab::new();
    log_in_as_service_principal(&lab);
    let (client, secret) = (world::CONSUMER_CLIENT, world::CONSUMER_SECRET);
    log_in_as_application(&lab, world::CONSUMER_TENANT, client, secret);
    std::fs::remove_file(lab.home.path().join(".azure/msal_token_cache.json")).unwrap();
    for tenant in [world::PUBLISHER_TENANT, world::CONSUMER_TENANT] {
        let token = json(&run(&lab, true, &["token", "get", "--tenant", tenant]));
        assert_eq!(token["tenant"], tenant);
    }
    // The gallery's subscription says whose tenant it is; nobody has to be asked for that.
    lab.azure.clear_journal();
    let gallery = world::gallery_id();
    let rows = json(&run(&lab, true, &["share", "list", "--gallery-id", &gallery]));
    assert!(!rows.as_array().unwrap().is_empty());
    let refused = lab.azure.journal().iter().filter(|call| call.status == 401).count();
    assert_eq!(refused, 0);
}

#[test]
fn without_any_login_the_way_in_is_told() {
    let lab = Lab::new();
    let told = sign_in_needed(&run(&lab, true, &["token", "get"]));
    assert!(told.contains("no identity is signed in"), "{told}");
    sign_in_needed(&run(&lab, true, &["delegation", "list"]));
}
