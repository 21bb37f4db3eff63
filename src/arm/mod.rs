//! Azure Resource Manager: one method for each endpoint, on the client that `rest` gives.

use crate::rest;
use crate::rest::Service;

pub(crate) mod authorization;
pub(crate) mod compute;
pub(crate) mod custom_roles;
pub(crate) mod galleries;
pub(crate) mod image_builder;
pub(crate) mod image_versions;
pub(crate) mod managed_identity;
pub(crate) mod managed_services;
pub(crate) mod management_groups;
pub(crate) mod marketplace;
pub(crate) mod policy;
pub(crate) mod prefetch;
pub(crate) mod resource_graph;
pub(crate) mod resources;
pub(crate) mod role_assignments;
pub(crate) mod shared_galleries;
pub(crate) mod sizes;
pub(crate) mod tags;
pub(crate) mod virtual_machines;

pub(crate) use crate::rest::{Progress, ProvisioningState, Refusal, Reply};

/// Resource Manager among the services.
#[derive(Clone, Copy, Debug, Default)]
pub struct ResourceManager;

impl Service for ResourceManager {
    const NAME: &'static str = "Azure Resource Manager";
    const SHORT_NAME: &'static str = "Azure";
    const FORBIDDEN: &'static str = "Forbidden";
}

/// Speaks to Resource Manager as one tenant's identity.
pub(crate) type Client = rest::ServiceClient<ResourceManager>;

/// Why a call of Resource Manager did not do what it should.
pub(crate) type ArmError = rest::RestError<ResourceManager>;
