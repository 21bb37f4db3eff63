//! Hidden: prints JSON from standard input by `-o` and `--query`, so that output can be checked against `az`.

use clap::{Args, Subcommand};

use crate::app::App;
use crate::error::{Error, Result};
use crate::output::Output;

/// Check how output is rendered
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Render(RenderArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Render(args) => render_output(&args, app),
        }
    }
}

/// Print the JSON on standard input by --output and --query
///
/// Nothing else is done with it: what is printed is what `az` prints for the same value, so that
/// output can be compared without a cloud.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare output render -o yaml < answer.json
  az-imageshare output render --query 'a[]' --table-transformer '{C:c}' -o table < answer.json
  echo '{\"b\": 1, \"a\": 2}' | az-imageshare output render -o yaml

Permissions: none, nothing is called.
See: https://learn.microsoft.com/cli/azure/format-output-azure-cli")]
pub(crate) struct RenderArgs {
    /// JMESPath from the value to its table rows
    #[arg(long, value_name = "JMESPATH")]
    table_transformer: Option<String>,
}

fn render_output(args: &RenderArgs, app: &App) -> Result<Output> {
    let mut text = String::new();
    let mut stdin = app.stdin.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    stdin
        .read_to_string(&mut text)
        .map_err(|err| Error::usage(format!("standard input: {err}")))?;
    Ok(Output::text(&text, args.table_transformer.clone())?)
}
