//! Takes from one tenant everything it has of a gallery: planned first, then done as far as Azure lets us.

use serde_json::Value;

use crate::app::names::KnownNames;
use crate::arm::Client;
use crate::arm::galleries::Gallery;
use crate::arm::managed_services::{RegistrationAssignment, RegistrationDefinition};
use crate::error::{Error, Result};
use crate::id::{ResourceId, SubscriptionId, TenantId, scope_contains};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::Observed;
use crate::ops::change::resume::posix_word;
use crate::ops::change::{ChangeKind, Plan, Run, Step, WriteKind};
use crate::ops::delegation::removal::{Entry, OfferRemoval, Side};

use super::access::Access;
use super::direct::{self, Whom};
use super::survey::{Target, survey};
use super::{expiry_tags, gallery};
use crate::ops::access::{assignment, home_tenant};
use crate::ops::site::Site;

/// What a tenant has of a gallery, and the plan that takes it away: roles first, then direct sharing, then
/// delegations, in this order in the steps.
#[derive(Debug)]
pub(crate) struct Revocation {
    pub plan: Plan,
    gallery: ResourceId,
    roles: usize,
    whom: Whom,
    /// The gallery as it was read, and whose last day it records although the share has ended.
    ended: (Gallery, Vec<String>),
    removals: Vec<OfferRemoval>,
}

/// The step that takes a role away.
pub(in crate::ops) fn role_step(access: &Access, tenant: TenantId) -> Step {
    let who = access.principal_name.as_deref().unwrap_or(&access.principal_id);
    let role = access.role.as_deref().unwrap_or("a role");
    let body = access.role_assignment.as_ref().map_or(Value::Null, assignment::body_of);
    let what = format!("role '{role}' of '{who}' at {}", access.scope);
    let mut step = Step::new(ChangeKind::Remove, WriteKind::RoleAssignment, &access.id, what)
        .at(&access.scope)
        .between(body, Value::Null);
    if access.inherited {
        step = step.because("holds above the gallery: everything else there goes with it");
    }
    let others = access.made_for.iter().flatten().filter(|other| **other != tenant);
    for other in others {
        step = step.because(format!("tenant {other} uses the same application, and loses it too"));
    }
    step
}

/// Works out what a tenant has.
pub(crate) async fn plan(site: &Site<'_>, id: &ResourceId, tenant: TenantId) -> Result<Revocation> {
    if site.client.tenant() == Some(tenant) {
        return Err(Error::usage(format!("{tenant} is the tenant the gallery belongs to")).hint(
            "To take a role from one of your own people, use `az-imageshare share rbac remove`.",
        ));
    }
    let target = Target::Gallery(id.clone());
    let (found, read, delegations) = tokio::join!(
        survey(site, &target),
        gallery::read(&site.client, id),
        site.client.assignments(id.subscription()),
    );
    let (found, read) = (found?, read?);
    let whom = of_direct(&found, tenant);
    // Who may not list them was told so by the survey.
    let delegations = Observed::list(delegations)?.items();
    let mut removals = of_delegations(&site.client, id, tenant, delegations.clone());
    if removals.is_empty() {
        removals = unassigned(site, id, tenant, &delegations).await?;
    }
    let whom_in_words = KnownNames::open(site.app).tenant_in_words(tenant);
    let mut plan = Plan {
        nothing: Some(format!("Nothing of this gallery is left that {whom_in_words} could lose.")),
        stays: left_behind(&found, &read),
        ..Plan::titled(format!("Gallery '{}' is taken from {whom_in_words}:", id.name()))
    };
    plan.whom = Some(whom_in_words);
    let theirs = found.iter().filter(|access| access.via == "rbac" && access.is_of(tenant));
    plan.steps.extend(theirs.map(|access| role_step(access, tenant)));
    let roles = plan.steps.len();
    plan.steps.extend(direct::removal_step(&read, &whom));
    let ended = ended_shares(site, &read, tenant).await;
    plan.steps.extend(expiry_tags::leftover_step(&read, &ended));
    for removal in &removals {
        plan.steps.extend(removal.steps());
        plan.warnings.extend(removal.warnings());
    }
    plan.stays.extend(of_groups(site, &found, tenant).await?);
    Ok(Revocation { plan, gallery: id.clone(), roles, whom, ended: (read, ended), removals })
}

/// Whose last day is still recorded although the share has ended, as an interrupted run leaves it: the tenant's own,
/// and those of its subscriptions.
async fn ended_shares(site: &Site<'_>, read: &Gallery, tenant: TenantId) -> Vec<String> {
    let mut ended = expiry_tags::ended_shares(read);
    let subscriptions: Vec<SubscriptionId> = ended
        .iter()
        .filter_map(|id| id.parse().ok())
        .filter(|id: &SubscriptionId| id.to_string() != tenant.to_string())
        .collect();
    let homes = home_tenant::of_subscriptions(site.app, &subscriptions).await;
    ended.retain(|id| *id == tenant.to_string() || homes.get(id) == Some(&tenant));
    ended
}

/// What the tenant may still read the gallery by, and how that ends.
fn left_behind(found: &[Access], read: &Gallery) -> Vec<String> {
    let unknown = found.iter().filter(|access| access.made_for.as_ref().is_some_and(Vec::is_empty));
    let application = |access| unknown_application(access, &read.id);
    unknown.map(application).chain(unknown_subscriptions(found)).chain(of_community(read)).collect()
}

/// What is said of subscriptions that a gallery is shared with directly, and whose tenant could not be found.
pub(in crate::ops) fn unknown_subscriptions(found: &[Access]) -> impl Iterator<Item = String> {
    let unknown =
        found.iter().filter(|access| access.via == "direct" && access.tenant_id.is_none());
    unknown.map(|access| {
        let (id, gallery) = (&access.principal_id, posix_word(&access.id));
        format!("the gallery stays shared with subscription {id}, whose tenant could not be found; if it is one of this tenant: `az-imageshare share direct remove --gallery-id {gallery} --consumer-subscription {id}`")
    })
}

/// What is said of an application of the publisher that may be the tenant's or not, and that reads this gallery.
pub(in crate::ops) fn unknown_application(access: &Access, gallery: &str) -> String {
    let gallery = posix_word(gallery);
    let who = access.principal_name.as_deref().unwrap_or(&access.principal_id);
    format!(
        "application '{who}' keeps the role {} at {}, and nothing says for which tenant it was made; if for this one: `az-imageshare share rbac remove --gallery-id {gallery} --assignee {}`",
        access.role.as_deref().unwrap_or_default(),
        access.scope,
        access.principal_id
    )
}

/// Whom of a tenant a gallery is shared with directly.
pub(in crate::ops) fn of_direct(found: &[Access], tenant: TenantId) -> Whom {
    let tenant = tenant.to_string();
    let ids = |kind: &str| {
        let kind = kind.to_owned();
        let tenant = tenant.clone();
        found
            .iter()
            .filter(move |access| {
                access.via == "direct" && access.principal_type.as_deref() == Some(&*kind)
            })
            .filter(move |access| access.tenant_id.as_deref() == Some(&*tenant))
            .map(|access| access.principal_id.as_str())
    };
    Whom {
        subscriptions: ids("Subscription").filter_map(|id| id.parse().ok()).collect(),
        tenants: ids("Tenant").filter_map(|id| id.parse().ok()).collect(),
    }
}

/// The tenant's delegations, each with only those scopes that hold the gallery; a definition goes with its last scope.
fn of_delegations(
    client: &Client,
    id: &ResourceId,
    tenant: TenantId,
    found: Vec<RegistrationAssignment>,
) -> Vec<OfferRemoval> {
    let mut entries: Vec<Entry> = Vec::new();
    for assignment in found {
        let Some(definition) = assignment.properties.registration_definition.clone() else {
            continue;
        };
        let of_same = |entry: &&mut Entry| entry.definition.id == definition.id;
        match entries.iter_mut().find(of_same) {
            Some(entry) => entry.assignments.push(assignment),
            None => entries.push(entry(client, id, definition, assignment)),
        }
    }
    let is_theirs = |entry: &Entry| Client::tenant_of(&entry.definition) == Some(tenant);
    let gallery = id.to_string();
    let holds = |assignment: &RegistrationAssignment| {
        assignment.scope().is_some_and(|scope| scope_contains(&scope.to_string(), &gallery))
    };
    let all = entries.clone();
    entries
        .into_iter()
        .filter(is_theirs)
        .filter_map(|mut entry| {
            let scopes = entry.assignments.len();
            entry.assignments.retain(holds);
            let has_others = entry.assignments.len() < scopes;
            let others = all
                .iter()
                .filter(|other| other.definition.id != entry.definition.id)
                .cloned()
                .collect();
            let is_concerned = !entry.assignments.is_empty();
            is_concerned.then(|| OfferRemoval::of_entry(entry, others, has_others))
        })
        .collect()
}

/// Offers to the tenant that are assigned nowhere, as an interrupted run leaves them. Looked for only where nothing
/// else of the kind is found.
async fn unassigned(
    site: &Site<'_>,
    id: &ResourceId,
    tenant: TenantId,
    assignments: &[RegistrationAssignment],
) -> Result<Vec<OfferRemoval>> {
    let found = Observed::list(site.client.definitions(id.subscription()).await)?.items();
    let is_left = |definition: &RegistrationDefinition| {
        Client::tenant_of(definition) == Some(tenant)
            && !assignments.iter().any(|found| found.is_of(&definition.id))
    };
    let removal = |definition| {
        let left = Entry {
            assignments: Vec::new(),
            ..entry(&site.client, id, definition, RegistrationAssignment::default())
        };
        OfferRemoval::of_entry(left, Vec::new(), false)
    };
    Ok(found.into_iter().filter(is_left).map(removal).collect())
}

fn entry(
    client: &Client,
    id: &ResourceId,
    definition: RegistrationDefinition,
    assignment: RegistrationAssignment,
) -> Entry {
    Entry {
        side: Side::Given,
        subscription: id.subscription(),
        publisher: client.tenant(),
        definition,
        assignments: vec![assignment],
    }
}

/// What is said of a gallery that is open to anyone.
pub(in crate::ops) fn of_community(gallery: &Gallery) -> Option<String> {
    let info = gallery.community().filter(|info| info.community_gallery_enabled)?;
    let name = info.public_names.first().map_or("?", String::as_str);
    Some(format!(
        "the gallery is open to everyone as '{name}', and so to this tenant too: close it with `az-imageshare share community disable --gallery-id {}`",
        posix_word(&gallery.id)
    ))
}

/// Guests who have their role through a group keep it: the group is not this program's to change.
async fn of_groups(site: &Site<'_>, found: &[Access], tenant: TenantId) -> Result<Vec<String>> {
    let mut groups: Vec<&Access> = found
        .iter()
        .filter(|access| access.principal_type.as_deref() == Some("Group") && access.via == "rbac")
        .collect();
    groups.sort_by_key(|access| &access.principal_id);
    groups.dedup_by_key(|access| &access.principal_id);
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let directory = site.directory()?;
    let members =
        fan_out(AT_ONCE, groups.iter().map(|group| directory.members(&group.principal_id))).await;
    let mut warnings = Vec::new();
    for (group, members) in groups.iter().zip(members) {
        let name = group.principal_name.as_deref().unwrap_or(&group.principal_id);
        let Ok(members) = members else {
            warnings.push(format!("the members of group '{name}' cannot be read; any guest in it keeps the group's role"));
            continue;
        };
        let homes = home_tenant::tenants(site.app, site.client.tenant(), &members).await;
        for member in
            members.iter().filter(|member| homes.get(&member.id.to_lowercase()) == Some(&tenant))
        {
            let who = member.display_name.as_deref().unwrap_or(&member.id);
            warnings.push(format!(
                "'{who}' keeps the role of group '{name}': run `az ad group member remove --group {} --member-id {}`",
                group.principal_id, member.id
            ));
        }
    }
    Ok(warnings)
}

/// Takes away what was planned; what cannot be taken does not keep the rest from going.
pub(crate) async fn carry_out(site: &Site<'_>, run: &Run<'_>, what: &Revocation) {
    assignment::take_back(&site.client, run, 0..what.roles).await;
    let mut next = what.roles;
    if !what.whom.is_empty() {
        let work = direct::take_from(site, &what.gallery, &what.whom);
        run.attempt(next, work).await;
        next += 1;
    }
    if run.plan().steps.get(next).is_some_and(|step| step.kind == WriteKind::Tags) {
        let (read, ended) = &what.ended;
        run.attempt(next, expiry_tags::forget(site, read, ended)).await;
        next += 1;
    }
    for removal in &what.removals {
        removal.carry_out(&site.client, site.reporter, run, next).await;
        next += removal.count();
    }
}
