//! `delegation verify`: prove it from the consumer's side.

use std::time::Duration;

use super::duration::parse_duration;
use super::selector::DelegationSelector;
use crate::app::App;
use crate::error::Result;
use crate::ops::delegation::verify::{self, Verification};
use crate::output::{Output, View};

/// Test that a delegation works, with the consumer's own credential
///
/// Signs in as the consumer and checks, from cause to effect: tenant, assignment, membership of the
/// group, the subscription, the roles, and that galleries and images can be read. Waits up to
/// --timeout for changes that are still propagating (Lighthouse takes up to 15 minutes). A failed
/// check shows its likely cause. Exit code 0 only if all is right.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation verify -n \"Contoso images\" --as consumer
  az-imageshare delegation verify -n \"Contoso images\" --as consumer --timeout 0 -o table
  az-imageshare delegation verify -n \"Contoso images\" --as consumer \\
      --query 'checks[?!ok].hint' -o tsv

Permissions: the credential needs only what the delegation gives (Reader at its scopes); Graph's
GroupMember.Read.All lets it tell membership. The publisher's side is looked at too if the run's own
identity is Reader of the subscription.
API: https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group")]
pub(crate) struct DelegationVerifyArgs {
    #[command(flatten)]
    wanted: DelegationSelector,
    /// The consumer's credential, from `credential list`
    // Its id must not be `credential`: that is the global argument, and clap would take one for the other.
    #[arg(long = "as", value_name = "CREDENTIAL")]
    consumer: String,
    /// How long to wait for propagation, such as 90s, 15m or 1h
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = parse_duration)]
    timeout: Duration,
}

impl View for Verification {
    const TABLE: &'static str = "checks[].{Check:name, Ok:ok, Detail:detail}";
}

pub(crate) fn verify_delegation(args: DelegationVerifyArgs, app: &App) -> Result<Output> {
    let verification = app.block_on(async {
        let wanted = args.wanted.resolve(app).await?;
        let subscription = app.settings.subscription.as_deref();
        verify::verify(app, subscription, &wanted, &args.consumer, args.timeout).await
    })?;
    let output = Output::of(&verification);
    Ok(if verification.ok { output } else { output.failed(1) })
}
