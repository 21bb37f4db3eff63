//! A sign-in that is broken off, and kill -9 all through a renewal: with the built program and a real keyring.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use sandbox::world;

use crate::person_sign_in::{ADD, MARK, decide};
use crate::support::keyring::KeyringSession;
use crate::support::lab::Lab;
use crate::support::program;

/// A cloud, a keyring, and the built program.
struct Desk {
    lab: Lab,
    keyring: KeyringSession,
}

impl Desk {
    fn new() -> Desk {
        Desk { lab: Lab::new(), keyring: KeyringSession::start() }
    }

    fn env(&self) -> Vec<(String, String)> {
        let mut env: Vec<(String, String)> = self.lab.variables().clone().into_iter().collect();
        env.extend(self.keyring.env());
        env
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program::path());
        command.args(args).env_clear().envs(self.env());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Starts a sign-in, and gives the address of its page.
    fn begin(&self) -> (Child, String) {
        let words = [&ADD[..], &["--tenant", world::PUBLISHER_TENANT, "--default"]].concat();
        let mut child = self.command(&words).spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let mut lines = BufReader::new(stderr).lines();
        let url = lines.find_map(|line| line.unwrap().strip_prefix(MARK).map(str::to_owned));
        // Whatever else it says has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        (child, url.unwrap())
    }

    fn names(&self) -> Vec<String> {
        let listed = Lab::contents(&self.lab.files());
        listed
            .iter()
            .map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
    }
}

#[test]
fn an_interrupted_sign_in_leaves_nothing_and_closes_its_port() {
    let desk = Desk::new();
    for (signal, code) in [("INT", 130), ("TERM", 130)] {
        let (mut child, url) = desk.begin();
        let url: url::Url = url.parse().unwrap();
        let redirect = url.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1;
        let port: u16 = redirect.rsplit(':').next().unwrap().parse().unwrap();
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        let sent =
            Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "{signal}");
        assert!(
            !desk
                .names()
                .iter()
                .any(|name| name.ends_with(".sealed") || name == "credentials.json")
        );
    }
}

#[test]
fn a_renewal_can_be_killed_anywhere() {
    let desk = Desk::new();
    let (mut child, url) = desk.begin();
    decide(&url, (world::PUBLISHER_USER_NAME, false), "accept");
    assert!(child.wait().unwrap().success());
    let run = |args: &[&str]| desk.command(args).output().unwrap();
    let check = || {
        let got = run(&["token", "get"]);
        if !got.status.success() {
            return Err(String::from_utf8_lossy(&got.stderr).into_owned());
        }
        let sealed = desk.names().iter().filter(|name| name.ends_with(".sealed")).count();
        let secrets = desk.lab.azure.state(|state| {
            state.grants.iter().map(|grant| grant.value.clone()).collect::<Vec<_>>()
        });
        let in_the_clear = Lab::contents(&desk.lab.files()).into_iter().any(|(_, content)| {
            let text = String::from_utf8_lossy(&content).into_owned();
            secrets.iter().any(|secret| text.contains(secret.as_str())) || text.contains("eyJ0")
        });
        match (sealed, in_the_clear) {
            (1, false) => Ok(()),
            found => Err(format!("sealed files, and a secret in the clear: {found:?}")),
        }
    };
    // The grant is opened and sealed on a thread of its own, so the calls are counted in every thread.
    let calls =
        ["openat", "flock", "fcntl", "write", "fsync", "rename", "sendto", "writev", "futex"];
    let (mut killed, mut unsound) = (0, Vec::new());
    for (call, nth) in calls.iter().flat_map(|call| (1..=5).map(move |nth| (call, nth))) {
        assert!(run(&["token", "clear", "-n", "me"]).status.success());
        let inject = format!("inject={call}:signal=SIGKILL:when={nth}");
        let mut command = Command::new(crate::support::tool("strace"));
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", &inject]).arg(program::path());
        command.args(["token", "get"]).env_clear().envs(desk.env());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        killed += usize::from(!command.status().unwrap().success());
        unsound.extend(check().err().map(|problem| format!("{call} {nth}: {problem}")));
    }
    assert!(unsound.is_empty(), "{unsound:?}");
    assert!(killed > 15, "only {killed} runs were killed");
}
