//! The canary: a secret that must turn up nowhere. Every command runs with `--debug`, with every
//! kind of fault, and all output, files, arguments and environments of children are searched.

use std::process::Command;

use base64::Engine as _;
use sandbox::{Fault, FaultKind, world};

use crate::support::keyring::KeyringSession;
use crate::support::lab::Lab;
use crate::support::{program, tool};

/// Looks like a client secret; nothing else in the world looks like it.
const CANARY: &str = "cnr8Q~CANARY-7f3a9d.do-not-print-0001";

struct Watch {
    lab: Lab,
    keyring: KeyringSession,
    /// Everything that was printed or passed to a child.
    seen: String,
}

impl Watch {
    fn new() -> Watch {
        let lab = Lab::new();
        lab.azure.state(|state| {
            let app = state
                .applications
                .iter_mut()
                .find(|app| app.client_id == world::DEPLOYER_CLIENT)
                .unwrap();
            let mut secret = app.secrets[0].clone();
            secret.value = CANARY.to_owned();
            app.secrets.push(secret);
        });
        Watch {
            lab,
            keyring: KeyringSession::start(),
            seen: String::new(),
        }
    }

    /// Runs the program under strace, so that arguments and environments of children are seen too.
    fn run(&mut self, args: &[&str], input: &str) {
        let trace = self.lab.home.path().with_extension("trace");
        let mut command = Command::new(tool("strace"));
        command
            .args(["-f", "-qq", "-v", "-s", "8192", "-e", "trace=execve", "-o"])
            .arg(&trace);
        command.arg(program::path()).args(args).arg("--debug");
        command
            .env_clear()
            .envs(self.lab.variables())
            .envs(self.keyring.env())
            .env("PATH", "/usr/bin:/bin");
        let ran = assert_cmd::Command::from_std(command)
            .write_stdin(input.to_owned())
            .output()
            .unwrap();
        for bytes in [ran.stdout, ran.stderr, std::fs::read(&trace).unwrap()] {
            self.seen.push_str(&format!(
                "$ {args:?}\n{}\n",
                String::from_utf8_lossy(&bytes)
            ));
        }
        std::fs::remove_file(trace).unwrap();
    }

    fn run_line(&mut self, line: &str, input: &str) {
        let args = filled(line);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        self.run(&args, input);
    }

    #[track_caller]
    fn check(&self) {
        for form in forms() {
            let at = self.seen.find(&form);
            assert!(
                at.is_none(),
                "{form} in:\n{}",
                context(&self.seen, at.unwrap_or(0))
            );
        }
        for (path, content) in Lab::contents(self.lab.home.path()) {
            for form in forms() {
                let found = content
                    .windows(form.len())
                    .any(|window| window == form.as_bytes());
                assert!(!found, "{form} in {}", path.display());
            }
        }
    }
}

/// The canary as it is and as it might be written: base64, hex, percent-encoded, reversed.
fn forms() -> Vec<String> {
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02x}")).collect();
    vec![
        CANARY.to_owned(),
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(CANARY),
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(CANARY),
        hex,
        CANARY.replace('~', "%7E"),
        CANARY.chars().rev().collect(),
    ]
}

fn context(text: &str, at: usize) -> String {
    let from = text.floor_char_boundary(at.saturating_sub(400));
    let to = text.floor_char_boundary(text.len().min(at + 200));
    text[from..to].to_owned()
}

/// Every command, as typed; `OFFER`, `SCOPE` and the like are filled in.
const COMMANDS: [&str; 25] = [
    "credential list",
    "credential show -n canary",
    "credential test -n canary",
    "credential use -n canary",
    "token list",
    "delegation request --principal GROUP",
    "delegation plan OFFER",
    "delegation create OFFER",
    "delegation list",
    "delegation show NAMED",
    "delegation wait NAMED",
    "delegation verify NAMED --as canary --timeout 1s",
    "delegation delete NAMED --yes",
    "delegation template --scope subscription",
    "image list --location westeurope",
    "image show --id GALLERY/images/ubuntu-hardened",
    "share advise --for tenant",
    "share community show --gallery-id GALLERY",
    "share direct list --gallery-id GALLERY",
    "share direct add --gallery-id GALLERY --consumer-tenant fabrikam.onmicrosoft.com",
    "share list --gallery-id GALLERY",
    "share revoke --gallery-id GALLERY --tenant fabrikam.onmicrosoft.com --yes",
    "token get --auxiliary contoso.onmicrosoft.com -o none",
    "token clear --all",
    "token get -o none",
];

fn every_command(watch: &mut Watch) {
    watch.run_line("credential add ADDED", CANARY);
    for line in COMMANDS {
        watch.run_line(line, "");
    }
    watch.run_line("credential rotate -n canary --secret-stdin", CANARY);
    watch.run_line("credential remove -n canary --yes", "");
}

fn filled(line: &str) -> Vec<String> {
    let named = format!(
        "-n leak-test --subscription {}",
        world::PUBLISHER_SUBSCRIPTION
    );
    let offer = format!(
        "{named} --consumer-tenant {} -g {} --principal-id {}",
        world::CONSUMER_TENANT,
        world::IMAGES_GROUP,
        world::CONSUMER_GROUP
    );
    let added = format!(
        "-n canary --tenant {} --client-id {} --secret-stdin --default",
        world::PUBLISHER_TENANT,
        world::DEPLOYER_CLIENT
    );
    line.replace("OFFER", &offer)
        .replace("NAMED", &named)
        .replace("ADDED", &added)
        .replace("GALLERY", &world::gallery_id())
        .replace("GROUP", world::CONSUMER_GROUP)
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_canary_is_seen_nowhere() {
    let mut watch = Watch::new();
    every_command(&mut watch);
    assert!(watch.seen.contains("leak-test"), "the commands did run");
    assert!(watch.lab.azure.calls("POST", "/token") > 0, "and signed in");
    watch.check();
}

#[test]
fn the_canary_is_seen_nowhere_when_everything_fails() {
    for kind in [
        FaultKind::Status {
            status: 500,
            retry_after: Some("0".into()),
            code: None,
        },
        FaultKind::Status {
            status: 401,
            retry_after: None,
            code: None,
        },
        FaultKind::Reset,
        FaultKind::Truncate,
        FaultKind::InvalidJson,
        FaultKind::Html { status: 403 },
        FaultKind::RedirectElsewhere { status: 307 },
    ] {
        let mut watch = Watch::new();
        watch.lab.azure.inject(Fault::new(kind).always());
        watch.run_line("credential add ADDED", CANARY);
        for line in [
            "credential test -n canary",
            "token get",
            "delegation list",
            "delegation create OFFER",
        ] {
            watch.run_line(line, "");
        }
        watch.check();
    }
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let lab = Lab::new();
    let add = [
        "credential",
        "add",
        "-n",
        "x",
        "--tenant",
        world::PUBLISHER_TENANT,
        "--client-id",
        world::DEPLOYER_CLIENT,
    ];
    let joined = [
        "--client-secret=",
        "--secret=",
        "--password=",
        "--secret-stdin=",
        "-p=",
    ]
    .map(|flag| format!("{flag}{CANARY}"));
    let mut tries: Vec<Vec<&str>> = joined.iter().map(|one| vec![one.as_str()]).collect();
    for flag in [
        "--client-secret",
        "--secret",
        "--password",
        "-p",
        "--secret-stdin",
    ] {
        tries.push(vec![flag, CANARY]);
    }
    tries.push(vec![CANARY]);
    for extra in tries {
        let ran = lab.run(&[&add[..], &extra[..]].concat());
        assert_eq!(ran.code, 2, "{extra:?}: {ran:?}");
        assert!(!format!("{ran:?}").contains(CANARY), "{extra:?}: {ran:?}");
    }
    assert_eq!(lab.azure.journal().len(), 0);
}

#[test]
fn a_crash_leaves_no_core_behind() {
    use std::os::unix::process::ExitStatusExt;
    let lab = Lab::publisher();
    lab.azure.inject(Fault::new(FaultKind::Hang).always());
    let mut command = Command::new(tool("prlimit"));
    command
        .arg("--core=unlimited")
        .arg(program::path())
        .args(["token", "get"]);
    command
        .env_clear()
        .envs(lab.variables())
        .current_dir(lab.home.path());
    let mut child = command.spawn().unwrap();
    let asked = || lab.azure.calls("POST", "/token") > 0;
    crate::support::keyring::until("the program to hold the secret in memory", asked);
    let killed = Command::new("kill")
        .args(["-ABRT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let ended = child.wait().unwrap();
    assert_eq!(ended.signal(), Some(6), "{ended:?}");
    assert!(!ended.core_dumped(), "{ended:?}");
}
