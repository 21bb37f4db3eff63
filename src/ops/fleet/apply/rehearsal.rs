//! A dry run of a plan: what carrying it out would write now. It writes nothing and keeps no record.

pub(crate) use super::comparison::ComparedItem;
use super::comparison::compared;
use super::{ApplyOptions, at_once, check, chosen, record, saved, signer};
use crate::app::App;
use crate::error::Result;
use crate::ops::fleet::plan_file::FleetPlan;

/// Finds out what carrying out the plan would write now.
///
/// # Errors
/// If it may not be carried out, no one signs in, or Azure does not say.
pub(crate) async fn rehearse(
    app: &App,
    plan: &FleetPlan,
    options: &ApplyOptions,
) -> Result<Vec<ComparedItem>> {
    check(app, plan, options)?;
    let clients = signer::sign_in(app, plan).await?;
    let earlier = record::look_back(app, &saved(plan, options))?;
    let all = chosen(plan, options);
    compared(app, plan, &clients, &earlier, &all, at_once(plan, options)).await
}
