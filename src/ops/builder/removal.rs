//! What taking an identity away means: its assignments, the roles that no one else uses, itself. Reads only.

use serde_json::{Value, json};

use super::actions::is_documented;
use super::grants::MARK;
use crate::arm::authorization::RoleDefinition;
use crate::arm::managed_identity::ManagedIdentity;
use crate::arm::role_assignments::RoleAssignment;
use crate::arm::{ArmError, Client};
use crate::error::Result;
use crate::id::{ResourceId, Scope, SubscriptionId};
use crate::ops::access::assignment::removal_step;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::{Observed, unread_line};
use crate::ops::change::{ChangeKind, Plan, Step, WriteKind};
use crate::ops::site::Site;

/// What goes with an identity, and what stays.
#[derive(Clone, Debug)]
pub(crate) struct BuilderRemoval {
    pub identity: ResourceId,
    /// The identity, if it exists.
    pub known: Option<ManagedIdentity>,
    /// The assignments, and how people know their roles.
    pub assignments: Vec<(RoleAssignment, String)>,
    /// The roles, and where they are deleted.
    pub roles: Vec<(String, RoleDefinition)>,
    /// The roles that stay because others have them.
    pub staying: Vec<RoleDefinition>,
    /// Subscriptions that could not be looked into.
    unread: Vec<SubscriptionId>,
    /// True if the identity itself goes.
    pub with_identity: bool,
}

/// Works out what goes with an identity.
///
/// # Errors
/// If Azure refuses or does not answer; an identity that does not exist is not an error.
pub(crate) async fn find_removal(
    site: &Site<'_>,
    identity: &ResourceId,
    keep_identity: bool,
) -> Result<BuilderRemoval> {
    // Without it everything else is left as it is: that it is not there is asked twice.
    let known = match site.client.identity(identity).await? {
        None => site.client.identity(identity).await?,
        found => found,
    };
    let mut removal = BuilderRemoval {
        identity: identity.clone(),
        with_identity: known.is_some() && !keep_identity,
        known,
        assignments: Vec::new(),
        roles: Vec::new(),
        staying: Vec::new(),
        unread: Vec::new(),
    };
    let Some(properties) = removal.known.as_ref().map(|known| known.properties.clone()) else {
        return Ok(removal);
    };
    let principal = properties.principal_id.to_string();
    let subscriptions =
        subscriptions(&site.client, identity, &properties.tenant_id.to_string()).await?;
    let mut all: Vec<RoleAssignment> = Vec::new();
    let mut roles: Vec<RoleDefinition> = Vec::new();
    let reads = subscriptions.iter().map(|id| read(&site.client, *id));
    for (id, found) in subscriptions.iter().zip(fan_out(AT_ONCE, reads).await) {
        let is_own = *id == identity.subscription();
        match if is_own { Observed::Told(found?) } else { Observed::permitted(found)? } {
            Observed::Told((assignments, known)) => {
                all.extend(assignments);
                roles.extend(known);
            }
            Observed::Untold(_) => removal.unread.push(*id),
        }
    }
    let goes = |one: &RoleAssignment| {
        one.properties.principal_id == principal
            || (removal.with_identity && one.is_at(&identity.to_string()))
    };
    let (going, others): (Vec<_>, Vec<_>) = all.into_iter().partition(goes);
    for found in &going {
        if !removal.assignments.iter().any(|(known, _)| known.id == found.id) {
            removal.assignments.push((found.clone(), role_name(found, &roles)));
        }
    }
    for role in roles {
        sort_role(&mut removal, &role, &going, &others);
    }
    Ok(removal)
}

/// Every visible subscription of the identity's tenant, its own first.
async fn subscriptions(
    client: &Client,
    identity: &ResourceId,
    tenant: &str,
) -> Result<Vec<SubscriptionId>> {
    let mut found = vec![identity.subscription()];
    for subscription in client.subscriptions().await? {
        let is_own =
            subscription.tenant_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(tenant));
        if let (true, Ok(id)) = (is_own, subscription.subscription_id.parse()) {
            found.push(id);
        }
    }
    found.dedup();
    let first = found[0];
    let rest = found.split_off(1);
    found.extend(rest.into_iter().filter(|id| *id != first));
    Ok(found)
}

async fn read(
    client: &Client,
    subscription: SubscriptionId,
) -> Result<(Vec<RoleAssignment>, Vec<RoleDefinition>), ArmError> {
    let scope = Scope::subscription(subscription).to_string();
    let (assignments, roles) =
        tokio::join!(client.role_assignments(&scope, None), client.custom_roles_below(&scope));
    Ok((assignments?, roles?))
}

fn role_name(assignment: &RoleAssignment, roles: &[RoleDefinition]) -> String {
    let id = assignment.role();
    let known =
        roles.iter().find(|role| role.guid() == id).map(|role| role.properties.role_name.clone());
    known.or_else(|| id.map(crate::ops::access::role::label)).unwrap_or_default()
}

/// Only roles that do what the documents' roles do are deleted: a team's own role may mean more.
fn sort_role(
    removal: &mut BuilderRemoval,
    role: &RoleDefinition,
    going: &[RoleAssignment],
    others: &[RoleAssignment],
) {
    let Some(id) = role.guid() else {
        return;
    };
    let has = |all: &[RoleAssignment]| all.iter().any(|one| one.role() == Some(id));
    let is_marked = role.properties.description.contains(MARK);
    let listed = |known: &RoleDefinition| known.guid() == Some(id);
    let is_listed = removal.roles.iter().any(|(_, known)| listed(known));
    let permissions = &role.properties.permissions;
    let is_plain = permissions.iter().all(|one| {
        one.data_actions.is_empty() && one.actions.iter().all(|action| is_documented(action))
    });
    let (Some(scope), true, false) =
        (role.properties.assignable_scopes.first(), is_plain, is_listed)
    else {
        return;
    };
    match (has(going), has(others)) {
        (true, true) if !removal.staying.iter().any(listed) => removal.staying.push(role.clone()),
        (true, false) => removal.roles.push((scope.clone(), role.clone())),
        // Left behind by a removal that was interrupted.
        (false, false) if is_marked => removal.roles.push((scope.clone(), role.clone())),
        _ => {}
    }
}

impl BuilderRemoval {
    /// What goes, in this order: assignments, roles, the identity; then what stays.
    pub(crate) fn plan(&self) -> Plan {
        let name = self.identity.name();
        let unread = |id: &SubscriptionId| {
            unread_line(&format!("subscription {id}"), "roles of the identity there are kept")
        };
        let mut plan = Plan {
            warnings: self.unread.iter().map(unread).collect(),
            whom: Some(format!("identity '{name}'")),
            nothing: Some(format!("{}: nothing is left to remove.", self.identity)),
            ..Plan::titled(format!("Image Builder's identity {}:", self.identity))
        };
        let given = self.assignments.iter();
        plan.steps.extend(given.map(|(found, role)| removal_step(found, role, name)));
        plan.steps.extend(self.roles.iter().map(|(scope, role)| {
            role_step(ChangeKind::Remove, role).at(scope).between(role.body(), Value::Null)
        }));
        plan.steps.extend(self.known.as_ref().map(|known| self.identity_step(known)));
        plan.steps.extend(
            self.staying
                .iter()
                .map(|role| role_step(ChangeKind::Keep, role).because("it stays: others have it")),
        );
        plan
    }

    fn identity_step(&self, known: &ManagedIdentity) -> Step {
        let id = self.identity.to_string();
        let before = json!({"location": known.location, "tags": known.tags,
            "principalId": known.properties.principal_id});
        let kind = WriteKind::ManagedIdentity;
        let step = if self.with_identity {
            Step::new(ChangeKind::Remove, kind, &id, format!("identity {id}"))
                .because("image templates that name it can no longer build")
                .because(
                    "made again, it is another principal: what was given to it elsewhere is lost",
                )
        } else {
            Step::new(ChangeKind::Keep, kind, &id, format!("identity {id}"))
        };
        step.at(&self.identity.scope.to_string()).between(before, Value::Null)
    }
}

fn role_step(change: ChangeKind, role: &RoleDefinition) -> Step {
    let what = format!("custom role '{}'", role.properties.role_name);
    Step::new(change, WriteKind::RoleDefinition, &role.id, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: &str = "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/g";
    const ROLE: &str = "9f0c9d3a-0000-4000-8000-000000000001";

    fn removal() -> BuilderRemoval {
        BuilderRemoval {
            identity: format!(
                "{SCOPE}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aib"
            )
            .parse()
            .unwrap(),
            assignments: Vec::new(),
            roles: Vec::new(),
            staying: Vec::new(),
            known: None,
            unread: Vec::new(),
            with_identity: true,
        }
    }

    fn role(actions: &[&str], description: &str) -> RoleDefinition {
        let role = json!({"name": ROLE, "properties": {"roleName": "r", "type": "CustomRole", "description": description,
            "assignableScopes": [SCOPE], "permissions": [{"actions": actions}]}});
        serde_json::from_value(role).unwrap()
    }

    fn assignment() -> RoleAssignment {
        let body = json!({"id": "/a", "properties": {"roleDefinitionId": format!("/x/{ROLE}"), "principalId": "p", "scope": SCOPE}});
        serde_json::from_value(body).unwrap()
    }

    fn outcome(
        role: &RoleDefinition,
        going: &[RoleAssignment],
        others: &[RoleAssignment],
    ) -> (usize, usize) {
        let mut removal = removal();
        sort_role(&mut removal, role, going, others);
        (removal.roles.len(), removal.staying.len())
    }

    #[test]
    fn only_documented_roles_that_nobody_else_has_go() {
        let documented = role(&["Microsoft.Compute/images/read"], "by sed");
        let marked = role(&["Microsoft.Compute/images/read"], MARK);
        let own = role(&["Microsoft.Compute/*"], MARK);
        assert_eq!(outcome(&documented, &[assignment()], &[]), (1, 0));
        assert_eq!(outcome(&documented, &[assignment()], &[assignment()]), (0, 1));
        assert_eq!(outcome(&documented, &[], &[]), (0, 0));
        assert_eq!(outcome(&marked, &[], &[]), (1, 0));
        assert_eq!(outcome(&marked, &[], &[assignment()]), (0, 0));
        assert_eq!(outcome(&own, &[assignment()], &[]), (0, 0));
    }
}
