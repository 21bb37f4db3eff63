//! `token clear`

use clap::Args;

use crate::app::App;
use crate::error::Result;
use crate::id::TenantRef;
use crate::ops::token::{self, TokenSelector};
use crate::output::Output;

/// Remove tokens from the cache
///
/// The next command signs in again. Tokens that were handed out stay valid until they end: Entra cannot take them back.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare token clear --all
  az-imageshare token clear -n publisher
  az-imageshare token clear --tenant fabrikam.onmicrosoft.com

Permissions: none, nothing is called but the keyring.
See: https://learn.microsoft.com/entra/identity-platform/access-tokens")]
pub(crate) struct TokenClearArgs {
    #[command(flatten)]
    which: ClearSelection,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct ClearSelection {
    /// Tokens of a credential
    #[arg(long, short, value_name = "NAME")]
    name: Option<String>,
    /// Tokens of a tenant, by id or domain
    #[arg(long, value_name = "GUID|DOMAIN")]
    tenant: Option<TenantRef>,
    /// All tokens, and the kernel's copy of the key
    #[arg(long)]
    all: bool,
}

pub(super) fn clear_tokens(args: &TokenClearArgs, app: &App) -> Result<Output> {
    let which = match (&args.which.name, &args.which.tenant) {
        (Some(name), _) => TokenSelector::Credential(name.clone()),
        (_, Some(TenantRef::Id(id))) => TokenSelector::Tenant(*id),
        (_, Some(domain)) => TokenSelector::Tenant(app.block_on(app.tenant_id(domain))?),
        (None, None) => TokenSelector::All,
    };
    token::clear_tokens(app, &which)?;
    Ok(Output::none())
}
