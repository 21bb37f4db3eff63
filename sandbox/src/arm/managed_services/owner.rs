//! Who may change offers and assignments, and what an api-version lets through.

use serde_json::{Value, json};

use crate::arm::rbac;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::Request;

/// Refuses a caller whom Azure lets through but the provider does not take for an owner.
pub(crate) fn require_owner(
    core: &Core,
    caller: &Caller,
    subscription: &str,
) -> Result<(), ArmError> {
    let scope = format!("/subscriptions/{subscription}");
    let is_owner = ["read", "write", "delete"].iter().all(|verb| {
        rbac::is_allowed(
            core,
            caller,
            &scope,
            &format!("Microsoft.Authorization/roleAssignments/{verb}"),
        )
    });
    if is_owner {
        return Ok(());
    }
    Err(ArmError::new(
        403,
        "InsufficientPrivilegesForManagedServiceResource",
        "The requested user doesn't have sufficient privileges to perform the operation.",
    ))
}

/// The api-version from which eligible authorizations may be touched.
pub(crate) fn knows_eligible(api_version: &str) -> bool {
    api_version >= "2020-02-01-preview"
}

pub(crate) fn eligible_refusal() -> ArmError {
    ArmError::bad(
        "InvalidApiVersionForEligibleAuthorizations",
        "managed services operations with eligible authorizations only allowed with api-version greater and equal to \
         '2020-02-01-preview'",
    )
}

/// The managing tenants a `$filter` lets through; `None` lets all.
pub(crate) fn filter_tenants(request: &Request) -> Result<Option<Vec<String>>, ArmError> {
    let Some(filter) = request.query("$filter").filter(|filter| !filter.trim().is_empty()) else {
        return Ok(None);
    };
    let invalid = || {
        ArmError::bad(
            "InvalidFilterInQueryString",
            format!("Invalid $filter '{filter}' specified in the query string."),
        )
    };
    let rest = filter.trim().strip_prefix("managedByTenantId").ok_or_else(invalid)?.trim();
    let values: Vec<&str> = if let Some(value) = rest.strip_prefix("eq ") {
        vec![value]
    } else {
        let list = rest.strip_prefix("in").ok_or_else(invalid)?.trim();
        let inner =
            list.strip_prefix('(').and_then(|list| list.strip_suffix(')')).ok_or_else(invalid)?;
        inner.split(',').collect()
    };
    let mut tenants = Vec::new();
    for value in values {
        let value = value.trim();
        let tenant = value
            .strip_prefix('\'')
            .and_then(|value| value.strip_suffix('\''))
            .ok_or_else(invalid)?;
        tenants.push(tenant.to_ascii_lowercase());
    }
    Ok(Some(tenants))
}

/// `systemData` of something changed now.
pub(crate) fn system_data(core: &Core, caller: &Caller, created: Option<&Value>) -> Value {
    let now = core.timestamp();
    let mut data = json!({
        "createdBy": caller.name, "createdByType": caller.kind(), "createdAt": now,
        "lastModifiedBy": caller.name, "lastModifiedByType": caller.kind(), "lastModifiedAt": now,
    });
    if let Some(created) = created {
        for name in ["createdBy", "createdByType", "createdAt"] {
            data[name] = created[name].clone();
        }
    }
    data
}

/// Refuses a name that is not a GUID.
pub(crate) fn require_guid(name: &str, what: &str) -> Result<(), ArmError> {
    if uuid::Uuid::parse_str(name).is_ok() {
        return Ok(());
    }
    Err(ArmError::bad(
        "InvalidResourceName",
        format!("The {what} id '{name}' must be a valid Guid."),
    ))
}
