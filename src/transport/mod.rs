//! One request, one answer: everything the program says to a network goes through [`Transport`].

use std::sync::Arc;

use async_trait::async_trait;
use http::{Request, Response};

mod authority;
mod ca_bundle;
pub(crate) mod challenge;
pub(crate) mod der;
pub(crate) mod network;
mod policies;
pub(crate) mod proxy;
pub(crate) mod retry;
pub(crate) mod trace;

/// Gives the one transport of the run, made when it is first asked for.
pub(crate) type Connect = Arc<dyn Fn() -> Result<Arc<dyn Transport>, TransportError> + Send + Sync>;

/// Sends HTTP. The real one is `network::Network`.
#[async_trait]
pub trait Transport: Send + Sync + std::fmt::Debug {
    /// Sends one request and reads the whole answer. Follows no redirect and repeats nothing.
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError>;

    /// What was skipped when it was set up, and people should know.
    fn warnings(&self) -> &[String] {
        &[]
    }
}

/// Why there is no answer. No variant holds a query string: it may carry a signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No one was reached: no such host, refused, no route.
    #[error("cannot reach {host}: {reason}")]
    Unreachable {
        /// Where it was to go.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// The proxy was not reached, or does not lead there.
    #[error("cannot reach {host} through the proxy {proxy} of {variable}: {reason}")]
    ProxyUnreachable {
        /// The variable that names the proxy.
        variable: &'static str,
        /// Its address, without user and password.
        proxy: String,
        /// Where it was to go.
        host: String,
        /// What the system or the proxy said.
        reason: String,
    },
    /// The other side did not prove who it is.
    #[error("no trusted TLS connection to {host}: {reason}")]
    Tls {
        /// Where it was to go.
        host: String,
        /// What is wrong with its certificate.
        reason: String,
    },
    /// The answer did not come in time.
    #[error("{host} did not answer within {seconds} s")]
    Timeout {
        /// Where it was to go.
        host: String,
        /// How long the wait was.
        seconds: u64,
    },
    /// The connection ended before the answer was complete.
    #[error("the connection to {host} broke off: {reason}")]
    BrokenOff {
        /// Where it was to go.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// The answer is larger than any honest one.
    #[error("{host} sent more than {limit} bytes")]
    TooLarge {
        /// Where it was to go.
        host: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A variable names a proxy that cannot be one. Without it, requests would go past the proxy unseen.
    #[error("{variable} is not the address of a proxy: {problem}")]
    Proxy {
        /// What it was.
        variable: &'static str,
        /// What is wrong with its value, which may hold a password and is not repeated.
        problem: String,
    },
    /// The client could not be made, for example because a CA bundle is unreadable.
    #[error("cannot set up TLS: {0}")]
    Setup(String),
}

impl TransportError {
    /// True if the request surely had no effect, because no one received it.
    pub fn never_arrived(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::ProxyUnreachable { .. }
                | Self::Tls { .. }
                | Self::Proxy { .. }
                | Self::Setup(_)
        )
    }

    /// True if asking again may help.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::ProxyUnreachable { .. }
                | Self::Timeout { .. }
                | Self::BrokenOff { .. }
        )
    }
}
