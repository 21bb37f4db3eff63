//! What happens before a deployment is accepted: the template is expanded and every resource is looked at.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::arm::target::{self, Target};
use crate::arm::{groups, linked, marketplace, rbac, versions};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::Request;
use crate::state::group_name;
use crate::template::{self, Context, Expansion, Resource};

/// A deployment request, read and expanded.
pub(crate) struct Prepared {
    pub(crate) template: Value,
    pub(crate) expansion: Expansion,
    pub(crate) location: Option<String>,
    pub(crate) tags: Value,
    pub(crate) properties: Value,
}

/// Reads a deployment request and expands its template.
pub(crate) fn prepare(
    core: &Core,
    _caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Prepared, ArmError> {
    check_name(target.name())?;
    let text = String::from_utf8_lossy(&request.body);
    let body = template::parse_jsonc(&text).map_err(|message| {
        ArmError::bad(
            "InvalidRequestContent",
            format!("The request content was invalid and could not be deserialized: '{message}'."),
        )
    })?;
    let location = body["location"].as_str().map(|text| text.to_ascii_lowercase().replace(' ', ""));
    if target.group().is_none() && location.is_none() {
        return Err(ArmError::bad(
            "LocationRequired",
            format!("The 'location' property must be specified for '{}'.", target.name()),
        ));
    }
    let properties = body["properties"].clone();
    check_mode(target, &properties)?;
    let template = properties["template"].clone();
    if !template.is_object() {
        let code = if properties["templateLink"].is_object() {
            "TemplateLinkNotSupported"
        } else {
            "InvalidTemplate"
        };
        return Err(ArmError::bad(code, "The deployment has no inline template."));
    }
    let context = context(core, target, location.as_deref());
    let parameters = properties
        .get("parameters")
        .filter(|value| value.is_object())
        .cloned()
        .unwrap_or_else(|| json!({}));
    let expansion = template::expand(&template, &parameters, &context)
        .map_err(|error| ArmError::bad(&error.code, error.message.clone()))?;
    let tags = body["tags"].clone();
    Ok(Prepared { template, expansion, location, tags, properties })
}

fn context(core: &Core, target: &Target, location: Option<&str>) -> Context {
    let subscription = target.subscription().unwrap_or_default();
    let known = core.state.subscription(subscription);
    let group = target.group();
    Context {
        management_group: group_name(&target.scope).map(str::to_owned),
        tenant_id: known.map(|known| known.tenant.clone()).unwrap_or_default(),
        subscription_id: subscription.to_owned(),
        subscription_name: known.map(|known| known.name.clone()).unwrap_or_default(),
        resource_group: group.map(str::to_owned),
        resource_group_location: group
            .and_then(|group| core.state.group(subscription, group))
            .map(|group| group.location.clone()),
        deployment_name: target.name().to_owned(),
        location: location.map(str::to_owned),
    }
}

fn check_name(name: &str) -> Result<(), ArmError> {
    let fits = |letter: char| letter.is_alphanumeric() || "-_.()".contains(letter);
    if (1..=64).contains(&name.chars().count()) && name.chars().all(fits) {
        return Ok(());
    }
    Err(ArmError::bad(
        "InvalidDeploymentName",
        format!(
            "The deployment name '{name}' is not valid: it has 1 to 64 letters, digits or any of '-_.()'."
        ),
    ))
}

fn check_mode(target: &Target, properties: &Value) -> Result<(), ArmError> {
    let mode = properties["mode"].as_str().unwrap_or_default();
    let complete = mode.eq_ignore_ascii_case("Complete") && target.group().is_some();
    if complete || mode.eq_ignore_ascii_case("Incremental") {
        return Ok(());
    }
    Err(ArmError::bad(
        "InvalidDeployment",
        format!(
            "The 'mode' '{mode}' is not allowed for a deployment at this scope. Use 'Incremental'."
        ),
    ))
}

/// Refuses a deployment that cannot work: a missing group, an unknown type or version, a missing right.
pub(crate) fn check(core: &Core, caller: &Caller, expansion: &Expansion) -> Result<(), ArmError> {
    let mut created = BTreeSet::new();
    let mut refusals = Vec::new();
    for resource in flatten(expansion) {
        if resource.type_.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
            created.insert(resource.name.to_ascii_lowercase());
        }
        check_group(core, resource, &created)?;
        let address = Target::parse("PUT", &resource.id).unwrap_or_default();
        if address.namespace.is_empty()
            || resource.type_.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups")
        {
            continue;
        }
        versions::require(&address, &resource.api_version)?;
        let action = address.action("PUT");
        if !rbac::is_allowed(core, caller, &resource.id, &action) {
            refusals.push(unauthorized(caller, resource, &action));
        } else if let Err(refusal) = linked::check(core, caller, &address, &resource.body)
            // What is missing may be made by the same template.
            && refusal.status == 403
        {
            return Err(refusal);
        }
    }
    match refusals.first() {
        None => Ok(()),
        Some(first) => {
            let message = format!("Deployment failed with multiple errors: '{}'", first.message);
            let error = ArmError::new(403, "InvalidTemplateDeployment", message);
            Err(refusals.into_iter().fold(error, ArmError::detail))
        }
    }
}

/// Refuses a deployment that would buy something whose terms nobody has accepted.
pub(crate) fn check_purchases(core: &Core, expansion: &Expansion) -> Result<(), ArmError> {
    flatten(expansion).into_iter().try_for_each(|resource| {
        let address = Target::parse("PUT", &resource.id).unwrap_or_default();
        if address.types.is_empty() {
            return Ok(());
        }
        marketplace::check_deployed(core, &address, &resource.body)
    })
}

fn check_group(
    core: &Core,
    resource: &Resource,
    created: &BTreeSet<String>,
) -> Result<(), ArmError> {
    let inner = resource
        .nested
        .as_ref()
        .and_then(|nested| nested.resources.first())
        .map(|inner| inner.scope.as_str());
    for scope in [Some(resource.scope.as_str()), inner].into_iter().flatten() {
        let (Some(subscription), Some(group)) = (target::subscription(scope), target::group(scope))
        else {
            continue;
        };
        if !created.contains(&group.to_ascii_lowercase()) {
            groups::require(core, subscription, group)?;
        }
    }
    Ok(())
}

fn unauthorized(caller: &Caller, resource: &Resource, action: &str) -> ArmError {
    ArmError::new(
        403,
        "AuthorizationFailed",
        format!(
            "Authorization failed for template resource '{}' of type '{}'. The client '{}' with object id '{}' does not \
             have permission to perform action '{action}' at scope '{}'.",
            resource.name, resource.type_, caller.name, caller.object_id, resource.id
        ),
    )
}

/// Every resource, those of nested templates before the nested deployment itself.
pub(crate) fn flatten(expansion: &Expansion) -> Vec<&Resource> {
    let mut all = Vec::new();
    for resource in &expansion.resources {
        if let Some(nested) = &resource.nested {
            all.extend(flatten(nested));
        }
        all.push(resource);
    }
    all
}
