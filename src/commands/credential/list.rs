//! `credential list`

use clap::Args;

use super::view::CredentialView;
use crate::app::App;
use crate::error::Result;
use crate::ops::credential;
use crate::output::Output;

/// List the credentials
///
/// Reads neither keyring nor network.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential list -o table
  az-imageshare credential list --query '[?isDefault].name' -o tsv

Permissions: none, nothing is called.
See: https://learn.microsoft.com/entra/identity-platform/app-objects-and-service-principals")]
pub(crate) struct CredentialListArgs {}

pub(super) fn list_credentials(_args: &CredentialListArgs, app: &App) -> Result<Output> {
    let rows: Vec<CredentialView> =
        credential::all_records(app)?.into_iter().map(CredentialView::from).collect();
    Ok(Output::rows(&rows).if_empty(EMPTY))
}

/// What is said where there is nothing to list.
pub(super) const EMPTY: &str =
    "No credential is stored; keep one with `az-imageshare credential add`.";
