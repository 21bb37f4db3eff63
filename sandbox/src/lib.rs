//! Azure on loopback: Entra ID, Azure Resource Manager and a little Microsoft Graph, over HTTPS, for tests and demonstrations.
//!
//! State lives in memory and nothing moves by wall time: long-running operations advance when they are polled.
//! Rules and refusals follow Azure's recorded behavior; where Azure's is not known, a [`Knobs`] field decides.

mod accounting;
mod arm;
mod buckets;
mod caller;
mod config;
mod control;
mod core;
mod directory;
mod entra;
mod error;
mod fault;
mod graph;
mod in_process;
mod journal;
mod keys;
mod knobs;
mod message;
mod router;
mod sandbox;
#[cfg(test)]
mod scenarios;
pub mod schema;
mod seed;
mod server;
mod state;
pub mod template;
mod tls;
mod virtual_time;
mod wire;
pub mod world;

pub use accounting::Accounting;
pub use config::CLOUD;
pub use directory::{AppRegistration, Directory, FederatedCredential, Invitation, Person};
pub use fault::{Chance, Fault, FaultKind};
pub use in_process::InProcessCloud;
pub use journal::{Call, fingerprint};
pub use knobs::{Knobs, UnknownPrincipal};
pub use message::Listener;
pub use sandbox::{Builder, Sandbox};
pub use seed::contoso_and_fabrikam;
pub use seed::fleet::{contoso_fleet, delegated_fleet, fleet_subscription, shared_fleet};
pub use state::{
    Application, Assignment, AuthorizationCode, Capacity, ClientSecret, Compliance, Definition,
    Deployment, Grant, GrantKind, ManagementGroup, Operation, OperationKind, Policies,
    PolicyAssignment, PolicyDefinition, Principal, PrincipalKind, ProvisioningState, Registration,
    Remediation, Resource, ResourceGroup, RoleAssignment, State, Subscription, SubscriptionState,
    Subscriptions, Tenant,
};
pub use virtual_time::{Participant, VirtualTime};
