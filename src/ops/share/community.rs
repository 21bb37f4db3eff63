//! Opens a gallery to everybody in Azure, and closes it again.
//!
//! Source: <https://learn.microsoft.com/azure/virtual-machines/share-gallery-community>.

use serde::Serialize;
use serde_json::json;
use url::Url;

use crate::app::App;
use crate::arm::galleries::{CommunityInfo, Gallery};
use crate::arm::{Client, poll};
use crate::error::Result;
use crate::id::ResourceId;
use crate::ops::delegation::finding::Findings;
use crate::ops::portal;

use super::gallery;
use super::{conditions, settled};

/// A gallery's face to the public: the shape that scripts rely on.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Community {
    /// The gallery's full id.
    pub gallery_id: String,
    /// True while everybody may use the images.
    pub enabled: bool,
    /// The name strangers know it by.
    pub public_name: Option<String>,
    /// What strangers give as the image of a machine; the image's name takes the place of `IMAGE`.
    pub image_id: Option<String>,
    /// The publisher's page.
    pub publisher_uri: Option<String>,
    /// The publisher's address for questions.
    pub publisher_contact: Option<String>,
    /// The licence, or where it is.
    pub eula: Option<String>,
    /// What the public name begins with.
    pub public_name_prefix: Option<String>,
    /// How far sharing has spread.
    pub state: Option<String>,
    /// What was done: `enable`, `update` or `keep`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<&'static str>,
    /// Where the portal shows it.
    pub portal_url: String,
}

impl Community {
    fn of(app: &App, client: &Client, gallery: &Gallery) -> Community {
        let info = gallery.community().cloned().unwrap_or_default();
        let status = gallery.properties.sharing_status.as_ref();
        let public_name = info.public_names.first().cloned();
        Community {
            gallery_id: gallery.id.clone(),
            enabled: info.community_gallery_enabled,
            image_id: public_name
                .as_ref()
                .map(|name| format!("/CommunityGalleries/{name}/Images/IMAGE/Versions/latest")),
            public_name,
            publisher_uri: info.publisher_uri,
            publisher_contact: info.publisher_contact,
            eula: info.eula,
            public_name_prefix: info.public_name_prefix,
            state: status.map(|status| status.aggregated_state.clone()),
            change: None,
            portal_url: portal::url(&app.settings.cloud.portal, client.tenant(), &gallery.id),
        }
    }
}

/// Makes sure that everybody may use a gallery's images; sends nothing if it is so.
///
/// # Errors
/// If a condition is not met, all of them at once; if Azure refuses or it does not take effect.
pub async fn enable(
    app: &App,
    client: &Client,
    id: &ResourceId,
    info: &CommunityInfo,
    location: Option<&str>,
) -> Result<Community> {
    let mut findings = Findings::default();
    conditions::of_cloud(app, "community galleries", &mut findings);
    check_info(info, &mut findings);
    findings.settle(app.reporter.as_ref(), NOTHING_SENT)?;
    let found = client.gallery(id).await?;
    if found.is_none() && location.is_none() {
        return Err(gallery::missing(id)
            .hint("To create it as a community gallery, add `--location REGION`."));
    }
    let whole = merged(found.as_ref().and_then(Gallery::community), info);
    check_whole(&whole, &mut findings);
    if let Some(gallery) = &found {
        check_gallery(client, id, gallery, &mut findings).await?;
    }
    findings.settle(app.reporter.as_ref(), NOTHING_SENT)?;
    let described = describe(
        app,
        client,
        id,
        found.as_ref(),
        &whole,
        location.unwrap_or_default(),
    )
    .await?;
    let enabled = found
        .as_ref()
        .and_then(Gallery::community)
        .is_some_and(|info| info.community_gallery_enabled);
    if enabled {
        let gallery = settled::spread(app, client, id).await?;
        let change = if described { "update" } else { "keep" };
        return Ok(Community {
            change: Some(change),
            ..Community::of(app, client, &gallery)
        });
    }
    app.reporter.note(&format!(
        "Opening gallery '{}' to everybody in Azure: anybody can see publisher, contact and licence, and make machines of every image in it, now and later; machines made from it outlive a later closing",
        id.name()
    ));
    let gallery = settled::share(app, client, id, "EnableCommunity", &[]).await?;
    Ok(Community {
        change: Some("enable"),
        ..Community::of(app, client, &gallery)
    })
}

/// Makes sure that strangers cannot use a gallery any more; `agreed` answers the question beforehand.
///
/// # Errors
/// If the user says no, or Azure refuses.
pub async fn disable(app: &App, client: &Client, id: &ResourceId, agreed: bool) -> Result<()> {
    let gallery = gallery::read(client, id).await?;
    let open = gallery
        .community()
        .filter(|info| info.community_gallery_enabled);
    let Some(info) = open else {
        app.reporter
            .step("The gallery is not open to the community; nothing is sent");
        return Ok(());
    };
    let name = info.public_names.first().map_or("?", String::as_str);
    let plan = format!(
        "Community gallery '{name}' disappears for everybody.\n  Machines that exist keep running; scale sets made from its images can no longer grow, wherever they are."
    );
    if agreed {
        app.reporter.step(&plan);
    }
    app.confirm(&format!("{plan}\nDo you want to close it?"), agreed)
        .await?;
    settled::share(app, client, id, "Reset", &[])
        .await
        .map(|_| ())
}

/// Describes a gallery's face to the public.
///
/// # Errors
/// If the gallery cannot be read.
pub async fn show(app: &App, client: &Client, id: &ResourceId) -> Result<Community> {
    Ok(Community::of(
        app,
        client,
        &gallery::read(client, id).await?,
    ))
}

/// What was given, and for the rest what stands there.
fn merged(stands: Option<&CommunityInfo>, given: &CommunityInfo) -> CommunityInfo {
    let known = stands.cloned().unwrap_or_default();
    CommunityInfo {
        publisher_uri: given.publisher_uri.clone().or(known.publisher_uri),
        publisher_contact: given.publisher_contact.clone().or(known.publisher_contact),
        eula: given.eula.clone().or(known.eula),
        public_name_prefix: given
            .public_name_prefix
            .clone()
            .or(known.public_name_prefix),
        ..CommunityInfo::default()
    }
}

/// Refuses what the public must not see, without any call.
fn check_info(info: &CommunityInfo, findings: &mut Findings) {
    for (flag, value) in [
        ("--publisher-uri", &info.publisher_uri),
        ("--eula", &info.eula),
    ] {
        let Some(text) = value else { continue };
        let address = Url::parse(text).ok().filter(|url| url.has_host());
        if address.as_ref().is_some_and(has_secret) {
            findings.input(
                flag,
                "the address carries what looks like a secret, and everybody would see it",
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

/// True if an address opens something by itself: a password, or a signature of Azure Storage and its like.
fn has_secret(url: &Url) -> bool {
    const NAMES: [&str; 9] = [
        "sig",
        "sv",
        "code",
        "token",
        "access_token",
        "key",
        "secret",
        "password",
        "signature",
    ];
    let named = url
        .query_pairs()
        .any(|(name, _)| NAMES.contains(&name.to_lowercase().as_str()));
    named || url.password().is_some() || !url.username().is_empty()
}

fn check_whole(info: &CommunityInfo, findings: &mut Findings) {
    for (flag, value, what) in [
        (
            "--publisher-uri",
            &info.publisher_uri,
            "the publisher's page",
        ),
        (
            "--publisher-contact",
            &info.publisher_contact,
            "an address for questions",
        ),
        ("--eula", &info.eula, "the licence, or its address"),
        (
            "--public-name-prefix",
            &info.public_name_prefix,
            "what the public name begins with",
        ),
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

async fn check_gallery(
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

/// Makes the gallery say what strangers are told; true if anything had to be sent.
async fn describe(
    app: &App,
    client: &Client,
    id: &ResourceId,
    found: Option<&Gallery>,
    whole: &CommunityInfo,
    location: &str,
) -> Result<bool> {
    let profile = json!({"permissions": "Community", "communityGalleryInfo": whole});
    let stands = found
        .and_then(Gallery::community)
        .map(|info| merged(None, info));
    let reply = match found {
        Some(_) if stands.as_ref() == Some(whole) => return Ok(false),
        Some(_) => client.patch_gallery(id, &profile).await.map_err(|err| {
            crate::error::Error::from(err)
                .while_doing("the gallery could not be made a community gallery")
                .hint("Make another gallery: the same command with another gallery's name and `--location REGION`, and copy the images with `az sig image-version create`.")
        })?,
        None => {
            app.reporter.note(&format!("Creating community gallery '{}' in {location}", id.name()));
            client.put_gallery(id, location, &profile).await?
        }
    };
    let progress = |state: &str| app.reporter.step(&format!("  gallery: {state}"));
    client.wait(reply, poll::LONGEST, &progress).await?;
    Ok(true)
}

const NOTHING_SENT: &str = "nothing was changed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_open_something_are_seen() {
        for (address, bad) in [
            ("https://contoso.com/eula", false),
            ("https://contoso.com/eula?version=2", false),
            (
                "https://x.blob.core.windows.net/a/eula?sv=2020&sig=abc",
                true,
            ),
            ("https://user:pw@contoso.com/", true),
            ("https://contoso.com/?TOKEN=1", true),
        ] {
            assert_eq!(has_secret(&Url::parse(address).unwrap()), bad, "{address}");
        }
    }

    #[test]
    fn what_stands_there_need_not_be_given_again() {
        let stands = CommunityInfo {
            eula: Some("e".into()),
            public_name_prefix: Some("p".into()),
            ..CommunityInfo::default()
        };
        let given = CommunityInfo {
            eula: Some("new".into()),
            ..CommunityInfo::default()
        };
        let whole = merged(Some(&stands), &given);
        assert_eq!(
            (whole.eula.as_deref(), whole.public_name_prefix.as_deref()),
            (Some("new"), Some("p"))
        );
        let mut findings = Findings::default();
        check_whole(&whole, &mut findings);
        assert_eq!(findings.errors.len(), 2);
    }
}
