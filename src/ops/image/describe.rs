//! What is shown of an image: the shape that scripts rely on.

use serde::Serialize;
use serde_json::Value;

use crate::id::{ArmId, TenantId};
use crate::ops::region::folded_region;

/// One image and its newest version.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Image {
    /// What a machine is made from: the id of the newest version, or of the image if it has none.
    pub id: ArmId,
    pub name: String,
    pub version: Option<String>,
    /// `delegation`, `rbac`, `direct` or `community`.
    pub via: &'static str,
    /// The tenant that publishes it.
    pub publisher_tenant_id: Option<TenantId>,
    pub os_type: Option<String>,
    pub os_state: Option<String>,
    /// `V1` or `V2`.
    #[serde(rename = "hyperVGeneration")]
    pub hyper_v_generation: Option<String>,
    pub architecture: Option<String>,
    /// Such as `TrustedLaunch`; nothing for a standard image.
    pub security_type: Option<String>,
    /// Where machines can be made from it.
    pub regions: Vec<String>,
    /// Who can use it: the credential's name, `environment` or `az login`.
    pub credential: String,
    /// The tenant in which that is so.
    pub tenant_id: Option<TenantId>,
    /// Every stored identity that can use it, by the same names.
    pub seen_by: Vec<String>,
    /// Where the portal shows it.
    pub portal_url: String,
}

/// A text member of untyped properties.
pub(super) fn text(properties: &Value, name: &str) -> Option<String> {
    properties[name].as_str().map(str::to_owned)
}

impl Image {
    /// Takes what an image definition says.
    pub(super) fn with_definition(mut self, properties: &Value) -> Image {
        self.os_type = text(properties, "osType");
        self.os_state = text(properties, "osState");
        self.hyper_v_generation = text(properties, "hyperVGeneration");
        self.architecture = text(properties, "architecture");
        self.security_type = security_type(properties);
        self
    }
}

/// The security type an image asks for or allows; a standard one asks for nothing.
pub(super) fn security_type(properties: &Value) -> Option<String> {
    let features = properties["features"].as_array().into_iter().flatten();
    let mut named = features.filter(|feature| feature["name"] == "SecurityType");
    let value = named.find_map(|feature| text(feature, "value"))?;
    (!value.eq_ignore_ascii_case("Standard")).then_some(value)
}

/// The regions of a version, as ids have them.
pub(crate) fn target_regions(version: &Value) -> Vec<String> {
    let targets = version["publishingProfile"]["targetRegions"].as_array().into_iter().flatten();
    let names = targets.filter_map(|target| target["name"].as_str());
    names.map(folded_region).collect()
}

/// Versions of which the newest is wanted: the one published last that is not kept out of "latest".
///
/// Source: azure-cli, `vm/_validators.py`. Not the highest number: Azure looks at the day.
pub(crate) fn newest<'a, T>(
    versions: &'a [T],
    properties: impl Fn(&'a T) -> &'a Value,
    name: impl Fn(&'a T) -> &'a str,
) -> Option<&'a T> {
    let profile = |version: &'a T| -> &'a Value {
        let properties = properties(version);
        match &properties["publishingProfile"] {
            Value::Null => properties,
            profile => profile,
        }
    };
    let counts = |version: &&'a T| profile(version)["excludeFromLatest"] != true;
    let order = |version: &&'a T| {
        let day = profile(version)["publishedDate"].as_str().unwrap_or_default();
        publication_order(day, name(version))
    };
    versions.iter().filter(counts).max_by_key(order)
}

/// By the day, and by the numbers where two were published together.
pub(super) fn publication_order(day: &str, name: &str) -> (String, Vec<u64>) {
    (day.to_owned(), name.split('.').filter_map(|part| part.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_newest_is_the_last_published_that_counts() {
        let version = |name: &str, day: &str, excluded: bool| {
            (
                name.to_owned(),
                json!({"publishingProfile": {"publishedDate": day, "excludeFromLatest": excluded}}),
            )
        };
        let versions = [
            version("2.0.0", "2026-01-01", false),
            version("1.9.0", "2026-02-01", false),
            version("1.10.0", "2026-02-01", false),
            version("3.0.0", "2026-03-01", true),
        ];
        let found = newest(&versions, |version| &version.1, |version| &version.0).unwrap();
        assert_eq!(found.0, "1.10.0");
    }

    #[test]
    fn standard_is_no_security_type() {
        let properties =
            |value: &str| json!({"features": [{"name": "SecurityType", "value": value}]});
        assert_eq!(security_type(&properties("TrustedLaunch")).as_deref(), Some("TrustedLaunch"));
        assert_eq!(security_type(&properties("Standard")), None);
        assert_eq!(security_type(&json!({})), None);
    }
}
