//! The state of everything that is kept on this computer.

use serde::Serialize;

use super::credentials::{self, CredentialStatus};
use super::endings::{self, Ending};
use super::open_runs::{self, OpenRun};
use super::sign_in::{self, SignInStatus, SubscriptionStatus, sign_in_status};
use crate::app::App;
use crate::app::names::KnownNames;
use crate::error::Result;

/// The state of everything that is kept on this computer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LocalStatus {
    pub cloud: String,
    /// Who signs in where no one is named; none if no one can.
    pub signed_in: Option<SignInStatus>,
    /// Why no one can sign in, and what to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problem: Vec<String>,
    /// The subscription that is used where none is named.
    pub subscription: Option<SubscriptionStatus>,
    pub credentials: Vec<CredentialStatus>,
    /// What ends within 30 days, or has ended, the next first.
    pub ends_soon: Vec<Ending>,
    /// Runs that are under way, or did not come to their end.
    pub open_runs: Vec<OpenRun>,
}

/// Reads the state. Uses no network, and lets no keyring ask.
///
/// # Errors
/// If the records of the credentials or of the runs cannot be read.
pub(crate) fn local_status(app: &App) -> Result<LocalStatus> {
    let names = KnownNames::open(app);
    let credentials = credentials::all(app, &names)?;
    let (signed_in, problem) = match sign_in_status(app, &names) {
        Ok(found) => (Some(found), Vec::new()),
        Err(err) => {
            let told = std::iter::once(err.to_string()).chain(err.causes());
            (None, told.chain(err.hints().iter().cloned()).collect())
        }
    };
    let runs = crate::ops::history::recorded_runs(app)?;
    Ok(LocalStatus {
        cloud: app.settings.cloud.name.clone(),
        subscription: sign_in::subscription_status(app, &names),
        ends_soon: endings::all(app, &credentials, &runs),
        open_runs: open_runs::of(app, &runs),
        signed_in,
        problem,
        credentials,
    })
}
