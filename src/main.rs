//! Hands the process to [`az_imageshare::cli::run`] and its number to the shell.

use std::process::ExitCode;

use az_imageshare::{cli, process};

fn main() -> ExitCode {
    process::harden();
    #[allow(clippy::disallowed_methods)]
    let args = std::env::args_os();
    ExitCode::from(cli::run(args, &process::Process::system()))
}
