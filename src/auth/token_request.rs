//! A federated token that a pipeline issues to its own jobs: GitHub Actions, what speaks as it does, and Azure
//! Pipelines. It lives for minutes, so it is asked for at each sign-in and kept nowhere.
//!
//! Sources: <https://docs.github.com/actions/reference/security/oidc>;
//! <https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create>;
//! `AzurePipelinesCredential` of azure-identity for the header that keeps a refusal from being a redirect.

use std::time::{Duration, Instant};

use http::request::Builder;
use http::{Method, Request, StatusCode};
use serde::Deserialize;
use url::Url;

use super::error::AuthError;
use crate::secrets::Secret;
use crate::settings::{TokenIssuer, TokenRequestVariables};
use crate::transport::{Transport, retry};

/// A pipeline whose jobs sign in as an application, whatever its variables say this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PipelineTrust {
    pub(crate) issuer: TokenIssuer,
    /// The service connection, for Azure Pipelines.
    pub(crate) connection: Option<String>,
}

/// Where a token is asked for, and what opens that address.
#[derive(Clone, Debug)]
pub(crate) struct TokenRequestAddress {
    issuer: TokenIssuer,
    /// The variable that the address comes from, for messages.
    variable: &'static str,
    pub(super) url: Url,
    bearer: Secret,
    connection: Option<String>,
}

/// GitHub calls it `value`, Azure Pipelines `oidcToken`.
#[derive(Deserialize)]
struct RequestedToken {
    #[serde(alias = "oidcToken")]
    value: String,
}

impl TokenRequestAddress {
    /// Reads the variables.
    ///
    /// # Errors
    /// If one is missing, or the address is none that a secret may be sent to.
    pub(crate) fn of(variables: &TokenRequestVariables) -> Result<TokenRequestAddress, AuthError> {
        let variable = variables.variable;
        let missing = variables.missing();
        let Some(bearer) = variables.bearer.clone().filter(|_| missing.is_empty()) else {
            return Err(AuthError::NoPipeline {
                issuer: variables.issuer,
                missing: missing.join(" and "),
            });
        };
        let url: Url = variables.url.parse().map_err(|_| failed(variable, "is not an address"))?;
        if url.scheme() != "https" {
            return Err(failed(variable, "is not an https address"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(failed(variable, "has a user or a password in its address"));
        }
        Ok(TokenRequestAddress {
            issuer: variables.issuer,
            variable,
            url,
            bearer,
            connection: variables.connection.clone(),
        })
    }

    /// The address of a pipeline that a stored credential trusts.
    ///
    /// # Errors
    /// If this is not a job of it, or as [`TokenRequestAddress::of`].
    pub(super) fn of_trust(
        trust: &PipelineTrust,
        offered: &[TokenRequestVariables],
    ) -> Result<TokenRequestAddress, AuthError> {
        let Some(found) = offered.iter().find(|found| found.issuer == trust.issuer) else {
            let missing = match trust.issuer {
                TokenIssuer::GitHub => "ACTIONS_ID_TOKEN_REQUEST_URL",
                TokenIssuer::AzurePipelines => "SYSTEM_OIDCREQUESTURI",
            };
            let missing = missing.to_owned();
            return Err(AuthError::NoPipeline { issuer: trust.issuer, missing });
        };
        let kept = trust.connection.clone();
        let connection = kept.or_else(|| found.connection.clone());
        TokenRequestAddress::of(&TokenRequestVariables { connection, ..found.clone() })
    }

    /// What is worth keeping of it: all but what this job alone knows.
    pub(crate) fn trust(&self) -> PipelineTrust {
        PipelineTrust { issuer: self.issuer, connection: self.connection.clone() }
    }

    /// Asks for a token that Entra accepts instead of a secret. The service behind the address is asked again when it
    /// does not answer; its refusal is final.
    pub(super) async fn request(
        &self,
        transport: &dyn Transport,
        authority: &Url,
    ) -> Result<Secret, AuthError> {
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let answer = transport.send(self.question(authority)?).await;
            let passes = match &answer {
                Ok(answer) => retry::is_passing_status(answer.status().as_u16(), &Method::GET),
                Err(lost) => lost.is_passing(),
            };
            if passes && attempt < ATTEMPTS && started.elapsed() < PATIENCE {
                let jitter = u64::from(started.elapsed().subsec_nanos());
                tokio::time::sleep(retry::backoff_pause(attempt, jitter)).await;
                continue;
            }
            let answer = answer?;
            return self.read(answer.status(), answer.body());
        }
    }

    fn question(&self, authority: &Url) -> Result<Request<Vec<u8>>, AuthError> {
        let mut url = self.url.clone();
        let request = match self.issuer {
            TokenIssuer::GitHub => {
                url.query_pairs_mut().append_pair("audience", audience(authority));
                Request::builder().method(Method::GET)
            }
            TokenIssuer::AzurePipelines => {
                let connection = self.connection.as_deref().unwrap_or_default();
                url.query_pairs_mut()
                    .append_pair("api-version", "7.1")
                    .append_pair("serviceConnectionId", connection);
                azure_pipelines_question()
            }
        };
        request
            .uri(url.as_str())
            .header("accept", "application/json")
            .header("authorization", format!("Bearer {}", self.bearer.expose()))
            .body(Vec::new())
            .map_err(|_| failed(self.variable, "is not an address that a request can be sent to"))
    }

    fn read(&self, status: StatusCode, body: &[u8]) -> Result<Secret, AuthError> {
        if !status.is_success() {
            let reason = format!("gave no token (HTTP {})", status.as_u16());
            return Err(failed(self.variable, &reason));
        }
        let read: RequestedToken = serde_json::from_slice(body)
            .map_err(|_| failed(self.variable, "answered with something else than a token"))?;
        Ok(Secret::new(read.value))
    }
}

/// Without the last header a refusal would be a redirect to a page for people.
fn azure_pipelines_question() -> Builder {
    Request::builder()
        .method(Method::POST)
        .header("content-type", "application/json")
        .header("content-length", "0")
        .header("x-tfs-fedauthredirect", "Suppress")
}

fn failed(variable: &'static str, reason: &str) -> AuthError {
    AuthError::TokenRequest { variable, reason: reason.to_owned() }
}

/// Source: <https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust>
fn audience(authority: &Url) -> &'static str {
    match authority.host_str() {
        Some("login.microsoftonline.us") => "api://AzureADTokenExchangeUSGov",
        Some("login.partner.microsoftonline.cn" | "login.chinacloudapi.cn") => {
            "api://AzureADTokenExchangeChina"
        }
        _ => "api://AzureADTokenExchange",
    }
}

const ATTEMPTS: u32 = 4;
const PATIENCE: Duration = Duration::from_secs(30);
