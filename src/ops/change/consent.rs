//! Consent by what a plan does, not by which verb made it.
//!
//! | the plan | terminal | no terminal |
//! |---|---|---|
//! | only creates and keeps | shown, goes on | shown, goes on |
//! | takes something away | shown, asks, default No | exit 2 unless `--yes` |
//! | opens to everyone, or gives a role that gives roles | a word has to be typed | exit 2 unless `--yes` |

use super::carry_out::Run;
use super::plan::Plan;
use crate::app::App;
use crate::error::{Error, Kind, Result};

/// How the user wants to be asked, from the flags that every changing verb has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ConsentOptions {
    /// `--yes`: agreed beforehand. The plan is shown all the same.
    pub yes: bool,
}

/// Shows a plan and asks for it, where it needs that.
///
/// # Errors
/// A usage error where someone has to be asked and there is no terminal; [`Kind::NotApproved`] if the answer was
/// negative. Nothing was written then.
pub(crate) async fn obtain(app: &App, plan: Plan, options: ConsentOptions) -> Result<Run<'_>> {
    for warning in &plan.warnings {
        app.reporter.warn(warning);
    }
    if plan.is_settled() && plan.stays.is_empty() {
        if let Some(line) = &plan.nothing {
            app.reporter.note(line);
        }
        return Ok(Run::begin(app, plan, false));
    }
    for line in plan.lines() {
        app.reporter.plan_line(&line);
    }
    if plan.is_settled() {
        return Ok(Run::begin(app, plan, false));
    }
    let must_ask = plan.must_be_agreed_to();
    if !options.yes {
        ask_for(app, &plan).await?;
    }
    Ok(Run::begin(app, plan, must_ask || options.yes))
}

/// Asks for a plan that was shown, where it needs that.
///
/// # Errors
/// As [`obtain`].
pub(crate) async fn ask_for(app: &App, plan: &Plan) -> Result<()> {
    if !plan.must_be_agreed_to() {
        return Ok(());
    }
    if !app.terminals.stdin {
        return Err(unattended());
    }
    for (word, step) in &plan.words_to_type() {
        typed_word(app, word, step.title()).await?;
    }
    if plan.takes_away() {
        agreed(app, &plan.question()).await?;
    }
    Ok(())
}

/// The first sentence is `az`'s own (knack's prompting), so that what looks for it finds it.
fn unattended() -> Error {
    Error::usage("Unable to prompt for confirmation as no tty available. Use --yes.")
        .hint("Look at the plan with `--dry-run`, and agree to it beforehand with `--yes`; nothing was changed.")
}

fn declined() -> Error {
    Error::new(Kind::NotApproved, "Operation cancelled.").hint("Nothing was changed.")
}

/// Asks for yes or no; an empty line is a no.
async fn agreed(app: &App, question: &str) -> Result<()> {
    let mut prompt = format!("{question} (y/N): ");
    for _ in 0..MOST_QUESTIONS {
        match app.ask(&prompt).await?.as_deref() {
            Some("y" | "yes") => return Ok(()),
            Some("n" | "no" | "") | None => break,
            Some(_) => prompt = "Please answer y or n: ".to_owned(),
        }
    }
    Err(declined())
}

/// Asks for a word that no one types by habit.
async fn typed_word(app: &App, word: &str, what: &str) -> Result<()> {
    let answer = app.ask(&format!("{what}. Type '{word}' to agree: ")).await?;
    match answer {
        Some(answer) if answer.to_lowercase() == word.trim().to_lowercase() => Ok(()),
        _ => Err(declined()),
    }
}

const MOST_QUESTIONS: usize = 3;
