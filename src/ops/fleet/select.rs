//! Which subscriptions of a publisher a manifest means, and whether nothing was left out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::glob::fits_pattern;
use super::manifest::SubscriptionSelector;
use crate::arm::resource_graph::ResourceQuery;
use crate::arm::{ArmError, Client};
use crate::error::Result;
use crate::id::{SubscriptionId, TenantId};
use crate::ops::change::fan_out::fan_out;

/// A subscription of the publisher's tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SeenSubscription {
    /// Its name for people.
    pub name: String,
    /// `Enabled` unless it is in trouble.
    pub state: String,
    /// The management groups above it, in lower case.
    pub groups: BTreeSet<String>,
    pub tags: BTreeMap<String, String>,
}

/// All subscriptions of a tenant that the identity sees, and what may be missing among them.
#[derive(Clone, Debug, Default)]
pub(crate) struct SubscriptionCensus {
    pub all: BTreeMap<SubscriptionId, SeenSubscription>,
    /// The management groups that were found, in lower case.
    pub groups: BTreeSet<String>,
    /// Why something may have been left out; empty if nothing was.
    pub gaps: Vec<String>,
    /// False where Resource Graph could not be asked.
    pub from_index: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContainerRow {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    subscription_id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    tenant_id: String,
    #[serde(default)]
    tags: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    properties: ContainerProperties,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContainerProperties {
    #[serde(default)]
    state: String,
    #[serde(default)]
    management_group_ancestors_chain: Vec<AncestorGroup>,
}

#[derive(Deserialize)]
struct AncestorGroup {
    #[serde(default)]
    name: String,
}

/// Subscriptions and management groups in one answer: a second question would be one more request of the quota.
const CONTAINERS: &str = "resourcecontainers \
    | where type in~ ('microsoft.resources/subscriptions', 'microsoft.management/managementgroups') \
    | project id, type, subscriptionId, name, tenantId, tags, properties";
const SUBSCRIPTIONS: &str = "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' \
    | project id, type, subscriptionId, name, tenantId, tags, properties";
const GROUPS: &str = "resourcecontainers | where type =~ 'microsoft.management/managementgroups' \
    | project id, type, subscriptionId, name, tenantId, tags, properties";
const GROUP_TYPE: &str = "microsoft.management/managementgroups";
/// Why a selection over so many is not taken for complete.
const LIMIT_HIT: &str = "this identity sees more subscriptions than Resource Graph reads in one answer (x-ms-tenant-subscription-limit-hit)";
/// Requests under way at the same time where each subscription is asked on its own.
pub(crate) const SINGLY_AT_ONCE: usize = 64;

/// Reads the subscriptions of `tenant`; `wanted_groups` are the management groups that selectors name.
///
/// # Errors
/// If neither Resource Graph nor Resource Manager answers.
pub(crate) async fn take_census(
    client: &Client,
    tenant: TenantId,
    wanted_groups: &BTreeSet<String>,
) -> Result<SubscriptionCensus> {
    match from_index(client, tenant).await {
        Ok(mut census) => {
            for group in wanted_groups.difference(&census.groups.clone()) {
                // The index may be behind; the service itself knows.
                match client.group_descendants(group).await? {
                    Some(_) => {
                        census.gaps.push(format!(
                            "Resource Graph does not know management group '{group}' yet"
                        ));
                    }
                    None => census.gaps.push(unseen_group(group)),
                }
            }
            Ok(census)
        }
        Err(err) if may_ask_singly(&err) => {
            let mut census = take_census_of_service(client, tenant, wanted_groups).await?;
            if !err.is_unknown_table() {
                census.gaps.push(format!("Resource Graph did not answer in full: {err}"));
            }
            Ok(census)
        }
        Err(err) => Err(err.into()),
    }
}

/// True if what the index does not say may be asked of each subscription.
pub(crate) fn may_ask_singly(err: &ArmError) -> bool {
    match err {
        ArmError::Refused(refusal) => refusal.status != 401 && refusal.status != 429,
        ArmError::Malformed { .. } => true,
        _ => false,
    }
}

async fn from_index(client: &Client, tenant: TenantId) -> Result<SubscriptionCensus, ArmError> {
    let query = ResourceQuery::new(CONTAINERS).in_full();
    let found = client.query_resources::<ContainerRow>(&query).await?;
    let mut census = SubscriptionCensus { from_index: true, ..SubscriptionCensus::default() };
    let is_group = |row: &ContainerRow| row.kind.eq_ignore_ascii_case(GROUP_TYPE);
    let (mut groups, mut rows): (Vec<_>, Vec<_>) = found.rows.into_iter().partition(is_group);
    if found.is_cut {
        census.gaps.push(LIMIT_HIT.to_owned());
        groups = client.query_resources(&ResourceQuery::new(GROUPS)).await?.rows;
        // More than one question reads: Resource Manager lists them all, and each is then asked for by its id.
        let listed = client.subscriptions().await?;
        let ids: Vec<SubscriptionId> =
            listed.iter().filter_map(|known| known.subscription_id.parse().ok()).collect();
        let query = ResourceQuery::new(SUBSCRIPTIONS).in_subscriptions(&ids);
        rows = client.query_resources(&query).await?.rows;
        let missing = ids.len().saturating_sub(rows.len());
        if missing > 0 {
            census
                .gaps
                .push(format!("Resource Graph lacks {missing} of {} subscriptions", ids.len()));
        }
    }
    census.groups = groups.into_iter().map(|row| row.name.to_lowercase()).collect();
    for row in rows {
        if let Some((id, seen)) = row.seen_in(tenant) {
            census.all.insert(id, seen);
        }
    }
    Ok(census)
}

impl ContainerRow {
    fn seen_in(self, tenant: TenantId) -> Option<(SubscriptionId, SeenSubscription)> {
        let is_here = self.tenant_id.parse() == Ok(tenant);
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let tags = self.tags.unwrap_or_default();
        let chain = self.properties.management_group_ancestors_chain;
        let seen = SeenSubscription {
            name: self.name,
            state: self.properties.state,
            groups: chain.into_iter().map(|group| group.name.to_lowercase()).collect(),
            tags: tags.into_iter().map(|(name, value)| (name, text(value))).collect(),
        };
        Some((self.subscription_id.parse().ok().filter(|_| is_here)?, seen))
    }
}

/// The same from Resource Manager: one list, and one for each management group that is named.
pub(crate) async fn take_census_of_service(
    client: &Client,
    tenant: TenantId,
    wanted_groups: &BTreeSet<String>,
) -> Result<SubscriptionCensus> {
    let mut census = SubscriptionCensus::default();
    for known in client.subscriptions().await? {
        let is_here = known.tenant_id.as_deref().and_then(|id| id.parse().ok()) == Some(tenant);
        if let (Ok(id), true) = (known.subscription_id.parse(), is_here) {
            let seen = SeenSubscription {
                name: known.display_name,
                state: known.state,
                groups: BTreeSet::new(),
                tags: known.tags.unwrap_or_default(),
            };
            census.all.insert(id, seen);
        }
    }
    let groups: Vec<&String> = wanted_groups.iter().collect();
    let below = groups.iter().map(|group| client.group_descendants(group));
    for (group, found) in groups.iter().zip(fan_out(SINGLY_AT_ONCE, below).await) {
        let Some(found) = found? else {
            census.gaps.push(unseen_group(group));
            continue;
        };
        census.groups.insert((*group).clone());
        let ids = found.into_iter().filter_map(|below| below.name.parse::<SubscriptionId>().ok());
        for id in ids {
            match census.all.get_mut(&id) {
                Some(seen) => {
                    seen.groups.insert((*group).clone());
                }
                None => census.gaps.push(format!(
                    "subscription {id} of management group '{group}' cannot be seen"
                )),
            }
        }
    }
    Ok(census)
}

fn unseen_group(group: &str) -> String {
    format!("management group '{group}' does not exist, or this identity may not read it")
}

/// What a selector means among the subscriptions that are seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SelectedSubscriptions {
    pub ids: BTreeSet<SubscriptionId>,
    /// Named by their ids, and not to be seen.
    pub unseen: BTreeSet<SubscriptionId>,
}

impl SubscriptionCensus {
    /// The subscriptions that a selector means.
    pub(crate) fn select(&self, selector: &SubscriptionSelector) -> SelectedSubscriptions {
        let except: BTreeSet<SubscriptionId> =
            selector.except_ids.iter().map(|id| id.value).collect();
        let mut selected = SelectedSubscriptions::default();
        for id in selector.ids.iter().map(|id| id.value).filter(|id| !except.contains(id)) {
            if !self.all.contains_key(&id) {
                selected.unseen.insert(id);
            }
        }
        let named: BTreeSet<SubscriptionId> = selector.ids.iter().map(|id| id.value).collect();
        let groups: BTreeSet<String> =
            selector.management_groups.iter().map(|group| group.value.to_lowercase()).collect();
        for (id, seen) in &self.all {
            let is_meant = named.contains(id)
                || !groups.is_disjoint(&seen.groups)
                || selector.names.iter().any(|name| fits_pattern(&name.value, &seen.name))
                || has_tags(selector, seen);
            let is_excepted = except.contains(id)
                || selector.except_names.iter().any(|name| fits_pattern(&name.value, &seen.name));
            if is_meant && !is_excepted {
                selected.ids.insert(*id);
            }
        }
        selected
    }
}

fn has_tags(selector: &SubscriptionSelector, seen: &SeenSubscription) -> bool {
    !selector.tags.is_empty()
        && selector.tags.iter().all(|(name, wanted)| {
            // Azure keeps the case of a tag's name and does not look at it.
            let found = seen.tags.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.is_some_and(|(_, value)| fits_pattern(&wanted.value, value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::fleet::manifest::{ManifestPosition, Positioned};

    fn text<T>(value: T) -> Positioned<T> {
        Positioned::new(value, ManifestPosition::default())
    }

    fn id(number: u128) -> SubscriptionId {
        SubscriptionId(uuid::Uuid::from_u128(number))
    }

    fn census() -> SubscriptionCensus {
        let seen = |name: &str, group: &str, tag: &str| SeenSubscription {
            name: name.into(),
            state: "Enabled".into(),
            groups: [group.to_owned(), "root".to_owned()].into(),
            tags: [("ImageShare".to_owned(), tag.to_owned())].into(),
        };
        let all = [
            (id(1), seen("img-1", "mg-a", "no")),
            (id(2), seen("img-2", "mg-b", "yes")),
            (id(3), seen("other", "mg-b", "no")),
            (id(4), seen("img-sandbox", "mg-c", "no")),
        ];
        SubscriptionCensus { all: all.into(), ..SubscriptionCensus::default() }
    }

    #[test]
    fn a_selector_is_the_union_of_what_it_names_less_its_exceptions() {
        let selected = |selector: SubscriptionSelector| -> Vec<u128> {
            census().select(&selector).ids.into_iter().map(|id| id.0.as_u128()).collect()
        };
        let none = SubscriptionSelector::default;
        let groups =
            SubscriptionSelector { management_groups: vec![text("MG-B".into())], ..none() };
        assert_eq!(selected(groups), [2, 3]);
        let names = SubscriptionSelector {
            names: vec![text("img-*".into())],
            except_names: vec![text("*-sandbox".into())],
            ..none()
        };
        assert_eq!(selected(names), [1, 2]);
        let tags = SubscriptionSelector {
            tags: [("imageshare".into(), text("yes".into()))].into(),
            ..none()
        };
        assert_eq!(selected(tags), [2]);
        let ids = SubscriptionSelector {
            ids: vec![text(id(3)), text(id(9))],
            names: vec![text("img-1".into())],
            except_ids: vec![text(id(1))],
            ..none()
        };
        assert_eq!(selected(ids.clone()), [3]);
        assert_eq!(census().select(&ids).unseen, [id(9)].into());
        assert_eq!(selected(none()), Vec::<u128>::new());
    }
}
