//! Consent by browser: the address an administrator of the consumer opens, and what comes of it.
//!
//! Source: <https://learn.microsoft.com/entra/identity-platform/v2-admin-consent>. What the browser
//! brings back is never believed: consent is what the tenant, or a sign-in to it, says.

use std::time::Duration;

use url::Url;

use super::listener::{Answer, Listener};
use super::{REDIRECT, credentials};
use crate::app::App;
use crate::auth::TokenRequest;
use crate::error::{Error, Kind, Result};
use crate::graph::Directory;
use crate::id::{ClientId, TenantId};
use crate::ops::change::wait::Deadline;

/// Which page of Entra asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// `adminconsent`: an administrator consents for the tenant.
    Admin,
    /// `v2.0/adminconsent`, which names a scope.
    AdminV2,
    /// `oauth2/authorize`: a user consents, where the tenant lets users do that.
    User,
}

/// A consent that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    pub client: ClientId,
    pub tenant: TenantId,
    pub page: Page,
    /// Where the browser ends, where that is a page of the publisher's own.
    pub redirect: Option<Url>,
    /// Comes back as it is; it is a secret of this run.
    pub state: String,
}

/// How a consent ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The tenant knows the application: it was read there, or signed in to.
    Verified,
    /// The browser says so, and no one here can check it.
    Unverified,
}

impl Consent {
    /// The URL to open; `port` is where this program listens.
    pub(crate) fn address(&self, app: &App, port: Option<u16>) -> Url {
        let cloud = &app.settings.cloud;
        let base = cloud.active_directory.as_str().trim_end_matches('/');
        let path = match self.page {
            Page::Admin => "adminconsent",
            Page::AdminV2 => "v2.0/adminconsent",
            Page::User => "oauth2/authorize",
        };
        let mut url = Url::parse(&format!("{base}/{}/{path}", self.tenant))
            .expect("an authority with a path is an address");
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("client_id", &self.client.to_string());
            match self.page {
                Page::Admin => {}
                Page::AdminV2 => {
                    query.append_pair("scope", &cloud.graph_scope());
                }
                Page::User => {
                    query.append_pair("response_type", "code");
                }
            }
            let redirect = self.redirect.as_ref().map_or_else(|| redirect(port), Url::to_string);
            query.append_pair("redirect_uri", &redirect);
            query.append_pair("state", &self.state);
        }
        url
    }

    /// Waits for the browser, then finds out what came of it.
    ///
    /// # Errors
    /// If consent was refused, no one came in time, or the tenant does not know the application after all.
    pub(crate) async fn wait(
        &self,
        app: &App,
        listener: Listener,
        limit: Duration,
    ) -> Result<Outcome> {
        let answer = tokio::time::timeout(limit, listener.answer(&self.state))
            .await
            .map_err(|_| {
                Error::new(Kind::Failure, format!("the browser did not return within {} s", limit.as_secs()))
                    .hint("Run the command again, and open the new address; consent that was given meanwhile is found with `share app accept`.")
            })??;
        match answer {
            Answer::Refused { error, description } => Err(Error::new(
                Kind::Failure,
                format!("consent was not given: {error}"),
            )
            .caused_by(Error::new(Kind::Failure, description))
            .hint("Have an administrator of the consumer (Cloud Application Administrator) open the address.")),
            Answer::Came => self.verify(app).await,
        }
    }

    /// Finds out whether the tenant knows the application: by reading it there, else by signing in.
    pub(crate) async fn verify(&self, app: &App) -> Result<Outcome> {
        let mut deadline = Deadline::new(app, SPREAD);
        for look in 1.. {
            match self.look(app).await {
                Some(true) => return Ok(Outcome::Verified),
                None => {
                    app.reporter.warn("consent could not be verified: none of your identities can read that tenant or sign in to it as the application");
                    return Ok(Outcome::Unverified);
                }
                Some(false) => {}
            }
            app.reporter
                .step(&format!("Waiting until tenant {} knows {}", self.tenant, self.client));
            if look == super::MOST_LOOKS || deadline.pause().await.is_err() {
                return Err(Error::new(
                    Kind::Failure,
                    format!(
                        "tenant {} does not know application {}, whatever the browser says",
                        self.tenant, self.client
                    ),
                )
                .hint(
                    "Open the address again and accept, or use `az-imageshare share app accept`.",
                ));
            }
        }
        unreachable!("the loop ends by its counter")
    }

    /// Whether the tenant knows the application; `None` if no one can say.
    async fn look(&self, app: &App) -> Option<bool> {
        if let Ok(client) = app.graph(Some(self.tenant)) {
            let directory = Directory::new(client);
            if let Ok(found) = directory.service_principal(self.client).await {
                return Some(found.is_some());
            }
        }
        let known = credentials(app, self.client).ok()?;
        let usable = known.into_iter().find(|record| record.is_for(self.tenant))?;
        let tokens = app.tokens_of(&usable.name).ok()?;
        let request = TokenRequest {
            tenant: Some(self.tenant),
            scope: app.settings.cloud.arm_scope(),
            renew: true,
        };
        Some(tokens.token(&request).await.is_ok())
    }
}

/// Where the browser comes back to.
fn redirect(port: Option<u16>) -> String {
    match port {
        Some(port) => REDIRECT.replace("localhost", &format!("localhost:{port}")),
        None => REDIRECT.to_owned(),
    }
}

/// How long a consent may take to be seen everywhere.
const SPREAD: Duration = Duration::from_secs(120);
