//! Writes that put a thing back, one request or two for each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::directory::{is_in_directory, restore_object};
use super::likeness::touched_tags;
use super::local::{is_local, restore_local};
use super::observe::{gallery_id, named_groups};
use super::places::Places;
use super::restoration::Restoration;
use crate::arm::ArmError;
use crate::arm::role_assignments::RoleAssignmentProperties;
use crate::arm::tags::TagOperation;
use crate::error::{Error, Kind, Result};
use crate::id::resource_name;
use crate::ops::change::WriteKind;
use crate::ops::delegation::restore as delegation;
use crate::ops::share::{expiry_tags, propagation};
use crate::ops::site::Site;
use crate::rest::poll::LONGEST;

/// Restores the thing; `found` is its current state.
///
/// # Errors
/// If Azure refuses or does not answer.
pub(super) async fn restore(places: &Places<'_>, of: &Restoration, found: &Value) -> Result<()> {
    if is_local(of.kind) {
        return restore_local(places.app, of, found);
    }
    if is_in_directory(of.kind) {
        return restore_object(places.app, of).await;
    }
    let site = places.site(&of.id).await?;
    let (site, is_to_go) = (site.as_ref(), of.wanted.is_null());
    match of.kind {
        WriteKind::RoleAssignment if is_to_go => {
            site.client.delete_role_assignment(&of.id).await?;
            Ok(())
        }
        WriteKind::RoleAssignment => put_role_assignment(site, of).await,
        WriteKind::RoleDefinition if is_to_go => {
            site.client.delete_role_as_given(&of.id).await?;
            Ok(())
        }
        WriteKind::RoleDefinition => {
            Ok(site.client.put_role_as_given(&of.id, &of.wanted["properties"]).await?)
        }
        WriteKind::DelegationDefinition if is_to_go => {
            delegation::delete_definition(site, &of.id).await
        }
        WriteKind::DelegationDefinition => put_definition(site, of).await,
        WriteKind::DelegationAssignment if is_to_go => {
            delegation::delete_assignment(site, &of.id).await
        }
        WriteKind::DelegationAssignment => put_assignment(site, of).await,
        WriteKind::PolicyDefinition | WriteKind::PolicyAssignment if is_to_go => {
            site.client.delete_policy(&of.id).await?;
            Ok(())
        }
        WriteKind::PolicyDefinition | WriteKind::PolicyAssignment => {
            site.client.put_policy(&of.id, &of.wanted).await?;
            Ok(())
        }
        WriteKind::Gallery if is_to_go => {
            match site.client.delete_gallery(&gallery_id(of)?).await? {
                Some(reply) => wait(site, reply).await,
                None => Ok(()),
            }
        }
        WriteKind::Gallery if found.is_null() => put_gallery(site, of).await,
        WriteKind::Gallery => put_profile(site, of).await,
        WriteKind::Tags => put_tags(site, of, found).await,
        WriteKind::DirectShare => share_directly(site, of).await,
        WriteKind::CommunityShare => share_with_everyone(site, of).await,
        _ => Err(Error::new(Kind::Failure, format!("{} cannot be put back", of.id))),
    }
}

async fn wait(site: &Site<'_>, reply: crate::arm::Reply) -> Result<()> {
    let progress = |state: &str| site.reporter.step(&format!("  {state}"));
    site.client.wait(reply, LONGEST, &progress).await?;
    Ok(())
}

fn record_unreadable(of: &Restoration) -> Error {
    Error::new(Kind::Failure, format!("the record does not say how {} was", of.id))
}

/// Under its own name, so that what points to it stays true.
async fn put_role_assignment(site: &Site<'_>, of: &Restoration) -> Result<()> {
    let properties: RoleAssignmentProperties =
        serde_json::from_value(of.wanted["properties"].clone())
            .map_err(|_| record_unreadable(of))?;
    let (scope, _) = of
        .id
        .split_once("/providers/Microsoft.Authorization/roleAssignments/")
        .ok_or_else(|| record_unreadable(of))?;
    let name = resource_name(&of.id).parse().map_err(|_| record_unreadable(of))?;
    match site.client.put_role_assignment(scope, name, &properties).await {
        // Somebody gave it again, under another name: the right stands.
        Err(err) if err.code() == "RoleAssignmentExists" => Ok(()),
        outcome => {
            outcome?;
            Ok(())
        }
    }
}

async fn put_definition(site: &Site<'_>, of: &Restoration) -> Result<()> {
    let properties = serde_json::from_value(of.wanted["properties"].clone());
    delegation::put_definition(site, &of.id, properties.map_err(|_| record_unreadable(of))?).await
}

async fn put_assignment(site: &Site<'_>, of: &Restoration) -> Result<()> {
    let definition = of.wanted["properties"]["registrationDefinitionId"].as_str();
    let definition = definition.ok_or_else(|| record_unreadable(of))?;
    delegation::put_assignment(site, &of.id, definition).await
}

/// An empty gallery, as it was before it was deleted.
async fn put_gallery(site: &Site<'_>, of: &Restoration) -> Result<()> {
    let location = of.wanted["location"].as_str().ok_or_else(|| record_unreadable(of))?;
    let reply = site.client.put_gallery(&gallery_id(of)?, location, &profile_of(of)).await?;
    wait(site, reply).await
}

fn profile_of(of: &Restoration) -> Value {
    let info = &of.wanted["communityGalleryInfo"];
    let mut profile = json!({"permissions": of.wanted["permissions"]});
    if !info.is_null() {
        profile["communityGalleryInfo"] = info.clone();
    }
    profile
}

async fn put_profile(site: &Site<'_>, of: &Restoration) -> Result<()> {
    let reply = site.client.patch_gallery(&gallery_id(of)?, &profile_of(of)).await?;
    wait(site, reply).await
}

/// The tags that the run touched, each as it was; those of others stay.
async fn put_tags(site: &Site<'_>, of: &Restoration, found: &Value) -> Result<()> {
    let touched = touched_tags(of);
    let of_touched = |tags: &Value| -> BTreeMap<String, String> {
        let members = tags.as_object().into_iter().flatten();
        let texts =
            members.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        texts.filter(|(name, _)| touched.contains(&name.to_lowercase())).collect()
    };
    let (was, is) = (of_touched(&of.wanted["tags"]), of_touched(&found["tags"]));
    let has = |name: &str| was.keys().any(|known| known.eq_ignore_ascii_case(name));
    let gone: BTreeMap<String, String> = is.into_iter().filter(|(name, _)| !has(name)).collect();
    change_tags(site, &of.id, TagOperation::Delete, &gone).await?;
    change_tags(site, &of.id, TagOperation::Merge, &was).await?;
    Ok(())
}

async fn change_tags(
    site: &Site<'_>,
    id: &str,
    operation: TagOperation,
    tags: &BTreeMap<String, String>,
) -> Result<(), ArmError> {
    if tags.is_empty() {
        return Ok(());
    }
    let reply = site.client.change_tags(id, operation, tags).await?;
    site.client.wait(reply, LONGEST, &|_: &str| {}).await?;
    Ok(())
}

/// The last days that went with a share, before it is given again: no share is without its end.
async fn remember_last_days(site: &Site<'_>, of: &Restoration, whom: &[String]) -> Result<()> {
    let is_theirs = |name: &str| {
        whom.iter().any(|who| name.eq_ignore_ascii_case(&format!("{}{who}", expiry_tags::TAG)))
    };
    let members = of.wanted["tags"].as_object().into_iter().flatten();
    let tags = members
        .filter(|(name, _)| is_theirs(name))
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    Ok(change_tags(site, &of.id, TagOperation::Merge, &tags.collect()).await?)
}

/// A share that was recorded with its tags takes them along; else they have a step of their own.
async fn share_directly(site: &Site<'_>, of: &Restoration) -> Result<()> {
    let (id, groups) = (gallery_id(of)?, named_groups(of));
    let whom: Vec<String> =
        groups.iter().flat_map(|group| group.ids.clone()).map(Into::into).collect();
    if !of.wanted.is_null() {
        remember_last_days(site, of, &whom).await?;
        propagation::share(site, &id, "Add", &groups).await?;
        return Ok(());
    }
    let gallery = propagation::share(site, &id, "Remove", &groups).await?;
    if of.left.get("tags").is_some() {
        expiry_tags::forget(site, &gallery, &whom).await?;
    }
    Ok(())
}

async fn share_with_everyone(site: &Site<'_>, of: &Restoration) -> Result<()> {
    let (id, whom) = (gallery_id(of)?, [expiry_tags::COMMUNITY.to_owned()]);
    if !of.wanted.is_null() {
        remember_last_days(site, of, &whom).await?;
        propagation::share(site, &id, "EnableCommunity", &[]).await?;
        return Ok(());
    }
    let gallery = propagation::share(site, &id, "Reset", &[]).await?;
    if of.left.get("tags").is_some() {
        expiry_tags::forget(site, &gallery, &whom).await?;
    }
    Ok(())
}
