//! The tables and their rows, each with what the caller may read of it.
//!
//! Source: <https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources>. The
//! name `managedservicesresources` is what working public queries use; the overview of tables and the list of types
//! disagree about it.

use serde_json::{Value, json};

use super::reader::Reader;
use super::scope::{QueryScope, kept_in};
use crate::arm::managed_services::SHOWN_VERSION;
use crate::arm::policy::assignments;
use crate::arm::target;
use crate::state::{RoleAssignment, State, Subscription};

/// What is read, over what, and by whom.
pub(super) struct Index<'a> {
    pub(super) table: &'a str,
    pub(super) scope: &'a QueryScope,
    pub(super) state: &'a State,
    pub(super) reader: &'a Reader<'a>,
    pub(super) tenant: &'a str,
    pub(super) now: i64,
}

impl Index<'_> {
    /// The rows of the table in the scope; what is not kept here has none.
    pub(super) fn rows(&self) -> Vec<Value> {
        match self.table {
            "resources" => self.resources(|type_| !is_policy(type_) && !is_authorization(type_)),
            "policyresources" => self.policies(),
            "resourcecontainers" => self.containers(),
            "managedservicesresources" => self.offers(),
            "authorizationresources" => self.role_assignments(),
            _ => Vec::new(),
        }
    }

    /// Every resource of the caller's tenant, or delegated to it, that the caller may read.
    fn resources(&self, is_in: impl Fn(&str) -> bool) -> Vec<Value> {
        let seen = self.state.resources.values().filter(|resource| {
            is_in(&resource.type_.to_ascii_lowercase())
                && self.is_asked(&resource.id)
                && self.reader.may(&resource.id, &format!("{}/read", resource.type_))
        });
        let rows = seen.map(|resource| {
            let body = &resource.body;
            let mut row = self.row(&resource.id, &resource.type_, &body["name"]);
            row["location"] = body["location"].clone();
            row["tags"] = body["tags"].clone();
            row["properties"] = indexed(&body["properties"]);
            row
        });
        rows.collect()
    }

    /// Resources of the type, and the assignments of policies.
    fn policies(&self) -> Vec<Value> {
        let mut rows = self.resources(is_policy);
        for body in assignments::list_at(self.state, self.tenant) {
            let id = body["id"].as_str().unwrap_or_default().to_owned();
            let kind = "microsoft.authorization/policyassignments";
            if self.is_asked(&id)
                && self.reader.may(&id, "Microsoft.Authorization/policyAssignments/read")
            {
                let mut row = self.row(&id, kind, &body["name"]);
                row["properties"] = body["properties"].clone();
                rows.push(row);
            }
        }
        rows
    }

    fn containers(&self) -> Vec<Value> {
        let subscriptions = self.state.subscriptions.iter().filter(|known| {
            self.reader.sees(&known.id) && self.is_asked(&format!("/subscriptions/{}", known.id))
        });
        let mut rows: Vec<Value> =
            subscriptions.map(|known| self.subscription_row(known)).collect();
        let read = "Microsoft.Resources/subscriptions/resourceGroups/read";
        for group in &self.state.groups {
            let id = format!("/subscriptions/{}/resourceGroups/{}", group.subscription, group.name);
            if self.is_asked(&id) && self.reader.may(&id, read) {
                let kind = "microsoft.resources/subscriptions/resourcegroups";
                let mut row = self.row(&id, kind, &json!(group.name));
                row["location"] = json!(group.location);
                row["tags"] = group.tags.clone();
                row["properties"] = json!({"provisioningState": "Succeeded"});
                rows.push(row);
            }
        }
        for group in self.state.management_groups.iter().filter(|group| group.tenant == self.tenant)
        {
            if self.scope.holds(self.table, &group.id())
                && self.reader.may(&group.id(), "Microsoft.Management/managementGroups/read")
            {
                let kind = "microsoft.management/managementgroups";
                let mut row = self.row(&group.id(), kind, &json!(group.name));
                let above = &self.state.group_and_above(&group.name)[1..];
                let chain: Vec<Value> = above.iter().map(|one| self.link_of(&one.name)).collect();
                row["tenantId"] = json!(group.tenant);
                row["properties"] = json!({"displayName": group.display_name, "tenantId": group.tenant,
                    "details": {"parent": chain.first(), "managementGroupAncestorsChain": chain}});
                rows.push(row);
            }
        }
        rows
    }

    fn subscription_row(&self, known: &Subscription) -> Value {
        let id = format!("/subscriptions/{}", known.id);
        let mut row = self.row(&id, "microsoft.resources/subscriptions", &json!(known.name));
        let managed_by = self.managing_tenants(&known.id).into_iter();
        let managed_by: Vec<Value> = managed_by.map(|id| json!({"tenantId": id})).collect();
        row["tags"] = known.tags.clone();
        row["properties"] = json!({"state": known.state.name(), "managedByTenants": managed_by,
            "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01",
                "quotaId": "EnterpriseAgreement_2014-09-01", "spendingLimit": "Off"}});
        // The tree of a tenant is not shown to those whom it only lends a subscription.
        if known.tenant == self.tenant {
            let above = self.reader.groups_above(&known.id).iter();
            let chain: Vec<Value> = above.map(|name| self.link_of(name)).collect();
            row["properties"]["managementGroupAncestorsChain"] = json!(chain);
        }
        row
    }

    fn link_of(&self, group: &str) -> Value {
        let known = self.state.management_group(group);
        json!({"name": known.map(|group| &group.name), "displayName": known.map(|group| &group.display_name)})
    }

    /// The tenants that a subscription is delegated to, each once.
    fn managing_tenants(&self, subscription: &str) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        let assignments = kept_in(&self.state.assignments, subscription);
        for assignment in assignments.filter(|one| one.is_visible(self.now)) {
            let key = assignment.definition_id.to_ascii_lowercase();
            let definition = self.state.definitions.get(&key);
            let tenant = definition.map(|known| known.managed_by_tenant_id.as_str());
            found.extend(tenant.filter(|tenant| !found.contains(tenant)));
        }
        found
    }

    fn offers(&self) -> Vec<Value> {
        let read = |kind: &str| format!("Microsoft.ManagedServices/{kind}/read");
        let definitions = self.scope.within(&self.state.definitions).into_iter().filter(|known| {
            self.is_asked(&known.id) && self.reader.may(&known.id, &read("registrationDefinitions"))
        });
        let definitions = definitions.map(|known| {
            let mut body = known.body(self.state, SHOWN_VERSION);
            let kind = "microsoft.managedservices/registrationdefinitions";
            let mut row = self.row(&known.id, kind, &json!(known.name));
            row["properties"] = body["properties"].take();
            row
        });
        let assignments = self.scope.within(&self.state.assignments).into_iter().filter(|known| {
            self.is_asked(&known.id) && self.reader.may(&known.id, &read("registrationAssignments"))
        });
        let assignments = assignments.map(|known| {
            let mut body = known.body(self.state, SHOWN_VERSION, false);
            let kind = "microsoft.managedservices/registrationassignments";
            let mut row = self.row(&known.id, kind, &json!(known.name));
            row["properties"] = body["properties"].take();
            row
        });
        definitions.chain(assignments).collect()
    }

    fn role_assignments(&self) -> Vec<Value> {
        let id_of = |known: &RoleAssignment| {
            format!(
                "{}/providers/Microsoft.Authorization/roleAssignments/{}",
                known.scope, known.name
            )
        };
        let seen = self.state.role_assignments.iter().filter(|known| {
            let id = id_of(known);
            self.is_asked(&id)
                && self.reader.may(&id, "Microsoft.Authorization/roleAssignments/read")
        });
        let rows = seen.map(|known| {
            let kind = "microsoft.authorization/roleassignments";
            let mut row = self.row(&id_of(known), kind, &json!(known.name));
            row["properties"] = json!({"principalId": known.principal, "principalType": known.principal_type,
                "roleDefinitionId": format!("/providers/Microsoft.Authorization/RoleDefinitions/{}", known.role),
                "scope": if known.scope.is_empty() { "/" } else { &known.scope },
                "createdOn": "2026-01-10T08:00:00.0000000Z", "updatedOn": "2026-01-10T08:00:00.0000000Z"});
            row
        });
        rows.collect()
    }

    /// Asked before a row is made: of a fleet, a query names a thousand subscriptions and reads few of the rows.
    fn is_asked(&self, id: &str) -> bool {
        let hidden = &self.state.not_indexed;
        self.scope.holds(self.table, id)
            && (hidden.is_empty() || !hidden.contains(&id.to_ascii_lowercase()))
    }

    fn row(&self, id: &str, type_: &str, name: &Value) -> Value {
        let subscription = target::subscription(id).unwrap_or_default();
        let tenant = self.reader.tenant_of(subscription).unwrap_or(self.tenant);
        json!({"id": id, "name": name, "type": type_.to_ascii_lowercase(), "location": "", "tenantId": tenant,
            "subscriptionId": subscription, "kind": "", "tags": null,
            "resourceGroup": target::group(id).unwrap_or_default().to_ascii_lowercase()})
    }
}

fn is_policy(type_: &str) -> bool {
    type_.starts_with("microsoft.authorization/policy")
        || type_.starts_with("microsoft.policyinsights/")
}

fn is_authorization(type_: &str) -> bool {
    type_.starts_with("microsoft.authorization/")
}

/// The index does not hold to whom a gallery is open.
fn indexed(properties: &Value) -> Value {
    let mut properties = properties.clone();
    if let Some(profile) = properties.get_mut("sharingProfile").and_then(Value::as_object_mut) {
        profile.remove("groups");
    }
    properties
}
