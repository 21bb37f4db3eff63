//! What the files of this provider share: regions, references to operations, and its refusal.

use serde_json::Value;

use crate::arm::target::Target;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::Reply;

/// A reference to an operation of this provider, with the headers that tell of it.
pub(super) fn accepted(
    core: &Core,
    target: &Target,
    token: &str,
    location: &str,
    body: &Value,
) -> Reply {
    let subscription = target.subscription().unwrap_or_default();
    let address = format!(
        "{}/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/operations/{token}?api-version=2023-07-03",
        core.endpoints.management
    );
    Reply::json(202, body)
        .header("Azure-AsyncOperation", address.clone())
        .header("Location", format!("{address}&monitor=true"))
        // Azure says 10 s; here nothing takes time, and a plain 0 makes azure-core wait for 30 s.
        .header("retry-after-ms", "1")
}

/// The regions that a version is replicated to.
pub(super) fn target_regions(version: &Value) -> Vec<String> {
    let regions = version["properties"]["publishingProfile"]["targetRegions"].as_array();
    let names = regions.into_iter().flatten().filter_map(|target| target["name"].as_str());
    names.map(region).collect()
}

/// A region without spaces and capitals: `West US 2` is `westus2`.
pub(crate) fn region(name: &str) -> String {
    name.replace(' ', "").to_ascii_lowercase()
}

/// Whether a version has a replica in a region.
pub(crate) fn is_in(version: &Value, location: &str) -> bool {
    target_regions(version).iter().any(|found| found == location)
}

/// What this provider says of a parameter.
pub(super) fn invalid(target: &str, message: impl Into<String>) -> ArmError {
    ArmError::bad("InvalidParameter", message).target(target)
}
