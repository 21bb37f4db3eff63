//! Azure Policy as it is kept: definitions, assignments with what is known of their compliance, remediations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Everything of Azure Policy.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// Custom definitions by lower-case id.
    pub definitions: BTreeMap<String, PolicyDefinition>,
    /// Assignments by lower-case id.
    pub assignments: BTreeMap<String, PolicyAssignment>,
    /// Remediations by lower-case id.
    pub remediations: BTreeMap<String, Remediation>,
    /// Seconds that reads have moved the engine's clock ahead of Azure's.
    pub ahead: i64,
    /// When the engine has something to do next, by its own clock.
    pub(crate) next_due: i64,
    /// Deployments of the engine so far; their names are counted.
    pub(crate) deployments: u64,
}

/// A custom definition.
#[derive(Clone, Debug)]
pub struct PolicyDefinition {
    /// Full id as created.
    pub id: String,
    /// Where it is kept.
    pub scope: String,
    /// `properties`, as Azure shows them.
    pub properties: Value,
}

/// An assignment and what the engine knows of it.
#[derive(Clone, Debug)]
pub struct PolicyAssignment {
    /// Full id as created.
    pub id: String,
    /// Where it is in force.
    pub scope: String,
    /// The tenant of that scope.
    pub tenant: String,
    /// `properties`, as Azure shows them.
    pub properties: Value,
    /// `identity`, as Azure shows it; null without one.
    pub identity: Value,
    /// `location`; null without one.
    pub location: Value,
    /// When all of its scope is looked at next, by the engine's clock.
    pub(crate) look_at: i64,
    /// Whether it was looked at since it was made.
    pub(crate) is_known: bool,
    /// Subscriptions (lower case) that are no newcomers.
    pub(crate) seen: BTreeSet<String>,
    /// Newcomers, and when they are looked at.
    pub(crate) arrivals: BTreeMap<String, i64>,
    /// What was found, by subscription (lower case).
    pub compliance: BTreeMap<String, Compliance>,
}

impl PolicyAssignment {
    /// What was assigned, without what was found in each of its subscriptions: there may be thousands.
    pub(crate) fn without_findings(&self) -> PolicyAssignment {
        PolicyAssignment {
            id: self.id.clone(),
            scope: self.scope.clone(),
            tenant: self.tenant.clone(),
            properties: self.properties.clone(),
            identity: self.identity.clone(),
            location: self.location.clone(),
            look_at: self.look_at,
            is_known: self.is_known,
            seen: BTreeSet::new(),
            arrivals: BTreeMap::new(),
            compliance: BTreeMap::new(),
        }
    }
}

/// What was found of one subscription.
#[derive(Clone, Debug)]
pub struct Compliance {
    /// `Compliant` or `NonCompliant`.
    pub is_compliant: bool,
    /// When it was found, by the engine's clock.
    pub at: i64,
}

/// A remediation.
#[derive(Clone, Debug)]
pub struct Remediation {
    /// Full id as created.
    pub id: String,
    /// `properties` as sent, with the defaults filled in.
    pub properties: Value,
    /// Lower-case id of its assignment.
    pub assignment: String,
    /// `Accepted`, `Evaluating`, `Running`, `Succeeded`, `Failed`, `Canceled`.
    pub state: String,
    /// When it was made, by the engine's clock.
    pub(crate) created: i64,
    /// When it changed last.
    pub(crate) updated: i64,
    /// One for each resource, in their order.
    pub(crate) deployments: Vec<RemediationDeployment>,
}

/// What a remediation does for one resource.
#[derive(Clone, Debug)]
pub(crate) struct RemediationDeployment {
    pub(crate) subscription: String,
    pub(crate) deployment: Option<String>,
    /// `Waiting`, `Running`, `Succeeded`, `Failed`, `Canceled`.
    pub(crate) status: &'static str,
    pub(crate) error: Option<Value>,
    pub(crate) updated: i64,
}

impl Remediation {
    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        ["Succeeded", "Failed", "Canceled"].contains(&self.state.as_str())
    }
}
