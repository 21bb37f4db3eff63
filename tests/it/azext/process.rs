//! Processes: two at once, Ctrl-C, a killed `az`, and where a token goes.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sandbox::world;

use crate::support::extension::{AzRan, installed};
use crate::support::keyring::until;
use crate::support::lab::Lab;
use crate::support::tool;

/// How many programs run whose file is below a folder.
pub(super) fn programs_below(folder: &Path) -> usize {
    let folder = folder.canonicalize().unwrap();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes.filter(|process| is_below(&process.path(), &folder)).count()
}

/// By the first argument, which is the path it was started by: the program hides its `/proc/PID/exe`.
fn is_below(process: &Path, folder: &Path) -> bool {
    let arguments = std::fs::read(process.join("cmdline")).unwrap_or_default();
    let first = arguments.split(|byte| *byte == 0).next().unwrap_or_default();
    Path::new(&*String::from_utf8_lossy(first)).starts_with(folder)
}

fn publisher() -> Lab {
    Lab::new().az_login(world::PUBLISHER_TENANT, world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET)
}

/// A copy of the extension for one test, so that its programs can be told from those of others.
fn copied(lab: &Lab) -> std::path::PathBuf {
    let folder = lab.home.path().join("extensions");
    let copied = Command::new("cp").arg("-a").arg(installed()).arg(&folder).status();
    assert!(copied.unwrap().success());
    folder
}

/// A `delegation create` that is still waiting for its deployment.
fn waiting(lab: &Lab, extensions: &Path) -> Child {
    lab.azure.knob(|knobs| knobs.deployment_polls = 600);
    let fixed = ["imageshare", "delegation", "create", "-n", "Halted", "-g"];
    let rest = [world::IMAGES_GROUP, "--consumer-tenant", world::CONSUMER_TENANT];
    let who = ["--principal-id", world::CONSUMER_GROUP];
    let place = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    let mut command =
        lab.az_with(extensions, &[&fixed[..], &rest[..], &who[..], &place[..]].concat());
    command.env("AZ_IMAGESHARE_POLL_INTERVAL", "1");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    until("the deployment to be asked about", || lab.azure.calls("GET", "/operationStatuses/") > 0);
    child
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([name, &process.to_string()]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn ctrl_c_says_how_to_go_on_and_leaves_no_child() {
    let lab = publisher();
    let extensions = copied(&lab);
    let child = waiting(&lab, &extensions);
    assert_eq!(programs_below(&extensions), 1);
    signal("-INT", child.id());
    let ended: AzRan = child.wait_with_output().unwrap().into();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("`az imageshare delegation wait -n"), "{ended:?}");
    assert_eq!(programs_below(&extensions), 0);
}

#[test]
fn a_killed_az_takes_the_program_with_it() {
    let lab = publisher();
    let extensions = copied(&lab);
    let mut child = waiting(&lab, &extensions);
    signal("-KILL", child.id());
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    until("the program to end", || programs_below(&extensions) == 0);
}

#[test]
fn two_commands_at_once_do_not_meet() {
    let lab = publisher();
    let list = ["imageshare", "delegation", "list", "-o", "json"];
    let started: Vec<Child> = (0..2)
        .map(|_| {
            let mut command = lab.az(&list);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for child in started {
        let ended: AzRan = child.wait_with_output().unwrap().into();
        assert_eq!(ended.json(), serde_json::json!([]));
    }
}

/// Every write and every start of a program, with all their bytes.
#[test]
fn a_token_crosses_one_pipe_and_nothing_else() {
    let lab = publisher();
    let log = lab.home.path().join("strace.log");
    let traced = lab.az(&[
        "imageshare",
        "delegation",
        "list",
        "--subscription",
        world::PUBLISHER_SUBSCRIPTION,
    ]);
    // Without its cache, az has to fetch a token and hand it over.
    let cache = lab.home.path().join(".azure/msal_token_cache.json");
    std::fs::remove_file(&cache).unwrap();
    let mut command = Command::new(tool("strace"));
    command
        .args(["-f", "-v", "-yy", "-s", "1000000", "-e", "trace=execve,write,openat", "-o"])
        .arg(&log)
        .arg(traced.get_program())
        .args(traced.get_args())
        .env_clear()
        .envs(traced.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran: AzRan = command.stdin(Stdio::null()).output().unwrap().into();
    ran.json();
    let kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&cache).unwrap()).unwrap();
    let entry = kept["AccessToken"].as_object().unwrap().values().next().unwrap();
    let token = entry["secret"].as_str().unwrap();
    let log = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(token)).collect();
    // az itself keeps it in its cache; TLS hides it on the network.
    let ours: Vec<&&str> = lines.iter().filter(|line| !line.contains("msal_token_cache")).collect();
    assert_eq!(ours.len(), 1, "{ours:#?}");
    assert!(ours[0].contains("write(") && ours[0].contains("<pipe:["), "{ours:#?}");
}

/// Answers a question at a terminal: `python3 -c` makes the terminal, because none is here.
#[test]
fn a_question_is_asked_at_the_terminal() {
    let lab = publisher();
    let fixed = ["imageshare", "delegation", "create", "-n", "Asked", "-g", world::IMAGES_GROUP];
    let rest =
        ["--consumer-tenant", world::CONSUMER_TENANT, "--principal-id", world::CONSUMER_GROUP];
    lab.run_az(&[&fixed[..], &rest[..]].concat()).json();
    let delete = ["imageshare", "delegation", "delete", "-n", "Asked"];
    let typed = |answer: &str| -> AzRan {
        let az = lab.az(&delete);
        let program = az.get_program().to_str().unwrap();
        let at_terminal = ["-c", AT_TERMINAL, answer, program];
        let mut command = lab.az_python(&[&at_terminal[..], &delete[..]].concat());
        command.output().unwrap().into()
    };
    let declined = typed("n");
    assert_eq!(declined.code, Some(1), "{declined:?}");
    assert!(declined.stdout.contains("(y/N)"), "{declined:?}");
    assert!(declined.stdout.contains("Operation cancelled."), "{declined:?}");
    let agreed = typed("y");
    assert_eq!(agreed.code, Some(0), "{agreed:?}");
    assert_eq!(lab.azure.state(|state| state.assignments.len()), 0);
    // Nobody is asked who has switched questions off.
    lab.run_az(&[&fixed[..], &rest[..]].concat()).json();
    let never = lab.az(&delete).env("AZURE_CORE_DISABLE_CONFIRM_PROMPT", "yes").output();
    assert!(never.unwrap().status.success());
}

const AT_TERMINAL: &str = r#"
import os, pty, sys
answer, command = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(command[0], command)
shown = b""
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    asked = b"(y/N): " in shown
    shown += piece
    if b"(y/N): " in shown and not asked:
        os.write(terminal, answer.encode() + b"\n")
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;
