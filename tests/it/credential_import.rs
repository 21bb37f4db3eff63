//! `credential import`: from az's file or the environment into the keyring, and nothing lost on the way.

use az_imageshare::secrets::StoreError;
use sandbox::world;
use serde_json::{Value, json};

use crate::support::lab::Lab;
#[cfg(target_os = "linux")]
use crate::support::{keyring::KeyringSession, program::World};

const FILE: &str = ".azure/service_principal_entries.json";

fn entry(client: &str, tenant: &str, secret: &str) -> Value {
    json!({"client_id": client, "tenant": tenant, "client_secret": secret})
}

fn deployer() -> Value {
    entry(world::DEPLOYER_CLIENT, world::PUBLISHER_TENANT, world::DEPLOYER_SECRET)
}

/// A laboratory in which az keeps these.
fn with_entries(entries: &[Value]) -> Lab {
    let lab = Lab::new();
    lab.file(FILE, &json!(entries).to_string());
    lab
}

fn left_in_az(lab: &Lab) -> Value {
    let text = std::fs::read_to_string(lab.home.path().join(FILE)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn what_az_keeps_becomes_credentials_that_sign_in() {
    let consumer = entry(world::CONSUMER_CLIENT, world::CONSUMER_DOMAIN, world::CONSUMER_SECRET);
    let lab = with_entries(&[deployer(), consumer]);
    let ran = lab.run(&["credential", "import", "--yes"]);
    let made = ran.json();
    assert_eq!(made[0]["name"], "az-a1f40c77");
    assert_eq!(made[1]["tenantId"], world::CONSUMER_TENANT, "a domain is looked up");
    for secret in [world::DEPLOYER_SECRET, world::CONSUMER_SECRET] {
        assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{ran:?}");
    }
    assert!(ran.stderr.contains("+ credential 'az-a1f40c77' of application"), "{ran:?}");
    assert!(ran.stderr.contains("--remove-source"), "{ran:?}");
    assert_eq!(left_in_az(&lab).as_array().unwrap().len(), 2, "az's file stays as it is");
    assert_eq!(lab.run(&["credential", "test", "-n", "az-a1f40c77"]).json()["ok"], true);

    let items = lab.store.names();
    let again = lab.run(&["credential", "import", "--yes"]);
    assert_eq!(again.json(), json!([]));
    assert!(again.stderr.contains("is credential 'az-a1f40c77' already"), "{again:?}");
    assert_eq!(lab.store.names(), items, "a second run changes nothing");
}

/// adversary A13: an import that was killed left secrets beside az's files for good, and `doctor` said there are none.
#[test]
fn a13_what_a_killed_import_left_is_named_and_swept() {
    let lab = with_entries(&[deployer()]);
    lab.file(".azure/.tmp-4f1c", "[]");
    let left = lab.home.path().join(".azure/.tmp-4f1c");
    let told = lab.run(&["doctor"]);
    assert!(told.stdout.contains(".tmp-4f1c was left by an interrupted import"), "{told:?}");
    crate::support::make_old(&left);
    lab.run(&["credential", "import", "--yes"]).json();
    assert!(!left.exists());
}

#[test]
fn a_source_is_removed_only_when_its_secret_is_safe() {
    let other =
        json!({"client_id": "not-a-guid", "tenant": "t", "client_secret": "x", "later": 1.50});
    let lab = with_entries(&[deployer(), other.clone()]);
    *lab.store.broken.lock().unwrap() = Some(StoreError::Locked);
    let remove = ["credential", "import", "--yes", "--remove-source"];
    lab.run(&remove).refused(15);
    assert_eq!(left_in_az(&lab).as_array().unwrap().len(), 2);
    *lab.store.broken.lock().unwrap() = None;
    let ran = lab.run(&remove);
    assert_eq!(ran.json().as_array().unwrap().len(), 1);
    assert!(ran.stderr.contains("not imported: not-a-guid"), "{ran:?}");
    assert_eq!(left_in_az(&lab), json!([other]), "everything else stays");
}

#[test]
fn what_was_imported_before_can_be_taken_out_later_but_not_another_secret() {
    let lab = with_entries(&[deployer()]);
    lab.run(&["credential", "import", "--yes", "-n", "publisher"]).json();
    let changed = entry(world::DEPLOYER_CLIENT, world::PUBLISHER_TENANT, "another~secret");
    lab.file(FILE, &json!([deployer(), changed]).to_string());
    let remove = ["credential", "import", "--remove-source"];
    let refused = lab.run_at_terminal(&remove, "n\n");
    assert!(refused.refused(9).contains("Operation cancelled"), "{refused:?}");
    assert_eq!(left_in_az(&lab).as_array().unwrap().len(), 2);
    let ran = lab.run(&["credential", "import", "--remove-source", "--yes"]);
    assert_eq!(ran.json()[0]["name"], "az-a1f40c77", "the other secret is another credential");
    assert_eq!(left_in_az(&lab), json!([]));
}

#[cfg(unix)]
#[test]
fn certificates_are_sealed_and_what_cannot_be_kept_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new();
    let pem = lab.file("app.pem", include_str!("data/certificate/rsa.pem"));
    let entries = json!([
        {"client_id": world::CERTIFICATE_CLIENT, "tenant": world::PUBLISHER_TENANT, "certificate": pem},
        {"client_id": world::FEDERATED_CLIENT, "tenant": world::PUBLISHER_TENANT, "client_assertion": "eyJ"},
    ]);
    lab.file(FILE, &entries.to_string());
    let mode =
        |mode| std::fs::set_permissions(&pem, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let open = lab.run(&["credential", "import", "--yes"]);
    assert_eq!(open.json(), json!([]));
    assert!(open.stderr.contains("can be read by other users"), "{open:?}");
    assert!(open.stderr.contains("--federated-token-file"), "{open:?}");
    mode(0o600);
    let made = lab.run(&["credential", "import", "--yes"]).json();
    assert_eq!(made[0]["kind"], "certificate");
    assert!(made[0]["certificateThumbprint"].is_string());
}

#[test]
fn the_environment_becomes_a_credential() {
    let lab = Lab::publisher();
    let args =
        ["credential", "import", "--from-environment", "-n", "pipeline", "--default", "--yes"];
    let ran = lab.run(&args);
    let made = ran.json();
    assert_eq!((&made[0]["name"], &made[0]["isDefault"]), (&json!("pipeline"), &json!(true)));
    assert!(ran.stderr.contains("unset AZURE_CLIENT_SECRET"), "{ran:?}");
    assert!(!ran.stderr.contains(world::DEPLOYER_SECRET), "{ran:?}");
    assert_eq!(lab.run(&args).json(), json!([]));
    let lab = Lab::new();
    lab.run(&args).refused(3);
}

#[test]
fn nothing_to_import_is_told_and_names_have_to_fit() {
    let lab = Lab::new();
    assert!(lab.run(&["credential", "import", "--yes"]).refused(3).contains("credential add"));
    lab.file(".azure/service_principal_entries.bin", "");
    assert!(lab.run(&["credential", "import", "--yes"]).refused(3).contains("encrypted"));
    let two =
        with_entries(&[deployer(), entry(world::READER_CLIENT, world::PUBLISHER_TENANT, "x")]);
    two.run(&["credential", "import", "--yes", "-n", "one"]).refused(2);
    let one = with_entries(&[deployer()]);
    let nobody = one.run(&["credential", "import", "--remove-source"]);
    assert!(nobody.refused(2).contains("--yes"), "{nobody:?}");
    assert!(one.store.names().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_real_keyring_keeps_it() {
    let (azure, keyring) = (sandbox::Sandbox::start(), KeyringSession::start());
    let mut world_of_user = World::new();
    let config = world_of_user.config_dir();
    azure.write_azure_config(&config).unwrap();
    std::fs::write(config.join("service_principal_entries.json"), json!([deployer()]).to_string())
        .unwrap();
    world_of_user.use_keyring(&keyring).set("REQUESTS_CA_BUNDLE", config.join("ca.pem"));
    world_of_user.set("AZ_IMAGESHARE_KEY_CACHE", "off");
    world_of_user.run("credential import --yes --remove-source -n publisher").assert().success();
    let left = std::fs::read_to_string(config.join("service_principal_entries.json")).unwrap();
    assert_eq!(left, "[]");
    world_of_user.run("credential test -n publisher").assert().success();
    let found = crate::support::program::stdout(&world_of_user.run("doctor -o json").assert());
    assert!(found.contains("Secret Service is there and unlocked"), "{found}");
}
