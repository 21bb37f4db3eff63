//! Which roles an identity has, on its own or by a group it is in, and what they allow.

use crate::arm::authorization::RoleDefinition;
use crate::arm::role_assignments::RoleAssignment;
use crate::arm::{ArmError, Client};
use crate::error::Result;
use crate::id::{PrincipalId, RoleId, Scope, SubscriptionId, scope_contains};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::Observed;
use crate::ops::site::Site;

/// A role that reaches an identity.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// Full id of the assignment.
    pub id: String,
    pub scope: String,
    /// The group that it comes by, if it is not the identity's own.
    pub group: Option<String>,
    pub role: RoleDefinition,
}

/// Who is looked at. Azure does not follow the groups that a group is in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reached {
    /// A user, service principal or identity.
    Single(PrincipalId),
    /// A group.
    Group(PrincipalId),
}

impl Reached {
    fn id(self) -> PrincipalId {
        match self {
            Reached::Single(id) | Reached::Group(id) => id,
        }
    }
}

/// Reads every role that reaches `principal` in the subscriptions of `scopes`.
pub(crate) async fn held(
    site: &Site<'_>,
    principal: Reached,
    scopes: &[String],
) -> Result<Vec<Held>> {
    let mut assignments: Vec<RoleAssignment> = Vec::new();
    for subscription in subscriptions(scopes) {
        for found in reaching(site, principal, subscription, scopes).await? {
            if !assignments.iter().any(|known| known.id == found.id) {
                assignments.push(found);
            }
        }
    }
    let mut wanted: Vec<(String, RoleId)> = Vec::new();
    for assignment in &assignments {
        if let Some(role) = assignment.role()
            && !wanted.iter().any(|(_, known)| *known == role)
        {
            wanted.push((readable(assignment, scopes), role));
        }
    }
    let reads = wanted.iter().map(|(place, role)| site.client.role_at(place, *role));
    let mut roles: Vec<RoleDefinition> = Vec::new();
    for ((_, id), read) in wanted.iter().zip(fan_out(AT_ONCE, reads).await) {
        match read? {
            Some(role) => roles.push(role),
            None => site.reporter.warn(&format!(
                "role {id} is assigned, but cannot be read: what it allows is not counted"
            )),
        }
    }
    Ok(assignments.into_iter().filter_map(|found| joined(found, &roles, principal.id())).collect())
}

async fn listed(
    client: &Client,
    scope: &str,
    principal: Reached,
    below: bool,
) -> Result<Vec<RoleAssignment>, ArmError> {
    match principal {
        Reached::Single(id) => client.assignments_reaching(scope, id, below).await,
        Reached::Group(id) => client.role_assignments(scope, Some(id)).await,
    }
}

/// Where a role can be read by the one who may read only what the scenario names.
fn readable(assignment: &RoleAssignment, scopes: &[String]) -> String {
    let given = &assignment.properties.scope;
    let inside = scopes.iter().find(|scope| scope_contains(given, scope));
    inside.map_or_else(|| given.to_string(), ToString::to_string)
}

fn joined(found: RoleAssignment, roles: &[RoleDefinition], principal: PrincipalId) -> Option<Held> {
    let id = found.role()?;
    let role = roles.iter().find(|role| role.guid() == Some(id))?.clone();
    let own = principal.to_string();
    let is_own = found.properties.principal_id == own;
    Some(Held {
        id: found.id.to_string(),
        scope: found.properties.scope.to_string(),
        group: (!is_own).then_some(found.properties.principal_id.to_string()),
        role,
    })
}

/// All in the subscription at the same time, or at each scope if only those may be read.
async fn reaching(
    site: &Site<'_>,
    principal: Reached,
    subscription: SubscriptionId,
    scopes: &[String],
) -> Result<Vec<RoleAssignment>> {
    let whole = Scope::subscription(subscription).to_string();
    let all = Observed::permitted(listed(&site.client, &whole, principal, true).await)?;
    let what = format!("the assignments of subscription {subscription}");
    let so = "only those at the scenario's own scopes are looked at";
    if let Some(found) = all.or_warn(site.reporter, &what, so) {
        return Ok(found);
    }
    let is_in = |scope: &&String| {
        scope.parse::<Scope>().is_ok_and(|place| place.subscription == subscription)
    };
    let reads =
        scopes.iter().filter(is_in).map(|scope| listed(&site.client, scope, principal, false));
    let found: Result<Vec<_>, ArmError> = fan_out(AT_ONCE, reads).await.into_iter().collect();
    Ok(found?.into_iter().flatten().collect())
}

fn subscriptions(scopes: &[String]) -> Vec<SubscriptionId> {
    let mut found = Vec::new();
    for place in scopes.iter().filter_map(|scope| scope.parse::<Scope>().ok()) {
        if !found.contains(&place.subscription) {
            found.push(place.subscription);
        }
    }
    found
}
