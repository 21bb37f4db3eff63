//! `--debug`: what went over the wire, by an allow-list. Headers, bodies and most of the query
//! are never written, so there is no switch that could show a secret.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use http::{HeaderMap, Request, Response, Uri};

use super::{Transport, TransportError};

/// Writes one line for people.
pub(crate) type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// Passes requests on and logs one line for each.
pub(crate) struct TraceTransport {
    inner: Arc<dyn Transport>,
    log: Log,
}

impl TraceTransport {
    /// Wraps `inner`; lines go to `log`.
    pub(crate) fn new(inner: Arc<dyn Transport>, log: Log) -> TraceTransport {
        TraceTransport { inner, log }
    }
}

impl std::fmt::Debug for TraceTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TraceTransport").field("inner", &self.inner).finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for TraceTransport {
    fn warnings(&self) -> &[String] {
        self.inner.warnings()
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let line = format!("{} {}", request.method(), traced_address(request.uri()));
        let started = Instant::now();
        let answer = self.inner.send(request).await;
        let took = started.elapsed().as_millis();
        match &answer {
            Ok(response) => (self.log)(&format!(
                "{line} -> {} in {took} ms{}",
                response.status().as_u16(),
                request_id(response.headers())
            )),
            Err(err) => (self.log)(&format!("{line} -> {err} after {took} ms")),
        }
        answer
    }
}

/// The address with only those query parameters that cannot hold a secret.
fn traced_address(uri: &Uri) -> String {
    let query: Vec<&str> = uri.query().map_or_else(Vec::new, |query| {
        query.split('&').filter(|pair| SHOWN.iter().any(|name| pair.starts_with(name))).collect()
    });
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let mark = if query.is_empty() { "" } else { "?" };
    format!("https://{host}{}{mark}{}", traced_path(uri), query.join("&"))
}

/// Operation tokens in status paths name the resource and are opaque: they are cut short.
fn traced_path(uri: &Uri) -> String {
    uri.path()
        .split('/')
        .map(|segment| if segment.len() > 64 { "…" } else { segment })
        .collect::<Vec<_>>()
        .join("/")
}

fn request_id(headers: &HeaderMap) -> String {
    ["x-ms-request-id", "x-ms-correlation-request-id"]
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())
        // Azure's are GUIDs and the like; whatever else a service writes there is not shown.
        .filter(|id| {
            id.len() <= 64 && id.chars().all(|c| c.is_ascii_hexdigit() || "-:.".contains(c))
        })
        .map_or_else(String::new, |id| format!(" (request {id})"))
}

const SHOWN: [&str; 4] = ["api-version=", "$filter=", "$top=", "$expandRegistrationDefinition="];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_parameters_are_shown() {
        let uri: Uri =
            "https://m.example:8443/a/b?api-version=1&t=1&c=sig&$skiptoken=x".parse().unwrap();
        assert_eq!(traced_address(&uri), "https://m.example:8443/a/b?api-version=1");
    }

    #[test]
    fn operation_tokens_are_cut() {
        let uri: Uri = format!("https://m.example/x/{}", "e".repeat(80)).parse().unwrap();
        assert_eq!(traced_address(&uri), "https://m.example/x/…");
    }
}
