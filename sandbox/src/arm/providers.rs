//! Resource providers and their registration in a subscription.

use serde_json::{Value, json};

use super::target::Target;
use super::{rbac, versions};
use crate::arm::reply;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::Registration;

/// Answers `/subscriptions/{id}/providers[/{namespace}[/register|unregister]]`.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    segments: &[&str],
) -> Result<Reply, ArmError> {
    let subscription = segments[1];
    let scope = format!("/subscriptions/{subscription}");
    match (request.method.as_str(), &segments[3..]) {
        ("GET", []) => {
            rbac::require(
                core,
                caller,
                &scope,
                "Microsoft.Resources/subscriptions/providers/read",
            )?;
            let value =
                PROVIDERS.iter().map(|provider| body(core, subscription, provider.0)).collect();
            Ok(reply::page(core, request, value))
        }
        ("GET", [namespace]) => {
            rbac::require(
                core,
                caller,
                &scope,
                "Microsoft.Resources/subscriptions/providers/read",
            )?;
            let name = known(namespace)?;
            tick(core, subscription, name);
            Ok(Reply::json(200, &body(core, subscription, name)))
        }
        ("POST", [namespace, verb]) => {
            let name = known(namespace)?;
            rbac::require(core, caller, &scope, &format!("{name}/{verb}/action"))?;
            set(core, subscription, name, verb);
            Ok(Reply::json(200, &body(core, subscription, name)))
        }
        _ => Err(reply::method_not_allowed(request)),
    }
}

/// Refuses a write to a provider that the subscription has not registered.
pub(crate) fn require_registered(core: &Core, target: &Target) -> Result<(), ArmError> {
    let Some(subscription) = target.subscription() else {
        return Ok(());
    };
    if core.state.is_registered(subscription, &target.namespace) {
        return Ok(());
    }
    let message = format!(
        "The subscription is not registered to use namespace '{}'. See https://aka.ms/rps-not-found for how to register \
         subscriptions.",
        target.namespace
    );
    let detail = ArmError::conflict("MissingSubscriptionRegistration", message.clone())
        .target(&target.namespace);
    Err(ArmError::conflict("MissingSubscriptionRegistration", message).detail(detail))
}

/// Registers a provider for a deployment whose caller may.
pub(crate) fn register_at_once(
    core: &mut Core,
    caller: &Caller,
    subscription: &str,
    namespace: &str,
) {
    let scope = format!("/subscriptions/{subscription}");
    let allowed = rbac::is_allowed(core, caller, &scope, &format!("{namespace}/register/action"));
    if let (true, Some(known)) = (allowed, core.state.subscription_mut(subscription)) {
        known.providers.insert(namespace.to_ascii_lowercase(), Registration::Registered);
    }
}

fn set(core: &mut Core, subscription: &str, namespace: &str, verb: &str) {
    let polls = core.knobs.registration_polls;
    if verb == "register" && namespace == "Microsoft.VirtualMachineImages" {
        crate::seed::builder::add_service_principal(&mut core.state, subscription);
    }
    let Some(subscription) = core.state.subscription_mut(subscription) else {
        return;
    };
    let current = subscription.providers.get(&namespace.to_ascii_lowercase());
    let next = match (verb, current) {
        ("register", Some(Registration::Registered)) => return,
        ("register", _) => Registration::Registering(polls),
        (_, None) => return,
        _ => Registration::Unregistering(polls),
    };
    subscription.providers.insert(namespace.to_ascii_lowercase(), next);
    if polls == 0 {
        settle(subscription, namespace);
    }
}

/// Counts one read towards the end of a registration.
fn tick(core: &mut Core, subscription: &str, namespace: &str) {
    let Some(subscription) = core.state.subscription_mut(subscription) else {
        return;
    };
    match subscription.providers.get_mut(&namespace.to_ascii_lowercase()) {
        Some(Registration::Registering(left) | Registration::Unregistering(left)) if *left > 0 => {
            *left -= 1
        }
        Some(Registration::Registering(_) | Registration::Unregistering(_)) => {
            settle(subscription, namespace)
        }
        _ => {}
    }
}

fn settle(subscription: &mut crate::state::Subscription, namespace: &str) {
    let key = namespace.to_ascii_lowercase();
    match subscription.providers.get(&key) {
        Some(Registration::Registering(_)) => {
            subscription.providers.insert(key, Registration::Registered);
        }
        Some(Registration::Unregistering(_)) => {
            subscription.providers.remove(&key);
        }
        _ => {}
    }
}

fn known(namespace: &str) -> Result<&'static str, ArmError> {
    PROVIDERS
        .iter()
        .map(|provider| provider.0)
        .find(|name| name.eq_ignore_ascii_case(namespace))
        .ok_or_else(|| {
            ArmError::missing(
                "InvalidResourceNamespace",
                format!("The resource namespace '{namespace}' is invalid."),
            )
        })
}

fn body(core: &Core, subscription: &str, namespace: &str) -> Value {
    let registration = core
        .state
        .subscription(subscription)
        .and_then(|subscription| subscription.providers.get(&namespace.to_ascii_lowercase()));
    let state = match registration {
        None => "NotRegistered",
        Some(Registration::Registered) => "Registered",
        Some(Registration::Registering(_)) => "Registering",
        Some(Registration::Unregistering(_)) => "Unregistering",
    };
    let types = PROVIDERS
        .iter()
        .find(|provider| provider.0 == namespace)
        .map_or(&[][..], |provider| provider.1);
    let types: Vec<Value> = types
        .iter()
        .map(|name| {
            let versions: Vec<String> =
                versions::supported(&format!("{namespace}/{name}")).unwrap_or_default().into_iter().rev().collect();
            json!({"resourceType": name, "locations": [], "apiVersions": versions, "capabilities": "SupportsExtension"})
        })
        .collect();
    json!({
        "id": format!("/subscriptions/{subscription}/providers/{namespace}"), "namespace": namespace,
        "resourceTypes": types, "registrationState": state, "registrationPolicy": "RegistrationRequired",
    })
}

const PROVIDERS: [(&str, &[&str]); 13] = [
    ("Microsoft.Management", &["managementGroups", "getEntities", "checkNameAvailability"]),
    (
        "Microsoft.ManagedServices",
        &[
            "registrationDefinitions",
            "registrationAssignments",
            "operations",
            "marketplaceRegistrationDefinitions",
            "operationStatuses",
        ],
    ),
    (
        "Microsoft.Compute",
        &[
            "galleries",
            "galleries/images",
            "galleries/images/versions",
            "locations/communityGalleries",
            "locations/sharedGalleries",
            "locations/usages",
            "skus",
            "virtualMachines",
            "virtualMachineScaleSets",
            "disks",
        ],
    ),
    (
        "Microsoft.Network",
        &["virtualNetworks", "networkInterfaces", "networkSecurityGroups", "publicIPAddresses"],
    ),
    ("Microsoft.ManagedIdentity", &["userAssignedIdentities"]),
    ("Microsoft.VirtualMachineImages", &["imageTemplates"]),
    ("Microsoft.Storage", &["storageAccounts"]),
    (
        "Microsoft.Authorization",
        &["roleAssignments", "roleDefinitions", "permissions", "locks", "policyAssignments"],
    ),
    ("Microsoft.Resources", &["deployments", "resourceGroups"]),
    ("Microsoft.MarketplaceOrdering", &["offerTypes"]),
    ("Microsoft.Insights", &["eventtypes"]),
    ("Microsoft.ContainerInstance", &["containerGroups"]),
    ("Microsoft.KeyVault", &["vaults"]),
];
