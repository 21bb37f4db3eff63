//! Whether the services of the cloud can be reached, and where the way ends if not: name, connection, proxy, TLS.

use std::time::SystemTime;

use http::{Method, Request, Response};
use url::Url;

use super::check::Check;
use crate::app::App;
use crate::error::Error;
use crate::transport::TransportError;

/// A service of the cloud, and something there that anybody may ask for.
struct Service<'a> {
    name: &'static str,
    endpoint: &'a Url,
    path: &'static str,
}

/// Asks the three services; also compares the clocks.
pub(super) async fn checks(app: &App) -> Vec<Check> {
    let cloud = &app.settings.cloud;
    let service = |name, endpoint, path| Service { name, endpoint, path };
    let authority = service(
        "reach authority",
        &cloud.active_directory,
        "common/v2.0/.well-known/openid-configuration",
    );
    let manager = service(
        "reach resource-manager",
        &cloud.resource_manager,
        "metadata/endpoints?api-version=2022-09-01",
    );
    let graph = service("reach graph", &cloud.graph, "v1.0/");
    let (authority, manager, graph) =
        tokio::join!(ask(app, &authority), ask(app, &manager), ask(app, &graph));
    let date = [&authority, &manager, &graph].into_iter().find_map(|(_, date)| *date);
    let mut checks = vec![authority.0, manager.0, graph.0];
    checks.push(clock(app, date));
    checks
}

/// Asks one service; gives what its clock says.
async fn ask(app: &App, service: &Service<'_>) -> (Check, Option<i64>) {
    let base = service.endpoint.as_str().trim_end_matches('/');
    let request = Request::builder()
        .method(Method::GET)
        .uri(format!("{base}/{}", service.path))
        .header("accept", "application/json")
        .body(Vec::new());
    let (Ok(transport), Ok(request)) = (app.transport(), request) else {
        return (Check::skipped(service.name, "no connection can be made: see ca-bundle"), None);
    };
    match transport.send(request).await {
        Err(lost) => (ended(service, lost), None),
        Ok(answer) => (answered(service, &answer), date(&answer)),
    }
}

/// Judges an answer: any JSON is the service's own, whatever its status.
fn answered(service: &Service<'_>, answer: &Response<Vec<u8>>) -> Check {
    let host = service.endpoint.host_str().unwrap_or_default();
    let status = answer.status();
    if status.as_u16() == 407 {
        return Check::failed(
            service.name,
            "the proxy wants to know who you are (407)",
            "Put user and password into the proxy's address, or use a local proxy that signs in: HTTPS_PROXY.",
        );
    }
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(answer.body()).is_ok();
    if is_json && !status.is_redirection() {
        return Check::ok(service.name, format!("{host} answers"));
    }
    Check::failed(
        service.name,
        format!("something else answers instead of {host} ({status})"),
        "A proxy or a sign-in page of the network may be in between: check HTTPS_PROXY, and open any page in a browser.",
    )
}

/// Says where the way to a service ends.
fn ended(service: &Service<'_>, lost: TransportError) -> Check {
    let host = service.endpoint.host_str().unwrap_or_default().to_owned();
    let text = lost.to_string();
    let (detail, hint) = match &lost {
        TransportError::Unreachable { reason, .. } => where_it_ends(None, &host, reason),
        TransportError::ProxyUnreachable { variable, reason, .. } => {
            where_it_ends(Some(variable), &host, reason)
        }
        TransportError::Tls { reason, .. } => {
            (format!("{host} is there, but TLS fails: {reason}"), None)
        }
        _ => (text, None),
    };
    let own = Error::from(lost).hints().first().cloned().unwrap_or_default();
    Check::failed(service.name, detail, hint.unwrap_or(own))
}

/// The sentence and, where there is a better one than usual, the hint.
fn where_it_ends(proxy: Option<&str>, host: &str, reason: &str) -> (String, Option<String>) {
    let said = reason.to_lowercase();
    if said.contains("tunnel") || said.contains("proxy") || proxy.is_some() {
        let through = proxy.map_or_else(
            || "the system's proxy".to_owned(),
            |variable| format!("the proxy of {variable}"),
        );
        return (
            format!("{through} does not lead to {host}: {reason}"),
            Some("Check HTTPS_PROXY and NO_PROXY, and whether the proxy runs and lets this host through.".to_owned()),
        );
    }
    if said.contains("lookup") || said.contains("resolve") || said.contains("dns") {
        return (
            format!("the name {host} cannot be resolved: {reason}"),
            Some(format!("Check the network and its name servers: `getent hosts {host}`.")),
        );
    }
    (
        format!("{host} resolves, but refuses connections: {reason}"),
        Some(format!(
            "A firewall may be in between: let https to {host} through, or set HTTPS_PROXY."
        )),
    )
}

fn date(answer: &Response<Vec<u8>>) -> Option<i64> {
    let value = answer.headers().get("date")?.to_str().ok()?;
    let date: SystemTime = httpdate::parse_http_date(value).ok()?;
    jiff::Timestamp::try_from(date).ok().map(jiff::Timestamp::as_second)
}

fn clock(app: &App, date: Option<i64>) -> Check {
    const NAME: &str = "clock of azure";
    let Some(date) = date else {
        return Check::skipped(NAME, "no service sent its time");
    };
    let skew = date - app.now();
    if skew.abs() <= TOLERANCE {
        return Check::ok(NAME, format!("this computer's clock is {} s off", skew.abs()));
    }
    let direction = if skew > 0 { "behind" } else { "ahead of" };
    Check::failed(
        NAME,
        format!("this computer's clock is {} minutes {direction} Azure's", skew.abs() / 60),
        "Set the clock: `sudo timedatectl set-ntp true`; certificates and tokens are dated by it.",
    )
}

/// Entra takes assertions that are five minutes off.
const TOLERANCE: i64 = 300;

#[cfg(test)]
mod tests {
    use super::where_it_ends;

    #[test]
    fn names_connections_and_proxies_are_told_apart() {
        let ends = |proxy, reason| where_it_ends(proxy, "login.example", reason).0;
        let lookup = "failed to lookup address information: Name or service not known";
        assert!(ends(None, lookup).contains("cannot be resolved"));
        let refused = "Connection refused (os error 111)";
        assert!(ends(None, refused).contains("refuses connections"));
        assert!(ends(Some("HTTPS_PROXY"), refused).starts_with("the proxy of HTTPS_PROXY"));
        assert!(ends(None, "unsuccessful tunnel").starts_with("the system's proxy"));
    }
}
