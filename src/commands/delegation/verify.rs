//! `delegation verify`: prove it from the consumer's side.

use std::time::Duration;

use super::duration::parse_duration;
use super::selector::DelegationSelector;
use crate::app::App;
use crate::commands::advice::advice_line;
use crate::error::Result;
use crate::ops::delegation::verify::{self, Verification, VerifyOptions};
use crate::output::{Output, View};

/// Test that a delegation works, with the consumer's own credential
///
/// Signs in as the consumer and checks, from cause to effect: tenant, assignment, membership of the
/// group, the subscription, the roles, and that galleries and images can be read. Waits up to
/// --timeout for changes that are still propagating (Lighthouse takes up to 15 minutes). A failed
/// check shows its likely cause. A scope without a gallery is a warning, unless --require-images.
/// Exit code 0 only if nothing failed.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation verify -n \"Contoso images\" --as consumer
  az-imageshare delegation verify -n \"Contoso images\" --as consumer --timeout 0 -o table
  az-imageshare delegation verify -n \"Contoso images\" --as consumer \\
      --query 'checks[?!ok].hint' -o tsv

Permissions: the credential needs only what the delegation gives (Reader at its scopes); Graph's
GroupMember.Read.All lets it check membership. The publisher's side is looked at too if the run's
own identity is Reader of the subscription.
API: https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group")]
pub(crate) struct DelegationVerifyArgs {
    #[command(flatten)]
    wanted: DelegationSelector,
    /// The consumer's credential, from `credential list`
    // Its id must not be `credential`: that is the global argument, and clap would take one for the other.
    #[arg(long = "as", value_name = "CREDENTIAL", visible_alias = "consumer-credential")]
    consumer: String,
    /// How long to wait for propagation, such as 90s, 15m or 1h
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = parse_duration)]
    timeout: Duration,
    /// Fail if there is no gallery with an image version in the delegated scopes
    #[arg(long)]
    require_images: bool,
}

impl View for Verification {
    const TABLE: &'static str = "checks[].{Check:name, Ok:ok, Detail:detail}";
}

/// The checks for people, each with its sign, and what to do.
fn check_lines(found: &Verification) -> Vec<String> {
    let mut lines = Vec::new();
    for check in &found.checks {
        let sign = match (check.ok, check.warning) {
            (true, false) => "✓",
            (true, true) => "!",
            (false, _) => "✗",
        };
        lines.push(format!("{sign} {}: {}", check.name, check.detail));
        lines.extend(check.hint.iter().map(|hint| format!("  {hint}")));
    }
    lines.push(if found.ok {
        format!("Delegation '{}' works.", found.name)
    } else {
        failure_reason(found)
    });
    lines
}

/// Why the exit code is not 0, in one line.
fn failure_reason(found: &Verification) -> String {
    let wrong: Vec<String> = found
        .checks
        .iter()
        .filter(|check| !check.ok)
        .map(|check| format!("{}: {}", check.name, check.detail))
        .collect();
    format!("Delegation '{}' does not work yet: {}", found.name, wrong.join("; "))
}

pub(crate) fn verify_delegation(args: DelegationVerifyArgs, app: &App) -> Result<Output> {
    let verification = app.block_on(async {
        let wanted = args.wanted.resolve(app).await?;
        let subscription = app.settings.subscription.as_deref();
        let options = VerifyOptions { timeout: args.timeout, require_images: args.require_images };
        verify::verify(app, subscription, &wanted, &args.consumer, options).await
    })?;
    let advised = verification.checks.iter();
    let advised =
        advised.filter_map(|check| advice_line(check.name, check.hint.as_deref())).collect();
    let output = Output::of(&verification).for_people(check_lines(&verification)).remarks(advised);
    if verification.ok {
        return Ok(output);
    }
    if !app.prints_text() {
        app.reporter.note(&failure_reason(&verification));
    }
    Ok(output.failed(1))
}
