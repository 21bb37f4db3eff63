//! The life of one item: read anew, compared with what the plan saw, intended, written, read again.
//!
//! Lighthouse has no ETag, so the time between that read and the write is milliseconds, not nothing.

use super::group_write;
use super::stand::{UNREGISTERED, register, settled};
use super::write::{ItemSite, is_same_offer, send, writes_of};
use crate::app::App;
use crate::arm::Client;
use crate::ops::change::Step;
use crate::ops::change::wait::Deadline;
use crate::ops::fleet::item::ItemPlan;
use crate::ops::fleet::outcome::{ItemFailure, ItemState};
use crate::ops::fleet::view::{AssignmentStand, DelegationStand, ItemView, digest_of};
use crate::rest::poll::LONGEST;

/// Brings one item to its planned state; `begun` says that an earlier run may have written a part of it.
///
/// # Errors
/// If Azure does not say, refuses, or the item does not become active; what was sent is in the record.
pub(super) async fn carry(
    site: &ItemSite<'_>,
    item: &ItemPlan,
    begun: bool,
) -> Result<ItemState, ItemFailure> {
    let (app, client, record) = (site.app, site.client, site.record);
    let stand = settled(app, client, item).await?;
    if let Some(verdict) = compare(item, stand.as_ref(), begun) {
        return Ok(verdict);
    }
    let writes = match item.policy_part() {
        Some(_) => group_write::writes_of(client, item).await?,
        None => writes_of(item, stand.as_ref())?,
    };
    let steps: Vec<Step> = writes.iter().map(|write| write.step.clone()).collect();
    let numbers = record.intend(&item.key, &steps).await?;
    for (number, write) in numbers.into_iter().zip(&writes) {
        let mut sent = send(site, item, number, write).await;
        if matches!(&sent, Err(failure) if failure.code == UNREGISTERED) {
            // Only now is it known, and only where it is needed: thousands of states need not be read.
            register(app, client, item).await?;
            sent = send(site, item, number, write).await;
        }
        record.conclude(number, sent.as_ref().err().map(|failure| &failure.error));
        sent?;
    }
    left_as_planned(app, client, item).await
}

/// Whether the world is as the plan saw it; `None` if there is something to write.
pub(super) fn compare(item: &ItemPlan, stand: Option<&ItemView>, begun: bool) -> Option<ItemState> {
    let now = digest_of(stand);
    if now == digest_of(item.after.as_ref()) {
        return Some(ItemState::Kept);
    }
    let is_ours = now == item.seen || begun && is_between(item, stand);
    (!is_ours).then_some(ItemState::Moved)
}

/// True if every part is as the plan saw it or as it wants it: an earlier run got so far.
fn is_between(item: &ItemPlan, stand: Option<&ItemView>) -> bool {
    let of = |view: Option<&ItemView>| match view {
        Some(ItemView::Delegation(stand)) => Some(Some(stand.clone())),
        None => Some(None),
        _ => None,
    };
    let parts = (of(item.before.as_ref()), of(stand), of(item.after.as_ref()));
    let (Some(before), Some(now), Some(after)) = parts else {
        return false;
    };
    let offers = [&before, &after];
    let is_known =
        |now: &Option<DelegationStand>, known: &Option<DelegationStand>| match (now, known) {
            (None, None) => true,
            (Some(now), Some(known)) => is_same_offer(now, known),
            _ => false,
        };
    if !offers.iter().any(|known| is_known(&now, known)) {
        return false;
    }
    let ids = |stand: &Option<DelegationStand>| -> Vec<String> {
        let all = stand.iter().flat_map(|stand| &stand.assignments);
        all.map(|found: &AssignmentStand| found.id.to_lowercase()).collect()
    };
    let (before, now, after) = (ids(&before), ids(&now), ids(&after));
    let is_planned = |id: &String| before.contains(id) || after.contains(id);
    let must_stand = |id: &&String| after.contains(id);
    now.iter().all(is_planned) && before.iter().filter(must_stand).all(|id| now.contains(id))
}

/// Reads the item again until it is as planned: Azure's caches may be a moment behind.
async fn left_as_planned(
    app: &App,
    client: &Client,
    item: &ItemPlan,
) -> Result<ItemState, ItemFailure> {
    let wanted = digest_of(item.after.as_ref());
    let mut deadline = Deadline::new(app, LONGEST);
    for round in 0.. {
        let stand = settled(app, client, item).await?;
        if digest_of(stand.as_ref()) == wanted {
            break;
        }
        if round == MOST_LOOKS {
            let text = "it was written, and Azure shows it otherwise than planned";
            return Err(ItemFailure::new("NotAsPlanned", text));
        }
        deadline.pause().await?;
    }
    Ok(ItemState::Done)
}

const MOST_LOOKS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::fleet::item::{ItemChange, ItemKey, ItemRoute, ShareMethod};

    fn stand(name: &str, assignments: &[&str]) -> ItemView {
        let accepted = |id: &&str| AssignmentStand {
            id: (*id).to_owned(),
            scope: "/subscriptions/s".to_owned(),
            succeeded: true,
        };
        ItemView::Delegation(DelegationStand {
            name: name.to_owned(),
            succeeded: true,
            assignments: assignments.iter().map(accepted).collect(),
            ..DelegationStand::default()
        })
    }

    fn item(before: Option<ItemView>, after: Option<ItemView>) -> ItemPlan {
        ItemPlan {
            key: ItemKey::of(&["k"]),
            change: ItemChange::Update,
            via: ShareMethod::Delegation,
            route: ItemRoute::Direct,
            wave: 1,
            line: 1,
            publisher: "p".into(),
            grant: "g".into(),
            consumer: "c".into(),
            subscription: "5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101".parse().unwrap(),
            id: "/d".into(),
            seen: digest_of(before.as_ref()),
            before,
            after,
            why: Vec::new(),
        }
    }

    #[test]
    fn what_is_half_done_is_ours_only_where_we_began() {
        let create = item(None, Some(stand("a", &["/1", "/2"])));
        for half in [stand("a", &[]), stand("a", &["/2"])] {
            assert_eq!(compare(&create, Some(&half), true), None);
            assert_eq!(compare(&create, Some(&half), false), Some(ItemState::Moved));
        }
        for other in [stand("b", &[]), stand("a", &["/3"])] {
            assert_eq!(compare(&create, Some(&other), true), Some(ItemState::Moved));
        }
        assert_eq!(compare(&create, None, false), None);
        let done = stand("a", &["/2", "/1"]);
        assert_eq!(compare(&create, Some(&done), false), Some(ItemState::Kept));
    }

    #[test]
    fn what_both_sides_have_must_not_be_missing() {
        let update = item(Some(stand("a", &["/1"])), Some(stand("b", &["/1", "/2"])));
        assert_eq!(compare(&update, Some(&stand("b", &["/1"])), true), None);
        assert_eq!(compare(&update, Some(&stand("b", &["/2"])), true), Some(ItemState::Moved));
        let remove = item(Some(stand("a", &["/1", "/2"])), None);
        assert_eq!(compare(&remove, Some(&stand("a", &["/2"])), true), None);
        assert_eq!(compare(&remove, None, true), Some(ItemState::Kept));
    }
}
