//! The command line: the global flags that `az` has on every command, this program's own, and the groups.

use std::ffi::OsString;

use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::Command;
use crate::output::Format;
use crate::settings::Flags;

/// Share Azure Compute Gallery images with another tenant, and keep the credentials for it safe
#[derive(Parser)]
#[command(
    name = "az-imageshare",
    bin_name = "az-imageshare",
    version,
    propagate_version = true,
    disable_version_flag = true,
    // As in az: the last one counts, and a flag may be shortened as long as one alone begins so.
    args_override_self = true,
    infer_long_args = true,
    max_term_width = 100,
    after_help = "\
Examples:
  az-imageshare credential add -n publisher --tenant contoso.onmicrosoft.com --default \\
      --client-id a1f40c77-0d35-4e0b-8b5c-1e6d2f901301
  az-imageshare delegation create --parameters rg.parameters.json
  az-imageshare delegation list -o table"
)]
struct Root {
    #[command(flatten)]
    globals: Globals,
}

/// A command line that was understood.
#[derive(Debug)]
pub(crate) struct Cli {
    pub(crate) globals: Globals,
    pub(crate) command: Command,
}

impl Cli {
    pub(crate) fn from_matches(matches: &ArgMatches) -> Result<Cli, clap::Error> {
        Ok(Cli {
            globals: Root::from_arg_matches(matches)?.globals,
            command: Command::from_arg_matches(matches)?,
        })
    }
}

/// The whole command line; the grammar of a group is made when the group is named, or by `build`.
pub(crate) fn whole_grammar() -> clap::Command {
    Command::augment_subcommands(root_grammar())
}

/// The same with the grammar of every group, which is there only after it is built.
pub(crate) fn built_grammar() -> clap::Command {
    let mut command = whole_grammar();
    command.build();
    command
}

/// The command line with the one group that a word of `args` names. It understands no line otherwise
/// than the whole does, and its help and complaints are of no use.
pub(crate) fn command_of(args: &[OsString]) -> Option<clap::Command> {
    let mut words = args.iter().skip(1).filter_map(|word| word.to_str());
    let group = words.find_map(Command::group)?;
    Some(root_grammar().subcommand(group))
}

/// The command line without its groups.
pub(crate) fn root_grammar() -> clap::Command {
    Root::command().subcommand_required(true).arg_required_else_help(true)
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global Arguments")]
pub(crate) struct Globals {
    /// Output format
    #[arg(long, short, global = true, value_name = "FORMAT", value_parser = clap::builder::PossibleValuesParser::new(Format::ALL), ignore_case = true)]
    output: Option<String>,
    /// JMESPath query on the result; see https://jmespath.org
    #[arg(long, global = true, value_name = "JMESPATH")]
    query: Option<String>,
    /// Name or id of the subscription
    #[arg(long, global = true, value_name = "NAME|ID")]
    subscription: Option<String>,
    /// Credential to sign in with, from `credential list`
    #[arg(long, global = true, value_name = "NAME")]
    credential: Option<String>,
    /// Cloud to use, as `az cloud list` names it
    #[arg(long, global = true, value_name = "NAME")]
    cloud: Option<String>,
    /// Show only errors, no warnings and no progress
    #[arg(long, global = true)]
    only_show_errors: bool,
    /// Say more about what is done
    #[arg(long, global = true)]
    verbose: bool,
    /// Log every request (never its headers or body)
    #[arg(long, global = true, conflicts_with = "only_show_errors")]
    debug: bool,
    /// Print version
    #[arg(long, short = 'v', global = true, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

impl From<Globals> for Flags {
    fn from(globals: Globals) -> Flags {
        Flags {
            output: globals.output.and_then(|format| format.parse().ok()),
            query: globals.query,
            subscription: globals.subscription,
            credential: globals.credential,
            cloud: globals.cloud,
            only_show_errors: globals.only_show_errors,
            verbose: globals.verbose,
            debug: globals.debug,
        }
    }
}
