//! Signing in to Entra: `azure_identity` forms the request, and this program's one HTTP sender carries it.
//!
//! The adapter in between pins the authority, keeps Entra's own words (`azure_identity` loses every error text that
//! holds an escaped character), and measures how far this computer's clock is off.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::TokenCredential;
use azure_core::http::{
    ClientMethodOptions, ClientOptions, RetryOptions, Transport as AzureTransport,
};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions,
};
use http::Method;
use url::Url;

use super::azure_identity_adapter::{PinnedClient, TokenExchange};
use super::context::{SignInContext, Warn};
use super::credential_source::{ClientCredential, read_token_file};
use super::error::AuthError;
use super::token_request::TokenRequestAddress;
use crate::id::{ClientId, TenantId};
use crate::process::{Clock, unix_seconds};
use crate::secrets::Secret;
use crate::settings::TokenRequestVariables;
use crate::transport::{Transport, retry};

/// A token as Entra issued it.
#[derive(Debug)]
pub(crate) struct IssuedToken {
    pub secret: Secret,
    /// When it ends by the local clock: counted from its receipt, whatever the server's clock says.
    pub expires_on: i64,
}

/// One authority, and the way to it.
pub(crate) struct Entra {
    /// The sign-in service: nothing is ever sent elsewhere.
    pub authority: Url,
    /// The way to the network.
    pub transport: Arc<dyn Transport>,
    /// What time it is.
    pub clock: Clock,
    /// Reports a wrong clock.
    pub warn: Warn,
    /// Where pipelines issue tokens to this job.
    pub pipelines: Vec<TokenRequestVariables>,
}

/// Who wants which token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GrantRequest<'a> {
    /// The tenant to sign in to.
    pub tenant: TenantId,
    pub client: ClientId,
    /// The scope of the token.
    pub scope: &'a str,
}

/// One token request with all its retries takes no longer.
const BUDGET: Duration = Duration::from_secs(60);
const ATTEMPTS: u32 = 4;
/// No one answers at all: a second try for a dropped packet, then the user should know.
const ATTEMPTS_UNREACHABLE: u32 = 2;
const CLOCK_TOLERANCE: i64 = 300;
/// "Client assertion is not within its valid time range."
const ASSERTION_TIME: i64 = 700_024;

impl Entra {
    /// The way to the authority of an application.
    pub(crate) fn at(authority: &Url, context: &SignInContext) -> Result<Entra, AuthError> {
        Ok(Entra {
            authority: authority.clone(),
            transport: (context.connect)()?,
            clock: context.clock.clone(),
            warn: context.warn.clone(),
            pipelines: context.settings.environment.token_requests.clone(),
        })
    }

    /// Signs in.
    pub(crate) async fn sign_in(
        &self,
        request: GrantRequest<'_>,
        shown: &ClientCredential,
    ) -> Result<IssuedToken, AuthError> {
        let issued = self.token_of_pipeline(shown).await?.map(ClientCredential::Token);
        let shown = issued.as_ref().unwrap_or(shown);
        let started = Instant::now();
        let mut attempt = 0;
        let mut correction = 0;
        loop {
            attempt += 1;
            let (outcome, exchange) = self.once(request, shown, correction).await;
            if attempt == 1 {
                self.mind_the_clock(&exchange);
            }
            let failure = match outcome {
                Ok(issued) => return Ok(issued),
                Err(failure) => failure,
            };
            if is_assertion_time(&failure, shown) && correction == 0 && exchange.skew != 0 {
                correction = exchange.skew;
                continue;
            }
            let jitter = u64::from(started.elapsed().subsec_nanos());
            let wait =
                exchange.retry_after.unwrap_or_else(|| retry::backoff_pause(attempt, jitter));
            if attempt >= attempts_for(&failure) || started.elapsed().saturating_add(wait) > BUDGET
            {
                return Err(failure);
            }
            if started.elapsed() + wait > retry::UNNOTICED {
                let seconds = wait.as_secs().max(1);
                (self.warn)(&format!(
                    "the sign-in service is asked again in {seconds} s: {failure}"
                ));
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// The token that a pipeline issues, if it is a pipeline that proves who the application is. It lives for
    /// minutes, so every sign-in asks for another (AADSTS700024 would be the end of a longer run).
    async fn token_of_pipeline(
        &self,
        shown: &ClientCredential,
    ) -> Result<Option<Secret>, AuthError> {
        let found;
        let address = match shown {
            ClientCredential::TokenRequest(address) => &**address,
            ClientCredential::Pipeline(trust) => {
                found = TokenRequestAddress::of_trust(trust, &self.pipelines)?;
                &found
            }
            _ => return Ok(None),
        };
        address.request(&*self.transport, &self.authority).await.map(Some)
    }

    async fn once(
        &self,
        request: GrantRequest<'_>,
        shown: &ClientCredential,
        correction: i64,
    ) -> (Result<IssuedToken, AuthError>, TokenExchange) {
        let client = Arc::new(PinnedClient::new(
            self.authority.clone(),
            self.transport.clone(),
            self.clock.clone(),
        ));
        let credential = match self.credential(request, shown, correction, &client) {
            Ok(credential) => credential,
            Err(err) => return (Err(err), TokenExchange::default()),
        };
        let answer = credential.get_token(&[request.scope], None).await;
        let mut exchange = client.take_exchange();
        let outcome = match (exchange.failure.take(), answer) {
            (Some(failure), _) => Err(failure),
            (None, Ok(token)) => Ok(IssuedToken {
                secret: Secret::new(token.token.secret().to_owned()),
                expires_on: unix_seconds((self.clock)()) + exchange.expires_in,
            }),
            (None, Err(err)) => Err(AuthError::Malformed(err.to_string())),
        };
        (outcome, exchange)
    }

    fn credential(
        &self,
        request: GrantRequest<'_>,
        shown: &ClientCredential,
        correction: i64,
        http: &Arc<PinnedClient>,
    ) -> Result<Arc<dyn TokenCredential>, AuthError> {
        let unusable = |err: azure_core::Error| AuthError::Malformed(err.to_string());
        let (tenant, client) = (request.tenant.to_string(), request.client.to_string());
        let client_options = self.options(http);
        let assertion = match shown {
            ClientCredential::Secret(secret) => {
                let options = ClientSecretCredentialOptions { client_options };
                let secret = azure_core::credentials::Secret::new(secret.expose().to_owned());
                let made = ClientSecretCredential::new(&tenant, client, secret, Some(options));
                return Ok(made.map_err(unusable)?);
            }
            ClientCredential::TokenFile(path) => read_token_file(path)?,
            ClientCredential::Token(token) => token.clone(),
            // It was asked for its token before.
            ClientCredential::TokenRequest(_)
            | ClientCredential::Pipeline(_)
            | ClientCredential::Person(_) => {
                return Err(AuthError::Malformed("no federated token".to_owned()));
            }
            ClientCredential::Certificate(certificate) => {
                let base = self.authority.as_str().trim_end_matches('/');
                let audience = format!("{base}/{tenant}/oauth2/v2.0/token");
                let now = unix_seconds((self.clock)()) + correction;
                certificate.assertion(&audience, request.client, now)?
            }
        };
        let options = ClientAssertionCredentialOptions { client_options };
        let made =
            ClientAssertionCredential::new(tenant, client, Assertion(assertion), Some(options));
        Ok(made.map_err(unusable)?)
    }

    fn options(&self, client: &Arc<PinnedClient>) -> ClientOptions {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = self.authority.origin().ascii_serialization();
        ClientOptions {
            transport: Some(AzureTransport::new(client.clone())),
            retry: RetryOptions::none(),
            cloud: Some(Arc::new(cloud.into())),
            ..ClientOptions::default()
        }
    }

    fn mind_the_clock(&self, exchange: &TokenExchange) {
        let minutes = exchange.skew.abs() / 60;
        if exchange.skew.abs() > CLOCK_TOLERANCE {
            let direction = if exchange.skew > 0 { "behind" } else { "ahead of" };
            (self.warn)(&format!(
                "this computer's clock is {minutes} minutes {direction} the sign-in service's"
            ));
        }
    }
}

fn is_assertion_time(failure: &AuthError, shown: &ClientCredential) -> bool {
    matches!(failure, AuthError::Refused { codes, .. } if codes.contains(&ASSERTION_TIME))
        && matches!(shown, ClientCredential::Certificate(_))
}

/// How often a request is sent that ends in this failure. A token request changes nothing, so it may be
/// repeated like a GET.
pub(super) fn attempts_for(failure: &AuthError) -> u32 {
    match failure {
        AuthError::Refused { status, .. } if retry::is_passing_status(*status, &Method::GET) => {
            ATTEMPTS
        }
        AuthError::Transport(lost) if lost.is_passing() && lost.never_arrived() => {
            ATTEMPTS_UNREACHABLE
        }
        AuthError::Transport(lost) if lost.is_passing() => ATTEMPTS,
        _ => 1,
    }
}

/// The assertion that was made for this one request.
#[derive(Debug)]
struct Assertion(Secret);

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.expose().to_owned())
    }
}
