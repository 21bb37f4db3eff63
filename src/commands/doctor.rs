//! `doctor`: what is wrong here, or with an error text.

use std::io::Read;
use std::sync::PoisonError;

use clap::Args;
use serde::Serialize;

use crate::app::App;
use crate::commands::advice::advice_line;
use crate::error::{Error, Result};
use crate::ops::doctor::explain::{self, Explanation};
use crate::ops::doctor::{self, Check, State, online};
use crate::output::{Output, View};

/// Find out what is wrong on this computer, on the way to Azure, or with an error text
///
/// Looks at variables, logins, keyring, files, certificates and clock, and names for each what to do.
/// It uses no network and lets no keyring ask; with --online it signs in and asks Azure as well. Ends
/// with 0 only if nothing failed; the result is printed in any case.
///
/// With --error it explains a text of Azure, Entra, az or this program, pasted from anywhere: as JSON,
/// broken into lines, or out of the portal. A text it does not know ends with 3.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare doctor -o table
  az-imageshare doctor --online --query '[?state!=`ok`]' -o table
  az-imageshare doctor --error \"AADSTS7000215: Invalid client secret provided.\"
  az-imageshare doctor --error - < error.txt

Permissions: none; --online reads the subscription, as a Reader may.
API: https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group")]
pub(crate) struct DoctorArgs {
    /// Ask Azure, too: reachability, sign-in, subscriptions, permissions
    #[arg(long)]
    online: bool,
    /// Explain this error text; `-` reads it from standard input
    #[arg(long, value_name = "TEXT", conflicts_with = "online", allow_hyphen_values = true)]
    error: Option<String>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct CheckRow(Check);

impl View for CheckRow {
    const TABLE: &'static str = "{Check:name, State:state, Detail:detail}";
}

#[derive(Serialize)]
#[serde(transparent)]
struct ExplanationView(Explanation);

impl View for ExplanationView {
    const TABLE: &'static str = "{Code:code, Title:title, Cause:cause}";
}

pub(super) fn run_doctor(args: DoctorArgs, app: &App) -> Result<Output> {
    if let Some(text) = &args.error {
        return explain_text(text, app);
    }
    let mut checks = doctor::examine(app);
    if args.online {
        checks.extend(app.block_on(online::examine(app, app.settings.subscription.as_deref()))?);
    }
    let failed = checks.iter().any(|check| check.state == State::Failed);
    let lines = checks.iter().flat_map(lines_of_check).chain([check_summary(&checks)]).collect();
    let advice = checks.iter().filter_map(|check| advice_line(&check.name, check.hint.as_deref()));
    let advice = advice.collect();
    let rows: Vec<CheckRow> = checks.into_iter().map(CheckRow).collect();
    Ok(Output::rows(&rows).for_people(lines).remarks(advice).failed(u8::from(failed)))
}

fn explain_text(text: &str, app: &App) -> Result<Output> {
    let piped;
    let text = if text == "-" {
        piped = from_stdin(app)?;
        &piped
    } else {
        text
    };
    let found = explain::explain(text)?;
    let lines = found.iter().flat_map(lines_of_explanation).collect();
    let fixes = found.iter().flat_map(|one| {
        one.fixes.iter().map(|fix| format!("{}: {fix}", one.code)).collect::<Vec<_>>()
    });
    let fixes = fixes.collect();
    let rows: Vec<ExplanationView> = found.into_iter().map(ExplanationView).collect();
    Ok(Output::rows(&rows).for_people(lines).remarks(fixes))
}

/// A check for people: its sign, what was found, and what to do.
fn lines_of_check(check: &Check) -> Vec<String> {
    let sign = match check.state {
        State::Ok => "✓",
        State::Warning => "!",
        State::Failed => "✗",
        State::Skipped => "=",
    };
    let found = format!("{sign} {}: {}", check.name, check.detail);
    std::iter::once(found).chain(check.hint.iter().map(|hint| format!("  {hint}"))).collect()
}

fn check_summary(checks: &[Check]) -> String {
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    match (count(State::Failed), count(State::Warning)) {
        (0, 0) => "No problems found.".to_owned(),
        (failed, warnings) => format!("{failed} failed, {warnings} to look at."),
    }
}

/// An explanation for people: the cause, and the fixes from the best on.
fn lines_of_explanation(found: &Explanation) -> Vec<String> {
    let mut lines = vec![format!("! {}: {}", found.code, found.title)];
    lines.push(format!("  {}", found.cause));
    lines.extend(found.fixes.iter().map(|fix| format!("  - {fix}")));
    lines.extend(found.links.iter().map(|link| format!("  See {link}")));
    lines
}

fn from_stdin(app: &App) -> Result<String> {
    let mut read = Vec::new();
    let mut stdin = app.stdin.lock().unwrap_or_else(PoisonError::into_inner);
    (&mut *stdin)
        .take(LARGEST)
        .read_to_end(&mut read)
        .map_err(|err| Error::usage(format!("standard input: {err}")))?;
    Ok(String::from_utf8_lossy(&read).into_owned())
}

/// No error text comes near this many bytes.
const LARGEST: u64 = 1024 * 1024;
