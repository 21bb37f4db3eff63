//! Rows of an answer over many subscriptions.

use std::collections::BTreeMap;

use crate::id::SubscriptionId;

/// Rows by the subscription that their id names.
pub(super) fn by_subscription<T>(
    rows: Vec<T>,
    id_of: impl Fn(&T) -> &str,
) -> BTreeMap<SubscriptionId, Vec<T>> {
    let mut sorted: BTreeMap<SubscriptionId, Vec<T>> = BTreeMap::new();
    for row in rows {
        let subscription = id_of(&row).split('/').nth(2).and_then(|id| id.parse().ok());
        if let Some(subscription) = subscription {
            sorted.entry(subscription).or_default().push(row);
        }
    }
    sorted
}
