//! The resources that tokens are for, by the names people use and by their URLs.

use std::collections::BTreeSet;

use url::Url;

use crate::error::{Error, Result};
use crate::settings::Cloud;

/// The resources that may be borrowed: those that are named, else the usual four.
pub(crate) fn allowed(named: &[String], cloud: &Cloud) -> Result<BTreeSet<String>> {
    let usual = NAMES.map(str::to_owned);
    let named = if named.is_empty() { &usual[..] } else { named };
    let mut all = BTreeSet::new();
    for name in named {
        all.extend(urls_of(name, cloud)?.iter().map(|url| comparable(url)));
    }
    Ok(all)
}

/// The URLs behind a name, or the URL itself. Resource Manager has two audiences: `az` and Terraform ask for the
/// older one, the SDKs for its own address.
pub(crate) fn urls_of(name: &str, cloud: &Cloud) -> Result<Vec<String>> {
    let trimmed = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    Ok(match name {
        "arm" => vec![cloud.audience.clone(), trimmed(&cloud.resource_manager)],
        "ms-graph" => vec![trimmed(&cloud.graph)],
        "key-vault" => vec![key_vault(&cloud.name).to_owned()],
        "storage" => vec!["https://storage.azure.com".to_owned()],
        url => match Url::parse(url) {
            Ok(parsed) if parsed.scheme() == "https" || parsed.scheme() == "api" => {
                vec![url.to_owned()]
            }
            _ => {
                return Err(Error::usage(format!("'{url}' is not a resource")).hint(format!(
                    "Use one of {}, or a URL that begins with https:// or api://.",
                    NAMES.join(", ")
                )));
            }
        },
    })
}

/// A resource as it is compared: without the slash at its end, and in one case.
pub(crate) fn comparable(resource: &str) -> String {
    resource.strip_suffix('/').unwrap_or(resource).to_ascii_lowercase()
}

/// Source: `suffixes.keyvault_dns` of the clouds in `azure/cli/core/cloud.py` of azure-cli 2.91.0.
fn key_vault(cloud: &str) -> &'static str {
    match cloud {
        "AzureChinaCloud" => "https://vault.azure.cn",
        "AzureUSGovernment" => "https://vault.usgovcloudapi.net",
        "AzureBleuCloud" => "https://vault.sovcloud-api.fr",
        _ => "https://vault.azure.net",
    }
}

/// The short names of URLs.
pub(crate) const NAMES: [&str; 4] = ["arm", "ms-graph", "key-vault", "storage"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_four_have_both_audiences_of_resource_manager() {
        let all = allowed(&[], &Cloud::default()).unwrap();
        for resource in [
            "https://management.azure.com",
            "https://management.core.windows.net/",
            "https://graph.microsoft.com/",
            "https://Vault.azure.net",
            "https://storage.azure.com/",
        ] {
            assert!(all.contains(&comparable(resource)), "{resource}");
        }
        for other in ["https://storage.azure.com.evil.example", "https://database.windows.net", ""]
        {
            assert!(!all.contains(&comparable(other)), "{other}");
        }
    }

    #[test]
    fn a_resource_that_is_named_is_the_only_one() {
        let all = allowed(&["https://db.example/".to_owned()], &Cloud::default()).unwrap();
        assert_eq!(all.into_iter().collect::<Vec<_>>(), ["https://db.example"]);
        assert!(allowed(&["stroage".to_owned()], &Cloud::default()).is_err());
        assert!(allowed(&["http://db.example".to_owned()], &Cloud::default()).is_err());
    }
}
