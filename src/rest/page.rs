//! Lists that come in pages, linked by `nextLink`.

use std::collections::HashSet;

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::call::decode_reply;
use super::client::ServiceClient;
use super::error::RestError;
use super::service::Service;

impl<S: Service> ServiceClient<S> {
    /// Reads a list to its last page. That there is no list may decide what is removed, so it is asked twice.
    pub async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, RestError<S>> {
        let (mut all, mut seen) = (Vec::new(), HashSet::new());
        let mut limit = ListLimit::default();
        let mut next = self.address(path, query)?;
        while seen.insert(next.clone()) {
            let reply = self.send_surely(Method::GET, &next).await?;
            let found: ListPage<T> = decode_reply(path, reply.body)?;
            if !limit.allows(found.value.len(), reply.size) {
                break;
            }
            all.extend(found.value);
            match found.next_link.filter(|link| !link.is_empty()) {
                None => return Ok(all),
                Some(link) => next = trusted_url(&self.connection.endpoint, "nextLink", &link)?,
            }
        }
        Err(RestError::Malformed { what: path.to_owned(), problem: "an endless list".into() })
    }
}

/// One page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct ListPage<T> {
    /// The entries.
    pub value: Vec<T>,
    /// Where the next page is; Graph has its own word for it.
    #[serde(rename = "nextLink", alias = "@odata.nextLink", default)]
    pub next_link: Option<String>,
}

/// How far a list is read: one whose pages link to ever new ones must not eat the memory, or go on for hours.
#[derive(Debug, Default)]
pub(crate) struct ListLimit {
    pages: usize,
    rows: usize,
    bytes: usize,
}

impl ListLimit {
    /// Counts a page; false if that is more than any honest list has.
    pub(crate) fn allows(&mut self, rows: usize, bytes: usize) -> bool {
        self.pages += 1;
        self.rows += rows;
        self.bytes += bytes;
        self.pages <= MOST_PAGES && self.rows <= MOST_ROWS && self.bytes <= MOST_BYTES
    }
}

const MOST_PAGES: usize = 2_500;
const MOST_ROWS: usize = 200_000;
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// Reads an address the service gave us, and refuses any other origin than the cloud's own.
///
/// Source of the rule: azure-cli pull request 33511, where a prefix comparison let
/// `management.azure.com.attacker` have the token.
///
/// # Errors
/// [`RestError::UntrustedOrigin`] unless scheme, host and port equal those of `endpoint`.
pub(crate) fn trusted_url<S: Service>(
    endpoint: &Url,
    header: &'static str,
    text: &str,
) -> Result<Url, RestError<S>> {
    let refused = |found: String| RestError::UntrustedOrigin {
        header,
        found,
        expected: endpoint.origin().ascii_serialization(),
    };
    let url = endpoint.join(text).map_err(|_| refused("no address".into()))?;
    let same = url.origin() == endpoint.origin() && url.origin().is_tuple();
    if !same || !url.username().is_empty() || url.password().is_some() {
        return Err(refused(url.origin().ascii_serialization()));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::ResourceManager;

    #[test]
    fn only_the_exact_origin_is_trusted() {
        let endpoint = Url::parse("https://management.azure.com/").unwrap();
        let check = |text: &str| trusted_url::<ResourceManager>(&endpoint, "nextLink", text);
        assert!(check("https://MANAGEMENT.azure.com:443/x?y=z").is_ok());
        assert_eq!(check("/subscriptions/1?a=b").unwrap().host_str(), Some("management.azure.com"));
        for bad in [
            "https://management.azure.com.attacker/x",
            "https://management.azure.com@attacker/x",
            "https://user@management.azure.com/x",
            "https://management.azure.com:8443/x",
            "http://management.azure.com/x",
            "https://management.azure.com./x",
            "//attacker/x",
            "https://xn--mnagement-4va.azure.com/",
            "data:text/plain,x",
            "\\\\attacker\\x",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_list_is_read_for_ever() {
        // adversary A11: 2 GB in 33 s, a link to itself 10,000 times.
        let pages = |rows, bytes| {
            let mut limit = ListLimit::default();
            (0..10_000).take_while(|_| limit.allows(rows, bytes)).count()
        };
        assert_eq!(pages(0, 100), MOST_PAGES, "empty pages");
        assert_eq!(pages(1_000, 100_000), 200, "many rows");
        assert_eq!(pages(1, 16 * 1024 * 1024), 16, "large rows");
    }

    #[test]
    fn a_list_without_its_entries_is_not_a_list() {
        // adversary A5: `{}` with 200 meant "nobody has access", and the command ended with 0.
        let read = serde_json::from_str::<ListPage<String>>;
        assert!(read(r#"{"value": []}"#).is_ok());
        for hollow in ["{}", "[]", "null", r#"{"error": {"code": "X"}}"#] {
            assert!(read(hollow).is_err(), "{hollow}");
        }
    }
}
