//! The built-in policy that denies managing tenants, where it is in force.

use serde_json::json;

use super::target;
use crate::core::Core;
use crate::error::ArmError;
use crate::state::group_name;

/// Refuses an offer to a tenant that an assignment at or above the subscription does not allow.
pub(crate) fn refuse_tenant(
    core: &Core,
    subscription: &str,
    definition: &str,
    tenant: &str,
) -> Result<(), ArmError> {
    let scope = format!("/subscriptions/{subscription}");
    let wanted = ALLOWED_TENANTS;
    for known in core.state.policies.assignments.values() {
        let properties = &known.properties;
        let excluded = properties["notScopes"].as_array().into_iter().flatten();
        let is_excluded = excluded
            .filter_map(|one| one.as_str())
            .any(|excluded| is_above(core, excluded, &scope));
        if !properties["policyDefinitionId"]
            .as_str()
            .is_some_and(|id| id.eq_ignore_ascii_case(wanted))
            || properties["enforcementMode"] != "Default"
            || is_excluded
            || !is_above(core, &known.scope, &scope)
        {
            continue;
        }
        let list = &properties["parameters"]["listOfAllowedTenants"]["value"];
        let allowed = list.as_array().into_iter().flatten().filter_map(|one| one.as_str());
        if allowed.into_iter().any(|allowed| allowed.eq_ignore_ascii_case(tenant)) {
            continue;
        }
        let shown = &properties["displayName"];
        let identifiers = json!([{
            "policyAssignment": {"name": shown.as_str().unwrap_or("Allow managing tenant ids to onboard through Azure Lighthouse"), "id": known.id},
            "policyDefinition": {"name": "Allow managing tenant ids to onboard through Azure Lighthouse", "id": wanted},
        }]);
        return Err(ArmError::new(
            403,
            "RequestDisallowedByPolicy",
            format!("Resource '{definition}' was disallowed by policy. Policy identifiers: '{identifiers}'."),
        )
        .target(definition));
    }
    Ok(())
}

fn is_above(core: &Core, outer: &str, inner: &str) -> bool {
    target::contains(outer, inner)
        || group_name(outer).is_some_and(|group| core.state.is_in_group(inner, group))
}

/// "Allow managing tenant ids to onboard through Azure Lighthouse".
const ALLOWED_TENANTS: &str =
    "/providers/Microsoft.Authorization/policyDefinitions/7a8a51a3-ad87-4def-96f3-65a1839242b6";
