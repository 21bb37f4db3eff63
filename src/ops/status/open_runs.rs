//! Runs that are under way, and those that were killed or interrupted and that no later run brought to an end.

use serde::Serialize;

use crate::app::App;
use crate::ops::change::resume;
use crate::ops::history::{INTERRUPTED, RUNNING, RecordedRun, wording};

/// A run that is not over.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenRun {
    pub run: String,
    pub at: String,
    pub title: String,
    /// `running` as long as another process carries it out, else `interrupted`.
    pub outcome: String,
    /// Writes of which no one knows what became.
    pub unknown: usize,
    /// The command that takes it up, where it was interrupted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The open ones of these runs, which come newest first.
pub(super) fn of(app: &App, runs: &[RecordedRun]) -> Vec<OpenRun> {
    let mut ended: Vec<Vec<&str>> = Vec::new();
    let mut typed: Vec<String> = Vec::new();
    let mut open = Vec::new();
    for run in runs {
        let words = wording(&run.command);
        let is_taken_up = ended.contains(&words)
            || run.resume.as_ref().is_some_and(|command| typed.contains(command));
        match run.outcome.as_str() {
            "done" => {}
            RUNNING => open.push(open_run(run, None)),
            INTERRUPTED if !is_taken_up => {
                let own = || resume::typed_command(app, &run.command);
                open.push(open_run(run, Some(run.resume.clone().unwrap_or_else(own))));
                // The same once more, killed again, is one thing to do.
                ended.push(words);
                continue;
            }
            _ => continue,
        }
        // What came before it was taken up by it.
        ended.push(words);
        typed.push(resume::typed_command(app, &run.command));
    }
    open
}

fn open_run(run: &RecordedRun, next: Option<String>) -> OpenRun {
    OpenRun {
        run: run.run.clone(),
        at: run.at.clone(),
        title: run.title.trim_end_matches(':').to_owned(),
        outcome: run.outcome.clone(),
        unknown: run.steps.iter().filter(|step| step.outcome == "unknown").count(),
        next,
    }
}
