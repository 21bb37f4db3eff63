//! The last days of shares that have no description of their own: direct sharing and the community.
//! They stand in tags of the gallery, as `az-imageshare-expires-<id>` = `2026-12-31`, where the id is
//! that of the subscription or tenant, or `community`.
//!
//! Limits: <https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations>.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::arm::authorization::is_allowed;
use crate::arm::galleries::Gallery;
use crate::arm::tags::{self, TagOperation};
use crate::arm::{ArmError, Client};
use crate::error::{Error, Result};
use crate::id::ResourceId;
use crate::ops::change::findings::Findings;
use crate::ops::change::observe::Observed;
use crate::ops::change::resume::posix_word;
use crate::ops::change::{ChangeKind, Step, WriteKind};
use crate::ops::site::Site;
use crate::rest::poll;

/// What the name of such a tag begins with. It is documented and never changes: other tools may read it.
pub(crate) const TAG: &str = "az-imageshare-expires-";
/// What the name ends with for the sharing with anyone.
pub(crate) const COMMUNITY: &str = "community";
/// Most tags of one resource.
pub(crate) const MOST: usize = 50;

fn tag<'a>(gallery: &'a Gallery, who: &str) -> Option<(&'a String, &'a String)> {
    let name = format!("{TAG}{who}");
    let mut tags = gallery.tags.iter().flatten();
    tags.find(|(known, _)| known.eq_ignore_ascii_case(&name))
}

/// The last day that a gallery records for `who`.
pub(crate) fn recorded(gallery: &Gallery, who: &str) -> Option<Date> {
    tag(gallery, who)?.1.trim().parse().ok()
}

/// True if a gallery records any last day before `today`.
pub(crate) fn any_passed(gallery: &Gallery, today: Date) -> bool {
    let ours = |name: &str| {
        let start = name.get(..TAG.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(TAG))
    };
    let mut tags = gallery.tags.iter().flatten();
    tags.any(|(name, value)| ours(name) && value.trim().parse().is_ok_and(|day: Date| day < today))
}

/// Finds out whether there is room for these last days, and whether the caller may write them.
pub(crate) async fn check(
    client: &Client,
    id: &ResourceId,
    gallery: &Gallery,
    who: &[String],
    findings: &mut Findings,
) -> Result<()> {
    let known = gallery.tags.as_ref().map_or(0, BTreeMap::len);
    let fresh = who.iter().filter(|who| tag(gallery, who).is_none()).count();
    if fresh > 0 && known + fresh > MOST {
        findings.azure(
            format!("gallery '{}'", id.name()),
            format!("has {known} tags, and {fresh} more are needed to record the last day; Azure allows {MOST}"),
            format!("Remove tags with `az tag update --resource-id {} --operation Delete --tags NAME=VALUE`, or leave --expires out.", posix_word(&id.to_string())),
        );
    }
    let permissions = client.permissions(&id.to_string()).await?;
    if !is_allowed(&permissions, tags::WRITE) {
        findings.azure(
            "--expires",
            format!("is recorded in the gallery's tags, and this identity lacks {}", tags::WRITE),
            format!("Have an owner run `az-imageshare share rbac add --gallery-id {} --role \"Tag Contributor\" --assignee WHO`.", posix_word(&id.to_string())),
        );
    }
    Ok(())
}

/// The step that makes the tags say until when, as [`settle`] does; none if they say so.
pub(crate) fn planned_step(
    gallery_id: &str,
    gallery: Option<&Gallery>,
    fresh: &[String],
    standing: &[String],
    last_day: Option<Date>,
) -> Option<Step> {
    let known = |who: &String| gallery.and_then(|gallery| recorded(gallery, who));
    let before = gallery.map_or(Value::Null, |gallery| json!({"tags": gallery.tags}));
    let what = match last_day {
        Some(day) if fresh.iter().chain(standing).any(|who| known(who) != Some(day)) => {
            format!("last day {day}, in the tags of the gallery")
        }
        None if fresh.iter().any(|who| known(who).is_some()) => {
            "last day of an earlier share, in the tags of the gallery, which goes".to_owned()
        }
        _ => return None,
    };
    let mut tags = gallery.and_then(|gallery| gallery.tags.clone()).unwrap_or_default();
    for who in fresh.iter().chain(standing.iter().filter(|_| last_day.is_some())) {
        let stands = gallery.and_then(|gallery| tag(gallery, who)).map(|(name, _)| name.clone());
        let name = stands.unwrap_or_else(|| format!("{TAG}{who}"));
        match last_day {
            Some(day) => tags.insert(name, day.to_string()),
            None => tags.remove(&name),
        };
    }
    let after = json!({"tags": tags});
    let step = Step::new(ChangeKind::Update, WriteKind::Tags, gallery_id, what);
    Some(step.at(gallery_id).between(before, after))
}

/// Whom the tags record a last day for although the gallery is not shared with them: ids of subscriptions and
/// tenants, in lower case.
pub(crate) fn ended_shares(gallery: &Gallery) -> Vec<String> {
    let shared = [gallery.shared_with("Subscriptions"), gallery.shared_with("AADTenants")].concat();
    let has_it = |id: &str| shared.iter().any(|known| known.eq_ignore_ascii_case(id));
    let names = gallery.tags.iter().flatten().map(|(name, _)| name.to_lowercase());
    let ids = names.filter_map(|name| name.strip_prefix(TAG).map(str::to_owned));
    ids.filter(|id| id != COMMUNITY && !has_it(id)).collect()
}

/// The step that forgets the last days of `who`, whose share has ended already, as [`forget`] does: an interrupted
/// run leaves them, and they would end a new share.
pub(crate) fn leftover_step(gallery: &Gallery, who: &[String]) -> Option<Step> {
    let mut tags = gallery.tags.clone().unwrap_or_default();
    let before = tags.len();
    for (name, _) in who.iter().filter_map(|who| tag(gallery, who)) {
        tags.remove(name);
    }
    let what = "last day of a share that has ended, in the tags of the gallery, which goes";
    let step = Step::new(ChangeKind::Update, WriteKind::Tags, &gallery.id, what.to_owned());
    let step = step.at(&gallery.id).between(json!({"tags": gallery.tags}), json!({"tags": tags}));
    (step.after["tags"].as_object().map_or(0, serde_json::Map::len) < before).then_some(step)
}

/// Makes the tags say until when: `fresh` are those whose share begins now, `standing` have it already.
/// True if a last day had to be sent.
pub(crate) async fn settle(
    site: &Site<'_>,
    gallery: &Gallery,
    fresh: &[String],
    standing: &[String],
    last_day: Option<Date>,
) -> Result<bool> {
    if let Some(day) = last_day {
        return record(site, gallery, &[fresh, standing].concat(), day).await;
    }
    for who in standing {
        if let Some(day) = recorded(gallery, who) {
            site.reporter.warn(&format!(
                "the gallery was shared with {who} before, until {day}; give --expires to change that"
            ));
        }
    }
    // What an earlier share left behind would end the new one.
    forget(site, gallery, fresh).await?;
    Ok(false)
}

/// Records a last day for each of `who`; true if anything had to be sent.
async fn record(
    site: &Site<'_>,
    gallery: &Gallery,
    who: &[String],
    last_day: Date,
) -> Result<bool> {
    let differs = |who: &&String| recorded(gallery, who) != Some(last_day);
    let tags = who.iter().filter(differs);
    let tags: BTreeMap<String, String> =
        tags.map(|who| (format!("{TAG}{who}"), last_day.to_string())).collect();
    if tags.is_empty() {
        return Ok(false);
    }
    site.reporter.step(&format!("Recording the last day, {last_day}, in the gallery's tags"));
    let sent = send(&site.client, gallery, TagOperation::Merge, &tags).await;
    sent.map_err(|err| {
        Error::from(err).while_doing("the last day could not be recorded, and nothing was shared")
    })?;
    Ok(true)
}

/// Forgets the last days of `who`, whose share has ended; where that is not permitted, it is reported.
pub(crate) async fn forget(site: &Site<'_>, gallery: &Gallery, who: &[String]) -> Result<()> {
    let tags: BTreeMap<String, String> = who
        .iter()
        .filter_map(|who| tag(gallery, who))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if tags.is_empty() {
        return Ok(());
    }
    let sent = send(&site.client, gallery, TagOperation::Delete, &tags).await;
    if let Observed::Untold(_) = Observed::permitted(sent)? {
        let names: Vec<&str> = tags.keys().map(String::as_str).collect();
        site.reporter.warn(&format!(
            "this identity may not remove the last day of a share that has ended, and `share prune` would end a new one by it: have an owner remove the tags {}",
            names.join(", ")
        ));
    }
    Ok(())
}

async fn send(
    client: &Client,
    gallery: &Gallery,
    operation: TagOperation,
    tags: &BTreeMap<String, String>,
) -> Result<(), ArmError> {
    let reply = client.change_tags(&gallery.id, operation, tags).await?;
    client.wait(reply, poll::LONGEST, &|_: &str| {}).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gallery(tags: serde_json::Value) -> Gallery {
        serde_json::from_value(json!({"id": "g", "name": "g", "tags": tags})).unwrap()
    }

    #[test]
    fn a_day_is_found_whatever_the_case_of_its_tag() {
        let found = gallery(json!({"AZ-imageshare-expires-Community": "2027-01-31", "owner": "x"}));
        let day: Date = "2027-01-31".parse().unwrap();
        assert_eq!(recorded(&found, COMMUNITY), Some(day));
        assert!(any_passed(&found, "2027-02-01".parse().unwrap()));
        assert!(!any_passed(&found, day));
        assert_eq!(recorded(&found, "other"), None);
    }

    #[test]
    fn other_tags_record_nothing() {
        let late: Date = "2099-01-01".parse().unwrap();
        for tags in [
            json!(null),
            json!({"az-imageshare-expires-community": "soon"}),
            json!({"expires": "2020-01-01", "ä": "2020-01-01"}),
        ] {
            let found = gallery(tags);
            assert_eq!(recorded(&found, COMMUNITY), None);
            assert!(!any_passed(&found, late));
        }
    }
}
