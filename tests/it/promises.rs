//! Promises of `SECURITY.md` that a program can check and no other file here does: what a service
//! may not do to us, who may read what we keep, and what the linker closed against an attacker.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use sandbox::{Fault, FaultKind, Listener, Sandbox, world};

use crate::support::keyring::KeyringSession;
use crate::support::lab::Lab;
use crate::support::program::{self, World};

const LIST: [&str; 4] = ["delegation", "list", "--direction", "given"];

/// The publisher's laboratory with one fault on every answer of Resource Manager.
fn faulty(kind: FaultKind) -> Lab {
    let lab = Lab::publisher();
    let fault = Fault::new(kind).on(Listener::Management).always();
    lab.azure.inject(fault);
    lab
}

fn asked(azure: &Sandbox, listener: Listener) -> usize {
    let journal = azure.journal();
    let reached = journal.iter().filter(|call| call.listener == listener);
    reached.count()
}

#[test]
fn a_foreign_page_ends_the_command_and_is_not_asked_for() {
    let lab = faulty(FaultKind::NextLinkElsewhere);
    lab.publish(&LIST).refused(13);
    assert!(asked(&lab.azure, Listener::Management) > 0);
    assert_eq!(asked(&lab.azure, Listener::Elsewhere), 0);
}

#[test]
fn a_redirect_is_not_followed() {
    let lab = faulty(FaultKind::RedirectElsewhere { status: 307 });
    assert_ne!(lab.publish(&LIST).code, 0);
    assert!(asked(&lab.azure, Listener::Management) > 0);
    assert_eq!(asked(&lab.azure, Listener::Elsewhere), 0);
}

#[test]
fn an_answer_without_end_is_cut() {
    let ran = faulty(FaultKind::Huge).publish(&LIST);
    assert!(ran.refused(12).contains("16777216 bytes"), "{ran:?}");
}

#[test]
fn text_from_a_service_does_not_steer_the_terminal() {
    let lab = faulty(FaultKind::Status {
        status: 400,
        retry_after: None,
        code: Some("\u{1b}]0;owned\u{7}\u{9b}31m".to_owned()),
    });
    let ran = lab.publish(&LIST);
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("owned"), "the code is not shown: {ran:?}");
    let steers = |c: char| c.is_control() && c != '\n';
    assert!(!ran.stderr.contains(steers), "{ran:?}");
}

#[test]
fn a_service_with_a_foreign_certificate_gets_no_request() {
    let (lab, other) = (Lab::publisher(), Sandbox::start());
    let bundle = lab.file("other.pem", other.ca_pem());
    let lab = lab.env("REQUESTS_CA_BUNDLE", &bundle);
    lab.publish(&LIST).refused(12);
    assert_eq!(lab.azure.journal().len(), 0);
}

#[test]
fn what_is_kept_is_the_users_alone_whatever_the_umask() {
    let (azure, keyring) = (Sandbox::start(), KeyringSession::start());
    let mut world = World::new();
    azure.write_azure_config(&world.config_dir()).unwrap();
    let ca = world.config_dir().join("ca.pem");
    world.use_keyring(&keyring).set("REQUESTS_CA_BUNDLE", ca);
    world.set("AZ_IMAGESHARE_KEY_CACHE", "off");

    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    let add = ["credential", "add", "--no-test", "-n", "x", "--default", "--secret-stdin"];
    with_open_umask(&world, &[&add[..], &who[..]].concat(), world::DEPLOYER_SECRET);
    with_open_umask(&world, &["token", "get"], "");

    let kept = below(&world.config_dir().join("imageshare"));
    assert!(kept.iter().filter(|path| path.is_file()).count() >= 2, "{kept:?}");
    for path in kept {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is open to others", path.display());
    }
}

/// Full RELRO and PIE, which rustc asks for by itself: what the loader fills in is read-only once
/// the program runs, and no address is the same in two runs.
#[test]
fn the_program_has_full_relro_and_no_fixed_address() {
    let header = read_program("--file-header");
    let segments = read_program("--segments");
    let dynamic = read_program("--dynamic");
    assert!(header.contains("DYN (Position-Independent"), "{header}");
    assert!(segments.contains("GNU_RELRO"), "{segments}");
    assert!(dynamic.contains("BIND_NOW"), "{dynamic}");
    let stack = segments.lines().find(|line| line.contains("GNU_STACK")).unwrap_or_default();
    assert!(stack.contains("RW ") && !stack.contains("RWE"), "{stack}");
}

/// What `readelf` says of the built program.
fn read_program(part: &str) -> String {
    let ran = Command::new("readelf").args(["--wide", part]).arg(program::path()).output();
    let output = ran.expect("readelf comes with every compiler");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs the built program under a umask that closes nothing; it must succeed.
fn with_open_umask(world: &World, args: &[&str], input: &str) {
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 0; exec \"$@\"", "sh"]).arg(program::path()).args(args);
    assert_cmd::Command::from_std(world.place(shell)).write_stdin(input).assert().success();
}

/// Everything below a folder, itself included.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found
}
