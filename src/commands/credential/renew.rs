//! `credential renew`

use clap::Args;

use super::view::CredentialView;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::change::Plan;
use crate::ops::credential::renewal::{
    CredentialRenewal, RenewalOptions, due_credentials, plan_renewal,
};
use crate::output::Output;

/// Let a credential make its own successor
///
/// A certificate adds a new one to its application and needs no permission for that. A client secret
/// needs Application.ReadWrite.OwnedBy and has to own its application. The new one signs in first,
/// then takes the place of the old, and then the old one leaves Entra. A run that was interrupted is
/// finished by the next.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential renew -n publisher --yes
  az-imageshare credential renew -n publisher --keep-old --days 90
  az-imageshare credential renew --due 30 --yes

Permissions: none for a certificate; for a client secret Application.ReadWrite.OwnedBy and
ownership of the application.
API: https://learn.microsoft.com/graph/api/application-addkey
See: https://learn.microsoft.com/graph/api/application-addpassword")]
pub(crate) struct CredentialRenewArgs {
    #[command(flatten)]
    which: RenewedArgs,
    /// Days that the new one lives [default: 180 for a secret, 365 for a certificate]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=730))]
    days: Option<u16>,
    /// Leave the old one valid in Entra
    #[arg(long)]
    keep_old: bool,
    /// Object id of the application, where the credential may not read its own registration
    #[arg(long, value_name = "GUID", conflicts_with = "due")]
    application_object_id: Option<uuid::Uuid>,
    #[command(flatten)]
    change: ChangeArgs,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct RenewedArgs {
    /// Name of the credential
    #[arg(long, short, value_name = "NAME")]
    name: Option<String>,
    /// All credentials of the cloud in use that end within so many days
    #[arg(long, value_name = "DAYS", num_args = 0..=1, default_missing_value = "30")]
    due: Option<u16>,
}

pub(super) fn renew_credentials(args: &CredentialRenewArgs, app: &App) -> Result<Output> {
    let options = RenewalOptions {
        days: args.days,
        keep_old: args.keep_old,
        object_id: args.application_object_id.map(|id| id.to_string()),
    };
    app.block_on(async {
        let (plan, renewals) = renewal_plan(app, &args.which, &options).await?;
        args.change
            .carry_out(app, plan, async |run| {
                let mut rows = Vec::new();
                for (renewal, first) in &renewals {
                    rows.extend(
                        renewal.carry_out(app, run, *first).await.map(CredentialView::from),
                    );
                }
                Ok(match (&args.which.name, &mut rows[..]) {
                    (Some(_), [_]) => Output::of(&rows.remove(0)),
                    _ => Output::rows(&rows),
                })
            })
            .await
    })
}

/// One plan for all; with `--due`, what cannot renew itself is said to stay.
async fn renewal_plan(
    app: &App,
    which: &RenewedArgs,
    options: &RenewalOptions,
) -> Result<(Plan, Vec<(CredentialRenewal, usize)>)> {
    let mut plan = Plan {
        nothing: Some("No credential ends so soon; nothing was renewed.".to_owned()),
        ..Plan::titled("Renewal of credentials:")
    };
    let mut renewals = Vec::new();
    if let Some(name) = &which.name {
        let renewal = plan_renewal(app, name, options).await?;
        let first = renewal.add_steps(&mut plan);
        renewals.push((renewal, first));
        return Ok((plan, renewals));
    }
    for name in due_credentials(app, which.due.unwrap_or(DUE))? {
        match plan_renewal(app, &name, options).await {
            Ok(renewal) => {
                let first = renewal.add_steps(&mut plan);
                renewals.push((renewal, first));
            }
            Err(err) => plan.stays.push(format!("credential '{name}' is not renewed: {err}")),
        }
    }
    Ok((plan, renewals))
}

const DUE: u16 = 30;
