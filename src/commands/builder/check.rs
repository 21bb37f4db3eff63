//! `builder check`: what an identity has against what it needs.

use super::scenario::{ScenarioArgs, require_some};
use crate::app::App;
use crate::error::Result;
use crate::ops::builder::check::{Report, check};
use crate::ops::builder::submitter;
use crate::output::{Output, View};

/// Check that VM Image Builder's identity has the permissions it needs
///
/// Compares what the identity may do with what the scenario needs, action by action and scope by
/// scope. Counts its own roles, inherited ones, those of its groups, wildcards and exceptions. Names
/// what is missing, what is superfluous and the command that fixes it. The identity can be from any
/// source. Exit code 0 only if nothing is missing.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare builder check --identity aibIdentity -g images-rg --distribute-to images-rg -o table
  az-imageshare builder check --template imagetemplate.json --query \"checks[?state == 'missing']\"
  az-imageshare builder check --template imagetemplate.json --submitter ada@contoso.onmicrosoft.com

Permissions: Reader of the subscription, or of the scenario's resource groups, which alone are then
looked at.
API: https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope")]
pub(crate) struct BuilderCheckArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Who submits templates with the identity; needs Managed Identity Operator on it
    #[arg(long, value_name = "NAME|ID")]
    submitter: Option<String>,
}

impl View for Report {
    const TABLE: &'static str = "checks[].{State:state, Action:action, Scope:scope}";
}

pub(crate) fn check_builder(args: BuilderCheckArgs, app: &App) -> Result<Output> {
    let mut judged = args.scenario.judged(app)?;
    let report = app.block_on(async {
        let (site, subject) = judged.subject(app).await?;
        judged.findings.settle(app.reporter.as_ref(), "nothing was compared")?;
        if args.submitter.is_none() {
            require_some(&subject)?;
        }
        let submitter = submitter::resolve(&site, args.submitter.as_deref()).await?;
        check(&site, &subject, submitter.as_ref()).await
    })?;
    let output = Output::of(&report);
    Ok(if report.ok { output } else { output.failed(1) })
}
