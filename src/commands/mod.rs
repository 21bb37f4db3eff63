//! The groups of commands. A leaf turns its arguments into one or two calls of `ops` and a result.
//!
//! A group's grammar is built only when the command line names it: building all of them costs more
//! than a cached token does.

use clap::{ArgMatches, Args, FromArgMatches, Subcommand};

use crate::app::App;
use crate::error::{Error, Result};
use crate::ops::change::resume;
use crate::output::Output;

mod advice;
mod builder;
pub(crate) mod change_args;
pub(crate) mod completion;
mod credential;
mod delegation;
mod deployment;
mod doctor;
mod exec;
pub(crate) mod file_argument;
mod fleet;
mod gallery;
mod history;
mod image;
pub(crate) mod image_args;
mod nothing;
mod output;
mod partial;
mod passphrase;
pub(crate) mod refresh;
pub(crate) mod secret_input;
mod share;
mod site;
mod status;
pub(crate) mod token;
mod unlock;
pub(crate) mod vm;
mod vmss;

/// Makes `Command` from one line per group: its variant, its name, its grammar and how it is run.
/// The summary is here a second time because the list of groups is shown without their grammar.
macro_rules! groups {
    ($($variant:ident($of:ty) = $name:literal, $about:literal, $hidden:literal, $grammar:path, $run:path;)*) => {
        #[derive(Debug)]
        pub(crate) enum Command {
            $($variant($of)),*
        }

        impl Command {
            /// True if the command says what is wrong with the settings, rather than ending with it.
            pub(crate) fn examines_settings(&self) -> bool {
                matches!(self, Command::Doctor(_))
            }

            /// The group of that name, which makes its grammar when clap comes to need it.
            pub(crate) fn group(name: &str) -> Option<clap::Command> {
                match name {
                    $($name => Some(clap::Command::new($name).about($about).hide($hidden).defer($grammar)),)*
                    _ => None,
                }
            }

            pub(crate) fn run(self, app: &App) -> Result<Output> {
                let result = match self {
                    $(Command::$variant(args) => $run(args, app)),*
                };
                result.map_err(|err| waiting_on(app, err))
            }
        }

        impl FromArgMatches for Command {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                match matches.subcommand() {
                    $(Some(($name, matches)) => {
                        <$of as FromArgMatches>::from_arg_matches(matches).map(Command::$variant)
                    })*
                    _ => Err(clap::Error::new(clap::error::ErrorKind::MissingSubcommand)),
                }
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = Command::from_arg_matches(matches)?;
                Ok(())
            }
        }

        impl Subcommand for Command {
            fn augment_subcommands(root: clap::Command) -> clap::Command {
                root $(.subcommands(Command::group($name)))*
            }

            fn augment_subcommands_for_update(root: clap::Command) -> clap::Command {
                Command::augment_subcommands(root)
            }

            fn has_subcommand(name: &str) -> bool {
                [$($name),*].contains(&name)
            }
        }

        /// A group with its grammar, which is otherwise made when clap comes to need it.
        pub(crate) fn with_grammar(group: clap::Command) -> clap::Command {
            match group.get_name() {
                $($name => $grammar(group),)*
                _ => group,
            }
        }

        /// Each group with its summary as the list shows it, and its whole grammar.
        #[cfg(test)]
        fn groups() -> Vec<(&'static str, clap::Command)> {
            vec![$(($about, $grammar(clap::Command::new($name)))),*]
        }
    };
}

groups! {
    Status(status::StatusArgs) = "status", "See who signs in and why, every credential, what ends soon, and unfinished runs",
        false, status::StatusArgs::augment_args, status::show_status;
    Credential(credential::Command) = "credential", "Keep credentials safe: client secrets in the keyring, certificates sealed",
        false, group_grammar::<credential::Command>, credential::Command::run;
    Unlock(unlock::UnlockArgs) = "unlock", "Open the store of the secrets for some hours",
        false, unlock::UnlockArgs::augment_args, unlock::unlock;
    Lock(unlock::LockArgs) = "lock", "Lock the store of the secrets",
        false, unlock::LockArgs::augment_args, unlock::lock;
    Token(token::Command) = "token", "Get access tokens, and see and clear the cache of them",
        false, group_grammar::<token::Command>, token::Command::run;
    Delegation(delegation::Command) = "delegation", "Let another tenant use images through Azure Lighthouse",
        false, group_grammar::<delegation::Command>, delegation::Command::run;
    Gallery(gallery::Command) = "gallery", "See the galleries, how they are shared, and what is in them",
        false, group_grammar::<gallery::Command>, gallery::Command::run;
    Image(image::Command) = "image", "See the images you can use, by whichever method they were shared, and copy them",
        false, group_grammar::<image::Command>, image::Command::run;
    Share(share::Command) = "share", "Share a gallery, see who has access, and take it back",
        false, group_grammar::<share::Command>, share::Command::run;
    Vm(vm::Command) = "vm", "Make virtual machines from images that were shared",
        false, group_grammar::<vm::Command>, vm::Command::run;
    Vmss(vmss::Command) = "vmss", "Create scale sets from shared images",
        false, group_grammar::<vmss::Command>, vmss::Command::run;
    Deployment(deployment::Command) = "deployment", "Deploy templates that name resources of other tenants",
        false, group_grammar::<deployment::Command>, deployment::Command::run;
    Builder(builder::Command) = "builder", "Grant, check and remove VM Image Builder's permissions",
        false, group_grammar::<builder::Command>, builder::Command::run;
    Fleet(fleet::Command) = "fleet", "Share over thousands of subscriptions from one file",
        false, group_grammar::<fleet::Command>, fleet::Command::run;
    History(history::Command) = "history", "See what earlier runs changed, and put it back",
        false, group_grammar::<history::Command>, history::Command::run;
    Exec(exec::ExecArgs) = "exec", "Run any Azure tool with a credential, without its secret",
        false, exec::ExecArgs::augment_args, exec::run_command;
    Doctor(doctor::DoctorArgs) = "doctor", "Find out what is wrong on this computer, on the way to Azure, or with an error text",
        false, doctor::DoctorArgs::augment_args, doctor::run_doctor;
    Completion(completion::CompletionArgs) = "completion", "Print the script that completes commands, flags and values in a shell",
        false, completion::CompletionArgs::augment_args, completion::print_completion_script;
    Output(output::Command) = "output", "Check how output is rendered", true, group_grammar::<output::Command>, output::Command::run;
}

/// Only here is known which verb waited in vain: it is the one to wait on with.
fn waiting_on(app: &App, err: Error) -> Error {
    let command = resume::waiting_command(app);
    let is_said = err.hints().iter().any(|hint| hint.contains(&command));
    if !err.is_expired_wait() || is_said {
        return err;
    }
    err.hint(format!("Wait on with `{command}`."))
}

/// The grammar of a group: without a command of its own it shows its help.
fn group_grammar<C: Subcommand>(named: clap::Command) -> clap::Command {
    refresh::at_lists(C::augment_subcommands(named))
        .subcommand_required(true)
        .arg_required_else_help(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_groups_says_what_each_group_says_of_itself() {
        for (about, group) in groups() {
            let own = group.get_about().map(ToString::to_string);
            assert_eq!(own.unwrap_or_default(), about, "{}", group.get_name());
        }
    }
}
