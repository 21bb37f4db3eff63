//! What the tests of verbs that change something share: what was sent, what a dry run says, what was recorded.

use sandbox::Listener;
use serde_json::Value;

use super::lab::{Lab, Ran};

/// What was written to Azure and Entra since the journal was cleared: method and path.
pub(crate) fn writes(lab: &Lab) -> Vec<String> {
    let journal = lab.azure.journal().into_iter();
    journal
        .filter(|call| call.listener != Listener::Login && call.method != "GET")
        .filter(|call| {
            !["Microsoft.ResourceGraph", "/getByIds"].iter().any(|read| call.path.contains(read))
        })
        .map(|call| format!("{} {}", call.method, call.path))
        .collect()
}

/// The plan of a dry run, which has to read only, whether or not its exit code is to tell that something `changes`.
#[track_caller]
pub(crate) fn dry_run(lab: &Lab, args: &[&str], changes: bool) -> Value {
    let (items, runs) = (secrets(lab), recorded(lab).as_array().unwrap().len());
    lab.azure.clear_journal();
    let plan = lab.run(&[args, &["--dry-run"]].concat()).json();
    let detailed = lab.run(&[args, &["--dry-run", "--detailed-exitcode"]].concat());
    assert_eq!(detailed.code, if changes { 8 } else { 0 }, "{detailed:?}");
    assert_eq!(writes(lab), Vec::<String>::new());
    assert_eq!(secrets(lab), items);
    assert_eq!(recorded(lab).as_array().unwrap().len(), runs, "a dry run leaves no record");
    let totals = &plan["totals"];
    let steps = plan["steps"].as_array().unwrap();
    let counted = |kind: &str| steps.iter().filter(|step| step["do"] == kind).count();
    for kind in ["create", "update", "replace", "remove", "keep"] {
        assert_eq!(totals[kind], counted(kind), "{plan}");
    }
    assert!(plan["title"].is_string() && plan["warnings"].is_array(), "{plan}");
    plan
}

/// The items of the keyring, without the key of the token cache.
fn secrets(lab: &Lab) -> Vec<String> {
    let mut names = lab.store.names();
    names.retain(|name| !name.starts_with("cache-key"));
    names
}

/// What a plan does to what: `create roleAssignment`.
pub(crate) fn steps(plan: &Value) -> Vec<String> {
    let steps = plan["steps"].as_array().unwrap().iter();
    steps
        .map(|step| format!("{} {}", step["do"].as_str().unwrap(), step["kind"].as_str().unwrap()))
        .collect()
}

/// All runs that were recorded.
pub(crate) fn recorded(lab: &Lab) -> Value {
    lab.run(&["history", "list"]).json()
}

/// The steps of the newest run, each with what came of it.
pub(crate) fn newest_run(lab: &Lab) -> Value {
    lab.run(&["history", "show", "latest"]).json()
}

/// The step of the newest run that wrote a thing of this kind.
#[track_caller]
pub(crate) fn recorded_step(lab: &Lab, kind: &str) -> Value {
    let run = newest_run(lab);
    let mut steps = run["steps"].as_array().unwrap().iter();
    let found = steps.find(|step| step["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {run}")).clone()
}

/// Runs something that takes away: unattended it is refused, a no ends with 9, and nothing was written by either.
#[track_caller]
pub(crate) fn needs_consent(lab: &Lab, args: &[&str]) -> Ran {
    lab.azure.clear_journal();
    let unattended = lab.run(args);
    assert!(unattended.refused(2).contains("--yes"), "{unattended:?}");
    let refused = lab.run_at_terminal(args, "n\n");
    assert!(refused.refused(9).contains("Nothing was changed."), "{refused:?}");
    assert_eq!(writes(lab), Vec::<String>::new());
    refused
}

/// Pastes the command that a run that did a part names to go on with.
#[track_caller]
pub(crate) fn goes_on(lab: &Lab, ran: &Ran) -> Ran {
    let stderr = ran.refused(7);
    let rest = stderr.split_once("go on with `").map(|(_, rest)| rest);
    let command = rest.and_then(|rest| rest.split('`').next());
    let command = command.unwrap_or_else(|| panic!("no command in {stderr}"));
    let words = shell_words(command);
    let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    lab.run(&words)
}

/// The words of a command line with single quotes, as a shell splits them.
fn shell_words(line: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match (c, quoted) {
            ('\'', _) => quoted = !quoted,
            (' ', false) => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}
