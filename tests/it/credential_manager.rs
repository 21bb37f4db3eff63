//! The Credential Manager of Windows, under the built program from the first credential to the last.

use std::process::Command;

use keyring::Entry;
use sandbox::world;

use crate::support::lab::{Lab, Ran};
use crate::support::program;

/// The built program, in the laboratory's world but with the keyring of the system.
fn run(lab: &Lab, line: &str, input: &str) -> Ran {
    let mut command = Command::new(program::path());
    command
        .args(line.split_whitespace())
        .env_clear()
        .envs(lab.variables())
        .env("SystemRoot", std::env::var_os("SystemRoot").unwrap());
    let ran =
        assert_cmd::Command::from_std(command).write_stdin(input.to_owned()).output().unwrap();
    Ran {
        code: u8::try_from(ran.status.code().unwrap()).unwrap(),
        stdout: String::from_utf8(ran.stdout).unwrap(),
        stderr: String::from_utf8(ran.stderr).unwrap(),
    }
}

fn add(lab: &Lab) -> Ran {
    let line = format!(
        "credential add --no-test -n windows --tenant {} --client-id {} --secret-stdin",
        world::PUBLISHER_TENANT,
        world::DEPLOYER_CLIENT
    );
    // As `echo` ends its line there.
    run(lab, &line, &format!("{}\r\n", world::DEPLOYER_SECRET))
}

/// What the Credential Manager keeps for the only credential, read without our code.
fn kept(item: &str) -> Option<String> {
    Entry::store_status().as_ref().unwrap();
    let found = Entry::new("az-imageshare", item).unwrap().get_secret();
    found.ok().map(|bytes| String::from_utf8(bytes).unwrap())
}

/// The name of the only credential's item, from our file.
fn item(lab: &Lab) -> String {
    let files = Lab::contents(&lab.files());
    let text: String = files.iter().map(|(_, content)| String::from_utf8_lossy(content)).collect();
    let start = text.find("\"credential-").expect("an item is named") + 1;
    text[start..].split('"').next().unwrap().to_owned()
}

#[test]
fn a_secret_goes_through_the_credential_manager_and_back() {
    let lab = Lab::new();
    add(&lab).json();
    let item = item(&lab);
    assert_eq!(kept(&item).as_deref(), Some(world::DEPLOYER_SECRET));
    let list = run(&lab, "credential list", "").json();
    assert_eq!(list[0]["name"], "windows");
    let shown = run(&lab, "credential show -n windows", "").json();
    assert_eq!(shown["clientId"], world::DEPLOYER_CLIENT);
    let secret = world::DEPLOYER_SECRET.as_bytes();
    for (path, content) in Lab::contents(lab.home.path()) {
        let found = content.windows(secret.len()).any(|part| part == secret);
        assert!(!found, "the secret is in {}", path.display());
    }

    let removed = run(&lab, "credential remove -n windows --yes", "");
    assert_eq!(removed.code, 0, "{removed:?}");
    assert_eq!(kept(&item), None);
    assert_eq!(run(&lab, "credential list", "").json(), serde_json::json!([]));
}

#[test]
fn a_token_comes_from_the_sealed_cache_in_the_next_process() {
    let lab = Lab::new();
    add(&lab).json();
    let line = "token get --credential windows";
    let first = run(&lab, line, "").json();
    let requests = lab.azure.journal().len();
    let second = run(&lab, line, "").json();
    assert_eq!(second["accessToken"], first["accessToken"]);
    assert_eq!(lab.azure.journal().len(), requests, "no request for a kept token");
    let token = first["accessToken"].as_str().unwrap().as_bytes();
    for (path, content) in Lab::contents(lab.home.path()) {
        let found = content.windows(token.len()).any(|part| part == token);
        assert!(!found, "the token lies open in {}", path.display());
    }
    let list = run(&lab, "token list", "").json();
    assert_eq!(list[0]["state"], "valid");
    let removed = run(&lab, "credential remove -n windows --yes", "");
    assert_eq!(removed.code, 0, "{removed:?}");
}
