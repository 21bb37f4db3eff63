//! `credential rotate`

use clap::Args;

use super::view::CredentialView;
use crate::app::App;
use crate::auth::credential_source::ClientCredential;
use crate::commands::change_args::ChangeArgs;
use crate::commands::secret_input::ClientCredentialArgs;
use crate::error::{Error, Result};
use crate::ops::credential::plan::rotation_plan;
use crate::ops::credential::proof::prove_draft;
use crate::ops::credential::{self, CredentialDraft, CredentialKind};
use crate::ops::expiry::{self, Expiry};
use crate::output::Output;

/// Give a credential a new secret or certificate
///
/// The new secret signs in first, then it is saved, and only then the old one goes: whatever happens
/// in between, one of the two works. Tokens of the old secret are removed from the cache.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential rotate -n publisher
  az ad app credential reset --id a1f40c77-0d35-4e0b-8b5c-1e6d2f901301 \\
      --append --query password -o tsv \\
      | az-imageshare credential rotate -n publisher --secret-stdin --secret-expires-on 2027-11-22
  az-imageshare credential rotate -n publisher --certificate app.pem --skip-test --yes

Permissions: none in Azure for this command; the person who creates the new secret owns the
application.
API: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
See: https://learn.microsoft.com/cli/azure/ad/app/credential")]
pub(crate) struct CredentialRotateArgs {
    /// Name of the credential
    #[arg(long, short, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    credential: ClientCredentialArgs,
    /// Day on which the new secret ends, to be reminded of it
    #[arg(long, value_name = "DATE")]
    secret_expires_on: Option<Expiry>,
    /// Save without signing in first
    #[arg(long)]
    skip_test: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn rotate_credential(args: CredentialRotateArgs, app: &App) -> Result<Output> {
    let record = credential::find_record(app, &args.name)?;
    credential::application_in_use(app, &record)?;
    if record.kind == CredentialKind::User {
        return Err(Error::usage(format!(
            "credential '{}' is a person's, and has no secret",
            args.name
        ))
        .hint(format!("Sign in anew: `az-imageshare credential login -n {}`.", args.name)));
    }
    if args.credential.is_silent() && record.kind != CredentialKind::Secret {
        return Err(Error::usage(format!(
            "credential '{}' does not sign in with a client secret",
            args.name
        ))
        .hint("Name the new file with --certificate or --federated-token-file."));
    }
    let is_dry_run = args.change.dry_run().is_some();
    let credential =
        if is_dry_run { args.credential.foreseen(app)? } else { Some(args.credential.read(app)?) };
    let proves = !args.skip_test && credential.is_some();
    let draft = CredentialDraft {
        name: args.name,
        tenant: record.tenant_id,
        also: record.also_tenant_ids.clone(),
        client: record.client_id,
        credential: credential.unwrap_or_else(ClientCredential::unknown_secret),
        secret_expires_on: expiry::last_day_text(app, args.secret_expires_on),
        is_default: record.is_default,
        subscription: record.subscription.clone(),
    };
    if proves {
        app.block_on(prove_draft(app, &draft))?;
    }
    let plan = rotation_plan(app, &record, &draft, !args.skip_test);
    app.block_on(args.change.carry_out(app, plan, async |run| {
        let expires = draft.secret_expires_on.clone();
        let work =
            async { credential::rotate_credential(app, &draft.name, &draft.credential, expires) };
        let rotated = run.perform_every(work).await?;
        credential::forget_replaced(app, &draft.name)?;
        Ok(Output::of(&CredentialView::from(rotated)))
    }))
}
