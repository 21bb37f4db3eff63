//! `delegation wait`: take up the wait for a delegation that was started.

use std::time::Duration;

use super::duration::parse_duration;
use super::selector::DelegationSelector;
use crate::app::App;
use crate::commands::site::open_site;
use crate::error::Result;
use crate::ops::delegation::wait::{has_brought_about, wait};
use crate::ops::history::taken_up;
use crate::output::Output;

/// Wait until a delegation is active
///
/// For `delegation create --no-wait`, and after an interruption: waits for the deployment and the
/// assignments, and returns the delegation.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation wait -n \"Contoso images\"
  az-imageshare delegation wait -n \"Contoso images\" --deployment-name contoso-images --timeout 10m

Permissions: Reader of the subscription.
API: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/get")]
pub(crate) struct DelegationWaitArgs {
    #[command(flatten)]
    wanted: DelegationSelector,
    /// Name of the deployment, as `create` printed it
    #[arg(long, value_name = "NAME")]
    deployment_name: Option<String>,
    /// How long to wait at most: 90s, 30m, 1h
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = parse_duration)]
    timeout: Duration,
}

pub(crate) fn wait_for_delegation(args: DelegationWaitArgs, app: &App) -> Result<Output> {
    let deployment = args.deployment_name.as_deref();
    app.block_on(async {
        let site = open_site(app).await?;
        let wanted = args.wanted.resolve(app).await?;
        let delegation = wait(&site, &wanted, deployment, args.timeout).await?;
        taken_up::settle(app, |run| {
            let writes: Vec<_> = run.steps.iter().map(|step| &step.intent).collect();
            has_brought_about(&delegation, &writes)
        });
        Ok(Output::of(&delegation))
    })
}
