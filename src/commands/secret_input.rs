//! How a secret reaches a command: a hidden prompt, standard input, a file. Never an argument.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::PoisonError;

use crate::app::App;
use crate::error::{Error, Result};
use crate::ops::material::LARGEST;

/// Where a secret is to come from.
pub(crate) struct Source<'a> {
    /// A file that holds it.
    pub(crate) file: Option<&'a Path>,
    /// Standard input holds it.
    pub(crate) stdin: bool,
    /// The flags that say so: for a file, for standard input.
    pub(crate) flags: (&'static str, &'static str),
}

impl Source<'_> {
    /// Reads the secret; asks a person at a terminal, because standard input would show what is typed.
    pub(crate) fn read(&self, app: &App, prompt: &str) -> Result<Vec<u8>> {
        let (file, stdin) = self.flags;
        if let Some(path) = self.file {
            return from_file(path, self.flags, app);
        }
        if app.terminals.stdin {
            return asked(app, prompt, stdin);
        }
        if self.stdin {
            return from_stdin(app);
        }
        Err(Error::usage("no secret was given, and nobody is there to be asked")
            .hint(format!("Pipe it in with {stdin}, or name a file with {file}; an argument would show it to everybody on this computer.")))
    }
}

fn asked(app: &App, prompt: &str, stdin: &str) -> Result<Vec<u8>> {
    match (app.hidden_prompt)(prompt) {
        Ok(typed) => Ok(typed.into_bytes()),
        Err(err) => Err(Error::usage(format!("nothing could be asked at the terminal: {err}"))
            .hint(format!("Pipe the secret in with {stdin}."))),
    }
}

fn from_stdin(app: &App) -> Result<Vec<u8>> {
    let mut stdin = app.stdin.lock().unwrap_or_else(PoisonError::into_inner);
    limited(&mut *stdin).map_err(|err| Error::usage(format!("standard input: {err}")))
}

fn from_file(path: &Path, (flag, stdin): (&str, &str), app: &App) -> Result<Vec<u8>> {
    let unreadable = |err: std::io::Error| {
        match err.kind() {
        // What is no file may be the secret itself.
        ErrorKind::NotFound | ErrorKind::InvalidFilename => {
            Error::usage(format!("{flag}: there is no such file")).hint(format!(
                "{flag} takes the name of a file that holds the secret; pipe the secret itself in with {stdin}."
            ))
        }
        _ => Error::usage(format!("{flag} {}: {err}", path.display())),
    }
    };
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata().map_err(unreadable)?);
        if mode & 0o077 != 0 {
            app.reporter.warn(&format!(
                "{path} can be read by other users; delete it, or close it with `chmod 600 {path}`",
                path = path.display()
            ));
        }
    }
    #[cfg(not(unix))]
    let _ = app;
    limited(&mut file).map_err(unreadable)
}

/// One byte more than is allowed shows that there is too much.
fn limited(source: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut read = Vec::with_capacity(1024);
    source.take(LARGEST as u64 + 1).read_to_end(&mut read)?;
    Ok(read)
}
