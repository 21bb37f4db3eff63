//! Everything that is read before a machine is judged, as much as possible at the same time.
//!
//! What only subscriptions show (sizes, quota, accepted terms) may be closed to the one who has a role on a resource
//! group alone; then it stays unknown, and Azure judges it.

use super::machine::DesiredMachine;
use super::plan::machine_id;
use super::size::Region;
use crate::arm::authorization::Permission;
use crate::arm::virtual_machines::VirtualMachine;
use crate::arm::{ArmError, Client};
use crate::error::{Error, Kind, Result};
use crate::id::{ResourceId, Scope};
use crate::ops::change::observe::Observed;
use crate::ops::change::resume::posix_word;
use crate::ops::image::details::{Details, PurchasePlan};
use crate::ops::image::id::ImageId;
use crate::ops::image::show::show_to_any;
use crate::ops::region::folded_region;
use crate::ops::site::{ChosenSubscription, Site};

/// What exists, and what is possible.
pub(super) struct Facts {
    /// The region as it was written, by the user or by the group.
    pub(super) location: String,
    /// The VM of that name; an error only counts if everything else is right.
    pub(super) standing: Result<Option<VirtualMachine>, ArmError>,
    /// What this identity may do in the resource group.
    pub(super) rights: Vec<Permission>,
    /// The image, as the first of us that can read it sees it.
    pub(super) image: Details,
    /// The region's sizes and quota.
    pub(super) region: Region,
    /// Whether the terms of the image's plan are accepted, if it has one and Azure reports.
    pub(super) terms: Option<bool>,
    /// The subnet that was named.
    pub(super) subnet: Option<Subnet>,
}

/// A subnet that exists already, as far as this identity sees it.
pub(super) struct Subnet {
    /// Whether it is there.
    pub(super) stands: Option<bool>,
    /// Where its network is.
    pub(super) location: Option<String>,
    /// What this identity may do with it.
    pub(super) rights: Option<Vec<Permission>>,
}

/// Reads all of it.
pub(super) async fn read(
    site: &Site<'_>,
    wanted: &DesiredMachine,
    image: &ImageId,
    target: &ChosenSubscription,
) -> Result<Facts> {
    let scope = Scope::resource_group(target.id, &wanted.group);
    let machine = machine_id(&scope, wanted);
    let (group, rights, standing, subnet) = tokio::join!(
        site.client.resource_group(target.id, &wanted.group),
        site.client.permissions(&scope),
        site.client.virtual_machine(&machine),
        subnet(&site.client, wanted.subnet.as_ref()),
    );
    let group = group?.ok_or_else(|| no_group(wanted, target))?;
    let asked = wanted.location.as_ref().or(site.app.settings.location.as_ref());
    let location = asked.cloned().unwrap_or(group.location);
    let name = folded_region(&location);
    site.reporter.step("Reading the image…");
    // What stands has its size, its cores and its plan.
    let stands = matches!(standing, Ok(Some(_)));
    let (image, sizes, usages) = tokio::join!(
        show_to_any(site.app, image, Some(&location)),
        unless(stands, site.client.sizes(target.id, &name)),
        unless(stands, site.client.usages(target.id, &name)),
    );
    let mut image = image?;
    // A role at one version does not open the definition.
    if image.image.os_type.is_none() {
        image.image.os_type.clone_from(&wanted.told.os_type);
        image.image.hyper_v_generation.clone_from(&wanted.told.generation);
    }
    let terms = match image.vm.plan.as_ref().and_then(parts) {
        Some(plan) => unless(stands, site.client.terms_accepted(target.id, plan)).await?,
        None => None,
    };
    Ok(Facts {
        location,
        standing,
        rights: rights?,
        image,
        region: Region {
            name,
            // A region has sizes: an empty list tells nothing.
            sizes: sizes?.filter(|sizes| !sizes.is_empty()),
            usages: usages?,
        },
        terms,
        subnet: subnet?,
    })
}

async fn subnet(client: &Client, id: Option<&ResourceId>) -> Result<Option<Subnet>> {
    let Some((id, network)) = id.and_then(|id| Some((id, id.parent()?))) else {
        return Ok(None);
    };
    let (stands, location, rights) = tokio::join!(
        client.resource_exists(id),
        client.network_location(&network),
        client.permissions(id),
    );
    Ok(Some(Subnet {
        stands: told(stands)?,
        location: told(location)?.flatten(),
        rights: told(rights)?,
    }))
}

async fn unless<T>(
    needless: bool,
    read: impl Future<Output = Result<T, ArmError>>,
) -> Result<Option<T>> {
    if needless { Ok(None) } else { told(read.await) }
}

/// What is good to know, but no condition of going on.
fn told<T>(read: Result<T, ArmError>) -> Result<Option<T>> {
    Ok(Observed::advisory(read)?.told())
}

/// Publisher, offer and plan, if the image names all three.
pub(super) fn parts(plan: &PurchasePlan) -> Option<[&str; 3]> {
    Some([plan.publisher.as_deref()?, plan.product.as_deref()?, plan.name.as_deref()?])
}

fn no_group(wanted: &DesiredMachine, target: &ChosenSubscription) -> Error {
    Error::new(
        Kind::NotFound,
        format!("there is no resource group '{}' in subscription '{}'", wanted.group, target.name),
    )
    .hint(format!(
        "Make it with `az group create -n {} -l REGION --subscription {}`.",
        posix_word(&wanted.group),
        target.id
    ))
}
