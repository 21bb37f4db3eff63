//! Finds names in what Azure answered, no matter who asked and whatever for.
//!
//! An object's `id` says what it is; so a command that is added later feeds completion automatically. Only names and
//! ids are taken, and only of what some argument can name.

use serde_json::Value;

use super::{AnsweringService, IndexEntry, NameKind};

/// The providers whose resources can be given to a command.
const PROVIDERS: [&str; 5] = [
    "microsoft.compute",
    "microsoft.managedidentity",
    "microsoft.network",
    "microsoft.storage",
    "microsoft.virtualmachineimages",
];

/// The parts of Graph's paths behind which users, groups and service principals are.
pub(super) const PRINCIPALS: [&str; 4] =
    ["/users", "/groups", "/servicePrincipals", "/directoryObjects"];

/// The names in one answer: an object, or a page of a list.
pub(super) fn extract_names(
    service: AnsweringService,
    cloud: &str,
    tenant: &str,
    answer: &Value,
) -> Vec<IndexEntry> {
    let mut harvest = NameExtraction { cloud, tenant, found: Vec::new() };
    let one = std::slice::from_ref(answer);
    // Resource Graph calls its rows `data`.
    let list = answer.get("value").or_else(|| answer.get("data"));
    let objects = list.and_then(Value::as_array);
    for object in objects.map_or(one, Vec::as_slice) {
        match service {
            AnsweringService::ResourceManager => harvest.resource(object),
            AnsweringService::Graph => harvest.directory_object(object),
        }
    }
    harvest.found
}

struct NameExtraction<'a> {
    cloud: &'a str,
    tenant: &'a str,
    found: Vec<IndexEntry>,
}

impl NameExtraction<'_> {
    fn add(&mut self, kind: NameKind, subscription: &str, name: &str, key: &str, note: &str) {
        let everybody = matches!(kind, NameKind::Tenant | NameKind::Domain);
        let text = str::to_owned;
        self.found.push(IndexEntry {
            cloud: text(self.cloud),
            tenant: text(if everybody { "" } else { self.tenant }),
            kind,
            subscription: subscription.to_lowercase(),
            name: text(name),
            key: text(key),
            note: text(note),
        });
    }

    /// What has a name and an id, to be found by either.
    fn add_both(&mut self, [by_name, by_id]: [NameKind; 2], name: &str, id: &str) {
        let id = id.to_lowercase();
        if !name.is_empty() {
            self.add(by_name, "", name, &id, "");
        }
        self.add(by_id, "", &id, "", name);
    }

    fn add_tenant(&mut self, id: &str, name: &str) {
        if !id.is_empty() {
            self.add(NameKind::Tenant, "", &id.to_lowercase(), "", name);
        }
    }

    fn resource(&mut self, object: &Value) {
        // Sizes of machines have no id: https://learn.microsoft.com/rest/api/compute/resource-skus/list
        if text_at(object, "/resourceType").eq_ignore_ascii_case("virtualMachines") {
            self.add(NameKind::Size, "", text_at(object, "/name"), "", text_at(object, "/family"));
        }
        let id = text_at(object, "/id");
        let parts: Vec<&str> = id.trim_matches('/').split('/').collect();
        let lower: Vec<String> = parts.iter().map(|part| part.to_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        match lower.as_slice() {
            ["tenants", _] => self.tenant(object),
            ["subscriptions", subscription] => self.subscription(subscription, object),
            ["subscriptions", subscription, "locations", _] => {
                let (name, shown) = (text_at(object, "/name"), text_at(object, "/displayName"));
                self.add(NameKind::Location, subscription, name, "", shown);
            }
            ["subscriptions", subscription, "resourcegroups", _] => {
                let location = text_at(object, "/location");
                self.add(NameKind::ResourceGroup, subscription, parts[3], "", location);
                self.location(subscription, object);
            }
            [.., "microsoft.managedservices", kind, guid] => {
                let subscription = if lower[0] == "subscriptions" { lower[1] } else { "" };
                self.delegation(subscription, kind, guid, object);
            }
            [.., "microsoft.authorization", "roledefinitions", guid] => self.role(guid, object),
            [.., "microsoft.authorization", "roleassignments", _] => {
                self.principal(text_at(object, "/properties/principalId"), "");
            }
            [
                "subscriptions",
                subscription,
                "resourcegroups",
                _,
                "providers",
                provider,
                _,
                _,
                ..,
            ] if PROVIDERS.contains(provider) => {
                let inside = format!("/{}", parts[2..].join("/"));
                let location = text_at(object, "/location");
                self.add(NameKind::ResourceGroup, subscription, parts[3], "", "");
                self.add(NameKind::Resource, subscription, &inside, "", location);
                self.location(subscription, object);
            }
            _ => {}
        }
        // Images that were shared directly or with everybody have no id of ARM's, but one of their own.
        let shared = text_at(object, "/identifier/uniqueId");
        if shared.starts_with('/') {
            self.add(NameKind::Resource, "", shared, "", text_at(object, "/location"));
        }
    }

    fn location(&mut self, subscription: &str, object: &Value) {
        let location = text_at(object, "/location");
        if !location.is_empty() && location != "global" {
            self.add(NameKind::Location, subscription, location, "", "");
        }
    }

    fn tenant(&mut self, object: &Value) {
        let (id, name) = (text_at(object, "/tenantId"), text_at(object, "/displayName"));
        self.add_tenant(id, name);
        let domain = text_at(object, "/defaultDomain");
        if !domain.is_empty() {
            self.add(NameKind::Domain, "", domain, id, name);
        }
    }

    fn subscription(&mut self, id: &str, object: &Value) {
        let kinds = [NameKind::Subscription, NameKind::SubscriptionId];
        // Resource Graph has the name where the provider has the display name.
        let shown = match text_at(object, "/displayName") {
            "" if !text_at(object, "/subscriptionId").is_empty() => text_at(object, "/name"),
            shown => shown,
        };
        self.add_both(kinds, shown, id);
        self.add_tenant(text_at(object, "/tenantId"), "");
    }

    /// An offer, or an assignment that was expanded to show its offer.
    fn delegation(&mut self, subscription: &str, kind: &str, guid: &str, object: &Value) {
        let (guid, offer) = if kind == "registrationassignments" {
            let offer = object.pointer("/properties/registrationDefinition");
            let id = offer.map(|offer| text_at(offer, "/id")).unwrap_or_default();
            let guid = id.rsplit('/').next().unwrap_or_default().to_lowercase();
            (guid, offer.unwrap_or(&Value::Null))
        } else {
            (guid.to_owned(), object)
        };
        let name = text_at(offer, "/properties/registrationDefinitionName");
        if name.is_empty() {
            return;
        }
        let consumer = text_at(offer, "/properties/managedByTenantName");
        self.add(NameKind::Delegation, subscription, name, &guid, consumer);
        for side in ["managedBy", "managee"] {
            let id = text_at(offer, &format!("/properties/{side}TenantId"));
            self.add_tenant(id, text_at(offer, &format!("/properties/{side}TenantName")));
        }
        for list in ["authorizations", "eligibleAuthorizations"] {
            let list = offer.pointer(&format!("/properties/{list}"));
            for right in list.and_then(Value::as_array).into_iter().flatten() {
                let id = text_at(right, "/principalId");
                self.principal(id, text_at(right, "/principalIdDisplayName"));
            }
        }
    }

    fn role(&mut self, guid: &str, object: &Value) {
        if text_at(object, "/properties/type").eq_ignore_ascii_case("CustomRole") {
            let kinds = [NameKind::Role, NameKind::RoleId];
            self.add_both(kinds, text_at(object, "/properties/roleName"), guid);
        }
    }

    fn principal(&mut self, id: &str, name: &str) {
        if !id.is_empty() {
            self.add_both([NameKind::Principal, NameKind::PrincipalId], name, id);
        }
    }

    fn directory_object(&mut self, object: &Value) {
        let id = text_at(object, "/id");
        if uuid::Uuid::try_parse(id).is_err() {
            return;
        }
        self.principal(id, text_at(object, "/displayName"));
        let sign_in = text_at(object, "/userPrincipalName");
        if !sign_in.is_empty() {
            self.add(NameKind::Principal, "", sign_in, &id.to_lowercase(), "");
        }
    }
}

fn text_at<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
