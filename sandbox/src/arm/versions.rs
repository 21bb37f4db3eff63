//! api-version: present, well-formed, and known to the type it is used with.

use super::target::Target;
use crate::error::ArmError;
use crate::message::Request;
use crate::schema;

/// Refuses a request without an api-version, or with one that is no version at all.
pub(crate) fn require_any(request: &Request) -> Result<(), ArmError> {
    let Some(version) = request.query("api-version").filter(|version| !version.is_empty()) else {
        return Err(ArmError::bad(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    };
    let date = version.strip_suffix("-preview").unwrap_or(version);
    let is_provider = request.path.to_ascii_lowercase().contains("/providers/");
    let is_known = is_provider || PLATFORM.contains(&version);
    if date.parse::<jiff::civil::Date>().is_ok() && is_known {
        return Ok(());
    }
    Err(ArmError::bad(
        "InvalidApiVersionParameter",
        format!(
            "The api-version '{version}' is invalid. The supported versions are '{}'.",
            PLATFORM.join(",")
        ),
    ))
}

/// Refuses an api-version the type does not have.
pub(crate) fn require(target: &Target, version: &str) -> Result<(), ArmError> {
    let full_type = target.full_type();
    let Some(supported) = supported(&full_type) else {
        return Err(ArmError::missing(
            "InvalidResourceType",
            format!(
                "The resource type '{}' could not be found in the namespace '{}' for api version '{version}'.",
                target.types.join("/"),
                target.namespace
            ),
        ));
    };
    if supported.iter().any(|known| known == version) {
        return Ok(());
    }
    Err(ArmError::bad(
        "NoRegisteredProviderFound",
        format!(
            "No registered resource provider found for location 'global' and API version '{version}' for type '{}'. The \
             supported api-versions are '{}'. The supported locations are ', global'.",
            target.types.join("/"),
            supported.join(", ")
        ),
    ))
}

/// The api-versions of a type; helper types share those of the type they serve.
pub(crate) fn supported(full_type: &str) -> Option<Vec<String>> {
    if let Some(versions) = schema::api_versions(full_type) {
        return Some(versions.to_vec());
    }
    let lower = full_type.to_ascii_lowercase();
    let stands_for = match lower.as_str() {
        "microsoft.managedservices/operationstatuses"
        | "microsoft.managedservices/marketplaceregistrationdefinitions"
        | "microsoft.managedservices/operations" => {
            "Microsoft.ManagedServices/registrationDefinitions"
        }
        "microsoft.compute/locations/operations"
        | "microsoft.compute/locations/sharedgalleries"
        | "microsoft.compute/locations/sharedgalleries/images"
        | "microsoft.compute/locations/sharedgalleries/images/versions"
        | "microsoft.compute/locations/communitygalleries"
        | "microsoft.compute/locations/communitygalleries/images"
        | "microsoft.compute/locations/communitygalleries/images/versions" => {
            "Microsoft.Compute/galleries"
        }
        "microsoft.resources/deployments/operations"
        | "microsoft.resources/deployments/operationstatuses" => "Microsoft.Resources/deployments",
        "microsoft.compute/locations/usages" => "Microsoft.Compute/virtualMachines",
        "microsoft.compute/skus" => {
            return Some(["2017-09-01", "2019-04-01", "2021-07-01"].map(str::to_owned).to_vec());
        }
        "microsoft.marketplaceordering/offertypes/publishers/offers/plans/agreements" => {
            return Some(["2015-06-01", "2021-01-01"].map(str::to_owned).to_vec());
        }
        "microsoft.authorization/policydefinitions"
        | "microsoft.authorization/policyassignments" => {
            return Some(POLICIES.map(str::to_owned).to_vec());
        }
        "microsoft.resources/deploymentstacks" => {
            return Some(
                ["2022-08-01-preview", "2024-03-01", "2025-07-01"].map(str::to_owned).to_vec(),
            );
        }
        "microsoft.policyinsights/remediations" => {
            return Some(["2019-07-01", "2021-10-01", "2024-10-01"].map(str::to_owned).to_vec());
        }
        "microsoft.policyinsights/policystates" => {
            return Some(["2019-10-01", "2024-10-01"].map(str::to_owned).to_vec());
        }
        "microsoft.authorization/permissions" => {
            return Some(
                ["2015-07-01", "2018-07-01", "2022-04-01", "2022-05-01-preview"]
                    .map(str::to_owned)
                    .to_vec(),
            );
        }
        _ => return None,
    };
    schema::api_versions(stands_for).map(<[String]>::to_vec)
}

/// Source: <https://learn.microsoft.com/azure/templates/microsoft.authorization/policyassignments>
const POLICIES: [&str; 12] = [
    "2018-05-01",
    "2019-06-01",
    "2019-09-01",
    "2020-03-01",
    "2020-09-01",
    "2021-06-01",
    "2022-06-01",
    "2023-04-01",
    "2024-04-01",
    "2024-05-01",
    "2025-03-01",
    "2026-06-01",
];

const PLATFORM: [&str; 26] = [
    "2014-04-01",
    "2015-01-01",
    "2015-11-01",
    "2016-02-01",
    "2016-06-01",
    "2016-09-01",
    "2017-05-10",
    "2018-02-01",
    "2018-05-01",
    "2019-05-01",
    "2019-05-10",
    "2019-06-01",
    "2019-11-01",
    "2020-01-01",
    "2020-06-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-01-01",
    "2022-09-01",
    "2022-12-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-04-01",
];
