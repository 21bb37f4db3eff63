//! The canary: secrets and tokens that must turn up nowhere. Every command runs with `--debug`, as its own
//! examples say and with every kind of fault, and all output, files, and arguments and environments of
//! children are searched.
//!
//! A command is covered by having examples (`examples.rs`); its world is the one its examples run in.

mod faults;
mod search;
mod traced;

use std::process::Command;

use sandbox::{Fault, FaultKind, world};

use crate::examples::Leaf;
use crate::support::lab::Lab;
use crate::support::{program, tool};

/// Commands whose answer is a token.
const GIVE_TOKENS: [&str; 1] = ["token get"];

fn gives_tokens(leaf: &Leaf) -> bool {
    GIVE_TOKENS.contains(&leaf.name.as_str())
}

/// The answer without the one member that holds a new secret, where the line asks for it by `--show`.
fn without_asked_secret(line: &str, stdout: &str) -> String {
    let asked = line.split_whitespace().any(|word| word == "--show" || word == "--show-secret");
    let found = stdout.split_once("\"secret\": \"").filter(|_| asked);
    let cut = found.and_then(|(before, rest)| Some(format!("{before}{}", rest.split_once('"')?.1)));
    cut.unwrap_or_else(|| stdout.to_owned())
}

#[test]
fn only_the_secret_that_was_asked_for_is_left_out() {
    let stdout = format!("{{\"secret\": \"{CANARY}\", \"keyId\": \"{CANARY}\"}}");
    let rest = without_asked_secret("share app secret add --show", &stdout);
    assert_eq!(rest.matches(CANARY).count(), 1);
    assert_eq!(without_asked_secret("share app secret add", &stdout), stdout);
}

/// Looks like a client secret; nothing else in the world looks like it.
const CANARY: &str = "cnr8Q~CANARY-7f3a9d.do-not-print-0001";

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let lab = Lab::new();
    let add = [
        "credential",
        "add",
        "--no-test",
        "-n",
        "x",
        "--tenant",
        world::PUBLISHER_TENANT,
        "--client-id",
        world::DEPLOYER_CLIENT,
    ];
    let joined = ["--client-secret=", "--secret=", "--password=", "--secret-stdin=", "-p="]
        .map(|flag| format!("{flag}{CANARY}"));
    let mut tries: Vec<Vec<&str>> = joined.iter().map(|one| vec![one.as_str()]).collect();
    for flag in ["--client-secret", "--secret", "--password", "-p", "--secret-stdin"] {
        tries.push(vec![flag, CANARY]);
    }
    tries.push(vec![CANARY]);
    for extra in tries {
        let ran = lab.run(&[&add[..], &extra[..]].concat());
        assert_eq!(ran.code, 2, "{extra:?}: {ran:?}");
        assert!(!format!("{ran:?}").contains(CANARY), "{extra:?}: {ran:?}");
    }
    assert_eq!(lab.azure.journal().len(), 0);
}

#[test]
fn a_crash_leaves_no_core_behind() {
    use std::os::unix::process::ExitStatusExt;
    let lab = Lab::publisher();
    lab.azure.inject(Fault::new(FaultKind::Hang).always());
    let mut command = Command::new(tool("prlimit"));
    command.arg("--core=unlimited").arg(program::path()).args(["token", "get"]);
    command.env_clear().envs(lab.variables()).current_dir(lab.home.path());
    let mut child = command.spawn().unwrap();
    let asked = || lab.azure.calls("POST", "/token") > 0;
    crate::support::keyring::until("the program to hold the secret in memory", asked);
    let killed = Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let ended = child.wait().unwrap();
    assert_eq!(ended.signal(), Some(6), "{ended:?}");
    assert!(!ended.core_dumped(), "{ended:?}");
}
