//! kill -9 at every system call of a cache write and of a credential write that can leave a trace, with a real
//! keyring.

use std::path::Path;

use sandbox::world;

use crate::support::keyring::{KeyringSession, PATIENT};
use crate::support::kill::{Sweep, Victim};
use crate::support::lab::Lab;
use crate::support::program;

/// A cloud, a keyring, and the built program.
struct Bench {
    lab: Lab,
    keyring: KeyringSession,
}

impl Bench {
    fn new() -> Bench {
        Bench { lab: Lab::new(), keyring: KeyringSession::start() }
    }

    fn env(&self) -> Vec<(String, String)> {
        let mut env: Vec<(String, String)> = self.lab.variables().clone().into_iter().collect();
        env.extend(self.keyring.env());
        env.push((PATIENT.0.to_owned(), PATIENT.1.to_owned()));
        env
    }

    fn program(&self, args: &[&str], input: &str) -> std::process::Output {
        let mut command = assert_cmd::Command::new(program::path());
        command.args(args).env_clear().envs(self.env()).write_stdin(input.to_owned());
        command.output().unwrap()
    }

    #[track_caller]
    fn done(&self, args: &[&str], input: &str) {
        let ran = self.program(args, input);
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }

    fn add(&self) {
        self.done(&ADD, world::DEPLOYER_SECRET);
    }

    /// The files of the program, checked for what must never stand in one.
    fn leftovers(&self) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        for (path, content) in Lab::contents(&self.lab.files()) {
            let text = String::from_utf8_lossy(&content);
            if text.contains(world::DEPLOYER_SECRET) || text.contains("eyJ") {
                return Err(format!("{} holds a secret", path.display()));
            }
            names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
        Ok(names)
    }

    /// Makes what a killed writer left old.
    fn age_leftovers(&self) {
        for (path, _) in Lab::contents(&self.lab.files()) {
            if path.file_name().is_some_and(|name| is_strange(&name.to_string_lossy())) {
                crate::support::make_old(&path);
            }
        }
    }

    fn sweep(
        &self,
        args: &[&str],
        from: &str,
        prepare: impl Fn(),
        check: impl Fn() -> Result<(), String>,
    ) -> Sweep {
        let input = self.lab.file("secret", world::DEPLOYER_SECRET);
        let mut line = vec![program::path().to_str().unwrap().to_owned()];
        line.extend(args.iter().map(|arg| (*arg).to_owned()));
        Victim { line, env: self.env(), input: Path::new(&input), from }.sweep(prepare, check)
    }
}

const ADD: [&str; 10] = [
    "credential",
    "add",
    "--no-test",
    "-n",
    "publisher",
    "--tenant",
    world::PUBLISHER_TENANT,
    "--client-id",
    world::DEPLOYER_CLIENT,
    "--secret-stdin",
];
const GET: [&str; 4] = ["token", "get", "--credential", "publisher"];

fn is_strange(name: &str) -> bool {
    name.contains(".tmp") || name.contains("corrupt")
}

#[test]
fn a_cache_write_can_be_killed_anywhere() {
    let bench = Bench::new();
    bench.add();
    let clear = || bench.done(&["token", "clear", "--all"], "");
    let sweep = bench.sweep(&GET, "/tokens", clear, || {
        bench.leftovers()?;
        bench.age_leftovers();
        bench.done(&["token", "list"], "");
        bench.done(&GET, "");
        clear();
        bench.done(&GET, "");
        match bench.leftovers()?.iter().find(|name| is_strange(name.as_str())) {
            Some(name) => Err(format!("{name} is still there")),
            None => Ok(()),
        }
    });
    assert!(sweep.unsound.is_empty(), "{sweep:#?}");
    assert!(sweep.killed > 20 && sweep.killed * 10 > sweep.points * 8, "{sweep:?}");
}

#[test]
fn a_credential_write_can_be_killed_anywhere() {
    let bench = Bench::new();
    let remove = || {
        bench.program(&["credential", "remove", "-n", "publisher", "--yes"], "");
    };
    let sweep = bench.sweep(&ADD, "/imageshare", remove, || {
        bench.leftovers()?;
        bench.age_leftovers();
        bench.done(&["credential", "list"], "");
        // What was half written is either there and works, or not there and can be added.
        if !bench.program(&GET, "").status.success() {
            remove();
            bench.add();
            bench.done(&GET, "");
        }
        remove();
        let items = bench
            .keyring
            .command("secret-tool")
            .args(["search", "--all", "service", "az-imageshare"])
            .output();
        let items = String::from_utf8_lossy(&items.unwrap().stdout).matches("secret = ").count();
        match bench.leftovers()?.iter().find(|name| is_strange(name.as_str())) {
            Some(name) => Err(format!("{name} is still there")),
            None if items > 1 => Err(format!("{items} items are left in the keyring")),
            None => Ok(()),
        }
    });
    assert!(sweep.unsound.is_empty(), "{sweep:#?}");
    assert!(sweep.killed > 20 && sweep.killed * 10 > sweep.points * 8, "{sweep:?}");
}
