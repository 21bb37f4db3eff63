//! A real Secret Service of a test's own: a private bus and gnome-keyring on it, no display.
//!
//! Nothing of the user's session is seen or touched, and nothing is left behind. The bus starts
//! no service by itself, so that a keyring that was killed stays away until it is started again.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::tool;

const SERVICE: &str = "org.freedesktop.secrets";
const SERVICE_PATH: &str = "/org/freedesktop/secrets";
const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";

/// Longest wait for something on the private bus.
const PATIENCE: Duration = Duration::from_secs(20);

/// Gives the keyring time where other tests may keep the machine busy.
pub(crate) const PATIENT: (&str, &str) = ("AZ_IMAGESHARE_KEYRING_TIMEOUT", "30000");

/// A bus without activation. With the distribution's own file, a killed keyring would be started
/// again, locked, by the next question.
const BUS_CONFIG: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=RUN</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// What a sandbox may refuse: to ask who is on the bus, and to have something started.
const CLOSED: &str = r#"
    <deny send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus" send_member="NameHasOwner"/>
    <deny send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus" send_member="StartServiceByName"/>
  </policy>"#;

/// A bus that lets nobody ask for a service.
pub(crate) struct ClosedBus {
    _folder: TempDir,
    address: String,
    bus: Child,
}

impl ClosedBus {
    pub(crate) fn start() -> ClosedBus {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("run")).unwrap();
        let (bus, address) = start_bus(folder.path(), &BUS_CONFIG.replace("  </policy>", CLOSED));
        ClosedBus { _folder: folder, address, bus }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for ClosedBus {
    fn drop(&mut self) {
        end(&mut self.bus);
    }
}

/// A private bus with a keyring that is unlocked.
pub(crate) struct KeyringSession {
    folder: TempDir,
    address: String,
    bus: Child,
    daemon: Child,
}

impl KeyringSession {
    /// Starts both and waits until the keyring is there and unlocked.
    pub(crate) fn start() -> KeyringSession {
        let folder = tempfile::tempdir().unwrap();
        for name in ["run", "data/keyrings", "cache", "config"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        // gnome-keyring wants its runtime folder closed to others.
        let run = folder.path().join("run");
        std::fs::set_permissions(&run, std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .unwrap();
        let (bus, address) = start_bus(folder.path(), BUS_CONFIG);
        let env = env_of(folder.path(), &address);
        let daemon = start_daemon(&env, true);
        let session = KeyringSession { folder, address, bus, daemon };
        session.wait_for_service();
        session.wait_until(false);
        session
    }

    /// What a program needs to find this keyring.
    pub(crate) fn env(&self) -> Vec<(String, String)> {
        env_of(self.folder.path(), &self.address)
    }

    /// The process ids of the bus and of the keyring.
    pub(crate) fn processes(&self) -> [u32; 2] {
        [self.bus.id(), self.daemon.id()]
    }

    /// How many entries the collection holds.
    pub(crate) fn count_items(&self) -> usize {
        let property = ["org.freedesktop.Secret.Collection", "Items"];
        let answer = self.call(COLLECTION, "org.freedesktop.DBus.Properties.Get", &property);
        answer.matches(COLLECTION).count()
    }

    /// Locks the collection that holds everything.
    pub(crate) fn lock(&self) {
        let what = format!("['{COLLECTION}']");
        self.call(SERVICE_PATH, "org.freedesktop.Secret.Service.Lock", &[&what]);
        self.wait_until(true);
    }

    /// Whether the collection is locked.
    pub(crate) fn is_locked(&self) -> bool {
        let property = ["org.freedesktop.Secret.Collection", "Locked"];
        let answer = self.call(COLLECTION, "org.freedesktop.DBus.Properties.Get", &property);
        answer.contains("true")
    }

    /// Stops the keyring in its tracks: it has its name, and answers nothing.
    pub(crate) fn hang(&self) {
        self.signal("STOP");
    }

    /// Lets a keyring go on that was stopped.
    pub(crate) fn resume(&self) {
        self.signal("CONT");
    }

    /// Kills the keyring; nobody has its name afterwards.
    pub(crate) fn kill(&mut self) {
        end(&mut self.daemon);
        let name = format!("string:{SERVICE}");
        let has_owner = || self.bus_call("NameHasOwner", &[&name]).contains("true");
        until("the killed keyring to lose its name", || !has_owner());
    }

    /// Starts a keyring again after [`KeyringSession::kill`]; its collection is locked.
    pub(crate) fn restart_locked(&mut self) {
        self.daemon = start_daemon(&self.env(), false);
        self.wait_for_service();
    }

    /// A program that sees this keyring and otherwise the environment of the test.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(tool(name));
        command.envs(self.env()).stdin(Stdio::null());
        for display in ["DISPLAY", "WAYLAND_DISPLAY", "GNOME_KEYRING_CONTROL"] {
            command.env_remove(display);
        }
        command
    }

    /// Counts the sessions that programs open with the keyring while `work` runs.
    pub(crate) fn sessions_during(&self, work: impl FnOnce()) -> usize {
        // The last rule is ours: the bus delivers in order, so when our own question comes
        // through, everything before it has been seen.
        let opened =
            "type='method_call',interface='org.freedesktop.Secret.Service',member='OpenSession'";
        let mark = "type='method_call',interface='org.freedesktop.DBus',member='GetId'";
        let mut monitor = self.command("dbus-monitor");
        let monitor = monitor.args(["--session", opened, mark]);
        let mut monitor = monitor.stdout(Stdio::piped()).spawn().unwrap();
        let lines = lines_of(monitor.stdout.take().unwrap());
        count_until(&lines, "member=NameLost");
        work();
        self.bus_call("GetId", &[]);
        let count = count_until(&lines, "member=GetId");
        end(&mut monitor);
        count
    }

    fn wait_for_service(&self) {
        let timeout = PATIENCE.as_secs().to_string();
        let waited =
            run(self.command("gdbus").args(["wait", "--session", "--timeout", &timeout, SERVICE]));
        assert!(waited.status.success(), "the keyring did not come up: {}", text(&waited.stderr));
    }

    fn wait_until(&self, locked: bool) {
        until("the collection to change its lock", || self.is_locked() == locked);
    }

    fn signal(&self, name: &str) {
        let pid = self.daemon.id().to_string();
        assert!(run(Command::new("kill").args(["-s", name, &pid])).status.success());
    }

    /// The answer of the keyring; empty if it refuses.
    fn call(&self, path: &str, method: &str, args: &[&str]) -> String {
        let mut gdbus = self.command("gdbus");
        gdbus.args([
            "call",
            "--session",
            "--dest",
            SERVICE,
            "--object-path",
            path,
            "--method",
            method,
        ]);
        text(&run(gdbus.args(args)).stdout)
    }

    /// The answer of the bus itself.
    fn bus_call(&self, method: &str, args: &[&str]) -> String {
        let mut send = self.command("dbus-send");
        let method = format!("org.freedesktop.DBus.{method}");
        send.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", &method]);
        text(&run(send.args(args)).stdout)
    }
}

impl Drop for KeyringSession {
    #[expect(
        clippy::print_stderr,
        reason = "what a failing test prints is where this is looked for"
    )]
    fn drop(&mut self) {
        if thread::panicking()
            && let Ok(Some(status)) = self.daemon.try_wait()
        {
            eprintln!("the keyring had ended before this test did: {status}");
        }
        end(&mut self.daemon);
        end(&mut self.bus);
    }
}

fn env_of(folder: &Path, address: &str) -> Vec<(String, String)> {
    let place = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    [
        ("DBUS_SESSION_BUS_ADDRESS", address.to_owned()),
        ("XDG_RUNTIME_DIR", place("run")),
        ("XDG_DATA_HOME", place("data")),
        ("XDG_CACHE_HOME", place("cache")),
        ("XDG_CONFIG_HOME", place("config")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn start_bus(folder: &Path, rules: &str) -> (Child, String) {
    let config = folder.join("bus.conf");
    let run = folder.join("run");
    std::fs::write(&config, rules.replace("RUN", run.to_str().unwrap())).unwrap();
    let mut bus = Command::new(tool("dbus-daemon"));
    bus.arg("--config-file").arg(config).args(["--nofork", "--nopidfile", "--print-address=1"]);
    let mut bus = bus.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let address = address.trim().to_owned();
    assert!(!address.is_empty(), "dbus-daemon did not say where it listens");
    (bus, address)
}

/// Starts gnome-keyring. The password must not be empty, or no collection is made.
fn start_daemon(env: &[(String, String)], unlock: bool) -> Child {
    let mut daemon = Command::new(tool("gnome-keyring-daemon"));
    daemon.args(["--foreground", "--components=secrets"]);
    if unlock {
        daemon.arg("--unlock");
    }
    daemon.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("GNOME_KEYRING_CONTROL");
    daemon.envs(env.iter().map(|(name, value)| (name, value)));
    let mut daemon = daemon.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    daemon.stdin.take().unwrap().write_all(b"test").unwrap();
    daemon
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asks again and again; each question is a call on the bus, so this does not spin.
pub(crate) fn until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
    }
}

fn lines_of(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Counts the sessions opened until a line contains `mark`.
fn count_until(lines: &Receiver<String>, mark: &str) -> usize {
    let mut count = 0;
    loop {
        let line = lines.recv_timeout(PATIENCE).expect("the monitor speaks until its mark");
        if line.contains(mark) {
            return count;
        }
        count += usize::from(line.contains("member=OpenSession"));
    }
}
