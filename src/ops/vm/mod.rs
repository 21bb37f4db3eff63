//! A virtual machine from an image that somebody shared: what the image demands is read from it.
//!
//! One deployment at resource group scope, because Azure checks images of other tenants only there.
//! Source: <https://learn.microsoft.com/azure/virtual-machines/share-gallery>

use serde::Serialize;

use crate::id::{ResourceId, Scope, TenantId};
use crate::ops::delegation::DeploymentView;
use crate::ops::image::details::Details;
use crate::ops::subscription::Found;
use crate::rest::auxiliary::AuxiliaryIdentity;

mod choice;
pub(crate) mod create;
mod facts;
pub(crate) mod login;
mod preflight;
mod size;
mod template;

pub(crate) use create::create;

/// A machine as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
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
    pub login: login::Login,
    /// A subnet that exists; a network of its own if nobody said.
    pub subnet: Option<ResourceId>,
    /// Whether it can be reached from the internet.
    pub public_ip: bool,
    pub deployment_name: Option<String>,
    /// Tenants whose tokens are sent along, beside the image's own.
    pub auxiliary_tenants: Vec<TenantId>,
}

/// Everything that is decided before Azure is asked to do anything.
struct Plan<'a> {
    wanted: &'a Wanted,
    subscription: Found,
    location: String,
    size: String,
    image: Details,
    /// The id that the machine names: always of one version, so that it is known what it was made from.
    reference: String,
    security_type: Option<String>,
    auxiliary: Vec<AuxiliaryIdentity>,
}

impl Plan<'_> {
    fn scope(&self) -> Scope {
        Scope::resource_group(self.subscription.id, &self.wanted.group)
    }

    fn id(&self) -> ResourceId {
        id(&self.scope(), &self.wanted.name)
    }

    fn is_specialized(&self) -> bool {
        is(self.image.image.os_state.as_ref(), "Specialized")
    }

    fn is_windows(&self) -> bool {
        is(self.image.image.os_type.as_ref(), "Windows")
    }

    fn deployment_name(&self) -> String {
        match &self.wanted.deployment_name {
            Some(name) => name.clone(),
            // Longer names are refused; what is cut off is still in the template.
            None => format!("az-imageshare-vm-{}", self.wanted.name).chars().take(64).collect(),
        }
    }
}

fn id(scope: &Scope, name: &str) -> ResourceId {
    ResourceId::new(scope.clone(), "Microsoft.Compute", "virtualMachines", name)
}

fn is(text: Option<&String>, wanted: &str) -> bool {
    text.is_some_and(|text| text.eq_ignore_ascii_case(wanted))
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
