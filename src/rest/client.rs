//! The client: signs in, sends, asks again where that is safe, reads lists to their end.
//!
//! A token is attached only to the exact origin of the cloud. Redirects are never followed, and
//! every address that an answer names is checked before anything is sent there.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use super::answer;
use super::auxiliary::{self, AuxiliaryIdentity};
use super::call::{Call, Reply, decode_reply, encode_body};
use super::error::RestError;
use super::quota::{QuotaBook, QuotaBucket, QuotaPass};
use super::service::Service;
use crate::auth::{AccessToken, TokenRequest, TokenSource};
use crate::id::{TenantId, path_segment};
use crate::index::ResponseObserver;
use crate::process::Clock;
use crate::transport::retry::{self, Patience};
use crate::transport::{Transport, challenge};

/// What a client needs from the program.
#[derive(Clone)]
pub struct Connection {
    /// Base address of the service.
    pub endpoint: Url,
    /// The scope of its tokens.
    pub scope: String,
    pub tokens: Arc<dyn TokenSource>,
    pub transport: Arc<dyn Transport>,
    /// The clock, for `Retry-After` dates.
    pub clock: Clock,
    /// How often to ask about an operation when the service names no interval.
    pub poll_interval: Duration,
    /// How patient one call is.
    pub patience: Patience,
    /// Called for a wait that a person would notice.
    pub notice: RetryNotice,
    /// Which allowances of the run are used up.
    pub quota: Arc<QuotaBook>,
    /// Called with what the service answered.
    pub witness: ResponseObserver,
}

/// Shows a person one sentence.
pub(crate) type RetryNotice = Arc<dyn Fn(&str) + Send + Sync>;

/// Speaks to one service as one tenant's identity.
#[derive(Clone)]
pub struct ServiceClient<S: Service> {
    service: PhantomData<S>,
    pub(super) connection: Connection,
    tenant: Option<TenantId>,
    correlation: Uuid,
    auxiliary: Arc<[AuxiliaryIdentity]>,
    pub(super) is_for_many: bool,
}

impl<S: Service> ServiceClient<S> {
    /// Makes a client that signs in to `tenant`, or to the source's own if `None`.
    pub fn new(connection: Connection, tenant: Option<TenantId>) -> ServiceClient<S> {
        let (service, correlation, auxiliary) = (PhantomData, Uuid::new_v4(), Arc::default());
        let is_for_many = false;
        ServiceClient { service, connection, tenant, correlation, auxiliary, is_for_many }
    }

    /// The same client, as patient as this, which reports no waits.
    pub(crate) fn patient(mut self, budget: Duration) -> ServiceClient<S> {
        self.connection.patience.budget = budget;
        self.connection.notice = Arc::new(|_| {});
        self
    }

    /// The same client for thousands of items. It does not ask about a job soon after its start: such questions would
    /// be most of all requests. And it sends one request alone where it does not know what Azure has left for more.
    pub(crate) fn for_many(self) -> ServiceClient<S> {
        ServiceClient { is_for_many: true, ..self }
    }

    /// The same client with the run's correlation id.
    pub(crate) fn correlated(self, correlation: Uuid) -> ServiceClient<S> {
        ServiceClient { correlation, ..self }
    }

    /// The tenant this client signs in to, if it is known.
    pub fn tenant(&self) -> Option<TenantId> {
        self.tenant.or_else(|| self.connection.tokens.home_tenant())
    }

    /// What all requests of this client carry; ARM makes it the correlation id of what they start.
    pub fn correlation(&self) -> Uuid {
        self.correlation
    }

    /// Reads one resource.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, RestError<S>> {
        let reply = self.request(Method::GET, path, query, None).await?;
        answer::refuse_hollow(path, &reply)?;
        decode_reply(path, reply.body)
    }

    /// Reads one resource that need not exist.
    pub async fn find<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Option<T>, RestError<S>> {
        match self.get(path, query).await {
            Ok(found) => Ok(Some(found)),
            Err(err) if err.is_not_found() => Ok(None),
            Err(err) => Err(err),
        }
    }

    /// True if HEAD says that the resource exists.
    pub async fn exists(&self, path: &str, query: &[(&str, &str)]) -> Result<bool, RestError<S>> {
        match self.request(Method::HEAD, path, query, None).await {
            Ok(_) => Ok(true),
            Err(err) if err.is_not_found() => Ok(false),
            Err(err) => Err(err),
        }
    }

    /// Sends a request with a body, or without one, and gives the whole answer.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Reply, RestError<S>> {
        let url = self.address(path, query)?;
        let prefer = None;
        self.send(Call { method, url, body, prefer }).await
    }

    /// Creates or replaces a resource.
    pub async fn put(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: &impl Serialize,
    ) -> Result<Reply, RestError<S>> {
        let body = encode_body(path, body)?;
        self.request(Method::PUT, path, query, Some(&body)).await
    }

    /// Removes a resource; one that is not there is no failure. True if there was something to remove.
    pub async fn delete(&self, path: &str, query: &[(&str, &str)]) -> Result<bool, RestError<S>> {
        let removed = self.remove(path, query).await?;
        Ok(removed.is_some_and(|reply| reply.status != StatusCode::NO_CONTENT))
    }

    /// Starts to remove a resource; the answer may have to be waited for. `None` if there is none.
    ///
    /// That it is not there decides what is removed next, so it is asked twice (adversary A5).
    pub(crate) async fn remove(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Option<Reply>, RestError<S>> {
        let url = self.address(path, query)?;
        match self.send_surely(Method::DELETE, &url).await {
            Ok(reply) => Ok(Some(reply)),
            Err(err) if err.is_not_found() => Ok(None),
            Err(err) => Err(err),
        }
    }

    /// Sends, and sends again where the answer is that there is nothing: one answer may be a proxy's.
    pub(super) async fn send_surely(
        &self,
        method: Method,
        url: &Url,
    ) -> Result<Reply, RestError<S>> {
        let call = || Call { method: method.clone(), url: url.clone(), body: None, prefer: None };
        match self.send(call()).await {
            Err(err) if err.is_not_found() => self.send(call()).await,
            answer => answer,
        }
    }

    /// Changes an object with a `Prefer` header, which says how.
    pub(crate) async fn patch_preferring(
        &self,
        path: &str,
        body: &Value,
        prefer: &'static str,
    ) -> Result<Reply, RestError<S>> {
        let (method, url) = (Method::PATCH, self.address(path, &[])?);
        self.send(Call { method, url, body: Some(body), prefer: Some(prefer) }).await
    }

    /// The same client, whose requests with a body also carry tokens of these tenants.
    ///
    /// Use it only for requests that refer to their resources: the header is large, and every
    /// service that sees it could use it.
    pub(crate) fn with_auxiliary(&self, auxiliary: Vec<AuxiliaryIdentity>) -> ServiceClient<S> {
        ServiceClient { auxiliary: auxiliary.into(), ..self.clone() }
    }

    pub(super) fn address(&self, path: &str, query: &[(&str, &str)]) -> Result<Url, RestError<S>> {
        let base = self.connection.endpoint.as_str().trim_end_matches('/');
        let mut url = Url::parse(&format!("{base}{path}")).map_err(|err| RestError::Malformed {
            what: path.to_owned(),
            problem: format!("an unusable address: {err}"),
        })?;
        if !query.is_empty() {
            let pairs: Vec<String> = query
                .iter()
                .map(|(name, value)| format!("{name}={}", path_segment(value)))
                .collect();
            url.set_query(Some(&pairs.join("&")));
        }
        Ok(url)
    }

    /// Sends until there is an answer, asking again where that is safe and may help.
    pub(super) async fn send(&self, call: Call<'_>) -> Result<Reply, RestError<S>> {
        let started = Instant::now();
        let (patience, quota) = (self.connection.patience, &self.connection.quota);
        let tenant = self.tenant().map(|tenant| tenant.to_string()).unwrap_or_default();
        let bucket = QuotaBucket::of(&call.method, &call.url, &tenant);
        let (mut renew, mut renewed) = (false, false);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let pass = self.turn(&bucket).await;
            let renewing = std::mem::take(&mut renew);
            let request = self.signed(&call, renewing).await?;
            let outcome = self.connection.transport.send(request).await;
            outcome.iter().for_each(|answer| quota.learn(&bucket, answer.headers()));
            let wait = match &outcome {
                // A token can be revoked before it ends, and a cached one then fails for an hour. One new one is
                // worth a try; a second 401 means something else. Source:
                // <https://learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation>
                Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED => {
                    match (self.claims_needed(answer.headers()), renewed) {
                        // A person has to do something: another token of the same login is no better.
                        (Some(err @ RestError::ClaimsNeeded { again: Some(_), .. }), _)
                        | (Some(err), true) => return Err(err),
                        (None, true) => return self.heard(&call, &outcome?),
                        (_, false) => (renew, renewed) = (true, true),
                    }
                    continue;
                }
                Ok(answer) if retry::is_passing_status(answer.status().as_u16(), &call.method) => {
                    // A request that comes sooner is not processed and gets a new time to wait for. Source:
                    // <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>
                    retry::retry_after(answer.headers(), (self.connection.clock)())
                }
                Err(failure) if retry::is_passing_failure(failure, &call.method) => None,
                _ => return self.heard(&call, &outcome?).map_err(|err| err.at_attempt(attempt)),
            };
            let jitter = u64::from(started.elapsed().subsec_nanos());
            let wait = wait.unwrap_or_else(|| retry::backoff_pause(attempt, jitter));
            if matches!(&outcome, Ok(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS) {
                quota.close(&bucket, wait);
            }
            drop(pass);
            if attempt >= patience.attempts
                || started.elapsed().saturating_add(wait) > patience.budget
            {
                return self.heard(&call, &outcome?);
            }
            if started.elapsed() + wait > retry::UNNOTICED {
                let why = match &outcome {
                    Ok(answer) => format!("{} answered {}", S::NAME, answer.status()),
                    Err(failure) => failure.to_string(),
                };
                (self.connection.notice)(&format!(
                    "{why}; asking again in {} s.",
                    wait.as_secs().max(1)
                ));
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Waits for a place among those who share the allowance.
    async fn turn<'a>(&'a self, bucket: &'a QuotaBucket) -> QuotaPass<'a> {
        let unknown = if self.is_for_many { 1 } else { usize::MAX };
        self.connection.quota.enter(bucket, unknown, self.connection.patience.budget).await
    }

    /// What a 401 asks for, if it asks for more than a token that is still good.
    fn claims_needed(&self, headers: &HeaderMap) -> Option<RestError<S>> {
        let claims = challenge::insufficient_claims(headers)?;
        let again =
            self.connection.tokens.stronger_login(self.tenant, &self.connection.scope, &claims);
        let tenant = self.tenant().map(|id| format!("tenant {id}"));
        Some(RestError::ClaimsNeeded {
            tenant: tenant.unwrap_or_else(|| "the tenant".to_owned()),
            again,
            without_az: self.connection.tokens.lacks_az(),
        })
    }

    /// Reads an answer, and lets the witness have it.
    fn heard(&self, call: &Call<'_>, answer: &Response<Vec<u8>>) -> Result<Reply, RestError<S>> {
        let (witness, path) = (&self.connection.witness, call.url.path());
        let mut read = answer::read_success(call, answer);
        if call.method != Method::GET {
            let judged = |reply| answer::refuse_hollow(path, &reply).map(|()| reply);
            read = read.and_then(judged);
        }
        match &read {
            Ok(reply) => witness.heard(&call.method, self.tenant(), path, &reply.body),
            Err(err) if err.is_not_found() => witness.gone(path),
            Err(_) => {}
        }
        read
    }

    async fn token(&self, renew: bool) -> Result<AccessToken, RestError<S>> {
        let request =
            TokenRequest { tenant: self.tenant, scope: self.connection.scope.clone(), renew };
        Ok(self.connection.tokens.token(&request).await?)
    }

    /// One request with its tokens; `renewing` asks for new ones.
    async fn signed(
        &self,
        call: &Call<'_>,
        renewing: bool,
    ) -> Result<Request<Vec<u8>>, RestError<S>> {
        let token = self.token(renewing).await?;
        let mut request = self.prepare(call, &token)?;
        // Only a body refers to resources of others.
        if call.body.is_some()
            && let Some(others) =
                auxiliary::header_of(&self.auxiliary, &self.connection.scope, renewing).await?
        {
            request.headers_mut().insert(auxiliary::HEADER, others);
        }
        Ok(request)
    }

    fn prepare(
        &self,
        call: &Call<'_>,
        token: &AccessToken,
    ) -> Result<Request<Vec<u8>>, RestError<S>> {
        let unusable =
            |problem: String| RestError::Malformed { what: call.url.path().to_owned(), problem };
        if call.url.origin() != self.connection.endpoint.origin() {
            return Err(RestError::UntrustedOrigin {
                header: "request",
                found: call.url.origin().ascii_serialization(),
                expected: self.connection.endpoint.origin().ascii_serialization(),
            });
        }
        let body = call.body.map(Value::to_string).unwrap_or_default().into_bytes();
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.bearer()))
            .map_err(|_| unusable("a token that is not a valid header value".into()))?;
        bearer.set_sensitive(true);
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(call.url.as_str())
            .header(AUTHORIZATION, bearer)
            .header("x-ms-correlation-request-id", self.correlation.to_string())
            // A new one each time: ARM replays a cached answer for one it has seen.
            .header("x-ms-client-request-id", Uuid::new_v4().to_string())
            .header("accept", "application/json");
        if let Some(prefer) = call.prefer {
            request = request.header("prefer", prefer);
        }
        if call.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        } else if matches!(call.method, Method::POST | Method::PUT) {
            request = request.header("content-length", "0");
        }
        request.body(body).map_err(|err| unusable(format!("an unusable request: {err}")))
    }
}
