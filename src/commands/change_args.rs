//! The flags that every command has that changes something, and what `--dry-run` prints.

use crate::app::App;
use crate::error::{Kind, PartialAnswer, Result};
use crate::ops::change::carry_out::RunReport;
use crate::ops::change::plan::PlanReport;
use crate::ops::change::{self, ConsentOptions, Plan, Run};
use crate::ops::history::taken_up;
use crate::output::{Format, Output, View};

#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(crate) struct ChangeArgs {
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// End a dry run with exit code 8 if something would change
    #[arg(long, requires = "dry_run")]
    detailed_exitcode: bool,
    /// Do not prompt for confirmation
    #[arg(long, short)]
    yes: bool,
}

impl ChangeArgs {
    /// Whether only the plan is wanted, and if so whether it decides the exit code.
    pub(crate) fn dry_run(self) -> Option<bool> {
        self.dry_run.then_some(self.detailed_exitcode)
    }

    /// Whether the plan was agreed to beforehand.
    pub(crate) fn is_agreed(self) -> bool {
        self.yes
    }

    /// The life of a change: shows the plan, asks where it needs that, does `work`, and judges what came of it.
    /// With `--dry-run` the plan is the answer. Where only a part was done, the answer lists what became of each step.
    pub(crate) async fn carry_out(
        self,
        app: &App,
        plan: Plan,
        work: impl AsyncFnOnce(&Run<'_>) -> Result<Output>,
    ) -> Result<Output> {
        if self.dry_run {
            return Ok(plan_output(app, &plan, self.detailed_exitcode));
        }
        let run = change::obtain(app, plan, ConsentOptions { yes: self.yes }).await?;
        let done = work(&run).await;
        let listed = done.as_ref().ok().filter(|answer| answer.lists_outcomes()).map(partial);
        let ended = run.finish(done);
        if ended.as_ref().is_ok_and(|answer| answer.exit_code() == 0) && run.plan().is_settled() {
            taken_up::settle_same(app, run.plan());
        }
        ended.map_err(|err| match (listed, err.kind()) {
            (Some(listed), _) => err.with_answer(listed),
            (None, Kind::Partial) => err.with_answer(partial(&Output::of(&run.report()))),
            (None, _) => err,
        })
    }
}

/// What the answer does not say of a plan is said beside it: a table has the steps alone, and `-o none` has nothing.
fn tell_beside(app: &App, plan: &Plan) {
    let lines = match app.settings.output {
        Format::Table => plan.stays.iter().map(|line| format!("! stays: {line}")).collect(),
        Format::None => plan.lines(),
        _ => return,
    };
    plan.warnings.iter().for_each(|warning| app.reporter.warn(warning));
    lines.iter().for_each(|line| app.reporter.plan_line(line));
    if let (Some(line), true, true) = (&plan.nothing, plan.is_settled(), plan.stays.is_empty()) {
        app.reporter.note(line);
    }
}

fn partial(answer: &Output) -> PartialAnswer {
    PartialAnswer { json: answer.compact(), table: answer.table().to_owned() }
}

/// A plan as the answer of a command; with `detailed` it ends with 8 if something would change.
pub(crate) fn plan_output(app: &App, plan: &Plan, detailed: bool) -> Output {
    tell_beside(app, plan);
    let warnings = plan.warnings.iter().map(|line| format!("WARNING: {line}"));
    let output = Output::of(&plan.report()).for_people(warnings.chain(plan.lines()).collect());
    if detailed && !plan.is_settled() { output.failed(8) } else { output }
}

impl View for RunReport<'_> {
    const TABLE: &'static str =
        "steps[].{Do:do, Kind:kind, What:what[0], Scope:scope, Outcome:outcome}";
}

impl View for PlanReport<'_> {
    const TABLE: &'static str = "steps[].{Do:do, Kind:kind, What:what[0], Scope:scope}";
}
