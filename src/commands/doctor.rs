//! `doctor`: what is wrong here, or with an error text.

use std::io::Read;
use std::sync::PoisonError;

use clap::Args;
use serde::Serialize;

use crate::app::App;
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
    const TABLE: &'static str = "{Check:name, State:state, Detail:detail, Hint:hint}";
}

#[derive(Serialize)]
#[serde(transparent)]
struct ExplanationView(Explanation);

impl View for ExplanationView {
    const TABLE: &'static str = "{Code:code, Title:title, Cause:cause, Fix:fixes[0]}";
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
    let rows: Vec<CheckRow> = checks.into_iter().map(CheckRow).collect();
    Ok(Output::rows(&rows).failed(u8::from(failed)))
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
    let rows: Vec<ExplanationView> = found.into_iter().map(ExplanationView).collect();
    Ok(Output::rows(&rows))
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
