//! Hands the process to [`az_imageshare::cli::run`] and its number to the shell.

use std::process::ExitCode;

use az_imageshare::cli;
use az_imageshare::process::{self, Process};
use git_version::git_version;

/// What was checked out, or what the builder of an archive says in this variable.
const COMMIT: &str = match option_env!("AZ_IMAGESHARE_COMMIT") {
    Some(commit) => commit,
    None => git_version!(args = ["--always", "--exclude=*", "--abbrev=12"], fallback = "unknown"),
};

fn main() -> ExitCode {
    process::harden_process();
    let mut process = Process::system();
    process.commit = COMMIT;
    #[allow(clippy::disallowed_methods)]
    let args: Vec<_> = std::env::args_os().collect();
    let code = process::with_a_deep_stack(|| cli::run(args, &process));
    ExitCode::from(code)
}
