//! Microsoft.ManagedServices (Azure Lighthouse): offers, their assignments, and the rules Azure holds them to.
//!
//! API: <https://learn.microsoft.com/rest/api/managedservices/>, versions 2018-06-01-preview to 2022-10-01.

pub(crate) mod assignments;
pub(crate) mod definitions;
mod owner;
pub(crate) mod provisioning;
mod rules;
mod view;

use serde_json::{Value, json};

use super::target::Target;
use crate::arm::reply;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

/// The api-version whose view others show.
pub(crate) const SHOWN_VERSION: &str = "2022-10-01";

/// Answers a request to a resource of Microsoft.ManagedServices.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let kind = target.types[0].to_ascii_lowercase();
    match (request.method.as_str(), kind.as_str(), target.is_collection()) {
        ("GET", "registrationdefinitions", true) => definitions::list(core, request, target),
        ("GET", "registrationdefinitions", false) => definitions::show(core, request, target),
        ("PUT", "registrationdefinitions", false) => {
            definitions::put(core, caller, target, request.api_version(), &request.json()?)
        }
        ("DELETE", "registrationdefinitions", false) => definitions::delete(core, caller, target),
        ("GET", "registrationassignments", true) => assignments::list(core, request, target),
        ("GET", "registrationassignments", false) => assignments::show(core, request, target),
        ("PUT", "registrationassignments", false) => {
            assignments::put(core, caller, target, request.api_version(), &request.json()?)
        }
        ("DELETE", "registrationassignments", false) => {
            assignments::delete(core, caller, request, target)
        }
        ("GET", "operationstatuses", false) => super::operation_status::status(core, target.name()),
        ("GET", "marketplaceregistrationdefinitions", true) => {
            Ok(Reply::json(200, &json!({"value": []})))
        }
        ("GET", "marketplaceregistrationdefinitions", false) => Err(ArmError::missing(
            "MarketplaceRegistrationDefinitionNotFound",
            format!(
                "The marketplace registration definition '{}' could not be found.",
                target.name()
            ),
        )),
        ("GET", "operations", true) => Ok(Reply::json(200, &provider_operations())),
        _ => Err(reply::method_not_allowed(request)),
    }
}

fn provider_operations() -> Value {
    let operation = |resource: &str, verb: &str, text: &str| {
        json!({"name": format!("Microsoft.ManagedServices/{resource}/{verb}"), "display": {
            "provider": "Microsoft Managed Services", "resource": resource, "operation": text, "description": text}})
    };
    json!({"value": [
        operation("registrationDefinitions", "read", "Retrieves a list of Managed Services registration definitions."),
        operation("registrationDefinitions", "write", "Add or modify Managed Services registration definition."),
        operation("registrationDefinitions", "delete", "Removes Managed Services registration definition."),
        operation("registrationAssignments", "read", "Retrieves a list of Managed Services registration assignments."),
        operation("registrationAssignments", "write", "Add or modify Managed Services registration assignment."),
        operation("registrationAssignments", "delete", "Removes Managed Services registration assignment."),
        operation("operationStatuses", "read", "Reads the operation status for the resource."),
    ]})
}
