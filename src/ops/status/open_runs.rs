//! Runs that were killed or interrupted, and that no later run brought to an end.

use serde::Serialize;

use crate::app::App;
use crate::ops::change::resume;
use crate::ops::history::{RecordedRun, wording};

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
    let mut ended: Vec<Vec<&str>> = Vec::new();
    let mut typed: Vec<String> = Vec::new();
    let mut open = Vec::new();
    for run in runs {
        let words = wording(&run.command);
        if run.outcome == "done" {
            ended.push(words);
            typed.push(resume::typed_command(app, &run.command));
        } else if run.outcome == "interrupted"
            && !ended.contains(&words)
            && !run.resume.as_ref().is_some_and(|command| typed.contains(command))
        {
            open.push(OpenRun {
                run: run.run.clone(),
                at: run.at.clone(),
                title: run.title.trim_end_matches(':').to_owned(),
                unknown: run.steps.iter().filter(|step| step.outcome == "unknown").count(),
                next: run
                    .resume
                    .clone()
                    .unwrap_or_else(|| resume::typed_command(app, &run.command)),
            });
            // The same once more, killed again, is one thing to do.
            ended.push(words);
        }
    }
    open
}
