//! Whether the consumer's directory knows the principals of an offer, where a stored credential may ask it.
//!
//! Azure takes any GUID: with the ID of an application, or of its registration, a delegation is active and gives no
//! one anything (MicrosoftDocs/azure-docs#59282).

use crate::app::App;
use crate::id::{PrincipalId, TenantId};
use crate::ops::access::objection::objection_to;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::findings::Findings;
use crate::ops::offer::Offer;
use crate::ops::offer::input::principal_names::directory_of;

/// Finds principals that can have no permissions. What the directory does not say is not held against anybody.
pub(super) async fn check(app: &App, offer: &Offer, consumer: TenantId, findings: &mut Findings) {
    let Ok(Some(directory)) = directory_of(app, consumer) else { return };
    let given = all_of(offer);
    let work = given.iter().map(|(id, _)| objection_to(&directory, *id));
    for ((_, place), objection) in given.iter().zip(fan_out(AT_ONCE, work).await) {
        match objection {
            Ok(None) => {}
            Ok(Some(objection)) => findings.azure(*place, objection.rule, objection.fix),
            Err(err) => findings.warn(format!(
                "the directory of tenant {consumer} does not answer, so principals are not checked: {err}"
            )),
        }
    }
}

/// Every principal once, with the place where it was given first.
fn all_of(offer: &Offer) -> Vec<(PrincipalId, &str)> {
    let grants = offer.grants.iter().map(|grant| (grant.principal, grant.place.as_str()));
    let eligible = offer.eligible.iter().flat_map(|right| {
        let approvers = right.approvers.iter().map(|(id, _)| *id);
        std::iter::once(right.principal).chain(approvers).map(|id| (id, right.place.as_str()))
    });
    let mut all: Vec<(PrincipalId, &str)> = Vec::new();
    for (id, place) in grants.chain(eligible) {
        if !all.iter().any(|(known, _)| *known == id) {
            all.push((id, place));
        }
    }
    all
}
