//! Who has access to a gallery, by every method, in one list.

use std::collections::BTreeMap;

use crate::app::App;
use crate::arm::galleries::Gallery;
use crate::arm::managed_services::{RegistrationAssignment, RegistrationDefinition};
use crate::arm::role_assignments::RoleAssignment;
use crate::arm::{ArmError, Client};
use crate::error::{Error, Result};
use crate::id::{ResourceId, Scope, SubscriptionId, TenantId, scope_contains};
use crate::ops::access::role;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::expiry;

use super::access::{self, Access};
use super::{bridges, direct, expiry_tags, gallery};
use crate::ops::access::home_tenant;
use crate::ops::access::people::Roles;
use crate::ops::site::Site;

/// What to look at.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// One gallery.
    Gallery(ResourceId),
    /// Every gallery of a subscription.
    Subscription(SubscriptionId),
}

impl Target {
    fn scope(&self) -> String {
        match self {
            Target::Gallery(id) => id.to_string(),
            Target::Subscription(id) => Scope::subscription(*id).to_string(),
        }
    }

    fn subscription(&self) -> SubscriptionId {
        match self {
            Target::Gallery(id) => id.subscription(),
            Target::Subscription(id) => *id,
        }
    }
}

/// Reads who has what. Part that may not be read is warned of and left out.
pub(crate) async fn survey(site: &Site<'_>, target: &Target) -> Result<Vec<Access>> {
    let scope = target.scope();
    let (galleries, assignments, delegations) = tokio::join!(
        galleries(&site.client, target),
        site.client.role_assignments(&scope, None),
        site.client.assignments(target.subscription()),
    );
    let galleries = galleries?;
    let assignments = readable(site.app, assignments, "role assignments")?;
    let delegations = readable(site.app, delegations, "delegations")?;
    let mut found = by_roles(site, target.subscription(), &galleries, assignments).await?;
    found.extend(by_sharing(site, &galleries).await?);
    found.extend(galleries.iter().filter_map(by_community));
    let concerning = delegations.iter().filter(|delegation| {
        let scope = delegation.scope().map(|scope| scope.to_string());
        scope.is_some_and(|scope| {
            galleries.iter().any(|gallery| scope_contains(&scope, &gallery.id))
        })
    });
    found.extend(concerning.flat_map(by_delegation));
    found.sort_by_key(|access| {
        let name = access.principal_name.clone().unwrap_or_default().to_lowercase();
        (
            order(access.via),
            access.inherited,
            access.scope.to_lowercase(),
            name,
            access.principal_id.clone(),
        )
    });
    Ok(found)
}

fn order(via: &str) -> usize {
    ["rbac", "direct", "community", "delegation"]
        .iter()
        .position(|known| *known == via)
        .unwrap_or(usize::MAX)
}

async fn galleries(client: &Client, target: &Target) -> Result<Vec<Gallery>> {
    let scope = match target {
        Target::Gallery(id) => return Ok(vec![gallery::read(client, id).await?]),
        Target::Subscription(id) => Scope::subscription(*id),
    };
    let mut all = client.galleries_with_profile(&scope).await?;
    // Lists do not tell the groups; only galleries that can have some are asked one by one.
    let open: Vec<usize> = (0..all.len()).filter(|at| all[*at].permissions() == "Groups").collect();
    let work = open.iter().map(|at| whole(client, &all[*at]));
    let read = fan_out(AT_ONCE, work).await;
    for (at, gallery) in open.into_iter().zip(read) {
        all[at] = gallery?;
    }
    Ok(all)
}

async fn whole(client: &Client, listed: &Gallery) -> Result<Gallery> {
    let id: ResourceId =
        listed.id.parse().map_err(|err: crate::id::IdError| Error::usage(err.to_string()))?;
    Ok(client.gallery(&id).await?.unwrap_or_else(|| listed.clone()))
}

/// Leaves out, with a warning, what this identity may not list.
fn readable<T>(app: &App, found: Result<Vec<T>, ArmError>, what: &str) -> Result<Vec<T>> {
    match found {
        Err(err) if err.code() == "MissingSubscriptionRegistration" => Ok(Vec::new()),
        Err(err) if err.is_forbidden() => {
            app.reporter.warn(&format!(
                "this identity may not list {what}: they are not in this list ({err})"
            ));
            Ok(Vec::new())
        }
        other => Ok(other?),
    }
}

async fn by_roles(
    site: &Site<'_>,
    subscription: SubscriptionId,
    galleries: &[Gallery],
    assignments: Vec<RoleAssignment>,
) -> Result<Vec<Access>> {
    let touches = |scope: &str| {
        galleries
            .iter()
            .any(|gallery| scope_contains(scope, &gallery.id) || scope_contains(&gallery.id, scope))
    };
    // Many assignments share a scope: each scope is compared with the galleries once.
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    let mut concerning = assignments;
    concerning.retain(|assignment| {
        let scope = &assignment.properties.scope;
        *seen.entry(scope.to_lowercase()).or_insert_with(|| touches(scope))
    });
    let roles = Roles::of(&site.client, subscription, &concerning).await?;
    concerning.retain(|assignment| assignment.role().is_none_or(|role| roles.matters(role)));
    let is_inside =
        |scope: &str| galleries.iter().any(|gallery| scope_contains(&gallery.id, scope));
    let (own, directory) = (site.client.tenant(), site.directory()?);
    let mut found =
        access::by_roles(site.app, Some(&directory), own, &roles, &concerning, is_inside).await?;
    bridges::mark(site.app, &directory, own, &mut found).await?;
    Ok(found)
}

async fn by_sharing(site: &Site<'_>, galleries: &[Gallery]) -> Result<Vec<Access>> {
    let mut found = Vec::new();
    let mut subscriptions = Vec::new();
    let mut tenants: Vec<TenantId> = Vec::new();
    for gallery in galleries {
        let whom = direct::shared_with(gallery);
        let entry = |id: String, kind: &str| Access {
            via: "direct",
            expires_on: expiry_tags::recorded(gallery, &id).map(|day| day.to_string()),
            principal_id: id,
            principal_type: Some(kind.to_owned()),
            scope: gallery.id.clone(),
            id: gallery.id.clone(),
            ..Access::default()
        };
        found.extend(whom.subscriptions.iter().map(|id| entry(id.to_string(), "Subscription")));
        found.extend(whom.tenants.iter().map(|id| entry(id.to_string(), "Tenant")));
        subscriptions.extend(whom.subscriptions);
        tenants.extend(whom.tenants);
    }
    let homes = home_tenant::of_subscriptions(site.app, &subscriptions).await;
    tenants.extend(homes.values());
    let names = names(site, tenants).await?;
    for access in &mut found {
        let tenant = match access.principal_type.as_deref() {
            Some("Tenant") => access.principal_id.parse().ok(),
            _ => homes.get(&access.principal_id).copied(),
        };
        access.tenant_id = tenant.map(|tenant| tenant.to_string());
        access.principal_name = tenant.and_then(|tenant| names.get(&tenant).cloned());
    }
    Ok(found)
}

/// Names of tenants; Graph tells them only to some.
async fn names(site: &Site<'_>, mut tenants: Vec<TenantId>) -> Result<BTreeMap<TenantId, String>> {
    tenants.sort();
    tenants.dedup();
    if tenants.is_empty() {
        return Ok(BTreeMap::new());
    }
    let directory = site.directory()?;
    let found = fan_out(AT_ONCE, tenants.iter().map(|id| directory.tenant_name(*id))).await;
    let named = tenants.iter().zip(found);
    Ok(named.filter_map(|(id, name)| Some((*id, name.ok()??))).collect())
}

fn by_community(gallery: &Gallery) -> Option<Access> {
    let info = gallery.community().filter(|info| info.community_gallery_enabled)?;
    Some(Access {
        via: "community",
        principal_id: info.public_names.first().cloned().unwrap_or_default(),
        principal_name: Some("everyone in Azure".to_owned()),
        principal_type: Some("Everyone".to_owned()),
        expires_on: expiry_tags::recorded(gallery, expiry_tags::COMMUNITY)
            .map(|day| day.to_string()),
        scope: gallery.id.clone(),
        id: gallery.id.clone(),
        ..Access::default()
    })
}

fn by_delegation(assignment: &RegistrationAssignment) -> Vec<Access> {
    let Some(definition) = &assignment.properties.registration_definition else {
        return Vec::new();
    };
    let properties = &definition.properties;
    let permanent = properties.authorizations.iter().map(|right| {
        let name = right.principal_id_display_name.clone();
        by_right(assignment, definition, &right.principal_id, name, role(&right.role_definition_id))
    });
    let eligible = properties.eligible_authorizations.iter().map(|right| {
        let role = format!("{} (eligible)", role(&right.role_definition_id));
        let name = right.principal_id_display_name.clone();
        by_right(assignment, definition, &right.principal_id, name, role)
    });
    permanent.chain(eligible).collect()
}

fn by_right(
    assignment: &RegistrationAssignment,
    definition: &RegistrationDefinition,
    principal: &str,
    name: Option<String>,
    role: String,
) -> Access {
    Access {
        via: "delegation",
        principal_id: principal.to_owned(),
        principal_name: name,
        role: Some(role),
        scope: assignment.scope().map(|scope| scope.to_string()).unwrap_or_default(),
        inherited: true,
        tenant_id: Some(definition.properties.managed_by_tenant_id.clone()),
        expires_on: definition
            .properties
            .description
            .as_deref()
            .and_then(expiry::recorded)
            .map(|day| day.to_string()),
        id: assignment.id.to_string(),
        ..Access::default()
    }
}

fn role(id: &str) -> String {
    crate::id::resource_name(id).parse().map_or_else(|_| id.to_owned(), role::label)
}
