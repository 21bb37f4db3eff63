//! The login of `az` is the one that works: every kind of login, other tenants, and what wins over it.

use sandbox::world;
use serde_json::Value;

use crate::support::extension::AzRan;
use crate::support::lab::Lab;

const OFFER: &str = "Contoso images";

fn publisher() -> Lab {
    Lab::new().az_login(world::PUBLISHER_TENANT, world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET)
}

/// Signs `az` in as a person, by device code, which the sandbox approves by itself.
fn person(lab: Lab) -> Lab {
    let fixed = ["login", "--use-device-code", "--tenant", world::PUBLISHER_TENANT];
    lab.run_az(&fixed).json();
    lab
}

fn in_images(lab: &Lab, args: &[&str]) -> AzRan {
    let subscription = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    lab.run_az(&[&["imageshare"], args, &subscription[..]].concat())
}

/// Create, list, show and delete, as `az` alone signs in.
fn the_main_job(lab: &Lab) {
    let fixed = ["delegation", "create", "-n", OFFER, "--consumer-tenant"];
    let rest = [world::CONSUMER_DOMAIN, "-g", world::IMAGES_GROUP];
    let who = ["--principal-id", world::CONSUMER_GROUP];
    let create = [&fixed[..], &rest[..], &who[..]].concat();
    assert_eq!(in_images(lab, &create).json()["change"], "create");
    assert_eq!(in_images(lab, &create).json()["change"], "keep");
    let listed = in_images(lab, &["delegation", "list"]).json();
    assert_eq!(listed[0]["name"], OFFER);
    let shown = in_images(lab, &["delegation", "show", "-n", OFFER]).json();
    assert_eq!(shown["consumerTenantId"], world::CONSUMER_TENANT);
    let unasked = in_images(lab, &["delegation", "delete", "-n", OFFER]);
    assert!(unasked.refused(2).contains("Use --yes"));
    let deleted = in_images(lab, &["delegation", "delete", "-n", OFFER, "--yes"]);
    assert_eq!((deleted.code, &*deleted.stdout), (Some(0), ""));
    assert_eq!(lab.azure.state(|state| state.assignments.len()), 0);
}

/// The claims of the token that `az imageshare token get` prints.
fn claims(lab: &Lab, args: &[&str]) -> Value {
    let got = lab.run_az(&[&["imageshare", "token", "get"], args].concat()).json();
    let token = got["accessToken"].as_str().unwrap();
    let payload = token.split('.').nth(1).unwrap();
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, payload);
    serde_json::from_slice(&bytes.unwrap()).unwrap()
}

#[test]
fn a_service_principal_does_the_main_job() {
    the_main_job(&publisher());
}

#[test]
fn a_person_does_the_main_job() {
    the_main_job(&person(Lab::new()));
}

#[test]
fn another_tenant_of_the_login_and_another_audience_are_asked_for() {
    let lab = Lab::new().az_login(
        world::PUBLISHER_TENANT,
        world::MULTI_TENANT_CLIENT,
        world::MULTI_TENANT_SECRET,
    );
    let there = claims(&lab, &["--tenant", world::CONSUMER_TENANT]);
    assert_eq!(there["tid"], world::CONSUMER_TENANT);
    assert_eq!(there["oid"], world::MULTI_TENANT_CONSUMER_OBJECT);
    let graph = claims(&lab, &["--resource-type", "ms-graph"]);
    assert_eq!(graph["tid"], world::PUBLISHER_TENANT);
    assert_ne!(graph["aud"], there["aud"]);
}

#[test]
fn without_a_login_az_login_is_what_to_type() {
    let lab = Lab::new();
    let told = in_images(&lab, &["delegation", "list"]);
    assert!(told.refused(1).contains("`az login`"), "{told:?}");
    // What the program would use by itself is not used inside az.
    let lab =
        lab.signed_in(world::PUBLISHER_TENANT, world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET);
    assert_eq!(in_images(&lab, &["delegation", "list"]).code, Some(1));
    assert_eq!(lab.publish(&["delegation", "list"]).code, 0);
}

#[test]
fn a_login_that_may_not_is_refused_by_azure() {
    let lab =
        Lab::new().az_login(world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    let fixed = ["delegation", "create", "-n", OFFER, "--consumer-tenant"];
    let rest = [world::CONSUMER_TENANT, "-g", world::IMAGES_GROUP];
    let who = ["--principal-id", world::CONSUMER_GROUP];
    let refused = in_images(&lab, &[&fixed[..], &rest[..], &who[..]].concat());
    assert!(refused.refused(1).contains("Authorization"), "{refused:?}");
}

#[test]
fn an_expired_login_is_told_in_the_words_of_az() {
    let lab = Lab::new();
    // Shorter than what either of them would still use.
    lab.azure.knob(|knobs| knobs.token_lifetime = 60);
    let lab = person(lab);
    lab.azure.state(|state| state.grants.clear());
    let ours = in_images(&lab, &["delegation", "list"]);
    let theirs = lab.run_az(&["account", "get-access-token"]);
    assert!(ours.refused(1).contains("az login"), "{ours:?}");
    assert_eq!(ours.stderr, theirs.stderr);
}

#[test]
fn the_token_that_az_holds_is_used_and_its_cache_is_left_as_it_is() {
    let lab = publisher();
    let folder = lab.home.path().join(".azure");
    let cache = || std::fs::read(folder.join("msal_token_cache.json")).unwrap();
    lab.run_az(&["account", "get-access-token"]).json();
    let before = cache();
    lab.azure.clear_journal();
    in_images(&lab, &["delegation", "list"]).json();
    assert_eq!(lab.azure.calls("POST", "/oauth2/v2.0/token"), 0);
    assert_eq!(cache(), before);
}

#[test]
fn what_the_user_names_wins_over_the_login() {
    let lab = publisher();
    let token = lab.azure.federated_token(world::FEDERATED_CLIENT);
    let file = lab.file("token.jwt", &token);
    let fixed =
        ["imageshare", "credential", "add", "--no-test", "-n", "aks", "--default", "--tenant"];
    let rest = ["--client-id", world::FEDERATED_CLIENT, "--federated-token-file", &file];
    let added = lab.run_az(&[&fixed[..], &[world::PUBLISHER_TENANT], &rest[..]].concat());
    assert_eq!(added.json()["isDefault"], true);
    let appid = |lab: &Lab, args: &[&str]| claims(lab, args)["appid"].clone();
    assert_eq!(appid(&lab, &[]), world::DEPLOYER_CLIENT, "the default is for the program alone");
    assert_eq!(appid(&lab, &["--credential", "aks"]), world::FEDERATED_CLIENT);
    // Who signs in is one question, and `credential test` asks it like every other command.
    let tested = lab.run_az(&["imageshare", "credential", "test"]);
    assert!(tested.refused(3).contains("of the az login signs in"), "{tested:?}");
    let lab = lab.env("AZ_IMAGESHARE_CREDENTIAL", "aks");
    assert_eq!(appid(&lab, &[]), world::FEDERATED_CLIENT);
}

#[test]
fn each_tenant_is_opened_by_the_account_that_az_has_for_it() {
    let lab = publisher().az_login(
        world::CONSUMER_TENANT,
        world::CONSUMER_CLIENT,
        world::CONSUMER_SECRET,
    );
    let of_tenant = |tenant: &str| claims(&lab, &["--tenant", tenant])["appid"].clone();
    assert_eq!(of_tenant(world::CONSUMER_TENANT), world::CONSUMER_CLIENT);
    assert_eq!(of_tenant(world::PUBLISHER_TENANT), world::DEPLOYER_CLIENT);
}

#[test]
fn another_cloud_gets_no_token_of_the_login() {
    let lab = publisher();
    let named = ["imageshare", "token", "get", "--cloud", "AzureChinaCloud"];
    let refused = lab.run_az(&named);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(!refused.stdout.contains("accessToken"));
}
