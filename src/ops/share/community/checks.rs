//! What has to be so before a gallery is opened to everyone.

use url::Url;

use crate::arm::Client;
use crate::arm::galleries::{CommunityInfo, Gallery};
use crate::error::Result;
use crate::id::ResourceId;
use crate::ops::change::findings::Findings;
use crate::ops::share::conditions;

/// Refuses what the public must not see, without any call.
pub(super) fn check_info(info: &CommunityInfo, findings: &mut Findings) {
    for (flag, value) in [("--publisher-uri", &info.publisher_uri), ("--eula", &info.eula)] {
        let Some(text) = value else { continue };
        let address = Url::parse(text).ok().filter(|url| url.has_host());
        if address.as_ref().is_some_and(has_secret) {
            findings.input(
                flag,
                "the URL contains what looks like a secret, and it would be public",
                "Put the text where it can be read without a signature, key or password in the address.",
            );
        }
        let is_web = address.is_some_and(|url| ["https", "http"].contains(&url.scheme()));
        if flag == "--publisher-uri" && !is_web {
            findings.input(
                flag,
                format!("'{text}' is not a web address"),
                "Give the publisher's page: `--publisher-uri https://…`.",
            );
        }
    }
    if let Some(prefix) = &info.public_name_prefix {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if prefix.is_empty() || !prefix.chars().all(plain) {
            findings.input(
                "--public-name-prefix",
                format!("'{prefix}' is not made of letters, digits, '-' and '_'"),
                "Give a short word; Azure adds a GUID to it.",
            );
        }
    }
}

/// True if an address opens something on its own: a password, or a signature of Azure Storage and its like.
fn has_secret(url: &Url) -> bool {
    const NAMES: [&str; 9] =
        ["sig", "sv", "code", "token", "access_token", "key", "secret", "password", "signature"];
    let named = url.query_pairs().any(|(name, _)| NAMES.contains(&name.to_lowercase().as_str()));
    named || url.password().is_some() || !url.username().is_empty()
}

/// Finds the missing publisher's details.
pub(super) fn check_whole(info: &CommunityInfo, findings: &mut Findings) {
    for (flag, value, what) in [
        ("--publisher-uri", &info.publisher_uri, "the publisher's page"),
        ("--publisher-contact", &info.publisher_contact, "an address for questions"),
        ("--eula", &info.eula, "the license, or its address"),
        ("--public-name-prefix", &info.public_name_prefix, "what the public name begins with"),
    ] {
        if value.as_ref().is_none_or(|value| value.trim().is_empty()) {
            findings.input(
                flag,
                "is missing: Azure opens no gallery without it",
                format!("Add `{flag}`: {what}."),
            );
        }
    }
}

/// Finds what keeps a gallery from being opened.
pub(super) async fn check_gallery(
    client: &Client,
    id: &ResourceId,
    gallery: &Gallery,
    findings: &mut Findings,
) -> Result<()> {
    match gallery.permissions() {
        "Groups" => findings.azure(
            format!("gallery '{}'", gallery.name),
            "was made for direct sharing, and cannot be switched to the community",
            "Make another gallery: the same command with another gallery's name and `--location REGION`.",
        ),
        "Private" => findings.warn(format!(
            "gallery '{}' was made private; Azure's documents disagree whether it can be opened afterwards, so it is tried",
            gallery.name
        )),
        _ => {}
    }
    conditions::of_identity(client, id, findings).await?;
    conditions::of_images(client, gallery, findings).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_open_something_are_seen() {
        for (address, bad) in [
            ("https://contoso.com/eula", false),
            ("https://contoso.com/eula?version=2", false),
            ("https://x.blob.core.windows.net/a/eula?sv=2020&sig=abc", true),
            ("https://user:pw@contoso.com/", true),
            ("https://contoso.com/?TOKEN=1", true),
        ] {
            assert_eq!(has_secret(&Url::parse(address).unwrap()), bad, "{address}");
        }
    }
}
