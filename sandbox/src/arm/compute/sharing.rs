//! `POST …/galleries/{name}/share`: to whom a gallery is open.

use serde_json::{Value, json};

use super::super::operations;
use super::super::stored::not_found;
use super::super::target::{self, Target};
use super::place::{accepted, invalid, region};
use super::profile;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::OperationKind;

/// Most subscriptions and tenants of one gallery. Source: share-gallery-direct, limitations.
const LIMITS: [(&str, usize); 2] = [("Subscriptions", 30), ("AADTenants", 5)];

/// Changes the sharing profile; the change takes effect in each region some time later.
pub(super) fn share(
    core: &mut Core,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let key = target.id().to_ascii_lowercase();
    let Some(mut body) = core.state.body(&key) else {
        return Err(not_found(target));
    };
    let sent = request.json()?;
    let operation = sent["operationType"].as_str().unwrap_or_default();
    let groups = asked(&sent)?;
    match operation.to_ascii_lowercase().as_str() {
        "add" => add(core, &key, &mut body, &groups)?,
        "remove" => remove(&mut body, &groups)?,
        "reset" => reset(&mut body)?,
        "enablecommunity" => enable(core, &key, &mut body)?,
        _ => {
            return Err(invalid(
                "operationType",
                format!("The value '{operation}' of parameter 'operationType' is invalid."),
            ));
        }
    }
    let location = region(body["location"].as_str().unwrap_or("westeurope"));
    if let Some(resource) = core.state.resources.get_mut(&key) {
        resource.body = body;
    }
    let reads = core.knobs.sharing_reads;
    core.state.unsettled_shares.insert(key.clone(), reads);
    let polls = core.knobs.sharing_polls;
    let token = operations::start(core, OperationKind::Share, &key, polls, None);
    Ok(accepted(core, target, &token, &location, &sent))
}

type Group = (&'static str, Vec<String>);

/// The groups of a request: known types, and ids that are GUIDs. Whether they exist is not asked.
fn asked(sent: &Value) -> Result<Vec<Group>, ArmError> {
    let mut groups = Vec::new();
    for group in sent["groups"].as_array().into_iter().flatten() {
        let kind = group["type"].as_str().unwrap_or_default();
        let Some((kind, _)) = LIMITS.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind))
        else {
            return Err(invalid(
                "groups.type",
                format!("The value '{kind}' of parameter 'groups.type' is invalid."),
            ));
        };
        let mut ids = Vec::new();
        for id in group["ids"].as_array().into_iter().flatten() {
            let id = id.as_str().unwrap_or_default();
            if uuid::Uuid::parse_str(id).is_err() {
                return Err(invalid(
                    "groups.ids",
                    format!("The value '{id}' of parameter 'groups.ids' is invalid."),
                ));
            }
            ids.push(id.to_ascii_lowercase());
        }
        groups.push((*kind, ids));
    }
    Ok(groups)
}

fn add(core: &Core, key: &str, body: &mut Value, groups: &[Group]) -> Result<(), ArmError> {
    require(body, "Groups")?;
    if let Some(version) = encrypted(core, key) {
        return Err(not_allowed(format!(
            "The gallery cannot be shared because the gallery image version '{version}' is encrypted with a disk encryption set."
        )));
    }
    let mut all = stored(body);
    for (kind, ids) in groups {
        let known = all.iter_mut().find(|(name, _)| name == kind).expect("both are there");
        for id in ids {
            if !known.1.contains(id) {
                known.1.push(id.clone());
            }
        }
    }
    for (kind, most) in LIMITS {
        let count = all.iter().find(|(name, _)| *name == kind).map_or(0, |(_, ids)| ids.len());
        if count > most {
            return Err(ArmError::bad(
                "OperationNotAllowed",
                format!(
                    "A gallery can be shared with at most {most} {kind}; {count} were requested."
                ),
            )
            .target("groups"));
        }
    }
    store(body, all);
    Ok(())
}

fn remove(body: &mut Value, groups: &[Group]) -> Result<(), ArmError> {
    require(body, "Groups")?;
    let mut all = stored(body);
    for (kind, ids) in groups {
        let known = all.iter_mut().find(|(name, _)| name == kind).expect("both are there");
        known.1.retain(|id| !ids.contains(id));
    }
    store(body, all);
    Ok(())
}

fn reset(body: &mut Value) -> Result<(), ArmError> {
    match profile::permissions(body) {
        "Groups" => store(body, Vec::new()),
        "Community" => {
            body["properties"]["sharingProfile"]["communityGalleryInfo"]["communityGalleryEnabled"] =
                json!(false);
        }
        _ => {
            return Err(not_allowed("The gallery is private; there is nothing to reset."));
        }
    }
    Ok(())
}

fn enable(core: &Core, key: &str, body: &mut Value) -> Result<(), ArmError> {
    require(body, "Community")?;
    if let Some(version) = encrypted(core, key) {
        return Err(not_allowed(format!(
            "The gallery cannot be shared to community because the gallery image version '{version}' is encrypted."
        )));
    }
    let info = &mut body["properties"]["sharingProfile"]["communityGalleryInfo"];
    if info["publicNames"].as_array().is_none_or(Vec::is_empty) {
        let prefix = info["publicNamePrefix"].as_str().unwrap_or_default().to_owned();
        let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, key.as_bytes());
        info["publicNames"] = json!([format!("{prefix}-{id}")]);
    }
    info["communityGalleryEnabled"] = json!(true);
    Ok(())
}

fn require(body: &Value, permissions: &str) -> Result<(), ArmError> {
    let found = profile::permissions(body);
    if found == permissions {
        return Ok(());
    }
    Err(not_allowed(format!(
        "The operation requires a gallery whose sharingProfile.permissions is '{permissions}'; it is '{found}'."
    )))
}

fn not_allowed(message: impl Into<String>) -> ArmError {
    ArmError::conflict("OperationNotAllowed", message)
}

/// A version in the gallery that is encrypted with a key of its own.
fn encrypted(core: &Core, gallery: &str) -> Option<String> {
    let versions = core.state.resources.values().filter(|resource| {
        resource.type_.eq_ignore_ascii_case("Microsoft.Compute/galleries/images/versions")
            && target::contains(gallery, &resource.id)
    });
    let is_encrypted = |body: &Value| {
        let regions = body["properties"]["publishingProfile"]["targetRegions"].as_array();
        regions.into_iter().flatten().any(|region| region["encryption"].is_object())
    };
    versions.filter(|version| is_encrypted(&version.body)).map(|version| version.id.clone()).next()
}

fn stored(body: &Value) -> Vec<Group> {
    let groups = &body["properties"]["sharingProfile"]["groups"];
    let of = |kind: &'static str| {
        let found = groups.as_array().into_iter().flatten().find(|group| group["type"] == kind);
        let ids = found.and_then(|group| group["ids"].as_array());
        let ids = ids.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        (kind, ids.collect())
    };
    LIMITS.map(|(kind, _)| of(kind)).into()
}

fn store(body: &mut Value, groups: Vec<Group>) {
    let groups = groups.into_iter().filter(|(_, ids)| !ids.is_empty());
    let groups: Vec<Value> = groups.map(|(kind, ids)| json!({"type": kind, "ids": ids})).collect();
    body["properties"]["sharingProfile"]["groups"] = json!(groups);
}
