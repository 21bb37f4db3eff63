//! Azure Resource Manager: token, api-version, subscription and role are checked for every call, then the provider answers.

mod actions;
mod authentication;
mod authorization;
mod compute;
mod denied_tenants;
pub(crate) mod deployments;
mod features;
mod groups;
mod identities;
mod image_builder;
mod lent_roles;
mod linked;
mod locks;
pub(crate) mod machines;
mod managed_identity;
pub(crate) mod managed_services;
mod management_groups;
mod marketplace;
mod network;
mod operation_status;
pub(crate) mod operations;
pub(crate) mod policy;
mod providers;
mod put;
mod rbac;
mod reply;
mod resource_graph;
mod resources;
mod role_definitions;
pub(crate) mod roles;
pub(crate) mod sizes;
mod stored;
mod stranger;
mod subscriptions;
mod tags;
pub(crate) mod target;
mod throttle;
mod versions;

use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::journal::Call;
use crate::message::{Reply, Request};
use target::Target;

/// Answers a request to the management listener.
pub(crate) fn answer(core: &mut Core, request: &Request, call: &mut Call) -> Reply {
    if request.path.eq_ignore_ascii_case("/metadata/endpoints") {
        return crate::entra::metadata(core);
    }
    let result = answer_caller(core, request, call);
    if let Some(tenant) = &call.tenant {
        reveal_delegations(core, tenant);
    }
    result.unwrap_or_else(Reply::from)
}

fn answer_caller(core: &mut Core, request: &Request, call: &mut Call) -> Result<Reply, ArmError> {
    versions::require_any(request)?;
    if let Some(refusal) = stranger::refuse(core, request) {
        return Err(refusal);
    }
    let caller = authentication::caller(core, request)?;
    call.tenant = Some(caller.tenant.clone());
    call.principal = Some(caller.object_id.clone());
    let remaining = match throttle::admit_request(core, &caller, request, call) {
        Ok(remaining) => remaining,
        Err(refused) => return Ok(refused),
    };
    let mut reply = answer_admitted(core, &caller, request).unwrap_or_else(Reply::from);
    reply.headers.extend(remaining);
    Ok(reply)
}

fn answer_admitted(core: &mut Core, caller: &Caller, request: &Request) -> Result<Reply, ArmError> {
    authentication::require_strength(core, caller, request)?;
    if policy::is_due(core) {
        policy::pump(core);
    }
    let lower = request.path.to_ascii_lowercase();
    let segments: Vec<&str> = lower.trim_matches('/').split('/').collect();
    if let ["subscriptions", id, ..] = segments.as_slice() {
        require_subscription(core, caller, id)?;
        require_writable(core, request, id)?;
    }
    if let Some(reply) = answer_platform(core, caller, request, &segments) {
        return reply;
    }
    match segments.as_slice() {
        ["tenants" | "subscriptions", ..] if segments.len() <= 2 => {
            subscriptions::answer(core, caller, request, &segments)
        }
        ["subscriptions", _, "locations"] => subscriptions::locations(core, caller, request),
        ["subscriptions", _, "resourcegroups"] | ["subscriptions", _, "resourcegroups", _] => {
            groups::answer(core, caller, request)
        }
        ["subscriptions", _, "resources"]
        | ["subscriptions", _, "resourcegroups", _, "resources"] => {
            resources::list_all(core, caller, request)
        }
        ["subscriptions", _, "providers"]
        | ["subscriptions", _, "providers", _]
        | ["subscriptions", _, "providers", _, "register" | "unregister"] => {
            providers::answer(core, caller, request, &segments)
        }
        ["subscriptions", _, "operationresults", _] => {
            let token = request
                .path
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
            operation_status::result(core, request, &token)
        }
        _ => match Target::parse(&request.method, &request.path) {
            Some(target) => answer_provider(core, caller, request, &target),
            None => Err(ArmError::missing(
                "InvalidResourceType",
                format!("The resource type could not be found for the path '{}'.", request.path),
            )),
        },
    }
}

/// Answers for providers whose addresses are not those of resources.
fn answer_platform(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    segments: &[&str],
) -> Option<Result<Reply, ArmError>> {
    match segments {
        ["providers", "microsoft.resourcegraph", "resources"] => {
            Some(resource_graph::answer(core, caller, request))
        }
        ["providers", "microsoft.management", _, rest @ ..] if !rest.contains(&"providers") => {
            Some(management_groups::answer(core, caller, request, segments))
        }
        [
            "subscriptions",
            _,
            "providers",
            "microsoft.features",
            "providers",
            _,
            "features",
            _,
            ..,
        ] => Some(features::answer(core, caller, request, segments)),
        _ => None,
    }
}

fn answer_provider(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    versions::require(target, request.api_version())?;
    let namespace = target.namespace.to_ascii_lowercase();
    if let (Some(subscription), Some(group)) = (target.subscription(), target.group()) {
        groups::require(core, subscription, group)?;
    }
    let is_open = compute::is_open(target)
        || policy::serves(target)
        || target.is("Microsoft.Authorization/permissions")
        || target.is("Microsoft.ManagedServices/operations")
        || (target.scope.is_empty()
            && target.is("Microsoft.ManagedServices/marketplaceRegistrationDefinitions"))
        || (target.scope.is_empty() && target.is("Microsoft.Authorization/roleDefinitions"));
    if !is_open {
        rbac::require(
            core,
            caller,
            &target.authorization_scope(),
            &target.action(&request.method),
        )?;
    }
    if request.method == "DELETE" {
        locks::require_unlocked(core, &target.id())?;
    }
    match namespace.as_str() {
        "microsoft.managedservices" => {
            if matches!(request.method.as_str(), "PUT" | "DELETE") {
                providers::require_registered(core, target)?;
            }
            if request.method == "PUT" {
                reply::check_body(target, request)?;
            }
            managed_services::answer(core, caller, request, target)
        }
        "microsoft.resources" if target.is("Microsoft.Resources/deploymentStacks") => {
            deployments::stacks::answer(core, caller, request, target)
        }
        "microsoft.resources" if target.types[0].eq_ignore_ascii_case("deployments") => {
            deployments::answer(core, caller, request, target)
        }
        "microsoft.compute" if sizes::serves(target) => sizes::answer(core, request, target),
        "microsoft.compute" if compute::serves(target) => {
            if request.method == "PUT" {
                linked::check(core, caller, target, &request.json()?)?;
            }
            compute::answer(core, request, target)
        }
        _ if policy::serves(target) => policy::answer(core, caller, request, target),
        "microsoft.authorization" if authorization::serves(target) => {
            authorization::answer(core, caller, request, target)
        }
        _ if tags::serves(target) => tags::answer(core, request, target),
        _ if managed_identity::serves(target) => {
            managed_identity::answer(core, caller, request, target)
        }
        _ if marketplace::serves(target) => marketplace::answer(core, request, target),
        _ if image_builder::serves(target) => image_builder::answer(core, caller, request, target),
        _ => resources::answer(core, caller, request, target),
    }
}

fn require_subscription(core: &Core, caller: &Caller, id: &str) -> Result<(), ArmError> {
    if uuid::Uuid::parse_str(id).is_err() {
        return Err(ArmError::bad(
            "InvalidSubscriptionId",
            format!("The provided subscription identifier '{id}' is malformed or invalid."),
        ));
    }
    if core.state.subscription(id).is_none() {
        return Err(ArmError::missing(
            "SubscriptionNotFound",
            format!("The subscription '{id}' could not be found."),
        ));
    }
    rbac::require_tenant(core, caller, id)
}

/// Refuses a write to a subscription that is disabled. Source:
/// <https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors>
fn require_writable(core: &Core, request: &Request, id: &str) -> Result<(), ArmError> {
    let is_read = matches!(request.method.as_str(), "GET" | "HEAD");
    let known = core.state.subscription(id).filter(|known| !is_read && !known.state.is_writable());
    known.map_or(Ok(()), |_| {
        Err(ArmError::conflict(
            "ReadOnlyDisabledSubscription",
            format!(
                "The subscription '{id}' is disabled and therefore marked as read only. You cannot perform any write actions \
                 on this subscription until it is re-enabled."
            ),
        ))
    })
}

/// Moves Azure's clock forward: what policies had to do before and have to do then is done.
pub(crate) fn advance(core: &mut Core, seconds: i64) {
    policy::pump(core);
    core.knobs.clock_advance += seconds;
    policy::pump(core);
}

/// Counts a call of a managing tenant towards the delegations it does not see yet.
fn reveal_delegations(core: &mut Core, tenant: &str) {
    for assignment in
        core.state.assignments.values_mut().filter(|assignment| assignment.hidden_calls > 0)
    {
        let definition = core.state.definitions.get(&assignment.definition_id.to_ascii_lowercase());
        if definition.is_some_and(|definition| definition.managed_by_tenant_id == tenant) {
            assignment.hidden_calls -= 1;
        }
    }
}
