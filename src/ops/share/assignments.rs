//! Who has access: role assignments with the names of people, roles and tenants.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::app::App;
use crate::arm::Client;
use crate::arm::role_assignments::RoleAssignment;
use crate::error::Result;
use crate::graph::{Directory, Object};
use crate::id::{PrincipalId, RoleId, SubscriptionId, TenantId, TenantRef};
use crate::ops::delegation::roles;
use crate::ops::fan_out::{AT_ONCE, fan_out};

use super::expiry;

/// One row of a list of who has access.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleRow {
    /// By which method.
    pub via: &'static str,
    /// Who: an object id.
    pub principal_id: String,
    /// The name for people; unknown if the directory does not tell.
    pub principal_name: Option<String>,
    /// `User`, `Group` or `ServicePrincipal`.
    pub principal_type: Option<String>,
    /// The role's name, or its GUID.
    pub role: String,
    /// Where it was given.
    pub scope: String,
    /// The tenant they are from, if it is known.
    pub tenant_id: Option<String>,
    /// The last day, if one was recorded.
    pub expires_on: Option<String>,
    /// True if it was given above what was asked for.
    pub inherited: bool,
    /// The role assignment.
    pub id: String,
}

/// Turns role assignments into rows; `asked` is the scope that was asked for.
///
/// # Errors
/// If Azure does not answer. A directory that may not be read costs the names, with a warning.
pub async fn rows(
    app: &App,
    client: &Client,
    tenant: Option<TenantId>,
    asked: (SubscriptionId, &str),
    assignments: &[RoleAssignment],
) -> Result<Vec<RoleRow>> {
    let (subscription, scope) = asked;
    let people = people(app, tenant, assignments).await?;
    let homes = guests_homes(app, people.values()).await;
    let names = role_names(client, subscription, assignments).await?;
    let row = |assignment: &RoleAssignment| {
        let properties = &assignment.properties;
        let person = people.get(&properties.principal_id.to_lowercase());
        let description = properties.description.as_deref().unwrap_or_default();
        let role = assignment.role();
        RoleRow {
            via: "rbac",
            principal_id: properties.principal_id.clone(),
            principal_name: person.and_then(|person| person.display_name.clone()),
            principal_type: properties.principal_type.clone(),
            role: role
                .and_then(|role| names.get(&role).cloned())
                .unwrap_or_else(|| properties.role_definition_id.clone()),
            scope: properties.scope.clone(),
            tenant_id: person
                .and_then(|person| home(person, &homes))
                .or(match person {
                    Some(person) if !is_foreign(person) => tenant,
                    _ => None,
                })
                .map(|tenant| tenant.to_string()),
            expires_on: expiry::recorded(description).map(|day| day.to_string()),
            inherited: is_above(&properties.scope, scope),
            id: assignment.id.clone(),
        }
    };
    Ok(assignments.iter().map(row).collect())
}

/// True if `given` is above `asked`, and not at it or below it.
#[must_use]
pub fn is_above(given: &str, asked: &str) -> bool {
    let (given, asked) = (
        given.trim_end_matches('/').to_lowercase(),
        asked.trim_end_matches('/').to_lowercase(),
    );
    given != asked && !given.starts_with(&format!("{asked}/"))
}

async fn people(
    app: &App,
    tenant: Option<TenantId>,
    assignments: &[RoleAssignment],
) -> Result<BTreeMap<String, Object>> {
    let mut ids: Vec<PrincipalId> = assignments
        .iter()
        .filter_map(|assignment| assignment.properties.principal_id.parse().ok())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let directory = Directory::new(app.graph(tenant)?);
    let found = match directory.objects(&ids).await {
        Ok(found) => found,
        Err(err) if err.is_forbidden() => {
            app.reporter
                .warn("Microsoft Graph may not be read with this sign-in: names are left out");
            Vec::new()
        }
        Err(err) => return Err(err.into()),
    };
    Ok(found
        .into_iter()
        .map(|object| (object.id.to_lowercase(), object))
        .collect())
}

/// Guests have their home in the tenant of their address; service principals in their owner's.
fn home(person: &Object, homes: &BTreeMap<String, TenantId>) -> Option<TenantId> {
    let owner = person.app_owner_organization_id.as_deref();
    let owner = owner.and_then(|owner| owner.parse().ok());
    owner.or_else(|| homes.get(&guest_domain(person)?).copied())
}

fn is_foreign(person: &Object) -> bool {
    is_guest(person) || person.app_id.is_some()
}

fn is_guest(person: &Object) -> bool {
    person.user_type.as_deref() == Some("Guest")
}

fn guest_domain(person: &Object) -> Option<String> {
    let mail = person.mail.as_deref().filter(|_| is_guest(person))?;
    mail.rsplit_once('@')
        .map(|(_, domain)| domain.to_ascii_lowercase())
}

/// The tenants of the guests' domains; one that cannot be found is left out.
async fn guests_homes<'a>(
    app: &App,
    people: impl Iterator<Item = &'a Object>,
) -> BTreeMap<String, TenantId> {
    let mut domains: Vec<String> = people.filter_map(guest_domain).collect();
    domains.sort_unstable();
    domains.dedup();
    let work = domains.into_iter().map(|domain| async move {
        let tenant = app.tenant_id(&TenantRef::Domain(domain.clone())).await;
        tenant.ok().map(|tenant| (domain, tenant))
    });
    fan_out(AT_ONCE, work).await.into_iter().flatten().collect()
}

async fn role_names(
    client: &Client,
    subscription: SubscriptionId,
    assignments: &[RoleAssignment],
) -> Result<BTreeMap<RoleId, String>> {
    let mut wanted: Vec<RoleId> = assignments
        .iter()
        .filter_map(RoleAssignment::role)
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let work = wanted.into_iter().map(|role| async move {
        if let Some(known) = roles::known(role) {
            return Ok((role, known.name.to_owned()));
        }
        let found = client.role(subscription, role).await?;
        let name = found.map(|found| found.properties.role_name);
        Ok((role, name.unwrap_or_else(|| role.to_string())))
    });
    fan_out(AT_ONCE, work).await.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::is_above;

    #[test]
    fn what_is_above_is_inherited() {
        assert!(is_above(
            "/subscriptions/S",
            "/subscriptions/s/resourceGroups/g"
        ));
        assert!(is_above("/", "/subscriptions/s"));
        assert!(!is_above("/subscriptions/s/", "/Subscriptions/S"));
        assert!(!is_above("/subscriptions/s/x", "/subscriptions/s"));
        assert!(is_above("/subscriptions/s2", "/subscriptions/s"));
    }
}
