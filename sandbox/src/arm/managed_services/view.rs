//! Offers and assignments as an api-version shows them.

use serde_json::{Value, json};

use crate::state::{Assignment, Definition, State};

impl Definition {
    /// The resource as an api-version shows it.
    pub(crate) fn body(&self, state: &State, api_version: &str) -> Value {
        let mut body = json!({});
        body["properties"] = self.properties(state, api_version);
        if let Some(plan) = &self.plan {
            body["plan"] = plan.clone();
        }
        identify(&mut body, &self.id, "registrationDefinitions", &self.name);
        date(&mut body, &self.system_data, api_version);
        body
    }

    /// Its `properties` alone.
    pub(crate) fn properties(&self, state: &State, api_version: &str) -> Value {
        let name_of = |id: &str| state.tenant(id).map(|tenant| tenant.name.clone());
        let mut properties = json!({});
        if let Some(description) = &self.description {
            properties["description"] = json!(description);
        }
        if let Some(name) = &self.registration_definition_name {
            properties["registrationDefinitionName"] = json!(name);
        }
        properties["managedByTenantId"] = json!(self.managed_by_tenant_id);
        properties["authorizations"] = json!(self.authorizations);
        if !self.eligible_authorizations.is_empty() {
            properties["eligibleAuthorizations"] = json!(self.eligible_authorizations);
        }
        properties["provisioningState"] = json!(self.state.name());
        if api_version >= "2022-01-01-preview" {
            let home = state
                .subscription(&self.subscription)
                .map(|subscription| subscription.tenant.clone());
            properties["manageeTenantName"] = json!(home.as_deref().and_then(name_of));
            properties["manageeTenantId"] = json!(home);
        }
        properties["managedByTenantName"] = json!(name_of(&self.managed_by_tenant_id));
        properties
    }
}

impl Assignment {
    /// The resource as an api-version shows it.
    pub(crate) fn body(&self, state: &State, api_version: &str, expand: bool) -> Value {
        let mut body = json!({});
        body["properties"] = self.properties();
        let definition = || state.definitions.get(&self.definition_id.to_ascii_lowercase());
        if let Some(definition) = expand.then(definition).flatten() {
            body["properties"]["registrationDefinition"] = definition.body(state, api_version);
        }
        identify(&mut body, &self.id, "registrationAssignments", &self.name);
        date(&mut body, &self.system_data, api_version);
        body
    }

    /// Its `properties` alone, without its definition.
    pub(crate) fn properties(&self) -> Value {
        json!({
            "registrationDefinitionId": self.definition_id, "provisioningState": self.state.name(),
        })
    }
}

fn identify(body: &mut Value, id: &str, kind: &str, name: &str) {
    body["id"] = json!(id);
    body["type"] = json!(format!("Microsoft.ManagedServices/{kind}"));
    body["name"] = json!(name);
}

/// Who made it and when, which older versions do not show.
fn date(body: &mut Value, system_data: &Value, api_version: &str) {
    if api_version >= "2020-02-01-preview" {
        body["systemData"] = system_data.clone();
    }
}
