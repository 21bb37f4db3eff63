//! An image of which only one version may be read: a role at a version does not reach up to its definition.

use serde_json::Value;

use super::describe::{Image, target_regions};
use super::details::{Details, details};
use super::identities::Identity;
use super::own_version::own_version;
use crate::app::App;
use crate::arm::ArmError;
use crate::error::Result;
use crate::id::{ResourceId, TenantId};
use crate::ops::portal;

/// Shows the version as the first of the identities that can read it; `None` if none can.
pub(super) async fn show_version<'a>(
    app: &App,
    identities: impl Iterator<Item = &'a Identity>,
    publisher: TenantId,
    id: &ResourceId,
) -> Result<Option<Details>> {
    for identity in identities {
        let found = match identity.client.gallery_item(id).await {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(err @ ArmError::Transport(..)) => return Err(err.into()),
            Err(_) => continue,
        };
        let name = id.name_of("images").unwrap_or_default();
        app.reporter.warn(&format!(
            "only version {} of image '{name}' can be read, not its definition: operating system, generation and later versions are unknown",
            id.name()
        ));
        let portal_url = portal::url(&app.settings.cloud.portal, Some(identity.tenant), &found.id);
        let is_foreign = publisher != identity.tenant;
        let image = Image {
            id: found.id.clone(),
            name: name.to_owned(),
            version: Some(found.name.clone()),
            via: if is_foreign { "delegation" } else { "rbac" },
            publisher_tenant_id: Some(publisher),
            regions: target_regions(&found.properties),
            credential: identity.name.clone(),
            tenant_id: Some(identity.tenant),
            portal_url: portal_url.clone(),
            ..Image::default()
        };
        let auxiliary = if is_foreign { Vec::new() } else { vec![publisher] };
        let version = own_version(&found, portal_url);
        return Ok(Some(details(image, &Value::Null, vec![version], auxiliary)));
    }
    Ok(None)
}
