//! A run of `exec` whose command waits: the test asks the endpoint itself, as the command would, and lets it go.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::lab::Lab;
use super::{program, tools_folder};

/// Prints its environment, and waits until its input is closed; its exit code is what it read last.
const WAITING: &str = "env -0; printf 'READY\\0'; while read -r line; do eval \"$line\"; done";

/// A run that goes on until [`Errand::end`].
pub(crate) struct Errand {
    pub(crate) child: Child,
    /// The environment of the command.
    pub(crate) variables: BTreeMap<String, String>,
    output: BufReader<ChildStdout>,
}

/// An answer of the endpoint.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// The program, in the world of a laboratory, with the real `az` and ourselves on `PATH`.
pub(crate) fn in_world(lab: &Lab, program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.env_clear().env("PATH", search_path()).envs(lab.variables());
    command.current_dir(lab.home.path());
    command
}

/// Folders with our program, the real `az` and what the system has.
pub(crate) fn search_path() -> String {
    let ours = program::path().parent().unwrap();
    let az = super::az::az().parent().unwrap().to_owned();
    format!("{}:{}:/usr/local/bin:/usr/bin:/bin", ours.display(), az.display())
}

/// `exec` with these arguments and this command.
pub(crate) fn exec(lab: &Lab, args: &[&str], command: &[&str]) -> Command {
    let mut run = in_world(lab, program::path());
    run.arg("exec").args(args).arg("--").args(command);
    run
}

/// Python with the clients, Node, and where its packages are.
pub(crate) fn python() -> PathBuf {
    existing(tools_folder().join("clients/bin/python3"))
}

pub(crate) fn node() -> PathBuf {
    let own = tools_folder().join("clients/bin/node");
    if own.is_file() { own } else { super::tool("node") }
}

pub(crate) fn node_modules() -> PathBuf {
    tools_folder().join("clients/npm/node_modules")
}

pub(crate) fn azcopy() -> PathBuf {
    let package = node_modules().join("@azure-tools/azcopy-linux");
    existing(package.join("dist/bin/azcopy_linux_amd64"))
}

fn existing(path: PathBuf) -> PathBuf {
    assert!(path.is_file(), "{} is missing: run `make tools`", path.display());
    path
}

impl Errand {
    /// Starts a run in the world of a laboratory.
    pub(crate) fn start(lab: &Lab, args: &[&str]) -> Errand {
        Errand::of(exec(lab, args, &["sh", "-c", WAITING]))
    }

    /// Starts a run whose command is [`Errand::waiting`].
    pub(crate) fn of(mut command: Command) -> Errand {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut variables = BTreeMap::new();
        loop {
            let mut entry = Vec::new();
            output.read_until(0, &mut entry).unwrap();
            let text = String::from_utf8_lossy(&entry).trim_end_matches('\0').to_owned();
            match text.split_once('=') {
                Some((name, value)) => variables.insert(name.to_owned(), value.to_owned()),
                None if text == "READY" => break,
                None => {
                    let mut stderr = String::new();
                    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
                    panic!("the command did not start: {text} {stderr}");
                }
            };
        }
        Errand { child, variables, output }
    }

    /// What a waiting command is, for [`Errand::of`].
    pub(crate) fn waiting() -> [&'static str; 3] {
        ["sh", "-c", WAITING]
    }

    pub(crate) fn variable(&self, name: &str) -> &str {
        self.variables.get(name).unwrap_or_else(|| panic!("{name} is not set"))
    }

    pub(crate) fn port(&self) -> u16 {
        let url = url::Url::parse(self.variable("IDENTITY_ENDPOINT")).unwrap();
        url.port().unwrap()
    }

    pub(crate) fn secret(&self) -> &str {
        self.variable("IDENTITY_HEADER")
    }

    /// The path of the default tenant's endpoint.
    pub(crate) fn path(&self) -> String {
        url::Url::parse(self.variable("IDENTITY_ENDPOINT")).unwrap().path().to_owned()
    }

    /// A program that runs as the command does.
    pub(crate) fn borrower(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().envs(&self.variables);
        command
    }

    /// Asks for a token of a resource, as an SDK does.
    pub(crate) fn ask(&self, resource: &str) -> Reply {
        self.ask_with(&self.path(), &format!("resource={resource}"))
    }

    pub(crate) fn ask_with(&self, path: &str, query: &str) -> Reply {
        let target = format!("{path}?api-version=2019-08-01&{query}");
        let secret = format!("X-IDENTITY-HEADER: {}", self.secret());
        self.send(request(&target, &[&self.host(), &secret]))
    }

    pub(crate) fn host(&self) -> String {
        format!("Host: 127.0.0.1:{}", self.port())
    }

    /// Sends bytes as they are, and reads to the end.
    pub(crate) fn send(&self, bytes: impl AsRef<[u8]>) -> Reply {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port())).unwrap();
        // Whoever is refused early may find the connection closed.
        let _ = stream.write_all(bytes.as_ref());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        Reply::read(&String::from_utf8_lossy(&answer))
    }

    /// Lets the command run a line of shell, and then end; gives its exit code and standard error.
    pub(crate) fn end(mut self, line: &str) -> (Option<i32>, String) {
        let mut input = self.child.stdin.take().unwrap();
        writeln!(input, "{line}").unwrap();
        drop(input);
        let ended = self.child.wait().unwrap();
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (ended.code(), stderr)
    }

    /// Runs a line of shell in the command, and gives the line it prints.
    pub(crate) fn tell(&mut self, line: &str) -> String {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }
}

impl Drop for Errand {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Reply {
    fn read(text: &str) -> Reply {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        Reply { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// The token of an answer that has one.
    #[track_caller]
    pub(crate) fn token(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        let value: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        value["access_token"].as_str().unwrap().to_owned()
    }
}

/// A GET with these lines of head.
pub(crate) fn request(target: &str, lines: &[&str]) -> String {
    format!("GET {target} HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n"))
}

/// What a token says of itself.
#[track_caller]
pub(crate) fn claims(token: &str) -> serde_json::Value {
    use base64::Engine;
    let payload = token.split('.').nth(1).unwrap_or_else(|| panic!("not a token: {token}"));
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&json).unwrap()
}

/// A laboratory with an application of both tenants, signed in by the environment.
pub(crate) fn of_both_tenants() -> Lab {
    use sandbox::world;
    Lab::new().signed_in(
        world::PUBLISHER_TENANT,
        world::MULTI_TENANT_CLIENT,
        world::MULTI_TENANT_SECRET,
    )
}

/// The arguments that lend both tenants.
pub(crate) const BOTH: [&str; 4] =
    ["--tenant", sandbox::world::PUBLISHER_TENANT, "--tenant", sandbox::world::CONSUMER_TENANT];
