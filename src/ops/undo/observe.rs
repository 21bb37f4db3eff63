//! How a thing is now, in the form of the record.

use serde_json::{Value, json};

use super::directory::{is_in_directory, observe_object};
use super::local::{is_kept, is_local, observe_local};
use super::places::Places;
use super::restoration::Restoration;
use crate::arm::galleries::{Gallery, SharingGroup};
use crate::arm::policy::{managed_assignment, managed_definition};
use crate::error::{Error, Kind, Result};
use crate::id::{ArmId, ResourceId, Scope};
use crate::ops::access::assignment;
use crate::ops::change::WriteKind;

/// Reads how the thing is; null if it is not there.
///
/// # Errors
/// If Azure refuses or does not answer.
pub(super) async fn observe(places: &Places<'_>, of: &Restoration) -> Result<Value> {
    if is_local(of.kind) {
        return observe_local(places.app, of);
    }
    if is_in_directory(of.kind) {
        return observe_object(places.app, of).await;
    }
    let site = places.site(&of.id).await?;
    let client = &site.client;
    Ok(match of.kind {
        WriteKind::RoleAssignment => {
            let found = client.role_assignment(&of.id).await?;
            found.as_ref().map_or(Value::Null, assignment::body_of)
        }
        WriteKind::RoleDefinition => {
            let found = client.role_as_given(&of.id).await?;
            found.map_or(Value::Null, |found| json!({"properties": found["properties"]}))
        }
        WriteKind::DelegationDefinition => {
            let found = client.definition(&of.id).await?;
            found.map_or(Value::Null, |found| json!({"properties": found.properties}))
        }
        WriteKind::DelegationAssignment => {
            let found = client.assignment(&of.id).await?;
            found.map_or(Value::Null, |found| {
                json!({"properties": {"registrationDefinitionId":
                    found.properties.registration_definition_id}})
            })
        }
        WriteKind::PolicyDefinition => {
            client.policy(&of.id).await?.as_ref().map_or(Value::Null, managed_definition)
        }
        WriteKind::PolicyAssignment => {
            client.policy(&of.id).await?.as_ref().map_or(Value::Null, managed_assignment)
        }
        WriteKind::Gallery => {
            let id = gallery_id(of)?;
            match client.gallery(&id).await? {
                None => Value::Null,
                Some(found) => {
                    let held = client.gallery_items(&id.to_string(), "images").await?;
                    profile(&found, held.len())
                }
            }
        }
        WriteKind::DirectShare | WriteKind::CommunityShare | WriteKind::Tags => {
            let found = client.gallery(&gallery_id(of)?).await?;
            found.map_or(Value::Null, |found| shared(&found, of))
        }
        _ => return Err(unknown(of)),
    })
}

/// Why what was taken away cannot be given again by us, where that is so.
///
/// # Errors
/// If Azure does not answer.
pub(super) async fn out_of_reach(
    places: &Places<'_>,
    of: &Restoration,
) -> Result<Option<&'static str>> {
    if of.kind == WriteKind::DefaultCredential {
        let name = of.wanted["name"].as_str().unwrap_or_default();
        return Ok((!is_kept(places.app, name)?).then_some("there is no such credential any more"));
    }
    if of.kind != WriteKind::DelegationAssignment {
        return Ok(None);
    }
    let site = places.site(&of.id).await?;
    let Ok(scope) = of.id.parse::<Scope>() else {
        return Ok(None);
    };
    let home = site.client.subscription(scope.subscription).await?.and_then(|seen| seen.tenant_id);
    let own = site.client.tenant().map(|tenant| tenant.to_string());
    let is_ours = match (&home, &own) {
        (Some(home), Some(own)) => home.eq_ignore_ascii_case(own),
        (home, _) => home.is_some(),
    };
    Ok((!is_ours).then_some("only the tenant that owns the subscription can delegate it again"))
}

/// The gallery that a record names.
pub(super) fn gallery_id(of: &Restoration) -> Result<ResourceId> {
    of.id.parse().map_err(|_| unknown(of))
}

fn unknown(of: &Restoration) -> Error {
    let noun = of.kind.noun();
    Error::new(Kind::Failure, format!("the record does not say which {noun} it is: '{}'", of.id))
}

fn profile(found: &Gallery, held: usize) -> Value {
    json!({
        "location": found.location,
        "permissions": found.permissions(),
        "communityGalleryInfo": found.community(),
        "holds": held,
    })
}

/// What the gallery's sharing or tags are, as far as the record speaks of them.
fn shared(found: &Gallery, of: &Restoration) -> Value {
    match of.kind {
        WriteKind::Tags => json!({"tags": found.tags}),
        WriteKind::CommunityShare => {
            let info = found.community().filter(|info| info.community_gallery_enabled);
            info.map_or(Value::Null, |info| json!({"info": info, "tags": found.tags}))
        }
        _ => {
            let groups = still_shared(found, &named_groups(of));
            if groups.is_empty() {
                return Value::Null;
            }
            json!({"groups": groups, "tags": found.tags})
        }
    }
}

/// Those of `groups` that have the gallery.
fn still_shared(found: &Gallery, groups: &[SharingGroup]) -> Vec<SharingGroup> {
    let narrowed = groups.iter().map(|group| {
        let known = found.shared_with(&group.kind);
        let has = |id: &&ArmId| known.iter().any(|known| **id == **known);
        let ids = group.ids.iter().filter(has).cloned().collect();
        SharingGroup { kind: group.kind.clone(), ids }
    });
    narrowed.filter(|group| !group.ids.is_empty()).collect()
}

/// The subscriptions and tenants that a record of direct sharing names.
pub(super) fn named_groups(of: &Restoration) -> Vec<SharingGroup> {
    let named = |account: &Value| -> Vec<SharingGroup> {
        serde_json::from_value(account["groups"].clone()).unwrap_or_default()
    };
    let left = named(&of.left);
    if left.is_empty() { named(&of.wanted) } else { left }
}
