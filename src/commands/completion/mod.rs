//! `completion`: the script that lets a shell ask this program.

use clap::{Args, ValueEnum};

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod scripts;

/// The first argument by which the scripts ask; `cli` answers before anything else is looked at.
pub(crate) const ENTRY: &str = "__complete";

/// Print the script that completes commands, flags and values in a shell
///
/// A TAB is answered by this program from files on this computer: it touches no network and no keyring.
/// Names of subscriptions, resource groups, images and the like are those that earlier commands have
/// seen; `--refresh-completions` on a list command reads them all.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare completion bash
  az-imageshare completion zsh

Set-up, once for each shell:
  bash        echo 'source <(az-imageshare completion bash)' >> ~/.bashrc
  zsh         echo 'source <(az-imageshare completion zsh)' >> ~/.zshrc
  fish        az-imageshare completion fish > ~/.config/fish/completions/az-imageshare.fish
  powershell  'az-imageshare completion powershell | Out-String | Invoke-Expression' >> $PROFILE
  elvish      echo 'eval (az-imageshare completion elvish | slurp)' >> ~/.config/elvish/rc.elv
  nushell     az-imageshare completion nushell | save $\"($nu.user-autoload-dirs.0)/az-imageshare.nu\"

In zsh the line belongs behind `compinit`.

Permissions: none; nothing is sent.
See: https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html")]
pub(crate) struct CompletionArgs {
    /// Shell to print the script for
    shell: Shell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Nushell,
    Powershell,
    Zsh,
}

pub(super) fn print_completion_script(args: CompletionArgs, _: &App) -> Result<Output> {
    let (name, script) = match args.shell {
        Shell::Bash => ("bash", scripts::BASH),
        Shell::Elvish => ("elvish", scripts::ELVISH),
        Shell::Fish => ("fish", scripts::FISH),
        Shell::Nushell => ("nushell", scripts::NUSHELL),
        Shell::Powershell => ("powershell", scripts::POWERSHELL),
        Shell::Zsh => ("zsh", scripts::ZSH),
    };
    let head = format!("# Made by `az-imageshare completion {name}`; it only asks the program.");
    let script = script.replace("HEAD", &head).replace("ENTRY", ENTRY);
    Ok(Output::verbatim(script))
}
