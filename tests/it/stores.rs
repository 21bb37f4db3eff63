//! Stores that need no desktop: files under a passphrase, and files whose key only the kernel holds.

use sandbox::world;
use serde_json::Value;

use crate::support::lab::{Lab, Ran};

pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

pub(crate) const USE: [&str; 4] = ["credential", "store", "use", "passphrase"];

/// A cloud with the credential `publisher`, kept under the passphrase. The kernel takes no keys: each command asks.
fn sealed() -> Lab {
    let lab = with_publisher(Lab::new());
    let moved = lab.run_with_input(&[&USE[..], &["--passphrase-stdin"]].concat(), PASSPHRASE);
    assert_eq!(moved.json()["store"], "passphrase");
    lab
}

/// Keeps the credential `publisher`, which is the default.
pub(crate) fn with_publisher(lab: Lab) -> Lab {
    let add = ["credential", "add", "--no-test", "-n", "publisher", "--default", "--secret-stdin"];
    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    lab.run_with_input(&[&add[..], &who].concat(), world::DEPLOYER_SECRET).json();
    lab
}

const GET: [&str; 2] = ["token", "get"];

fn get(lab: &Lab, typed: &str) -> Ran {
    lab.run_at_terminal(&[&GET[..], &["-o", "json"]].concat(), typed)
}

fn state(lab: &Lab) -> Value {
    lab.run(&["credential", "store", "show"]).json()
}

fn files_hold(lab: &Lab, text: &str) -> Vec<String> {
    let found = Lab::contents(lab.home.path())
        .into_iter()
        .filter(|(_, content)| content.windows(text.len()).any(|part| part == text.as_bytes()));
    found.map(|(path, _)| path.display().to_string()).collect()
}

#[test]
fn a_passphrase_keeps_the_secret_and_the_keyring_no_more() {
    let lab = sealed();
    assert_eq!(lab.store.names(), Vec::<String>::new(), "the old copies are gone");
    for secret in [world::DEPLOYER_SECRET, PASSPHRASE] {
        assert_eq!(files_hold(&lab, secret), Vec::<String>::new());
    }
    assert_eq!(lab.run(&["credential", "show", "-n", "publisher"]).json()["store"], "passphrase");
    let token = get(&lab, PASSPHRASE);
    assert_eq!(token.json()["tokenType"], "Bearer");
    assert_eq!(lab.store.names(), Vec::<String>::new(), "and nothing comes back to it");
    let asked = lab.azure.calls("POST", "/token");
    get(&lab, PASSPHRASE).json();
    assert_eq!(lab.azure.calls("POST", "/token"), asked, "the token came from the cache");
}

#[test]
fn nobody_at_a_terminal_means_locked_and_nothing_falls_back() {
    let lab = sealed();
    let refused = lab.run(&GET);
    assert!(refused.refused(15).contains("locked under a passphrase"), "{refused:?}");
    assert!(refused.stderr.contains("az-imageshare unlock"), "{refused:?}");
    assert_eq!(state(&lab)["state"], "locked");
    let add = ["credential", "add", "--no-test", "-n", "late", "--secret-stdin"];
    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    let refused = lab.run_with_input(&[&add[..], &who].concat(), world::DEPLOYER_SECRET);
    assert_eq!(refused.code, 15, "{refused:?}");
    assert_eq!(lab.store.names(), Vec::<String>::new());
    let status = lab.run(&["status"]).json();
    assert_eq!(status["credentials"][0]["health"], "locked", "{status}");
    let doctor = lab.run(&["doctor"]);
    assert!(doctor.stdout.contains("locked under a passphrase"), "{doctor:?}");
}

#[test]
fn a_wrong_passphrase_three_times_ends_it() {
    let lab = sealed();
    let refused = get(
        &lab,
        "wrong wrong one\nwrong wrong two\nwrong wrong three\ncorrect horse battery staple\n",
    );
    assert!(refused.refused(15).contains("the passphrase is wrong"), "{refused:?}");
    let third = get(&lab, &format!("wrong wrong one\nwrong wrong two\n{PASSPHRASE}\n"));
    assert_eq!(third.json()["tokenType"], "Bearer");
    let unlock = lab.run_with_input(&["unlock", "--passphrase-stdin"], "wrong wrong four");
    assert!(unlock.refused(15).contains("the passphrase is wrong"), "{unlock:?}");
}

#[test]
fn a_new_passphrase_is_typed_twice_and_is_long() {
    let lab = with_publisher(Lab::new());
    for (typed, words) in [
        ("short\n", "fewer than 12 characters"),
        ("long enough for it\nlong enough for us\n", "differ"),
        ("\n", "empty"),
    ] {
        let refused = lab.run_at_terminal(&USE, typed);
        assert!(refused.refused(2).contains(words), "{refused:?}");
        assert_eq!(state(&lab)["store"], "keyring");
    }
    let refused = lab.run(&USE);
    assert!(refused.refused(2).contains("--passphrase-stdin"), "{refused:?}");
    let moved = lab.run_at_terminal(&USE, &format!("{PASSPHRASE}\n{PASSPHRASE}\n"));
    assert_eq!(moved.code, 0, "{moved:?}");
    let again = lab.run(&USE);
    assert_eq!(again.code, 0, "a second run changes nothing: {again:?}");
    assert!(again.stderr.contains("already"), "{again:?}");
}

#[test]
fn another_passphrase_replaces_the_old_one() {
    let lab = sealed();
    let other = "another horse, another battery";
    let anew = [&USE[..], &["--new-passphrase"]].concat();
    let moved = lab.run_at_terminal(&anew, &format!("{other}\n{other}\n{PASSPHRASE}\n"));
    assert_eq!(moved.code, 0, "{moved:?}");
    assert_eq!(get(&lab, other).json()["tokenType"], "Bearer");
    let old = get(&lab, &format!("{PASSPHRASE}\n{PASSPHRASE}\n{PASSPHRASE}\n"));
    assert_eq!(old.code, 15, "{old:?}");
    let stores = std::fs::read_dir(lab.files().join("stores")).unwrap().count();
    assert_eq!(stores, 1, "the old store is gone");
}

#[test]
fn and_back_to_the_keyring() {
    let lab = sealed();
    get(&lab, PASSPHRASE).json();
    let back = ["credential", "store", "use", "keyring"];
    let locked = lab.run(&back);
    assert_eq!(locked.code, 15, "{locked:?}");
    assert_eq!(lab.run_at_terminal(&back, PASSPHRASE).code, 0);
    assert_eq!(lab.store.names().len(), 2, "the secret and the key of the cache");
    let asked = lab.azure.calls("POST", "/token");
    lab.run(&GET).json();
    assert_eq!(lab.azure.calls("POST", "/token"), asked, "with its cache");
    assert_eq!(std::fs::read_dir(lab.files().join("stores")).unwrap().count(), 0);
}

#[test]
fn a_forgotten_passphrase_takes_no_credential_hostage() {
    let lab = sealed();
    let removed = lab.run(&["credential", "remove", "-n", "publisher", "--yes"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    let back = lab.run(&["credential", "store", "use", "keyring"]);
    assert_eq!(back.code, 0, "{back:?}");
    let lab = with_publisher(lab);
    assert_eq!(lab.run(&GET).json()["tokenType"], "Bearer");
}

#[test]
fn a_keyring_that_is_away_keeps_nobody_from_a_new_store() {
    use az_imageshare::secrets::StoreError;
    let lab = Lab::new();
    *lab.store.broken.lock().unwrap() = Some(StoreError::Absent("no bus".to_owned()));
    let refused = lab.run(&["token", "get", "--credential", "x"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    let add = ["credential", "add", "--no-test", "-n", "publisher", "--secret-stdin"];
    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    let refused = lab.run_with_input(&[&add[..], &who].concat(), world::DEPLOYER_SECRET);
    assert!(refused.refused(15).contains("credential store use passphrase"), "{refused:?}");
    let moved = lab.run_with_input(&[&USE[..], &["--passphrase-stdin"]].concat(), PASSPHRASE);
    assert_eq!(moved.code, 0, "{moved:?}");
    let typed = format!("{PASSPHRASE}\n{}\n", world::DEPLOYER_SECRET);
    let add = ["credential", "add", "--no-test", "-n", "publisher", "--default"];
    let added = lab.run_at_terminal(&[&add[..], &who].concat(), &typed);
    assert_eq!(added.code, 0, "{added:?}");
    assert_eq!(get(&lab, PASSPHRASE).json()["tokenType"], "Bearer");
}

#[test]
fn damage_is_said_and_nothing_is_lost_by_it() {
    let lab = sealed();
    let stores = Lab::contents(&lab.files().join("stores"));
    assert_eq!(stores.len(), 2, "{stores:?}");
    for (path, content) in &stores {
        let middle = content.len() / 2;
        for bad in
            [&content[..middle], &[&content[..middle], b"~", &content[middle + 1..]].concat()]
        {
            std::fs::write(path, bad).unwrap();
            let refused = get(&lab, &format!("{PASSPHRASE}\n").repeat(3));
            assert_eq!(refused.code, 15, "{refused:?}");
            assert_eq!(std::fs::read(path).unwrap(), bad, "it stays as it is");
        }
        std::fs::write(path, content).unwrap();
    }
    assert_eq!(get(&lab, PASSPHRASE).json()["tokenType"], "Bearer");
    let marker = lab.files().join("store.json");
    let kept = std::fs::read(&marker).unwrap();
    std::fs::write(&marker, "{").unwrap();
    let refused = get(&lab, PASSPHRASE);
    assert!(refused.refused(15).contains("store.json is damaged"), "{refused:?}");
    std::fs::write(&marker, kept).unwrap();
    assert_eq!(get(&lab, PASSPHRASE).json()["tokenType"], "Bearer");
}

#[test]
fn a_boot_store_without_a_kernel_keyring_is_refused() {
    let lab = with_publisher(Lab::new());
    let refused = lab.run(&["credential", "store", "use", "boot", "--yes"]);
    assert!(refused.refused(15).contains("the kernel keeps no key here"), "{refused:?}");
    assert!(refused.stderr.contains("credential store use passphrase"), "{refused:?}");
    assert_eq!(state(&lab)["store"], "keyring");
    assert_eq!(lab.run(&GET).json()["tokenType"], "Bearer");
}

#[cfg(unix)]
#[test]
fn files_are_the_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let lab = sealed();
    let stores = lab.files().join("stores");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let store = std::fs::read_dir(&stores).unwrap().next().unwrap().unwrap().path();
    assert_eq!((mode(&stores), mode(&store)), (0o700, 0o700));
    for (path, _) in Lab::contents(&stores) {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    std::fs::set_permissions(&store, PermissionsExt::from_mode(0o777)).unwrap();
    let refused = get(&lab, PASSPHRASE);
    assert!(refused.refused(1).contains("can be written to by other users"), "{refused:?}");
}
