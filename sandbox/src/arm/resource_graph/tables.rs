//! The tables and their rows, each with what the caller may read of it.
//!
//! Source: <https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources>. The
//! name `managedservicesresources` is what working public queries use; the overview of tables and the list of types
//! disagree about it.

use serde_json::{Map, Value, json};

use super::query::Query;
use super::reader::Reader;
use super::scope::{QueryScope, kept_in};
use crate::arm::managed_services::SHOWN_VERSION;
use crate::arm::policy::assignments;
use crate::arm::target;
use crate::state::{RoleAssignment, State, Subscription};

const SUBSCRIPTION_TYPE: &str = "microsoft.resources/subscriptions";
const DEFINITION_TYPE: &str = "microsoft.managedservices/registrationdefinitions";
const ASSIGNMENT_TYPE: &str = "microsoft.managedservices/registrationassignments";

/// What is read, over what, and by whom.
pub(super) struct Index<'a> {
    pub(super) query: &'a Query,
    pub(super) scope: &'a QueryScope,
    pub(super) state: &'a State,
    pub(super) reader: &'a Reader<'a>,
    pub(super) tenant: &'a str,
    pub(super) now: i64,
}

impl Index<'_> {
    /// The rows of the table in the scope; what is not kept here has none.
    ///
    /// Each is made when it is asked for.
    pub(super) fn rows(&self) -> Box<dyn Iterator<Item = Value> + '_> {
        match self.query.table {
            "resources" => {
                Box::new(self.resources(|type_| !is_policy(type_) && !is_authorization(type_)))
            }
            "policyresources" => Box::new(self.policies()),
            "resourcecontainers" => Box::new(self.containers()),
            "managedservicesresources" => Box::new(self.offers()),
            "authorizationresources" => Box::new(self.role_assignments()),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// Every resource of the caller's tenant, or delegated to it, that the caller may read.
    fn resources(&self, is_in: impl Fn(&str) -> bool) -> impl Iterator<Item = Value> {
        let seen = self.state.resources.values().filter(move |resource| {
            let kind = resource.type_.to_ascii_lowercase();
            is_in(&kind)
                && self.query.takes_type(&kind)
                && self.is_asked(&resource.id)
                && self.reader.may(&resource.id, &format!("{}/read", resource.type_))
        });
        seen.map(|resource| {
            let body = &resource.body;
            let mut row = self.row(&resource.id, &resource.type_, &body["name"]);
            row["location"] = body["location"].clone();
            row["tags"] = body["tags"].clone();
            row["properties"] = indexed(&body["properties"]);
            row
        })
    }

    /// Resources of the type, and the assignments of policies.
    fn policies(&self) -> impl Iterator<Item = Value> {
        let read = "Microsoft.Authorization/policyAssignments/read";
        let assignments = assignments::list_at(self.state, self.tenant).into_iter();
        let assignments = assignments.filter_map(move |mut body| {
            let id = body["id"].as_str().unwrap_or_default();
            let kind = "microsoft.authorization/policyassignments";
            if !self.takes(kind, id, read) {
                return None;
            }
            let mut row = self.row(id, kind, &body["name"]);
            row["properties"] = body["properties"].take();
            Some(row)
        });
        self.resources(is_policy).chain(assignments)
    }

    fn containers(&self) -> impl Iterator<Item = Value> {
        let subscriptions = self.scope.subscriptions().into_iter();
        let subscriptions = subscriptions.filter_map(|id| self.state.subscription(id));
        let subscriptions = subscriptions
            .filter(|known| {
                self.query.takes_type(SUBSCRIPTION_TYPE)
                    && self.is_asked(&format!("/subscriptions/{}", known.id))
            })
            .map(|known| self.subscription_row(known));
        let kind = "microsoft.resources/subscriptions/resourcegroups";
        let groups = self.state.groups.iter().filter(move |group| {
            self.query.takes_type(kind) && self.scope.has_subscription(&group.subscription)
        });
        let groups = groups.filter_map(move |group| {
            let id = format!("/subscriptions/{}/resourceGroups/{}", group.subscription, group.name);
            let read = "Microsoft.Resources/subscriptions/resourceGroups/read";
            if !self.is_asked(&id) || !self.reader.may(&id, read) {
                return None;
            }
            let mut row = self.row(&id, kind, &json!(group.name));
            row["location"] = json!(group.location);
            row["tags"] = group.tags.clone();
            row["properties"] = json!({"provisioningState": "Succeeded"});
            Some(row)
        });
        subscriptions.chain(groups).chain(self.management_groups())
    }

    fn management_groups(&self) -> impl Iterator<Item = Value> {
        let seen = self.state.management_groups.iter().filter(|group| {
            group.tenant == self.tenant
                && self.scope.holds(self.query.table, &group.id())
                && self.reader.may(&group.id(), "Microsoft.Management/managementGroups/read")
        });
        seen.map(|group| {
            let kind = "microsoft.management/managementgroups";
            let mut row = self.row(&group.id(), kind, &json!(group.name));
            let above = &self.state.group_and_above(&group.name)[1..];
            let chain: Vec<Value> = above.iter().map(|one| self.link_of(&one.name)).collect();
            row["tenantId"] = json!(group.tenant);
            row["properties"] = json!({"displayName": group.display_name, "tenantId": group.tenant,
                "details": {"parent": chain.first(), "managementGroupAncestorsChain": chain}});
            row
        })
    }

    fn subscription_row(&self, known: &Subscription) -> Value {
        let id = format!("/subscriptions/{}", known.id);
        let mut row = self.row(&id, SUBSCRIPTION_TYPE, &json!(known.name));
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

    fn offers(&self) -> impl Iterator<Item = Value> {
        let definitions = self.scope.within(&self.state.definitions).filter(|known| {
            let read = "Microsoft.ManagedServices/registrationDefinitions/read";
            self.takes(DEFINITION_TYPE, &known.id, read)
        });
        let definitions = definitions.map(|known| {
            let mut row = self.row(&known.id, DEFINITION_TYPE, &json!(known.name));
            row["properties"] = known.properties(self.state, SHOWN_VERSION);
            row
        });
        let assignments = self.scope.within(&self.state.assignments).filter(|known| {
            let read = "Microsoft.ManagedServices/registrationAssignments/read";
            self.takes(ASSIGNMENT_TYPE, &known.id, read)
        });
        let assignments = assignments.map(|known| {
            let mut row = self.row(&known.id, ASSIGNMENT_TYPE, &json!(known.name));
            row["properties"] = known.properties();
            row
        });
        definitions.chain(assignments)
    }

    fn role_assignments(&self) -> impl Iterator<Item = Value> {
        let id_of = |known: &RoleAssignment| {
            format!(
                "{}/providers/Microsoft.Authorization/roleAssignments/{}",
                known.scope, known.name
            )
        };
        let seen = self.state.role_assignments.iter().filter(move |known| {
            let id = id_of(known);
            self.is_asked(&id)
                && self.reader.may(&id, "Microsoft.Authorization/roleAssignments/read")
        });
        seen.map(move |known| {
            let kind = "microsoft.authorization/roleassignments";
            let mut row = self.row(&id_of(known), kind, &json!(known.name));
            row["properties"] = json!({"principalId": known.principal, "principalType": known.principal_type,
                "roleDefinitionId": format!("/providers/Microsoft.Authorization/RoleDefinitions/{}", known.role),
                "scope": if known.scope.is_empty() { "/" } else { &known.scope },
                "createdOn": "2026-01-10T08:00:00.0000000Z", "updatedOn": "2026-01-10T08:00:00.0000000Z"});
            row
        })
    }

    /// Whether a row has to be made: it is of a type that is looked for, in the scope, and may be read.
    fn takes(&self, kind: &str, id: &str, read: &str) -> bool {
        self.query.takes_type(kind) && self.is_asked(id) && self.reader.may(id, read)
    }

    /// Asked before a row is made: of a fleet, a query names a thousand subscriptions and reads few of the rows.
    fn is_asked(&self, id: &str) -> bool {
        let hidden = &self.state.not_indexed;
        self.scope.holds(self.query.table, id)
            && (hidden.is_empty() || !hidden.contains(&id.to_ascii_lowercase()))
    }

    fn row(&self, id: &str, type_: &str, name: &Value) -> Value {
        let subscription = target::subscription(id).unwrap_or_default();
        let tenant = self.reader.tenant_of(subscription).unwrap_or(self.tenant);
        let mut row = Map::new();
        let mut add = |column: &str, value: &dyn Fn() -> Value| {
            if self.query.reads(column) {
                row.insert(column.to_owned(), value());
            }
        };
        add("id", &|| json!(id));
        add("name", &|| name.clone());
        add("type", &|| json!(type_.to_ascii_lowercase()));
        add("location", &|| json!(""));
        add("tenantId", &|| json!(tenant));
        add("subscriptionId", &|| json!(subscription));
        add("kind", &|| json!(""));
        add("tags", &|| Value::Null);
        let group = || target::group(id).unwrap_or_default().to_ascii_lowercase();
        add("resourceGroup", &|| json!(group()));
        Value::Object(row)
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
