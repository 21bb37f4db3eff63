//! The life of a run: signals and exit codes, its folder and its port, tokens that grow old, a keyring that fails.

use std::process::Command;
use std::sync::atomic::Ordering;

use sandbox::world;

use crate::exec_clients::sign_ins;
use crate::support::errand::{BOTH, Errand, claims, exec, in_world, of_both_tenants};
use crate::support::keyring::{KeyringSession, until};
use crate::support::lab::Lab;
use crate::support::lent::{movable_clock, while_lent};
use crate::support::program;

const VAULT: &str = "https://vault.azure.net";

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(sent.unwrap().success());
}

fn code(lab: &Lab, command: &[&str]) -> Option<i32> {
    exec(lab, &[], command).output().unwrap().status.code()
}

fn is_open(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// The folder of a run.
fn folder(errand: &Errand) -> std::path::PathBuf {
    std::path::Path::new(errand.variable("AZURE_CONFIG_DIR")).parent().unwrap().to_owned()
}

#[test]
fn the_exit_code_is_the_commands_as_a_shell_has_it() {
    let lab = of_both_tenants();
    let not_executable = lab.file("plain", "x");
    assert_eq!(code(&lab, &["true"]), Some(0));
    assert_eq!(code(&lab, &["sh", "-c", "exit 3"]), Some(3));
    assert_eq!(code(&lab, &[&not_executable]), Some(126));
    assert_eq!(code(&lab, &["no-such-program"]), Some(127));
    assert_eq!(code(&lab, &["sh", "-c", "kill -KILL $$"]), Some(137));
    let missing = exec(&lab, &[], &["no-such-program"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&missing.stderr);
    assert!(stderr.contains("'no-such-program' not found") && stderr.contains("Hint:"), "{stderr}");
    assert!(missing.stdout.is_empty());
}

#[test]
fn term_and_hang_up_are_handed_on_and_an_interrupt_is_left_to_the_command() {
    let lab = of_both_tenants();
    for (name, wanted) in [("TERM", 143), ("HUP", 129)] {
        let errand = Errand::start(&lab, &[]);
        let (port, folder) = (errand.port(), folder(&errand));
        signal(name, errand.child.id());
        let mut errand = errand;
        // `wait` would close it, and a shell without input ends by itself, with 0.
        let _input = errand.child.stdin.take();
        assert_eq!(errand.child.wait().unwrap().code(), Some(wanted), "{name}");
        assert!(!is_open(port) && !folder.exists(), "{name}");
    }
    let errand = Errand::start(&lab, &[]);
    for name in ["INT", "QUIT"] {
        signal(name, errand.child.id());
    }
    errand.ask(VAULT).token();
    assert_eq!(errand.end("exit 5").0, Some(5));
}

#[test]
fn nohup_reaches_the_command() {
    let lab = of_both_tenants();
    let mut command = in_world(&lab, "nohup");
    command.arg(program::path()).args(["exec", "--"]).args(Errand::waiting());
    let mut errand = Errand::of(command);
    signal("HUP", errand.child.id());
    let ignored = errand.tell("grep SigIgn /proc/$$/status");
    let mask = u64::from_str_radix(ignored.split_whitespace().last().unwrap(), 16).unwrap();
    assert_eq!(mask & 1, 1, "the command ignores SIGHUP: {ignored}");
    assert_eq!(errand.end("exit 0").0, Some(0));
}

#[test]
fn a_stopped_run_goes_on_where_it_was() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    let state = || std::fs::read_to_string(format!("/proc/{}/stat", errand.child.id())).unwrap();
    signal("TSTP", errand.child.id());
    until("the run to stop", || state().contains(") T "));
    signal("CONT", errand.child.id());
    errand.ask(VAULT).token();
    assert_eq!(errand.end("exit 0").0, Some(0));
}

#[test]
fn what_a_killed_run_leaves_is_swept_by_the_next_and_a_live_one_is_not() {
    let lab = of_both_tenants();
    let live = Errand::start(&lab, &[]);
    let mut killed = Errand::start(&lab, &[]);
    let (left, port) = (folder(&killed), killed.port());
    signal("KILL", killed.child.id());
    killed.child.wait().unwrap();
    assert!(left.exists() && !is_open(port));
    assert_eq!(code(&lab, &["true"]), Some(0));
    assert!(!left.exists());
    assert!(folder(&live).exists());
    live.ask(VAULT).token();
    assert_eq!(live.end("exit 0").0, Some(0));
}

#[test]
fn the_folder_is_the_sessions_where_there_is_one() {
    let runtime = tempfile::tempdir().unwrap();
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(runtime.path(), closed).unwrap();
    let lab = of_both_tenants().env("XDG_RUNTIME_DIR", runtime.path().to_str().unwrap());
    let errand = Errand::start(&lab, &[]);
    let folder = folder(&errand);
    assert!(folder.starts_with(runtime.path()), "{}", folder.display());
    let mode = std::os::unix::fs::PermissionsExt::mode(&folder.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o700);
    assert_eq!(errand.end("exit 0").0, Some(0));
    assert!(!folder.exists());
}

#[test]
fn a_run_in_a_run_counts_and_our_own_commands_find_their_files() {
    let lab = of_both_tenants().with_consumer();
    let own = "AZ_IMAGESHARE_HOME";
    let script = format!(
        "az-imageshare exec --tenant {} -- sh -c 'echo $IDENTITY_ENDPOINT; az account show --query tenantId -o tsv' && \
         echo ${own} && az-imageshare credential list --query '[].name' -o tsv && \
         az-imageshare token get --query tenant -o tsv",
        world::PUBLISHER_TENANT
    );
    let ran = exec(&lab, &BOTH, &["sh", "-c", &script]).output().unwrap();
    let stdout = String::from_utf8_lossy(&ran.stdout);
    let stderr = String::from_utf8_lossy(&ran.stderr);
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(ran.status.success(), "{stdout}{stderr}");
    assert!(lines[0].ends_with(world::PUBLISHER_TENANT), "{stdout}");
    assert_eq!(
        lines[1..],
        [
            world::PUBLISHER_TENANT,
            lab.files().to_str().unwrap(),
            "consumer",
            world::PUBLISHER_TENANT,
        ]
    );
    assert!(stderr.contains("inside another"), "{stderr}");
}

#[test]
fn a_hundred_clients_at_once_are_all_served_by_one_sign_in_each_for_a_resource() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    let resources = [VAULT, "https://storage.azure.com"];
    let all_ask = || {
        std::thread::scope(|scope| {
            for client in 0..100 {
                let errand = &errand;
                scope.spawn(move || {
                    for turn in 0..10 {
                        errand.ask(resources[(client + turn) % 2]).token();
                    }
                });
            }
        });
    };
    all_ask();
    assert_eq!(sign_ins(&lab), 3, "one more for the start of the run");
    let before = resident_kib(errand.child.id());
    for _ in 0..4 {
        all_ask();
    }
    let after = resident_kib(errand.child.id());
    assert!(after < before + 4096, "{before} KiB after 1,000 requests, {after} KiB after 5,000");
    assert_eq!(sign_ins(&lab), 3);
}

/// Memory of a process, as the kernel counts it.
fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// A clock that a test moves.
#[test]
fn a_token_is_renewed_before_it_ends_and_not_before_that() {
    let (ahead, clock) = movable_clock();
    let lab = of_both_tenants().env("PATH", "/usr/bin:/bin");
    let lab = &lab;
    while_lent(lab, clock, |url, secret| {
        let ask = || {
            let header = format!("X-IDENTITY-HEADER: {secret}");
            let ran = Command::new(crate::support::tool("python3"))
                .args(["-c", "import sys, urllib.request as r\nn, v = sys.argv[2].split(': ')\nprint(r.urlopen(r.Request(sys.argv[1], headers={n: v})).read().decode())"])
                .args([&format!("{url}?api-version=2019-08-01&resource={VAULT}"), &header])
                .output()
                .unwrap();
            serde_json::from_slice::<serde_json::Value>(&ran.stdout).unwrap()
        };
        let left = |answer: &serde_json::Value| {
            answer["expires_in"].as_str().unwrap().parse::<i64>().unwrap()
        };
        let mut before = sign_ins(lab);
        // Two hours, a quarter of an hour at a time; the sandbox's tokens live for one.
        for _ in 0..8 {
            let answer = ask();
            assert!(left(&answer) > 300, "{answer}");
            assert_eq!(ask()["access_token"], answer["access_token"]);
            ahead.fetch_add(900, Ordering::SeqCst);
        }
        let renewed = sign_ins(lab) - before;
        assert!((2..=3).contains(&renewed), "{renewed} sign-ins in two hours");
        // A clock that is set back makes a token live longer at most, and starts no storm.
        before = sign_ins(lab);
        ahead.store(0, Ordering::SeqCst);
        ask();
        assert!(sign_ins(lab) - before <= 1);
    });
}

/// A laboratory whose credential `consumer` is in a real keyring.
fn with_keyring(keyring: &KeyringSession) -> Lab {
    let mut lab = Lab::new();
    for (name, value) in keyring.env() {
        if name != "HOME" {
            lab = lab.env(&name, &value);
        }
    }
    let mut add = in_world(&lab, program::path());
    add.args(["credential", "add", "-n", "consumer", "--tenant", world::CONSUMER_TENANT]);
    add.args(["--client-id", world::CONSUMER_CLIENT, "--secret-stdin", "--default"]);
    let added = assert_cmd::Command::from_std(add).write_stdin(world::CONSUMER_SECRET).output();
    let added = added.unwrap();
    assert!(added.status.success(), "{added:?}");
    lab
}

#[test]
fn a_keyring_that_fails_ends_the_run_before_it_begins_and_refuses_during_it() {
    let mut keyring = KeyringSession::start();
    let lab = with_keyring(&keyring);
    let errand = Errand::start(&lab, &[]);
    assert_eq!(errand.variable("AZ_IMAGESHARE_EXEC"), "consumer");
    let kept = errand.ask(VAULT).token();
    assert_eq!(claims(&kept)["tid"], world::CONSUMER_TENANT);
    keyring.lock();
    assert_eq!(errand.ask(VAULT).token(), kept);
    let refused = errand.ask("https://storage.azure.com");
    assert!(refused.status == 403 && refused.body.contains("locked"), "{refused:?}");
    keyring.hang();
    let refused = errand.ask("https://storage.azure.com");
    assert!(refused.status == 403 && refused.body.contains("keyring"), "{refused:?}");
    keyring.resume();
    keyring.kill();
    let refused = errand.ask("https://storage.azure.com");
    assert!(refused.status == 403 && refused.body.contains("keyring"), "{refused:?}");
    assert_eq!(errand.ask(VAULT).token(), kept);
    assert_eq!(errand.end("exit 0").0, Some(0));
    keyring.restart_locked();
    let ran = exec(&lab, &[], &["touch", "started"]).output().unwrap();
    assert_eq!(ran.status.code(), Some(15), "{ran:?}");
    assert!(!lab.home.path().join("started").exists());
}

#[test]
fn a_terminal_is_the_commands_and_is_as_it_was_afterwards() {
    let lab = of_both_tenants();
    let mut shell = portable_pty::CommandBuilder::new("bash");
    shell.args(["--norc", "--noprofile"]);
    let mut env: Vec<(String, String)> = lab.variables().clone().into_iter().collect();
    env.push(("PATH".to_owned(), crate::support::errand::search_path()));
    env.push(("PS1".to_owned(), "ready> ".to_owned()));
    let mut terminal = crate::support::terminal::Terminal::start(shell, &env);
    terminal.wait(|screen| screen.contains("ready> ")).unwrap();
    terminal.press("az-imageshare exec -- sh -c 'stty -echo; echo at''work; read x'\r");
    let screen = terminal.wait(|screen| screen.contains("atwork")).unwrap();
    assert!(screen.contains("Lending tokens of the application"), "{screen}");
    // Ctrl-C is for the command: it ends by it, and the shell hears so.
    terminal.press("\u{3}");
    terminal.press("\r");
    terminal.press("stty echo; echo ended with $?, then $?\r");
    terminal.press("az-imageshare exec -- sh -c 'kill -INT $$'; echo code=$?\r");
    terminal.wait(|screen| screen.contains("code=130")).unwrap();
    terminal.press("stty -a | grep -c -w -e '-echo'\r");
    terminal.wait(|screen| screen.lines().any(|line| line.trim() == "0")).unwrap();
}
