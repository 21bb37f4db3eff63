//! What takes a request for each subscription: permissions, and whether the resource provider is registered.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::JudgedItem;
use super::drift_kind::DriftKind;
use super::item::{ItemChange, ShareMethod};
use super::select::SINGLY_AT_ONCE;
use crate::arm::managed_services::NAMESPACE;
use crate::arm::{ArmError, Client};
use crate::error::Result;
use crate::id::{Scope, SubscriptionId};
use crate::ops::access::rights::lacking_to_delegate;
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::observe::Observed;

/// What a subscription says of itself.
struct SubscriptionRights {
    lacking: Vec<&'static str>,
    is_registered: bool,
}

/// Blocks what this identity may not write, and marks where the provider is not registered. Subscriptions whose
/// items are all kept are only looked at for the latter.
pub(crate) async fn settle(client: &Client, items: &mut [JudgedItem]) -> Result<()> {
    let offers = items.iter().filter(|item| item.plan.via == ShareMethod::Delegation);
    let subscriptions: BTreeSet<SubscriptionId> =
        offers.filter(|item| item.offer.is_some()).map(|item| item.plan.subscription).collect();
    let reads = subscriptions.iter().map(|id| look(client, *id));
    let mut known: BTreeMap<SubscriptionId, SubscriptionRights> = BTreeMap::new();
    for (id, read) in subscriptions.iter().zip(fan_out(SINGLY_AT_ONCE, reads).await) {
        // An identity that may not even read it is refused when it is written.
        if let Some(rights) = Observed::visible(read)?.told() {
            known.insert(*id, rights);
        }
    }
    let mut told = BTreeSet::new();
    for item in items.iter_mut().filter(|item| item.offer.is_some()) {
        let Some(rights) = known.get(&item.plan.subscription) else { continue };
        if !rights.is_registered && told.insert(item.plan.subscription) {
            let text = format!("resource provider {NAMESPACE} is not registered");
            item.mark(DriftKind::NotRegistered, text);
        }
        let is_written = matches!(item.plan.change, ItemChange::Create | ItemChange::Update);
        if is_written && !rights.lacking.is_empty() {
            let why = format!("this identity lacks {}", rights.lacking.join(", "));
            let blocked = item.clone().blocked(why);
            *item = blocked;
        }
    }
    Ok(())
}

async fn look(client: &Client, id: SubscriptionId) -> Result<SubscriptionRights, ArmError> {
    let scope = Scope::subscription(id);
    let (permissions, state) =
        tokio::join!(client.permissions(&scope), client.provider_state(id, NAMESPACE));
    let is_registered = state?.eq_ignore_ascii_case("Registered");
    Ok(SubscriptionRights {
        lacking: lacking_to_delegate(&permissions?, is_registered),
        is_registered,
    })
}
