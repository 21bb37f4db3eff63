//! Takes from one tenant everything it has of a gallery: planned first, then done as far as Azure lets us.

use crate::app::App;
use crate::arm::galleries::Gallery;
use crate::arm::managed_services::{RegistrationAssignment, RegistrationDefinition};
use crate::arm::{ArmError, Client};
use crate::error::{Error, Kind, Result};
use crate::id::{ResourceId, TenantId, scope_contains};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::delegation::inventory::{Entry, Side};
use crate::ops::delegation::lookup::Known;
use crate::ops::delegation::removal::Removal;
use crate::ops::delegation::teardown;

use super::access::Access;
use super::direct::{self, Whom};
use super::gallery;
use super::survey::{Target, survey};
use crate::ops::access::home_tenant;
use crate::ops::access::people::directory;

mod applications;

/// What will be taken away.
#[derive(Debug)]
pub(crate) struct Plan {
    pub gallery: ResourceId,
    /// The tenant that loses it.
    pub tenant: TenantId,
    /// Role assignments to be deleted.
    pub assignments: Vec<Access>,
    /// Entries of direct sharing to be removed.
    pub whom: Whom,
    /// Delegations to be ended.
    pub removals: Vec<Removal>,
    /// What stays, and what breaks besides.
    pub warnings: Vec<String>,
}

impl Plan {
    /// True if the tenant has nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.assignments.is_empty() && self.removals.is_empty() && !self.has_sharing()
    }

    fn has_sharing(&self) -> bool {
        !self.whom.subscriptions.is_empty() || !self.whom.tenants.is_empty()
    }

    /// What goes, in lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines =
            vec![format!("Tenant {} loses gallery '{}':", self.tenant, self.gallery.name())];
        lines.extend(self.assignments.iter().map(spoken));
        let subscriptions = self.whom.subscriptions.iter();
        lines.extend(subscriptions.map(|id| format!("  direct sharing with subscription {id}")));
        lines.extend(
            self.whom.tenants.iter().map(|id| format!("  direct sharing with tenant {id}")),
        );
        for removal in &self.removals {
            lines.extend(removal.summary().iter().map(|line| format!("  {line}")));
        }
        lines
    }

    /// The command that takes the work up again.
    pub(crate) fn again(&self) -> String {
        format!(
            "az-imageshare share revoke --gallery-id {} --tenant {} --yes",
            self.gallery, self.tenant
        )
    }
}

fn spoken(access: &Access) -> String {
    let who = access.principal_name.as_deref().unwrap_or(&access.principal_id);
    let role = access.role.as_deref().unwrap_or("a role");
    let more = if access.inherited { ", and with it everything else there" } else { "" };
    format!("  role {role} of '{who}' at {}{more}", access.scope)
}

/// Works out what a tenant has.
pub(crate) async fn plan(
    app: &App,
    client: &Client,
    id: &ResourceId,
    tenant: TenantId,
) -> Result<Plan> {
    if client.tenant() == Some(tenant) {
        return Err(Error::usage(format!("{tenant} is the tenant the gallery belongs to")).hint(
            "To take a role from one of your own people, use `az-imageshare share rbac remove`.",
        ));
    }
    let target = Target::Gallery(id.clone());
    let (found, read, delegations) = tokio::join!(
        survey(app, client, &target),
        gallery::read(client, id),
        client.assignments(id.subscription()),
    );
    let (found, read) = (found?, read?);
    let theirs = |access: &&Access| {
        access
            .tenant_id
            .as_deref()
            .is_some_and(|known| known.eq_ignore_ascii_case(&tenant.to_string()))
    };
    let mut plan = Plan {
        gallery: id.clone(),
        tenant,
        assignments: found
            .iter()
            .filter(|access| access.via == "rbac")
            .filter(theirs)
            .cloned()
            .collect(),
        whom: of_direct(&found, tenant),
        removals: of_delegations(client, id, tenant, present(delegations)?),
        warnings: Vec::new(),
    };
    for removal in &plan.removals {
        plan.warnings.extend(removal.warnings());
    }
    plan.warnings.extend(of_community(&read));
    plan.warnings.extend(of_groups(app, client, &found, tenant).await?);
    plan.warnings.extend(applications::kept(app, client, &found).await?);
    Ok(plan)
}

/// A subscription without the provider has no delegations; who may not list them was told so.
fn present(
    found: Result<Vec<RegistrationAssignment>, ArmError>,
) -> Result<Vec<RegistrationAssignment>> {
    match found {
        Err(err) if err.is_forbidden() || err.code() == "MissingSubscriptionRegistration" => {
            Ok(Vec::new())
        }
        other => Ok(other?),
    }
}

fn of_direct(found: &[Access], tenant: TenantId) -> Whom {
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
) -> Vec<Removal> {
    let mut entries: Vec<Entry> = Vec::new();
    for assignment in found {
        let Some(definition) = assignment.properties.registration_definition.clone() else {
            continue;
        };
        let of_same = |entry: &&mut Entry| entry.definition.id.eq_ignore_ascii_case(&definition.id);
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
            let known = Known { entries: vec![entry], others };
            is_concerned.then(|| Removal::of(&known, has_others))
        })
        .collect()
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

fn of_community(gallery: &Gallery) -> Option<String> {
    let info = gallery.community().filter(|info| info.community_gallery_enabled)?;
    let name = info.public_names.first().map_or("?", String::as_str);
    Some(format!(
        "the gallery is open to everybody as '{name}', and so to this tenant too: close it with `az-imageshare share community disable --gallery-id {}`",
        gallery.id
    ))
}

/// Guests who have their role through a group keep it: the group is not ours to change.
async fn of_groups(
    app: &App,
    client: &Client,
    found: &[Access],
    tenant: TenantId,
) -> Result<Vec<String>> {
    let mut groups: Vec<&Access> = found
        .iter()
        .filter(|access| access.principal_type.as_deref() == Some("Group") && access.via == "rbac")
        .collect();
    groups.sort_by_key(|access| &access.principal_id);
    groups.dedup_by_key(|access| &access.principal_id);
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let directory = directory(app, client)?;
    let members =
        fan_out(AT_ONCE, groups.iter().map(|group| directory.members(&group.principal_id))).await;
    let mut warnings = Vec::new();
    for (group, members) in groups.iter().zip(members) {
        let name = group.principal_name.as_deref().unwrap_or(&group.principal_id);
        let Ok(members) = members else {
            warnings.push(format!("the members of group '{name}' cannot be read; any guest in it keeps the group's role"));
            continue;
        };
        let homes = home_tenant::tenants(app, client.tenant(), &members).await;
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
///
/// # Errors
/// Azure's refusal if nothing went; [`Kind::Partial`] with what still stands if something did.
pub(crate) async fn carry_out(app: &App, client: &Client, plan: &Plan) -> Result<()> {
    app.reporter.resume_with(Some(plan.again()));
    let mut outcome = Outcome::default();
    let work = plan.assignments.iter().map(|access| client.delete_role_assignment(&access.id));
    for (access, result) in plan.assignments.iter().zip(fan_out(WRITES_AT_ONCE, work).await) {
        outcome.add(spoken(access), result.map(|_| ()).map_err(Error::from));
    }
    if plan.has_sharing() {
        let result = direct::take_from(app, client, &plan.gallery, &plan.whom).await;
        outcome.add("direct sharing".to_owned(), result);
    }
    for removal in &plan.removals {
        let result = teardown::carry_out(client, app.reporter.as_ref(), removal).await;
        outcome.add(format!("delegation '{}'", removal.name), result);
    }
    app.reporter.resume_with(None);
    outcome.judge(plan)
}

#[derive(Debug, Default)]
struct Outcome {
    done: usize,
    standing: Vec<String>,
    failure: Option<Error>,
}

impl Outcome {
    fn add(&mut self, what: String, result: Result<()>) {
        match result {
            Ok(()) => self.done += 1,
            Err(err) => {
                self.done += usize::from(err.kind() == Kind::Partial);
                self.standing.push(what.trim().to_owned());
                self.failure.get_or_insert(err);
            }
        }
    }

    fn judge(self, plan: &Plan) -> Result<()> {
        let Some(failure) = self.failure else {
            return Ok(());
        };
        let standing = self.standing.join("; ");
        let kind = if self.done == 0 { failure.kind() } else { Kind::Partial };
        let message = format!("tenant {} still has {standing}", plan.tenant);
        Err(failure
            .while_doing(message)
            .of_kind(kind)
            .hint(format!("Mend the cause, then run `{}` to go on.", plan.again())))
    }
}

const WRITES_AT_ONCE: usize = 4;
