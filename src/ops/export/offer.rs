//! What is exported: offers as they are or are wanted, and the files that say it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::arm::managed_services::RegistrationDefinitionProperties;
use crate::id::{Scope, SubscriptionId};

/// One offer and where it is accepted.
#[derive(Clone, Debug)]
pub(crate) struct ExportedOffer {
    pub subscription: SubscriptionId,
    /// The definition's full resource id.
    pub id: String,
    /// The GUID at its end.
    pub guid: String,
    /// True if the GUID is the one that this program's template computes.
    pub is_computed: bool,
    /// True if it is in Azure already.
    pub stands: bool,
    pub properties: RegistrationDefinitionProperties,
    pub acceptances: Vec<ExportedAcceptance>,
}

/// One acceptance of an offer.
#[derive(Clone, Debug)]
pub(crate) struct ExportedAcceptance {
    pub id: String,
    /// The GUID at its end.
    pub guid: String,
    pub scope: Scope,
    /// True if it is in Azure already.
    pub stands: bool,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExportFile {
    /// Its name, without a folder.
    pub name: String,
    pub text: String,
}

impl ExportFile {
    /// A file with this text.
    pub(crate) fn new(name: impl Into<String>, text: impl Into<String>) -> ExportFile {
        ExportFile { name: name.into(), text: text.into() }
    }

    /// A file with this value.
    pub(crate) fn json(name: impl Into<String>, value: &Value) -> ExportFile {
        let mut text = serde_json::to_string_pretty(value).expect("a value is JSON");
        text.push('\n');
        ExportFile::new(name, text)
    }
}

/// What is written of an offer: all that can be set, and nothing that Azure only reports.
pub(super) fn settable(properties: &RegistrationDefinitionProperties) -> Value {
    let mut all = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            all.insert(name.to_owned(), value);
        }
    };
    put("registrationDefinitionName", json!(properties.registration_definition_name));
    put("description", json!(properties.description));
    put("managedByTenantId", json!(properties.managed_by_tenant_id));
    put("authorizations", json!(properties.authorizations));
    if !properties.eligible_authorizations.is_empty() {
        put("eligibleAuthorizations", json!(properties.eligible_authorizations));
    }
    Value::Object(all)
}

/// The parameters of a subscription's template: definitions and acceptances by their GUIDs.
pub(super) fn by_subscription(offers: &[ExportedOffer]) -> BTreeMap<SubscriptionId, Value> {
    let mut all: BTreeMap<SubscriptionId, Value> = BTreeMap::new();
    for offer in offers {
        let told = all.entry(offer.subscription).or_insert_with(
            || json!({"definitions": [], "subscriptionAssignments": [], "groupAssignments": []}),
        );
        let mut push = |list: &str, value: Value| {
            if let Some(list) = told[list].as_array_mut() {
                list.push(value);
            }
        };
        push("definitions", json!({"name": offer.guid, "properties": settable(&offer.properties)}));
        for accepted in &offer.acceptances {
            let mut value = json!({"name": accepted.guid, "definition": offer.guid});
            match &accepted.scope.resource_group {
                None => push("subscriptionAssignments", value),
                Some(group) => {
                    value["resourceGroup"] = json!(group);
                    push("groupAssignments", value);
                }
            }
        }
    }
    all
}
