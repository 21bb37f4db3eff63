//! The hand-over file: what a consumer has to know to use a gallery, and nothing secret.
//!
//! Its form is versioned and documented by its types. The same gallery gives the same bytes.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::App;
use crate::arm::Client;
use crate::arm::compute::API;
use crate::arm::managed_services::RegistrationAssignment;
use crate::error::{Error, Result};
use crate::id::{ClientId, ResourceId, TenantId, scope_contains};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::Observed;
use crate::ops::site::Site;
use crate::ops::{document, exchange_file};

/// A hand-over file.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Card {
    /// What sort of file it is: `az-imageshare/card`.
    pub kind: String,
    /// The version of its form.
    pub version: u64,
    /// The cloud, by `az`'s name.
    pub cloud: String,
    /// The tenant that owns the gallery.
    pub publisher_tenant_id: Option<TenantId>,
    pub gallery: GalleryCard,
    /// How it is shared: any of `rbac`, `app`, `direct`, `community`, `delegation`.
    pub methods: Vec<String>,
    /// The application that bridges the tenants, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Its images, by name.
    pub images: Vec<ImageCard>,
}

/// A gallery on a card.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct GalleryCard {
    pub id: String,
    pub name: String,
    pub location: String,
}

/// An image definition on a card.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageCard {
    /// Full resource id: what a VM is made from.
    pub id: String,
    pub name: String,
    pub os_type: Option<String>,
    pub os_state: Option<String>,
    pub hyper_v_generation: Option<String>,
    pub architecture: Option<String>,
    /// The feature SecurityType, such as `TrustedLaunch`.
    pub security_type: Option<String>,
    /// Its versions, by name.
    pub versions: Vec<VersionCard>,
}

/// An image version on a card.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct VersionCard {
    pub id: String,
    pub name: String,
    /// Where it is replicated to.
    pub regions: Vec<String>,
}

/// Makes the card of a gallery, for the consumer of an application if one is named.
pub(crate) async fn draw(
    site: &Site<'_>,
    gallery: &ResourceId,
    application: Option<ClientId>,
) -> Result<Card> {
    let version = [("api-version", API)];
    let found: Option<Value> = site.client.find(&gallery.to_string(), &version).await?;
    let found = found.ok_or_else(|| super::gallery::missing(gallery))?;
    let owner = site.client.subscription(gallery.subscription()).await?;
    let definitions: Vec<Value> = site.client.list(&format!("{gallery}/images"), &version).await?;
    let work = definitions.iter().map(|definition| image(&site.client, definition));
    let mut images = Vec::new();
    for image in fan_out(AT_ONCE, work).await {
        images.push(image?);
    }
    images.sort_by(|one: &ImageCard, other| one.name.cmp(&other.name));
    Ok(Card {
        kind: KIND.to_owned(),
        version: VERSION,
        cloud: site.cloud.name.clone(),
        publisher_tenant_id: owner
            .and_then(|owner| owner.tenant_id)
            .and_then(|tenant| tenant.parse().ok()),
        methods: methods(site, gallery, &found, application).await?,
        client_id: application,
        gallery: GalleryCard {
            id: gallery.to_string(),
            name: text(&found, "/name").unwrap_or_default(),
            location: text(&found, "/location").unwrap_or_default(),
        },
        images,
    })
}

async fn image(client: &Client, definition: &Value) -> Result<ImageCard> {
    let id = text(definition, "/id").unwrap_or_default();
    let property = |name: &str| text(definition, &format!("/properties/{name}"));
    let features = definition.pointer("/properties/features");
    let security = features
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|feature| feature["name"] == "SecurityType");
    let path = format!("{id}/versions");
    let found: Vec<Value> = client.list(&path, &[("api-version", API)]).await?;
    let mut versions: Vec<VersionCard> = found.iter().map(version_card).collect();
    versions.sort_by_key(|version| numbers(&version.name));
    Ok(ImageCard {
        name: text(definition, "/name").unwrap_or_default(),
        os_type: property("osType"),
        os_state: property("osState"),
        hyper_v_generation: property("hyperVGeneration"),
        architecture: property("architecture"),
        security_type: security.and_then(|feature| text(feature, "/value")),
        versions,
        id,
    })
}

fn version_card(version: &Value) -> VersionCard {
    let regions = version.pointer("/properties/publishingProfile/targetRegions");
    let mut regions: Vec<String> = regions
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|region| text(region, "/name"))
        // Azure answers with display names ("West Europe") as well as with names.
        .map(|name| name.replace(' ', "").to_lowercase())
        .collect();
    regions.sort_unstable();
    regions.dedup();
    VersionCard {
        id: text(version, "/id").unwrap_or_default(),
        name: text(version, "/name").unwrap_or_default(),
        regions,
    }
}

/// `1.10.0` comes after `1.9.0`.
fn numbers(version: &str) -> Vec<u64> {
    let parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    parts.collect()
}

async fn methods(
    site: &Site<'_>,
    gallery: &ResourceId,
    found: &Value,
    application: Option<ClientId>,
) -> Result<Vec<String>> {
    let scope = gallery.to_string();
    let mut methods = Vec::new();
    if application.is_some() {
        methods.push("app");
    }
    let known = Observed::permitted(site.client.role_assignments(&scope, None).await)?;
    let so = "the card does not say whether the gallery is shared by roles";
    let known = known.or_warn(site.reporter, "role assignments", so).unwrap_or_default();
    if known.iter().any(|role| scope_contains(&scope, &role.properties.scope)) {
        methods.push("rbac");
    }
    match text(found, "/properties/sharingProfile/permissions").as_deref() {
        Some("Groups") => methods.push("direct"),
        Some("Community") => methods.push("community"),
        _ => {}
    }
    if delegated(&site.client, gallery).await {
        methods.push("delegation");
    }
    methods.sort_unstable();
    Ok(methods.into_iter().map(str::to_owned).collect())
}

/// Whether the gallery's subscription or resource group is delegated; false if unknown.
async fn delegated(client: &Client, gallery: &ResourceId) -> bool {
    let Ok(known) = client.assignments(gallery.subscription()).await else {
        return false;
    };
    let covers = |assignment: &RegistrationAssignment| {
        assignment
            .scope()
            .is_some_and(|scope| scope.resource_group.is_none() || scope == gallery.scope)
    };
    known.iter().any(covers)
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

impl Card {
    /// Writes the card to a file; replaces only another card.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        exchange_file::write(self, path, KIND, "card")
    }

    /// Reads a card that a publisher wrote.
    ///
    /// # Errors
    /// If it cannot be read, is something else, or is for another cloud or a later version.
    pub(crate) fn read(app: &App, path: &Path) -> Result<Card> {
        let shown = path.display();
        let unreadable = |why: String| {
            Error::usage(format!("--card {shown}: {why}"))
                .hint("Ask the publisher for the file that `az-imageshare share card` writes.")
        };
        let read = document::read(&path.to_string_lossy());
        let value = read.map_err(|why| unreadable(why.rule))?;
        let card = Card::parse(value).map_err(unreadable)?;
        if card.cloud != app.settings.cloud.name {
            return Err(Error::usage(format!(
                "the card is for {}, and this is {}: nothing is shared across clouds",
                card.cloud, app.settings.cloud.name
            ))
            .hint(format!("Use `--cloud {}`.", card.cloud)));
        }
        Ok(card)
    }

    /// The ids of its images, and of their versions.
    pub(crate) fn image_ids(&self) -> Vec<String> {
        self.images.iter().map(|image| image.id.clone()).collect()
    }

    fn parse(value: Value) -> Result<Card, String> {
        let head = Head::deserialize(&value).map_err(|err| err.to_string())?;
        if head.kind != KIND {
            return Err("it is not an az-imageshare card".to_owned());
        }
        if head.version != VERSION {
            return Err(format!(
                "it is of version {}, and this program knows version {VERSION}",
                head.version
            ));
        }
        serde_json::from_value(value).map_err(|err| err.to_string())
    }
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    version: u64,
}

const KIND: &str = "az-imageshare/card";
const VERSION: u64 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_numbers() {
        assert!(numbers("1.10.0") > numbers("1.9.0"));
    }

    #[test]
    fn what_is_no_card_is_refused() {
        for (text, why) in [
            ("{}", "not an az-imageshare card"),
            (r#"{"kind": "az-imageshare/card", "version": 2}"#, "version 2"),
            (r#"{"kind": "az-imageshare/card", "version": 1}"#, "missing"),
        ] {
            let err = Card::parse(serde_json::from_str(text).unwrap()).unwrap_err();
            assert!(err.contains(why), "{text}: {err}");
        }
    }
}
