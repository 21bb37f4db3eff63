//! `status`: who signs in and why, what is kept, what ends soon, what waits.

use clap::Args;

use crate::app::App;
use crate::error::Result;
use crate::ops::status::{
    self, CredentialHealth, CredentialStatus, Ending, LocalStatus, OpenRun, SignInStatus,
    SubscriptionStatus, TenantStatus,
};
use crate::output::{Output, View};

/// See who signs in and why, every credential, what ends soon, and unfinished runs
///
/// Reads what is kept on this computer, without network. Tenants have the names that Azure gave
/// earlier commands. Secrets, certificates and shares that end within 30 days are listed; shares only
/// if they were made here. With --online it signs in with every credential to each of its tenants,
/// and ends with 0 only if all of that worked.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare status
  az-imageshare status --online --query 'credentials[?health!=`ready`].[name,detail]' -o tsv
  az-imageshare status --query signedIn.name -o tsv

Permissions: none; --online only signs in.
See: https://learn.microsoft.com/entra/identity-platform/app-objects-and-service-principals")]
pub(crate) struct StatusArgs {
    /// Sign in with every credential, too
    #[arg(long)]
    online: bool,
}

impl View for LocalStatus {
    const TABLE: &'static str = "credentials[].{Name:name, Health:health, Default:isDefault, Tenants:join(', ', tenants[].[name || id][]), EndsOn:endsOn, Detail:detail}";
}

pub(super) fn show_status(args: StatusArgs, app: &App) -> Result<Output> {
    let mut found = status::local_status(app)?;
    let mut code = 0;
    if args.online {
        code = app.block_on(status::test_credentials(app, &mut found))?;
    }
    let below = beside_credentials(&found);
    Ok(Output::of(&found).for_people(lines(&found)).remarks(below).failed(code))
}

/// What the table of credentials has no row for.
fn beside_credentials(status: &LocalStatus) -> Vec<String> {
    let with_credentials = lines(status);
    let own: Vec<String> =
        status.credentials.iter().flat_map(|kept| credential_lines(kept, &status.cloud)).collect();
    let is_beside = |line: &String| line != HEAD && !own.contains(line);
    with_credentials.into_iter().filter(is_beside).collect()
}

/// What exists above the credentials.
const HEAD: &str = "Credentials:";

/// The status for people: a line for each thing, what is wrong with its sign in front.
fn lines(status: &LocalStatus) -> Vec<String> {
    let mut lines = Vec::new();
    match &status.signed_in {
        Some(signed_in) => lines.extend(sign_in_lines(signed_in)),
        None => {
            lines.push("No identity can sign in.".to_owned());
            lines.extend(status.problem.iter().map(|line| format!("! {line}")));
        }
    }
    lines.extend(status.subscription.as_ref().map(subscription_line));
    lines.push(format!("  cloud         {}", status.cloud));
    if status.credentials.is_empty() {
        lines.push(
            "No credential is kept: add one with `az-imageshare credential add --help`.".to_owned(),
        );
    } else {
        lines.push(HEAD.to_owned());
        lines.extend(
            status.credentials.iter().flat_map(|kept| credential_lines(kept, &status.cloud)),
        );
    }
    if !status.ends_soon.is_empty() {
        lines.push("Ends soon:".to_owned());
        lines.extend(status.ends_soon.iter().map(ending_line));
    }
    if !status.open_runs.is_empty() {
        lines.push("Not finished:".to_owned());
        lines.extend(status.open_runs.iter().flat_map(run_lines));
    }
    lines
}

fn sign_in_lines(signed_in: &SignInStatus) -> Vec<String> {
    let who = match signed_in.name.as_str() {
        "environment" => "the application of the environment".to_owned(),
        "az login" => format!("the az login of {}", signed_in.user.as_deref().unwrap_or_default()),
        name => format!("credential '{name}'"),
    };
    let mut lines = vec![format!("Signs in: {who} ({})", signed_in.reason)];
    for (place, tenant) in signed_in.tenants.iter().enumerate() {
        let word = if place == 0 { "tenant" } else { "also" };
        lines.push(format!("  {word:<13} {}{}", named(tenant), outcome(tenant)));
    }
    lines.extend(signed_in.client_id.iter().map(|id| format!("  application   {id}")));
    lines
}

fn outcome(tenant: &TenantStatus) -> String {
    match (tenant.ok, &tenant.detail) {
        (Some(true), _) => ": signed in".to_owned(),
        (Some(false), Some(detail)) => format!(": {detail}"),
        _ => String::new(),
    }
}

fn named(tenant: &TenantStatus) -> String {
    both(tenant.name.as_deref(), tenant.id.as_deref())
}

fn both(name: Option<&str>, id: Option<&str>) -> String {
    match (name, id) {
        (Some(name), Some(id)) => format!("{name} ({id})"),
        (name, id) => name.or(id).unwrap_or("unknown").to_owned(),
    }
}

fn subscription_line(subscription: &SubscriptionStatus) -> String {
    let why = match subscription.why {
        "flag" => "named with --subscription",
        "variable" => "named by a variable",
        "credential" => "the credential's own",
        _ => "az's default",
    };
    let shown = both(subscription.name.as_deref(), subscription.id.as_deref());
    format!("  subscription  {shown}, {why}")
}

fn credential_lines(kept: &CredentialStatus, cloud: &str) -> Vec<String> {
    let sign = match kept.health {
        CredentialHealth::Ready => '✓',
        CredentialHealth::Expiring | CredentialHealth::Locked => '!',
        _ => '✗',
    };
    let tenants: Vec<&str> = kept.tenants.iter().map(TenantStatus::label).collect();
    let mut line = format!("{sign} {:<16} {}", kept.name, tenants.join(", "));
    if kept.is_default {
        line.push_str(" (default)");
    }
    if kept.cloud != cloud {
        line.push_str(&format!(" (in {})", kept.cloud));
    }
    match &kept.detail {
        Some(detail) => line.push_str(&format!(": {detail}")),
        None => line.push_str(": ready"),
    }
    let hint = kept.hint.iter().map(|hint| format!("    {hint}"));
    std::iter::once(line).chain(hint).collect()
}

fn ending_line(ending: &Ending) -> String {
    let sign = if ending.days_left < 0 { '✗' } else { '!' };
    let when = match ending.days_left {
        ..0 => "ended".to_owned(),
        0 => "ends today".to_owned(),
        1 => "ends tomorrow".to_owned(),
        days => format!("ends in {days} days"),
    };
    let what = match ending.what {
        "share" => ending.name.clone(),
        what => format!("{what} of credential '{}'", ending.name),
    };
    format!("{sign} {} {when}: {what}; `{}`", ending.ends_on, ending.next)
}

fn run_lines(run: &OpenRun) -> Vec<String> {
    let show = format!("`az-imageshare history show {}`", run.run);
    match &run.next {
        Some(next) => vec![
            format!("! {}, begun {}", run.title, run.at),
            format!("    Go on with `{next}`; see {show}."),
        ],
        None => vec![
            format!("  {}, under way since {}", run.title, run.at),
            format!("    Another process carries it out; see {show}."),
        ],
    }
}
