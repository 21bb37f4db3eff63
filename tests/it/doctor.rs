//! `doctor`: what is wrong here, without a network and with one.

use sandbox::world;
use serde_json::Value;

use az_imageshare::secrets::StoreError;

use crate::support::lab::{Lab, Ran};

/// The checks of a run, whatever its exit code.
pub(crate) fn checks(ran: &Ran) -> Vec<Value> {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|err| panic!("{err}: {ran:?}"))
}

/// The first check of this name that is not well, else the first of this name.
#[track_caller]
pub(crate) fn check<'a>(checks: &'a [Value], name: &str) -> &'a Value {
    let named: Vec<&Value> = checks.iter().filter(|check| check["name"] == name).collect();
    let unwell = named.iter().find(|check| check["state"] != "ok");
    unwell.or(named.first()).copied().unwrap_or_else(|| panic!("no {name} in {checks:#?}"))
}

#[track_caller]
fn expect(lab: &Lab, name: &str, state: &str, detail: &str, hint: &str) {
    let ran = lab.run(&["doctor"]);
    let all = checks(&ran);
    let found = check(&all, name);
    let text = |key: &str| found[key].as_str().unwrap_or_default();
    assert_eq!(text("state"), state, "{found}");
    assert!(text("detail").contains(detail), "{found}");
    assert!(text("hint").contains(hint), "{found}");
    let failed = all.iter().any(|check| check["state"] == "failed");
    assert_eq!(ran.code, u8::from(failed), "{ran:?}");
}

#[test]
fn all_is_well_and_nothing_is_asked() {
    let lab = Lab::new().with_consumer();
    lab.run(&["credential", "use", "-n", "consumer"]).json();
    lab.azure.clear_journal();
    let ran = lab.run(&["doctor"]);
    let all = checks(&ran);
    for name in [
        "variables",
        "cloud",
        "identity",
        "keyring",
        "credential consumer",
        "files",
        "ca-bundle",
        "clock",
    ] {
        assert_eq!(check(&all, name)["state"], "ok", "{all:#?}");
    }
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(lab.azure.journal().len(), 0, "no network without --online");
    let table = lab.run(&["doctor", "-o", "table"]).stdout;
    assert!(table.starts_with("Check"), "{table}");
}

#[test]
fn variables_that_are_misspelt_or_ignored_are_named() {
    let lab = Lab::publisher();
    let misspelt = lab.env("AZ_IMAGESHARE_CREDENTAIL", "x");
    expect(
        &misspelt,
        "variables",
        "warning",
        "AZ_IMAGESHARE_CREDENTAIL",
        "Did you mean AZ_IMAGESHARE_CREDENTIAL",
    );
    let ignored = Lab::publisher().env("AZURE_AUTHORITY_HOST", "https://evil.example");
    expect(&ignored, "variables", "warning", "not honored", "--cloud");
}

#[test]
fn a_sign_in_by_variables_that_makes_no_sense_fails() {
    let both = Lab::publisher().env("AZURE_FEDERATED_TOKEN_FILE", "/nowhere");
    expect(&both, "environment sign-in", "failed", "different identities", "Unset one");
    let half = Lab::new().env("AZURE_CLIENT_ID", world::DEPLOYER_CLIENT);
    expect(
        &half,
        "environment sign-in",
        "failed",
        "AZURE_TENANT_ID and AZURE_CLIENT_SECRET are not set",
        "Set AZURE_TENANT_ID",
    );
    expect(&Lab::new(), "identity", "failed", "no identity is signed in", "credential add");
}

#[test]
fn settings_that_stop_every_other_command_are_only_told() {
    let lab = Lab::publisher().env("AZURE_CLOUD_NAME", "AzureClod");
    assert_eq!(lab.run(&["token", "list"]).code, 2);
    expect(&lab, "cloud", "failed", "AzureClod", "az cloud list");
    let all = checks(&lab.run(&["doctor", "--online"]));
    assert_eq!(check(&all, "online")["state"], "skipped");
    assert_eq!(lab.azure.journal().len(), 0, "no other cloud is asked instead");
    let number = Lab::publisher().env("AZ_IMAGESHARE_HTTP_TIMEOUT", "soon");
    expect(&number, "settings", "failed", "'soon' is not a whole number", "Correct it");
}

#[test]
fn the_state_of_the_keyring_decides_what_can_be_said_of_credentials() {
    let lab = Lab::publisher().with_consumer();
    for (state, hint) in [
        (StoreError::Locked, "Unlock it"),
        (StoreError::Timeout(1000), "hangs"),
        (StoreError::Absent("no D-Bus".into()), "Start a keyring"),
    ] {
        *lab.store.broken.lock().unwrap() = Some(state);
        expect(&lab, "keyring", "failed", "keyring", hint);
        expect(&lab, "credential consumer", "skipped", "not open", "");
    }
    *lab.store.broken.lock().unwrap() = None;
    lab.store.wipe();
    expect(
        &lab,
        "credential consumer",
        "failed",
        "holds no secret",
        "credential rotate -n consumer",
    );
    let none = Lab::publisher();
    *none.store.broken.lock().unwrap() = Some(StoreError::Locked);
    expect(&none, "keyring", "warning", "locked", "Unlock it");
}

#[cfg(target_os = "linux")]
#[test]
fn a_real_keyring_that_is_locked_or_hangs_is_told_in_time_and_not_asked() {
    let keyring = crate::support::keyring::KeyringSession::start();
    let mut world = crate::support::program::World::new();
    world.use_keyring(&keyring);
    let detail = || {
        let ran = world.run("doctor").assert();
        let all: Vec<Value> = serde_json::from_slice(&ran.get_output().stdout).unwrap();
        check(&all, "keyring")["detail"].as_str().unwrap().to_owned()
    };
    assert!(detail().contains("unlocked"));
    keyring.lock();
    assert_eq!(detail(), "the keyring is locked");
    keyring.hang();
    let hung = detail();
    keyring.resume();
    assert_eq!(hung, "the keyring did not answer within 1000 ms");
}

#[cfg(unix)]
#[test]
fn ends_of_secrets_and_certificates_are_told_early() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::publisher();
    let add = |name: &str, rest: &[&str], input: &str| {
        let who =
            ["credential", "add", "--no-test", "-n", name, "--tenant", world::PUBLISHER_TENANT];
        let client = ["--client-id", world::CERTIFICATE_CLIENT];
        lab.run_with_input(&[&who[..], &client, rest].concat(), input).json();
    };
    add("old", &["--secret-stdin", "--secret-expires-on", "2026-01-31"], "a~1");
    expect(&lab, "credential old", "failed", "ended on 2026-01-31", "rotate -n old");
    add("late", &["--secret-stdin", "--secret-expires-on", "2099-01-31"], "a~1");
    expect(&lab, "credential late", "ok", "good until 2099", "");
    let pem = lab.file("app.pem", include_str!("data/certificate/rsa.pem"));
    std::fs::set_permissions(&pem, std::fs::Permissions::from_mode(0o600)).unwrap();
    add("pem", &["--certificate", &pem], "");
    expect(&lab, "credential pem", "ok", "good until 2126", "");
}

#[cfg(unix)]
#[test]
fn files_that_others_may_read_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::publisher().with_consumer();
    let file = lab.files().join("credentials.json");
    let mode =
        |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    expect(&lab, "files", "warning", "mode 644", "chmod 600");
    mode(0o600);
    std::os::unix::fs::symlink("/etc/passwd", lab.files().join("link")).unwrap();
    expect(&lab, "files", "failed", "symbolic link", "rm ");
}

#[test]
fn secrets_in_the_clear_are_named_and_never_shown() {
    const CANARY: &str = "CANARY-7f3a9d";
    let lab = Lab::new();
    lab.file(
        ".azure/service_principal_entries.json",
        &format!(
            "[{{\"client_id\": \"{}\", \"tenant\": \"{}\", \"client_secret\": \"{CANARY}\"}}]",
            world::DEPLOYER_CLIENT,
            world::PUBLISHER_TENANT
        ),
    );
    lab.file(".azure/accessTokens.json", &format!("[\"{CANARY}\"]"));
    let token = serde_json::json!({"RefreshToken": {"a": {"secret": CANARY}}});
    lab.file(".azure/msal_token_cache.json", &token.to_string());
    lab.file(
        ".bash_history",
        &format!("ls\naz login --service-principal -u x -p {CANARY} --tenant t\n"),
    );
    let config = std::fs::read_to_string(lab.home.path().join(".azure/config")).unwrap();
    lab.file(".azure/config", &format!("{config}\n[storage]\nsas_token = {CANARY}\n"));
    let lab = lab.env("AZURE_CLIENT_SECRET", CANARY);
    let ran = lab.run(&["doctor"]);
    let all = checks(&ran);
    let details: Vec<&str> = all
        .iter()
        .filter(|check| check["name"] == "plain-text" || check["name"] == "shell-history")
        .map(|check| check["detail"].as_str().unwrap())
        .collect();
    for wanted in [
        "service_principal_entries.json",
        "accessTokens.json",
        "msal_token_cache.json",
        "storage.sas_token",
        "AZURE_CLIENT_SECRET",
        ".bash_history, line 2",
    ] {
        assert!(details.iter().any(|detail| detail.contains(wanted)), "{wanted}: {details:#?}");
    }
    assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY), "{ran:?}");
}

#[test]
fn a_bundle_that_cannot_be_read_fails() {
    let lab = Lab::publisher().env("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem");
    expect(&lab, "ca-bundle", "failed", "/nowhere/ca.pem", "REQUESTS_CA_BUNDLE");
    let lab = Lab::publisher();
    let folder = lab.home.path().join("certs");
    std::fs::create_dir(&folder).unwrap();
    let lab = lab.env("REQUESTS_CA_BUNDLE", folder.to_str().unwrap());
    expect(&lab, "ca-bundle", "failed", "holds no certificate", "REQUESTS_CA_BUNDLE");
    // Only names that OpenSSL looks for count.
    std::fs::write(folder.join("notes.txt"), "x").unwrap();
    std::fs::write(folder.join("0a1b2c3d.0"), lab.azure.ca_pem()).unwrap();
    let found = checks(&lab.run(&["doctor"]));
    assert_eq!(check(&found, "ca-bundle")["state"], "ok", "{found:#?}");
    assert_eq!(lab.run(&["token", "get"]).code, 0);
    let lab = Lab::publisher().env("HTTPS_PROXY", "ftp://proxy");
    expect(&lab, "proxy", "failed", "HTTPS_PROXY", "unset HTTPS_PROXY");
}
