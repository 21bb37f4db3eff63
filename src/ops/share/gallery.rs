//! Which gallery a command works on, and how Azure shows it.

use serde::Serialize;

use crate::app::App;
use crate::arm::Client;
use crate::arm::galleries::{Gallery, RegionalStatus};
use crate::error::{Error, Kind, Result};
use crate::id::{ArmId, ResourceId, Scope};
use crate::ops::portal;
use crate::ops::site::Site;

/// A gallery as people name it.
#[derive(Clone, Debug)]
pub(crate) enum Named {
    /// By its full id.
    Id(ResourceId),
    /// By its name, in a resource group of the subscription in use.
    InGroup { group: String, gallery: String },
    /// By its name, which is there once in a subscription.
    ByName(String),
}

/// Finds the full id of a gallery, and signs in to the tenant of its subscription; `subscription` is the one
/// in use.
pub(crate) async fn open<'a>(
    app: &'a App,
    named: &Named,
    subscription: Option<&str>,
) -> Result<(Site<'a>, ResourceId)> {
    match named {
        Named::Id(id) => {
            let site = Site::open_at(app, id.subscription(), subscription).await?;
            Ok((site, id.clone()))
        }
        Named::InGroup { group, gallery } => {
            let site = Site::open(app, subscription).await?;
            let scope = Scope::resource_group(site.subscription().await?.id, group);
            let id = ResourceId::new(scope, "Microsoft.Compute", "galleries", gallery);
            Ok((site, id))
        }
        Named::ByName(name) => {
            let site = Site::open(app, subscription).await?;
            let scope = Scope::subscription(site.subscription().await?.id);
            let known = site.client.galleries(&scope).await?;
            let ids = known.iter().filter_map(|known| known.id.parse::<ResourceId>().ok());
            let found: Vec<ResourceId> =
                ids.filter(|id| id.name().eq_ignore_ascii_case(name)).collect();
            match found.as_slice() {
                [id] => Ok((site, id.clone())),
                [] => Err(Error::new(
                    Kind::NotFound,
                    format!("no gallery named '{name}' in {scope} can be seen by this identity"),
                )
                .hint("See the galleries with `az-imageshare gallery list -o table`, or choose another identity with --credential.")),
                several => Err(Error::of_list(
                    Kind::Usage,
                    &format!("several galleries are named '{name}':"),
                    several.iter().map(ToString::to_string),
                )
                .hint("Add --resource-group, or give the full ID with --gallery-id.")),
            }
        }
    }
}

/// Reads a gallery that has to exist.
pub(crate) async fn read(client: &Client, id: &ResourceId) -> Result<Gallery> {
    client.gallery(id).await?.ok_or_else(|| missing(id))
}

/// What is said of a gallery that does not exist.
pub(crate) fn missing(id: &ResourceId) -> Error {
    Error::new(Kind::NotFound, format!("gallery '{id}' does not exist, or this identity cannot see it"))
        .hint("See the galleries with `az-imageshare gallery list -o table`, or choose another identity with --credential.")
}

/// Whom a gallery is shared with directly: the shape that scripts rely on.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sharing {
    /// The gallery's full id.
    pub gallery_id: ArmId,
    /// `Private`, `Groups` or `Community`.
    pub permissions: String,
    /// Subscriptions it is shared with.
    pub subscription_ids: Vec<String>,
    /// Tenants it is shared with.
    pub tenant_ids: Vec<String>,
    /// How far that has spread.
    pub state: Option<String>,
    /// Regions where it has not succeeded, and why.
    pub unsettled_regions: Vec<Region>,
    /// What was done: `add`, `remove`, `reset` or `keep`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<&'static str>,
    /// Where the portal shows it.
    pub portal_url: String,
}

/// One region and how it is.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Region {
    pub region: String,
    pub state: String,
    /// Why, in Azure's words.
    pub details: Option<String>,
}

impl Region {
    /// Describes one region.
    pub(crate) fn of(status: &RegionalStatus) -> Region {
        Region {
            region: status.region.clone(),
            state: status.state.clone(),
            details: status.details.clone().filter(|details| !details.is_empty()),
        }
    }
}

impl Sharing {
    /// Describes what Azure reported of a gallery.
    pub(crate) fn of(site: &Site<'_>, gallery: &Gallery) -> Sharing {
        let status = gallery.properties.sharing_status.as_ref();
        let open = |region: &&RegionalStatus| !region.state.eq_ignore_ascii_case("Succeeded");
        let ids = |kind: &str| gallery.shared_with(kind).into_iter().map(str::to_owned).collect();
        Sharing {
            gallery_id: gallery.id.clone(),
            permissions: gallery.permissions().to_owned(),
            subscription_ids: ids("Subscriptions"),
            tenant_ids: ids("AADTenants"),
            state: status.map(|status| status.aggregated_state.clone()),
            unsettled_regions: status
                .iter()
                .flat_map(|status| &status.summary)
                .filter(open)
                .map(Region::of)
                .collect(),
            change: None,
            portal_url: portal::url(&site.cloud.portal, site.client.tenant(), &gallery.id),
        }
    }
}
