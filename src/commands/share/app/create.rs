//! `share app create`: register the application and keep its secret.

use jiff::ToSpan;
use serde::Serialize;
use url::Url;

use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::{Error, Result};
use crate::id::{ClientId, TenantId, TenantRef};
use crate::ops::change::ChangeKind;
use crate::ops::credential;
use crate::ops::expiry::{self, Expiry};
use crate::ops::share::app::create::{self, Created, Draft, NewAppCredential};
use crate::output::{Output, View};
use crate::secrets::Secret;

/// Register a multi-tenant application, and keep its secret as a credential
///
/// The client secret goes from Microsoft Graph straight into the keyring and is never printed, unless
/// --show-secret asks for it. With --federated-issuer and --federated-subject there is no secret at
/// all. The application is found again by its name: a second run changes nothing, or adds a
/// --consumer-tenant that it was not for yet.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share app create -n \"Contoso images\" --consumer-tenant fabrikam.onmicrosoft.com
  az-imageshare share app create -n \"Contoso CI\" \\
      --federated-issuer https://token.actions.githubusercontent.com \\
      --federated-subject repo:contoso/images:ref:refs/heads/main

Permissions: the directory role Application Developer (for an application
Application.ReadWrite.All).
API: https://learn.microsoft.com/graph/api/application-upsert")]
pub(crate) struct AppCreateArgs {
    /// Name of the application
    #[arg(long, short, value_name = "NAME")]
    name: String,
    /// Tenant that will use it, so that the credential may sign in there; may be repeated
    #[arg(long, visible_aliases = ["managing-tenant", "managed-by-tenant-id"], value_name = "GUID|DOMAIN")]
    consumer_tenant: Vec<TenantRef>,
    /// Name of the credential [default: made from the application's name]
    #[arg(long, value_name = "NAME", conflicts_with = "federated_issuer")]
    credential_name: Option<String>,
    /// Last day of the client secret [default: in a year]
    #[arg(long, value_name = "DATE", conflicts_with = "federated_issuer")]
    secret_expires: Option<Expiry>,
    /// Print a newly made client secret as well
    #[arg(long, conflicts_with = "federated_issuer")]
    show_secret: bool,
    /// Issuer whose tokens sign in as the application, instead of a secret
    #[arg(long, value_name = "URL", requires = "federated_subject")]
    federated_issuer: Option<String>,
    /// Subject of these tokens
    #[arg(long, value_name = "TEXT", requires = "federated_issuer")]
    federated_subject: Option<String>,
    /// Page of yours that a browser may end on after consent; may be repeated
    #[arg(long, value_name = "URL", value_parser = redirect_uri)]
    redirect_uri: Vec<Url>,
    #[command(flatten)]
    change: ChangeArgs,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegistrationView {
    name: String,
    client_id: ClientId,
    object_id: String,
    service_principal_id: String,
    tenant_id: TenantId,
    credential: Option<String>,
    portal_url: String,
    change: ChangeKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl View for RegistrationView {
    const TABLE: &'static str =
        "{Name:name, ClientId:clientId, Tenant:tenantId, Credential:credential, Change:change}";
}

pub(super) fn create_application(args: AppCreateArgs, app: &App) -> Result<Output> {
    let (shows, change) = (args.show_secret, args.change);
    let draft = application_draft(args, app)?;
    if let (NewAppCredential::Secret { .. }, None) = (&draft.credential, change.dry_run()) {
        // A secret is told once: there must be somewhere to put it.
        app.secrets.probe()?;
    }
    app.block_on(async {
        let name = draft.name.clone();
        let creation = create::plan_creation(app, draft).await?;
        change
            .carry_out(app, creation.plan.clone(), async |run| {
                let created = creation.carry_out(run).await?;
                if shows && created.secret.is_none() {
                    app.reporter.note(&no_secret_to_show(created.application.app_id));
                }
                Ok(Output::of(&registered_view(created, name, shows, app)))
            })
            .await
    })
}

fn no_secret_to_show(client: ClientId) -> String {
    format!(
        "No secret was made, so there is none to show; the one that is kept stays secret. To make one more: `az-imageshare share app secret add --client-id {client} --show`."
    )
}

fn application_draft(args: AppCreateArgs, app: &App) -> Result<Draft> {
    let credential = match (args.federated_issuer, args.federated_subject) {
        (Some(issuer), Some(subject)) => NewAppCredential::Federated { issuer, subject },
        _ => NewAppCredential::Secret {
            credential: credential_name(args.credential_name, &args.name)?,
            last_day: secret_last_day(app, "--secret-expires", args.secret_expires)?,
        },
    };
    let consumers = app.block_on(credential::resolve_tenants(app, &args.consumer_tenant))?;
    let redirect_uris = args.redirect_uri.iter().map(Url::to_string).collect();
    Ok(Draft { name: args.name, consumers, redirect_uris, credential })
}

/// The last day of a client secret; in a year if none was given.
pub(super) fn secret_last_day(
    app: &App,
    flag: &str,
    wanted: Option<Expiry>,
) -> Result<jiff::civil::Date> {
    let wanted = wanted.map(|expiry| expiry.last_day(expiry::today(app)));
    expiry::check(app, flag, wanted)?;
    Ok(wanted.unwrap_or_else(|| expiry::today(app).saturating_add(1.year())))
}

/// A credential's name out of an application's: what may not are in it becomes `-`.
pub(super) fn credential_name(given: Option<String>, name: &str) -> Result<String> {
    let made = || {
        let harmless = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let letters = name.trim().chars();
        let made: String = letters.map(|c| if harmless(c) { c } else { '-' }).take(64).collect();
        made.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
    };
    let wanted = given.unwrap_or_else(made);
    crate::commands::credential::value::credential_name(&wanted).map_err(|why| {
        Error::usage(format!("no credential can be named '{wanted}': {why}"))
            .hint("Choose a name with `--credential-name NAME`.")
    })
}

/// What Entra takes for a page to come back to: only this computer may do without TLS. Source:
/// <https://learn.microsoft.com/entra/identity-platform/reply-url>
pub(super) fn redirect_uri(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|err| format!("not a valid URL: {err}"))?;
    let local = url.scheme() == "http" && url.host_str() == Some("localhost");
    match url.scheme() {
        "https" => Ok(url),
        _ if local => Ok(url),
        _ => Err("Entra sends browsers back to https:// or http://localhost only".to_owned()),
    }
}

/// A secret that was made now, for a result that was asked to show it.
pub(super) fn shown_secret(made: Option<Secret>, shows: bool) -> Option<String> {
    made.filter(|_| shows).map(|secret| secret.expose().to_owned())
}

fn registered_view(created: Created, name: String, shows: bool, app: &App) -> RegistrationView {
    let client = created.application.app_id;
    let portal = app.settings.cloud.portal.as_str().trim_end_matches('/');
    let secret = shown_secret(created.secret, shows);
    RegistrationView {
        name,
        client_id: client,
        object_id: created.application.id,
        service_principal_id: created.service_principal,
        tenant_id: created.tenant,
        credential: created.credential,
        portal_url: format!(
            "{portal}/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Overview/appId/{client}"
        ),
        change: created.change,
        secret,
    }
}

#[cfg(test)]
mod tests {
    use super::credential_name;

    #[test]
    fn a_credential_is_named_after_the_application() {
        let made = |name| credential_name(None, name).unwrap();
        assert_eq!(made("Contoso images"), "Contoso-images");
        assert_eq!(made(" (new) bridge "), "new--bridge");
        assert!(credential_name(None, "イメージ").is_err());
        assert_eq!(credential_name(Some("x".into()), "イメージ").unwrap(), "x");
    }
}
