//! Between two waves: a sample of the one that ended, looked at from the consumer's side.

use std::collections::HashSet;
use std::time::Duration;

use super::conduct::Conduct;
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::id::TenantId;
use crate::ops::delegation::verify::{OfferQuery, VerifyOptions, verify};
use crate::ops::fleet::plan_file::FleetPlan;
use crate::ops::fleet::view::ItemView;

/// Who is to verify must be known before anything is written.
///
/// # Errors
/// If there is no such credential.
pub(super) fn check_verifiers(app: &App, plan: &FleetPlan, chosen: &[usize]) -> Result<()> {
    for (place, wave) in plan.head.waves.iter().enumerate() {
        let has_items = chosen.iter().any(|index| plan.items[*index].wave == place + 1);
        if let Some(name) = wave.verify.as_ref().filter(|_| has_items) {
            app.tokens_of(name).map_err(|err| {
                err.while_doing(format!("wave '{}' is verified as '{name}'", wave.name))
            })?;
        }
    }
    Ok(())
}

/// Looks at a sample of a wave, if it asks for that.
///
/// # Errors
/// If something is not as it should be, or cannot be looked at.
pub(super) async fn verify_wave(
    conduct: &Conduct<'_>,
    number: usize,
    items: &[usize],
) -> Result<()> {
    let plan = conduct.plan;
    let Some(wave) = plan.head.waves.get(number - 1) else {
        return Ok(());
    };
    let Some(credential) = &wave.verify else {
        return Ok(());
    };
    let sample: Vec<(String, OfferQuery)> = {
        let outcomes = conduct.outcomes.borrow();
        let well: HashSet<usize> = outcomes
            .iter()
            .filter(|ended| ended.state.is_well())
            .map(|ended| ended.index)
            .collect();
        let well = items.iter().filter(|index| well.contains(index));
        well.filter_map(|index| sampled(plan, *index, credential)).take(SAMPLE).collect()
    };
    for (subscription, wanted) in &sample {
        conduct.app.reporter.step(&format!("Verifying {} of {subscription}…", wanted.name));
        let seen =
            verify(conduct.app, Some(subscription), wanted, credential, VERIFICATION).await?;
        if let Some(check) = seen.checks.iter().find(|check| !check.ok) {
            return Err(Error::new(
                Kind::Partial,
                format!(
                    "wave '{}' is not as it should be for '{credential}': {}",
                    wave.name, check.detail
                ),
            ));
        }
    }
    Ok(())
}

fn sampled(plan: &FleetPlan, index: usize, consumer: &str) -> Option<(String, OfferQuery)> {
    let item = &plan.items[index];
    match &item.after {
        Some(ItemView::Delegation(after)) if item.consumer == consumer => {
            let tenant: Option<TenantId> = after.managed_by_tenant_id.parse().ok();
            let wanted = OfferQuery { name: after.name.clone(), consumer: tenant };
            Some((item.subscription.to_string(), wanted))
        }
        _ => None,
    }
}

/// How many delegations of a wave the consumer looks at.
const SAMPLE: usize = 3;
const VERIFICATION: VerifyOptions =
    VerifyOptions { timeout: Duration::from_secs(15 * 60), require_images: false };
