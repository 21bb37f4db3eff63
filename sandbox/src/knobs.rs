//! What a test may set: lifetimes, delays and counts, none of which needs a sleep.

use serde::{Deserialize, Serialize};

/// Settings of a running sandbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Knobs {
    /// Whether people need a second factor to change resources, as in Azure since October 2025.
    pub mfa_for_changes: bool,
    /// Seconds a new access token lives.
    pub token_lifetime: i64,
    /// Seconds to add to the machine's clock for everything Azure decides (expiry, propagation).
    pub clock_advance: i64,
    /// Seconds the `Date` header is off.
    pub date_skew: i64,
    /// GETs (or status polls) that still say `Registering` after a provider was asked to register.
    pub registration_polls: u32,
    /// Status polls that say `Running` before an assignment is provisioned or removed.
    pub assignment_polls: u32,
    /// GETs that still find an assignment after its removal succeeded.
    pub assignment_linger_reads: u32,
    /// DELETEs of a definition refused after its last assignment is gone.
    pub definition_delete_refusals: u32,
    /// GETs that show a new definition as `Accepted` before it is `Succeeded`.
    pub definition_accepted_reads: u32,
    /// Seconds from a provisioned assignment to the consumer's access.
    pub delegation_delay: i64,
    /// Consumer calls that still do not see a provisioned assignment.
    pub delegation_hidden_calls: u32,
    /// Status polls that say `Running` before a deployment ends.
    pub deployment_polls: u32,
    /// Polls answered 202 with a new `Location` before a what-if ends.
    pub what_if_polls: u32,
    /// Whether a failed deployment carries the provider's error as JSON text inside `message`.
    pub stringified_errors: bool,
    /// Whether a principal unknown in the managing tenant is refused, and when.
    pub unknown_principal: UnknownPrincipal,
    /// Role assignments for a principal made a moment ago that are refused with `PrincipalNotFound`.
    pub principal_replication_puts: u32,
    /// Status polls that say `Running` before a change of a gallery's sharing is accepted.
    pub sharing_polls: u32,
    /// GETs of a gallery that still find its sharing under way after that.
    pub sharing_reads: u32,
    /// GETs that still find a new image version being replicated.
    pub replication_reads: u32,
    /// Seconds of Azure's clock that a new image version takes to be replicated; 0 counts reads instead.
    pub replication_seconds: i64,
    /// Whether a gallery's `sharingProfile.permissions` may be changed afterwards.
    pub gallery_conversion: bool,
    /// Reads and assignments that do not know a custom role made a moment ago.
    pub role_replication_reads: u32,
    /// DELETEs of a custom role refused after its last assignment is gone.
    pub role_delete_refusals: u32,
    /// Reads of a new directory object that do not see it yet.
    pub graph_replication_reads: u32,
    /// Polls of a device code that are still pending before the user has signed in.
    pub device_code_polls: u32,
    /// Sign-in name of who enters a device code; the first user of the tenant if nobody is named.
    pub device_code_user: Option<String>,
    /// Items on one page of a list; 0 is all.
    pub page_size: usize,
    /// Milliseconds to add to Azure's clock, besides the seconds.
    pub clock_advance_millis: i64,
    /// Whether Azure's clock only moves when it is told to.
    pub virtual_time: bool,
    /// Whether Resource Manager counts requests and refuses too many.
    pub throttling: bool,
    /// What the sizes of its buckets are divided by.
    pub throttling_divisor: i64,
    /// Seconds of Azure's clock that deployments and jobs of assignments take; 0 counts polls instead.
    pub job_seconds: i64,
    /// Seconds that each read of compliance or of a remediation moves the clock of Azure Policy.
    pub policy_seconds_per_read: i64,
    /// Seconds of that clock that a deployment of a policy takes.
    pub policy_deployment_seconds: i64,
    /// Whether Resource Graph answers no more than 15 queries in 5 s.
    pub graph_quota: bool,
    /// Seconds that Resource Graph may be behind.
    pub graph_lag_seconds: i64,
    /// Queries that Resource Graph answers before it looks again.
    pub graph_lag_queries: u32,
    /// Rows lost between two pages of a query that is not ordered by `id`.
    pub graph_row_loss: usize,
    /// Whether pages are cut off without a token for the next.
    pub graph_truncates: bool,
    /// Most bytes of a page; 0 is any.
    pub graph_payload_limit: usize,
    /// Most subscriptions that a query without names reads.
    pub graph_subscription_limit: usize,
}

/// What becomes of an authorization for a principal that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnknownPrincipal {
    /// It is accepted and means nothing.
    Accept,
    /// The definition is accepted and the assignment's job fails.
    FailAssignment,
    /// The definition is refused at once.
    RefuseDefinition,
}

impl Default for Knobs {
    fn default() -> Knobs {
        Knobs {
            mfa_for_changes: false,
            token_lifetime: 3599,
            clock_advance: 0,
            date_skew: 0,
            registration_polls: 1,
            assignment_polls: 1,
            assignment_linger_reads: 0,
            definition_delete_refusals: 1,
            definition_accepted_reads: 0,
            delegation_delay: 0,
            delegation_hidden_calls: 0,
            deployment_polls: 2,
            what_if_polls: 2,
            stringified_errors: false,
            unknown_principal: UnknownPrincipal::FailAssignment,
            principal_replication_puts: 1,
            sharing_polls: 1,
            sharing_reads: 1,
            replication_reads: 0,
            replication_seconds: 0,
            gallery_conversion: false,
            role_replication_reads: 1,
            role_delete_refusals: 1,
            graph_replication_reads: 0,
            device_code_polls: 1,
            device_code_user: None,
            page_size: 0,
            clock_advance_millis: 0,
            virtual_time: false,
            throttling: false,
            throttling_divisor: 1,
            job_seconds: 0,
            policy_seconds_per_read: 60,
            policy_deployment_seconds: 40,
            graph_quota: false,
            graph_lag_seconds: 0,
            graph_lag_queries: 0,
            graph_row_loss: 0,
            graph_truncates: false,
            graph_payload_limit: 0,
            graph_subscription_limit: 10_000,
        }
    }
}
