//! What taking an identity away means: its assignments, the roles that nobody else uses, itself. Reads only.

use super::actions::is_documented;
use super::grants::MARK;
use crate::arm::authorization::RoleDefinition;
use crate::arm::role_assignments::RoleAssignment;
use crate::arm::{ArmError, Client};
use crate::error::Result;
use crate::id::{ResourceId, RoleId, Scope, SubscriptionId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::site::Site;

/// What is to be removed.
#[derive(Clone, Debug)]
pub(crate) struct Removal {
    pub identity: ResourceId,
    /// Full ids of the assignments, and how people know them.
    pub assignments: Vec<(String, String)>,
    /// The roles: where they are deleted, their GUID and name.
    pub roles: Vec<(String, RoleId, String)>,
    /// Names of the roles that stay because others have them.
    pub staying: Vec<String>,
    /// True if the identity itself goes.
    pub with_identity: bool,
    /// The command that takes the work up again.
    pub again: String,
}

/// Works out what goes with an identity.
///
/// # Errors
/// If Azure refuses or does not answer; an identity that does not exist is no error.
pub(crate) async fn plan(
    site: &Site<'_>,
    identity: &ResourceId,
    keep_identity: bool,
) -> Result<Removal> {
    let keep = if keep_identity { " --keep-identity" } else { "" };
    let mut removal = Removal {
        identity: identity.clone(),
        assignments: Vec::new(),
        roles: Vec::new(),
        staying: Vec::new(),
        with_identity: false,
        again: format!("az-imageshare builder remove --identity {identity} --yes{keep}"),
    };
    let Some(known) = site.client.identity(identity).await? else {
        return Ok(removal);
    };
    removal.with_identity = !keep_identity;
    let principal = known.properties.principal_id.to_string();
    let subscriptions =
        subscriptions(&site.client, identity, &known.properties.tenant_id.to_string()).await?;
    let mut all: Vec<RoleAssignment> = Vec::new();
    let mut roles: Vec<RoleDefinition> = Vec::new();
    let reads = subscriptions.iter().map(|id| read(&site.client, *id));
    for (id, found) in subscriptions.iter().zip(fan_out(AT_ONCE, reads).await) {
        match found {
            Ok((assignments, known)) => {
                all.extend(assignments);
                roles.extend(known);
            }
            Err(err) if err.is_forbidden() && *id != identity.subscription() => {
                site.reporter.warn(&format!(
                    "subscription {id} cannot be read: roles of the identity there are kept"
                ));
            }
            Err(err) => return Err(err.into()),
        }
    }
    let goes = |one: &RoleAssignment| {
        one.properties.principal_id.eq_ignore_ascii_case(&principal)
            || (removal.with_identity && one.is_at(&identity.to_string()))
    };
    let (going, others): (Vec<_>, Vec<_>) = all.into_iter().partition(goes);
    for assignment in &going {
        let entry = (assignment.id.to_string(), described(assignment, &roles));
        if !removal.assignments.iter().any(|(id, _)| assignment.id == *id) {
            removal.assignments.push(entry);
        }
    }
    for role in roles {
        sort_role(&mut removal, &role, &going, &others);
    }
    Ok(removal)
}

/// Every subscription of the identity's tenant that we see, its own first.
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

fn described(assignment: &RoleAssignment, roles: &[RoleDefinition]) -> String {
    let id = assignment.role();
    let known =
        roles.iter().find(|role| role.guid() == id).map(|role| role.properties.role_name.clone());
    let built_in = || id.map(crate::ops::access::role::label);
    let name = known.or_else(built_in).unwrap_or_default();
    format!("role '{name}' at {}", assignment.properties.scope)
}

/// Only roles that do what the documents' roles do are ours to delete: a team's own role may mean more.
fn sort_role(
    removal: &mut Removal,
    role: &RoleDefinition,
    going: &[RoleAssignment],
    others: &[RoleAssignment],
) {
    let Some(id) = role.guid() else {
        return;
    };
    let has = |all: &[RoleAssignment]| all.iter().any(|one| one.role() == Some(id));
    let is_marked = role.properties.description.contains(MARK);
    let is_listed = removal.roles.iter().any(|(_, known, _)| *known == id);
    let permissions = &role.properties.permissions;
    let is_plain = permissions.iter().all(|one| {
        one.data_actions.is_empty() && one.actions.iter().all(|action| is_documented(action))
    });
    let (Some(scope), true, false) =
        (role.properties.assignable_scopes.first(), is_plain, is_listed)
    else {
        return;
    };
    let name = role.properties.role_name.clone();
    match (has(going), has(others)) {
        (true, true) if !removal.staying.contains(&name) => removal.staying.push(name),
        (true, false) => removal.roles.push((scope.clone(), id, name)),
        // Left behind by a removal that was interrupted.
        (false, false) if is_marked => removal.roles.push((scope.clone(), id, name)),
        _ => {}
    }
}

impl Removal {
    /// True if there is nothing (left) to remove.
    pub(crate) fn is_empty(&self) -> bool {
        self.assignments.is_empty() && self.roles.is_empty() && !self.with_identity
    }

    /// What goes and what stays, in lines.
    pub(crate) fn summary(&self) -> Vec<String> {
        let mut lines = vec![format!("Image Builder's identity {}:", self.identity)];
        lines.extend(self.assignments.iter().map(|(_, what)| format!("  removes {what}")));
        lines.extend(self.roles.iter().map(|(_, _, name)| format!("  removes role '{name}'")));
        lines.extend(
            self.staying.iter().map(|name| format!("  role '{name}' stays: others have it")),
        );
        lines.push(if self.with_identity {
            "  removes the identity; image templates that name it can no longer build".to_owned()
        } else {
            "  the identity stays".to_owned()
        });
        lines
    }

    /// The question to ask before it is done.
    pub(crate) fn question(&self) -> String {
        format!("{}\nDo you want to remove it?", self.summary().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SCOPE: &str = "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/g";
    const ROLE: &str = "9f0c9d3a-0000-4000-8000-000000000001";

    fn removal() -> Removal {
        Removal {
            identity: format!(
                "{SCOPE}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aib"
            )
            .parse()
            .unwrap(),
            assignments: Vec::new(),
            roles: Vec::new(),
            staying: Vec::new(),
            with_identity: true,
            again: "again".into(),
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
