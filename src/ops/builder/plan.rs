//! What a set-up will do: what is missing against what exists. Reads only.

use serde::Serialize;

use super::facts::{self, Facts};
use super::grants::{Grant, Role, grants};
use super::rules;
use super::scenario::submission;
use crate::arm::Client;
use crate::arm::authorization::{Permission, RoleDefinition};
use crate::arm::custom_roles::NewRole;
use crate::arm::managed_identity::ManagedIdentity;
use crate::arm::role_assignments::RoleAssignment;
use crate::error::Result;
use crate::id::{ResourceId, RoleId, TenantId};
use crate::ops::access::assignment::{self, DesiredAssignment};
use crate::ops::access::delegated_identity;
use crate::ops::access::principal::Principal;
use crate::ops::builder::target::Subject;
use crate::ops::change::findings::Findings;
use crate::ops::provider;
use crate::ops::site::Site;

/// What happens to one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Change {
    /// It is made.
    Create,
    /// It is there, and stays as it is.
    Keep,
    /// It is there, and not as it should be.
    Repair,
}

/// A role that is made, or used as it is.
#[derive(Clone, Debug)]
pub(crate) struct PlannedRole {
    /// The role, under the id and name that it has or will have.
    pub role: NewRole,
    /// The role of that id as it is.
    pub standing: Option<RoleDefinition>,
    /// What happens to it.
    pub change: Change,
}

/// A role that is given.
#[derive(Clone, Debug)]
pub(crate) struct PlannedGrant {
    /// Full id of the scope.
    pub scope: String,
    pub role: RoleId,
    pub role_name: String,
    /// Who gets it, if it is not the identity.
    pub receiver: Option<Principal>,
    /// The assignment, if it exists.
    pub standing: Option<RoleAssignment>,
    /// What happens to it.
    pub change: Change,
}

/// Everything a set-up takes: what exists, and what has to be done.
#[derive(Clone, Debug)]
pub(crate) struct SetupDraft {
    pub identity: ResourceId,
    /// The identity, if it exists.
    pub known: Option<ManagedIdentity>,
    /// Where it is made.
    pub location: String,
    /// The providers that have to be registered.
    pub register: Vec<&'static str>,
    pub roles: Vec<PlannedRole>,
    /// Who gets what where.
    pub grants: Vec<PlannedGrant>,
    /// Whether the caller works through a delegation, from another tenant than the identity's.
    pub delegated: bool,
}

/// Works out what has to be done.
///
/// # Errors
/// If something speaks against it, all of it in one error; if Azure refuses or does not answer.
pub(crate) async fn plan(
    site: &Site<'_>,
    subject: &Subject,
    wish: &Wish,
    mut findings: Findings,
) -> Result<SetupDraft> {
    let needs = subject.scenario.needs();
    let wanted = grants(&needs, subject.scenario.least_privilege);
    let facts = facts::gather(&site.client, subject, &needs, &wanted).await?;
    rules::check(&facts, &subject.identity.scope, &mut findings);
    let mut plan = draft(subject, wish, &facts, &wanted);
    plan.delegated = delegated_identity::is_delegated(site, home_tenant(&facts, subject));
    look_up(&site.client, &mut plan, &findings).await?;
    rules::check_rights(&facts, &plan, &mut findings);
    findings.settle(site.reporter, "nothing was changed")?;
    Ok(plan)
}

/// What was asked for besides the scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    /// Who submits templates with the identity.
    pub submitter: Option<Principal>,
    /// Where the identity is made; where its group is, if not said.
    pub location: Option<String>,
}

fn draft(subject: &Subject, wish: &Wish, facts: &Facts, wanted: &[Grant]) -> SetupDraft {
    let home = facts.groups.iter().find(|(scope, _)| *scope == subject.identity.scope);
    let location = home.and_then(|(_, group)| group.as_ref()).map(|group| group.location.clone());
    let mut plan = SetupDraft {
        identity: subject.identity.clone(),
        known: facts.identity.clone(),
        location: wish.location.clone().or(location).unwrap_or_default(),
        register: facts
            .providers
            .iter()
            .filter(|(_, state)| !provider::is_registered(state))
            .map(|(namespace, _)| *namespace)
            .collect(),
        roles: Vec::new(),
        grants: Vec::new(),
        delegated: false,
    };
    for grant in wanted {
        let (role, role_name) = match &grant.role {
            Role::BuiltIn(role) => (role.id(), role.name.to_owned()),
            Role::Custom(new) => {
                let planned = planned(new, facts);
                let chosen = (planned.role.id, planned.role.name.clone());
                plan.roles.push(planned);
                chosen
            }
        };
        plan.grants.push(grant_of(grant.scope.clone(), role, role_name, None));
    }
    if let Some(submitter) = &wish.submitter {
        let need = submission(&subject.identity, &submitter.principal_id.to_string());
        if let Some(role) = need.purpose.built_in() {
            let grant =
                grant_of(need.scope, role.id(), role.name.to_owned(), Some(submitter.clone()));
            plan.grants.push(grant);
        }
    }
    plan
}

fn grant_of(
    scope: String,
    role: RoleId,
    role_name: String,
    receiver: Option<Principal>,
) -> PlannedGrant {
    PlannedGrant { scope, role, role_name, receiver, standing: None, change: Change::Create }
}

/// The role itself, or one that someone made with the same actions.
fn planned(new: &NewRole, facts: &Facts) -> PlannedRole {
    let known = facts.roles.iter().find(|(scope, _)| scope.eq_ignore_ascii_case(&new.scope));
    let known: &[RoleDefinition] = known.map_or(&[], |(_, roles)| roles);
    let own = known.iter().find(|role| role.guid() == Some(new.id));
    if let Some(own) = own {
        let change = if allows_exactly(own, &new.actions) { Change::Keep } else { Change::Repair };
        return PlannedRole { role: new.clone(), standing: Some(own.clone()), change };
    }
    let twin = known.iter().find(|role| allows_exactly(role, &new.actions));
    match twin.and_then(|twin| Some((twin, twin.guid()?))) {
        Some((twin, id)) => PlannedRole {
            role: NewRole { id, name: twin.properties.role_name.clone(), ..new.clone() },
            standing: Some(twin.clone()),
            change: Change::Keep,
        },
        None => PlannedRole { role: new.clone(), standing: None, change: Change::Create },
    }
}

fn allows_exactly(role: &RoleDefinition, actions: &[String]) -> bool {
    let sorted = |all: &[String]| {
        let mut all: Vec<String> = all.iter().map(|action| action.to_lowercase()).collect();
        all.sort();
        all
    };
    match role.properties.permissions.as_slice() {
        [Permission { actions: found, not_actions, data_actions, .. }] => {
            not_actions.is_empty() && data_actions.is_empty() && sorted(found) == sorted(actions)
        }
        _ => false,
    }
}

/// The tenant that owns the identity's subscription, as far as Azure reported.
fn home_tenant(facts: &Facts, subject: &Subject) -> Option<TenantId> {
    let home = subject.identity.subscription();
    let (_, tenant) = facts.tenants.iter().find(|(id, _)| *id == home)?;
    tenant.as_ref()?.parse().ok()
}

/// Finds the assignments that exist already.
async fn look_up(client: &Client, plan: &mut SetupDraft, findings: &Findings) -> Result<()> {
    if !findings.errors.is_empty() || plan.known.is_none() {
        return Ok(());
    }
    for place in 0..plan.grants.len() {
        let Some(wanted) = plan.wanted(&plan.grants[place], plan.known.as_ref()) else {
            continue;
        };
        if let Some(found) = assignment::existing(client, &wanted).await? {
            let grant = &mut plan.grants[place];
            grant.standing = Some(found);
            grant.change = Change::Keep;
        }
    }
    Ok(())
}

impl SetupDraft {
    /// What giving a role means to Azure; nothing while no one can know whom it is given to.
    pub(crate) fn wanted(
        &self,
        grant: &PlannedGrant,
        identity: Option<&ManagedIdentity>,
    ) -> Option<DesiredAssignment> {
        let (principal, kind) = match &grant.receiver {
            Some(receiver) => (receiver.principal_id, receiver.principal_type.clone()),
            None => (identity?.properties.principal_id, Some("ServicePrincipal".to_owned())),
        };
        let is_ours = grant.receiver.is_none() && self.delegated;
        Some(DesiredAssignment {
            scope: grant.scope.clone().into(),
            principal,
            principal_type: kind.unwrap_or_else(|| "User".to_owned()),
            role: grant.role,
            description: Some(format!("VM Image Builder, identity {}", self.identity.name())),
            delegated_identity: is_ours.then(|| self.identity.to_string()),
        })
    }

    /// Who gets a role, as people call them.
    pub(crate) fn receiver_label(&self, grant: &PlannedGrant) -> String {
        let Some(receiver) = &grant.receiver else {
            return self.identity.name().to_owned();
        };
        let name = receiver.principal_name.clone();
        name.unwrap_or_else(|| receiver.principal_id.to_string())
    }

    /// True if nothing has to be done.
    pub(crate) fn is_done(&self) -> bool {
        let kept = |change: Change| change == Change::Keep;
        self.known.is_some()
            && self.register.is_empty()
            && self.roles.iter().all(|role| kept(role.change))
            && self.grants.iter().all(|grant| kept(grant.change))
    }
}
