//! `credential`: what is kept where, and what is left when something goes wrong.

use az_imageshare::secrets::StoreError;
use sandbox::world;
use serde_json::json;

use crate::support::lab::{Lab, Ran};

const TOKEN: &str = "/oauth2/v2.0/token";

/// `credential add` of the publisher's deployer, with these arguments too.
pub(crate) fn add(lab: &Lab, name: &str, more: &[&str], secret: &str) -> Ran {
    let fixed = [
        "credential",
        "add",
        "--no-test",
        "-n",
        name,
        "--tenant",
        world::PUBLISHER_TENANT,
        "--client-id",
        world::DEPLOYER_CLIENT,
    ];
    lab.run_with_input(&[&fixed[..], more].concat(), secret)
}

fn added() -> Lab {
    let lab = Lab::new();
    add(&lab, "publisher", &["--secret-stdin", "--default"], world::DEPLOYER_SECRET).json();
    lab
}

fn items(lab: &Lab) -> usize {
    let names = lab.store.names();
    names.iter().filter(|name| name.starts_with("credential-")).count()
}

fn kept_anywhere(lab: &Lab, text: &str) -> bool {
    let holds = |content: &Vec<u8>| String::from_utf8_lossy(content).contains(text);
    // What was done stays on record.
    let is_record =
        |path: &std::path::Path| path.components().any(|part| part.as_os_str() == "history");
    Lab::contents(&lab.files()).iter().any(|(path, content)| !is_record(path) && holds(content))
}

#[test]
fn a_credential_is_kept_without_its_secret() {
    let lab = added();
    let expected = json!({
        "name": "publisher", "cloud": sandbox::CLOUD, "tenantId": world::PUBLISHER_TENANT,
        "alsoTenantIds": [], "clientId": world::DEPLOYER_CLIENT, "kind": "secret",
        "store": "memory", "isDefault": true, "secretExpiresOn": null,
    });
    assert_eq!(lab.run(&["credential", "show", "-n", "publisher"]).json(), expected);
    assert_eq!(lab.run(&["credential", "list"]).json(), json!([expected]));
    assert_eq!(items(&lab), 1);
    assert!(!kept_anywhere(&lab, world::DEPLOYER_SECRET));
}

#[cfg(unix)]
#[test]
fn folders_and_files_are_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let lab = added();
    lab.run(&["token", "get"]).json();
    let mut paths = vec![lab.files(), lab.files().join("tokens")];
    paths.extend(Lab::contents(&lab.files()).into_iter().map(|(path, _)| path));
    for path in paths {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
    std::fs::set_permissions(lab.files(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let refused = lab.run(&["credential", "list"]);
    assert!(refused.refused(1).contains("chmod 700"), "{refused:?}");
}

#[test]
fn domains_are_looked_up_once_and_pinned() {
    let lab = Lab::new();
    let args = [
        "credential",
        "add",
        "--no-test",
        "-n",
        "both",
        "--tenant",
        "contoso.onmicrosoft.com",
        "--also-tenant",
        "fabrikam.onmicrosoft.com",
        "--client-id",
        world::MULTI_TENANT_CLIENT,
        "--secret-stdin",
        "--test",
    ];
    let added = lab.run_with_input(&args, world::MULTI_TENANT_SECRET).json();
    assert_eq!(added["tenantId"], world::PUBLISHER_TENANT);
    assert_eq!(added["alsoTenantIds"], json!([world::CONSUMER_TENANT]));
    assert_eq!(lab.azure.calls("POST", TOKEN), 2, "both tenants were tried");
    let get =
        |tenant| lab.run(&["token", "get", "--credential", "both", "--tenant", tenant]).json();
    assert_eq!(get(world::CONSUMER_TENANT)["tenant"], world::CONSUMER_TENANT);
    assert_eq!(lab.azure.calls("GET", "openid-configuration"), 2);
}

#[test]
fn what_entra_refuses_is_not_saved() {
    let lab = Lab::new();
    let refused = add(&lab, "publisher", &["--secret-stdin", "--test"], "wrong~secret");
    assert!(refused.refused(4).contains("AADSTS7000215"), "{refused:?}");
    assert!(!refused.stderr.contains("wrong~secret"));
    // What is not kept cannot be rotated: the same command brings it.
    assert!(refused.stderr.contains("`az-imageshare credential add "), "{refused:?}");
    assert!(!refused.stderr.contains("credential rotate"), "{refused:?}");
    assert_eq!(lab.run(&["credential", "list"]).json(), json!([]));
    assert!(lab.store.names().is_empty());
    let unknown = lab.run_with_input(
        &[
            "credential",
            "add",
            "--no-test",
            "-n",
            "x",
            "--tenant",
            "nobody.example",
            "--client-id",
            world::DEPLOYER_CLIENT,
            "--secret-stdin",
        ],
        "some~secret",
    );
    let told = unknown.refused(3);
    assert!(told.contains("there is no tenant 'nobody.example'"), "{told}");
    let hint = told.split("Hint: ").nth(1).unwrap();
    assert!(hint.starts_with("Run `az-imageshare status`"), "{told}");
    assert_eq!(told.matches(" no such tenant").count(), 0, "it is said once: {told}");
}

#[test]
fn a_store_that_cannot_be_used_is_found_out_first() {
    for (broken, word) in [
        (StoreError::Locked, "locked"),
        (StoreError::Declined, "declined"),
        (StoreError::Timeout(1000), "1000 ms"),
        (StoreError::NoCollection, "no default collection"),
        (StoreError::Absent("no bus".to_owned()), "no bus"),
    ] {
        let lab = Lab::new();
        *lab.store.broken.lock().unwrap() = Some(broken);
        let refused = add(&lab, "publisher", &["--secret-stdin"], "x");
        assert!(refused.refused(15).contains(word), "{refused:?}");
        assert!(lab.azure.journal().is_empty(), "nothing was sent");
        assert!(Lab::contents(&lab.files()).is_empty(), "nothing was written");
    }
}

#[test]
fn what_is_no_secret_is_refused_with_its_reason() {
    let lab = Lab::new();
    for (secret, word) in
        [("", "empty"), (world::DEPLOYER_OBJECT, "Secret ID"), ("two\nlines", "line breaks")]
    {
        let refused = add(&lab, "publisher", &["--secret-stdin"], secret);
        assert!(refused.refused(2).contains(word), "{refused:?}");
    }
    let nobody = add(&lab, "publisher", &[], "ignored");
    assert!(nobody.refused(2).contains("--secret-stdin"), "{nobody:?}");
    let crlf = format!("{}\r\n", world::DEPLOYER_SECRET);
    add(&lab, "publisher", &["--secret-stdin"], &crlf).json();
    let file = lab.file("secret", world::DEPLOYER_SECRET);
    let taken = add(&lab, "publisher", &["--secret-file", &file], "");
    assert!(taken.refused(2).contains("already"), "{taken:?}");
    add(&lab, "second", &["--secret-file", &file], "").json();
}

#[test]
fn rotate_keeps_one_secret_that_works() {
    let lab = added();
    lab.run(&["token", "get"]).json();
    let before = lab.store.names();
    let rotate = |secret: &str| {
        let args = [
            "credential",
            "rotate",
            "-n",
            "publisher",
            "--secret-stdin",
            "--secret-expires-on",
            "2099-01-31",
        ];
        lab.run_with_input(&args, secret)
    };
    assert!(rotate("wrong~secret").refused(4).contains("nothing was saved"));
    assert_eq!(lab.store.names(), before);
    lab.run(&["credential", "test", "-n", "publisher"]).json();
    let rotated = rotate(world::DEPLOYER_SECRET).json();
    assert_eq!(rotated["secretExpiresOn"], "2099-01-31");
    assert_eq!(rotated["isDefault"], true);
    assert_ne!(lab.store.names(), before);
    assert_eq!(items(&lab), 1, "the old secret is gone");
    assert_eq!(lab.run(&["token", "list"]).json(), json!([]));
    lab.run(&["token", "get"]).json();
}

#[test]
fn remove_leaves_nothing() {
    let lab = added();
    lab.run(&["token", "get"]).json();
    let asked = lab.run(&["credential", "remove", "-n", "publisher"]);
    let words = "Unable to prompt for confirmation as no tty available. Use --yes.";
    assert!(asked.refused(2).contains(words), "{asked:?}");
    *lab.store.broken.lock().unwrap() = Some(StoreError::Locked);
    lab.run(&["credential", "remove", "-n", "publisher", "--yes"]).refused(15);
    assert_eq!(items(&lab), 1, "a locked keyring loses nothing");
    *lab.store.broken.lock().unwrap() = None;
    let removed = lab.run(&["credential", "remove", "-n", "publisher", "--yes"]);
    assert_eq!((removed.code, removed.stdout.as_str()), (0, ""), "{removed:?}");
    assert_eq!(items(&lab), 0);
    assert_eq!(lab.run(&["token", "list"]).json(), json!([]));
    lab.run(&["credential", "show", "-n", "publisher"]).refused(3);
    assert!(!kept_anywhere(&lab, world::DEPLOYER_CLIENT));
}

#[test]
fn leftovers_of_a_killed_run_are_swept_by_the_next() {
    let lab = added();
    let path = lab.files().join("credentials.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("\"pending\": []", "\"pending\": [\"credential-left\"]");
    std::fs::write(&path, text).unwrap();
    lab.store.put("credential-left", "a secret nobody wants");
    std::fs::write(lab.files().join(".tmp-left"), "").unwrap();
    add(&lab, "second", &["--secret-stdin"], world::DEPLOYER_SECRET).json();
    assert!(!lab.store.names().contains(&"credential-left".to_owned()));
    assert!(!lab.files().join(".tmp-left").exists());
    assert_eq!(items(&lab), 2);
}

#[test]
fn use_moves_the_default() {
    let lab = added();
    add(&lab, "second", &["--secret-stdin"], world::DEPLOYER_SECRET).json();
    lab.run(&["credential", "use", "-n", "second"]).json();
    let defaults = lab.run(&["credential", "list", "--query", "[?isDefault].name"]);
    assert_eq!(defaults.json(), json!(["second"]));
    lab.run(&["credential", "use", "-n", "nobody"]).refused(3);
}
