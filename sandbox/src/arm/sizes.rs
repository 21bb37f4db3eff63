//! Microsoft.Compute/skus and usages: which sizes a region has, and how many cores a subscription may use there.
//!
//! A dozen real sizes with what Azure tells of them (`data/sizes.json`). The words of the refusals are those that
//! users report: threads azure-cli 32327 (`SkuNotAvailable`), devpod 731 (generation), azure-cli 28005
//! (Trusted Launch), cb-spider 1558 (quota at the write), fahclient-azure-vm 3. The words about the processor are
//! from memory.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::compute::{place, source};
use super::subscriptions;
use super::target::{self, Target};
use crate::arm::reply;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{IMAGE_VERSIONS, MACHINES, State};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Size {
    name: String,
    family: String,
    #[serde(rename = "vCPUs")]
    cores: u64,
    #[serde(rename = "memoryGB")]
    memory: String,
    architecture: String,
    generations: String,
    #[serde(default)]
    trusted_launch_disabled: bool,
    #[serde(default)]
    confidential: Option<String>,
    /// Empty is everywhere.
    #[serde(default)]
    locations: Vec<String>,
}

impl Size {
    fn is_in(&self, region: &str) -> bool {
        self.locations.is_empty() || self.locations.iter().any(|known| known == region)
    }
}

static SIZES: LazyLock<Vec<Size>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/sizes.json")).expect("the data is checked in")
});

/// Whether a target is answered here.
pub(crate) fn serves(target: &Target) -> bool {
    target.is("Microsoft.Compute/skus") || target.is("Microsoft.Compute/locations/usages")
}

/// Answers both lists.
pub(crate) fn answer(core: &Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    if request.method != "GET" || !target.is_collection() {
        return Err(reply::method_not_allowed(request));
    }
    let subscription = target.subscription().unwrap_or_default();
    if target.is("Microsoft.Compute/skus") {
        return skus(core, request, subscription);
    }
    let region = place::region(&target.names[0]);
    require_region(&region)?;
    Ok(reply::page(core, request, usages(&core.state, subscription, &region)))
}

fn require_region(region: &str) -> Result<(), ArmError> {
    if subscriptions::regions().any(|known| known == region) {
        return Ok(());
    }
    Err(ArmError::bad(
        "NoRegisteredProviderFound",
        format!("No registered resource provider found for location '{region}'."),
    ))
}

fn skus(core: &Core, request: &Request, subscription: &str) -> Result<Reply, ArmError> {
    let filter = request.query("$filter").unwrap_or_default();
    let only = match filter.split('\'').collect::<Vec<_>>()[..] {
        [""] => None,
        [before, region, ""] if before.trim().eq_ignore_ascii_case("location eq") => {
            Some(place::region(region))
        }
        _ => {
            return Err(ArmError::bad(
                "InvalidParameter",
                "The value of parameter $filter is invalid: only \"location eq '<location>'\" is supported.",
            ));
        }
    };
    let mut value = Vec::new();
    for region in subscriptions::regions() {
        if only.as_ref().is_some_and(|only| only != region) {
            continue;
        }
        // Disks are in the same list.
        value.push(json!({"resourceType": "disks", "name": "Premium_LRS", "tier": "Premium", "size": "P10",
            "locations": [region], "capabilities": [{"name": "MaxSizeGiB", "value": "128"}], "restrictions": []}));
        let here = SIZES.iter().filter(|size| size.is_in(region));
        value.extend(here.map(|size| {
            let is_closed = core.state.capacity.is_closed(subscription, region, &size.name);
            shown(size, region, is_closed)
        }));
    }
    Ok(reply::page(core, request, value))
}

fn shown(size: &Size, region: &str, is_closed: bool) -> Value {
    let one = |name: &str, value: &str| json!({"name": name, "value": value});
    let mut capabilities = vec![
        one("vCPUs", &size.cores.to_string()),
        one("MemoryGB", &size.memory),
        one("CpuArchitectureType", &size.architecture),
        one("HyperVGenerations", &size.generations),
    ];
    if size.trusted_launch_disabled {
        capabilities.push(one("TrustedLaunchDisabled", "True"));
    }
    if let Some(kind) = &size.confidential {
        capabilities.push(one("ConfidentialComputingType", kind));
    }
    let restrictions = if is_closed {
        vec![json!({"type": "Location", "values": [region],
            "restrictionInfo": {"locations": [region]}, "reasonCode": "NotAvailableForSubscription"})]
    } else {
        Vec::new()
    };
    json!({"resourceType": "virtualMachines", "name": size.name, "tier": "Standard",
        "size": size.name.trim_start_matches("Standard_"), "family": size.family, "locations": [region],
        "locationInfo": [{"location": region, "zones": ["1", "2", "3"], "zoneDetails": []}],
        "capabilities": capabilities, "restrictions": restrictions})
}

fn usages(state: &State, subscription: &str, region: &str) -> Vec<Value> {
    let mut names: Vec<&str> = SIZES.iter().map(|size| size.family.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.insert(0, MACHINES);
    names.insert(0, CORES);
    let one = |name: &&str| {
        let people = match *name {
            CORES => "Total Regional vCPUs".to_owned(),
            MACHINES => "Virtual Machines".to_owned(),
            family => format!("{family} vCPUs"),
        };
        json!({"unit": "Count", "name": {"value": name, "localizedValue": people},
            "currentValue": used(state, subscription, region, name, ""),
            "limit": state.capacity.most(subscription, region, name)})
    };
    let mut rows: Vec<Value> = names.iter().map(one).collect();
    rows.push(json!({"unit": "Count",
        "name": {"value": IMAGE_VERSIONS, "localizedValue": "Gallery Image Versions"},
        "currentValue": source::versions_in(state, subscription, region, ""),
        "limit": state.capacity.most(subscription, region, IMAGE_VERSIONS)}));
    rows
}

/// What the machines of a subscription use in a region, without the one with this id.
fn used(state: &State, subscription: &str, region: &str, usage: &str, except: &str) -> u64 {
    let machines = state.resources.iter().filter(|(id, known)| {
        known.type_.eq_ignore_ascii_case("Microsoft.Compute/virtualMachines")
            && target::subscription(id)
                .is_some_and(|whose| whose.eq_ignore_ascii_case(subscription))
            && place::region(known.body["location"].as_str().unwrap_or_default()) == region
            && !id.eq_ignore_ascii_case(except)
    });
    let need = |(_, known): (&String, &crate::state::Resource)| {
        find(&known.body["properties"]).map_or(0, |size| needs(size, usage))
    };
    machines.map(need).sum()
}

fn needs(size: &Size, usage: &str) -> u64 {
    match usage {
        CORES => size.cores,
        MACHINES => 1,
        family if family == size.family => size.cores,
        _ => 0,
    }
}

fn find(properties: &Value) -> Option<&'static Size> {
    let name = properties["hardwareProfile"]["vmSize"].as_str()?;
    SIZES.iter().find(|size| size.name.eq_ignore_ascii_case(name))
}

/// Refuses a machine whose size is not there, does not fit its image, or is more than the quota gives.
pub(crate) fn check(
    core: &Core,
    target: &Target,
    (properties, region): (&Value, &str),
    image: Option<&Value>,
) -> Result<(), ArmError> {
    let Some(name) = properties["hardwareProfile"]["vmSize"].as_str() else {
        return Ok(());
    };
    let Some(size) = find(properties) else {
        let valid: Vec<&str> = SIZES.iter().map(|size| size.name.as_str()).collect();
        return Err(ArmError::bad(
            "InvalidParameter",
            format!(
                "The value {name} provided for the VM size is not valid. The valid sizes in the current region are: {}. Find out more on the valid VM sizes in each region at https://aka.ms/azure-regions.",
                valid.join(",")
            ),
        )
        .target("vmSize"));
    };
    let subscription = target.subscription().unwrap_or_default();
    if !size.is_in(region) || core.state.capacity.is_closed(subscription, region, name) {
        return Err(ArmError::conflict(
            "SkuNotAvailable",
            format!(
                "The requested VM size for resource '{}' is currently not available in location '{region}'. Please try another size or deploy to a different location or different zone. See https://aka.ms/azureskunotavailable for details.",
                target.id()
            ),
        ));
    }
    if let Some(image) = image {
        check_fit(size, properties, image)?;
    }
    check_quota(&core.state, target, size, region)
}

fn check_fit(size: &Size, properties: &Value, image: &Value) -> Result<(), ArmError> {
    let name = &size.name;
    let bad = |message: String| Err(ArmError::bad("BadRequest", message));
    let has = image["architecture"].as_str().unwrap_or("x64");
    if !has.eq_ignore_ascii_case(&size.architecture) {
        return bad(format!(
            "Cannot create a VM of size '{name}' because this VM size only supports a CPU Architecture of '{}', but an image or disk given has CPU Architecture '{has}'. Please select a different VM size or a different image or disk.",
            size.architecture
        ));
    }
    let generation = image["hyperVGeneration"].as_str().unwrap_or("V1");
    if !size.generations.split(',').any(|known| known == generation) {
        let number = generation.trim_start_matches('V');
        return bad(format!(
            "The selected VM size '{name}' cannot boot Hypervisor Generation '{number}'. If this was a Create operation please check that the Hypervisor Generation of the Image matches the Hypervisor Generation of the selected VM Size. If this was an Update operation please select a Hypervisor Generation '{number}' VM Size. For more information, see https://aka.ms/azuregen2vm"
        ));
    }
    let security = properties["securityProfile"]["securityType"].as_str();
    let fits = match security {
        Some("TrustedLaunch") => !size.trusted_launch_disabled,
        Some("ConfidentialVM") => size.confidential.is_some(),
        _ => true,
    };
    if fits {
        return Ok(());
    }
    bad(format!(
        "The VM size '{name}' is not supported for creation of VMs and Virtual Machine Scale Set with '{}' security type. For more information, see https://aka.ms/TrustedLaunch-FAQ",
        security.unwrap_or_default()
    ))
}

fn check_quota(state: &State, target: &Target, size: &Size, region: &str) -> Result<(), ArmError> {
    let subscription = target.subscription().unwrap_or_default();
    for usage in [CORES, size.family.as_str(), MACHINES] {
        let used = used(state, subscription, region, usage, &target.id());
        let (most, more) = (state.capacity.most(subscription, region, usage), needs(size, usage));
        if used + more <= most {
            continue;
        }
        let what = match usage {
            CORES => "Total Regional Cores".to_owned(),
            MACHINES => "Virtual Machines".to_owned(),
            family => format!("{family} Cores"),
        };
        return Err(ArmError::conflict(
            "OperationNotAllowed",
            format!(
                "Operation could not be completed as it results in exceeding approved {what} quota. Additional details - Deployment Model: Resource Manager, Location: {region}, Current Limit: {most}, Current Usage: {used}, Additional Required: {more}, (Minimum) New Limit Required: {}. Setup Alerts when Quota reaches threshold. Learn more at https://aka.ms/quotamonitoringalerting.",
                used + more
            ),
        ));
    }
    Ok(())
}

const CORES: &str = "cores";
