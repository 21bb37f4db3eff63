//! Stores without a desktop, with the built program and the kernel's real keyring: unlocked, locked, after a
//! restart, killed anywhere, in two processes at once, under another user, on a full disk, and opened by a
//! program that is not ours.

use std::path::Path;
use std::process::{Command, Stdio};

use sandbox::world;

use crate::stores::{PASSPHRASE, USE};
use crate::support::forbid::forbidding;
use crate::support::keyring::{KeyringSession, PATIENT, until};
use crate::support::kill::{Point, Victim};
use crate::support::lab::{Lab, Ran};
use crate::support::{az, program, tool};

/// A computer without a desktop: no bus, no keyring but the kernel's.
fn server() -> Lab {
    Lab::new()
        .env("AZ_IMAGESHARE_KEY_CACHE", "on")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .env("XDG_RUNTIME_DIR", "/nonexistent")
}

pub(crate) fn run(lab: &Lab, args: &[&str], input: &str) -> Ran {
    run_by(Command::new(program::path()).args(args), lab, input)
}

fn run_by(command: &mut Command, lab: &Lab, input: &str) -> Ran {
    command.env_clear().envs(lab.variables()).current_dir(lab.home.path());
    let command = std::mem::replace(command, Command::new("true"));
    let ran =
        assert_cmd::Command::from_std(command).write_stdin(input.to_owned()).output().unwrap();
    Ran {
        code: ran.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX),
        stdout: String::from_utf8_lossy(&ran.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&ran.stderr).into_owned(),
    }
}

#[track_caller]
pub(crate) fn done(lab: &Lab, args: &[&str], input: &str) {
    let ran = run(lab, args, input);
    assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
}

const GET: [&str; 2] = ["token", "get"];
const BOOT: [&str; 5] = ["credential", "store", "use", "boot", "--yes"];

fn use_passphrase(lab: &Lab) {
    done(lab, &[&USE[..], &["--passphrase-stdin"]].concat(), PASSPHRASE);
}

fn add(lab: &Lab) {
    let add = ["credential", "add", "--no-test", "-n", "publisher", "--default", "--secret-stdin"];
    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    done(lab, &[&add[..], &who].concat(), world::DEPLOYER_SECRET);
}

fn state(lab: &Lab) -> serde_json::Value {
    run(lab, &["credential", "store", "show"], "").json()["state"].clone()
}

#[test]
fn on_a_server_one_passphrase_lasts_until_it_is_locked() {
    let lab = server();
    use_passphrase(&lab);
    add(&lab);
    done(&lab, &GET, "");
    let asked = lab.azure.calls("POST", "/token");
    done(&lab, &GET, "");
    assert_eq!(lab.azure.calls("POST", "/token"), asked, "tokens are kept between runs");
    done(&lab, &["lock"], "");
    assert_eq!(state(&lab), "locked");
    assert!(run(&lab, &GET, "").refused(15).contains("az-imageshare unlock"));
    done(&lab, &["unlock", "--passphrase-stdin"], PASSPHRASE);
    done(&lab, &GET, "");
    let file = lab.file("passphrase", PASSPHRASE);
    done(&lab, &["lock"], "");
    let script = "exec \"$0\" unlock --for 1s --passphrase-fd 7 7<\"$1\"";
    let mut shell = Command::new(tool("bash"));
    let ran = run_by(shell.args(["-c", script]).arg(program::path()).arg(file), &lab, "");
    assert_eq!(ran.code, 0, "{ran:?}");
    until("the time of the unlock to be over", || state(&lab) == "locked");
    let refused = run(&lab, &["unlock", "--passphrase-fd", "9"], "");
    assert!(refused.refused(2).contains("--passphrase-fd 9"), "{refused:?}");
}

#[test]
fn a_boot_store_ends_with_its_key_and_says_how_to_go_on() {
    let lab = server();
    done(&lab, &BOOT, "");
    add(&lab);
    done(&lab, &GET, "");
    done(&lab, &["unlock"], "");
    let refused = run(&lab, &["lock"], "");
    assert!(refused.refused(2).contains("--yes"), "{refused:?}");
    done(&lab, &GET, "");
    // What a restart does to the kernel's keyring.
    done(&lab, &["lock", "--yes"], "");
    assert_eq!(state(&lab), "lost");
    let status = run(&lab, &["status"], "").json();
    assert_eq!(status["credentials"][0]["health"], "broken", "{status}");
    let refused = run(&lab, &GET, "");
    assert!(refused.refused(15).contains("credential rotate -n NAME"), "{refused:?}");
    let rotate = ["credential", "rotate", "-n", "publisher", "--secret-stdin", "--yes"];
    done(&lab, &rotate, world::DEPLOYER_SECRET);
    done(&lab, &GET, "");
    assert_eq!(state(&lab), "ready");
    let held = Lab::contents(&lab.files())
        .into_iter()
        .any(|(_, content)| String::from_utf8_lossy(&content).contains(world::DEPLOYER_SECRET));
    assert!(!held, "no file holds the secret");
}

/// A container whose profile refuses the kernel's keyring, as Docker's does.
#[test]
fn where_a_profile_refuses_add_key_the_other_store_is_named() {
    for call in [libc::SYS_add_key, libc::SYS_keyctl] {
        let lab = server();
        let without = |args: &[&str], input: &str| {
            let mut own = Command::new(program::path());
            own.args(args).env_clear().envs(lab.variables()).current_dir(lab.home.path());
            run_by(&mut forbidding(call, None, &own), &lab, input)
        };
        let refused = without(&BOOT, "");
        let text = refused.refused(15);
        assert!(text.contains("the kernel keeps no key here"), "{call}: {text}");
        assert!(
            text.contains("refuses add_key") && text.contains("store use passphrase"),
            "{text}"
        );
        let used = without(&[&USE[..], &["--passphrase-stdin"]].concat(), PASSPHRASE);
        assert_eq!(used.code, 0, "{call}: {used:?}");
        assert_eq!(without(&["unlock", "--passphrase-stdin"], PASSPHRASE).code, 15, "{call}");
    }
}

#[test]
fn libsodium_alone_opens_a_passphrase_store() {
    let lab = server();
    use_passphrase(&lab);
    add(&lab);
    done(&lab, &GET, "");
    let store = std::fs::read_dir(lab.files().join("stores")).unwrap().next().unwrap().unwrap();
    let read = |passphrase: &str| {
        let mut python = Command::new(az::az().parent().unwrap().join("python"));
        python.arg(crate::support::source::root().join("tests/it/data/open_store.py"));
        assert_cmd::Command::from_std({
            python.arg(store.path());
            python
        })
        .write_stdin(passphrase.to_owned())
        .output()
        .unwrap()
    };
    let ran = read(PASSPHRASE);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let items: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    let items = items.as_object().unwrap();
    assert_eq!(items.len(), 2, "the secret and the key of the cache: {:?}", items.keys());
    assert!(items.values().any(|kept| kept == world::DEPLOYER_SECRET));
    assert!(!read("correct horse battery stable").status.success());
}

#[test]
fn another_user_gets_nothing() {
    let lab = server();
    use_passphrase(&lab);
    add(&lab);
    if !Command::new("/usr/bin/id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n") {
        let other = Command::new(tool("setpriv")).args(["--reuid", "65534", "true"]).output();
        assert!(!other.unwrap().status.success(), "this test could be another user: try it");
        return;
    }
    let store = std::fs::read_dir(lab.files().join("stores")).unwrap().next().unwrap().unwrap();
    let mut reader = Command::new(tool("setpriv"));
    reader.args(["--reuid", "65534", "--clear-groups", "/bin/cat"]).arg(store.path().join("key"));
    assert_ne!(run_by(&mut reader, &lab, "").code, 0);
    // Even one who may read the files has none of the kernel's keys, and no business in the folder.
    open_to_all(lab.home.path());
    let mut stranger = Command::new(tool("setpriv"));
    stranger.args(["--reuid", "65534", "--clear-groups"]).arg(copy_of_program(&lab)).args(GET);
    let refused = run_by(&mut stranger, &lab, "");
    assert!(refused.refused(1).contains("belongs to another user"), "{refused:?}");
    assert!(!refused.stdout.contains("eyJ"));
}

/// The build folder may be closed to other users.
fn copy_of_program(lab: &Lab) -> std::path::PathBuf {
    let copy = lab.home.path().join("az-imageshare");
    std::fs::copy(program::path(), &copy).unwrap();
    copy
}

fn open_to_all(folder: &Path) {
    let done = Command::new("/bin/chmod").args(["-R", "a+rX"]).arg(folder).status().unwrap();
    assert!(done.success());
}

#[test]
fn what_cannot_be_written_leaves_the_old_store_in_use() {
    let lab = server();
    use_passphrase(&lab);
    add(&lab);
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" credential store use boot --yes";
    let mut shell = Command::new(tool("sh"));
    shell.args(["-c", script]).arg(program::path());
    let full = run_by(&mut shell, &lab.env("AZ_IMAGESHARE_HISTORY", "off"), "");
    assert!(full.refused(1).contains("cannot be used"), "{full:?}");
}

#[test]
fn a_place_that_cannot_be_made_leaves_the_old_store_in_use() {
    let keyring = KeyringSession::start();
    let lab = with_keyring(&keyring);
    add(&lab);
    let stores = lab.files().join("stores");
    std::fs::write(&stores, "in the way").unwrap();
    let refused = run(&lab, &[&USE[..], &["--passphrase-stdin"]].concat(), PASSPHRASE);
    assert!(refused.refused(1).contains("is not a folder"), "{refused:?}");
    done(&lab, &["token", "get"], "");
    std::fs::remove_file(&stores).unwrap();
    use_passphrase(&lab);
    done(&lab, &["token", "get"], "");
    assert_eq!(items_of(&keyring), 0, "and what was in the keyring is gone");
}

fn with_keyring(keyring: &KeyringSession) -> Lab {
    let lab = Lab::new().env("AZ_IMAGESHARE_KEY_CACHE", "on");
    let lab = keyring.env().into_iter().fold(lab, |lab, (name, value)| lab.env(&name, &value));
    lab.env(PATIENT.0, PATIENT.1)
}

fn items_of(keyring: &KeyringSession) -> usize {
    let mut search = keyring.command("secret-tool");
    let found = search.args(["search", "--all", "service", "az-imageshare"]).output().unwrap();
    String::from_utf8_lossy(&found.stdout).matches("secret = ").count()
}

#[test]
fn two_moves_at_once_end_in_one_of_the_stores_with_everything_in_it() {
    let keyring = KeyringSession::start();
    let lab = with_keyring(&keyring);
    add(&lab);
    let file = lab.file("passphrase", PASSPHRASE);
    let start = |args: &[&str]| {
        let mut command = Command::new(program::path());
        command.args(args).env_clear().envs(lab.variables()).current_dir(lab.home.path());
        command.stdin(std::fs::File::open(&file).unwrap());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let sealed = [&USE[..], &["--passphrase-stdin"]].concat();
    for _ in 0..3 {
        let all: Vec<&[&str]> = vec![&sealed, &BOOT, &sealed, &GET, &GET, &BOOT];
        let mut children: Vec<_> = all.iter().map(|args| start(args)).collect();
        for (child, args) in children.iter_mut().zip(&all) {
            let code = child.wait().unwrap().code();
            assert_eq!(code, Some(0), "{args:?}");
        }
        done(&lab, &["token", "get"], "");
        assert_eq!(std::fs::read_dir(lab.files().join("stores")).unwrap().count(), 1);
        assert_eq!(items_of(&keyring), 0);
        done(&lab, &["credential", "store", "use", "keyring"], "");
        done(&lab, &["token", "get"], "");
        assert_eq!(std::fs::read_dir(lab.files().join("stores")).unwrap().count(), 0);
    }
}

/// The files of the program, checked for what must never stand in one.
fn leftovers(lab: &Lab) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for (path, content) in Lab::contents(&lab.files()) {
        let text = String::from_utf8_lossy(&content);
        if text.contains(world::DEPLOYER_SECRET) || text.contains(PASSPHRASE) {
            return Err(format!("{} holds a secret", path.display()));
        }
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    Ok(names)
}

/// Kills a move at every system call that can leave a trace, from the one on that first touches the file that says
/// which store is in use.
fn sweep_a_move(to: &[&str], from: &[&str], chosen: impl Fn(&Point) -> bool) {
    let keyring = KeyringSession::start();
    let lab = with_keyring(&keyring).env("AZ_IMAGESHARE_HISTORY", "off");
    add(&lab);
    let input = lab.file("passphrase", PASSPHRASE);
    let mut line = vec![program::path().to_str().unwrap().to_owned()];
    line.extend(to.iter().map(|arg| (*arg).to_owned()));
    let env = lab.variables().clone().into_iter().collect();
    let victim = Victim { line, env, input: Path::new(&input), from: "stores" };
    let get = ["token", "get", "--resource-type", "arm"];
    let sweep = victim.sweep_at(
        chosen,
        || done(&lab, from, PASSPHRASE),
        || {
            leftovers(&lab)?;
            done(&lab, &["token", "clear", "--all"], "");
            let got = run(&lab, &get, "");
            if got.code != 0 {
                return Err(format!("the secret is lost: {got:?}"));
            }
            done(&lab, to, PASSPHRASE);
            let (places, items) = (
                std::fs::read_dir(lab.files().join("stores")).map_or(0, Iterator::count),
                items_of(&keyring),
            );
            done(&lab, &get, "");
            // Either everything is in the keyring, or everything is in one place of files.
            match (places, items) {
                (0, 1..) | (1, 0) => Ok(()),
                _ => Err(format!("{places} places and {items} items are left")),
            }
        },
    );
    assert!(sweep.unsound.is_empty(), "{sweep:#?}");
    assert!(sweep.killed > 8 && sweep.killed * 10 > sweep.points * 8, "{sweep:?}");
}

const KEYRING: [&str; 4] = ["credential", "store", "use", "keyring"];

#[test]
fn a_move_out_of_the_keyring_can_be_killed_anywhere() {
    sweep_a_move(&BOOT, &KEYRING, |_| true);
}

#[test]
fn a_move_into_the_keyring_can_be_killed_anywhere() {
    sweep_a_move(&KEYRING, &BOOT, |_| true);
}

/// At the calls that change a file or a key: at the others Argon2id alone takes the time of a whole run.
#[test]
fn a_move_under_a_passphrase_can_be_killed_at_each_write() {
    const WRITES: [&str; 8] =
        ["rename", "renameat", "renameat2", "fsync", "unlink", "add_key", "rmdir", "mkdir"];
    let to = [&USE[..], &["--passphrase-stdin"]].concat();
    sweep_a_move(&to, &BOOT, |point| WRITES.contains(&&*point.call));
}
