//! Roles on a gallery, an image definition or a version: given, listed, taken back.
//!
//! Source: <https://learn.microsoft.com/azure/virtual-machines/share-gallery>

use jiff::civil::Date;

use crate::arm::Client;
use crate::arm::role_assignments::RoleAssignment;
use crate::error::{Error, Kind, Result};
use crate::graph::Directory;
use crate::id::{TenantId, resource_name, scope_contains};
use crate::ops::access::assignment;
use crate::ops::access::{image_role, rights, role};
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::{Plan, Run};
use crate::ops::expiry;

use super::access::{self, Access};
use super::place::{Level, Place};
use crate::ops::access::assignee::{self, Assignee, Wanted};
use crate::ops::access::image_role::Role;
use crate::ops::access::people::Roles;
use crate::ops::site::Site;

/// A role that somebody is to have.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub place: Place,
    pub who: Wanted,
    /// Whether to invite who is not in the directory.
    pub invite: bool,
    /// Which role; the smallest that lets images be used if none is named.
    pub role: Option<String>,
    pub last_day: Option<Date>,
}

/// What giving a role came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It was given.
    Create,
    /// It was there.
    Keep,
    /// It was there; its last day changed.
    Update,
}

impl Change {
    /// The word for it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Change::Create => "create",
            Change::Keep => "keep",
            Change::Update => "update",
        }
    }
}

/// Gives a role, after everything that can be checked was checked.
///
/// # Errors
/// If something is wrong with the arguments, the gallery, our rights, or Azure refuses.
pub(crate) async fn add(site: &Site<'_>, share: &Share) -> Result<(Access, Change)> {
    share.place.require(&site.client).await?;
    let scope = share.place.scope();
    rights::require(&site.client, &scope, rights::WRITE, rights::GIVES_ROLES).await?;
    let tenant = share.place.tenant(&site.client).await?;
    let subscription = share.place.id.subscription();
    let role = image_role::resolve(site, subscription, share.role.as_deref()).await?;
    let who = match (&share.who, share.invite) {
        (Wanted::Named(text), true) => assignee::resolve_or_invite(site.app, tenant, text).await?,
        (who, _) => assignee::resolve(site.app, tenant, who).await?,
    };
    for advice in advice(&share.place, &role) {
        site.reporter.warn(&advice);
    }
    let (assignment, change) = give(site, &scope, &who, &role, share.last_day).await?;
    let given = std::slice::from_ref(&assignment);
    let mut row = rows(site, tenant, &share.place, given).await?;
    let mut row = row.pop().expect("one assignment makes one row");
    row.principal_name = row.principal_name.or(who.name);
    Ok((row, change))
}

/// Gives a role to somebody who was found; sends no PUT if nothing would change.
pub(crate) async fn give(
    site: &Site<'_>,
    scope: &str,
    who: &Assignee,
    role: &Role,
    last_day: Option<Date>,
) -> Result<(RoleAssignment, Change)> {
    let kind = who.kind.ok_or_else(|| {
        Error::usage("--assignee-principal-type is missing").hint(
            "Say what the object id is: `--assignee-principal-type User|Group|ServicePrincipal`.",
        )
    })?;
    let wanted = assignment::DesiredAssignment {
        scope: scope.to_owned(),
        principal: who.id,
        principal_type: kind.name().to_owned(),
        role: role.id,
        description: last_day.map(|day| expiry::record("", day)),
    };
    let given = assignment::ensure(site, &wanted).await.map_err(|err| explained(err, who))?;
    if given.created {
        return Ok((given.assignment, Change::Create));
    }
    let text = given.assignment.properties.description.clone();
    let text = text.unwrap_or_default();
    match (last_day, expiry::recorded(&text)) {
        (Some(day), known) if known != Some(day) => {
            let text = expiry::record(&text, day);
            let changed = assignment::describe(&site.client, &given.assignment, &text).await?;
            Ok((changed, Change::Update))
        }
        (None, Some(day)) => {
            site.reporter.warn(&format!(
                "the role was given before, until {day}; give --expires to change that"
            ));
            Ok((given.assignment, Change::Keep))
        }
        _ => Ok((given.assignment, Change::Keep)),
    }
}

fn explained(err: Error, who: &Assignee) -> Error {
    let causes = err.causes().join(" ");
    if causes.contains("PrincipalNotFound") || causes.contains("UnmatchedPrincipalType") {
        return Error::new(
            Kind::NotFound,
            format!("the gallery's tenant knows no {} with object id {}", who.kind.map_or("principal", assignee::PrincipalType::name), who.id),
        )
        .caused_by(err)
        .hint("Give the object id of the service principal, user or group, not of an app registration; `--assignee NAME` finds it.");
    }
    err
}

/// What the sharing matrix says of a place and a role. Source: the table of the page above.
fn advice(place: &Place, role: &Role) -> Vec<String> {
    let mut advice = Vec::new();
    match place.level() {
        Level::Gallery => {}
        Level::Definition => advice.push(
            "An image definition was shared: the consumer uses it and its versions, but does not see the gallery and its other images; sharing the gallery is recommended.".to_owned(),
        ),
        Level::Version => advice.push(
            "A single version was shared, which Microsoft advises against: the consumer sees neither the definition nor later versions, and `latest` does not work; share the gallery or the definition.".to_owned(),
        ),
    }
    if !role.reads_images() {
        advice.push(format!(
            "Role '{}' does not allow images to be used; Compute Gallery Image Reader does.",
            role.name
        ));
    }
    if role.changes_images() {
        advice.push(format!(
            "Role '{}' also allows changes; Compute Gallery Image Reader is enough to use images.",
            role.name
        ));
    }
    advice
}

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
    let directory = Directory::new(site.app.graph(tenant)?);
    let scope = place.scope();
    let is_inside = |given: &str| scope_contains(&scope, given);
    access::by_roles(site.app, &directory, tenant, &roles, assignments, is_inside).await
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

/// Finds what somebody was given at a place; with a role only that one.
pub(crate) async fn removal(
    site: &Site<'_>,
    place: &Place,
    who: &Wanted,
    role: Option<&str>,
) -> Result<Removal> {
    place.require(&site.client).await?;
    let scope = place.scope();
    let tenant = place.tenant(&site.client).await?;
    let who = assignee::resolve(site.app, tenant, who).await?;
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

/// Takes role assignments back, each as the step of the same place in the plan; those that are gone already
/// are no failure.
pub(crate) async fn take_back(client: &Client, run: &Run<'_>) {
    let work = run.plan().steps.iter().enumerate().map(|(step, planned)| {
        run.attempt(step, async move {
            client.delete_role_assignment(&planned.id).await?;
            Ok(())
        })
    });
    fan_out(WRITES_AT_ONCE, work).await;
}

/// The name of an assignment's role, or its GUID.
pub(crate) fn role_label(found: &RoleAssignment) -> String {
    let id = resource_name(&found.properties.role_definition_id);
    found.role().map_or_else(|| id.to_owned(), role::label)
}

const WRITES_AT_ONCE: usize = 4;
