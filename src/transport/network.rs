//! The real network: TLS, proxy, timeouts, a limit on size.

use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use http::{Request, Response};

use super::{Transport, TransportError};

/// How the network is to be used.
#[derive(Clone, Debug)]
pub(crate) struct NetworkOptions {
    /// Certificates to trust in place of the system's: a PEM file, or a folder of them.
    pub ca_bundle: Option<PathBuf>,
    /// How long one answer may take, from request to its last byte.
    pub timeout: Duration,
}

/// Sends requests with reqwest over rustls.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    client: reqwest::Client,
    timeout: Duration,
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
        if let Some(path) = &options.ca_bundle {
            builder = builder.tls_certs_only(read_bundle(path)?);
        }
        let client = builder.build().map_err(|err| TransportError::Setup(deepest_reason(&err)))?;
        Ok(Network { client, timeout: options.timeout })
    }

    fn explain(&self, err: &reqwest::Error, host: String) -> TransportError {
        let reason = deepest_reason(err);
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

fn read_bundle(path: &Path) -> Result<Vec<reqwest::Certificate>, TransportError> {
    let unusable =
        |reason: String| TransportError::Setup(format!("CA bundle {}: {reason}", path.display()));
    let files = if path.is_dir() {
        hashed_files(path).map_err(|err| unusable(err.to_string()))?
    } else {
        vec![path.to_owned()]
    };
    let mut found = Vec::new();
    for file in files {
        let pem = std::fs::read(file).map_err(|err| unusable(err.to_string()))?;
        let read = reqwest::Certificate::from_pem_bundle(&pem);
        found.extend(read.map_err(|err| unusable(deepest_reason(&err)))?);
    }
    if found.is_empty() {
        return Err(unusable("it holds no certificate".into()));
    }
    Ok(found)
}

/// The files of a folder that OpenSSL, and so `az`, would look at: named by a hash, as by `openssl rehash`.
fn hashed_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let is_hash = |name: &str| {
        let parts = name.split_once('.');
        parts.is_some_and(|(hash, number)| {
            hash.len() == 8
                && hash.chars().all(|c| c.is_ascii_hexdigit())
                && number.parse::<u32>().is_ok()
        })
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_hash) {
            files.push(entry.path());
        }
    }
    Ok(files)
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
