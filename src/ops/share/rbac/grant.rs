//! One role of one principal at one scope: what exists of it, the step that gives it, and the giving.

use jiff::civil::Date;
use serde_json::Value;

use crate::arm::role_assignments::RoleAssignment;
use crate::error::{Error, Kind, Result};
use crate::id::{ArmId, ResourceId, Scope, TenantId};
use crate::ops::access::assignee::{Assignee, PrincipalType};
use crate::ops::access::image_role::Role;
use crate::ops::access::{assignment, delegated_identity};
use crate::ops::change::{ChangeKind, Risk, Run, Step};
use crate::ops::expiry;
use crate::ops::site::Site;

/// A role that someone is to have at a scope.
#[derive(Debug)]
pub(crate) struct RoleGrant {
    pub scope: ArmId,
    pub role: Role,
    last_day: Option<Date>,
    /// The same role of the same principal, where it was given before.
    standing: Option<RoleAssignment>,
    delegated_identity: Option<String>,
}

impl RoleGrant {
    /// Reads the current state; there is none for a principal that has yet to be made known.
    ///
    /// # Errors
    /// If Azure refuses or does not answer; if it is not said what the principal is.
    pub(crate) async fn read(
        site: &Site<'_>,
        home: Option<TenantId>,
        scope: ArmId,
        role: Role,
        who: Option<&Assignee>,
        last_day: Option<Date>,
    ) -> Result<RoleGrant> {
        let mut grant =
            RoleGrant { scope, role, last_day, standing: None, delegated_identity: None };
        let Some(who) = who else {
            return Ok(grant);
        };
        grant.standing = assignment::existing(&site.client, &grant.wanted(who)?).await?;
        if grant.standing.is_none() && delegated_identity::is_delegated(site, home) {
            let scope: Scope = grant
                .scope
                .parse::<ResourceId>()
                .map(|id| id.scope)
                .or_else(|_| grant.scope.parse())
                .map_err(|err: crate::id::IdError| Error::usage(err.to_string()))?;
            let identity = delegated_identity::identity_of(site, &scope, who).await?;
            grant.delegated_identity = Some(identity.into());
        }
        Ok(grant)
    }

    /// What has to be done about it.
    pub(crate) fn change(&self) -> ChangeKind {
        match (&self.standing, self.last_day) {
            (None, _) => ChangeKind::Create,
            (Some(_), Some(day)) if self.recorded() != Some(day) => ChangeKind::Update,
            (Some(_), _) => ChangeKind::Keep,
        }
    }

    /// The last day that is there.
    fn recorded(&self) -> Option<Date> {
        self.standing.as_ref()?.properties.description.as_deref().and_then(expiry::recorded)
    }

    /// What the user should know before agreeing.
    pub(crate) fn warnings(&self) -> Option<String> {
        let day = self.recorded().filter(|_| self.last_day.is_none())?;
        Some(format!("the role was given before, until {day}; give --expires to change that"))
    }

    /// The step that gives it; without `who` it is given to someone whom the step before makes known.
    ///
    /// # Errors
    /// If it is not said what the principal is.
    pub(crate) fn step(&self, who: Option<&Assignee>, label: &str) -> Result<Step> {
        let role = self.role.name.as_str();
        let mut step = match who {
            None => assignment::later_addition_step(&self.scope, role, label),
            Some(who) => {
                let standing = self.standing.as_ref();
                assignment::addition_step(&self.wanted(who)?, standing, role, label)?
            }
        };
        step.change = self.change();
        if let (ChangeKind::Update, Some(day)) = (step.change, self.last_day) {
            step.after["properties"]["description"] = Value::String(self.described(day));
        }
        if let Some(day) = self.last_day {
            step = step.detail(format!("until {day}"));
        }
        if step.change == ChangeKind::Create && self.role.gives_roles() {
            step = step
                .because("it allows to give any role there")
                .risking(Risk::Opens(self.role.name.clone()));
        }
        Ok(step)
    }

    /// Does its step of the plan.
    ///
    /// # Errors
    /// If Azure refuses or does not answer.
    pub(crate) async fn carry_out(
        &self,
        site: &Site<'_>,
        run: &Run<'_>,
        step: usize,
        who: &Assignee,
    ) -> Result<RoleAssignment> {
        run.perform(step, async {
            match (&self.standing, self.change(), self.last_day) {
                (Some(found), ChangeKind::Update, Some(day)) => {
                    assignment::describe(&site.client, found, &self.described(day)).await
                }
                (Some(found), ..) => Ok(found.clone()),
                (None, ..) => {
                    let given = assignment::give_role(site, &self.wanted(who)?).await;
                    let given = given.map_err(|err| explained(err, who))?;
                    run.made(step, given.id.to_string());
                    Ok(given)
                }
            }
        })
        .await
    }

    /// The text that is kept with the assignment, with its last day.
    fn described(&self, day: Date) -> String {
        let standing = self.standing.as_ref();
        let text = standing.and_then(|found| found.properties.description.as_deref());
        expiry::record(text.unwrap_or_default(), day)
    }

    fn wanted(&self, who: &Assignee) -> Result<assignment::DesiredAssignment> {
        let kind = who.kind.ok_or_else(|| {
            Error::usage("--assignee-principal-type is missing").hint(
                "Say what the object id is: `--assignee-principal-type User|Group|ServicePrincipal`.",
            )
        })?;
        Ok(assignment::DesiredAssignment {
            scope: self.scope.clone(),
            principal: who.id,
            principal_type: kind.name().to_owned(),
            role: self.role.id,
            description: self.last_day.map(|day| expiry::record("", day)),
            delegated_identity: self.delegated_identity.clone(),
        })
    }
}

fn explained(err: Error, who: &Assignee) -> Error {
    let causes = err.causes().join(" ");
    if causes.contains("PrincipalNotFound") || causes.contains("UnmatchedPrincipalType") {
        return Error::new(
            Kind::NotFound,
            format!("the gallery's tenant knows no {} with object id {}", who.kind.map_or("principal", PrincipalType::name), who.id),
        )
        .caused_by(err)
        .hint("Give the object id of the service principal, user or group, not of an app registration; `--assignee NAME` finds it.");
    }
    err
}
