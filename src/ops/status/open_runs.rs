//! Runs that were killed or interrupted, and that no later run brought to an end.

use serde::Serialize;

use crate::app::App;
use crate::ops::change::resume;
use crate::ops::history::RecordedRun;

/// A run that waits to be taken up.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenRun {
    pub run: String,
    pub at: String,
    pub title: String,
    /// Writes of which no one knows what became.
    pub unknown: usize,
    /// The command that takes it up.
    pub next: String,
}

/// The open ones of these runs, which come newest first.
pub(super) fn of(app: &App, runs: &[RecordedRun]) -> Vec<OpenRun> {
    let mut ended: Vec<&[String]> = Vec::new();
    let mut open = Vec::new();
    for run in runs {
        let words = wording(run);
        if run.outcome == "done" {
            ended.push(words);
        } else if run.outcome == "interrupted" && !ended.contains(&words) {
            open.push(OpenRun {
                run: run.run.clone(),
                at: run.at.clone(),
                title: run.title.trim_end_matches(':').to_owned(),
                unknown: run.steps.iter().filter(|step| step.outcome == "unknown").count(),
                next: resume::typed_command(app, &run.command),
            });
            // The same once more, killed again, is one thing to do.
            ended.push(words);
        }
    }
    open
}

/// The command line without the answer to a question: typed again, it has one.
fn wording(run: &RecordedRun) -> &[String] {
    match run.command.split_last() {
        Some((last, rest)) if last == "--yes" || last == "-y" => rest,
        _ => &run.command,
    }
}
