//! Everything the fake cloud remembers. Fields are public so that a test can arrange what it needs.

mod capacity;
mod deployment;
mod grant;
mod lighthouse;
mod management_group;
mod operation;
mod policy;
mod subscription;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::directory::Directory;

pub use capacity::Capacity;
pub(crate) use capacity::{IMAGE_VERSIONS, MACHINES};
pub use deployment::Deployment;
pub(crate) use deployment::Step;
pub use grant::{AuthorizationCode, Grant, GrantKind};
pub use lighthouse::{Assignment, Definition, ProvisioningState};
pub use management_group::ManagementGroup;
pub(crate) use management_group::{DEEPEST, GROUPS, group_name};
pub use operation::{Operation, OperationKind};
pub(crate) use policy::RemediationDeployment;
pub use policy::{Compliance, Policies, PolicyAssignment, PolicyDefinition, Remediation};
pub use subscription::{
    Registration, ResourceGroup, Subscription, SubscriptionState, Subscriptions,
};

/// The state of all tenants, subscriptions and providers.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Entra tenants.
    pub tenants: Vec<Tenant>,
    /// Users, groups, service principals and application objects of all tenants.
    pub principals: Vec<Principal>,
    /// App registrations.
    pub applications: Vec<Application>,
    /// Subscriptions.
    pub subscriptions: Subscriptions,
    /// Management groups of all tenants.
    pub management_groups: Vec<ManagementGroup>,
    /// Resource groups.
    pub groups: Vec<ResourceGroup>,
    /// Azure role assignments.
    pub role_assignments: Vec<RoleAssignment>,
    /// Every other resource by its lower-case id.
    pub resources: BTreeMap<String, Resource>,
    /// Lighthouse definitions by lower-case id.
    pub definitions: BTreeMap<String, Definition>,
    /// Lighthouse assignments by lower-case id.
    pub assignments: BTreeMap<String, Assignment>,
    /// Deployments by lower-case id.
    pub deployments: BTreeMap<String, Deployment>,
    /// Long-running operations by token.
    pub operations: BTreeMap<String, Operation>,
    /// Definition id (lower case) to the DELETEs still to be refused.
    pub unsettled_definitions: BTreeMap<String, u32>,
    /// Assertion ids that were used.
    pub used_assertions: Vec<String>,
    /// Object id (lower case) of a new principal to the role assignments still to be refused.
    pub unreplicated_principals: BTreeMap<String, u32>,
    /// GUID (lower case) of a new custom role to the requests that do not know it yet.
    pub unreplicated_roles: BTreeMap<String, u32>,
    /// GUID (lower case) of a role to the DELETEs still to be refused.
    pub unsettled_roles: BTreeMap<String, u32>,
    /// Device codes and refresh tokens in circulation.
    pub grants: Vec<Grant>,
    /// Codes that browsers bring back to applications.
    pub codes: Vec<AuthorizationCode>,
    /// Preview features that subscriptions were let into: subscription id and `Namespace/Name`.
    pub features: Vec<(String, String)>,
    /// Gallery id (lower case) to the reads that still find its sharing under way.
    pub unsettled_shares: BTreeMap<String, u32>,
    /// Gallery id (lower case) to why its sharing failed.
    pub failed_shares: BTreeMap<String, String>,
    /// Image version id (lower case) to the reads that still find it being replicated.
    pub replicating: BTreeMap<String, u32>,
    /// Image version id (lower case) to when it began to be replicated, by Azure's clock.
    pub replication_began: BTreeMap<String, i64>,
    /// Most image versions that were on their way at one time.
    pub most_replicating: usize,
    /// Regions in which replication fails, and why.
    pub failing_regions: BTreeMap<String, String>,
    /// Image version id (lower case) to the regions in which it fails, and why.
    pub replication_failures: BTreeMap<String, BTreeMap<String, String>>,
    /// Resource ids (lower case) that Resource Graph has not heard of yet.
    pub not_indexed: Vec<String>,
    /// What only Microsoft Graph shows.
    pub directory: Directory,
    /// Which sizes of machines, and how many cores, a subscription may have.
    pub capacity: Capacity,
    /// Terms of the marketplace that were accepted: `subscription/publisher/offer/plan` in lower case.
    pub accepted_terms: Vec<String>,
    /// Managing tenants that a deny policy allows; empty allows all.
    pub allowed_managing_tenants: Vec<String>,
    /// Azure Policy.
    pub policies: Policies,
}

/// An Entra tenant.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Tenant id.
    pub id: String,
    /// Initial domain.
    pub domain: String,
    /// Display name.
    pub name: String,
}

/// A directory object.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Object id.
    pub id: String,
    /// Tenant it lives in.
    pub tenant: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// Display name.
    pub name: String,
    /// Application (client) id of a service principal or application, user principal name of a user.
    pub login: String,
    /// Object ids of a group's members.
    pub members: Vec<String>,
}

/// What a directory object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A person.
    User,
    /// An enterprise application.
    ServicePrincipal,
    /// A security group.
    SecurityGroup,
    /// A Microsoft 365 group, which Lighthouse refuses.
    Microsoft365Group,
    /// An app registration's own object, which no role can be given to.
    Application,
}

impl PrincipalKind {
    /// Azure's `principalType`.
    pub fn name(self) -> &'static str {
        match self {
            PrincipalKind::User => "User",
            PrincipalKind::ServicePrincipal => "ServicePrincipal",
            PrincipalKind::SecurityGroup | PrincipalKind::Microsoft365Group => "Group",
            PrincipalKind::Application => "Application",
        }
    }
}

/// An app registration.
#[derive(Clone, Debug)]
pub struct Application {
    /// Application (client) id.
    pub client_id: String,
    /// Object id of the app registration.
    pub object_id: String,
    /// Tenant it is registered in.
    pub tenant: String,
    /// Display name.
    pub name: String,
    /// Client secrets.
    pub secrets: Vec<ClientSecret>,
    /// Certificates in DER.
    pub certificates: Vec<Vec<u8>>,
    /// Whether tokens of the sandbox's own federation issuer are accepted as assertions.
    pub federated: bool,
    /// Whether other tenants may consent to it.
    pub multi_tenant: bool,
    /// Reply addresses.
    pub redirect_uris: Vec<String>,
}

/// A client secret.
#[derive(Clone, Debug)]
pub struct ClientSecret {
    /// The key id.
    pub id: String,
    /// The value.
    pub value: String,
    /// Seconds since 1970 at which it expires.
    pub expires_on: i64,
}

/// A role given to a principal.
#[derive(Clone, Debug)]
pub struct RoleAssignment {
    /// The assignment's name, a GUID.
    pub name: String,
    /// Scope without a trailing slash; empty is the tenant root.
    pub scope: String,
    /// Role GUID.
    pub role: String,
    /// Object id.
    pub principal: String,
    /// `User`, `Group`, `ServicePrincipal`.
    pub principal_type: String,
    /// Optional description.
    pub description: Option<String>,
    /// Optional condition.
    pub condition: Option<String>,
    /// The managed identity that it was given to through a delegation.
    pub delegated_identity: Option<String>,
}

/// A resource of a provider that has no rules of its own here.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Full id as created.
    pub id: String,
    /// Full type.
    pub type_: String,
    /// Body with id, name and type.
    pub body: Value,
}

impl State {
    /// The tenant with this id or domain.
    pub fn tenant(&self, id_or_domain: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| {
            tenant.id.eq_ignore_ascii_case(id_or_domain)
                || tenant.domain.eq_ignore_ascii_case(id_or_domain)
        })
    }

    /// The subscription with this id.
    pub fn subscription(&self, id: &str) -> Option<&Subscription> {
        self.subscriptions.place_of(id).map(|place| &self.subscriptions[place])
    }

    /// The subscription with this id, to change.
    pub fn subscription_mut(&mut self, id: &str) -> Option<&mut Subscription> {
        self.subscriptions.place_of(id).map(|place| &mut self.subscriptions[place])
    }

    /// The body of a resource, whatever the case of its id.
    pub fn body(&self, id: &str) -> Option<Value> {
        let known = self.resources.get(&id.to_ascii_lowercase());
        known.map(|known| known.body.clone())
    }

    /// The resource group with this name.
    pub fn group(&self, subscription: &str, name: &str) -> Option<&ResourceGroup> {
        self.groups.iter().find(|group| {
            group.subscription.eq_ignore_ascii_case(subscription)
                && group.name.eq_ignore_ascii_case(name)
        })
    }

    /// The app registration with this client id.
    pub fn application(&self, client_id: &str) -> Option<&Application> {
        self.applications
            .iter()
            .find(|application| application.client_id.eq_ignore_ascii_case(client_id))
    }

    /// The app registration with this client id, to change.
    pub fn application_mut(&mut self, client_id: &str) -> Option<&mut Application> {
        self.applications
            .iter_mut()
            .find(|application| application.client_id.eq_ignore_ascii_case(client_id))
    }

    /// The directory object with this id in this tenant.
    pub fn principal(&self, tenant: &str, id: &str) -> Option<&Principal> {
        self.principals.iter().find(|principal| {
            principal.tenant.eq_ignore_ascii_case(tenant) && principal.id.eq_ignore_ascii_case(id)
        })
    }

    /// The principal and every group it is in, also through groups.
    pub fn identities(&self, principal: &str) -> Vec<String> {
        let mut found = vec![principal.to_ascii_lowercase()];
        let mut next = 0;
        while next < found.len() {
            let groups = self.principals.iter().filter(|group| {
                group.members.iter().any(|member| member.eq_ignore_ascii_case(&found[next]))
            });
            let ids: Vec<String> = groups.map(|group| group.id.to_ascii_lowercase()).collect();
            for id in ids {
                if !found.contains(&id) {
                    found.push(id);
                }
            }
            next += 1;
        }
        found
    }

    /// Whether a provider is registered in a subscription.
    pub fn is_registered(&self, subscription: &str, namespace: &str) -> bool {
        self.subscription(subscription)
            .and_then(|subscription| subscription.providers.get(&namespace.to_ascii_lowercase()))
            == Some(&Registration::Registered)
    }

    /// Whether a subscription was let into a preview.
    pub fn has_feature(&self, subscription: &str, feature: &str) -> bool {
        self.features.iter().any(|(id, name)| {
            id.eq_ignore_ascii_case(subscription) && name.eq_ignore_ascii_case(feature)
        })
    }

    /// Gives a role to a principal at a scope.
    pub fn assign_role(&mut self, scope: &str, role: &str, principal: &str) {
        let principal_type = self
            .principals
            .iter()
            .find(|known| known.id.eq_ignore_ascii_case(principal))
            .map_or("ServicePrincipal", |known| known.kind.name());
        self.role_assignments.push(RoleAssignment {
            name: uuid::Uuid::new_v4().to_string(),
            scope: scope.trim_end_matches('/').to_owned(),
            role: role.to_owned(),
            principal: principal.to_owned(),
            principal_type: principal_type.to_owned(),
            description: None,
            condition: None,
            delegated_identity: None,
        });
    }

    /// Puts a delegation of a resource group in force and returns the GUID of its offer and assignment.
    pub fn delegate(
        &mut self,
        subscription: &str,
        group: &str,
        tenant: &str,
        principal: &str,
        role: &str,
    ) -> String {
        let name = uuid::Uuid::new_v4().to_string();
        let scope = format!("/subscriptions/{subscription}/resourceGroups/{group}");
        let definition = Definition::in_force(subscription, &name, tenant, principal, role);
        let assignment = Assignment::in_force(subscription, &scope, &name, &definition.id);
        self.definitions.insert(definition.id.to_ascii_lowercase(), definition);
        self.assignments.insert(assignment.id.to_ascii_lowercase(), assignment);
        name
    }

    /// Puts a resource in place, whatever the rules of its provider.
    pub fn put_resource(&mut self, id: &str, type_: &str, mut body: Value) {
        let name = id.rsplit('/').next().unwrap_or_default();
        body["id"] = id.into();
        body["name"] = name.into();
        body["type"] = type_.into();
        let resource = Resource { id: id.to_owned(), type_: type_.to_owned(), body };
        self.resources.insert(id.to_ascii_lowercase(), resource);
    }
}
