//! `token clear`

use clap::Args;

use crate::app::App;
use crate::error::{Error, Result};
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
#[group(multiple = false)]
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
        (None, None) if args.which.all => TokenSelector::All,
        (None, None) => TokenSelector::Credential(credential_on_line(app)?),
    };
    if token::clear_tokens(app, &which)? == 0 {
        app.reporter.note("No token was in the cache.");
    }
    Ok(Output::none())
}

/// `--credential NAME` says it as well as `--name NAME`; what a variable names is not meant.
fn credential_on_line(app: &App) -> Result<String> {
    let words = &app.command_line;
    let behind = |(at, word): (usize, &String)| match word.strip_prefix("--credential") {
        Some("") => words.get(at + 1).cloned(),
        Some(value) => value.strip_prefix('=').map(str::to_owned),
        None => None,
    };
    words.iter().enumerate().find_map(behind).ok_or_else(|| {
        Error::usage("the tokens to clear are not named")
            .hint("Add `--name CREDENTIAL`, `--tenant TENANT` or `--all`.")
    })
}
