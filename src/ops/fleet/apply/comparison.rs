//! Compares the items of a plan with Azure, each read from the service itself.

use std::collections::BTreeMap;

use super::record::EarlierRun;
use super::{life, stand};
use crate::app::App;
use crate::arm::Client;
use crate::error::{Error, Kind, Result};
use crate::ops::change::fan_out::fan_out;
use crate::ops::fleet::outcome::{ItemFailure, ItemState};
use crate::ops::fleet::plan_file::FleetPlan;

/// The place of an item in the plan, and why it would not be written now, if so.
pub(crate) type ComparedItem = (usize, Option<ItemState>);

/// Compares all items first; nothing is written if one of them moved.
pub(super) async fn refuse_moved(
    app: &App,
    plan: &FleetPlan,
    clients: &BTreeMap<String, Client>,
    earlier: &EarlierRun,
    todo: &[usize],
    at_once: usize,
) -> Result<()> {
    let found = compared(app, plan, clients, earlier, todo, at_once).await?;
    let moved = found.iter().filter(|(_, state)| *state == Some(ItemState::Moved));
    let moved: Vec<&str> = moved.map(|(index, _)| plan.items[*index].key.as_str()).collect();
    if moved.is_empty() {
        return Ok(());
    }
    let shown = moved.iter().take(MOST_SHOWN).map(|key| (*key).to_owned());
    let head = format!("{} items are not as the plan saw them; nothing was written:", moved.len());
    Err(Error::of_list(Kind::NotApproved, &head, shown).hint("Make the plan again."))
}

/// Compares these items with what exists.
///
/// # Errors
/// If Azure does not say.
pub(super) async fn compared(
    app: &App,
    plan: &FleetPlan,
    clients: &BTreeMap<String, Client>,
    earlier: &EarlierRun,
    items: &[usize],
    at_once: usize,
) -> Result<Vec<ComparedItem>> {
    app.reporter.step(&format!("Comparing {} items with Azure…", items.len()));
    let reads = items.iter().map(|index| async {
        let item = &plan.items[*index];
        if !item.change.writes() {
            return Ok((*index, Some(ItemState::Blocked)));
        }
        let Some(client) = clients.get(&item.publisher) else {
            return Ok((*index, None));
        };
        let stand = stand::settled(app, client, item).await?;
        let begun = earlier.items.contains_key(item.key.as_str());
        Ok((*index, life::compare(item, stand.as_ref(), begun)))
    });
    let all = fan_out(at_once, reads).await.into_iter();
    all.map(|read: Result<ComparedItem, ItemFailure>| read.map_err(|failure| failure.error))
        .collect()
}

const MOST_SHOWN: usize = 10;
