//! What a deployment puts: each provider's own PUT, by the same rules as a direct one.

use serde_json::Value;

use super::compute::put::put_item;
use super::managed_services::{assignments, definitions};
use super::target::Target;
use super::{
    authorization, groups, linked, managed_identity, rbac, reply, resources, role_definitions,
    versions,
};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::Reply;

/// Puts one resource of a deployment in place, by the same rules as a direct PUT.
pub(crate) fn put_resource(
    core: &mut Core,
    caller: &Caller,
    id: &str,
    api_version: &str,
    body: &Value,
) -> Result<Reply, ArmError> {
    let target = Target::parse("PUT", id).ok_or_else(|| {
        ArmError::bad("InvalidResourceType", format!("The resource id '{id}' is not valid."))
    })?;
    versions::require(&target, api_version)?;
    if let (Some(subscription), Some(group)) = (target.subscription(), target.group()) {
        groups::require(core, subscription, group)?;
    }
    rbac::require(core, caller, &target.id(), &target.action("PUT"))?;
    crate::schema::check(&target.full_type(), api_version, body)
        .map_err(|errors| reply::invalid_content(&errors))?;
    match (
        target.namespace.to_ascii_lowercase().as_str(),
        target.types[0].to_ascii_lowercase().as_str(),
    ) {
        ("microsoft.managedservices", "registrationdefinitions") => {
            definitions::put(core, caller, &target, api_version, body)
        }
        ("microsoft.managedservices", "registrationassignments") => {
            assignments::put(core, caller, &target, api_version, body)
        }
        ("microsoft.authorization", "roleassignments") => {
            authorization::put(core, caller, &target, body)
        }
        ("microsoft.authorization", "policydefinitions") => {
            super::policy::definitions::put(core, &target, body)
        }
        ("microsoft.authorization", "policyassignments") => {
            super::policy::assignments::put(core, &target, body)
        }
        ("microsoft.compute", "galleries") => {
            linked::check(core, caller, &target, body)?;
            put_item(core, &target, body)
        }
        ("microsoft.authorization", "roledefinitions") => {
            role_definitions::put(core, caller, &target, api_version, body)
        }
        _ if managed_identity::serves(&target) => managed_identity::put(core, &target, body),
        _ => resources::put(core, caller, &target, body),
    }
}
