//! What `credential` takes of a person who signs in.

use clap::ValueEnum;

use crate::app::App;
use crate::auth::records::SignInWay;
use crate::error::{Error, Result};
use crate::id::ClientId;

/// The words of `--sign-in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SignInWord {
    /// In the system's browser
    Browser,
    /// By a code that is typed in any browser; many tenants block it
    DeviceCode,
}

/// The application that people sign in with where none is named.
pub(super) fn configured_client(app: &App) -> Result<ClientId> {
    let file = app.settings.config_dir.join("config");
    let file = file.display();
    match app.settings.person_client.as_deref() {
        Some(named) => named.parse().map_err(|_| {
            Error::usage(format!(
                "client_id in [imageshare] of {file} is not a valid ID: '{named}'"
            ))
            .hint(
                "Set it to the application (client) ID of your public client, or use --client-id.",
            )
        }),
        None => {
            Err(Error::usage("no application named for the person to sign in with").hint(format!(
                "Use `--client-id GUID`, or write `client_id = GUID` into [imageshare] of {file}."
            )))
        }
    }
}

impl From<SignInWord> for SignInWay {
    fn from(word: SignInWord) -> SignInWay {
        match word {
            SignInWord::Browser => SignInWay::Browser,
            SignInWord::DeviceCode => SignInWay::DeviceCode,
        }
    }
}
