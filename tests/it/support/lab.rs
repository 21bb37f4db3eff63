//! A laboratory: a sandbox cloud, a home folder, a keyring in memory, and the program run in-process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

use az_imageshare::cli::{self, MakeTransport, ReplaceableParts};
use az_imageshare::process::{Clock, HiddenPrompt, Process, Sink, Source};
use sandbox::{Sandbox, world};
use serde_json::Value;

use super::memory_store::MemoryStore;

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: u8,
    /// All of standard output.
    pub(crate) stdout: String,
    /// All of standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// The result, of a run that must have succeeded.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|err| panic!("{err}: {self:?}"))
    }

    /// The standard error of a run that must have ended with this exit code.
    #[track_caller]
    pub(crate) fn refused(&self, code: u8) -> &str {
        assert_eq!(self.code, code, "{self:?}");
        &self.stderr
    }
}

/// Everything a test needs to run the program against a cloud of its own.
pub(crate) struct Lab {
    /// The cloud.
    pub(crate) azure: Sandbox,
    /// The home folder; `.azure` in it is the configuration folder.
    pub(crate) home: tempfile::TempDir,
    /// The keyring.
    pub(crate) store: Arc<MemoryStore>,
    env: BTreeMap<String, String>,
    #[cfg(target_os = "linux")]
    outside: Option<Arc<super::outside::Outside>>,
    /// A real keyring, with which only the built program runs.
    #[cfg(target_os = "linux")]
    keyring: Option<super::keyring::KeyringSession>,
}

impl Lab {
    /// Starts a cloud with the default world; nobody is signed in.
    pub(crate) fn new() -> Lab {
        Lab::with(Sandbox::start())
    }

    /// Uses this cloud; nobody is signed in.
    pub(crate) fn with(azure: Sandbox) -> Lab {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join(".azure");
        std::fs::create_dir(&config).unwrap();
        azure.write_azure_config(&config).unwrap();
        let ca = config.join("ca.pem");
        let env = [
            ("HOME", home.path().to_str().unwrap()),
            ("AZURE_CONFIG_DIR", config.to_str().unwrap()),
            ("REQUESTS_CA_BUNDLE", ca.to_str().unwrap()),
            ("AZ_IMAGESHARE_POLL_INTERVAL", "0"),
            ("AZ_IMAGESHARE_HTTP_TIMEOUT", "20"),
            ("AZ_IMAGESHARE_KEY_CACHE", "off"),
        ];
        let env =
            env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Lab {
            azure,
            home,
            store: Arc::default(),
            env,
            #[cfg(target_os = "linux")]
            outside: None,
            #[cfg(target_os = "linux")]
            keyring: None,
        }
    }

    /// Starts a cloud and signs in, by the environment, as the publisher's deployer (an Owner).
    pub(crate) fn publisher() -> Lab {
        Lab::new().signed_in(
            world::PUBLISHER_TENANT,
            world::DEPLOYER_CLIENT,
            world::DEPLOYER_SECRET,
        )
    }

    /// The same as an identity of the publisher's that may write, but give no rights.
    pub(crate) fn contributor() -> Lab {
        Lab::new().signed_in(
            world::PUBLISHER_TENANT,
            world::CONTRIBUTOR_CLIENT,
            world::CONTRIBUTOR_SECRET,
        )
    }

    /// The same as the consumer's application.
    pub(crate) fn consumer() -> Lab {
        Lab::new().at_consumer()
    }

    /// Signs in, by the environment, as the consumer's application.
    pub(crate) fn at_consumer(self) -> Lab {
        self.signed_in(world::CONSUMER_TENANT, world::CONSUMER_CLIENT, world::CONSUMER_SECRET)
    }

    /// Signs in by the environment.
    pub(crate) fn signed_in(self, tenant: &str, client: &str, secret: &str) -> Lab {
        self.env("AZURE_TENANT_ID", tenant)
            .env("AZURE_CLIENT_ID", client)
            .env("AZURE_CLIENT_SECRET", secret)
    }

    /// Runs the built program from now on, with the keyring and under the eyes of `outside`. Nobody sits at a
    /// terminal there: what would be typed is piped in.
    #[cfg(target_os = "linux")]
    pub(crate) fn outside(mut self, outside: &Arc<super::outside::Outside>) -> Lab {
        self.outside = Some(outside.clone());
        self
    }

    /// Runs the built program from now on, with a real keyring of its own.
    #[cfg(target_os = "linux")]
    pub(crate) fn with_real_keyring(mut self) -> Lab {
        let keyring = super::keyring::KeyringSession::start();
        self.env.extend(keyring.env());
        let (name, value) = super::keyring::PATIENT;
        self.env.insert(name.to_owned(), value.to_owned());
        self.keyring = Some(keyring);
        self
    }

    /// How many entries the keyring holds.
    pub(crate) fn count_keyring(&self) -> usize {
        #[cfg(target_os = "linux")]
        if let Some(keyring) = &self.keyring {
            return keyring.count_items();
        }
        self.store.names().len()
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Lab {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The variables a child process needs to run against this laboratory.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    /// The program's own folder.
    pub(crate) fn files(&self) -> std::path::PathBuf {
        self.home.path().join(".azure").join("imageshare")
    }

    /// Writes a file into the home folder and gives its path.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Keeps the consumer's client secret under the credential name `consumer`.
    pub(crate) fn with_consumer(self) -> Lab {
        let args = ["credential", "add", "--no-test", "-n", "consumer", "--secret-stdin"];
        let rest = ["--tenant", world::CONSUMER_TENANT, "--client-id", world::CONSUMER_CLIENT];
        self.run_with_input(&[&args[..], &rest[..]].concat(), world::CONSUMER_SECRET).json();
        self
    }

    /// Keeps the application that both tenants know as the credential `bridge`, for both, with more arguments.
    pub(crate) fn with_bridge(self, more: &[&str]) -> Lab {
        let add = ["credential", "add", "--no-test", "-n", "bridge", "--secret-stdin"];
        let client = ["--client-id", world::MULTI_TENANT_CLIENT];
        let who = ["--tenant", world::CONSUMER_TENANT, "--also-tenant", world::PUBLISHER_TENANT];
        let args = [&add[..], &client, &who, more].concat();
        self.run_with_input(&args, world::MULTI_TENANT_SECRET).json();
        self
    }

    /// Runs the program with these arguments and nothing on standard input.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with_input(args, "")
    }

    /// Runs the program with these arguments and this standard input.
    pub(crate) fn run_with_input(&self, args: &[&str], input: &str) -> Ran {
        self.run_in(args, input, az_imageshare::process::Terminals::default())
    }

    /// Runs the program for somebody who sits at a terminal and types this.
    pub(crate) fn run_at_terminal(&self, args: &[&str], input: &str) -> Ran {
        let terminals =
            az_imageshare::process::Terminals { stdin: true, stdout: true, stderr: true };
        self.run_in(args, input, terminals)
    }

    /// Runs the program with these of its streams at a terminal.
    pub(crate) fn run_in(
        &self,
        args: &[&str],
        input: &str,
        terminals: az_imageshare::process::Terminals,
    ) -> Ran {
        #[cfg(target_os = "linux")]
        if let Some(outside) = &self.outside {
            return outside.run(args, self, input);
        }
        #[cfg(target_os = "linux")]
        if self.keyring.is_some() {
            return self.run_built(args, input);
        }
        self.run_into(&Captured::default(), args, input, terminals)
    }

    /// Runs the built program.
    #[cfg(target_os = "linux")]
    fn run_built(&self, args: &[&str], input: &str) -> Ran {
        let mut command = assert_cmd::Command::new(super::program::path());
        command.args(args).env_clear().envs(&self.env).current_dir(self.home.path());
        let ran = command.write_stdin(input.to_owned()).output().unwrap();
        Ran {
            code: ran.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX),
            stdout: String::from_utf8_lossy(&ran.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&ran.stderr).into_owned(),
        }
    }

    /// Runs the program while `meanwhile` follows what it says on standard error.
    pub(crate) fn run_while(&self, args: &[&str], meanwhile: impl FnOnce(&Captured) + Send) -> Ran {
        let stderr = Captured::default();
        std::thread::scope(|scope| {
            scope.spawn(|| meanwhile(&stderr));
            let terminals = az_imageshare::process::Terminals::default();
            self.run_into(&stderr, args, "", terminals)
        })
    }

    /// Runs the program with a clock of the test's.
    #[cfg(target_os = "linux")]
    pub(crate) fn run_with_clock(&self, args: &[&str], clock: Clock) -> Ran {
        let stderr = Captured::default();
        let terminals = az_imageshare::process::Terminals::default();
        self.run_at((Some(clock), None), &stderr, args, "", terminals)
    }

    fn run_into(
        &self,
        stderr: &Captured,
        args: &[&str],
        input: &str,
        terminals: az_imageshare::process::Terminals,
    ) -> Ran {
        self.run_at((None, None), stderr, args, input, terminals)
    }

    /// Runs the program with a clock and a network of the test's.
    pub(crate) fn run_beside(&self, args: &[&str], clock: Clock, network: MakeTransport) -> Ran {
        let terminals = az_imageshare::process::Terminals::default();
        self.run_at((Some(clock), Some(network)), &Captured::default(), args, "", terminals)
    }

    fn run_at(
        &self,
        (clock, network): (Option<Clock>, Option<MakeTransport>),
        stderr: &Captured,
        args: &[&str],
        input: &str,
        terminals: az_imageshare::process::Terminals,
    ) -> Ran {
        let stdout = Captured::default();
        let stdin = Arc::new(Mutex::new(Cursor::new(input.as_bytes().to_vec())));
        let mut process = Process::made_up(
            self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())),
            stdin,
            stdout.sink(),
            stderr.sink(),
        );
        process.terminals = terminals;
        process.clock = clock.unwrap_or(process.clock);
        process.hidden_prompt = hidden_prompt(process.stdin.clone());
        process.working_dir = self.home.path().to_path_buf();
        let store = self.store.clone();
        let parts = ReplaceableParts {
            secrets: Box::new(move |_, _| store.clone()),
            // This process is no `az-imageshare`, and its tests must not stand in for `az`.
            program: || Ok(super::program::path().to_owned()),
            transport: network.unwrap_or_else(|| ReplaceableParts::real().transport),
        };
        let args = std::iter::once("az-imageshare").chain(args.iter().copied()).map(OsString::from);
        let code = cli::run_with(args, &process, parts);
        Ran { code, stdout: stdout.text(), stderr: stderr.text() }
    }

    /// Calls the publisher's images subscription makes it easy to forget: `args` with `--subscription`.
    pub(crate) fn publish(&self, args: &[&str]) -> Ran {
        self.run(&[args, &["--subscription", world::PUBLISHER_SUBSCRIPTION]].concat())
    }

    /// Every file below a folder, with its content.
    pub(crate) fn contents(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                found.extend(Lab::contents(&path));
            } else if let Ok(content) = std::fs::read(&path) {
                found.push((path, content));
            }
        }
        found
    }
}

/// Reads a line of standard input in place of what a person would type unseen.
fn hidden_prompt(stdin: Source) -> HiddenPrompt {
    Arc::new(move |_| {
        let mut typed = Vec::new();
        let mut byte = [0];
        while stdin.lock().unwrap().read(&mut byte)? > 0 && byte[0] != b'\n' {
            typed.push(byte[0]);
        }
        Ok(String::from_utf8_lossy(&typed).into_owned())
    })
}

/// What was written so far, for those who wait for a part of it.
#[derive(Clone, Default)]
pub(crate) struct Captured(Arc<(Mutex<Vec<u8>>, Condvar)>);

impl Captured {
    fn sink(&self) -> Sink {
        Arc::new(Mutex::new(self.clone()))
    }

    /// All of it.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.0.lock().unwrap()).into_owned()
    }

    /// Waits for a whole line with `mark` in it, and gives what follows the mark.
    pub(crate) fn after(&self, mark: &str) -> String {
        let mut written = self.0.0.lock().unwrap();
        loop {
            let text = String::from_utf8_lossy(&written).into_owned();
            let rest = text.split_once(mark).map(|(_, rest)| rest);
            if let Some((line, _)) = rest.and_then(|rest| rest.split_once('\n')) {
                return line.to_owned();
            }
            written = self.0.1.wait(written).unwrap();
        }
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.0.lock().unwrap().extend_from_slice(bytes);
        self.0.1.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
