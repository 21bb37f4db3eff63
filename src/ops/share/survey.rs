//! Who has access to a gallery, by every method, in one list.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::arm::galleries::Gallery;
use crate::arm::managed_services::{RegistrationAssignment, RegistrationDefinition};
use crate::arm::role_assignments::RoleAssignment;
use crate::arm::{ArmError, Client};
use crate::error::{Error, Result};
use crate::id::{ResourceId, Scope, SubscriptionId, TenantId};
use crate::ops::access::role;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::Observed;
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
    /// Every gallery of a subscription or of a resource group.
    Scope(Scope),
}

impl Target {
    fn scope(&self) -> String {
        match self {
            Target::Gallery(id) => id.to_string(),
            Target::Scope(scope) => scope.to_string(),
        }
    }

    fn subscription(&self) -> SubscriptionId {
        match self {
            Target::Gallery(id) => id.subscription(),
            Target::Scope(scope) => scope.subscription,
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
    let facts = SubscriptionFacts {
        subscription: target.subscription(),
        galleries: galleries?,
        assignments: readable(site.app, assignments, "role assignments")?,
        delegations: readable(site.app, delegations, "delegations")?,
    };
    survey_facts(site, vec![facts]).await
}

/// What was read of one subscription.
#[derive(Clone, Debug)]
pub(crate) struct SubscriptionFacts {
    pub subscription: SubscriptionId,
    /// With whom they are shared, as far as they are shared directly.
    pub galleries: Vec<Gallery>,
    /// At, above and below the subscription.
    pub assignments: Vec<RoleAssignment>,
    /// Each with its definition.
    pub delegations: Vec<RegistrationAssignment>,
}

/// Works out who has what of the galleries of one tenant's subscriptions; names and homes are looked up together for
/// all of them.
pub(crate) async fn survey_facts(
    site: &Site<'_>,
    facts: Vec<SubscriptionFacts>,
) -> Result<Vec<Access>> {
    let (mut galleries, mut assignments, mut delegations) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for facts in facts {
        galleries.extend(facts.galleries);
        delegations.extend(facts.delegations);
        // One above the subscriptions shows in each of them.
        let fresh =
            facts.assignments.into_iter().filter(|known| seen.insert(known.id.to_lowercase()));
        assignments.extend(fresh.map(|known| (facts.subscription, known)));
    }
    let mut found = by_roles(site, &galleries, assignments).await?;
    found.extend(by_sharing(site, &galleries).await?);
    found.extend(galleries.iter().filter_map(by_community));
    let scopes = GalleryScopes::of(&galleries);
    let concerning = delegations.iter().filter(|delegation| {
        delegation.scope().is_some_and(|scope| scopes.relation(&scope.to_string()) == Some(false))
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

/// The ids of galleries and of everything above them, in small letters: a scope is looked up once, however many
/// galleries there are.
struct GalleryScopes {
    galleries: BTreeSet<String>,
    above: BTreeSet<String>,
}

impl GalleryScopes {
    fn of(galleries: &[Gallery]) -> GalleryScopes {
        let galleries: BTreeSet<String> =
            galleries.iter().map(|gallery| gallery.id.to_lowercase()).collect();
        let above = galleries.iter().flat_map(|id| parents_of(id)).map(str::to_owned).collect();
        GalleryScopes { galleries, above }
    }

    /// True if the scope is a gallery or a part of one, false if it is above one; `None` if it has nothing to do
    /// with any.
    fn relation(&self, scope: &str) -> Option<bool> {
        let scope = scope.trim_end_matches('/').to_lowercase();
        let is_group = scope.starts_with("/providers/microsoft.management/managementgroups/");
        if scope.is_empty() || is_group || self.above.contains(&scope) {
            return Some(false);
        }
        let mut at_and_above = std::iter::once(scope.as_str()).chain(parents_of(&scope));
        at_and_above.any(|part| self.galleries.contains(part)).then_some(true)
    }
}

/// The paths above a path, the nearest first.
fn parents_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').rev().map(|(end, _)| &path[..end]).filter(|path| !path.is_empty())
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
        Target::Scope(scope) => scope,
    };
    let mut all = client.galleries_with_profile(scope).await?;
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
    let so = "this list is without them";
    Ok(Observed::list(found)?.or_warn(app.reporter.as_ref(), what, so).unwrap_or_default())
}

async fn by_roles(
    site: &Site<'_>,
    galleries: &[Gallery],
    assignments: Vec<(SubscriptionId, RoleAssignment)>,
) -> Result<Vec<Access>> {
    let scopes = GalleryScopes::of(galleries);
    let mut concerning = assignments;
    concerning.retain(|(_, known)| scopes.relation(&known.properties.scope).is_some());
    let roles = Roles::across(&site.client, &concerning).await?;
    concerning.retain(|(_, known)| known.role().is_none_or(|role| roles.matters(role)));
    let concerning: Vec<RoleAssignment> = concerning.into_iter().map(|(_, known)| known).collect();
    let is_inside = |scope: &str| scopes.relation(scope) == Some(true);
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
            principal_id: id.into(),
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
            _ => homes.get(access.principal_id.as_str()).copied(),
        };
        access.tenant_id = tenant.map(|tenant| tenant.to_string()).map(Into::into);
        access.principal_name = tenant.and_then(|tenant| names.get(&tenant).cloned());
    }
    Ok(found)
}

/// Names of tenants; Graph shows them only to some.
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
        principal_id: info.public_names.first().cloned().unwrap_or_default().into(),
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
        principal_id: principal.into(),
        principal_name: name,
        role: Some(role),
        scope: assignment.scope().map(|scope| scope.to_string()).unwrap_or_default().into(),
        inherited: true,
        tenant_id: Some(definition.properties.managed_by_tenant_id.clone()),
        expires_on: definition
            .properties
            .description
            .as_deref()
            .and_then(expiry::recorded)
            .map(|day| day.to_string()),
        id: assignment.id.to_string().into(),
        ..Access::default()
    }
}

fn role(id: &str) -> String {
    crate::id::resource_name(id).parse().map_or_else(|_| id.to_owned(), role::label)
}
