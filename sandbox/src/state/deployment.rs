//! Deployments as they are kept: what is still to be put, and what became of the rest.

use serde_json::Value;

use crate::caller::Caller;
use crate::template::{Expansion, Resource};

/// A deployment and how far it is.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Full id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `Accepted`, `Running`, `Succeeded`, `Failed` or `Canceled`.
    pub state: String,
    /// Location of a deployment to a subscription.
    pub location: Option<String>,
    /// The template as sent.
    pub template: Value,
    pub(crate) scope: String,
    pub(crate) tags: Value,
    pub(crate) expansion: Expansion,
    pub(crate) steps: Vec<Step>,
    pub(crate) next: usize,
    pub(crate) error: Option<Value>,
    pub(crate) outputs: Option<Value>,
    pub(crate) records: Vec<Value>,
    pub(crate) correlation_id: String,
    pub(crate) timestamp: String,
    pub(crate) operation: String,
    pub(crate) caller: Caller,
}

impl Deployment {
    pub(crate) fn is_active(&self) -> bool {
        ["Accepted", "Running"].contains(&self.state.as_str())
    }
}

/// One resource to put, or a nested deployment to record.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) resource: Resource,
}
