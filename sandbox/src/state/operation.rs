//! Long-running operations as they are kept.

use serde_json::Value;

/// An operation under way.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What it does.
    pub kind: OperationKind,
    /// Lower-case id of what it works on.
    pub target: String,
    /// Reads that still say it runs.
    pub polls_left: u32,
    /// When it ends, in seconds since 1970, if it takes time; then reads do not count.
    pub ends_at: Option<i64>,
    /// Whether it has ended.
    pub done: bool,
    /// The error it ended with.
    pub error: Option<Value>,
    /// The result it ends with.
    pub result: Option<Value>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// A registration assignment comes into being.
    Provision,
    /// A registration assignment goes.
    Deprovision,
    /// A deployment runs.
    Deployment,
    /// A what-if is computed.
    WhatIf,
    /// Something else is deleted; it went at once.
    Deletion,
    /// A gallery's sharing profile was changed, at once.
    Share,
    /// An image version spreads to its regions.
    Replication,
}
