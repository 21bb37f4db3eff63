//! Microsoft.Compute virtual machines, and the network interface that has their address.
//!
//! Source: <https://learn.microsoft.com/rest/api/compute/virtual-machines>, version 2024-11-01, and
//! <https://learn.microsoft.com/rest/api/virtualnetwork/network-interfaces>, version 2024-05-01.

use serde::Deserialize;
use serde_json::Value;

use super::{ArmError, Client, ProvisioningState};
use crate::id::ResourceId;

const VERSION: (&str, &str) = ("api-version", "2024-11-01");
const NETWORK: (&str, &str) = ("api-version", "2024-05-01");

/// A virtual machine.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct VirtualMachine {
    /// Where it is.
    #[serde(default)]
    pub location: String,
    /// The rest.
    #[serde(default)]
    pub properties: VirtualMachineProperties,
}

/// What a machine says of itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineProperties {
    /// `Succeeded` once it runs.
    #[serde(default)]
    pub provisioning_state: String,
    /// Its size.
    #[serde(default)]
    pub hardware_profile: HardwareProfile,
    /// Its image and its disks.
    #[serde(default)]
    pub storage_profile: Value,
    /// How it starts.
    #[serde(default)]
    pub security_profile: Value,
}

/// What a machine runs on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HardwareProfile {
    /// The name of its size.
    #[serde(default)]
    pub vm_size: String,
}

/// A scale set: its machines are described by one profile.
#[derive(Deserialize)]
struct ScaleSet {
    #[serde(default)]
    location: String,
    #[serde(default)]
    sku: Value,
    #[serde(default)]
    properties: Value,
}

impl From<ScaleSet> for VirtualMachine {
    fn from(set: ScaleSet) -> VirtualMachine {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let profile = &set.properties["virtualMachineProfile"];
        VirtualMachine {
            location: set.location,
            properties: VirtualMachineProperties {
                provisioning_state: text(&set.properties["provisioningState"]),
                hardware_profile: HardwareProfile { vm_size: text(&set.sku["name"]) },
                storage_profile: profile["storageProfile"].clone(),
                security_profile: profile["securityProfile"].clone(),
            },
        }
    }
}

const SCALE_SET: &str = "Microsoft.Compute/virtualMachineScaleSets";

impl VirtualMachine {
    /// The id of the image it was made from, whichever way that was shared.
    pub fn image(&self) -> Option<&str> {
        let reference = self.properties.storage_profile.get("imageReference")?;
        ["id", "sharedGalleryImageId", "communityGalleryImageId"]
            .iter()
            .find_map(|name| reference.get(*name)?.as_str())
    }

    /// `Standard`, `TrustedLaunch` or `ConfidentialVM`.
    pub fn security_type(&self) -> &str {
        let told = self.properties.security_profile.get("securityType");
        told.and_then(Value::as_str).unwrap_or("Standard")
    }

    /// True if it was never made: the same deployment may be tried again.
    pub fn has_failed(&self) -> bool {
        ProvisioningState::from(self.properties.provisioning_state.as_str())
            == ProvisioningState::Failed
    }
}

impl Client {
    /// Reads a machine; `None` if there is none of that name.
    pub async fn virtual_machine(
        &self,
        id: &ResourceId,
    ) -> Result<Option<VirtualMachine>, ArmError> {
        if !id.is(SCALE_SET) {
            return self.find(&id.to_string(), &[VERSION]).await;
        }
        let found: Option<ScaleSet> = self.find(&id.to_string(), &[VERSION]).await?;
        Ok(found.map(VirtualMachine::from))
    }

    /// The address of a network interface inside its network; `None` if it has none yet.
    pub async fn private_address(
        &self,
        interface: &ResourceId,
    ) -> Result<Option<String>, ArmError> {
        let found: Option<Value> = self.find(&interface.to_string(), &[NETWORK]).await?;
        let address = found.as_ref().and_then(|found| {
            found.pointer("/properties/ipConfigurations/0/properties/privateIPAddress")
        });
        Ok(address.and_then(Value::as_str).map(str::to_owned))
    }

    /// The region of a virtual network; `None` if there is none of that name.
    pub async fn network_location(&self, id: &ResourceId) -> Result<Option<String>, ArmError> {
        let found: Option<Value> = self.find(&id.to_string(), &[NETWORK]).await?;
        let location = found.as_ref().and_then(|found| found.get("location"));
        Ok(location.and_then(Value::as_str).map(str::to_owned))
    }

    /// True if there is a machine or a part of its network with this id.
    pub async fn resource_exists(&self, id: &ResourceId) -> Result<bool, ArmError> {
        let is_machine = id.namespace.eq_ignore_ascii_case("Microsoft.Compute");
        let version = if is_machine { VERSION } else { NETWORK };
        let found: Option<Value> = self.find(&id.to_string(), &[version]).await?;
        Ok(found.is_some())
    }
}
