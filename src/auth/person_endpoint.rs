//! The sign-in service for people: codes and refresh tokens in, tokens out. A public client shows no secret.
//!
//! Sources: <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>,
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, Request};
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::code_verifier::CodeVerifier;
use super::entra::{Entra, GrantRequest, IssuedToken, attempts_for};
use super::error::AuthError;
use super::person::PersonGrant;
use super::refusal::{entra_refusal, redirect_refusal};
use crate::id::{ClientId, TenantId};
use crate::process::unix_seconds;
use crate::secrets::Secret;
use crate::transport::retry;

/// The endpoints of one tenant for one public client.
pub(crate) struct PersonEndpoint<'a> {
    pub(crate) entra: &'a Entra,
    pub(crate) request: GrantRequest<'a>,
}

/// What came back for a person.
#[derive(Debug)]
pub(crate) struct PersonAnswer {
    pub(crate) issued: IssuedToken,
    pub(crate) refresh_token: Option<Secret>,
    /// Who it is, where that was asked for.
    pub(crate) person: Option<PersonClaims>,
}

/// What the ID token says. It came from the authority itself, so its signature proves nothing more
/// (<https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation>, rule 6).
#[derive(Debug, Deserialize)]
pub(crate) struct PersonClaims {
    pub(crate) aud: ClientId,
    pub(crate) tid: TenantId,
    #[serde(default)]
    pub(crate) preferred_username: String,
    pub(crate) nonce: Option<String>,
}

/// A code that a person types in another browser.
#[derive(Debug, Deserialize)]
pub(crate) struct DeviceCode {
    device_code: Zeroizing<String>,
    pub(crate) user_code: String,
    pub(crate) verification_uri: String,
    pub(crate) expires_in: u64,
    #[serde(default = "usual_interval")]
    pub(crate) interval: u64,
}

fn usual_interval() -> u64 {
    5
}

impl PersonEndpoint<'_> {
    /// Redeems the code that a browser brought back. It is good for one redemption, so it is sent again only if it
    /// surely did not arrive.
    pub(crate) async fn redeem_code(
        &self,
        (code, verifier): (&Secret, &CodeVerifier),
        redirect: &str,
        claims: Option<&str>,
    ) -> Result<PersonAnswer, AuthError> {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("code_verifier", verifier.text()),
            ("redirect_uri", redirect),
        ];
        self.tokens(&pairs, claims, never_arrived).await
    }

    /// Redeems a refresh token; the old one stays valid, so a lost answer costs nothing.
    pub(crate) async fn refresh(&self, grant: &PersonGrant) -> Result<PersonAnswer, AuthError> {
        let claims = grant.claims.get(&self.request.tenant).map(String::as_str);
        let token = grant.refresh_token.expose();
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.tokens(&pairs, claims, |_| true).await
    }

    /// Begins a sign-in by code.
    pub(crate) async fn device_code(&self) -> Result<DeviceCode, AuthError> {
        let said = self.post("devicecode", &[], None, |_| true).await?;
        serde_json::from_value(said)
            .map_err(|_| AuthError::Malformed("something that is not a device code".to_owned()))
    }

    /// Asks whether the code was typed; `None` as long as it was not.
    pub(crate) async fn redeem_device_code(
        &self,
        code: &mut DeviceCode,
        claims: Option<&str>,
    ) -> Result<Option<PersonAnswer>, AuthError> {
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let device_code = code.device_code.clone();
        let pairs = [("grant_type", grant), ("device_code", &device_code)];
        match self.tokens(&pairs, claims, |_| true).await {
            Ok(answer) => Ok(Some(answer)),
            Err(AuthError::Refused { error, .. }) if error == "authorization_pending" => Ok(None),
            Err(AuthError::Refused { error, .. }) if error == "slow_down" => {
                code.interval += 5;
                Ok(None)
            }
            Err(err) => Err(err),
        }
    }

    async fn tokens(
        &self,
        pairs: &[(&str, &str)],
        claims: Option<&str>,
        may_repeat: fn(&AuthError) -> bool,
    ) -> Result<PersonAnswer, AuthError> {
        let said = self.post("token", pairs, claims, may_repeat).await?;
        let token = said["access_token"].as_str().unwrap_or_default();
        let lives = said["expires_in"].as_i64().unwrap_or_default().min(LONGEST_LIFE);
        if token.is_empty() || lives <= 0 {
            return Err(AuthError::Malformed("no access token".to_owned()));
        }
        let text = |name: &str| said[name].as_str().filter(|text| !text.is_empty());
        Ok(PersonAnswer {
            issued: IssuedToken {
                secret: Secret::new(token.to_owned()),
                expires_on: unix_seconds((self.entra.clock)()) + lives,
            },
            refresh_token: text("refresh_token").map(|token| Secret::new(token.to_owned())),
            person: text("id_token").and_then(claims_of),
        })
    }

    /// Posts a form to one of the tenant's endpoints, and nowhere else.
    async fn post(
        &self,
        endpoint: &str,
        pairs: &[(&str, &str)],
        claims: Option<&str>,
        may_repeat: fn(&AuthError) -> bool,
    ) -> Result<Value, AuthError> {
        let body = self.form(pairs, claims);
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.once(endpoint, &body).await {
                Err(err) if attempt < attempts_for(&err) && may_repeat(&err) => {
                    let jitter = u64::from(started.elapsed().subsec_nanos());
                    tokio::time::sleep(retry::backoff_pause(attempt, jitter)).await;
                }
                outcome => return outcome,
            }
        }
    }

    fn form(&self, pairs: &[(&str, &str)], claims: Option<&str>) -> Zeroizing<Vec<u8>> {
        let scope = format!("{} openid profile offline_access", self.request.scope);
        let client = self.request.client.to_string();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("client_id", &client).append_pair("scope", &scope);
        form.extend_pairs(pairs);
        form.extend_pairs(claims.map(|claims| ("claims", claims)));
        Zeroizing::new(form.finish().into_bytes())
    }

    async fn once(&self, endpoint: &str, body: &[u8]) -> Result<Value, AuthError> {
        let base = self.entra.authority.as_str().trim_end_matches('/');
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{base}/{}/oauth2/v2.0/{endpoint}", self.request.tenant))
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_vec())
            .map_err(|err| AuthError::Malformed(format!("no usable request: {err}")))?;
        let answer = self.entra.transport.send(request).await?;
        if answer.status().is_redirection() {
            return Err(redirect_refusal(answer.headers(), &self.entra.authority));
        }
        let status = answer.status();
        let kept = Zeroizing::new(answer.into_body());
        let said: Result<Value, _> = serde_json::from_slice(&kept);
        match said {
            Ok(said) if status.is_success() => Ok(said),
            Err(_) if status.is_success() => {
                Err(AuthError::Malformed("something that is not JSON".to_owned()))
            }
            said => Err(entra_refusal(status.as_u16(), &said.unwrap_or_default(), body)),
        }
    }
}

fn never_arrived(err: &AuthError) -> bool {
    matches!(err, AuthError::Transport(lost) if lost.never_arrived())
}

fn claims_of(id_token: &str) -> Option<PersonClaims> {
    let payload = id_token.split('.').nth(1)?;
    let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&json).ok()
}

const LONGEST_LIFE: i64 = 24 * 3600;
