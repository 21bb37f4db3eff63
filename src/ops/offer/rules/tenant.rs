//! The consumer's tenant: another one than the publisher's, in the same cloud.

use super::super::input::Placed;
use crate::id::{TenantId, TenantRef};
use crate::ops::change::findings::Findings;
use crate::settings::Cloud;

/// What people get wrong most: in Lighthouse's words the consumer is the managing tenant.
pub(in crate::ops) const REVERSED: &str = "Give the tenant of those who are to use the images (Lighthouse calls it the managing tenant), and sign in to the subscription's own tenant (Lighthouse calls it the customer).";

/// A tenant cannot be given access to itself; found without a request where the sign-in shows it.
pub(in super::super) fn not_ours(
    tenant: &TenantRef,
    place: &str,
    own: Option<TenantId>,
    findings: &mut Findings,
) {
    if let (TenantRef::Id(id), Some(own)) = (tenant, own)
        && *id == own
    {
        findings.input(
            place,
            format!("{id} is the tenant you are signed in to: a tenant cannot delegate to itself"),
            REVERSED,
        );
    }
}

/// Both sides have to be in one cloud. Source:
/// <https://learn.microsoft.com/azure/lighthouse/overview#cross-region-and-cloud-considerations>
pub(in super::super) fn request_cloud(
    given: Option<&Placed<String>>,
    cloud: &Cloud,
    findings: &mut Findings,
) {
    if let Some(given) = given
        && !given.value.eq_ignore_ascii_case(&cloud.name)
    {
        findings.input(
            &given.place,
            format!("is '{}', but this run uses '{}': there is no delegation between clouds", given.value, cloud.name),
            format!("Use a subscription of that cloud with `--cloud {}`, or ask for a request from a tenant in this one.", given.value),
        );
    }
}
