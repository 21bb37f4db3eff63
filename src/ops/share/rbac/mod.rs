//! Roles on a gallery, an image definition or a version: assigned, listed, removed.
//!
//! Source: <https://learn.microsoft.com/azure/virtual-machines/share-gallery>

use crate::arm::role_assignments::RoleAssignment;
use crate::error::Result;
use crate::graph::Directory;
use crate::id::{TenantId, resource_name, scope_contains};
use crate::ops::access::assignee::{self, Wanted};
use crate::ops::access::people::Roles;
use crate::ops::access::{assignment, delegated_identity, image_role, rights, role};
use crate::ops::change::Plan;
use crate::ops::site::Site;

use super::access::{self, Access};
use super::place::Place;

pub(crate) mod addition;
pub(crate) mod grant;

/// Lists the roles that reach a place: given at it, above it, and below it.
pub(crate) async fn list(site: &Site<'_>, place: &Place) -> Result<Vec<Access>> {
    place.require(&site.client).await?;
    let scope = place.scope();
    let tenant = place.tenant(&site.client).await?;
    let mut found = site.client.role_assignments(&scope, None).await?;
    found.sort_by_key(|assignment| {
        let properties = &assignment.properties;
        (
            !scope_contains(&scope, &properties.scope),
            properties.scope.clone(),
            assignment.id.clone(),
        )
    });
    rows(site, tenant, place, &found).await
}

async fn rows(
    site: &Site<'_>,
    tenant: Option<TenantId>,
    place: &Place,
    assignments: &[RoleAssignment],
) -> Result<Vec<Access>> {
    let roles = Roles::of(&site.client, place.id.subscription(), assignments).await?;
    // Through a delegation the directory that knows the principals is another tenant's.
    let directory = if delegated_identity::is_delegated(site, tenant) {
        None
    } else {
        Some(Directory::new(site.app.graph(tenant)?))
    };
    let scope = place.scope();
    let is_inside = |given: &str| scope_contains(&scope, given);
    access::by_roles(site.app, directory.as_ref(), tenant, &roles, assignments, is_inside).await
}

/// Role assignments that are to go, and those that stay because they were given elsewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Removal {
    /// Given at the place itself.
    pub going: Vec<RoleAssignment>,
    /// Given above or below it.
    pub staying: Vec<RoleAssignment>,
    who: String,
}

/// Finds what someone was given at a place; with a role only that one.
pub(crate) async fn removal(
    site: &Site<'_>,
    place: &Place,
    who: &Wanted,
    role: Option<&str>,
) -> Result<Removal> {
    place.require(&site.client).await?;
    let scope = place.scope();
    let tenant = place.tenant(&site.client).await?;
    let who = match delegated_identity::named_identity(site, tenant, who).await? {
        Some(known) => known,
        None => assignee::resolve(site.app, tenant, who).await?,
    };
    let role = match role {
        Some(name) => Some(image_role::resolve(site, place.id.subscription(), Some(name)).await?),
        None => None,
    };
    let known = site.client.role_assignments(&scope, Some(who.id)).await?;
    let (going, staying): (Vec<_>, Vec<_>) = known
        .into_iter()
        .filter(|found| role.as_ref().is_none_or(|role| found.role() == Some(role.id)))
        .partition(|found| found.is_at(&scope));
    if !going.is_empty() {
        rights::require(&site.client, &scope, rights::DELETE, rights::GIVES_ROLES).await?;
    }
    Ok(Removal { going, staying, who: who.name.unwrap_or_else(|| who.id.to_string()) })
}

impl Removal {
    /// What goes and what does not.
    pub(crate) fn plan(&self, scope: &str) -> Plan {
        let step =
            |found: &RoleAssignment| assignment::removal_step(found, &role_label(found), &self.who);
        Plan {
            steps: self.going.iter().map(step).collect(),
            warnings: self.elsewhere(),
            whom: Some(format!("'{}'", self.who)),
            nothing: Some(format!("Nothing to remove: no such role was given at {scope}.")),
            ..Plan::titled(format!("Roles of '{}' at {scope}:", self.who))
        }
    }

    /// What is not touched, and where it is.
    fn elsewhere(&self) -> Vec<String> {
        let line = |found: &RoleAssignment| {
            format!(
                "'{}' still has the role '{}' from {}",
                self.who,
                role_label(found),
                found.properties.scope
            )
        };
        self.staying.iter().map(line).collect()
    }
}

/// The name of an assignment's role, or its GUID.
pub(crate) fn role_label(found: &RoleAssignment) -> String {
    let id = resource_name(&found.properties.role_definition_id);
    found.role().map_or_else(|| id.to_owned(), role::label)
}
