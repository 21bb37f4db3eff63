//! Every example in a process of its own with a real keyring, under strace: arguments and environments of
//! all programs that are started are seen too.

use std::sync::Arc;

use sandbox::world;

use super::search::{Search, seen};
use super::{gives_tokens, without_asked_secret};
use crate::examples::{Leaf, leaves, stage};
use crate::support::lab::Lab;
use crate::support::outside::Outside;

/// Into how many tests the commands are dealt, to run side by side.
const HANDS: usize = 3;

fn hand(number: usize) {
    let outside = Arc::new(Outside::start());
    let mut wrong = Vec::new();
    let leaves = leaves();
    for leaf in leaves.iter().skip(number).step_by(HANDS) {
        for line in &leaf.examples {
            wrong.extend(leak(leaf, line, &outside).map(|what| format!("`{line}`: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn leak(leaf: &Leaf, line: &str, outside: &Arc<Outside>) -> Option<String> {
    outside.forget();
    let stage = stage(&leaf.name, Lab::new().outside(outside));
    let search = Search::begin(&stage.lab);
    let ran = stage.run(leaf, line, &["--debug"]);
    let trace = without_pipeline(&outside.trace());
    assert!(trace.contains("execve("), "`{line}` was not traced: {ran:?}");
    let gives = gives_tokens(leaf);
    let stdout = without_asked_secret(line, &ran.stdout);
    let (stdout, stderr) = (seen("stdout", &stdout, gives), seen("stderr", &ran.stderr, false));
    search.end(&stage.lab, &[stdout, stderr, seen("a program's start", &trace, false)])
}

/// The trace without what a pipeline puts into our own environment; nobody whom we start is given it.
fn without_pipeline(trace: &str) -> String {
    let is_ours = |line: &&str| line.contains("/az-imageshare\", [\"");
    let lines = trace.lines().map(|line| match Some(line).filter(is_ours) {
        Some(own) => own.replace(world::PIPELINE_BEARER, ""),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_first_hand_of_commands_shows_no_secret() {
    hand(0);
}

#[test]
fn the_second_hand_of_commands_shows_no_secret() {
    hand(1);
}

#[test]
fn the_third_hand_of_commands_shows_no_secret() {
    hand(2);
}

/// `az` has no use for the secrets in our environment.
#[test]
fn az_is_started_without_secrets() {
    let outside = Arc::new(Outside::start());
    let stage = stage("output render", Lab::new());
    let stage = stage.file("bin/az", "#!/bin/sh\necho not today >&2\nexit 1\n");
    let az = stage.lab.home.path().join("bin/az");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&az, executable).unwrap();
    let path = format!("{}:/usr/bin:/bin", az.parent().unwrap().display());
    let lab = stage.lab.env("PATH", &path).outside(&outside);
    let lab = lab.env("AZURE_CLIENT_CERTIFICATE_PASSWORD", world::DEPLOYER_SECRET);
    let ran = lab.run(&["token", "get", "--debug"]);
    assert!(ran.stderr.contains("not today"), "{ran:?}");
    let trace = outside.trace();
    let start = format!("execve(\"{}\"", az.display());
    let of_az: Vec<&str> = trace.lines().filter(|line| line.contains(&start)).collect();
    assert!(of_az.iter().any(|line| line.contains("get-access-token")), "{trace}");
    assert!(!of_az.concat().contains(world::DEPLOYER_SECRET), "{of_az:?}");
}

#[test]
fn a_secret_in_an_argument_or_a_variable_of_a_program_is_found() {
    let outside = Outside::start();
    let lab = Lab::new();
    let search = Search::begin(&lab);
    let argument = ["echo", world::DEPLOYER_SECRET];
    let variable = [&format!("LEAK={}", world::DEPLOYER_SECRET), "sh", "-c", "true"];
    for words in [&argument[..], &variable[..]] {
        outside.forget();
        assert_eq!(outside.start_program("/usr/bin/env", words, &lab, "").code, 0);
        let trace = outside.trace();
        let seen = seen("a program's start", &trace, false);
        assert!(search.end(&lab, &[seen]).is_some(), "{words:?}: {trace}");
    }
}
