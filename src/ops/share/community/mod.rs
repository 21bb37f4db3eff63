//! Opens a gallery to everybody in Azure, and closes it again.
//!
//! Source: <https://learn.microsoft.com/azure/virtual-machines/share-gallery-community>.

mod checks;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;

use crate::arm::galleries::{CommunityInfo, Gallery};
use crate::error::Result;
use crate::id::ResourceId;
use crate::ops::change::findings::Findings;
use crate::ops::portal;
use crate::ops::site::Site;
use crate::rest::poll;

use super::gallery;
use super::{conditions, expiry_tags, propagation};

use checks::{check_gallery, check_info, check_whole};

/// A gallery's face to the public: the shape that scripts rely on.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Community {
    /// The gallery's full id.
    pub gallery_id: String,
    /// True while everybody may use the images.
    pub enabled: bool,
    /// The name strangers know it by.
    pub public_name: Option<String>,
    /// What strangers give as the image of a machine; the image's name takes the place of `IMAGE`.
    pub image_id: Option<String>,
    pub publisher_uri: Option<String>,
    /// The publisher's address for questions.
    pub publisher_contact: Option<String>,
    /// The license, or where it is.
    pub eula: Option<String>,
    /// What the public name begins with.
    pub public_name_prefix: Option<String>,
    /// How far sharing has spread.
    pub state: Option<String>,
    /// The last day, if one was recorded.
    pub expires_on: Option<String>,
    /// What was done: `enable`, `update` or `keep`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<&'static str>,
    /// Where the portal shows it.
    pub portal_url: String,
}

impl Community {
    fn of(site: &Site<'_>, gallery: &Gallery) -> Community {
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
            expires_on: expiry_tags::recorded(gallery, expiry_tags::COMMUNITY)
                .map(|day| day.to_string()),
            change: None,
            portal_url: portal::url(&site.cloud.portal, site.client.tenant(), &gallery.id),
        }
    }
}

/// Makes sure that everybody may use a gallery's images; sends nothing if it is so.
///
/// # Errors
/// If a condition is not met, all of them at once; if Azure refuses or it does not take effect.
pub(crate) async fn enable(
    site: &Site<'_>,
    id: &ResourceId,
    info: &CommunityInfo,
    location: Option<&str>,
    last_day: Option<Date>,
) -> Result<Community> {
    let mut findings = Findings::default();
    conditions::of_cloud(site.app, "community galleries", &mut findings);
    check_info(info, &mut findings);
    findings.settle(site.reporter, NOTHING_SENT)?;
    let found = site.client.gallery(id).await?;
    if found.is_none() && location.is_none() {
        return Err(gallery::missing(id)
            .hint("To create it as a community gallery, add `--location REGION`."));
    }
    let whole = merged(found.as_ref().and_then(Gallery::community), info);
    check_whole(&whole, &mut findings);
    if let Some(gallery) = &found {
        check_gallery(&site.client, id, gallery, &mut findings).await?;
        if last_day.is_some() {
            expiry_tags::check(&site.client, id, gallery, &everybody(), &mut findings).await?;
        }
    }
    findings.settle(site.reporter, NOTHING_SENT)?;
    let described =
        describe(site, id, found.as_ref(), &whole, location.unwrap_or_default()).await?;
    let enabled = found
        .as_ref()
        .and_then(Gallery::community)
        .is_some_and(|info| info.community_gallery_enabled);
    let recorded = record(site, id, enabled, last_day).await?;
    if enabled {
        let gallery = propagation::spread(site, id).await?;
        let change = if described || recorded { "update" } else { "keep" };
        return Ok(Community { change: Some(change), ..Community::of(site, &gallery) });
    }
    site.reporter.note(&format!(
        "Opening gallery '{}' to everyone in Azure: anyone can see publisher, contact and license, and create VMs from every image in it, now and later; VMs created from it outlive a later closing",
        id.name()
    ));
    let gallery = propagation::share(site, id, "EnableCommunity", &[]).await?;
    Ok(Community { change: Some("enable"), ..Community::of(site, &gallery) })
}

/// Makes sure that strangers cannot use a gallery any more; `agreed` answers the question beforehand.
pub(crate) async fn disable(site: &Site<'_>, id: &ResourceId, agreed: bool) -> Result<()> {
    let gallery = gallery::read(&site.client, id).await?;
    let open = gallery.community().filter(|info| info.community_gallery_enabled);
    let Some(info) = open else {
        site.reporter.note("The gallery is not open to the community; nothing is sent");
        return Ok(());
    };
    let name = info.public_names.first().map_or("?", String::as_str);
    let plan = format!(
        "Community gallery '{name}' disappears for everyone.\n  Existing VMs keep running; scale sets made from its images can no longer grow, wherever they are."
    );
    if agreed {
        site.reporter.step(&plan);
    }
    site.app.confirm(&format!("{plan}\nDo you want to close it?"), agreed).await?;
    close(site, id).await
}

/// Closes a gallery to strangers without asking; the plan was agreed to before.
pub(crate) async fn close(site: &Site<'_>, id: &ResourceId) -> Result<()> {
    let gallery = propagation::share(site, id, "Reset", &[]).await?;
    expiry_tags::forget(site, &gallery, &everybody()).await
}

fn everybody() -> [String; 1] {
    [expiry_tags::COMMUNITY.to_owned()]
}

async fn record(
    site: &Site<'_>,
    id: &ResourceId,
    is_open: bool,
    last_day: Option<Date>,
) -> Result<bool> {
    let gallery = gallery::read(&site.client, id).await?;
    let everybody = everybody();
    let (fresh, standing): (&[String], &[String]) =
        if is_open { (&[], &everybody) } else { (&everybody, &[]) };
    expiry_tags::settle(site, &gallery, fresh, standing, last_day).await
}

/// Describes a gallery's face to the public.
pub(crate) async fn show(site: &Site<'_>, id: &ResourceId) -> Result<Community> {
    Ok(Community::of(site, &gallery::read(&site.client, id).await?))
}

/// What was given, and for the rest what stands there.
fn merged(stands: Option<&CommunityInfo>, given: &CommunityInfo) -> CommunityInfo {
    let known = stands.cloned().unwrap_or_default();
    CommunityInfo {
        publisher_uri: given.publisher_uri.clone().or(known.publisher_uri),
        publisher_contact: given.publisher_contact.clone().or(known.publisher_contact),
        eula: given.eula.clone().or(known.eula),
        public_name_prefix: given.public_name_prefix.clone().or(known.public_name_prefix),
        ..CommunityInfo::default()
    }
}

/// Makes the gallery say what strangers are told; true if anything had to be sent.
async fn describe(
    site: &Site<'_>,
    id: &ResourceId,
    found: Option<&Gallery>,
    whole: &CommunityInfo,
    location: &str,
) -> Result<bool> {
    let profile = json!({"permissions": "Community", "communityGalleryInfo": whole});
    let stands = found.and_then(Gallery::community).map(|info| merged(None, info));
    let reply = match found {
        Some(_) if stands.as_ref() == Some(whole) => return Ok(false),
        Some(_) => site.client.patch_gallery(id, &profile).await.map_err(|err| {
            crate::error::Error::from(err)
                .while_doing("the gallery could not be made a community gallery")
                .hint("Make another gallery: the same command with another gallery's name and `--location REGION`, and copy the images with `az sig image-version create`.")
        })?,
        None => {
            site.reporter.note(&format!("Creating community gallery '{}' in {location}", id.name()));
            site.client.put_gallery(id, location, &profile).await?
        }
    };
    let progress = |state: &str| site.reporter.step(&format!("  gallery: {state}"));
    site.client.wait(reply, poll::LONGEST, &progress).await?;
    Ok(true)
}

const NOTHING_SENT: &str = "nothing was changed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_there_need_not_be_given_again() {
        let stands = CommunityInfo {
            eula: Some("e".into()),
            public_name_prefix: Some("p".into()),
            ..CommunityInfo::default()
        };
        let given = CommunityInfo { eula: Some("new".into()), ..CommunityInfo::default() };
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
