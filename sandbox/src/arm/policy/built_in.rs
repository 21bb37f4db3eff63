//! The two built-in policies about managing tenants.
//!
//! Source: <https://github.com/Azure/azure-policy/tree/master/built-in-policies/policyDefinitions/Lighthouse>.

use serde_json::{Value, json};

/// Denies offers to tenants that are not on a list.
pub(super) const ALLOWED_TENANTS: &str = "7a8a51a3-ad87-4def-96f3-65a1839242b6";
/// Audits every assignment of an offer.
pub(super) const AUDIT: &str = "76bed37b-484f-430f-a009-fd7592dff818";
/// What their ids begin with.
pub(super) const PREFIX: &str = "/providers/Microsoft.Authorization/policyDefinitions/";

/// The properties of a built-in policy; `None` if the name is another.
pub(super) fn find(name: &str) -> Option<Value> {
    if name.eq_ignore_ascii_case(ALLOWED_TENANTS) {
        return Some(allowed_tenants());
    }
    name.eq_ignore_ascii_case(AUDIT).then(audit)
}

/// All of them as resources.
pub(super) fn all() -> Vec<Value> {
    let of = |name: &str| {
        json!({"id": format!("{PREFIX}{name}"), "name": name, "properties": find(name),
            "type": "Microsoft.Authorization/policyDefinitions"})
    };
    [ALLOWED_TENANTS, AUDIT].map(of).to_vec()
}

fn allowed_tenants() -> Value {
    json!({
        "displayName": "Allow managing tenant ids to onboard through Azure Lighthouse",
        "policyType": "BuiltIn",
        "mode": "All",
        "description": "Restricting Azure Lighthouse delegations to specific managing tenants increases security by \
            limiting those who can manage your Azure resources.",
        "metadata": {"version": "1.0.1", "category": "Lighthouse"},
        "version": "1.0.1",
        "parameters": {"listOfAllowedTenants": {"type": "Array", "metadata": {
            "displayName": "Allowed tenants", "description": "List of the tenants IDs that can be onboarded"}}},
        "policyRule": {
            "if": {"allOf": [
                {"field": "type", "equals": "Microsoft.ManagedServices/registrationDefinitions"},
                {"not": {"field": "Microsoft.ManagedServices/registrationDefinitions/managedByTenantId",
                    "in": "[parameters('listOfAllowedTenants')]"}}
            ]},
            "then": {"effect": "deny"}
        }
    })
}

fn audit() -> Value {
    json!({
        "displayName": "Audit delegation of scopes to a managing tenant",
        "policyType": "BuiltIn",
        "mode": "All",
        "description": "Audit delegation of scopes to a managing tenant via Azure Lighthouse.",
        "metadata": {"version": "1.0.0", "category": "Lighthouse"},
        "version": "1.0.0",
        "parameters": {"effect": {"type": "String", "allowedValues": ["Audit", "Disabled"], "defaultValue": "Audit"}},
        "policyRule": {
            "if": {"allOf": [
                {"field": "type", "equals": "Microsoft.ManagedServices/registrationAssignments"},
                {"value": "true", "equals": "true"}
            ]},
            "then": {"effect": "[parameters('effect')]"}
        }
    })
}
