//! A machine: as it was asked for, and as scripts see it.

use serde::Serialize;

use super::login::Login;
use crate::id::{ResourceId, TenantId};
use crate::ops::deployment::DeploymentView;

/// A machine as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct DesiredMachine {
    pub name: String,
    /// The resource group that holds it.
    pub group: String,
    /// Where; the group's location if nobody said.
    pub location: Option<String>,
    /// The size; one that fits the image's architecture if nobody said.
    pub size: Option<String>,
    /// `Standard`, `TrustedLaunch` or `ConfidentialVM`; what the image offers if nobody said.
    pub security_type: Option<String>,
    /// Who may log in to it.
    pub login: Login,
    /// A subnet that exists; a network of its own if nobody said.
    pub subnet: Option<ResourceId>,
    /// Whether it can be reached from the internet.
    pub public_ip: bool,
    pub deployment_name: Option<String>,
    /// Tenants whose tokens are sent along, beside the image's own.
    pub auxiliary_tenants: Vec<TenantId>,
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
