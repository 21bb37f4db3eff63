//! Shows with `secret-tool` that the private keyring does what tests say it does.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::keyring::KeyringSession;
use super::program::{World, stdout};

fn store(session: &KeyringSession, secret: &str) -> Output {
    let mut tool = session.command("secret-tool");
    tool.args(["store", "--label=proof", "proof", "one"]).stdin(Stdio::piped());
    let mut tool = tool.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut tool.stdin.take().unwrap(), secret.as_bytes()).unwrap();
    tool.wait_with_output().unwrap()
}

fn lookup(session: &KeyringSession) -> Output {
    session.command("secret-tool").args(["lookup", "proof", "one"]).output().unwrap()
}

#[test]
fn what_is_stored_is_found_and_only_here() {
    let session = KeyringSession::start();
    let other = KeyringSession::start();
    let stored = store(&session, "s3cr3t");
    assert!(stored.status.success(), "{}", String::from_utf8_lossy(&stored.stderr));
    assert_eq!(lookup(&session).stdout, b"s3cr3t");
    assert_eq!(lookup(&other).stdout, b"");
}

#[test]
fn a_locked_keyring_gives_nothing_and_unlocks_for_nobody() {
    let session = KeyringSession::start();
    store(&session, "s3cr3t");
    session.lock();
    assert!(session.is_locked());
    assert_eq!(lookup(&session).stdout, b"");
}

#[test]
fn a_hung_keyring_answers_again_when_it_goes_on() {
    let session = KeyringSession::start();
    store(&session, "s3cr3t");
    session.hang();
    let mut asked = session.command("secret-tool");
    let mut asked = asked.args(["lookup", "proof", "one"]).stdout(Stdio::piped()).spawn().unwrap();
    let answers =
        session.command("timeout").args(["1", "secret-tool", "lookup", "proof", "one"]).status();
    assert_eq!(answers.unwrap().code(), Some(124), "a hung keyring answered");
    assert!(asked.try_wait().unwrap().is_none(), "a hung keyring answered");
    session.resume();
    assert_eq!(asked.wait_with_output().unwrap().stdout, b"s3cr3t");
}

#[test]
fn a_killed_keyring_stays_away_and_comes_back_locked() {
    let mut session = KeyringSession::start();
    store(&session, "s3cr3t");
    session.kill();
    let gone = lookup(&session);
    assert!(!gone.status.success());
    session.restart_locked();
    assert!(session.is_locked());
}

#[test]
fn every_program_that_asks_opens_a_session() {
    let session = KeyringSession::start();
    let count = session.sessions_during(|| {
        store(&session, "s3cr3t");
        (0..3).for_each(|_| drop(lookup(&session)));
    });
    assert_eq!(count, 4);
    assert_eq!(session.sessions_during(|| ()), 0);
}

#[test]
fn nothing_is_left_behind() {
    let session = KeyringSession::start();
    let folder = session.env().into_iter().find(|(name, _)| name == "XDG_RUNTIME_DIR").unwrap().1;
    let folder = PathBuf::from(folder).parent().unwrap().to_owned();
    let [bus, daemon] = session.processes();
    assert!(folder.exists() && is_running(bus) && is_running(daemon));
    drop(session);
    assert!(!folder.exists() && !is_running(bus) && !is_running(daemon));
}

fn is_running(pid: u32) -> bool {
    PathBuf::from(format!("/proc/{pid}")).exists()
}

#[test]
fn a_world_with_a_keyring_hands_it_to_its_programs() {
    let session = KeyringSession::start();
    store(&session, "s3cr3t");
    let mut world = World::new();
    world.set("PROOF", "one").use_keyring(&session);
    let mut shell = Command::new("sh");
    shell.args(["-c", "secret-tool lookup proof \"$PROOF\""]);
    let found = assert_cmd::Command::from_std(world.place(shell)).assert().code(0);
    assert_eq!(stdout(&found), "s3cr3t");
}
