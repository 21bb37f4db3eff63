//! What `exec` does not lend, and how the refusal reaches whoever asked: at once, with what to do.

use sandbox::world;
use serde_json::Value;

use crate::exec_clients::{client, printed};
use crate::exec_rust::rust_client;
use crate::support::az::az;
use crate::support::errand::{BOTH, Errand, Reply, azcopy, claims, exec, of_both_tenants};
use crate::support::lab::Lab;

const VAULT: &str = "https://vault.azure.net";

#[track_caller]
fn refused(reply: &Reply, words: &str) {
    assert_eq!(reply.status, 403, "{reply:?}");
    let body: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(body["statusCode"], 403);
    for field in ["message", "error_description"] {
        let text = body[field].as_str().unwrap();
        assert!(text.contains(words), "{field}: {text}");
    }
    for field in ["error", "correlationId"] {
        assert!(body[field].is_string(), "{field}: {body}");
    }
}

#[test]
fn only_the_identity_that_is_lent_can_be_selected() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    let ask = |more: &str| errand.ask_with(&errand.path(), &format!("resource={VAULT}&{more}"));
    ask(&format!("client_id={}", world::MULTI_TENANT_CLIENT)).token();
    ask(&format!("client_id={}", world::MULTI_TENANT_CLIENT.to_uppercase())).token();
    for other in [
        format!("client_id={}", world::READER_CLIENT),
        "client_id=".to_owned(),
        "object_id=x".to_owned(),
        "mi_res_id=/subscriptions/x".to_owned(),
        "msi_res_id=/subscriptions/x".to_owned(),
        "principal_id=x".to_owned(),
    ] {
        refused(&ask(&other), "asks for another");
    }
}

#[test]
fn a_resource_is_lent_with_and_without_its_slash_and_others_are_not() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &["--resource", "key-vault"]);
    for (asked, audience) in
        [(VAULT, VAULT), ("https%3A%2F%2Fvault.azure.net%2F", "https://vault.azure.net/")]
    {
        assert_eq!(claims(&errand.ask(asked).token())["aud"], audience);
    }
    let other = errand.ask(lab.azure.arm_url());
    refused(&other, &format!("az-imageshare exec --resource {} -- COMMAND", lab.azure.arm_url()));
    refused(&errand.ask("https://vault.azure.net.evil.example"), "lends no tokens for");
    refused(&errand.ask(""), "names no resource");
    let wide = Errand::start(&lab, &["--any-resource"]);
    wide.ask(lab.azure.arm_url()).token();
}

#[test]
fn tenants_are_lent_by_path_and_only_those_of_the_run() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &BOTH);
    let ask = |tenant: &str| errand.ask_with(&format!("/{tenant}"), &format!("resource={VAULT}"));
    assert_eq!(claims(&ask(world::CONSUMER_TENANT).token())["tid"], world::CONSUMER_TENANT);
    let third = world::THIRD_TENANT;
    refused(&ask(third), &format!("az-imageshare exec --tenant {third} -- COMMAND"));
}

#[test]
fn a_tenant_that_is_not_the_credentials_ends_the_run_before_it_begins() {
    let lab = Lab::new().with_consumer();
    let args = ["exec", "--credential", "consumer", "--tenant", world::THIRD_TENANT, "--", "true"];
    let ran = lab.run(&args);
    assert!(ran.refused(2).contains("is not for tenant"), "{ran:?}");
    let ran = lab.run(&["exec", "--credential", "consumer", "--resource", "stroage", "--", "true"]);
    assert!(ran.refused(2).contains("'stroage' is not a resource"), "{ran:?}");
}

/// Lines of the log of a run.
fn asked(log: &std::path::Path) -> usize {
    std::fs::read_to_string(log).unwrap().lines().count()
}

#[test]
fn every_client_shows_the_refusal_and_asks_once() {
    let lab = of_both_tenants();
    let log = lab.home.path().join("exec.log");
    let errand = Errand::start(&lab, &["--log", log.to_str().unwrap()]);
    let hint = "az-imageshare exec --resource https://db.example -- COMMAND";
    for name in [
        "python mi",
        "python default",
        "python msal",
        "javascript mi",
        "javascript default",
        "python cli",
        "javascript cli",
    ] {
        let before = asked(&log);
        let ran = client(&errand, name, &["https://db.example"]).output().unwrap();
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(!ran.status.success() && stderr.contains(hint), "{name}: {stderr}");
        assert_eq!(asked(&log) - before, 1, "{name} asked again");
    }
    let before = asked(&log);
    let args = ["account", "get-access-token", "--resource", "https://db.example"];
    let ran = errand.borrower(az()).args(args).output().unwrap();
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert!(!ran.status.success() && stderr.contains("lends no tokens"), "{stderr}");
    assert_eq!(asked(&log) - before, 1, "az asked again");
}

#[test]
fn a_secret_that_dies_during_the_run_is_told_at_once_and_before_it_ends_the_run() {
    let lab = of_both_tenants();
    let log = lab.home.path().join("exec.log");
    let errand = Errand::start(&lab, &["--log", log.to_str().unwrap()]);
    let kept = errand.ask(lab.azure.graph_url()).token();
    lab.azure.state(|state| {
        let found =
            state.applications.iter_mut().find(|app| app.client_id == world::MULTI_TENANT_CLIENT);
        found.unwrap().secrets.clear();
    });
    let vault_by_az = || {
        let mut az = errand.borrower(az());
        az.args(["account", "get-access-token", "--resource", VAULT]);
        az
    };
    for (name, mut command) in [
        ("python mi", client(&errand, "python mi", &[VAULT])),
        ("javascript mi", client(&errand, "javascript mi", &[VAULT])),
        ("python cli", client(&errand, "python cli", &[VAULT])),
        ("rust mi", rust_client(&errand, "mi")),
        ("rust cli", rust_client(&errand, "cli")),
        ("az", vault_by_az()),
    ] {
        let before = asked(&log);
        let ran = command.output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
        assert!(!ran.status.success() && said.contains("sign-in was refused"), "{name}: {said}");
        assert!(!said.contains("AADSTS"), "Entra's words stay with us: {said}");
        assert_eq!(asked(&log) - before, 1, "{name} asked again");
    }
    let mut command = errand.borrower(azcopy());
    let before = asked(&log);
    let ran = command.args(["login", "--login-type=MSI"]).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(!ran.status.success() && said.contains("sign-in was refused"), "{said}");
    assert_eq!(asked(&log) - before, 1, "azcopy asked again");
    assert_eq!(
        errand.ask(lab.azure.graph_url()).token(),
        kept,
        "what was lent before is still good"
    );
    drop(errand);
    let ran = exec(&lab, &[], &["touch", "started"]).output().unwrap();
    assert_eq!(ran.status.code(), Some(4), "{ran:?}");
    assert!(!lab.home.path().join("started").exists());
}

#[test]
fn a_token_from_our_own_command_is_what_a_client_gets() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    let token = printed(client(&errand, "python default", &[VAULT]));
    assert_eq!(errand.ask(VAULT).token(), token, "one token for all");
}
