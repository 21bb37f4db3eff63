//! A machine: as it was asked for, and as scripts see it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::login::Login;
use crate::id::{ResourceId, TenantId};
use crate::ops::deployment::DeploymentView;
use crate::secrets::Secret;

/// A machine as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct DesiredMachine {
    pub name: String,
    /// The resource group that holds it.
    pub group: String,
    /// Where; the group's location if no one said.
    pub location: Option<String>,
    /// The size; one that fits the image's architecture if no one said.
    pub size: Option<String>,
    /// `Standard`, `TrustedLaunch` or `ConfidentialVM`; what the image offers if no one said.
    pub security_type: Option<String>,
    /// Who may log in to it.
    pub login: Login,
    /// A subnet that exists; a network of its own if no one said.
    pub subnet: Option<ResourceId>,
    /// Whether it can be reached from the internet.
    pub public_ip: bool,
    /// How many instances, if it is to be a scale set.
    pub instances: Option<u32>,
    /// How many machines like this are made together.
    pub alike: u32,
    /// Availability zones; Azure chooses where none is named.
    pub zones: Vec<String>,
    /// The tags of everything that is made.
    pub tags: BTreeMap<String, String>,
    /// What is read at the first start, in base64.
    pub custom_data: Option<Secret>,
    /// What is known of the image, for a reader of one version only.
    pub told: ToldImage,
    pub deployment_name: Option<String>,
    /// Tenants whose tokens are sent along, beside the image's own.
    pub auxiliary_tenants: Vec<TenantId>,
}

impl DesiredMachine {
    /// What it is called in plans.
    pub(super) fn noun(&self) -> &'static str {
        if self.instances.is_some() { "scale set" } else { "virtual machine" }
    }

    /// How many machines it takes.
    pub(super) fn machines(&self) -> u32 {
        self.instances.unwrap_or(self.alike)
    }
}

/// What a definition says of an image, given by someone who cannot read it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ToldImage {
    /// `Linux` or `Windows`.
    pub os_type: Option<String>,
    /// `V1` or `V2`.
    pub generation: Option<String>,
}

/// A machine as scripts see it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Machine {
    pub id: String,
    pub name: String,
    pub location: String,
    pub size: String,
    /// The image version it is made from.
    pub image: String,
    /// How that image was shared.
    pub via: &'static str,
    /// The tenant that owns the image, where it is known.
    pub publisher_tenant_id: Option<TenantId>,
    pub os_type: Option<String>,
    /// How many instances a scale set has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<u32>,
    /// `Standard`, `TrustedLaunch` or `ConfidentialVM`.
    pub security_type: String,
    /// The address inside its network, once it has one.
    pub private_ip_address: Option<String>,
    /// `Succeeded` once it runs.
    pub provisioning_state: String,
    pub change: &'static str,
    /// The deployment that made it.
    pub deployment: Option<DeploymentView>,
    /// Where the portal shows it.
    pub portal_url: String,
}
