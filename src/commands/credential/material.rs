//! Where a secret comes in: a hidden prompt, standard input, a file. Never an argument.

use std::path::PathBuf;

use clap::Args;

use crate::app::App;
use crate::commands::secret_input;
use crate::error::Result;
use crate::id::{ClientId, TenantRef};
use crate::ops::material::Material;

/// How the application proves who it is.
#[derive(Args, Debug)]
#[command(next_help_heading = "Secret Arguments")]
pub(super) struct MaterialArgs {
    /// Read the client secret (or the PFX password) from standard input
    #[arg(long)]
    secret_stdin: bool,
    /// Read the client secret (or the PFX password) from a file
    #[arg(long, value_name = "FILE", conflicts_with = "secret_stdin")]
    secret_file: Option<PathBuf>,
    /// Sign in with a certificate: PEM with certificate and RSA key, or PFX
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Sign in with the token that somebody else puts into this file (workload identity)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["certificate", "secret_stdin", "secret_file"])]
    federated_token_file: Option<PathBuf>,
}

impl MaterialArgs {
    /// True if nothing says where a secret is: then a person is asked.
    pub(super) fn is_silent(&self) -> bool {
        !self.secret_stdin
            && self.secret_file.is_none()
            && self.certificate.is_none()
            && self.federated_token_file.is_none()
    }

    /// Reads what proves who the application is. The keyring is tried first: nobody should be asked for a
    /// secret that cannot be kept.
    pub(super) fn read(&self, app: &App) -> Result<Material> {
        if let Some(path) = &self.federated_token_file {
            return Material::token_file(path);
        }
        app.secrets.probe()?;
        let Some(path) = &self.certificate else {
            return Material::secret(self.secret(app, "Client secret: ")?);
        };
        let given = self.secret_stdin || self.secret_file.is_some();
        Material::certificate(path, |is_closed| {
            let ask = given || (app.terminals.stdin && is_closed);
            ask.then(|| self.secret(app, "Password of the PFX file: ")).transpose()
        })
    }

    fn secret(&self, app: &App, prompt: &str) -> Result<Vec<u8>> {
        let source = secret_input::Source {
            file: self.secret_file.as_deref(),
            stdin: self.secret_stdin,
            flags: ("--secret-file", "--secret-stdin"),
        };
        source.read(app, prompt)
    }
}

/// Like the type's own parser, but what was typed is not repeated: it may be the secret.
pub(super) fn tenant(text: &str) -> Result<TenantRef, &'static str> {
    text.parse().map_err(|_| "neither a tenant id (GUID) nor a domain name of a tenant")
}

/// Like the type's own parser, but what was typed is not repeated: it may be the secret.
pub(super) fn client(text: &str) -> Result<ClientId, &'static str> {
    text.parse()
        .map_err(|_| "not the application (client) id of an app registration, which is a GUID")
}

/// Reads the day on which a secret ends.
pub(super) fn day(text: &str) -> Result<String, &'static str> {
    let day = text.get(..10).unwrap_or(text);
    day.parse::<jiff::civil::Date>()
        .map(|day| day.to_string())
        .map_err(|_| "not a date like 2027-01-31")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_entra_shows_them() {
        assert_eq!(day("2027-01-31").as_deref(), Ok("2027-01-31"));
        assert_eq!(day("2027-01-31T10:00:00Z").as_deref(), Ok("2027-01-31"));
        for bad in ["", "31.1.2027", "2027-02-30", "soon", "2027-13-01"] {
            assert!(day(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_typed_is_not_repeated() {
        let typed = "CANARY-7f3a9d";
        assert!(!tenant(typed).unwrap_err().contains(typed));
        assert!(!client(typed).unwrap_err().contains(typed));
    }
}
