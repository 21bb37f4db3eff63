//! Who has something of a gallery: one row, and how role assignments become rows.

use serde::Serialize;

use crate::app::App;
use crate::arm::role_assignments::RoleAssignment;
use crate::error::Result;
use crate::graph::Directory;
use crate::id::{ArmId, TenantId};
use crate::ops::expiry;

use crate::ops::access::people::{People, Roles};

/// One principal, subscription, tenant or everyone, and what it has: the shape that scripts rely on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Access {
    /// `rbac`, `direct`, `community` or `delegation`.
    pub via: &'static str,
    /// Object id of a principal; id of a subscription or tenant; public name.
    pub principal_id: ArmId,
    /// Its name; unknown for principals of other tenants and for those that are gone.
    pub principal_name: Option<String>,
    /// `User`, `Group`, `ServicePrincipal`, `Subscription`, `Tenant` or `Everyone`.
    pub principal_type: Option<String>,
    pub role: Option<String>,
    pub scope: ArmId,
    /// True if it holds above the gallery, and so for other things too.
    pub inherited: bool,
    /// The tenant the principal comes from.
    pub tenant_id: Option<ArmId>,
    /// The day it ends, if that was recorded.
    pub expires_on: Option<String>,
    /// The tenant that owns the gallery, in lists over all publishers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher_tenant_id: Option<ArmId>,
    /// `orphaned` for a principal that does not exist any more, `invited` for a guest who never came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    /// Which of this program's identities see it, in lists over all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seen_by: Vec<String>,
    /// What there is to remove: the id of the assignment, or of the gallery.
    pub id: ArmId,
    /// Of a role: the assignment as Azure gave it.
    #[serde(skip)]
    pub role_assignment: Option<RoleAssignment>,
    /// Of an application that this program registered: the tenants it was made for, as far as they are known.
    #[serde(skip)]
    pub made_for: Option<Vec<TenantId>>,
}

impl Access {
    /// True for what the tenant's own principals have, and for applications that were made for it.
    pub(crate) fn is_of(&self, tenant: TenantId) -> bool {
        let known = self.tenant_id.as_deref();
        let by_home = known.is_some_and(|known| known.eq_ignore_ascii_case(&tenant.to_string()));
        by_home || self.made_for.as_ref().is_some_and(|tenants| tenants.contains(&tenant))
    }
}

/// Turns role assignments into rows; `tenant` is the one they were given in, `is_inside` says whether a
/// scope lies in what was asked for. Without a directory no one has a name.
///
/// # Errors
/// If the directory does not answer. One that may not be read costs the names, with a warning.
pub(super) async fn by_roles(
    app: &App,
    directory: Option<&Directory>,
    tenant: Option<TenantId>,
    roles: &Roles,
    assignments: &[RoleAssignment],
    is_inside: impl Fn(&str) -> bool,
) -> Result<Vec<Access>> {
    let principals: Vec<String> = assignments
        .iter()
        .map(|assignment| assignment.properties.principal_id.to_string())
        .collect();
    let people = match directory {
        Some(directory) => People::of(app, directory, tenant, &principals).await?,
        None => People::default(),
    };
    let row = |assignment: &RoleAssignment| {
        let properties = &assignment.properties;
        let description = properties.description.as_deref().unwrap_or_default();
        Access {
            via: "rbac",
            principal_name: people.name(&properties.principal_id),
            tenant_id: people
                .home(&properties.principal_id)
                .map(|tenant| tenant.to_string())
                .map(Into::into),
            principal_id: properties.principal_id.clone(),
            principal_type: properties.principal_type.clone(),
            role: assignment.role().map(|role| roles.name(role)),
            scope: properties.scope.to_string().into(),
            inherited: !is_inside(&properties.scope),
            expires_on: expiry::recorded(description).map(|day| day.to_string()),
            id: assignment.id.to_string().into(),
            role_assignment: Some(assignment.clone()),
            made_for: None,
            state: people.state(&properties.principal_id),
            ..Access::default()
        }
    };
    Ok(assignments.iter().map(row).collect())
}
