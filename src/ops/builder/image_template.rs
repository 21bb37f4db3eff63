//! What an image template asks of its identity: read from the resource, from a deployment template
//! that holds it, or from what `az image builder show` prints.
//!
//! Source: <https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json>

use serde_json::Value;

use super::scenario::{Place, Scenario};
use crate::arm::image_builder::TYPE;
use crate::arm::shared_galleries::SharingDoor;
use crate::id::{ResourceId, Scope};
use crate::ops::change::findings::Findings;
use crate::ops::image::id::{ImageId, PublicId};

/// What a template says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Derived {
    /// The identities it names; Azure takes one.
    pub identities: Vec<ResourceId>,
    /// What they are to do.
    pub scenario: Scenario,
    /// Storage account and container of each script that only an identity can read.
    pub scripts: Vec<(String, String)>,
}

/// True if a document holds exactly one image template.
pub(crate) fn is_one(document: &Value) -> bool {
    resource(document).is_some()
}

/// Reads a template; `place` is how its user calls it.
pub(crate) fn derive(place: &str, document: &Value, findings: &mut Findings) -> Derived {
    let mut reader = Reader { place, findings, derived: Derived::default() };
    if let Some(found) = resource(document) {
        let properties = found.get("properties").filter(|value| value.is_object()).unwrap_or(found);
        reader.identities(found);
        reader.source(&properties["source"]);
        for (at, distributor) in list(&properties["distribute"]).enumerate() {
            reader.distributor(at, distributor);
        }
        reader.machine(&properties["vmProfile"]);
        if let Some(text) = reader.text(properties, "stagingResourceGroup") {
            let staging = text.parse::<Scope>().ok().filter(|scope| scope.resource_group.is_some());
            reader.take(staging, "stagingResourceGroup", &text, |scenario, scope| {
                scenario.staging.push(scope)
            });
        }
        for step in
            list(&properties["customize"]).chain(list(&properties["validate"]["inVMValidations"]))
        {
            reader.script(step);
        }
    }
    reader.derived
}

/// The one image template in a document.
fn resource(document: &Value) -> Option<&Value> {
    let is_template =
        |value: &&Value| value["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case(TYPE));
    let is_bare = document["source"].is_object() || document["properties"]["source"].is_object();
    if is_bare || is_template(&document) {
        return Some(document);
    }
    let resources: Vec<&Value> = match &document["resources"] {
        Value::Array(all) => all.iter().filter(is_template).collect(),
        Value::Object(all) => all.values().filter(is_template).collect(),
        _ => Vec::new(),
    };
    match resources.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// What to say of a source that needs no role.
pub(super) fn open_source(place: &str, id: &PublicId) -> String {
    let whom = match id.door {
        SharingDoor::Shared => "the whole tenant or subscription",
        SharingDoor::Community => "everyone in Azure",
    };
    format!("{place}: source {id} is shared with {whom}, which needs no role")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

struct Reader<'a> {
    place: &'a str,
    findings: &'a mut Findings,
    derived: Derived,
}

impl Reader<'_> {
    fn identities(&mut self, found: &Value) {
        let named = found["identity"]["userAssignedIdentities"].as_object();
        for id in named.into_iter().flat_map(|named| named.keys()) {
            // An expression here is no failure yet: `--identity` may say who is meant.
            self.derived.identities.extend(id.parse::<ResourceId>());
        }
    }

    fn source(&mut self, source: &Value) {
        for name in ["imageId", "imageVersionId"] {
            let Some(text) = self.text(source, name) else {
                continue;
            };
            if let Ok(ImageId::Public(id)) = text.parse() {
                self.findings.note(open_source(self.place, &id));
                continue;
            }
            let id = text.parse::<ResourceId>().ok().map(ResourceId::newest);
            self.take(id, &format!("source.{name}"), &text, |scenario, id| {
                scenario.sources.push(Place::Resource(id));
            });
        }
    }

    fn distributor(&mut self, at: usize, distributor: &Value) {
        for name in ["imageId", "galleryImageId"] {
            if let Some(text) = self.text(distributor, name) {
                let id = text.parse::<ResourceId>().ok();
                self.take(id, &format!("distribute[{at}].{name}"), &text, |scenario, id| {
                    scenario.distribute_to.push(Place::Resource(id));
                });
            }
        }
        if let Some(uri) = self.text(distributor, "uri") {
            self.findings.warn(format!("{}: distribute[{at}] writes a VHD to {uri}; whether the identity may write blobs there is not looked at", self.place));
        }
    }

    fn machine(&mut self, profile: &Value) {
        for name in ["subnetId", "containerInstanceSubnetId"] {
            if let Some(text) = self.text(&profile["vnetConfig"], name) {
                let id = text.parse::<ResourceId>().ok().map(|mut id| {
                    id.segments.truncate(1);
                    id
                });
                self.take(id, &format!("vmProfile.vnetConfig.{name}"), &text, |scenario, id| {
                    if !scenario.networks.contains(&id) {
                        scenario.networks.push(id);
                    }
                });
            }
        }
        for text in list(&profile["userAssignedIdentities"]).filter_map(Value::as_str) {
            let id = text.parse::<ResourceId>().ok();
            self.take(id, "vmProfile.userAssignedIdentities", text, |scenario, id| {
                scenario.machine_identities.push(id);
            });
        }
    }

    /// Scripts in a storage account without a signature in the address are read by the identity.
    fn script(&mut self, step: &Value) {
        for name in ["scriptUri", "sourceUri"] {
            let Some(uri) = step[name].as_str().and_then(|text| url::Url::parse(text).ok()) else {
                continue;
            };
            let is_signed = uri.query_pairs().any(|(key, _)| key == "sig");
            let host = uri.host_str().unwrap_or_default().to_owned();
            let container =
                uri.path_segments().and_then(|mut parts| parts.next().map(str::to_owned));
            if let (Some((account, _)), Some(container), false) =
                (host.split_once(".blob."), container, is_signed)
            {
                let script = (account.to_owned(), container);
                if !self.derived.scripts.contains(&script) {
                    self.derived.scripts.push(script);
                }
            }
        }
    }

    fn text(&self, value: &Value, name: &str) -> Option<String> {
        let text = value[name].as_str().map(str::trim)?;
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn take<T>(
        &mut self,
        id: Option<T>,
        path: &str,
        text: &str,
        keep: impl FnOnce(&mut Scenario, T),
    ) {
        if let Some(id) = id {
            return keep(&mut self.derived.scenario, id);
        }
        let (rule, fix) = if text.starts_with('[') {
            (
                format!("is an expression ({text}), which only a deployment can evaluate"),
                "Deploy it and give the ID of the existing image template, or use flags instead of --template.",
            )
        } else {
            (format!("is not a full ID ({text})"), "Correct it in the template.")
        };
        self.findings.input(format!("{}: {path}", self.place), rule, fix);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const GROUP: &str = "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/g";

    fn template() -> Value {
        let gallery = format!("{GROUP}/providers/Microsoft.Compute/galleries/x/images/i");
        json!({"type": TYPE, "identity": {"userAssignedIdentities": {
                format!("{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aib"): {}}},
            "properties": {
                "source": {"type": "SharedImageVersion", "imageVersionId": format!("{gallery}/versions/1.0.0")},
                "distribute": [{"type": "SharedImage", "galleryImageId": gallery}, {"type": "VHD", "runOutputName": "v"},
                    {"type": "ManagedImage", "imageId": format!("{GROUP}/providers/Microsoft.Compute/images/m")}],
                "vmProfile": {"vnetConfig": {"subnetId": format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/s")},
                    "userAssignedIdentities": [format!("{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/vm")]},
                "stagingResourceGroup": format!("{GROUP}-staging"),
                "customize": [{"type": "Shell", "scriptUri": "https://acct.blob.core.windows.net/scripts/a.sh"},
                    {"type": "Shell", "scriptUri": "https://acct.blob.core.windows.net/signed/a.sh?sv=1&sig=x"},
                    {"type": "Shell", "scriptUri": "https://raw.githubusercontent.com/x/y/a.sh"}]}})
    }

    #[test]
    fn everything_that_needs_a_right_is_read() {
        for document in [
            template(),
            json!({"resources": [template()]}),
            json!({"resources": {"t": template()}}),
        ] {
            let mut findings = Findings::default();
            let derived = derive("t.json", &document, &mut findings);
            assert_eq!(findings.errors, []);
            let scenario = &derived.scenario;
            assert_eq!((scenario.sources.len(), scenario.distribute_to.len()), (1, 2));
            assert_eq!(scenario.networks[0].name(), "v");
            assert_eq!((scenario.staging.len(), scenario.machine_identities.len()), (1, 1));
            assert_eq!(derived.scripts, [("acct".to_owned(), "scripts".to_owned())]);
            assert_eq!(derived.identities.len(), 1);
        }
    }

    #[test]
    fn what_az_prints_is_read_and_expressions_are_told() {
        let mut flat = template()["properties"].clone();
        flat["source"] = json!({"type": "ManagedImage", "imageId": "[parameters('image')]"});
        let mut findings = Findings::default();
        let derived = derive("t.json", &flat, &mut findings);
        assert!(derived.scenario.sources.is_empty());
        assert_eq!(findings.errors[0].place, "t.json: source.imageId");
        assert!(!is_one(&json!({"resources": [template(), template()]})));
        assert!(!is_one(&json!([])));
    }
}
