//! Over what a query is asked: subscriptions, management groups, or all that the caller sees.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::reader::Reader;
use super::refusal::{refuse, support_words};
use crate::arm::rbac;
use crate::arm::target;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::state::{GROUPS, State, group_name};

/// Most subscriptions that one query may name.
const MOST_NAMED: usize = 1_000;

/// The scope of one query.
pub(super) struct QueryScope {
    subscriptions: HashSet<String>,
    /// The named management groups and all below them, in lower case.
    groups: HashSet<String>,
    /// The management groups above, in lower case; they only count when asked for.
    above: HashSet<String>,
    filter: ScopeFilter,
    first: String,
    is_whole_tenant: bool,
    /// Whether the caller sees more subscriptions than one query reads.
    pub(super) is_cut: bool,
}

/// `authorizationScopeFilter`: which role assignments belong to a scope.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ScopeFilter {
    AndBelow,
    AndAbove,
    AboveAndBelow,
    Exact,
}

impl QueryScope {
    pub(super) fn new(
        core: &Core,
        state: &State,
        reader: &Reader<'_>,
        caller: &Caller,
        sent: &Value,
    ) -> Result<QueryScope, ArmError> {
        let filter = read_filter(core, &sent["options"]["authorizationScopeFilter"])?;
        let named = names_of(&sent["subscriptions"]);
        let groups = names_of(&sent["managementGroups"]);
        if named.len() > MOST_NAMED {
            let words =
                format!("{} subscriptions are named; at most {MOST_NAMED} may be.", named.len());
            return Err(refuse(core, "TooManySubscriptions", words));
        }
        let groups = groups_below(core, state, caller, &groups)?;
        let is_whole_tenant = named.is_empty() && groups.is_empty();
        let first = state.subscriptions.iter().find(|known| reader.sees(&known.id));
        let first = first.map(|known| known.id.to_ascii_lowercase()).unwrap_or_default();
        // A fleet has thousands of others: those that are named are not looked for among them.
        let mut ids: Vec<String> = if groups.is_empty() && !named.is_empty() {
            named.iter().filter(|id| reader.sees(id)).cloned().collect()
        } else {
            let ids = state.subscriptions.iter().map(|known| known.id.to_ascii_lowercase());
            let is_in = |id: &String| {
                is_whole_tenant
                    || named.contains(id)
                    || reader.groups_above(id).iter().any(|one| groups.contains(one))
            };
            ids.filter(|id| is_in(id) && reader.sees(id)).collect()
        };
        if ids.is_empty() && !named.is_empty() {
            return Err(denied(core));
        }
        let is_cut = named.is_empty() && ids.len() > core.knobs.graph_subscription_limit;
        if is_cut {
            ids.truncate(core.knobs.graph_subscription_limit);
        }
        let above = ids.iter().flat_map(|id| reader.groups_above(id)).cloned().collect();
        let subscriptions = ids.into_iter().collect();
        Ok(QueryScope { subscriptions, groups, above, filter, first, is_whole_tenant, is_cut })
    }

    /// The subscriptions of the scope, in lower case and in order.
    pub(super) fn subscriptions(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.subscriptions.iter().map(String::as_str).collect();
        all.sort_unstable();
        all
    }

    /// Whether a subscription belongs to the scope.
    pub(super) fn has_subscription(&self, id: &str) -> bool {
        self.subscriptions.contains(&id.to_ascii_lowercase())
    }

    /// What is kept by lower-case id, of the subscriptions of the scope: without looking at what all others have.
    pub(super) fn within<'a, T>(
        &self,
        kept: &'a BTreeMap<String, T>,
    ) -> impl Iterator<Item = &'a T> + use<'a, '_, T> {
        self.subscriptions().into_iter().flat_map(|id| kept_in(kept, id))
    }

    /// The first subscription that the caller sees.
    pub(super) fn first(&self) -> &str {
        &self.first
    }

    /// Whether the row of an id belongs to the scope.
    pub(super) fn holds(&self, table: &str, id: &str) -> bool {
        if let Some(subscription) = target::subscription(id) {
            if !self.has_subscription(subscription) {
                return false;
            }
            if table != "authorizationresources" {
                return true;
            }
            // A role at a subscription is at the scope if subscriptions are named; else it is below.
            let is_exact = id.split('/').nth(3) == Some("providers") && self.groups.is_empty();
            return match self.filter {
                ScopeFilter::AndBelow | ScopeFilter::AboveAndBelow => true,
                ScopeFilter::AndAbove | ScopeFilter::Exact => is_exact,
            };
        }
        let Some(group) = group_name(id).map(str::to_ascii_lowercase) else {
            return self.goes_above();
        };
        if table != "authorizationresources" {
            return self.is_whole_tenant || self.groups.contains(&group);
        }
        self.groups.contains(&group) || (self.goes_above() && self.above.contains(&group))
    }

    fn goes_above(&self) -> bool {
        matches!(self.filter, ScopeFilter::AndAbove | ScopeFilter::AboveAndBelow)
    }
}

/// What is kept by lower-case id, of one subscription.
pub(super) fn kept_in<'a, T>(
    kept: &'a BTreeMap<String, T>,
    subscription: &str,
) -> impl Iterator<Item = &'a T> + use<'a, T> {
    let above = format!("/subscriptions/{}/", subscription.to_ascii_lowercase());
    let from = kept.range(above.clone()..);
    from.take_while(move |(id, _)| id.starts_with(&above)).map(|(_, one)| one)
}

fn names_of(list: &Value) -> HashSet<String> {
    let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_ascii_lowercase).collect()
}

fn groups_below(
    core: &Core,
    state: &State,
    caller: &Caller,
    named: &HashSet<String>,
) -> Result<HashSet<String>, ArmError> {
    for name in named {
        let known = state.management_group(name).filter(|group| group.tenant == caller.tenant);
        let action = "Microsoft.Management/managementGroups/read";
        let may = known.is_some_and(|group| rbac::is_allowed(core, caller, &group.id(), action));
        if !may {
            return Err(denied(core));
        }
    }
    let all = state.management_groups.iter().filter(|group| {
        let id = format!("{GROUPS}{}", group.name);
        named.iter().any(|name| state.is_in_group(&id, name))
    });
    Ok(all.map(|group| group.name.to_ascii_lowercase()).collect())
}

fn read_filter(core: &Core, value: &Value) -> Result<ScopeFilter, ArmError> {
    Ok(match value.as_str() {
        None | Some("AtScopeAndBelow") => ScopeFilter::AndBelow,
        Some("AtScopeAndAbove") => ScopeFilter::AndAbove,
        Some("AtScopeAboveAndBelow") => ScopeFilter::AboveAndBelow,
        Some("AtScopeExact") => ScopeFilter::Exact,
        Some(other) => {
            let words = format!("'{other}' is not a value of authorizationScopeFilter.");
            return Err(refuse(core, "InvalidAuthorizationScopeFilter", words));
        }
    })
}

/// None of what was named may be read. Thread ARI 255 has the code.
fn denied(core: &Core) -> ArmError {
    ArmError::new(403, "Forbidden", support_words(core)).detail(ArmError::new(
        403,
        "AccessDenied",
        "Access denied to all the requested scopes.",
    ))
}
