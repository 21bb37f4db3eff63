//! Runs that did not come to their end, and that a later one took up without a write, and so without a record of its own.

use super::{INTERRUPTED, RecordedRun, history_folder, read_run, wording};
use crate::app::App;
use crate::ops::change::journal::{self, Journal, JournalLine, RunActor};
use crate::ops::change::{Plan, resume};
use crate::secrets::folder::PrivateFolder;

/// What the last line of such a run says.
pub(crate) const SETTLED: &str = "settled";

/// Settles the interrupted runs of this very command, or that name it to go on, of which this plan has found nothing left
/// to do.
pub(crate) fn settle_same(app: &App, plan: &Plan) {
    let own = wording(&app.command_line);
    let typed = resume::typed_command(app, &app.command_line);
    let who = journal::actor(app, &[]);
    let places: Vec<&str> = scopes(plan.steps.iter().map(|step| step.scope.as_str()));
    settle(app, |run| {
        let recorded = scopes(run.steps.iter().map(|step| step.intent.scope.as_str()));
        let is_elsewhere = !places.is_empty()
            && !recorded.is_empty()
            && !recorded.iter().any(|one| places.iter().any(|own| own.eq_ignore_ascii_case(one)));
        let goes_on = wording(&run.command) == own || run.resume.as_ref() == Some(&typed);
        goes_on && is_of_same(&run.who, &who) && !is_elsewhere
    });
}

/// Settles the interrupted runs that `is_taken_up` says were brought to their end. Runs that live, and those of saved
/// plans, which go on in their own record, stay as they are; that a record cannot be written costs only itself.
pub(crate) fn settle(app: &App, is_taken_up: impl Fn(&RecordedRun) -> bool) {
    if !app.settings.keeps_history {
        return;
    }
    let Ok(Some(folder)) = history_folder(app) else {
        return;
    };
    let is_open = |name: &str| {
        let run = read_run(&folder, name).ok().flatten();
        run.is_some_and(|run| run.outcome == INTERRUPTED && is_taken_up(&run))
    };
    for (name, _) in folder.files() {
        let Some(run) = name.strip_suffix(journal::SUFFIX) else {
            continue;
        };
        if is_of_saved_plan(&folder, &name) || !is_open(&name) {
            continue;
        }
        // It may have come to its end while this one looked.
        if let Ok(Some(mut record)) = Journal::take_up_left(app, run)
            && is_open(&name)
        {
            record.end(SETTLED);
        }
    }
}

/// The places that a plan or a run names; what is on this computer has none.
fn scopes<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    all.filter(|scope| !scope.is_empty()).collect()
}

/// The same words may mean another tenant, where another identity signs in.
fn is_of_same(one: &RunActor, other: &RunActor) -> bool {
    let same_tenant = match (&one.tenant_id, &other.tenant_id) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    one.cloud == other.cloud && same_tenant
}

/// Known from the first line: such a record may be very long.
fn is_of_saved_plan(folder: &PrivateFolder, name: &str) -> bool {
    let head = folder.read_up_to(name, LONGEST_HEAD).ok().flatten().unwrap_or_default();
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    !matches!(serde_json::from_slice(first), Ok(JournalLine::Run { plan: None, .. }))
}

/// No first line comes near this many bytes.
const LONGEST_HEAD: u64 = 64 * 1024;
