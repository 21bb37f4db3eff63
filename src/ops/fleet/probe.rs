//! A look at the first items as `delegation plan` has it: permissions, policies that deny, Azure's own what-if.

use super::compare::JudgedItem;
use super::item::ItemChange;
use super::observe::PublisherSite;
use super::plan_file::PlanWave;
use super::view::ItemView;
use crate::app::{App, Reporter};
use crate::error::{Error, Kind, Result};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::delegation::plan::plan;
use crate::ops::deployment::what_if;
use crate::ops::site::Site;

/// Items that are looked at for each publisher where no wave is small enough.
const PROBES: usize = 5;
/// A first wave of more items is not a canary.
const LARGEST_CANARY: usize = 20;

/// Prints nothing: what is found comes back as words.
struct Quiet;

impl Reporter for Quiet {
    fn step(&self, _: &str) {}
    fn warn(&self, _: &str) {}
    fn ask(&self, _: &str) {}
    fn resume_with(&self, _: Option<String>) {}
}

/// Looks at some of the offers that are going to be written; gives what is in the way, each once.
pub(crate) async fn probe_offers(
    app: &App,
    site: &PublisherSite,
    items: &[JudgedItem],
    waves: &[PlanWave],
) -> Result<Vec<String>> {
    let written = items.iter().filter(|item| {
        item.offer.is_some()
            && !item.plan.is_expected()
            && matches!(item.plan.change, ItemChange::Create | ItemChange::Update)
    });
    let has_canary = waves.len() > 1 && waves[0].items <= LARGEST_CANARY;
    let chosen: Vec<&JudgedItem> = if has_canary {
        written.filter(|item| item.plan.wave == 1).collect()
    } else {
        written.take(PROBES).collect()
    };
    let mut problems: Vec<String> = Vec::new();
    let looks = chosen.iter().map(|item| look(app, site, item));
    for (item, found) in chosen.iter().zip(fan_out(AT_ONCE, looks).await) {
        let Err(err) = found else { continue };
        if matches!(err.kind(), Kind::Network | Kind::SignIn | Kind::Origin | Kind::Interrupted) {
            return Err(err);
        }
        problems.push(format!("{}: {err}", item.plan.key));
    }
    Ok(problems)
}

async fn look(app: &App, publisher: &PublisherSite, item: &JudgedItem) -> Result<(), Error> {
    let Some(wanted) = &item.offer else { return Ok(()) };
    let subscription = item.plan.subscription.to_string();
    let mut site = Site::with(app, publisher.client.clone(), Some(&subscription));
    site.reporter = &Quiet;
    let mut offer = wanted.offer.clone();
    // Groups that do not stand were passed by.
    if let (true, Some(ItemView::Delegation(after))) =
        (wanted.skips_missing_groups, &item.plan.after)
    {
        let end = |group: &str| format!("/resourcegroups/{}", group.to_lowercase());
        offer.groups.retain(|group| {
            after
                .assignments
                .iter()
                .any(|one| one.scope.to_lowercase().ends_with(&end(&group.value)))
        });
    }
    let planned = plan(&site, &offer).await?;
    what_if::ask(&site, &planned.request()).await?;
    Ok(())
}
