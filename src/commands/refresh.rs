//! `--refresh-completions`, which every list of Azure's has, those that are added later too.

use clap::{Arg, ArgAction, ArgMatches, Command};

const FLAG: &str = "refresh-completions";

/// Groups whose lists are read from files of this program, which completion reads itself.
const LOCAL: [&str; 2] = ["credential", "token"];

/// Gives the lists of a group the flag.
pub(super) fn at_lists(group: Command) -> Command {
    if LOCAL.contains(&group.get_name()) {
        return group;
    }
    group.mut_subcommands(|command| {
        if command.get_name() != "list" || command.has_subcommands() {
            return at_lists(command);
        }
        let help = "Read also all other names that completion can offer, in every subscription";
        let flag = Arg::new(FLAG).long(FLAG).help(help);
        command.arg(flag.action(ArgAction::SetTrue))
    })
}

/// True if the flag is at the command that was given.
pub(crate) fn is_wanted(matches: &ArgMatches) -> bool {
    match matches.subcommand() {
        Some((_, inner)) => is_wanted(inner),
        None => matches!(matches.try_get_one(FLAG), Ok(Some(true))),
    }
}
