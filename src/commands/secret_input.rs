//! How a secret reaches a command: a hidden prompt, standard input, a file. Never an argument.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::PoisonError;

use clap::{Args, ValueEnum};
use uuid::Uuid;

use crate::app::App;
use crate::auth::credential_source::ClientCredential;
use crate::auth::token_request::PipelineTrust;
use crate::commands::file_argument::FileArgument;
use crate::error::{Error, Result};
use crate::secrets::exposure::{FileExposure, exposure_of};
use crate::secrets::input::{self, InputError};
use crate::settings::TokenIssuer;

/// How the application proves who it is.
#[derive(Args, Debug)]
#[command(next_help_heading = "Secret Arguments")]
pub(crate) struct ClientCredentialArgs {
    /// Read the client secret (or the key file's password) from standard input
    #[arg(long)]
    secret_stdin: bool,
    /// Read the client secret (or the key file's password) from a file
    #[arg(long, value_name = "FILE", conflicts_with = "secret_stdin")]
    secret_file: Option<FileArgument>,
    /// Sign in with a certificate: PEM with its RSA key, or PFX; also encrypted, or Key Vault's base64
    #[arg(long, value_name = "FILE")]
    certificate: Option<FileArgument>,
    /// Sign in with the token that a platform writes into this file (workload identity)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["certificate", "secret_stdin", "secret_file"])]
    federated_token_file: Option<FileArgument>,
    /// Sign in with the tokens that this pipeline issues to its jobs
    #[arg(long, value_name = "PIPELINE", conflicts_with_all = ["certificate", "secret_stdin", "secret_file", "federated_token_file"])]
    federated: Option<Pipeline>,
    /// ID of the Azure Pipelines service connection; the job's own where it is not named
    #[arg(long, value_name = "GUID", requires = "federated")]
    service_connection: Option<Uuid>,
}

/// The words of `--federated`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Pipeline {
    /// GitHub Actions
    #[value(name = "github")]
    GitHub,
    /// Azure Pipelines
    AzurePipelines,
}

impl ClientCredentialArgs {
    /// True if nothing says where a secret is: then a person is asked.
    pub(crate) fn is_silent(&self) -> bool {
        !self.secret_stdin
            && self.secret_file.is_none()
            && self.certificate.is_none()
            && self.federated_token_file.is_none()
            && self.federated.is_none()
    }

    /// What a dry run has of it: what is given is read, but no one is asked, and the keyring is left alone.
    pub(crate) fn foreseen(&self, app: &App) -> Result<Option<ClientCredential>> {
        if self.is_silent() {
            return Ok(None);
        }
        self.given(app).map(Some)
    }

    /// Reads what proves who the application is. The keyring is tried first: no one should be asked for a
    /// secret that cannot be kept.
    pub(crate) fn read(&self, app: &App) -> Result<ClientCredential> {
        if self.federated_token_file.is_none() && self.federated.is_none() {
            app.secrets.probe()?;
        }
        self.given(app)
    }

    fn given(&self, app: &App) -> Result<ClientCredential> {
        if let Some(file) = &self.federated_token_file {
            return Ok(ClientCredential::from_token_file(&file.path(app))?);
        }
        if let Some(pipeline) = self.federated {
            return self.trust(pipeline, app).map(ClientCredential::Pipeline);
        }
        let Some(file) = &self.certificate else {
            let read = self.secret(app, "Client secret: ")?;
            let secret = input::client_secret(read).map_err(|err| unfit_input(err, "secret"))?;
            return Ok(ClientCredential::Secret(secret));
        };
        let given = self.secret_stdin || self.secret_file.is_some();
        let warn = |text: &str| app.reporter.warn(text);
        ClientCredential::from_certificate(&file.path(app), &warn, |is_closed| {
            if !given && !is_closed {
                return Ok(None);
            }
            // What the variable is for: the password of the file that is named.
            let set = &app.settings.environment.certificate_password;
            if !given && (set.is_some() || !app.terminals.stdin) {
                return Ok(set.clone());
            }
            let read = self.secret(app, "Password of the key file: ")?;
            input::read_password(read).map(Some).map_err(|err| unfit_input(err, "password"))
        })
    }

    /// The pipeline that is trusted; a service connection is known by its id.
    fn trust(&self, pipeline: Pipeline, app: &App) -> Result<PipelineTrust> {
        let named = self.service_connection.map(|id| id.to_string());
        match pipeline {
            Pipeline::GitHub if named.is_some() => {
                Err(Error::usage("--service-connection belongs to --federated azure-pipelines")
                    .hint("Leave it out: GitHub asks for no service connection."))
            }
            Pipeline::GitHub => Ok(PipelineTrust { issuer: TokenIssuer::GitHub, connection: None }),
            Pipeline::AzurePipelines => {
                let offered = &app.settings.environment.token_requests;
                let known = offered.iter().find_map(|offer| offer.connection.clone());
                let connection = named.or(known).ok_or_else(|| {
                    Error::usage("Azure Pipelines gives tokens for a service connection, and none is named")
                        .hint("Add --service-connection ID; the ID is `resourceId` in the address of its page in the project settings.")
                })?;
                Ok(PipelineTrust {
                    issuer: TokenIssuer::AzurePipelines,
                    connection: Some(connection),
                })
            }
        }
    }

    fn secret(&self, app: &App, prompt: &str) -> Result<Vec<u8>> {
        let path = self.secret_file.as_ref().map(|file| file.path(app));
        let source = SecretInput {
            file: path.as_deref(),
            stdin: self.secret_stdin,
            flags: ("--secret-file", "--secret-stdin"),
        };
        source.read(app, prompt)
    }
}

/// Where a secret is to come from.
pub(crate) struct SecretInput<'a> {
    /// A file that holds it.
    pub(crate) file: Option<&'a Path>,
    /// Standard input holds it.
    pub(crate) stdin: bool,
    /// The flags that say so: for a file, for standard input.
    pub(crate) flags: (&'static str, &'static str),
}

impl SecretInput<'_> {
    /// Reads what a file or standard input holds; no one types a document at a prompt.
    pub(crate) fn read_piped(&self, app: &App) -> Result<Vec<u8>> {
        match self.file {
            Some(path) => from_file(path, self.flags, app),
            None => from_stdin(app),
        }
    }

    /// Reads the secret; asks a person at a terminal, because standard input would show what is typed.
    pub(crate) fn read(&self, app: &App, prompt: &str) -> Result<Vec<u8>> {
        let (file, stdin) = self.flags;
        if let Some(path) = self.file {
            return from_file(path, self.flags, app);
        }
        if app.terminals.stdin {
            return ask_hidden(app, prompt, stdin);
        }
        if self.stdin {
            return from_stdin(app);
        }
        Err(Error::usage("no secret given, and no terminal to prompt on")
            .hint(format!("Pipe it in with {stdin}, or name a file with {file}; an argument would show it to every user of this computer.")))
    }
}

fn ask_hidden(app: &App, prompt: &str, stdin: &str) -> Result<Vec<u8>> {
    match (app.hidden_prompt)(prompt) {
        Ok(typed) => Ok(typed.into_bytes()),
        Err(err) => Err(Error::usage(format!("nothing could be asked at the terminal: {err}"))
            .hint(format!("Pipe the secret in with {stdin}."))),
    }
}

fn from_stdin(app: &App) -> Result<Vec<u8>> {
    let mut stdin = app.stdin.lock().unwrap_or_else(PoisonError::into_inner);
    read_limited(&mut *stdin).map_err(|err| Error::usage(format!("standard input: {err}")))
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
    let fix = match exposure_of(path, &file.metadata().map_err(unreadable)?) {
        FileExposure::Private => None,
        FileExposure::Mendable => {
            Some(format!("delete it, or close it with `chmod 600 {}`", path.display()))
        }
        FileExposure::Lasting => Some("delete it".to_owned()),
    };
    if let Some(fix) = fix {
        let path = path.display();
        app.reporter.warn(&format!("{path} can be read by other users; {fix}"));
    }
    read_limited(&mut file).map_err(unreadable)
}

/// One byte more than is allowed shows that there is too much.
fn read_limited(source: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut read = Vec::with_capacity(1024);
    source.take(input::LARGEST as u64 + 1).read_to_end(&mut read)?;
    Ok(read)
}

pub(crate) fn unfit_input(err: InputError, what: &str) -> Error {
    let hint = match err {
        InputError::SecretId => {
            "Copy the Value column of Certificates & secrets in Entra; it is shown only right after the secret was made, so make a new one if it is gone."
        }
        InputError::Document => {
            "Bring it in whole: `az-imageshare credential import --from-file FILE`."
        }
        InputError::Empty => {
            "Check the command before the pipe, or the file: nothing came out of it."
        }
        _ => "Give the value alone, without anything around it.",
    };
    Error::usage(err.to_string().replace("secret ", &format!("{what} "))).hint(hint)
}
