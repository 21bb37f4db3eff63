//! kill -9 at each request of each verb, before it takes effect and after: what is about to be written stands in
//! the record by then, and the same command again ends where an undisturbed run ends.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sandbox::{Call, Fault, FaultKind};

use super::digest::{digest, unlikeness};
use super::rows::{ROWS, Row};
use crate::support::lab::Lab;
use crate::support::program;

/// One run to be killed.
struct Killing<'a> {
    row: &'a Row,
    /// Counted from 1, over all requests of the run.
    request: u32,
    call: Call,
    /// Whether the request takes effect before the kill.
    applied: bool,
    history: History,
}

/// Whether the runs leave records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum History {
    Kept,
    Off,
}

impl History {
    fn lab_of(self, row: &Row) -> Lab {
        let lab = row.lab_of_program();
        if self == History::Off { lab.env("AZ_IMAGESHARE_HISTORY", "off") } else { lab }
    }
}

fn is_write(call: &Call) -> bool {
    let is_question = ["/authorize", "/token", "/whatif", "/resourcegraph", "/getbyids"];
    !matches!(call.method.as_str(), "GET" | "HEAD")
        && !is_question.iter().any(|part| call.path.to_lowercase().contains(part))
}

/// Every request of an undisturbed run, as one to be killed at.
fn killings(row: &Row, history: History) -> Vec<Killing<'_>> {
    let lab = history.lab_of(row);
    // Without what only a process has, the journal would be another one.
    let line = row.line(&lab, &["--yes"]);
    lab.azure.clear_journal();
    let mut child = start(&lab, &line, row.input);
    assert!(child.wait().unwrap().code().is_some_and(|code| [0, 7].contains(&code)), "{line:?}");
    let mut all = Vec::new();
    for (at, call) in lab.azure.journal().into_iter().enumerate() {
        let request = u32::try_from(at + 1).unwrap();
        if is_write(&call) {
            all.push(Killing { row, request, call: call.clone(), applied: true, history });
        }
        all.push(Killing { row, request, call, applied: false, history });
    }
    all
}

fn start(lab: &Lab, line: &[String], input: &str) -> Child {
    let mut command = Command::new(program::path());
    command.args(line).env_clear().envs(lab.variables()).current_dir(lab.home.path());
    let input = std::fs::File::open(lab.file("input", input)).unwrap();
    command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

impl Killing<'_> {
    fn name(&self) -> String {
        let Call { method, path, .. } = &self.call;
        let when = if self.applied { "after" } else { "before" };
        format!("{} {when} request {}: {method} {path}", self.row.verb, self.request)
    }

    fn complaint(&self, wanted: &BTreeSet<String>) -> Option<String> {
        let lab = self.history.lab_of(self.row);
        let line = self.row.line(&lab, &["--yes"]);
        lab.azure.clear_journal();
        let mut fault = Fault::new(FaultKind::Hang).nth(self.request);
        fault.applied = self.applied;
        lab.azure.inject(fault);
        let mut child = start(&lab, &line, self.row.input);
        let reached = arrives(&lab, self.request, &mut child);
        let is_recorded = self.history == History::Kept && is_write(&self.call);
        let unrecorded = (reached && is_recorded).then(|| open_intents(&lab) == 0);
        child.kill().unwrap();
        child.wait().unwrap();
        lab.azure.clear_faults();
        if unrecorded == Some(true) {
            return Some("it was sent without an intent on the disk".to_owned());
        }
        let again = self.row.run(&lab, &["--yes"]);
        let told = unlikeness(wanted, &digest(&lab));
        (![0, 7].contains(&again.code) || !told.is_empty()).then(|| format!("{told}\n{again:?}"))
    }
}

/// Waits until the request is there; false if the program ended without it.
fn arrives(lab: &Lab, request: u32, child: &mut Child) -> bool {
    let started = Instant::now();
    loop {
        if lab.azure.journal().len() >= request as usize {
            return true;
        }
        if child.try_wait().unwrap().is_some() || started.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// How many intents of the newest record have no outcome.
fn open_intents(lab: &Lab) -> usize {
    let mut records = Lab::contents(&lab.files().join("history"));
    // A fleet's run has a lock beside its record.
    records.retain(|(path, _)| path.extension().is_some_and(|kind| kind == "jsonl"));
    records.sort();
    let Some((_, newest)) = records.pop() else {
        return 0;
    };
    let text = String::from_utf8_lossy(&newest).into_owned();
    let lines = |kind: &str| text.matches(&format!("\"line\":\"{kind}\"")).count();
    lines("intent").saturating_sub(lines("outcome"))
}

/// Far more than a loaded machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Kills at each request of every third row.
fn sweep_third(third: usize) {
    let of_third = ROWS.iter().enumerate().filter(|(at, _)| at % 3 == third);
    sweep(of_third.map(|(_, row)| row), History::Kept);
}

fn sweep(rows: impl Iterator<Item = &'static Row>, history: History) {
    let mut complaints = Vec::new();
    for row in rows {
        let undisturbed = row.lab_of_program();
        row.run(&undisturbed, &["--yes"]);
        let wanted = digest(&undisturbed);
        let (all, next, told) =
            (killings(row, history), AtomicUsize::new(0), Mutex::new(Vec::new()));
        let writes = !row.who.is_of_computer() || row.verb == "credential renew";
        assert!(!writes || all.iter().any(|killing| killing.applied), "{} wrote nothing", row.verb);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(killing) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if let Some(complaint) = killing.complaint(&wanted) {
                            let text = format!("{}\n{complaint}", killing.name());
                            told.lock().unwrap().push(text);
                        }
                    }
                });
            }
        });
        complaints.extend(told.into_inner().unwrap());
    }
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n\n"));
}

#[test]
fn the_same_command_again_ends_as_an_undisturbed_run_first_third() {
    sweep_third(0);
}

#[test]
fn the_same_command_again_ends_as_an_undisturbed_run_second_third() {
    sweep_third(1);
}

#[test]
fn the_same_command_again_ends_as_an_undisturbed_run_last_third() {
    sweep_third(2);
}

/// What a run finds of an earlier one in its own records it has to find without them.
#[test]
fn the_same_command_again_ends_as_an_undisturbed_run_without_history() {
    let verbs = ["share app create", "share app secret add", "credential renew"];
    sweep(ROWS.iter().filter(|row| verbs.contains(&row.verb)), History::Off);
}
