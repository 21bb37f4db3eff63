//! `credential rotate`

use clap::Args;

use super::Credential;
use super::material::{self, MaterialArgs};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ops::credential::{self, Draft, Kind};
use crate::output::Output;

/// Give a credential a new secret or certificate
///
/// The new secret signs in first, then it is saved, and only then the old one goes: whatever happens in between, one of the two works. Tokens of the old secret are removed from the cache.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential rotate -n publisher
  az ad app credential reset --id a1f40c77-0d35-4e0b-8b5c-1e6d2f901301 \\
      --append --query password -o tsv \\
      | az-imageshare credential rotate -n publisher --secret-stdin --secret-expires-on 2027-11-22
  az-imageshare credential rotate -n publisher --certificate app.pem --skip-test

Permissions: none in Azure for this command; whoever makes the new secret owns the application.
API: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
See: https://learn.microsoft.com/cli/azure/ad/app/credential")]
pub(crate) struct RotateArgs {
    /// Name of the credential
    #[arg(long, short, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    material: MaterialArgs,
    /// Day on which the new secret ends, to be reminded of it
    #[arg(long, value_name = "DATE", value_parser = material::day)]
    secret_expires_on: Option<String>,
    /// Save without signing in first
    #[arg(long)]
    skip_test: bool,
}

pub(super) fn run(args: RotateArgs, app: &App) -> Result<Output> {
    let record = credential::find(app, &args.name)?;
    credential::application(app, &record)?;
    if args.material.is_silent() && record.kind != Kind::Secret {
        return Err(Error::usage(format!(
            "credential '{}' does not sign in with a client secret",
            args.name
        ))
        .hint("Name the new file with --certificate or --federated-token-file."));
    }
    let material = args.material.read(app)?;
    let draft = Draft {
        name: args.name,
        tenant: record.tenant_id,
        also: record.also_tenant_ids.clone(),
        client: record.client_id,
        material,
        secret_expires_on: args.secret_expires_on,
        is_default: record.is_default,
    };
    if !args.skip_test {
        app.block_on(credential::prove(app, &draft))?;
    }
    let expires = draft.secret_expires_on.clone();
    let rotated = credential::rotate(app, &draft.name, &draft.material, expires)?;
    Ok(Output::of(&Credential::from(rotated)))
}
