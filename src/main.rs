//! Hands the process to [`az_imageshare::cli::run`] and its number to the shell.

use std::process::ExitCode;

use az_imageshare::{cli, process};

fn main() -> ExitCode {
    process::harden_process();
    #[allow(clippy::disallowed_methods)]
    let args: Vec<_> = std::env::args_os().collect();
    let code = process::with_a_deep_stack(|| cli::run(args, &process::Process::system()));
    ExitCode::from(code)
}
