//! Old copies removed: the newest stay, and whatever is not a copy stays too.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use super::standing::{self, StandingCopy};
use crate::error::{Error, Result};
use crate::id::{ArmId, ResourceId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::{ChangeKind, Plan, Run, Step, WriteKind};
use crate::ops::site::Site;
use crate::rest::poll::LONGEST;

/// Which copies may go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThinningRule {
    /// So many of the newest stay in each image.
    pub keep: usize,
    /// Only those go that were made before this day.
    pub before: Option<Date>,
}

/// Copies that were judged.
#[derive(Debug)]
pub(crate) struct CopyThinning {
    /// Those that go, each with its step.
    leaving: Vec<(usize, StandingCopy)>,
    plan: Plan,
}

/// A copy that was removed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemovedCopy {
    pub id: ArmId,
    pub name: String,
    /// The image that it was a version of.
    pub image: String,
    /// What it was a copy of.
    pub source: String,
    pub source_version: String,
    pub published_date: Option<String>,
}

/// Judges the copies of these images, or of all in the subscription.
pub(crate) async fn plan_thinning(
    site: &Site<'_>,
    images: &[ResourceId],
    rule: ThinningRule,
) -> Result<CopyThinning> {
    site.reporter.step("Looking for copies…");
    let mut copies = Vec::new();
    if images.is_empty() {
        let target = site.subscription().await?;
        copies = standing::in_subscription(&site.client, target.id).await?;
    }
    for image in images {
        copies.extend(standing::in_image(&site.client, image).await?);
    }
    let mut groups: BTreeMap<String, Vec<StandingCopy>> = BTreeMap::new();
    for copy in copies {
        groups.entry(copy.image().to_string().to_lowercase()).or_default().push(copy);
    }
    let mut plan = Plan {
        nothing: Some("No copy is old enough to go; nothing was removed. See the copies with `az-imageshare image list --copies`.".to_owned()),
        ..Plan::titled(format!("Copies of images, of which the newest {} stay:", rule.keep))
    };
    let mut leaving = Vec::new();
    for copies in groups.values_mut() {
        copies.sort_by_key(|copy| std::cmp::Reverse(copy.age()));
        let mut kept = 0;
        for copy in copies.drain(..) {
            let verdict = judge(&copy, &mut kept, rule, site.app.now());
            let place = plan.push(step(&copy, &verdict));
            if matches!(verdict, Verdict::Goes) {
                leaving.push((place, copy));
            }
        }
    }
    Ok(CopyThinning { leaving, plan })
}

enum Verdict {
    Goes,
    /// Why it stays.
    Stays(&'static str),
}

fn judge(copy: &StandingCopy, kept: &mut usize, rule: ThinningRule, now: i64) -> Verdict {
    let properties = &copy.item.properties;
    let state = properties["provisioningState"].as_str().unwrap_or("Succeeded");
    let has_failed = state.eq_ignore_ascii_case("Failed");
    if !has_failed && !state.eq_ignore_ascii_case("Succeeded") {
        return Verdict::Stays("it is still on its way");
    }
    if !has_failed && *kept < rule.keep {
        *kept += 1;
        return Verdict::Stays("it is among the newest");
    }
    let published = properties["publishingProfile"]["publishedDate"].as_str();
    let day = published.and_then(|text| text.get(..10)?.parse::<Date>().ok());
    match (rule.before, day) {
        (Some(before), Some(day)) if day >= before => {
            return Verdict::Stays("it is not old enough");
        }
        (Some(_), None) => return Verdict::Stays("Azure does not say how old it is"),
        _ => {}
    }
    let end = properties["publishingProfile"]["endOfLifeDate"].as_str();
    let lives = end.and_then(|end| end.parse::<jiff::Timestamp>().ok());
    if properties["safetyProfile"]["blockDeletionBeforeEndOfLife"] == true
        && lives.is_some_and(|end| end.as_second() > now)
    {
        return Verdict::Stays("it is protected until its end of life");
    }
    Verdict::Goes
}

fn step(copy: &StandingCopy, verdict: &Verdict) -> Step {
    let id = copy.id.to_string();
    let what = format!("version {} of '{}'", copy.id.name(), copy.image().name());
    let (change, why) = match verdict {
        Verdict::Goes => (
            ChangeKind::Remove,
            "machines keep running; scale sets made from this very version can no longer grow",
        ),
        Verdict::Stays(why) => (ChangeKind::Keep, *why),
    };
    let item = &copy.item;
    let before =
        json!({"location": item.location, "tags": item.tags, "properties": item.properties});
    Step::new(change, WriteKind::ImageVersion, &id, what)
        .at(&copy.image().to_string())
        .between(before, Value::Null)
        .because(why)
}

impl CopyThinning {
    /// What goes and what stays.
    pub(crate) fn plan(&self) -> Plan {
        self.plan.clone()
    }

    /// Removes them, some at the same time; what becomes of one keeps no other from going.
    pub(crate) async fn carry_out(
        &self,
        site: &Site<'_>,
        run: &Run<'_>,
    ) -> Result<Vec<RemovedCopy>> {
        let work = self
            .leaving
            .iter()
            .map(|(place, copy)| async move { run.attempt(*place, remove(site, copy)).await });
        Ok(fan_out(AT_ONCE, work).await.into_iter().flatten().collect())
    }
}

async fn remove(site: &Site<'_>, copy: &StandingCopy) -> Result<RemovedCopy> {
    let name = copy.id.name();
    let sent = site.client.remove_image_version(&copy.id.to_string()).await;
    let failed = |err: Error| err.while_doing(format!("version {name} was not removed"));
    if let Some(reply) = sent.map_err(|err| failed(err.into()))? {
        let step = |state: &str| site.reporter.step(&format!("Version {name}: {state}"));
        site.client.wait(reply, LONGEST, &step).await.map_err(|err| failed(err.into()))?;
    }
    let published = copy.item.properties["publishingProfile"]["publishedDate"].as_str();
    Ok(RemovedCopy {
        id: copy.id.to_string().into(),
        name: name.to_owned(),
        image: copy.image().to_string(),
        source: copy.mark.source.clone(),
        source_version: copy.mark.version.clone(),
        published_date: published.map(str::to_owned),
    })
}
