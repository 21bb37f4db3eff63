//! `share app consent-url`: the URL where the consumer's administrator accepts the application.

use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;
use url::Url;

use super::create::redirect_uri;
use super::selector::AppSelector;
use crate::app::App;
use crate::commands::delegation::duration::parse_duration;
use crate::error::{Error, Result};
use crate::id::{ClientId, TenantId, TenantRef};
use crate::ops::change::resume;
use crate::ops::share::app::consent::{Consent, Outcome, Page};
use crate::ops::share::app::listener::Listener;
use crate::ops::share::app::{Home, Wanted};
use crate::output::{Output, View};

/// Print the admin consent URL, or wait for consent
///
/// With --listen the browser comes back to this computer, which then checks that the consumer's tenant
/// really knows the application: what the browser says is never believed. Without it, the browser ends
/// on a page that cannot be reached, which does no harm but looks like an error: a link to be mailed
/// gets a page of yours with --redirect-uri. Register that page first, with
/// `share app create --redirect-uri`. `share app accept` does the same without a browser.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share app consent-url --client-id e53840bb-4179-424f-8f90-52a1631d1601 \\
      --tenant fabrikam.onmicrosoft.com
  az-imageshare share app consent-url --client-id e53840bb-4179-424f-8f90-52a1631d1601 \\
      --tenant 8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002 --page user --query url -o tsv
  az-imageshare share app consent-url --client-id e53840bb-4179-424f-8f90-52a1631d1601 \\
      --tenant fabrikam.onmicrosoft.com --redirect-uri https://contoso.com/thanks

Permissions: the person who opens the URL must be Cloud Application Administrator of that tenant.
API: https://learn.microsoft.com/entra/identity-platform/v2-admin-consent")]
pub(crate) struct AppConsentUrlArgs {
    #[command(flatten)]
    wanted: AppSelector,
    /// The consumer's tenant
    #[arg(long, value_name = "GUID|DOMAIN", visible_alias = "consumer-tenant")]
    tenant: TenantRef,
    /// Which page of Entra asks
    #[arg(long, value_enum, default_value_t = ConsentPage::Admin)]
    page: ConsentPage,
    /// Page of yours on which the browser ends, which the application has to know
    #[arg(long, value_name = "URL", value_parser = redirect_uri, conflicts_with = "listen")]
    redirect_uri: Option<Url>,
    /// Wait until the browser comes back
    #[arg(long)]
    listen: bool,
    /// How long to wait
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = parse_duration, requires = "listen")]
    timeout: Duration,
}

/// The words of `--page`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ConsentPage {
    /// An administrator consents for the whole tenant
    Admin,
    /// The same by the v2.0 endpoint
    AdminV2,
    /// A user consents, where the tenant allows it
    User,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConsentView {
    url: String,
    client_id: ClientId,
    tenant_id: TenantId,
    state: String,
    /// True once the tenant knows the application; null if no one waited or no one could check.
    accepted: Option<bool>,
}

impl View for ConsentView {
    const TABLE: &'static str = "{Tenant:tenantId, ClientId:clientId, Accepted:accepted}";
}

pub(super) fn print_consent_url(args: AppConsentUrlArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let consent = Consent {
            client: selected_client_id(app, &args).await?,
            tenant: app.tenant_id(&args.tenant).await?,
            page: match args.page {
                ConsentPage::Admin => Page::Admin,
                ConsentPage::AdminV2 => Page::AdminV2,
                ConsentPage::User => Page::User,
            },
            redirect: args.redirect_uri.clone(),
            state: uuid::Uuid::new_v4().simple().to_string(),
        };
        let (url, accepted) = if args.listen {
            let listener = Listener::open().await?;
            let url = consent.address(app, Some(listener.port));
            app.reporter.note(&format!("Open this address in a browser: {url}"));
            let outcome = consent.wait(app, listener, args.timeout).await?;
            (url, (outcome == Outcome::Verified).then_some(true))
        } else {
            (consent.address(app, None), None)
        };
        let below = vec![url.to_string()];
        Ok(Output::of(&ConsentView {
            url: url.to_string(),
            client_id: consent.client,
            tenant_id: consent.tenant,
            state: consent.state,
            accepted,
        })
        .remarks(below))
    })
}

async fn selected_client_id(app: &App, args: &AppConsentUrlArgs) -> Result<ClientId> {
    match args.wanted.wanted() {
        Wanted::Client(client) => Ok(client),
        named @ Wanted::Named(_) => {
            let home = Home::open(app, None).await?;
            let known = home.require(&named).await?;
            if let Some(uri) = &args.redirect_uri
                && !known.web.redirect_uris.iter().any(|known| known == uri.as_str())
            {
                return Err(Error::usage(format!(
                    "application '{}' does not know {uri}, and Entra refuses a page that it does not know",
                    known.label()
                ))
                .hint(format!("Register it: `{}`.", registering(app, &known.label(), uri))));
            }
            Ok(known.app_id)
        }
    }
}

fn registering(app: &App, name: &str, uri: &Url) -> String {
    let words = ["share", "app", "create", "-n", name, "--redirect-uri", uri.as_str()];
    resume::other_command(app, &words)
}
