//! The built program, started as a user would start it, in a world of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assert_cmd::assert::Assert;
use tempfile::TempDir;

#[cfg(target_os = "linux")]
use super::keyring::KeyringSession;

/// A home folder and an environment without anything of the person who runs the tests.
pub(crate) struct World {
    home: TempDir,
    env: Vec<(String, String)>,
}

impl World {
    /// A world with an empty home folder, no keyring and no cloud.
    pub(crate) fn new() -> World {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".azure")).unwrap();
        World { home, env: Vec::new() }
    }

    /// Sets a variable for every program started here.
    #[cfg(target_os = "linux")]
    pub(crate) fn set(&mut self, name: &str, value: impl AsRef<Path>) -> &mut World {
        let value = value.as_ref().to_str().unwrap().to_owned();
        self.env.push((name.to_owned(), value));
        self
    }

    #[cfg(target_os = "linux")]
    /// Gives every program started here this keyring.
    pub(crate) fn use_keyring(&mut self, keyring: &KeyringSession) -> &mut World {
        self.env.extend(keyring.env());
        self
    }

    /// The home folder.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The Azure CLI's folder in it.
    pub(crate) fn config_dir(&self) -> PathBuf {
        self.home.path().join(".azure")
    }

    /// The built `az-imageshare` with this command line, split at blanks.
    pub(crate) fn run(&self, line: &str) -> assert_cmd::Command {
        self.run_args(line.split_whitespace())
    }

    /// The built `az-imageshare` with these arguments.
    pub(crate) fn run_args<'a>(
        &self,
        args: impl IntoIterator<Item = &'a str>,
    ) -> assert_cmd::Command {
        let mut command = Command::new(path());
        command.args(args).stdin(Stdio::null());
        assert_cmd::Command::from_std(self.place(command))
    }

    /// Another program, with this world's environment and nothing else.
    pub(crate) fn place(&self, mut command: Command) -> Command {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("USERPROFILE", self.home())
            .env("AZURE_CONFIG_DIR", self.config_dir())
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.home());
        // Windows finds its own libraries by it.
        if let Some(system) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", system);
        }
        command
    }
}

/// The built program.
pub(crate) fn path() -> &'static Path {
    assert_cmd::cargo::cargo_bin!("az-imageshare")
}

/// What a program wrote to stdout, as text.
pub(crate) fn stdout(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}

/// What a program wrote to stderr, as text.
pub(crate) fn stderr(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

#[test]
fn the_program_runs_in_an_empty_world() {
    let world = World::new();
    let version = world.run("--version").assert().code(0);
    assert!(stdout(&version).contains(env!("CARGO_PKG_VERSION")));
    let unknown = world.run("no-such-group").assert().code(2);
    assert_eq!(stdout(&unknown), "");
    assert!(stderr(&unknown).starts_with("ERROR: "));
}
