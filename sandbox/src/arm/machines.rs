//! Microsoft.Compute/virtualMachines: whether a machine fits the image it is to be made from.
//!
//! Messages are those of the service, as users report them; see also
//! <https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images>.

use serde_json::{Value, json};

use super::compute::{consumer, place};
use super::target::{self, Target};
use super::{marketplace, sizes};
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Listener, Request};

/// Refuses a machine that its image does not allow.
pub(crate) fn check(core: &mut Core, target: &Target, body: &Value) -> Result<(), ArmError> {
    if target.is("Microsoft.Compute/virtualMachineScaleSets") {
        return check_scale_set(core, target, body);
    }
    if !target.is("Microsoft.Compute/virtualMachines") {
        return Ok(());
    }
    let properties = &body["properties"];
    let reference = &properties["storageProfile"]["imageReference"];
    check_standing(core, target, reference)?;
    check_interfaces(core, properties)?;
    let location = place::region(body["location"].as_str().unwrap_or_default());
    let image = image(core, target, reference, &location)?;
    if let Some(image) = &image {
        check_profile(properties, image)?;
        check_security(properties, image)?;
        check_plan(body, image)?;
    }
    marketplace::check(core, target, body)?;
    sizes::check(core, target, (properties, &location), image.as_ref())
}

/// Refuses a disk of an image that is not shared with its subscription in its region.
pub(crate) fn check_disk(core: &mut Core, target: &Target, body: &Value) -> Result<(), ArmError> {
    if !target.is("Microsoft.Compute/disks") {
        return Ok(());
    }
    let location = place::region(body["location"].as_str().unwrap_or_default());
    let reference = &body["properties"]["creationData"]["galleryImageReference"];
    for (name, collection) in PUBLIC {
        if let Some(id) = reference[name].as_str() {
            public(core, target, id, (collection, &location))?;
        }
    }
    Ok(())
}

/// Refuses a scale set whose machines their image does not allow, or that is not whole.
fn check_scale_set(core: &mut Core, target: &Target, body: &Value) -> Result<(), ArmError> {
    let (sku, properties) = (&body["sku"], &body["properties"]);
    let profile = &properties["virtualMachineProfile"];
    let missing = |name: &str| {
        Err(ArmError::bad(
            "InvalidParameter",
            format!("Required parameter '{name}' is missing (null)."),
        )
        .target(name))
    };
    if sku["name"].as_str().is_none_or(str::is_empty) {
        return missing("sku.name");
    }
    if sku["capacity"].as_u64().is_none() {
        return missing("sku.capacity");
    }
    if properties["orchestrationMode"] == "Flexible" {
        if properties["platformFaultDomainCount"].as_u64().is_none() {
            return missing("platformFaultDomainCount");
        }
        if !properties["upgradePolicy"].is_null() {
            return Err(ArmError::bad(
                "BadRequest",
                "Upgrade policy mode is not supported for Virtual Machine Scale Set with Flexible orchestration mode.",
            ));
        }
        if profile["networkProfile"]["networkApiVersion"].is_null() {
            return missing("networkApiVersion");
        }
    } else if properties["upgradePolicy"].is_null() {
        return missing("upgradePolicy");
    }
    let interfaces = profile["networkProfile"]["networkInterfaceConfigurations"].as_array();
    if interfaces.is_none_or(Vec::is_empty) {
        return missing("networkInterfaceConfigurations");
    }
    let reference = &profile["storageProfile"]["imageReference"];
    let location = place::region(body["location"].as_str().unwrap_or_default());
    let mut like = profile.clone();
    like["hardwareProfile"] = json!({"vmSize": sku["name"]});
    let image = image(core, target, reference, &location)?;
    if let Some(image) = &image {
        let prefix = profile["osProfile"]["computerNamePrefix"].as_str();
        if image["osState"] != "Specialized" && prefix.is_none_or(str::is_empty) {
            return missing("computerNamePrefix");
        }
        check_profile(&like, image)?;
        check_security(&like, image)?;
        check_plan(body, image)?;
    }
    sizes::check(core, target, (&like, &location), image.as_ref())
}

/// A machine as a read shows it: with what it does at the moment only if asked.
pub(crate) fn show(request: &Request, target: &Target, mut body: Value) -> Result<Value, ArmError> {
    if !target.is("Microsoft.Compute/virtualMachines") {
        return Ok(body);
    }
    let wanted = request.query("$expand").unwrap_or_default();
    for part in wanted.split(',').filter(|part| !part.is_empty()) {
        if part.eq_ignore_ascii_case("instanceView") {
            body["properties"]["instanceView"] = json!({"statuses": [
                {"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Provisioning succeeded"},
                {"code": "PowerState/running", "level": "Info", "displayStatus": "VM running"}]});
        } else if !part.eq_ignore_ascii_case("userData") {
            return Err(ArmError::bad(
                "InvalidParameter",
                format!("The value '{part}' of parameter '$expand' is invalid."),
            )
            .target("$expand"));
        }
    }
    Ok(body)
}

/// Where an image is named by the id that strangers know, and by which door it is open.
const PUBLIC: [(&str, &str); 2] = [
    ("sharedGalleryImageId", "sharedGalleries"),
    ("communityGalleryImageId", "communityGalleries"),
];

/// A machine keeps the image it was made from.
fn check_standing(core: &Core, target: &Target, reference: &Value) -> Result<(), ArmError> {
    let standing = core.state.resources.get(&target.id().to_ascii_lowercase());
    let known = standing.map(|found| &found.body["properties"]["storageProfile"]["imageReference"]);
    if known.is_none_or(|known| known == reference) {
        return Ok(());
    }
    Err(ArmError::conflict(
        "PropertyChangeNotAllowed",
        "Changing property 'imageReference' is not allowed.",
    )
    .target("imageReference"))
}

fn check_interfaces(core: &Core, properties: &Value) -> Result<(), ArmError> {
    let interfaces = properties["networkProfile"]["networkInterfaces"].as_array();
    let ids = interfaces.into_iter().flatten().filter_map(|interface| interface["id"].as_str());
    for id in ids {
        if !core.state.resources.contains_key(&id.to_ascii_lowercase()) {
            return Err(ArmError::bad(
                "InvalidResourceReference",
                format!(
                    "Resource {id} referenced by resource was not found. Please make sure that the referenced resource exists, and that both resources are in the same region."
                ),
            ));
        }
    }
    Ok(())
}

/// The properties of the image's definition; `None` for images that are in no gallery.
fn image(
    core: &mut Core,
    target: &Target,
    reference: &Value,
    location: &str,
) -> Result<Option<Value>, ArmError> {
    if let Some(id) = reference["id"].as_str() {
        return own(core, id, location);
    }
    for (name, collection) in PUBLIC {
        if let Some(id) = reference[name].as_str() {
            return public(core, target, id, (collection, location)).map(Some);
        }
    }
    Ok(None)
}

fn own(core: &Core, id: &str, location: &str) -> Result<Option<Value>, ArmError> {
    let (definition, version) = match id.to_ascii_lowercase().split_once("/versions/") {
        Some((definition, version)) => (definition.to_owned(), Some(version.to_owned())),
        None => (id.to_ascii_lowercase(), None),
    };
    let Some(found) = core.state.resources.get(&definition) else {
        return Ok(None);
    };
    let kind = "Microsoft.Compute/galleries/images/versions";
    let mut versions = core.state.resources.values().filter(|known| {
        known.type_.eq_ignore_ascii_case(kind) && target::contains(&definition, &known.id)
    });
    let named = |known: &str| match version.as_deref() {
        None | Some("latest") => true,
        Some(version) => known.to_ascii_lowercase().ends_with(&format!("/versions/{version}")),
    };
    let there = versions.any(|known| named(&known.id) && place::is_in(&known.body, location));
    if there {
        return Ok(Some(found.body["properties"].clone()));
    }
    Err(ArmError::missing(
        "GalleryImageNotFound",
        format!("The gallery image {id} is not available in {location} region. Please contact image owner to replicate to this region, or change your requested region."),
    )
    .target("imageReference"))
}

/// What the consumer's own list shows of a version of a shared or community image.
pub(crate) fn public_version(
    core: &mut Core,
    target: &Target,
    id: &str,
    (collection, location): (&str, &str),
) -> Result<Value, ArmError> {
    let subscription = target.subscription().unwrap_or_default();
    let rest: Vec<&str> = id.trim_matches('/').split('/').skip(1).collect();
    let path = format!(
        "/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/{collection}/{}",
        rest.join("/")
    );
    Ok(read(core, &path, id)?["properties"].clone())
}

/// What the consumer's own list shows of a shared or community image, which is what it may use.
pub(crate) fn public(
    core: &mut Core,
    target: &Target,
    id: &str,
    (collection, location): (&str, &str),
) -> Result<Value, ArmError> {
    let subscription = target.subscription().unwrap_or_default().to_owned();
    let mut parts = id.trim_matches('/').split('/').skip(1);
    let mut path = format!(
        "/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/{collection}/{}",
        parts.next().unwrap_or_default()
    );
    let rest: Vec<&str> = parts.filter(|part| !part.eq_ignore_ascii_case("latest")).collect();
    let definition =
        format!("{path}/{}", rest.iter().take(2).copied().collect::<Vec<_>>().join("/"));
    if rest.len() == 4 {
        path = format!("{definition}/{}", rest[2..].join("/"));
        read(core, &path, id)?;
    }
    Ok(read(core, &definition, id)?["properties"].clone())
}

fn read(core: &mut Core, path: &str, id: &str) -> Result<Value, ArmError> {
    let missing = || {
        ArmError::missing(
            "GalleryImageNotFound",
            format!(
                "The gallery image {id} is not available or is not shared with this subscription."
            ),
        )
        .target("imageReference")
    };
    let request = Request {
        listener: Listener::Management,
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: bytes::Bytes::new(),
    };
    let target = Target::parse("GET", path).ok_or_else(missing)?;
    let reply = consumer::answer(core, &request, &target).map_err(|_| missing())?;
    serde_json::from_slice(&reply.body).map_err(|_| missing())
}

fn check_profile(properties: &Value, image: &Value) -> Result<(), ArmError> {
    let specialized = image["osState"] == "Specialized";
    let profile = &properties["osProfile"];
    if specialized && !profile.is_null() {
        return Err(ArmError::bad("InvalidParameter", "Parameter 'osProfile' is not allowed.")
            .target("osProfile"));
    }
    if specialized {
        return Ok(());
    }
    if profile.is_null() {
        return Err(ArmError::bad(
            "InvalidParameter",
            "Required parameter 'osProfile' is missing (null).",
        )
        .target("osProfile"));
    }
    let windows = image["osType"] == "Windows";
    if windows && profile["adminPassword"].as_str().is_none_or(str::is_empty) {
        return Err(ArmError::bad(
            "InvalidParameter",
            "Required parameter 'adminPassword' is missing (null).",
        )
        .target("adminPassword"));
    }
    if windows && !profile["linuxConfiguration"].is_null() {
        return Err(ArmError::bad(
            "InvalidParameter",
            "Parameter 'linuxConfiguration' is not allowed.",
        )
        .target("linuxConfiguration"));
    }
    Ok(())
}

fn check_security(properties: &Value, image: &Value) -> Result<(), ArmError> {
    let features = image["features"].as_array().into_iter().flatten();
    let mut named = features.filter(|feature| feature["name"] == "SecurityType");
    let offered = named.find_map(|feature| feature["value"].as_str()).unwrap_or("Standard");
    let asked = properties["securityProfile"]["securityType"].as_str().unwrap_or("Standard");
    if ["TrustedLaunch", "ConfidentialVM"].contains(&offered) && asked != offered {
        return Err(ArmError::bad(
            "BadRequest",
            format!(
                "The provided gallery image only supports creation of VMs and VM Scale Sets with '{offered}' security type."
            ),
        ));
    }
    let can = offered == asked || offered.contains("Supported") || asked == "Standard";
    if can && !(asked != "Standard" && image["hyperVGeneration"] == "V1") {
        return Ok(());
    }
    Err(ArmError::bad(
        "BadRequest",
        format!(
            "Use of {asked} setting is not supported for the provided image. Please select Trusted Launch Supported Gen2 OS Image."
        ),
    ))
}

fn check_plan(body: &Value, image: &Value) -> Result<(), ArmError> {
    if image["purchasePlan"].is_null() || !body["plan"].is_null() {
        return Ok(());
    }
    Err(ArmError::bad(
        "VMMarketplaceInvalidInput",
        "Creating a virtual machine from Marketplace image or a custom image sourced from a Marketplace image requires Plan information in the request.",
    ))
}
