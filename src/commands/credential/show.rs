//! `credential show`

use clap::Args;
use serde::Serialize;

use super::view::CredentialView;
use crate::app::App;
use crate::app::names::KnownNames;
use crate::error::Result;
use crate::ops::credential;
use crate::ops::status::{self, CredentialHealth, SignInReason, SignInStatus};
use crate::output::{Output, View};

/// Show a credential, without its secret
///
/// Without --name, who signs in where none is named, and why: a stored credential, the environment
/// or the az login. Uses no network.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential show
  az-imageshare credential show -n publisher
  az-imageshare credential show -n publisher --query clientId -o tsv

Permissions: none, nothing is called.
See: https://learn.microsoft.com/entra/identity-platform/app-objects-and-service-principals")]
pub(crate) struct CredentialShowArgs {
    /// Name of the credential
    #[arg(long, short, value_name = "NAME")]
    name: Option<String>,
}

pub(super) fn show_credential(args: &CredentialShowArgs, app: &App) -> Result<Output> {
    match &args.name {
        Some(name) => Ok(Output::of(&CredentialView::from(credential::find_record(app, name)?))),
        None => show_in_force(app),
    }
}

/// Who signs in where no one is named: a stored credential, the environment, or the `az` login.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InForceView {
    /// What is kept of it, if it is a stored one.
    #[serde(flatten)]
    kept: Option<CredentialView>,
    /// How it is, if it is a stored one.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<CredentialHealth>,
    #[serde(flatten)]
    signs_in: SignInStatus,
}

impl View for InForceView {
    const TABLE: &'static str = "{Name:name, Why:reason, Health:health, Tenants:join(', ', tenants[].[name || id][]), ClientId:clientId, SecretExpiresOn:secretExpiresOn}";
}

fn show_in_force(app: &App) -> Result<Output> {
    let names = KnownNames::open(app);
    let signs_in = status::sign_in_status(app, &names)?;
    let kept = credential::find_record(app, &signs_in.name).ok();
    let kept = kept.filter(|_| {
        matches!(signs_in.why, SignInReason::Flag | SignInReason::Variable | SignInReason::Default)
    });
    let health = kept.as_ref().map(|kept| status::credential_status(app, &names, kept).health);
    let kept = kept.map(CredentialView::from);
    Ok(Output::of(&InForceView { kept, health, signs_in }))
}
