//! The built-in policy that denies managing tenants: found before anything is written, and named.
//!
//! Source: <https://learn.microsoft.com/azure/lighthouse/how-to/policy-at-scale#deny>.

use serde::Deserialize;
use serde_json::Value;

use crate::arm::ArmError;
use crate::arm::resource_graph::ResourceQuery;
use crate::error::Result;
use crate::id::{SubscriptionId, resource_name};
use crate::ops::change::observe::Observed;
use crate::ops::fleet::compare::JudgedItem;
use crate::ops::fleet::item::ItemChange;
use crate::ops::fleet::observe::PublisherSite;
use crate::ops::fleet::view::ItemView;

/// "Allow managing tenant ids to onboard through Azure Lighthouse".
pub(crate) const ALLOWED_TENANTS: &str =
    "/providers/Microsoft.Authorization/policyDefinitions/7a8a51a3-ad87-4def-96f3-65a1839242b6";

const ASSIGNMENTS: &str = "policyresources | where type =~ 'microsoft.authorization/policyassignments' \
    | project id, name, properties";

#[derive(Clone, Debug, Deserialize)]
struct AssignmentRow {
    #[serde(default)]
    id: String,
    #[serde(default)]
    properties: Value,
}

/// Blocks what Azure would deny; `own` is the assignment that this plan itself changes.
///
/// # Errors
/// If Azure does not answer.
pub(crate) async fn settle(
    site: &PublisherSite,
    items: &mut [JudgedItem],
    own: Option<&str>,
) -> Result<()> {
    let is_offered = |item: &&mut JudgedItem| tenant_of(item).is_some();
    if items.iter_mut().filter(is_offered).count() == 0 {
        return Ok(());
    }
    let denying = denying(site).await?;
    for item in items {
        let Some(tenant) = tenant_of(item) else { continue };
        let subscription = item.plan.subscription;
        let found = denying.iter().find(|row| {
            !own.is_some_and(|own| own.eq_ignore_ascii_case(&row.id))
                && row.reaches(site, subscription)
                && !row.allows(&tenant)
        });
        if let Some(row) = found {
            let why = row.why(&tenant);
            *item = item.clone().blocked(why);
        }
    }
    Ok(())
}

/// The consumer's tenant of an offer that is written.
fn tenant_of(item: &JudgedItem) -> Option<String> {
    if !matches!(item.plan.change, ItemChange::Create | ItemChange::Update) {
        return None;
    }
    match &item.plan.after {
        Some(ItemView::Delegation(after)) => Some(after.managed_by_tenant_id.clone()),
        _ => None,
    }
}

/// The assignments that deny; from the index, else those of the management groups that are named.
async fn denying(site: &PublisherSite) -> Result<Vec<AssignmentRow>> {
    let query = ResourceQuery::new(ASSIGNMENTS);
    let rows = match site.client.query_resources::<AssignmentRow>(&query).await {
        Ok(found) => found.rows,
        Err(err) if crate::ops::fleet::select::may_ask_singly(&err) => of_groups(site).await?,
        Err(err) => return Err(err.into()),
    };
    Ok(rows.into_iter().filter(AssignmentRow::denies).collect())
}

async fn of_groups(site: &PublisherSite) -> Result<Vec<AssignmentRow>, ArmError> {
    let mut rows = Vec::new();
    for group in &site.census.groups {
        let scope = super::names::group_scope(group);
        // Azure refuses the offer's write by an identity that may not read it.
        let found = Observed::visible(site.client.policy_assignments(&scope).await)?.items();
        rows.extend(found.into_iter().filter_map(|one| serde_json::from_value(one).ok()));
    }
    Ok(rows)
}

impl AssignmentRow {
    fn text(&self, name: &str) -> &str {
        self.properties[name].as_str().unwrap_or_default()
    }

    fn denies(&self) -> bool {
        self.text("policyDefinitionId").eq_ignore_ascii_case(ALLOWED_TENANTS)
            && !self.text("enforcementMode").eq_ignore_ascii_case("DoNotEnforce")
    }

    fn allows(&self, tenant: &str) -> bool {
        let list = self.properties["parameters"]["listOfAllowedTenants"]["value"].as_array();
        let mut list = list.into_iter().flatten().filter_map(Value::as_str);
        list.any(|allowed| allowed.eq_ignore_ascii_case(tenant))
    }

    fn reaches(&self, site: &PublisherSite, subscription: SubscriptionId) -> bool {
        let lower = self.id.to_lowercase();
        let Some((scope, _)) = lower.split_once("/providers/microsoft.authorization/") else {
            return false;
        };
        let own = format!("/subscriptions/{subscription}");
        let groups = site.census.all.get(&subscription).map(|seen| &seen.groups);
        let is_above = |scope: &str| {
            let is_group = scope.contains("/managementgroups/");
            let group = resource_name(scope);
            scope == own || is_group && groups.is_some_and(|groups| groups.contains(group))
        };
        let excluded = self.properties["notScopes"].as_array().into_iter().flatten();
        let mut excluded = excluded.filter_map(Value::as_str).map(str::to_lowercase);
        is_above(scope) && !excluded.any(|scope| is_above(&scope))
    }

    fn why(&self, tenant: &str) -> String {
        format!(
            "Azure Policy denies tenant {tenant}: add it to the allowed tenants of assignment {}",
            self.id
        )
    }
}
