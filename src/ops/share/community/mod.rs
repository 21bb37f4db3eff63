//! Opens a gallery to everyone in Azure, and closes it again.
//!
//! Source: <https://learn.microsoft.com/azure/virtual-machines/share-gallery-community>.

mod checks;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use crate::arm::galleries::{CommunityInfo, Gallery};
use crate::error::Result;
use crate::id::{ArmId, ResourceId};
use crate::ops::change::findings::Findings;
use crate::ops::change::{ChangeKind, Plan, Risk, Run, Step, WriteKind};
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
    pub gallery_id: ArmId,
    /// True while everyone may use the images.
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

/// A gallery that everyone is to use, and what of that has to be done.
#[derive(Debug)]
pub(crate) struct CommunityOpening {
    id: ResourceId,
    gallery: Option<Gallery>,
    whole: CommunityInfo,
    location: String,
    last_day: Option<Date>,
    pub plan: Plan,
    tags_step: Option<usize>,
    share_step: usize,
}

/// Works out what it takes that everyone may use a gallery's images.
///
/// # Errors
/// If a condition is not met: all of them together.
pub(crate) async fn plan_opening(
    site: &Site<'_>,
    id: &ResourceId,
    info: &CommunityInfo,
    location: Option<&str>,
    last_day: Option<Date>,
) -> Result<CommunityOpening> {
    let mut findings = Findings::default();
    conditions::of_cloud(site.app, "community galleries", &mut findings);
    check_info(info, &mut findings);
    findings.settle(site.reporter, NOTHING_SENT)?;
    let gallery = site.client.gallery(id).await?;
    if gallery.is_none() && location.is_none() {
        return Err(gallery::missing(id)
            .hint("To create it as a community gallery, add `--location REGION`."));
    }
    let whole = merged(gallery.as_ref().and_then(Gallery::community), info);
    check_whole(&whole, &mut findings);
    if let Some(gallery) = &gallery {
        check_gallery(&site.client, id, gallery, &mut findings).await?;
        if last_day.is_some() {
            expiry_tags::check(&site.client, id, gallery, &everybody(), &mut findings).await?;
        }
    }
    findings.settle(site.reporter, NOTHING_SENT)?;
    let location = location.unwrap_or_default().to_owned();
    let mut opening = CommunityOpening {
        id: id.clone(),
        gallery,
        whole,
        location,
        last_day,
        plan: Plan::default(),
        tags_step: None,
        share_step: 0,
    };
    opening.draft();
    Ok(opening)
}

impl CommunityOpening {
    fn is_open(&self) -> bool {
        let info = self.gallery.as_ref().and_then(Gallery::community);
        info.is_some_and(|info| info.community_gallery_enabled)
    }

    /// The publisher's details, the last day, and the opening, in this order.
    fn draft(&mut self) {
        let (id, name) = (self.id.to_string(), self.id.name());
        let mut plan = Plan {
            nothing: Some("The gallery is open to the community already.".to_owned()),
            ..Plan::titled(format!("Gallery '{name}' and everyone in Azure:"))
        };
        let after = json!({"permissions": "Community", "communityGalleryInfo": self.whole});
        let stands = self.gallery.as_ref().and_then(Gallery::community);
        let described = match &self.gallery {
            None => {
                let what = format!("community gallery '{name}' in {}", self.location);
                Step::new(ChangeKind::Create, WriteKind::Gallery, &id, what)
            }
            Some(gallery) => {
                let is_so = stands.map(|info| merged(None, info)).as_ref() == Some(&self.whole);
                let change = if is_so { ChangeKind::Keep } else { ChangeKind::Update };
                let before =
                    json!({"permissions": gallery.permissions(), "communityGalleryInfo": stands});
                let what = format!("what strangers see of gallery '{name}'");
                Step::new(change, WriteKind::Gallery, &id, what).between(before, Value::Null)
            }
        };
        plan.push(Step { after, ..described }.at(&id));
        let everybody = everybody();
        let (fresh, standing): (&[String], &[String]) =
            if self.is_open() { (&[], &everybody) } else { (&everybody, &[]) };
        let gallery = self.gallery.as_ref();
        let tags = expiry_tags::planned_step(&id, gallery, fresh, standing, self.last_day);
        self.tags_step = tags.map(|step| plan.push(step));
        let change = if self.is_open() { ChangeKind::Keep } else { ChangeKind::Create };
        let what = format!("gallery '{name}' open to everyone in Azure");
        let step = Step::new(change, WriteKind::CommunityShare, &id, what)
            .at(&id)
            .between(Value::Null, json!({"info": self.whole}))
            .because("anyone can see publisher, contact and license, and create VMs from every image in it, now and later; VMs created from it outlive a later closing")
            .risking(Risk::Opens(name.to_owned()));
        self.share_step = plan.push(step);
        self.plan = plan;
    }

    /// Opens the gallery.
    ///
    /// # Errors
    /// If Azure refuses, or it does not take effect.
    pub(crate) async fn carry_out(&self, site: &Site<'_>, run: &Run<'_>) -> Result<Community> {
        let (id, is_open) = (&self.id, self.is_open());
        let work = describe(site, id, self.gallery.as_ref(), &self.whole, &self.location);
        let described = run.perform(DESCRIPTION_STEP, work).await?;
        let work = record(site, id, is_open, self.last_day);
        let recorded = match self.tags_step {
            Some(step) => run.perform(step, work).await?,
            None => work.await?,
        };
        if is_open {
            let gallery = propagation::spread(site, id).await?;
            let change = if described || recorded { "update" } else { "keep" };
            return Ok(Community { change: Some(change), ..Community::of(site, &gallery) });
        }
        let work = propagation::share(site, id, "EnableCommunity", &[]);
        let gallery = run.perform(self.share_step, work).await?;
        Ok(Community { change: Some("enable"), ..Community::of(site, &gallery) })
    }
}

const DESCRIPTION_STEP: usize = 0;

/// Works out what it takes that strangers cannot use a gallery any more.
pub(crate) async fn plan_closing(site: &Site<'_>, id: &ResourceId) -> Result<Plan> {
    let gallery = gallery::read(&site.client, id).await?;
    let mut plan = Plan {
        nothing: Some("The gallery is not open to the community; nothing is sent.".to_owned()),
        ..Plan::titled(format!("Gallery '{}' and everyone in Azure:", id.name()))
    };
    if let Some(info) = gallery.community().filter(|info| info.community_gallery_enabled) {
        let name = info.public_names.first().map_or("?", String::as_str);
        let before = json!({"info": info, "tags": gallery.tags});
        let what = format!("community gallery '{name}' disappears for everyone");
        let step = Step::new(ChangeKind::Remove, WriteKind::CommunityShare, &gallery.id, what)
            .at(&gallery.id)
            .between(before, Value::Null)
            .because("existing VMs keep running; scale sets made from its images can no longer grow, wherever they are");
        plan.push(step);
    } else {
        plan.steps.extend(expiry_tags::leftover_step(&gallery, &everybody()));
    }
    Ok(plan)
}

/// Carries out a plan of [`plan_closing`].
pub(crate) async fn carry_out_closing(
    site: &Site<'_>,
    run: &Run<'_>,
    id: &ResourceId,
) -> Result<()> {
    match run.plan().steps.first().map(|step| step.kind) {
        Some(WriteKind::Tags) => {
            let gallery = gallery::read(&site.client, id).await?;
            run.perform(0, expiry_tags::forget(site, &gallery, &everybody())).await
        }
        Some(_) => run.perform(0, close(site, id)).await,
        None => Ok(()),
    }
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

/// What was given, and for the rest what is there.
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

/// Writes the publisher's details to the gallery; true if anything had to be sent.
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
                .hint("Make another gallery: the same command with another gallery's name and `--location REGION`, and copy the images with `az-imageshare image copy --id ID --to GALLERY/IMAGE`.")
        })?,
        None => {
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
