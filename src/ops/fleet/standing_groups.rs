//! The resource groups that offers name: whether they exist, and how their owners spell them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::compare::JudgedItem;
use super::item::ItemChange;
use super::select::{SINGLY_AT_ONCE, may_ask_singly};
use super::view::{AssignmentStand, DelegationStand, ItemView};
use crate::arm::resource_graph::ResourceQuery;
use crate::arm::{Client, managed_services};
use crate::error::Result;
use crate::id::{Scope, SubscriptionId};
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::observe::Observed;
use crate::ops::offer::assignment_name;

#[derive(Deserialize)]
struct ResourceGroupRow {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
}

/// Names by subscription and name in lower case; none where there is no such group.
type KnownGroups = BTreeMap<(SubscriptionId, String), Option<String>>;

/// Looks at the groups of all items that are going to be written; gives how many items were skipped, as none of their
/// groups exists.
pub(crate) async fn settle(client: &Client, items: &mut Vec<JudgedItem>) -> Result<usize> {
    let known = read_groups(client, items).await?;
    let before = items.len();
    items.retain_mut(|item| settle_one(item, &known));
    Ok(before - items.len())
}

/// The scopes that an item writes and that do not exist yet, by the names of their groups.
fn new_groups(item: &JudgedItem) -> Vec<(SubscriptionId, String)> {
    let is_written = matches!(item.plan.change, ItemChange::Create | ItemChange::Update);
    let (Some(ItemView::Delegation(after)), true) = (&item.plan.after, is_written) else {
        return Vec::new();
    };
    let standing: Vec<&str> = match &item.plan.before {
        Some(ItemView::Delegation(before)) => {
            before.assignments.iter().map(|one| one.id.as_str()).collect()
        }
        _ => Vec::new(),
    };
    let new = after.assignments.iter().filter(|one| !standing.contains(&one.id.as_str()));
    let groups = new.filter_map(|one| one.scope.parse::<Scope>().ok()?.resource_group);
    groups.map(|group| (item.plan.subscription, group)).collect()
}

async fn read_groups(client: &Client, items: &[JudgedItem]) -> Result<KnownGroups> {
    let wanted: BTreeSet<(SubscriptionId, String)> = items.iter().flat_map(new_groups).collect();
    if wanted.is_empty() {
        return Ok(KnownGroups::new());
    }
    let subscriptions: BTreeSet<SubscriptionId> = wanted.iter().map(|(id, _)| *id).collect();
    let subscriptions: Vec<SubscriptionId> = subscriptions.into_iter().collect();
    let names: BTreeSet<String> = wanted.iter().map(|(_, name)| name.to_lowercase()).collect();
    // A quote cannot be in the name of a group.
    let list: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let query = format!(
        "resourcecontainers | where type =~ 'microsoft.resources/subscriptions/resourcegroups' and name in~ ({}) | project id, name",
        list.join(", ")
    );
    let ask = ResourceQuery::new(&query).in_subscriptions(&subscriptions);
    let rows = match client.query_resources::<ResourceGroupRow>(&ask).await {
        Ok(found) => found.rows,
        Err(err) if may_ask_singly(&err) => Vec::new(),
        Err(err) => return Err(err.into()),
    };
    let mut known = KnownGroups::new();
    for row in rows {
        if let Ok(scope) = row.id.parse::<Scope>() {
            known.insert((scope.subscription, row.name.to_lowercase()), Some(row.name));
        }
    }
    // The index may not know a new group yet.
    let unknown: Vec<&(SubscriptionId, String)> = wanted
        .iter()
        .filter(|(id, name)| !known.contains_key(&(*id, name.to_lowercase())))
        .collect();
    let reads = unknown.iter().map(|(id, name)| client.resource_group(*id, name));
    for ((id, name), read) in unknown.iter().zip(fan_out(SINGLY_AT_ONCE, reads).await) {
        let name = name.to_lowercase();
        // Whoever may not read it is told so when it is written.
        if let Some(found) = Observed::permitted(read)?.told() {
            known.insert((*id, name), found.map(|found| found.name));
        }
    }
    Ok(known)
}

/// Spells the groups as they are; false if the item is passed by.
fn settle_one(item: &mut JudgedItem, known: &KnownGroups) -> bool {
    let new = new_groups(item);
    if new.is_empty() {
        return true;
    }
    let standing = |name: &str| known.get(&(item.plan.subscription, name.to_lowercase()));
    let missing: Vec<String> = new
        .iter()
        .filter(|(_, name)| standing(name) == Some(&None))
        .map(|(_, name)| name.clone())
        .collect();
    let skips = item.offer.as_ref().is_some_and(|offer| offer.skips_missing_groups);
    if !missing.is_empty() && !skips {
        let why = match missing.as_slice() {
            [only] => format!("there is no resource group '{only}'"),
            several => format!("there are no resource groups '{}'", several.join("', '")),
        };
        let blocked = std::mem::replace(item, item.clone()).blocked(why);
        *item = blocked;
        return true;
    }
    let id = item.plan.id.clone();
    if let Some(ItemView::Delegation(after)) = &mut item.plan.after {
        respell(&id, after, &new, &missing, |name| standing(name).cloned().flatten());
        if after.assignments.is_empty() {
            return false;
        }
    }
    true
}

fn respell(
    id: &str,
    after: &mut DelegationStand,
    new: &[(SubscriptionId, String)],
    missing: &[String],
    spelling: impl Fn(&str) -> Option<String>,
) {
    let group_of = |one: &AssignmentStand| one.scope.parse::<Scope>().ok()?.resource_group;
    after.assignments.retain(|one| group_of(one).is_none_or(|group| !missing.contains(&group)));
    for one in &mut after.assignments {
        let Some((subscription, group)) =
            group_of(one).and_then(|group| new.iter().find(|(_, name)| *name == group))
        else {
            continue;
        };
        if let Some(name) = spelling(group) {
            let scope = Scope::resource_group(*subscription, &name);
            one.id = managed_services::assignment_id(&scope, assignment_name(id, &scope));
            one.scope = scope.to_string();
        }
    }
}
