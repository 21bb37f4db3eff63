//! What earlier runs changed, read from the records that they left.
//!
//! A record that cannot be read is skipped with a warning: a full disk may have cut its last line, and
//! someone may have opened it in an editor.

use serde::Serialize;

use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::ops::change::journal::{self, JournalLine, RunActor};
use crate::ops::change::{Step, WriteKind};
use crate::secrets::folder::PrivateFolder;

pub(crate) mod taken_up;

/// What became of a run whose record has no end, and that no process carries out.
pub(crate) const INTERRUPTED: &str = "interrupted";
/// What is said of a run that another process carries out now.
pub(crate) const RUNNING: &str = "running";

/// One run that changed something, or was about to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordedRun {
    pub run: String,
    /// When it began its first write, in UTC.
    pub at: String,
    pub title: String,
    /// The command line, without the program's name; it never holds a secret.
    pub command: Vec<String>,
    pub who: RunActor,
    /// The command that goes on with it, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    /// `done`, `partly`, `failed`, `running` as long as a process carries it out, `interrupted` for a run that did not
    /// come to its end, or `settled` if a later run found nothing left to do of it.
    pub outcome: String,
    pub steps: Vec<RecordedStep>,
}

/// A write of a run, and what came of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordedStep {
    #[serde(flatten)]
    pub intent: Step,
    /// `done`, `failed`, or `unknown` where no answer was recorded.
    pub outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What Azure's support asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

impl RecordedRun {
    /// The words of the command, such as `share rbac remove`.
    pub(crate) fn verb(&self) -> String {
        let words = self.command.iter().take_while(|word| !word.starts_with('-'));
        words.cloned().collect::<Vec<_>>().join(" ")
    }

    /// How many writes of which kind there were: `2 roles, 1 delegation`.
    pub(crate) fn writes(&self) -> String {
        let mut kinds: Vec<(WriteKind, usize)> = Vec::new();
        for step in &self.steps {
            match kinds.iter_mut().find(|(kind, _)| *kind == step.intent.kind) {
                Some((_, count)) => *count += 1,
                None => kinds.push((step.intent.kind, 1)),
            }
        }
        let counted: Vec<String> = kinds.iter().map(|(kind, count)| kind.counted(*count)).collect();
        counted.join(", ")
    }
}

/// A command line without what one run of it may have and the next not: the answer to a question, and whether it waits.
pub(crate) fn wording(command: &[String]) -> Vec<&str> {
    let stays = |word: &&str| !["--yes", "-y", "--no-wait"].contains(word);
    command.iter().map(String::as_str).filter(stays).collect()
}

/// All runs, the newest first.
///
/// # Errors
/// If the folder of the records is not the user's alone.
pub(crate) fn recorded_runs(app: &App) -> Result<Vec<RecordedRun>> {
    let Some(folder) = history_folder(app)? else {
        return Ok(Vec::new());
    };
    let mut names: Vec<String> = folder.files().into_iter().map(|(name, _)| name).collect();
    names.retain(|name| name.ends_with(journal::SUFFIX));
    names.sort_by(|one, other| other.cmp(one));
    let mut runs = Vec::new();
    for name in names {
        match read_run_now(&folder, &name) {
            Ok(Some(run)) => runs.push(run),
            // Killed before its first line was whole: nothing was sent.
            Ok(None) => {}
            Err(UnreadableRecord) => {
                app.reporter.warn(&format!("record {name} cannot be read; it was left out"))
            }
        }
    }
    runs.sort_by(|one, other| other.at.cmp(&one.at));
    // A name is of a second; several runs may begin in one.
    runs.sort_by_key(|run| std::cmp::Reverse(run.at.parse::<jiff::Timestamp>().ok()));
    Ok(runs)
}

/// The run of that name; `latest` is the newest.
///
/// # Errors
/// [`Kind::NotFound`] if there is no record of it.
pub(crate) fn recorded_run(app: &App, name: &str) -> Result<RecordedRun> {
    if name == "latest" {
        let newest = recorded_runs(app)?.into_iter().next();
        return newest.ok_or_else(|| {
            Error::new(Kind::NotFound, "there is no record of any run")
                .hint("Runs that change something leave one; see `az-imageshare history list`.")
        });
    }
    // A name of ours has no separator: what is asked for stays in the folder.
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let found = match history_folder(app)? {
        Some(folder) if is_name => {
            read_run_now(&folder, &format!("{name}{}", journal::SUFFIX)).ok().flatten()
        }
        _ => None,
    };
    found.ok_or_else(|| {
        Error::new(Kind::NotFound, format!("there is no record of a run '{name}'"))
            .hint("See the runs with `az-imageshare history list -o table`.")
    })
}

fn history_folder(app: &App) -> Result<Option<PrivateFolder>> {
    Ok(PrivateFolder::open(&app.settings.home.join(journal::FOLDER))?)
}

/// Someone has changed it, or it is none of this program.
struct UnreadableRecord;

/// As [`read_run`]; a run that lives is `running`, not `interrupted`.
fn read_run_now(
    folder: &PrivateFolder,
    name: &str,
) -> Result<Option<RecordedRun>, UnreadableRecord> {
    let read = read_run(folder, name)?;
    match read {
        Some(run) if run.outcome == INTERRUPTED && folder.is_being_written(name) => {
            Ok(Some(RecordedRun { outcome: RUNNING.to_owned(), ..run }))
        }
        // It may have come to its end between the two looks.
        Some(run) if run.outcome == INTERRUPTED => read_run(folder, name),
        read => Ok(read),
    }
}

fn read_run(folder: &PrivateFolder, name: &str) -> Result<Option<RecordedRun>, UnreadableRecord> {
    let Some(text) =
        folder.read_up_to(name, journal::LARGEST_RECORD).map_err(|_| UnreadableRecord)?
    else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&text);
    if !text.contains('\n') {
        return Ok(None);
    }
    read_lines(&text).map(Some).ok_or(UnreadableRecord)
}

/// Reads a record up to the first line that is not whole.
fn read_lines(text: &str) -> Option<RecordedRun> {
    let mut lines = text.lines().map_while(|line| serde_json::from_str::<JournalLine>(line).ok());
    let Some(JournalLine::Run { run, at, command, title, who, resume, .. }) = lines.next() else {
        return None;
    };
    let mut recorded = RecordedRun {
        run,
        at,
        title,
        command,
        who,
        resume,
        outcome: INTERRUPTED.to_owned(),
        steps: Vec::new(),
    };
    let mut numbers: Vec<usize> = Vec::new();
    for line in lines {
        match line {
            JournalLine::Run { .. } | JournalLine::Await { .. } | JournalLine::Item { .. } => {}
            JournalLine::Intent { step, mut intent, .. } => {
                // What was agreed to is over; a reader has no use for how it was asked.
                intent.risk = crate::ops::change::Risk::None;
                numbers.push(step);
                recorded.steps.push(RecordedStep {
                    intent: *intent,
                    outcome: "unknown".to_owned(),
                    error: None,
                    correlation_id: None,
                });
            }
            JournalLine::Outcome { step, outcome, error, correlation_id, id, .. } => {
                let place = numbers.iter().rposition(|known| *known == step);
                if let Some(known) = place.and_then(|place| recorded.steps.get_mut(place)) {
                    (known.outcome, known.error, known.correlation_id) =
                        (outcome, error, correlation_id);
                    if let (true, Some(id)) = (known.intent.id.is_empty(), id) {
                        known.intent.id = id;
                    }
                }
            }
            JournalLine::End { outcome, .. } => recorded.outcome = outcome,
        }
    }
    Some(recorded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn line(value: Value) -> String {
        format!("{value}\n")
    }

    fn killed() -> String {
        let intent = json!({"do": "remove", "kind": "roleAssignment", "id": "/a", "scope": "/s",
            "what": ["role"], "why": [], "before": {"properties": {}}});
        line(json!({"line": "run", "run": "r", "at": "t", "command": ["share"], "title": "x",
            "who": {"credential": null, "tenantId": null, "cloud": "AzureCloud"}}))
            + &line(json!({"line": "intent", "step": 0, "at": "t", "intent": intent}))
    }

    #[test]
    fn a_killed_run_says_what_is_unknown() {
        let run = read_lines(&killed()).unwrap();
        assert_eq!(
            (run.outcome.as_str(), run.steps[0].outcome.as_str()),
            ("interrupted", "unknown")
        );
        assert_eq!(run.writes(), "1 role");
    }

    #[test]
    fn a_line_that_was_cut_costs_only_itself() {
        let whole = killed()
            + &line(json!({"line": "outcome", "step": 0, "at": "t", "outcome": "done"}))
            + &line(json!({"line": "end", "at": "t", "outcome": "done"}));
        assert_eq!(read_lines(&whole).unwrap().outcome, "done");
        let cut = &whole[..whole.len() - 5];
        let run = read_lines(cut).unwrap();
        assert_eq!((run.outcome.as_str(), run.steps[0].outcome.as_str()), ("interrupted", "done"));
        assert!(read_lines("").is_none());
    }
}
