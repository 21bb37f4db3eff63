//! From a manifest to a plan: every publisher surveyed, removals settled, waves given, the first items probed.

use std::time::Duration;

use jiff::Timestamp;

use super::compare::JudgedItem;
use super::drift_kind::DriftMark;
use super::expand::WantedItem;
use super::exporting::fill_in;
use super::full;
use super::glob::fits_pattern;
use super::item::{ItemChange, ItemKey, ItemPlan};
use super::manifest::{FleetLimits, Manifest};
use super::names::{RoleObjection, find_names, find_tenants};
use super::observe::{PublisherSignIn, PublisherSite, groups_named};
use super::plan_file::{
    FleetPlan, PLAN_VERSION, PlanHead, PlanManifest, PlanSelection, PlanSigner, PlanWave,
};
use super::policy::{rights, stages};
use super::probe::probe_offers;
use super::removal::{RemovalMode, settle_removals};
use super::survey::{PublisherSurvey, SurveyScope, survey_publisher};
use super::view::digest_of_text;
use super::waves::{FleetShard, assign_waves};
use crate::app::App;
use crate::error::Result;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::expiry;

/// What is asked of a plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct FleetRequest {
    /// What left the manifest goes.
    pub removes: bool,
    /// Patterns of keys; everything if there are none.
    pub select: Vec<String>,
    pub shard: Option<FleetShard>,
    /// What is removed whatever the manifest says.
    pub teardown: Option<FleetTeardown>,
    /// Also read what takes a request for each subscription.
    pub full: bool,
    /// Items to keep are described, too.
    pub whole: bool,
    /// Also look at the first items as `delegation plan` does.
    pub probes: bool,
}

/// What is removed: everything, or what these name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FleetTeardown {
    pub consumer: Option<String>,
    pub grant: Option<String>,
}

/// A plan with all that is known of its items.
pub(crate) struct PlannedFleet {
    pub plan: FleetPlan,
    /// Every item, also those to keep, by their keys.
    pub items: Vec<ItemPlan>,
    /// How the items differ from the manifest.
    pub drift: Vec<ItemDrift>,
    /// What speaks against roles that grants name.
    pub objections: Vec<RoleObjection>,
    /// What people should know.
    pub remarks: Vec<String>,
    /// How many subscriptions were looked at.
    pub subscriptions: usize,
}

/// One difference of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ItemDrift {
    pub mark: DriftMark,
    pub key: ItemKey,
    pub line: u32,
    pub subscription: String,
    pub consumer: String,
    pub id: String,
}

/// How long a plan may be applied.
const GOOD_FOR: Duration = Duration::from_secs(24 * 3600);

impl FleetTeardown {
    /// True if an item is to go.
    fn takes(&self, item: &WantedItem) -> bool {
        self.names(&item.consumer, &item.grant)
    }

    fn names(&self, consumer: &str, grant: &str) -> bool {
        self.consumer.as_deref().is_none_or(|named| named == consumer)
            && self.grant.as_deref().is_none_or(|named| named == grant)
    }
}

/// Reads the world and makes the plan; nothing is written.
///
/// # Errors
/// If no identity signs in, a publisher cannot be read at all, or two items are one thing in Azure.
pub(crate) async fn plan_fleet(
    app: &App,
    manifest: &Manifest,
    request: &FleetRequest,
) -> Result<PlannedFleet> {
    let (mut surveys, objections, mut remarks) = survey_all(app, manifest, request).await?;
    let mode = match (&request.teardown, request.removes) {
        (Some(_), _) => RemovalMode::Named,
        (None, true) => RemovalMode::UpToLimit,
        (None, false) => RemovalMode::Never,
    };
    for survey in &mut surveys {
        survey.items.retain(|item| is_asked_for(item, request));
    }
    if request.full {
        let looks =
            surveys.iter_mut().map(|survey| full::settle(&survey.site.client, &mut survey.items));
        fan_out(AT_ONCE, looks).await.into_iter().collect::<Result<Vec<()>>>()?;
    }
    if let Some(why) = settle_removals(manifest, &mut surveys, mode).await? {
        remarks.push(format!("Nothing is removed: {why}."));
    }
    tell_gaps(&surveys, request, &mut remarks);
    for survey in surveys.iter_mut().filter(|_| request.probes) {
        let policy = manifest.policies.get(&survey.site.name);
        rights::settle(&survey.site.client, policy, &mut survey.items).await?;
    }
    let waves = give_waves(manifest, &mut surveys);
    let mut probe = Vec::new();
    for survey in surveys.iter().filter(|_| request.probes) {
        probe.extend(probe_offers(app, &survey.site, &survey.items, &waves).await?);
    }
    let subscriptions = surveys.iter().map(|survey| survey.site.selected.ids.len()).sum();
    let head = head(app, manifest, request, &surveys, waves, probe);
    let drift = surveys.iter().flat_map(|survey| &survey.items).flat_map(drift_of).collect();
    if request.whole {
        surveys.iter_mut().flat_map(|survey| &mut survey.items).for_each(fill_in);
    }
    let mut items: Vec<ItemPlan> =
        surveys.into_iter().flat_map(|survey| survey.items).map(|item| item.plan).collect();
    items.sort_by(|a, b| a.key.cmp(&b.key));
    let plan = FleetPlan::of(limited(head, &items, mode), items.clone());
    Ok(PlannedFleet { plan, items, drift, objections, remarks, subscriptions })
}

async fn survey_all(
    app: &App,
    manifest: &Manifest,
    request: &FleetRequest,
) -> Result<(Vec<PublisherSurvey>, Vec<RoleObjection>, Vec<String>)> {
    let tenants = find_tenants(app, manifest).await?;
    let (mut signed_in, mut remarks) = (Vec::new(), Vec::new());
    let absent =
        |item: &WantedItem| request.teardown.as_ref().is_some_and(|teardown| teardown.takes(item));
    let scope = SurveyScope { today: expiry::today(app), absent: &absent };
    for (name, publisher) in &manifest.publishers {
        if !manifest.grants.iter().any(|grant| grant.from.value == *name) {
            continue;
        }
        let active = &app.settings.cloud.name;
        if let Some(cloud) = &publisher.cloud
            && !cloud.value.eq_ignore_ascii_case(active)
        {
            remarks.push(format!(
                "Publisher '{name}' is in {} and is skipped: run the same with `--cloud {}`.",
                cloud.value, cloud.value
            ));
            continue;
        }
        // One after the other: a sign-in may ask a person.
        signed_in.push((name, publisher, PublisherSignIn::of(app, name, publisher).await?));
    }
    // Each principal has a quota of its own, so that they are read side by side.
    let tenants = &tenants;
    let reads = signed_in.into_iter().map(|(name, publisher, signed_in)| async move {
        app.reporter.step(&format!("Reading the current state of publisher '{name}'…"));
        let groups = groups_named(manifest, name);
        let site = PublisherSite::read(name, publisher, &groups, signed_in).await?;
        let (names, objected) = find_names(app, manifest, &site, tenants).await?;
        Ok((survey_publisher(manifest, site, &names, scope).await?, objected))
    });
    let read = fan_out(AT_ONCE, reads).await.into_iter().collect::<Result<Vec<_>>>()?;
    let (surveys, objections): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    Ok((surveys, objections.into_iter().flatten().collect(), remarks))
}

/// True if an item belongs to what the plan is asked for.
fn is_asked_for(item: &JudgedItem, request: &FleetRequest) -> bool {
    let plan = &item.plan;
    if let Some(teardown) = &request.teardown {
        let is_gone = plan.change == ItemChange::Orphan;
        if !is_gone || !teardown.names(&plan.consumer, &plan.grant) {
            return false;
        }
    }
    let key = plan.key.as_str();
    let is_selected =
        request.select.is_empty() || request.select.iter().any(|glob| fits_pattern(glob, key));
    is_selected && request.shard.is_none_or(|shard| shard.holds_item(plan))
}

fn tell_gaps(surveys: &[PublisherSurvey], request: &FleetRequest, remarks: &mut Vec<String>) {
    for survey in surveys {
        let name = &survey.site.name;
        if !survey.from_index {
            remarks.push(format!(
                "Resource Graph did not answer for '{name}': each subscription was read separately."
            ));
        }
        for gap in survey.gaps.iter().take(MOST_GAPS) {
            remarks.push(format!("'{name}' may not be complete: {gap}."));
        }
        if survey.gaps.len() > MOST_GAPS {
            let more = survey.gaps.len() - MOST_GAPS;
            remarks.push(format!("'{name}' may not be complete for {more} more reasons."));
        }
        if survey.passed_by > 0 {
            remarks.push(format!(
                "{} items of '{name}' are skipped: none of their resource groups exists.",
                survey.passed_by
            ));
        }
        let orphans = survey.items.iter().filter(|item| item.plan.change == ItemChange::Orphan);
        let count = orphans.count();
        if count > 0 && !request.removes && request.teardown.is_none() {
            remarks.push(format!(
                "{count} left the manifest and stay: --remove removes them, up to limits.removals."
            ));
        }
    }
}

fn give_waves(manifest: &Manifest, surveys: &mut [PublisherSurvey]) -> Vec<PlanWave> {
    let mut written: Vec<&mut ItemPlan> = surveys
        .iter_mut()
        .flat_map(|survey| &mut survey.items)
        .map(|item| &mut item.plan)
        .filter(|plan| plan.change.writes() && stages::is_direct(plan))
        .collect();
    let direct = assign_waves(manifest, &mut written);
    let mut all: Vec<&mut ItemPlan> = surveys
        .iter_mut()
        .flat_map(|survey| &mut survey.items)
        .map(|item| &mut item.plan)
        .collect();
    stages::place(&mut all, direct)
}

fn head(
    app: &App,
    manifest: &Manifest,
    request: &FleetRequest,
    surveys: &[PublisherSurvey],
    waves: Vec<PlanWave>,
    probe: Vec<String>,
) -> PlanHead {
    let made = Timestamp::from_second(app.now()).unwrap_or_default();
    let until = made.checked_add(GOOD_FOR).unwrap_or(made);
    let selected = |survey: &PublisherSurvey| {
        let ids: Vec<String> = survey.site.selected.ids.iter().map(ToString::to_string).collect();
        PlanSelection {
            publisher: survey.site.name.clone(),
            count: ids.len(),
            complete: survey.gaps.is_empty(),
            sha256: digest_of_text(&ids.join("\n")).replace("sha256:", ""),
        }
    };
    let signer = |survey: &PublisherSurvey| PlanSigner {
        publisher: survey.site.name.clone(),
        tenant: survey.site.tenant.to_string(),
        credential: manifest
            .publishers
            .get(&survey.site.name)
            .and_then(|known| known.credential.as_ref())
            .map(|named| named.value.clone()),
        oid: survey.site.oid.clone(),
    };
    PlanHead {
        plan: PLAN_VERSION,
        fleet: manifest.fleet.clone(),
        made: made.to_string(),
        until: until.to_string(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        cloud: app.settings.cloud.name.clone(),
        manifest: PlanManifest { path: manifest.path.clone(), sha256: manifest.sha256.clone() },
        who: surveys.iter().map(signer).collect(),
        selected: surveys.iter().map(selected).collect(),
        limits: manifest.limits,
        waves,
        shard: request.shard.map_or_else(|| "1/1".to_owned(), |shard| shard.to_string()),
        probe,
    }
}

/// What is named goes whatever the limit: the plan itself is what is approved then.
fn limited(head: PlanHead, items: &[ItemPlan], mode: RemovalMode) -> PlanHead {
    let removed = items.iter().filter(|item| item.change == ItemChange::Remove).count();
    let removals = match mode {
        RemovalMode::Named => head.limits.removals.max(removed),
        _ => head.limits.removals,
    };
    PlanHead { limits: FleetLimits { removals, ..head.limits }, ..head }
}

fn drift_of(item: &JudgedItem) -> Vec<ItemDrift> {
    let plan = &item.plan;
    let differing = |mark: &DriftMark| ItemDrift {
        mark: mark.clone(),
        key: plan.key.clone(),
        line: plan.line,
        subscription: plan.subscription.to_string(),
        consumer: plan.consumer.clone(),
        id: plan.id.clone(),
    };
    item.drift.iter().map(differing).collect()
}

/// Reasons that are listed one by one.
const MOST_GAPS: usize = 3;
