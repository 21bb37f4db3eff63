//! A person without `az`: the sign-in page in a real browser, one refresh token for all tenants, and what asks for more.

use sandbox::{Fault, FaultKind, Listener, world};
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::lab::{Captured, Lab, Ran};
use crate::support::sign_in_page::{consented, invited};

pub(crate) const MARK: &str = "Open this address in a browser: ";
pub(crate) const ADD: [&str; 8] =
    ["credential", "add", "-n", "me", "--client-id", world::PERSON_CLIENT, "--sign-in", "browser"];
const AT_HOME: [&str; 2] = ["--tenant", world::PUBLISHER_TENANT];

/// Somebody who picks an account, shows a second factor if it is asked for, and presses a button.
pub(crate) fn decide(url: &str, (user, is_strong): (&str, bool), button: &str) -> String {
    let mut browser = Browser::start();
    browser.open(url);
    browser.evaluate(&format!("document.getElementById('user').value = '{user}'"));
    if is_strong {
        browser.evaluate("document.getElementById('mfa').checked = true");
    }
    browser.click(button);
    // The page that posts the answer leads to ours.
    for _ in 0..100 {
        let text = browser.text();
        if text.contains("close this page") || text.contains("AADSTS") {
            return text;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    browser.text()
}

/// Runs a command whose sign-in page is answered with these.
pub(crate) fn sign_in(lab: &Lab, words: &[&str], who: (&str, bool), button: &str) -> Ran {
    lab.run_while(words, |stderr: &Captured| {
        decide(&stderr.after(MARK), who, button);
    })
}

/// A laboratory with the person's credential, for these tenants.
pub(crate) fn signed_in(lab: &Lab, more: &[&str]) -> Ran {
    let words = [&ADD[..], &AT_HOME, more].concat();
    let ran = sign_in(lab, &words, (world::PUBLISHER_USER_NAME, false), "accept");
    assert_eq!(ran.code, 0, "{ran:?}");
    ran
}

/// No file, and nothing that was printed, holds a refresh token, a code or an access token in the clear.
#[track_caller]
fn leaks_nothing(lab: &Lab, ran: &Ran) {
    let mut secrets = lab.azure.state(|state| {
        let grants = state.grants.iter().map(|grant| grant.value.clone());
        let codes = state.codes.iter().map(|code| code.value.clone());
        grants.chain(codes).filter(|value| !value.is_empty()).collect::<Vec<_>>()
    });
    assert!(!secrets.is_empty());
    secrets.push("eyJ0eXAi".to_owned());
    for secret in &secrets {
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "{ran:?}");
        for (path, content) in Lab::contents(lab.home.path()) {
            let text = String::from_utf8_lossy(&content);
            assert!(!text.contains(secret), "{}", path.display());
        }
    }
}

#[test]
fn a_click_on_accept_is_a_credential_that_gets_tokens() {
    let lab = Lab::new();
    let ran = signed_in(&lab, &["--default", "--debug"]);
    let added = ran.json();
    assert_eq!((&added["kind"], &added["signIn"]), (&json!("user"), &json!("browser")));
    assert_eq!(added["account"], world::PUBLISHER_USER_NAME);
    let said = format!(
        "Signed in as {} in tenant {}",
        world::PUBLISHER_USER_NAME,
        world::PUBLISHER_TENANT
    );
    assert!(ran.stderr.contains(&said), "{ran:?}");
    leaks_nothing(&lab, &ran);
    let got = lab.run(&["token", "get"]).json();
    assert_eq!(got["tenant"], world::PUBLISHER_TENANT);
    let before = lab.azure.calls("POST", "/token");
    lab.run(&["token", "get"]).json();
    assert_eq!(lab.azure.calls("POST", "/token"), before, "the access token is kept");
    leaks_nothing(&lab, &lab.run(&["credential", "test", "-n", "me", "--debug"]));
    assert_eq!(lab.run(&["credential", "show"]).json()["health"], "ready");
    lab.run(&["doctor"]);
    let removed = lab.run(&["credential", "remove", "-n", "me", "--yes"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    let left = Lab::contents(&lab.files().join("certificates"));
    assert!(left.iter().all(|(path, _)| !path.to_string_lossy().ends_with(".sealed")), "{left:?}");
    assert!(lab.store.names().iter().all(|name| !name.starts_with("credential-")));
}

#[test]
fn the_address_asks_for_a_code_by_form_with_pkce_and_state() {
    let lab = Lab::new();
    let words = [&ADD[..], &AT_HOME].concat();
    let ran = lab.run_while(&words, |stderr: &Captured| {
        let url: url::Url = stderr.after(MARK).parse().unwrap();
        let value =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!(url.origin().ascii_serialization(), lab.azure.login_url());
        for (name, wanted) in [
            ("response_type", "code"),
            ("response_mode", "form_post"),
            ("code_challenge_method", "S256"),
            ("prompt", "select_account"),
            ("client_id", world::PERSON_CLIENT),
        ] {
            assert_eq!(value(name), wanted);
        }
        for name in ["state", "nonce", "code_challenge"] {
            assert_eq!(value(name).len(), 43, "{name}");
        }
        let port = value("redirect_uri").strip_prefix("http://localhost:").unwrap().to_owned();
        assert!(port.parse::<u16>().is_ok(), "{port}");
        decide(url.as_str(), (world::PUBLISHER_USER_NAME, false), "cancel");
    });
    assert_eq!(ran.code, 4, "{ran:?}");
}

#[test]
fn whoever_declines_has_saved_nothing() {
    let lab = Lab::new();
    let words = [&ADD[..], &AT_HOME].concat();
    let ran = sign_in(&lab, &words, (world::PUBLISHER_USER_NAME, false), "cancel");
    let text = ran.refused(4);
    assert!(text.contains("access_denied") && text.contains("AADSTS65004"), "{text}");
    assert!(lab.run(&["credential", "list"]).json().as_array().unwrap().is_empty());
    assert!(lab.store.names().is_empty());
}

#[test]
fn a_person_of_another_tenant_and_a_closed_window_end_the_wait_in_time() {
    let lab = Lab::new();
    let words = [&ADD[..], &AT_HOME, &["--timeout", "6s"]].concat();
    let ran = lab.run_while(&words, |stderr: &Captured| {
        let shown = decide(&stderr.after(MARK), (world::CONSUMER_USER_NAME, false), "accept");
        assert!(shown.contains("AADSTS50020"), "{shown}");
    });
    let text = ran.refused(4);
    assert!(text.contains("did not come back within 6 s"), "{text}");
    assert!(text.contains("doctor --error"), "{text}");
    let words = [&ADD[..], &AT_HOME, &["--timeout", "1s"]].concat();
    lab.run(&words).refused(4);
    assert!(lab.run(&["credential", "list"]).json().as_array().unwrap().is_empty());
}

#[test]
fn a_guest_has_tokens_of_both_tenants_by_one_refresh_token() {
    let lab = Lab::new();
    invited(&lab);
    consented(&lab, world::CONSUMER_TENANT);
    let added = signed_in(&lab, &["--also-tenant", world::CONSUMER_TENANT]).json();
    assert_eq!(added["alsoTenantIds"], json!([world::CONSUMER_TENANT]));
    for tenant in [world::PUBLISHER_TENANT, world::CONSUMER_TENANT] {
        let got = lab.run(&["token", "get", "--credential", "me", "--tenant", tenant]).json();
        assert_eq!(got["tenant"], tenant);
    }
    let sealed = Lab::contents(&lab.files().join("certificates"));
    let sealed = sealed.iter().filter(|(path, _)| path.to_string_lossy().ends_with(".sealed"));
    assert_eq!(sealed.count(), 1, "one refresh token for all tenants");
}

#[test]
fn a_tenant_that_has_not_consented_is_named_and_nothing_is_saved() {
    let lab = Lab::new();
    invited(&lab);
    let words = [&ADD[..], &AT_HOME, &["--also-tenant", world::CONSUMER_TENANT]].concat();
    let ran = sign_in(&lab, &words, (world::PUBLISHER_USER_NAME, false), "accept");
    let text = ran.refused(4);
    assert!(text.contains("AADSTS65001") && text.contains(world::CONSUMER_TENANT), "{text}");
    assert!(text.contains("nothing was saved"), "{text}");
    assert!(lab.run(&["credential", "list"]).json().as_array().unwrap().is_empty());
}

/// A change that needs a second factor from people.
fn create(lab: &Lab) -> Ran {
    let fixed = ["delegation", "create", "-n", "Guarded", "-g", world::IMAGES_GROUP];
    let rest =
        ["--consumer-tenant", world::CONSUMER_TENANT, "--principal-id", world::CONSUMER_GROUP];
    lab.publish(&[&fixed[..], &rest].concat())
}

#[test]
fn a_second_factor_is_asked_for_by_the_one_command_that_brings_it() {
    let lab = Lab::new();
    lab.azure.state(|state| {
        let scope = format!("/subscriptions/{}", world::PUBLISHER_SUBSCRIPTION);
        state.assign_role(&scope, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", world::PUBLISHER_USER);
    });
    lab.azure.knob(|knobs| knobs.mfa_for_changes = true);
    signed_in(&lab, &["--default"]);
    lab.publish(&["delegation", "list", "--direction", "given"]).json();
    let told = create(&lab);
    let text = told.refused(4).to_owned();
    let (_, command) = text.split_once("`az-imageshare credential login ").expect(&text);
    let (command, _) = command.split_once('`').unwrap();
    let words: Vec<&str> = ["credential", "login"].into_iter().chain(command.split(' ')).collect();
    assert!(words.contains(&"--claims"), "{words:?}");
    // Without the factor Entra's page goes no further; with it the change goes through, and after an hour, too.
    let ran = sign_in(&lab, &words, (world::PUBLISHER_USER_NAME, true), "accept");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(create(&lab).json()["change"], "create");
    lab.run(&["token", "clear", "-n", "me"]);
    lab.publish(&["delegation", "delete", "-n", "Guarded", "--yes"]);
    let told = create(&lab);
    assert_eq!(told.json()["change"], "create", "the claims are asked for with each token");
}

#[test]
fn a_sign_in_that_was_revoked_names_the_login_and_the_login_mends_it() {
    let lab = Lab::new();
    signed_in(&lab, &["--default"]);
    lab.azure.state(|state| state.grants.clear());
    let told = lab.run(&["token", "get"]);
    let again =
        format!("`az-imageshare credential login -n me --tenant {}`", world::PUBLISHER_TENANT);
    assert!(told.refused(4).contains(&again), "{told:?}");
    let login = ["credential", "login", "-n", "me"];
    let dry = lab.run(&[&login[..], &["--dry-run"]].concat());
    assert!(dry.stdout.contains("keeps a new sign-in") && dry.code == 0, "{dry:?}");
    // Somebody else does not take the credential over.
    let other = "grace-of-contoso@contoso.onmicrosoft.com";
    lab.azure.state(|state| {
        let mut grace =
            state.principals.iter().find(|one| one.id == world::PUBLISHER_USER).unwrap().clone();
        (grace.id, grace.login) =
            ("7d1c5b0e-6a0f-4f5e-9d3c-2b8a1e4f6c03".to_owned(), other.to_owned());
        state.principals.push(grace);
    });
    let ran = sign_in(&lab, &login, (other, false), "accept");
    assert!(ran.refused(4).contains(&format!("{other} signed in, not")), "{ran:?}");
    let ran = sign_in(&lab, &login, (world::PUBLISHER_USER_NAME, false), "accept");
    assert_eq!(ran.code, 0, "{ran:?}");
    lab.run(&["token", "get"]).json();
}

#[test]
fn what_is_of_an_application_stays_of_an_application() {
    let lab = Lab::new().with_consumer();
    let told = lab.run(&["credential", "login", "-n", "consumer"]);
    assert!(told.refused(2).contains("credential rotate -n consumer"), "{told:?}");
    signed_in(&lab, &[]);
    for verb in ["rotate", "renew"] {
        let told = lab.run_with_input(&["credential", verb, "-n", "me"], "x");
        assert!(told.refused(2).contains("credential login -n me"), "{verb}: {told:?}");
    }
    let told = lab.run(&[&ADD[..], &AT_HOME, &["--secret-stdin"]].concat());
    told.refused(2);
}

#[test]
fn a_store_that_keeps_nothing_is_found_before_the_browser_opens() {
    let lab = Lab::new();
    *lab.store.broken.lock().unwrap() = Some(az_imageshare::secrets::StoreError::Locked);
    let ran = lab.run(&[&ADD[..], &AT_HOME].concat());
    assert!(!ran.refused(15).contains(MARK), "{ran:?}");
}

#[test]
fn a_code_is_shown_on_a_terminal_only_and_redeemed_once_it_was_typed() {
    let lab = Lab::new();
    let by_code = [&ADD[..7], &["device-code"], &AT_HOME].concat();
    let told = lab.run(&by_code);
    assert!(told.refused(2).contains("on a terminal only"), "{told:?}");
    assert_eq!(lab.azure.calls("POST", "devicecode"), 0);
    consented(&lab, world::PUBLISHER_TENANT);
    let ran = lab.run_at_terminal(&[&by_code[..], &["-o", "json"]].concat(), "");
    assert_eq!(ran.json()["signIn"], "device-code", "{ran:?}");
    assert!(ran.stderr.contains("Never type one that someone sent you"), "{ran:?}");
    leaks_nothing(&lab, &ran);
    lab.run(&["token", "get", "--credential", "me"]).json();
}

#[test]
fn a_tenant_that_blocks_codes_is_told_of_and_nothing_else_is_tried() {
    let lab = Lab::new();
    let body = FaultKind::Status { status: 400, retry_after: None, code: Some("x".to_owned()) };
    lab.azure.inject(Fault::new(body).on(Listener::Login).path("devicecode").always());
    let by_code = [&ADD[..7], &["device-code"], &AT_HOME].concat();
    let ran = lab.run_at_terminal(&by_code, "");
    ran.refused(4);
    assert_eq!(lab.azure.calls("GET", "authorize"), 0);
    assert!(!ran.stderr.contains(MARK), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn the_systems_browser_is_given_the_address_and_no_secret() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (program, seen) = (folder.path().join("xdg-open"), folder.path().join("seen"));
    let script = format!("#!/bin/sh\n{{ echo \"$@\"; env; }} > {}\n", seen.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let lab = Lab::new()
        .env("PATH", &format!("relative:{}:/usr/bin:/bin", folder.path().display()))
        .env("DISPLAY", ":0")
        .env("AZURE_CLIENT_SECRET", "CANARY-7f3a9d")
        .env("SYSTEM_ACCESSTOKEN", "CANARY-7f3a9d");
    let words = [&ADD[..], &AT_HOME].concat();
    let ran = sign_in(&lab, &words, (world::PUBLISHER_USER_NAME, false), "accept");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("Your browser opens a page"), "{ran:?}");
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(
        seen.starts_with(&format!(
            "{}/{}/oauth2/v2.0/authorize?",
            lab.azure.login_url(),
            world::PUBLISHER_TENANT
        )),
        "{seen}"
    );
    assert!(!seen.contains("CANARY-7f3a9d") && seen.contains("DISPLAY=:0"), "{seen}");
}
