//! Writes at a management group: what has to be sent for one part of the policy route.

use serde_json::{Value, json};

use super::write::{ItemWrite, WriteAction};
use crate::arm::Client;
use crate::arm::policy::{managed_assignment, managed_definition, principal_of};
use crate::arm::role_assignments::RoleAssignmentProperties;
use crate::id::{PrincipalId, RoleId};
use crate::ops::access::assignment;
use crate::ops::change::{ChangeKind, Step, WriteKind};
use crate::ops::fleet::item::ItemPlan;
use crate::ops::fleet::outcome::ItemFailure;
use crate::ops::fleet::policy::names::scope_of;
use crate::ops::fleet::policy::rule::OWNER;
use crate::ops::fleet::policy::stands::identity_of;
use crate::ops::fleet::view::{ItemView, PolicyPart};

/// The writes between what exists and what is planned.
///
/// # Errors
/// If Azure does not say what they need to know, or another part has to be there first.
pub(super) async fn writes_of(
    client: &Client,
    item: &ItemPlan,
) -> Result<Vec<ItemWrite>, ItemFailure> {
    let Some(part) = item.policy_part() else { return Ok(Vec::new()) };
    match (part, &item.after) {
        (PolicyPart::Role, Some(_)) => give_role(client, item).await,
        (PolicyPart::Role, None) => take_role(client, item).await,
        (PolicyPart::Enforcement, Some(ItemView::Policy(after))) => {
            let now = assignment_now(client, &item.id).await?;
            let mut wanted = managed_assignment(&now);
            wanted["properties"]["enforcementMode"] = after.body["enforcementMode"].clone();
            let what = "policy assignment enforced: new subscriptions follow".to_owned();
            Ok(vec![put(WriteKind::PolicyAssignment, item, managed_assignment(&now), wanted, what)])
        }
        (PolicyPart::Assignment, Some(ItemView::Policy(after))) => {
            let now = client.policy(&item.id).await?;
            let mut wanted = after.body.clone();
            let known = now.as_ref().map(managed_assignment).unwrap_or_default();
            let mode = known["properties"]["enforcementMode"].as_str().unwrap_or("DoNotEnforce");
            wanted["properties"]["enforcementMode"] = json!(mode);
            if wanted["location"].is_null() {
                wanted["location"] = known["location"].clone();
            }
            let what = format!("policy assignment {}", crate::id::resource_name(&item.id));
            Ok(vec![put(WriteKind::PolicyAssignment, item, known, wanted, what)])
        }
        (PolicyPart::AllowedTenants, Some(ItemView::Policy(after))) => {
            let now = client.policy(&item.id).await?;
            let known = now.as_ref().map(managed_assignment).unwrap_or_default();
            let what = "policy that only lets some tenants manage".to_owned();
            Ok(vec![put(WriteKind::PolicyAssignment, item, known, after.body.clone(), what)])
        }
        (PolicyPart::Definition, Some(ItemView::Policy(after))) => {
            let now = client.policy(&item.id).await?;
            let known = now.as_ref().map(managed_definition).unwrap_or_default();
            let what = format!("policy definition {}", crate::id::resource_name(&item.id));
            Ok(vec![put(WriteKind::PolicyDefinition, item, known, after.body.clone(), what)])
        }
        (PolicyPart::Assignment | PolicyPart::AllowedTenants, None) => {
            let mut writes = cancellations(client, item).await?;
            writes.extend(removal(client, item, WriteKind::PolicyAssignment).await?);
            Ok(writes)
        }
        (PolicyPart::Definition, None) => removal(client, item, WriteKind::PolicyDefinition).await,
        _ => Err(ItemFailure::new("UnknownItem", format!("item {} is empty", item.key))),
    }
}

fn put(kind: WriteKind, item: &ItemPlan, known: Value, wanted: Value, what: String) -> ItemWrite {
    let change = if known.is_null() { ChangeKind::Create } else { ChangeKind::Update };
    let step = Step::new(change, kind, &item.id, what)
        .at(scope_of(&item.id))
        .between(known, wanted.clone());
    ItemWrite { step, action: WriteAction::PutPolicy(wanted) }
}

async fn removal(
    client: &Client,
    item: &ItemPlan,
    kind: WriteKind,
) -> Result<Vec<ItemWrite>, ItemFailure> {
    let Some(now) = client.policy(&item.id).await? else { return Ok(Vec::new()) };
    let known = match kind {
        WriteKind::PolicyDefinition => managed_definition(&now),
        _ => managed_assignment(&now),
    };
    let what = format!("{} {}", kind.noun(), crate::id::resource_name(&item.id));
    let step = Step::new(ChangeKind::Remove, kind, &item.id, what)
        .at(scope_of(&item.id))
        .between(known, Value::Null);
    Ok(vec![ItemWrite { step, action: WriteAction::DeletePolicy }])
}

/// What is under way is ended first: it would go on without its assignment.
async fn cancellations(client: &Client, item: &ItemPlan) -> Result<Vec<ItemWrite>, ItemFailure> {
    let all = client.remediations(scope_of(&item.id)).await?;
    let own = all.into_iter().filter(|found| {
        found.properties.policy_assignment_id.eq_ignore_ascii_case(&item.id) && !found.is_over()
    });
    let writes = own.map(|found| {
        let what = "remediation under way".to_owned();
        let step = Step::new(ChangeKind::Remove, WriteKind::Remediation, &found.id, what)
            .at(scope_of(&item.id));
        ItemWrite { step, action: WriteAction::CancelRemediation }
    });
    Ok(writes.collect())
}

async fn assignment_now(client: &Client, id: &str) -> Result<Value, ItemFailure> {
    client.policy(id).await?.ok_or_else(|| {
        let text = format!("policy assignment {id} does not exist");
        ItemFailure::new("PolicyAssignmentMissing", text)
    })
}

async fn give_role(client: &Client, item: &ItemPlan) -> Result<Vec<ItemWrite>, ItemFailure> {
    let of = identity_of(item);
    let now = assignment_now(client, &of).await?;
    let scope = scope_of(&of);
    let principal: Option<PrincipalId> = principal_of(&now).and_then(|id| id.parse().ok());
    let (Some(principal), Ok(role)) = (principal, OWNER.parse::<RoleId>()) else {
        let text = format!("policy assignment {of} has no identity");
        return Err(ItemFailure::new("PolicyIdentityMissing", text));
    };
    let wanted = assignment::DesiredAssignment {
        scope: scope.into(),
        principal,
        principal_type: "ServicePrincipal".to_owned(),
        role,
        description: Some(format!("az-imageshare: identity of {}", crate::id::resource_name(&of))),
        delegated_identity: None,
    };
    let name = assignment::name(&wanted);
    let properties = RoleAssignmentProperties {
        role_definition_id: format!("/providers/Microsoft.Authorization/roleDefinitions/{OWNER}")
            .into(),
        principal_id: principal.to_string().into(),
        principal_type: Some(wanted.principal_type.clone()),
        scope: scope.into(),
        description: wanted.description.clone(),
        ..RoleAssignmentProperties::default()
    };
    let id = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
    let what = format!("Owner of {scope} for the policy's identity {principal}");
    let step = Step::new(ChangeKind::Create, WriteKind::RoleAssignment, &id, what)
        .at(scope)
        .between(Value::Null, json!({"properties": properties}));
    let action = WriteAction::PutRole(Box::new(properties), scope.to_owned());
    Ok(vec![ItemWrite { step, action }])
}

async fn take_role(client: &Client, item: &ItemPlan) -> Result<Vec<ItemWrite>, ItemFailure> {
    let Some(now) = client.role_assignment(&item.id).await? else { return Ok(Vec::new()) };
    let what = format!("Owner of the policy's identity {}", now.properties.principal_id);
    let step = Step::new(ChangeKind::Remove, WriteKind::RoleAssignment, &item.id, what)
        .at(scope_of(&item.id))
        .between(assignment::body_of(&now), Value::Null);
    Ok(vec![ItemWrite { step, action: WriteAction::DeleteRole }])
}
