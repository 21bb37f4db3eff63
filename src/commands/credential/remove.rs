//! `credential remove`

use std::io::{BufRead, BufReader};
use std::sync::PoisonError;

use clap::Args;

use crate::app::App;
use crate::auth::records::Records;
use crate::error::{Error, Kind, Result};
use crate::ops::credential;
use crate::output::Output;

/// Remove a credential, its secret and its tokens
///
/// The application in Entra and its secrets there stay as they are.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  az-imageshare credential remove -n publisher --yes")]
pub(crate) struct RemoveArgs {
    /// Name of the credential
    #[arg(long, short, value_name = "NAME")]
    name: String,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &RemoveArgs, app: &App) -> Result<Output> {
    Records::load(&app.settings.home)?.find(&args.name)?;
    if !args.yes && !confirmed(app, &args.name)? {
        return Err(Error::new(Kind::Failure, "nothing was removed"));
    }
    credential::remove(app, &args.name)?;
    Ok(Output::none())
}

/// Asks as `az` does, and refuses as `az` does where nobody can answer.
fn confirmed(app: &App, name: &str) -> Result<bool> {
    if !app.terminals.stdin {
        return Err(Error::new(
            Kind::Failure,
            "Unable to prompt for confirmation as no tty available. Use --yes.",
        ));
    }
    app.reporter.warn(&format!(
        "credential '{name}', its secret and its tokens will be removed. Are you sure? (y/n)"
    ));
    let mut stdin = app.stdin.lock().unwrap_or_else(PoisonError::into_inner);
    let mut answer = String::new();
    BufReader::new(&mut *stdin)
        .read_line(&mut answer)
        .map_err(|err| Error::usage(format!("standard input: {err}")))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
