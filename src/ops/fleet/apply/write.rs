//! What has to be sent so that an item is as planned, and sending it.

use serde_json::{Value, json};

use super::record::RunRecord;
use super::stand::{SilentReporter, TENANTS, gallery_id};
use crate::app::App;
use crate::arm::galleries::SharingGroup;
use crate::arm::managed_services::RegistrationDefinitionProperties;
use crate::arm::role_assignments::RoleAssignmentProperties;
use crate::arm::{Client, ProvisioningState, Reply};
use crate::id::{ResourceId, resource_name};
use crate::ops::change::wait::Deadline;
use crate::ops::change::{ChangeKind, Step, WriteKind};
use crate::ops::delegation::teardown::{self, Side};
use crate::ops::fleet::events::{EventDetails, EventKind, EventLog};
use crate::ops::fleet::item::ItemPlan;
use crate::ops::fleet::outcome::ItemFailure;
use crate::ops::fleet::view::{
    AssignmentStand, CommunityStand, DelegationStand, ItemView, RoleStand, properties_of,
};
use crate::rest::poll::LONGEST;

/// One write of an item, as it is recorded and as it is sent.
pub(super) struct ItemWrite {
    pub step: Step,
    pub action: WriteAction,
}

pub(super) enum WriteAction {
    PutDefinition(Box<RegistrationDefinitionProperties>),
    PutAssignment { definition: String },
    DeleteAssignment,
    DeleteDefinition,
    PutRole(Box<RoleAssignmentProperties>, String),
    DeleteRole,
    Share { gallery: ResourceId, operation: &'static str, groups: Vec<SharingGroup> },
    Describe { gallery: ResourceId, profile: Value },
    PutPolicy(Value),
    DeletePolicy,
    CancelRemediation,
}

/// The writes between what exists and what is planned, in their order.
///
/// # Errors
/// If the plan does not say enough.
pub(super) fn writes_of(
    item: &ItemPlan,
    now: Option<&ItemView>,
) -> Result<Vec<ItemWrite>, ItemFailure> {
    match (now, item.after.as_ref()) {
        (None, None) => Ok(Vec::new()),
        (None, Some(ItemView::Delegation(after))) => Ok(delegation(item, None, Some(after))),
        (Some(ItemView::Delegation(now)), None) => Ok(delegation(item, Some(now), None)),
        (Some(ItemView::Delegation(now)), Some(ItemView::Delegation(after))) => {
            Ok(delegation(item, Some(now), Some(after)))
        }
        (Some(ItemView::Assignment(now)), None) => Ok(vec![unassign(item, now)]),
        (now, Some(ItemView::Role(after))) => give_role(item, role_of(now), after),
        (Some(ItemView::Role(now)), None) => Ok(vec![take_role(item, now)]),
        (now, Some(ItemView::Direct(after))) => {
            Ok(vec![share(item, "Add", &after.tenant, now.is_some())?])
        }
        (Some(ItemView::Direct(now)), None) => Ok(vec![share(item, "Remove", &now.tenant, true)?]),
        (now, Some(ItemView::Community(after))) => open(item, community_of(now), after),
        (Some(ItemView::Community(now)), None) => close(item, now),
        _ => Err(ItemFailure::new("UnknownItem", format!("item {} is empty", item.key))),
    }
}

fn role_of(view: Option<&ItemView>) -> Option<&RoleStand> {
    match view {
        Some(ItemView::Role(stand)) => Some(stand),
        _ => None,
    }
}

fn community_of(view: Option<&ItemView>) -> Option<&CommunityStand> {
    match view {
        Some(ItemView::Community(stand)) => Some(stand),
        _ => None,
    }
}

/// True if two offers are the same, wherever they are accepted.
pub(super) fn is_same_offer(one: &DelegationStand, other: &DelegationStand) -> bool {
    let bare = |stand: &DelegationStand| {
        let bare = DelegationStand { assignments: Vec::new(), ..stand.clone() };
        crate::ops::fleet::view::digest_of(Some(&ItemView::Delegation(bare)))
    };
    bare(one) == bare(other)
}

fn delegation(
    item: &ItemPlan,
    now: Option<&DelegationStand>,
    after: Option<&DelegationStand>,
) -> Vec<ItemWrite> {
    let none: &[AssignmentStand] = &[];
    let standing = now.map_or(none, |stand| &stand.assignments);
    let wanted = after.map_or(none, |stand| &stand.assignments);
    let is_at = |list: &[AssignmentStand], id: &str, well: bool| {
        list.iter().any(|found| found.id.eq_ignore_ascii_case(id) && (found.succeeded || !well))
    };
    let mut writes = Vec::new();
    if let Some(after) = after
        && now.is_none_or(|now| !is_same_offer(now, after))
    {
        writes.push(put_definition(item, now, after));
    }
    let missing = wanted.iter().filter(|found| !is_at(standing, &found.id, true));
    writes.extend(missing.map(|found| assign(item, found)));
    let surplus = standing.iter().filter(|found| !is_at(wanted, &found.id, false));
    writes.extend(surplus.map(|found| unassign(item, found)));
    if let (Some(now), None) = (now, after) {
        writes.push(delete_definition(item, now));
    }
    writes
}

fn put_definition(
    item: &ItemPlan,
    now: Option<&DelegationStand>,
    after: &DelegationStand,
) -> ItemWrite {
    let change = if now.is_some() { ChangeKind::Update } else { ChangeKind::Create };
    let body = |stand: &DelegationStand| json!({"properties": properties_of(stand)});
    let what = format!("offer '{}' to tenant {}", after.name, after.managed_by_tenant_id);
    let step = Step::new(change, WriteKind::DelegationDefinition, &item.id, what)
        .at(&format!("/subscriptions/{}", item.subscription))
        .between(now.map_or(Value::Null, body), body(after));
    let action = WriteAction::PutDefinition(Box::new(properties_of(after)));
    ItemWrite { step, action }
}

fn assign(item: &ItemPlan, found: &AssignmentStand) -> ItemWrite {
    let body = json!({"properties": {"registrationDefinitionId": item.id}});
    let what = format!("scope {}", found.scope);
    let step = Step::new(ChangeKind::Create, WriteKind::DelegationAssignment, &found.id, what)
        .at(&found.scope)
        .between(Value::Null, body);
    ItemWrite { step, action: WriteAction::PutAssignment { definition: item.id.clone() } }
}

fn unassign(item: &ItemPlan, found: &AssignmentStand) -> ItemWrite {
    let body = json!({"properties": {"registrationDefinitionId": item.id}});
    let what = format!("delegation of {}", found.scope);
    let step = Step::new(ChangeKind::Remove, WriteKind::DelegationAssignment, &found.id, what)
        .at(&found.scope)
        .between(body, Value::Null);
    ItemWrite { step, action: WriteAction::DeleteAssignment }
}

fn delete_definition(item: &ItemPlan, now: &DelegationStand) -> ItemWrite {
    let what = format!("offer '{}'", now.name);
    let step = Step::new(ChangeKind::Remove, WriteKind::DelegationDefinition, &item.id, what)
        .at(&format!("/subscriptions/{}", item.subscription))
        .between(json!({"properties": properties_of(now)}), Value::Null);
    ItemWrite { step, action: WriteAction::DeleteDefinition }
}

fn role_properties(item: &ItemPlan, stand: &RoleStand) -> RoleAssignmentProperties {
    let role = &stand.role_definition_id;
    RoleAssignmentProperties {
        role_definition_id: format!(
            "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            item.subscription
        )
        .into(),
        principal_id: stand.principal_id.clone().into(),
        principal_type: stand.principal_type.clone(),
        scope: stand.scope.as_str().into(),
        description: stand.description.clone(),
        ..RoleAssignmentProperties::default()
    }
}

fn give_role(
    item: &ItemPlan,
    now: Option<&RoleStand>,
    after: &RoleStand,
) -> Result<Vec<ItemWrite>, ItemFailure> {
    let change = if now.is_some() { ChangeKind::Update } else { ChangeKind::Create };
    let body = |stand: &RoleStand| json!({"properties": role_properties(item, stand)});
    let what = format!("role {} for {}", after.role_definition_id, after.principal_id);
    let step = Step::new(change, WriteKind::RoleAssignment, &item.id, what)
        .at(&after.scope)
        .between(now.map_or(Value::Null, body), body(after));
    let properties = Box::new(role_properties(item, after));
    let action = WriteAction::PutRole(properties, after.scope.clone());
    Ok(vec![ItemWrite { step, action }])
}

fn take_role(item: &ItemPlan, now: &RoleStand) -> ItemWrite {
    let what = format!("role {} of {}", now.role_definition_id, now.principal_id);
    let step = Step::new(ChangeKind::Remove, WriteKind::RoleAssignment, &item.id, what)
        .at(&now.scope)
        .between(json!({"properties": role_properties(item, now)}), Value::Null);
    ItemWrite { step, action: WriteAction::DeleteRole }
}

fn share(
    item: &ItemPlan,
    operation: &'static str,
    tenant: &str,
    stands: bool,
) -> Result<ItemWrite, ItemFailure> {
    let gallery = gallery_id(item)?;
    let groups = vec![SharingGroup { kind: TENANTS.to_owned(), ids: vec![tenant.into()] }];
    let body = json!({"groups": groups});
    let change = if operation == "Add" { ChangeKind::Create } else { ChangeKind::Remove };
    let what = format!("direct sharing of {} with tenant {tenant}", item.id);
    let (before, after) = match operation {
        "Add" => (Value::Null, body),
        _ => (if stands { body } else { Value::Null }, Value::Null),
    };
    let step = Step::new(change, WriteKind::DirectShare, &item.id, what)
        .at(&item.id)
        .between(before, after);
    Ok(ItemWrite { step, action: WriteAction::Share { gallery, operation, groups } })
}

fn open(
    item: &ItemPlan,
    now: Option<&CommunityStand>,
    after: &CommunityStand,
) -> Result<Vec<ItemWrite>, ItemFailure> {
    let gallery = gallery_id(item)?;
    let info = |stand: &CommunityStand| {
        json!({"publisherUri": stand.publisher_uri, "publisherContact": stand.publisher_contact,
            "eula": stand.eula, "publicNamePrefix": stand.prefix})
    };
    let profile = json!({"permissions": "Community", "communityGalleryInfo": info(after)});
    let before = now.map_or(
        Value::Null,
        |now| json!({"permissions": "Community", "communityGalleryInfo": info(now)}),
    );
    let what = format!("what strangers see of gallery {}", item.id);
    let step = Step::new(ChangeKind::Update, WriteKind::Gallery, &item.id, what)
        .at(&item.id)
        .between(before, profile.clone());
    let mut writes = vec![ItemWrite {
        step,
        action: WriteAction::Describe { gallery: gallery.clone(), profile },
    }];
    if now.is_none() {
        let what = format!("gallery {} open to everyone in Azure", item.id);
        let step =
            Step::new(ChangeKind::Create, WriteKind::CommunityShare, &item.id, what).at(&item.id);
        let (operation, groups) = ("EnableCommunity", Vec::new());
        writes.push(ItemWrite { step, action: WriteAction::Share { gallery, operation, groups } });
    }
    Ok(writes)
}

fn close(item: &ItemPlan, now: &CommunityStand) -> Result<Vec<ItemWrite>, ItemFailure> {
    let what = format!("gallery {} open to everyone in Azure", item.id);
    let step = Step::new(ChangeKind::Remove, WriteKind::CommunityShare, &item.id, what)
        .at(&item.id)
        .between(json!({"info": now}), Value::Null);
    let gallery = gallery_id(item)?;
    let action = WriteAction::Share { gallery, operation: "Reset", groups: Vec::new() };
    Ok(vec![ItemWrite { step, action }])
}

/// Where an item is written, and who hears of it.
pub(super) struct ItemSite<'a> {
    pub app: &'a App,
    pub client: &'a Client,
    pub record: &'a RunRecord,
    pub events: &'a EventLog,
}

/// Sends one write and waits for its end; where Azure can be asked meanwhile is noted.
///
/// # Errors
/// If Azure refuses, or the job fails.
pub(super) async fn send(
    site: &ItemSite<'_>,
    item: &ItemPlan,
    number: usize,
    write: &ItemWrite,
) -> Result<(), ItemFailure> {
    let (app, client) = (site.app, site.client);
    let id = write.step.id.as_str();
    match &write.action {
        WriteAction::PutDefinition(properties) => {
            let put = client.put_definition(id, properties).await?;
            provisioned(app, client, id, put.properties.provisioning_state).await
        }
        WriteAction::PutAssignment { definition } => {
            let reply = client.put_assignment(id, definition).await?;
            ended(site, item, number, reply).await
        }
        WriteAction::DeleteAssignment => {
            Ok(teardown::remove_assignment(client, &SilentReporter, Side::Given, id).await?)
        }
        WriteAction::DeleteDefinition => {
            Ok(teardown::delete_definition(client, &SilentReporter, id).await?)
        }
        WriteAction::PutRole(properties, scope) => {
            put_role(app, client, id, scope, properties).await
        }
        WriteAction::DeleteRole => Ok(client.delete_role_assignment(id).await.map(|_| ())?),
        WriteAction::PutPolicy(body) => Ok(client.put_policy(id, body).await.map(|_| ())?),
        WriteAction::DeletePolicy => Ok(client.delete_policy(id).await.map(|_| ())?),
        WriteAction::CancelRemediation => Ok(client.cancel_remediation(id).await?),
        WriteAction::Share { gallery, operation, groups } => {
            let reply = client.share_gallery(gallery, operation, groups).await?;
            ended(site, item, number, reply).await
        }
        WriteAction::Describe { gallery, profile } => {
            let reply = client.patch_gallery(gallery, profile).await?;
            ended(site, item, number, reply).await
        }
    }
}

async fn ended(
    site: &ItemSite<'_>,
    item: &ItemPlan,
    number: usize,
    reply: Reply,
) -> Result<(), ItemFailure> {
    let operation = site.client.operation_path(&reply);
    if let Some(operation) = &operation {
        let details = EventDetails {
            key: Some(item.key.as_str()),
            operation: Some(operation),
            ..EventDetails::default()
        };
        site.events.tell(EventKind::ItemWait, details);
    }
    site.record.awaits(number, operation);
    site.client.wait(reply, LONGEST, &|_| {}).await?;
    Ok(())
}

/// An offer can be assigned once it is provisioned.
async fn provisioned(
    app: &App,
    client: &Client,
    id: &str,
    mut state: Option<String>,
) -> Result<(), ItemFailure> {
    let mut deadline = Deadline::new(app, LONGEST);
    loop {
        match state.as_deref().map_or(ProvisioningState::Succeeded, ProvisioningState::from) {
            ProvisioningState::Succeeded => return Ok(()),
            ProvisioningState::UnderWay => {}
            ended => {
                let text = format!("definition {id} ended as {ended:?}");
                return Err(ItemFailure::new("NotProvisioned", text));
            }
        }
        deadline.pause().await?;
        let found = client.definition(id).await?;
        state = found.and_then(|found| found.properties.provisioning_state);
    }
}

/// A principal that was made a moment ago is not known everywhere yet.
async fn put_role(
    app: &App,
    client: &Client,
    id: &str,
    scope: &str,
    properties: &RoleAssignmentProperties,
) -> Result<(), ItemFailure> {
    let name = resource_name(id).parse().map_err(|_| {
        ItemFailure::new("UnknownItem", format!("'{id}' is not a role assignment's id"))
    })?;
    let mut deadline = Deadline::new(app, LONGEST);
    for _ in 0..MOST_TRIES {
        match client.put_role_assignment(scope, name, properties).await {
            Err(err) if err.code() == "PrincipalNotFound" => deadline.pause().await?,
            Ok(_) => return Ok(()),
            Err(err) => return Err(err.into()),
        }
    }
    client.put_role_assignment(scope, name, properties).await?;
    Ok(())
}

const MOST_TRIES: usize = 5;
