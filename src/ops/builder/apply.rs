//! Carries out a plan step by step: whatever breaks, what was done is reported, and the next run finishes it.

use std::time::Duration;

use serde::Serialize;

use super::check;
use super::plan::{Change, PlannedGrant, PlannedRole, SetupDraft};
use crate::arm::ArmError;
use crate::arm::managed_identity::ManagedIdentity;
use crate::error::{Error, Result};
use crate::ops::access::assignment;
use crate::ops::builder::target::Subject;
use crate::ops::change::Run;
use crate::ops::change::wait::Deadline;
use crate::ops::provider;
use crate::ops::site::Site;

/// What exists after a set-up, or would.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Setup {
    pub identity: IdentityView,
    /// The providers that were registered.
    pub registered_providers: Vec<String>,
    pub roles: Vec<RoleView>,
    /// Who has what where.
    pub assignments: Vec<AssignmentView>,
    /// `keep` if there was nothing to do.
    pub change: Change,
}

/// An identity as it is printed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentityView {
    pub id: String,
    pub name: String,
    pub location: String,
    /// The object id of its service principal; unknown until it exists.
    pub principal_id: Option<String>,
    /// The application id that it signs in with.
    pub client_id: Option<String>,
    pub tenant_id: Option<String>,
    /// What happened to it.
    pub change: Change,
}

/// A role as it is printed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleView {
    pub name: String,
    /// Its name for people.
    pub role_name: String,
    /// Where it may be assigned.
    pub assignable_scope: String,
    pub actions: Vec<String>,
    /// What happened to it.
    pub change: Change,
}

/// An assignment as it is printed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssignmentView {
    /// Full id; unknown until it exists.
    pub id: Option<String>,
    pub scope: String,
    pub role: String,
    /// Who has it; unknown until the identity exists.
    pub principal_id: Option<String>,
    /// What happened to it.
    pub change: Change,
}

impl Setup {
    /// What exists, or would: `identity` as it is by now, the rest as planned.
    pub(crate) fn of(plan: &SetupDraft, identity: Option<&ManagedIdentity>) -> Setup {
        let properties = identity.map(|identity| &identity.properties);
        let own = properties.map(|known| known.principal_id.to_string());
        let role = |PlannedRole { role, change, .. }: &PlannedRole| RoleView {
            name: role.id.to_string(),
            role_name: role.name.clone(),
            assignable_scope: role.scope.clone(),
            actions: role.actions.clone(),
            change: *change,
        };
        let assignment = |grant: &PlannedGrant| AssignmentView {
            id: grant.standing.as_ref().map(|found| found.id.to_string()),
            scope: grant.scope.clone(),
            role: grant.role_name.clone(),
            principal_id: match &grant.receiver {
                Some(receiver) => Some(receiver.principal_id.to_string()),
                None => own.clone(),
            },
            change: grant.change,
        };
        let (change, of_identity) = match (plan.is_done(), &plan.known) {
            (true, _) => (Change::Keep, Change::Keep),
            (false, Some(_)) => (Change::Create, Change::Keep),
            (false, None) => (Change::Create, Change::Create),
        };
        Setup {
            identity: IdentityView {
                id: identity.map_or_else(
                    || plan.identity.to_string(),
                    |identity| identity.id.clone().into(),
                ),
                name: plan.identity.name().to_owned(),
                location: identity
                    .map_or_else(|| plan.location.clone(), |identity| identity.location.clone()),
                principal_id: own.clone(),
                client_id: properties.map(|known| known.client_id.to_string()),
                tenant_id: properties.map(|known| known.tenant_id.to_string()),
                change: of_identity,
            },
            registered_providers: plan
                .register
                .iter()
                .map(|namespace| (*namespace).to_owned())
                .collect(),
            roles: plan.roles.iter().map(role).collect(),
            assignments: plan.grants.iter().map(assignment).collect(),
            change,
        }
    }
}

/// Does what a plan says, and waits until Azure shows it.
///
/// # Errors
/// If Azure refuses or does not answer; what was done before stays.
pub(crate) async fn apply(
    site: &Site<'_>,
    subject: &Subject,
    draft: &mut SetupDraft,
    run: &Run<'_>,
) -> Result<Setup> {
    let subscription = draft.identity.subscription();
    for (place, namespace) in draft.register.iter().enumerate() {
        run.perform(place, provider::register(site, subscription, namespace)).await?;
    }
    let identity = identity(site, draft, run).await?;
    for (place, planned) in (draft.first_role_place()..).zip(&draft.roles) {
        if planned.change != Change::Keep {
            site.reporter.step(&format!("Writing role '{}'…", planned.role.name));
            let written = run.perform(place, async {
                site.client.put_role(&planned.role).await.map_err(|err| role_refused(err, planned))
            });
            written.await?;
            until_known(site, planned).await?;
        }
    }
    give_roles(site, draft, &identity, run).await?;
    if !run.plan().is_settled() {
        until_granted(site, subject, &identity).await?;
    }
    Ok(Setup::of(draft, Some(&identity)))
}

async fn identity(site: &Site<'_>, draft: &SetupDraft, run: &Run<'_>) -> Result<ManagedIdentity> {
    if let Some(known) = &draft.known {
        return Ok(known.clone());
    }
    site.reporter.step(&format!("Creating identity {}…", draft.identity.name()));
    let work = site.client.put_identity(&draft.identity, &draft.location);
    run.perform(draft.identity_place(), async { Ok(work.await?) }).await
}

async fn give_roles(
    site: &Site<'_>,
    draft: &mut SetupDraft,
    identity: &ManagedIdentity,
    run: &Run<'_>,
) -> Result<()> {
    let first = draft.first_grant_place();
    for at in 0..draft.grants.len() {
        let grant = &draft.grants[at];
        let wanted = draft.wanted(grant, Some(identity));
        let (Change::Create, Some(wanted)) = (grant.change, wanted) else {
            continue;
        };
        site.reporter.step(&format!("Giving role '{}' at {}…", grant.role_name, grant.scope));
        let given = run.perform(first + at, async {
            let given = assignment::give_role(site, &wanted).await?;
            run.made(first + at, given.id.to_string());
            Ok(given)
        });
        draft.grants[at].standing = Some(given.await?);
    }
    Ok(())
}

/// A name may be taken by a role that was deleted a moment ago, or made by hand elsewhere.
fn role_refused(err: ArmError, planned: &PlannedRole) -> Error {
    let is_taken = err.code() == "RoleDefinitionWithSameNameExists";
    let err = Error::from(err);
    if is_taken {
        err.hint(format!(
            "Look for it with `az role definition list --custom-role-only --name '{}'`; rename it, or wait some minutes if it was deleted.",
            planned.role.name
        ))
    } else {
        err
    }
}

/// A role made a moment ago is not known everywhere; Terraform waits for it as well.
async fn until_known(site: &Site<'_>, planned: &PlannedRole) -> Result<()> {
    let mut deadline = Deadline::new(site.app, CONSISTENCY);
    while site.client.role_at(&planned.role.scope, planned.role.id).await?.is_none() {
        site.reporter.step("Waiting until Azure knows the role…");
        deadline.pause().await?;
    }
    Ok(())
}

/// What was given must be seen where it is needed: lists are behind by seconds, sometimes minutes.
async fn until_granted(
    site: &Site<'_>,
    subject: &Subject,
    identity: &ManagedIdentity,
) -> Result<()> {
    let mut deadline = Deadline::new(site.app, CONSISTENCY);
    loop {
        let missing = check::missing(site, subject, identity.properties.principal_id).await?;
        let Some(first) = missing.first() else {
            return Ok(());
        };
        site.reporter.step("Waiting for the role assignments to propagate…");
        let late = format!("Azure does not show {} at {} yet", first.action, first.scope);
        deadline.pause().await.map_err(|err| {
            Error::from(err)
                .while_doing(late)
                .hint(format!("Look again in a few minutes: `{}`.", plan_check(subject)))
        })?;
    }
}

fn plan_check(subject: &Subject) -> String {
    let needs = subject.scenario.needs();
    let mut arguments: Vec<&str> = needs.iter().map(|need| need.argument.as_str()).collect();
    arguments.dedup();
    format!("az-imageshare builder check --identity {} {}", subject.identity, arguments.join(" "))
}

const CONSISTENCY: Duration = Duration::from_secs(10 * 60);
