//! What is wanted beside what exists: what becomes of each item, and how it differs.

use std::sync::Arc;

use jiff::civil::Date;

use super::drift_kind::{DriftKind, DriftMark};
use super::expand::{WantedItem, WantedOffer, WantedThing};
use super::item::{ItemChange, ItemPlan, ItemRoute};
use super::view::{ItemView, digest_of};
use crate::ops::expiry;

/// An item with what becomes of it, and how it differs from what is wanted.
#[derive(Clone, Debug)]
pub(crate) struct JudgedItem {
    pub plan: ItemPlan,
    pub drift: Vec<DriftMark>,
    /// The offer of an item by delegation, for the probe.
    pub offer: Option<Arc<WantedOffer>>,
    /// Regions that the gallery's images have to be in.
    pub ready: Vec<String>,
}

/// The state of a subscription in which nothing can be written; none if it can.
pub(crate) fn locked_state(state: &str) -> Option<&str> {
    let is_open = state.is_empty() || ["enabled", "warned"].contains(&&*state.to_lowercase());
    (!is_open).then_some(state)
}

impl JudgedItem {
    /// An item that is as it should.
    pub(crate) fn of(item: &WantedItem, publisher: &str) -> JudgedItem {
        JudgedItem {
            plan: ItemPlan {
                key: item.key.clone(),
                change: ItemChange::Keep,
                via: item.via,
                route: ItemRoute::Direct,
                wave: 0,
                line: item.line,
                publisher: publisher.to_owned(),
                grant: item.grant.clone(),
                consumer: item.consumer.clone(),
                subscription: item.subscription,
                id: item.id.clone(),
                seen: String::new(),
                before: None,
                after: None,
                why: Vec::new(),
            },
            drift: Vec::new(),
            offer: None,
            ready: item.ready.clone(),
        }
    }

    /// The same, to be done.
    pub(crate) fn becoming(
        mut self,
        change: ItemChange,
        before: Option<ItemView>,
        after: Option<ItemView>,
    ) -> JudgedItem {
        self.plan.change = change;
        self.plan.seen = digest_of(before.as_ref());
        self.plan.before = before;
        self.plan.after = after;
        self
    }

    /// The same, which cannot be done.
    pub(crate) fn blocked(mut self, why: impl Into<String>) -> JudgedItem {
        self.plan.change = ItemChange::Blocked;
        self.plan.why = vec![why.into()];
        self.plan.after = None;
        self
    }

    /// The same, which goes if removals are asked for.
    pub(crate) fn orphaned(mut self, before: ItemView, why: &str) -> JudgedItem {
        self.plan.why = vec![why.to_owned()];
        self.becoming(ItemChange::Orphan, Some(before), None)
    }

    /// Adds a difference.
    pub(crate) fn mark(&mut self, kind: DriftKind, text: impl Into<String>) {
        self.drift.push(DriftMark::new(kind, text));
    }
}

/// How two descriptions differ: in the last day, or in the rest; and whether the last day has passed.
pub(crate) fn described(
    old: Option<&str>,
    new: Option<&str>,
    today: Date,
    judged: &mut JudgedItem,
) {
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let day = |text: &str| expiry::recorded(text);
    if day(old) != day(new) {
        let shown = |day: Option<Date>| day.map_or("no last day".to_owned(), |day| day.to_string());
        judged.mark(DriftKind::ExpiryChanged, format!("it has {}", shown(day(old))));
    } else if old != new {
        judged.mark(DriftKind::DescriptionChanged, "its description is another one");
    } else if let Some(day) = day(old).filter(|day| *day < today) {
        judged.mark(DriftKind::Expired, format!("its last day was {day}"));
    }
}

/// Judges what is to go for the reason `why`; `fact` says what there still is.
pub(crate) fn gone(
    mut judged: JudgedItem,
    why: &str,
    before: Option<ItemView>,
    (kind, fact): (DriftKind, &str),
) -> JudgedItem {
    let Some(before) = before else { return judged.becoming(ItemChange::Keep, None, None) };
    judged.mark(kind, format!("{fact} though {why}"));
    judged.orphaned(before, why)
}

/// What is to exist, where it is not an offer.
pub(crate) fn wanted_view(item: &WantedItem) -> Option<&ItemView> {
    match &item.thing {
        WantedThing::View(view) => Some(view),
        WantedThing::Offer(_) => None,
    }
}
