//! Giving a role so that a second run changes nothing: read first, a derived name, patience with
//! directories that have not heard of a new principal yet.

use std::ops::Range;
use std::time::Duration;

use serde_json::Value;

use crate::arm::role_assignments::{RoleAssignment, RoleAssignmentProperties};
use crate::arm::{ArmError, Client, Refusal};
use crate::error::Result;
use crate::id::{ArmId, PrincipalId, RoleId, Scope, arm_guid};
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::wait::Deadline;
use crate::ops::change::{ChangeKind, Run, Step, WriteKind};
use crate::ops::site::Site;

/// A role that a principal is to have at a scope.
#[derive(Clone, Debug)]
pub(crate) struct DesiredAssignment {
    /// Full resource id of the scope, from `/subscriptions/` on.
    pub scope: ArmId,
    /// Object id in the directory of the scope's tenant.
    pub principal: PrincipalId,
    /// `User`, `Group` or `ServicePrincipal`.
    pub principal_type: String,
    pub role: RoleId,
    /// Free text that is kept with the assignment.
    pub description: Option<String>,
    /// The managed identity that the principal belongs to, where Azure needs it: see [`super::delegated_identity`].
    pub delegated_identity: Option<String>,
}

/// Finds the assignment that already is what is wanted, under whatever name.
pub(crate) async fn existing(
    client: &Client,
    wanted: &DesiredAssignment,
) -> Result<Option<RoleAssignment>> {
    let known = client.role_assignments(&wanted.scope, Some(wanted.principal)).await?;
    Ok(known
        .into_iter()
        .find(|found| found.is_at(&wanted.scope) && found.role() == Some(wanted.role)))
}

/// Assigns a role that did not exist when it was looked for; one assigned meanwhile under another name is as good.
///
/// # Errors
/// If Azure refuses, does not answer, or does not know the principal within ten minutes.
pub(crate) async fn give_role(
    site: &Site<'_>,
    wanted: &DesiredAssignment,
) -> Result<RoleAssignment> {
    let (name, properties) = (name(wanted), properties(wanted)?);
    let mut deadline = Deadline::new(site.app, REPLICATION);
    loop {
        match site.client.put_role_assignment(&wanted.scope, name, &properties).await {
            Ok(assignment) => return Ok(assignment),
            Err(ArmError::Refused(refusal)) if refusal.code == "RoleAssignmentExists" => {
                return Ok(existing(&site.client, wanted).await?.unwrap_or_default());
            }
            Err(ArmError::Refused(refusal)) if is_replicating(&refusal) => {
                let who = wanted.principal;
                site.reporter.step(&format!("Waiting until the directory knows {who}"));
                // Its own refusal says more than "still running".
                if deadline.pause().await.is_err() {
                    return Err(ArmError::Refused(refusal).into());
                }
            }
            Err(err) => return Err(err.into()),
        }
    }
}

/// The step that gives a role, or keeps the one that exists.
///
/// # Errors
/// If the scope is none in a subscription.
pub(crate) fn addition_step(
    wanted: &DesiredAssignment,
    standing: Option<&RoleAssignment>,
    role: &str,
    who: &str,
) -> Result<Step> {
    let what = format!("role '{role}' of '{who}' at {}", wanted.scope);
    let kind = WriteKind::RoleAssignment;
    let step = match standing {
        Some(found) => Step::new(ChangeKind::Keep, kind, &found.id, what)
            .between(body_of(found), body_of(found)),
        None => {
            let after = serde_json::json!({ "properties": properties(wanted)? });
            Step::new(ChangeKind::Create, kind, &id_of(wanted), what).between(Value::Null, after)
        }
    };
    Ok(step.at(&wanted.scope))
}

/// The step that gives a role to someone whom only Azure or Entra can name, once it has made them.
pub(crate) fn later_addition_step(scope: &str, role: &str, who: &str) -> Step {
    let what = format!("role '{role}' of '{who}' at {scope}");
    Step::new(ChangeKind::Create, WriteKind::RoleAssignment, "", what).at(scope)
}

/// The step that takes a role assignment away; undone by giving it again under its own name.
pub(crate) fn removal_step(found: &RoleAssignment, role: &str, who: &str) -> Step {
    let what = format!("role '{role}' of '{who}' at {}", found.properties.scope);
    Step::new(ChangeKind::Remove, WriteKind::RoleAssignment, &found.id, what)
        .at(&found.properties.scope)
        .between(body_of(found), Value::Null)
}

/// Removes role assignments, each as its step of the plan; those that are gone already are not a failure. False if
/// one of them stays.
pub(crate) async fn take_back(client: &Client, run: &Run<'_>, steps: Range<usize>) -> bool {
    let work = steps.map(|step| {
        let planned = &run.plan().steps[step];
        run.attempt(step, async move {
            client.delete_role_assignment(&planned.id).await?;
            Ok(())
        })
    });
    fan_out(WRITES_AT_ONCE, work).await.iter().all(Option::is_some)
}

/// A role assignment as Azure takes it.
pub(crate) fn body_of(found: &RoleAssignment) -> Value {
    serde_json::json!({ "properties": found.properties })
}

/// Changes the text that is kept with an assignment, and nothing else.
pub(crate) async fn describe(
    client: &Client,
    known: &RoleAssignment,
    description: &str,
) -> Result<RoleAssignment> {
    let mut properties = known.properties.clone();
    properties.description = Some(description.to_owned());
    let scope = known.properties.scope.as_str();
    let name = known.name.parse().map_err(|_| {
        crate::error::Error::new(
            crate::error::Kind::Failure,
            format!("role assignment '{}' has no GUID for a name", known.id),
        )
    })?;
    Ok(client.put_role_assignment(scope, name, &properties).await?)
}

/// The name of the assignment: the same for the same role of the same principal at the same scope.
pub(crate) fn name(wanted: &DesiredAssignment) -> uuid::Uuid {
    let scope = wanted.scope.trim_end_matches('/').to_lowercase();
    arm_guid(&[&scope, &wanted.principal.to_string(), &wanted.role.to_string()])
}

/// The full id of the assignment that [`give_role`] makes.
fn id_of(wanted: &DesiredAssignment) -> String {
    let scope = wanted.scope.trim_end_matches('/');
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{}", name(wanted))
}

fn properties(wanted: &DesiredAssignment) -> Result<RoleAssignmentProperties> {
    let place: Scope = wanted
        .scope
        .parse()
        .map_err(|err: crate::id::IdError| crate::error::Error::usage(err.to_string()))?;
    let role = format!(
        "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{}",
        place.subscription, wanted.role
    );
    Ok(RoleAssignmentProperties {
        role_definition_id: role.into(),
        principal_id: wanted.principal.to_string().into(),
        principal_type: Some(wanted.principal_type.clone()),
        description: wanted.description.clone(),
        delegated_managed_identity_resource_id: wanted.delegated_identity.clone().map(Into::into),
        ..RoleAssignmentProperties::default()
    })
}

/// True if the principal or the role was made a moment ago and is not known everywhere yet.
fn is_replicating(refusal: &Refusal) -> bool {
    ["PrincipalNotFound", "RoleDefinitionDoesNotExist"].contains(&refusal.code.as_str())
}

/// How long a directory may take to hear of a new principal; `az` gives it three minutes.
const REPLICATION: Duration = Duration::from_secs(600);
/// How many role assignments are written at the same time.
const WRITES_AT_ONCE: usize = 4;
