//! A real gnome-keyring, unlocked, locked, hung, killed, absent: each told apart, none waited for.

use std::time::{Duration, Instant};

use sandbox::world;

use crate::support::keyring::{ClosedBus, KeyringSession};
use crate::support::lab::{Lab, Ran};
use crate::support::program;

/// Far above the promised second, far below what a hanging keyring would take.
const PATIENCE: Duration = Duration::from_secs(8);

struct Desk {
    lab: Lab,
    keyring: KeyringSession,
}

impl Desk {
    fn new() -> Desk {
        Desk { lab: Lab::new(), keyring: KeyringSession::start() }
    }

    fn with_credential() -> Desk {
        let desk = Desk::new();
        let fixed = [
            "credential",
            "add",
            "--no-test",
            "-n",
            "publisher",
            "--tenant",
            world::PUBLISHER_TENANT,
        ];
        let rest = ["--client-id", world::DEPLOYER_CLIENT, "--secret-stdin", "--default"];
        let added = desk.run(&[&fixed[..], &rest[..]].concat(), &[]);
        assert_eq!(added.code, 0, "{added:?}");
        desk
    }

    fn run(&self, args: &[&str], env: &[(&str, &str)]) -> Ran {
        let started = Instant::now();
        let mut command = assert_cmd::Command::new(program::path());
        command.args(args).env_clear().envs(self.lab.variables()).envs(self.keyring.env());
        command.envs(env.iter().copied()).write_stdin(world::DEPLOYER_SECRET);
        let ran = command.output().unwrap();
        assert!(started.elapsed() < PATIENCE, "{args:?} took {:?}", started.elapsed());
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let code = u8::try_from(ran.status.code().unwrap()).unwrap();
        Ran { code, stdout: text(ran.stdout), stderr: text(ran.stderr) }
    }

    fn get(&self) -> Ran {
        self.run(&["token", "get"], &[])
    }
}

#[test]
fn an_unlocked_keyring_keeps_the_secret_and_nothing_else_does() {
    let desk = Desk::with_credential();
    assert_eq!(desk.get().json()["tokenType"], "Bearer");
    for (path, content) in Lab::contents(desk.lab.home.path()) {
        let text = String::from_utf8_lossy(&content);
        assert!(!text.contains(world::DEPLOYER_SECRET), "{}", path.display());
    }
    let found = desk
        .keyring
        .command("secret-tool")
        .args(["search", "--all", "service", "az-imageshare"])
        .output();
    assert!(String::from_utf8_lossy(&found.unwrap().stdout).contains(world::DEPLOYER_SECRET));
}

#[test]
fn a_locked_keyring_is_said_to_be_locked() {
    let desk = Desk::with_credential();
    desk.keyring.lock();
    let refused = desk.get();
    assert!(refused.refused(15).contains("locked"), "{refused:?}");
    assert!(refused.stderr.contains("Hint: Unlock it"), "{refused:?}");
    assert!(desk.keyring.is_locked(), "nobody was asked, nothing was unlocked");
}

#[test]
fn a_locked_keyring_refuses_before_a_secret_is_asked_for() {
    let desk = Desk::new();
    desk.keyring.lock();
    let fixed =
        ["credential", "add", "--no-test", "-n", "late", "--tenant", world::PUBLISHER_TENANT];
    let rest = ["--client-id", world::DEPLOYER_CLIENT, "--secret-stdin"];
    let refused = desk.run(&[&fixed[..], &rest[..]].concat(), &[]);
    assert!(refused.refused(15).contains("locked"), "{refused:?}");
    assert_eq!(desk.run(&["credential", "list"], &[]).json(), serde_json::json!([]));
}

#[test]
fn a_hung_keyring_is_given_up_on() {
    let desk = Desk::with_credential();
    desk.keyring.hang();
    let refused = desk.get();
    desk.keyring.resume();
    assert!(refused.refused(15).contains("did not answer within 1000 ms"), "{refused:?}");
    assert_eq!(desk.get().code, 0, "and used again when it answers");
}

#[test]
fn a_killed_keyring_comes_back_locked_or_not_at_all() {
    let mut desk = Desk::with_credential();
    desk.keyring.kill();
    let refused = desk.get();
    assert_eq!(refused.code, 15, "{refused:?}");
    desk.keyring.restart_locked();
    assert!(desk.get().refused(15).contains("locked"));
}

#[test]
fn no_keyring_at_all_is_said_so() {
    let desk = Desk::with_credential();
    let nowhere = [
        ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus"),
        ("XDG_RUNTIME_DIR", "/nonexistent"),
    ];
    let refused = desk.run(&["token", "get"], &nowhere);
    assert!(refused.refused(15).contains("no keyring is running"), "{refused:?}");
}

/// As in a sandbox: a refusal is an answer, and no failure of a keyring.
#[test]
fn a_bus_that_lets_nobody_ask_has_no_keyring() {
    let desk = Desk::with_credential();
    let bus = ClosedBus::start();
    let closed = ("DBUS_SESSION_BUS_ADDRESS", bus.address());
    let refused = desk.run(&["token", "get"], &[closed]);
    assert!(refused.refused(15).contains("no program offers the Secret Service"), "{refused:?}");
    let environment = [
        closed,
        ("AZURE_TENANT_ID", world::PUBLISHER_TENANT),
        ("AZURE_CLIENT_ID", world::DEPLOYER_CLIENT),
        ("AZURE_CLIENT_SECRET", world::DEPLOYER_SECRET),
    ];
    let ran = desk.run(&["token", "get"], &environment);
    assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran:?}");
}

#[test]
fn a_thousand_cached_tokens_cost_one_session_at_most() {
    let desk = Desk::with_credential();
    desk.run(&["token", "get"], &[("AZ_IMAGESHARE_KEY_CACHE", "on")]).json();
    let asked = desk.lab.azure.calls("POST", "/token");
    let sessions = desk.keyring.sessions_during(|| {
        for _ in 0..1000 {
            let ran =
                desk.run(&["token", "get", "-o", "none"], &[("AZ_IMAGESHARE_KEY_CACHE", "on")]);
            assert_eq!(ran.code, 0, "{ran:?}");
        }
    });
    assert!(sessions <= 1, "{sessions} sessions");
    assert_eq!(desk.lab.azure.calls("POST", "/token"), asked, "and no request");
}

#[test]
fn a_hundred_cold_processes_make_one_request_for_each_key() {
    let desk = Desk::with_credential();
    // Adding it signed in once, to prove it.
    desk.lab.azure.clear_journal();
    let resources = ["arm", "ms-graph"];
    std::thread::scope(|scope| {
        for at in 0..100 {
            let desk = &desk;
            scope.spawn(move || {
                let mut command = std::process::Command::new(program::path());
                command.args(["token", "get", "-o", "none", "--resource-type", resources[at % 2]]);
                command
                    .env_clear()
                    .envs(desk.lab.variables())
                    .envs(desk.keyring.env())
                    .env("AZ_IMAGESHARE_KEY_CACHE", "on");
                let ran = command.output().unwrap();
                assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
            });
        }
    });
    assert_eq!(desk.lab.azure.calls("POST", "/token"), resources.len());
}
