//! The real network: TLS, proxy, timeouts, a limit on size.

use std::error::Error as StdError;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{Request, Response};

use super::policies::PolicyAwareVerifier;
use super::proxy::ProxyRoute;
use super::{Transport, TransportError, ca_bundle};

/// How the network is to be used.
#[derive(Clone, Debug)]
pub(crate) struct NetworkOptions {
    /// Certificates to trust instead of the system's: PEM files, or folders of them.
    pub ca_bundle: Vec<PathBuf>,
    /// The proxy that the environment names; no other is used.
    pub proxy: Option<ProxyRoute>,
    /// How long one answer may take, from request to its last byte.
    pub timeout: Duration,
}

/// Sends requests with reqwest over rustls.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    client: reqwest::Client,
    timeout: Duration,
    proxy: Option<ProxyRoute>,
    warnings: Vec<String>,
}

/// No honest answer of ARM, Graph or Entra comes near this many bytes.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;
const CONNECT: Duration = Duration::from_secs(5);

impl Network {
    /// Sets up TLS and proxies.
    ///
    /// # Errors
    /// [`TransportError::Setup`] if the CA bundle is unreadable or no certificate can be trusted.
    pub(crate) fn new(options: &NetworkOptions) -> Result<Network, TransportError> {
        // A second call reports that a provider is installed already: just what is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .https_only(true)
            .referer(false)
            .connect_timeout(CONNECT.min(options.timeout))
            .timeout(options.timeout)
            .user_agent(concat!("az-imageshare/", env!("CARGO_PKG_VERSION")));
        // Whatever else the system knows of proxies would go by another parser than ours.
        builder = builder.no_proxy();
        if let Some(route) = options.proxy.clone() {
            builder = builder.proxy(reqwest::Proxy::custom(move |url| {
                let port = url.port_or_known_default().unwrap_or(443);
                route.to_host(url.host_str().unwrap_or_default(), port)
            }));
        }
        let mut warnings = Vec::new();
        if !options.ca_bundle.is_empty() {
            let bundle = ca_bundle::read_bundle(&options.ca_bundle)?;
            warnings = bundle.warnings;
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let verifier =
                PolicyAwareVerifier::new(bundle.roots, provider).map_err(TransportError::Setup)?;
            let tls = rustls::ClientConfig::builder().dangerous();
            let tls = tls.with_custom_certificate_verifier(Arc::new(verifier));
            builder = builder.tls_backend_preconfigured(tls.with_no_client_auth());
        }
        let client = builder.build().map_err(|err| TransportError::Setup(deepest_reason(&err)))?;
        let proxy = options.proxy.clone();
        Ok(Network { client, timeout: options.timeout, proxy, warnings })
    }

    /// The proxy that a request to `host` goes through.
    fn proxy_of(&self, host: &str) -> Option<&ProxyRoute> {
        let url = url::Url::parse(&format!("https://{host}")).ok()?;
        let port = url.port_or_known_default().unwrap_or(443);
        self.proxy
            .as_ref()
            .filter(|route| route.to_host(url.host_str().unwrap_or_default(), port).is_some())
    }

    fn explain(&self, err: &reqwest::Error, host: String) -> TransportError {
        let reason = deepest_reason(err);
        if err.is_connect()
            && !is_tls(err)
            && let Some(proxy) = self.proxy_of(&host)
        {
            let reason = if err.is_timeout() { "no connection in time".into() } else { reason };
            let (variable, proxy) = (proxy.variable, proxy.address());
            return TransportError::ProxyUnreachable { variable, proxy, host, reason };
        }
        if err.is_timeout() && err.is_connect() {
            TransportError::Unreachable { host, reason: "no connection in time".into() }
        } else if err.is_timeout() {
            TransportError::Timeout { host, seconds: self.timeout.as_secs() }
        } else if is_tls(err) {
            TransportError::Tls { host, reason }
        } else if err.is_connect() {
            TransportError::Unreachable { host, reason }
        } else {
            TransportError::BrokenOff { host, reason }
        }
    }
}

#[async_trait]
impl Transport for Network {
    fn warnings(&self) -> &[String] {
        &self.warnings
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let host = uri_authority(request.uri());
        let request = reqwest::Request::try_from(request)
            .map_err(|err| TransportError::Setup(deepest_reason(&err)))?;
        let mut answer =
            self.client.execute(request).await.map_err(|err| self.explain(&err, host.clone()))?;
        let mut response = Response::new(Vec::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        let body = response.body_mut();
        while let Some(chunk) =
            answer.chunk().await.map_err(|err| self.explain(&err, host.clone()))?
        {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(TransportError::TooLarge { host, limit: LARGEST_ANSWER });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

/// Host and port of a request, for messages.
pub(crate) fn uri_authority(uri: &http::Uri) -> String {
    uri.authority().map_or_else(String::new, ToString::to_string)
}

/// The chain of causes, without the address: its query may carry a signature.
fn deepest_reason(err: &reqwest::Error) -> String {
    let mut cause = err.source();
    let mut texts = Vec::new();
    while let Some(inner) = cause {
        texts.push(inner.to_string());
        cause = inner.source();
    }
    texts.dedup();
    match texts.pop() {
        Some(deepest) => deepest,
        None => "the HTTP client refused the request".to_owned(),
    }
}

fn is_tls(err: &(dyn StdError + 'static)) -> bool {
    // hyper wraps TLS errors into io::Error, often twice, which hides them from `source()`.
    let hidden = err.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    err.is::<rustls::Error>()
        || hidden.is_some_and(|hidden| is_tls(hidden))
        || err.source().is_some_and(is_tls)
}
