//! The built program with a real keyring, under strace, in place of a run in this process.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use super::keyring::KeyringSession;
use super::lab::{Lab, Ran};
use super::{program, tool};

/// A keyring, and every program that was started.
pub(crate) struct Outside {
    keyring: KeyringSession,
    trace: Mutex<String>,
}

impl Outside {
    pub(crate) fn start() -> Outside {
        Outside { keyring: KeyringSession::start(), trace: Mutex::default() }
    }

    /// Every `execve` since the last [`Outside::forget`], with arguments and environment.
    pub(crate) fn trace(&self) -> String {
        self.trace.lock().unwrap().clone()
    }

    /// Begins a new trace.
    pub(crate) fn forget(&self) {
        self.trace.lock().unwrap().clear();
    }

    /// Runs the program in a laboratory's world.
    pub(crate) fn run(&self, args: &[&str], lab: &Lab, input: &str) -> Ran {
        self.start_program(program::path(), args, lab, input)
    }

    /// Runs any program in a laboratory's world.
    pub(crate) fn start_program(
        &self,
        path: impl AsRef<Path>,
        args: &[&str],
        lab: &Lab,
        input: &str,
    ) -> Ran {
        let traced = tempfile::NamedTempFile::new().unwrap();
        let mut command = Command::new(tool("strace"));
        command
            .args(["-f", "-qq", "-v", "-s", "8192", "--seccomp-bpf", "-e", "trace=execve", "-o"])
            .arg(traced.path())
            .arg(path.as_ref())
            .args(args);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(self.keyring.env())
            .envs(lab.variables())
            .current_dir(lab.home.path());
        let ran =
            assert_cmd::Command::from_std(command).write_stdin(input.to_owned()).output().unwrap();
        let trace = std::fs::read(traced.path()).unwrap();
        self.trace.lock().unwrap().push_str(&String::from_utf8_lossy(&trace));
        Ran {
            code: ran.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX),
            stdout: String::from_utf8_lossy(&ran.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&ran.stderr).into_owned(),
        }
    }
}
