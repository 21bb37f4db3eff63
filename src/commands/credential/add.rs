//! `credential add`

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::person::{self, SignInWord};
use super::value;
use super::view::CredentialView;
use crate::app::App;
use crate::auth::credential_source::ClientCredential;
use crate::commands::change_args::ChangeArgs;
use crate::commands::delegation::duration::parse_duration;
use crate::commands::file_argument::FileArgument;
use crate::commands::secret_input::ClientCredentialArgs;
use crate::error::{Error, Result};
use crate::id::{ClientId, TenantId, TenantRef};
use crate::ops::credential::plan::addition_plan;
use crate::ops::credential::proof::prove_draft;
use crate::ops::credential::{self, CredentialDraft};
use crate::ops::expiry::{self, Expiry};
use crate::ops::share::card::Card;
use crate::ops::sign_in::{WantedSignIn, sign_in_person};
use crate::output::Output;

/// Add a credential
///
/// The client secret goes into the keyring of the operating system. A certificate goes into a sealed file whose key is in the keyring. The credential signs in once to each of its tenants before anything is saved.
///
/// With --federated, nothing secret is kept: each sign-in asks the pipeline of the job for a token, so a long run renews it.
///
/// With --sign-in, a person signs in with the public client that --client-id names. Its refresh token lies in a sealed file, and gets tokens of all tenants of the credential.
///
/// Without any of these, the client secret is asked for at the terminal. There is no argument that takes a secret: arguments are visible to every process of the computer.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential add -n publisher --tenant contoso.onmicrosoft.com --default \\
      --client-id a1f40c77-0d35-4e0b-8b5c-1e6d2f901301
  pass show azure/consumer | az-imageshare credential add -n consumer --secret-stdin \\
      --tenant contoso.onmicrosoft.com --client-id a1f40c77-0d35-4e0b-8b5c-1e6d2f901301
  az-imageshare credential add -n pipeline --tenant contoso.onmicrosoft.com \\
      --client-id f64951cc-528a-4350-90a1-63b2742e1701 \\
      --certificate app.pfx --secret-file pfx-password --no-test
  az-imageshare credential add -n aks --tenant contoso.onmicrosoft.com \\
      --client-id 075a62dd-639b-4461-81b2-74c3853f1801 \\
      --federated-token-file \"$AZURE_FEDERATED_TOKEN_FILE\"
  az-imageshare credential add -n actions --tenant contoso.onmicrosoft.com --federated github \\
      --client-id 075a62dd-639b-4461-81b2-74c3853f1801
  az-imageshare credential add -n devops --tenant contoso.onmicrosoft.com --no-test \\
      --client-id 075a62dd-639b-4461-81b2-74c3853f1801 \\
      --federated azure-pipelines --service-connection c4a1f0d2-7b35-4d5e-9a86-1f2e3d4c5b01
  az-imageshare credential add -n me --tenant contoso.onmicrosoft.com --sign-in browser \\
      --client-id 5d0c7f16-93b2-4c5e-8e41-d0a2f7b61901

Permissions: none in Azure; the keyring has to be unlocked.
API: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
See: https://learn.microsoft.com/entra/identity-platform/howto-create-service-principal-portal")]
pub(crate) struct CredentialAddArgs {
    /// Name to use the credential by
    #[arg(long, short, value_name = "NAME", value_parser = value::credential_name)]
    name: String,
    /// Tenant to sign in to, by id or domain
    #[arg(long, value_name = "GUID|DOMAIN", value_parser = value::tenant_value)]
    tenant: TenantRef,
    /// Another tenant it may sign in to; may be repeated
    #[arg(long, value_name = "GUID|DOMAIN", value_parser = value::tenant_value)]
    also_tenant: Vec<TenantRef>,
    /// Application (client) ID; for --sign-in [default: az's `imageshare.client_id`]
    #[arg(long, value_name = "GUID", value_parser = value::client_value, required_unless_present_any = ["card", "sign_in"])]
    client_id: Option<ClientId>,
    /// Card of a publisher: its application, and its tenant as another one
    #[arg(long, value_name = "FILE", conflicts_with = "client_id")]
    card: Option<FileArgument>,
    #[command(flatten)]
    credential: ClientCredentialArgs,
    /// Sign in as a person, with your own public client
    #[arg(long, value_enum, value_name = "WAY", conflicts_with_all = ["secret_stdin", "secret_file", "certificate", "federated_token_file", "federated"])]
    sign_in: Option<SignInWord>,
    /// How long to wait for the browser of --sign-in
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = parse_duration)]
    timeout: Duration,
    /// Day on which the secret ends, to be reminded of it
    #[arg(long, value_name = "DATE")]
    secret_expires_on: Option<Expiry>,
    /// Sign in with this credential whenever no other is chosen
    #[arg(long)]
    default: bool,
    /// Subscription to use with it where none is named, by name or id
    #[arg(long, value_name = "NAME|ID")]
    subscription: Option<String>,
    /// Save without signing in first
    #[arg(long)]
    no_test: bool,
    // What is done without being asked for now.
    #[arg(long, hide = true)]
    test: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn add_credential(args: CredentialAddArgs, app: &App) -> Result<Output> {
    credential::check_free(app, &args.name)?;
    let is_dry_run = args.change.dry_run().is_some();
    let credential = match args.sign_in {
        // Nobody should sign in for what cannot be kept.
        Some(_) if !is_dry_run => app.secrets.probe().map(|()| None)?,
        Some(_) => None,
        None if is_dry_run => args.credential.foreseen(app)?,
        None => Some(args.credential.read(app)?),
    };
    let card = args.card.as_ref().map(|file| Card::read(app, &file.path(app))).transpose()?;
    let client = args.client_id.or(card.as_ref().and_then(|card| card.client_id));
    let client = match client {
        Some(client) => client,
        None if args.card.is_some() => return Err(Error::usage("the card names no application").hint(
            "Ask the publisher for a card with one: `az-imageshare share card --client-id GUID …`.",
        )),
        None => person::configured_client(app)?,
    };
    let tenants = resolve_tenants(app, &args, card.and_then(|card| card.publisher_tenant_id))?;
    let (tenant, also) = tenants.split_first().expect("--tenant is required");
    let credential = match args.sign_in {
        Some(way) if !is_dry_run => Some(person_credential(app, &args, (way, *tenant, client))?),
        Some(way) => Some(ClientCredential::unknown_person(way.into())),
        None => credential,
    };
    let proves = (args.test || !args.no_test)
        && credential.is_some()
        && !(is_dry_run && args.sign_in.is_some());
    let draft = CredentialDraft {
        name: args.name,
        tenant: *tenant,
        also: also.to_vec(),
        client,
        // Nobody is asked in a dry run: that it is a secret is all that is known of it.
        credential: credential.unwrap_or_else(ClientCredential::unknown_secret),
        secret_expires_on: expiry::last_day_text(app, args.secret_expires_on),
        is_default: args.default,
        subscription: args.subscription,
    };
    if proves {
        app.block_on(prove_draft(app, &draft))?;
    }
    let plan = addition_plan(app, &draft)?;
    app.block_on(args.change.carry_out(app, plan, async |run| {
        let work = async { credential::add_credential(app, &draft) };
        Ok(Output::of(&CredentialView::from(run.perform_every(work).await?)))
    }))
}

/// Has the person sign in to the first tenant.
fn person_credential(
    app: &App,
    args: &CredentialAddArgs,
    (way, tenant, client): (SignInWord, TenantId, ClientId),
) -> Result<ClientCredential> {
    let wanted = WantedSignIn {
        tenant,
        client,
        way: way.into(),
        account: None,
        claims: None,
        patience: args.timeout,
    };
    let grant = app.block_on(sign_in_person(app, &wanted))?;
    Ok(ClientCredential::Person(Arc::new(grant)))
}

/// The credential's own tenant, those that were named, and the publisher of the card.
fn resolve_tenants(
    app: &App,
    args: &CredentialAddArgs,
    publisher: Option<TenantId>,
) -> Result<Vec<TenantId>> {
    let mut named = vec![args.tenant.clone()];
    named.extend(args.also_tenant.iter().cloned());
    let mut tenants = app.block_on(credential::resolve_tenants(app, &named))?;
    tenants.extend(publisher.filter(|publisher| !tenants.contains(publisher)));
    Ok(tenants)
}
