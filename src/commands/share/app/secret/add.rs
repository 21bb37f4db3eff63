//! `share app secret add`: one more client secret.

use serde::Serialize;

use super::super::create::{credential_name, secret_last_day, shown_secret};
use super::super::selector::AppSelector;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::id::{ClientId, TenantId};
use crate::ops::expiry::Expiry;
use crate::ops::share::app::credential_upkeep::{KeptSecret, Wish};
use crate::ops::share::app::secret::{self, SecretAddition};
use crate::ops::share::app::{Home, consumers_of};
use crate::output::{Output, View};

/// Make one more client secret of an application, and keep it
///
/// It goes straight into the keyring, once it signs in. With --show it is printed as well, for the
/// consumer. Earlier secrets go on working: `share app secret remove` ends them.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share app secret add -n bridge
  az-imageshare share app secret add -n bridge --expires 2099-01-31 --show

Permissions: owner of the application or the directory role Cloud Application Administrator (for an
application Application.ReadWrite.OwnedBy).
API: https://learn.microsoft.com/graph/api/application-addpassword")]
pub(crate) struct SecretAddArgs {
    #[command(flatten)]
    wanted: AppSelector,
    /// Last day of the client secret [default: in a year]
    #[arg(long, value_name = "DATE")]
    expires: Option<Expiry>,
    /// Name of the credential, if none is of the application yet [default: made from its name]
    #[arg(long, value_name = "NAME")]
    credential_name: Option<String>,
    /// Print the secret as well
    #[arg(long)]
    show: bool,
    /// Save without signing in first
    #[arg(long)]
    no_test: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddedSecretView {
    key_id: Option<String>,
    client_id: ClientId,
    tenant_id: TenantId,
    expires_on: String,
    credential: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl View for AddedSecretView {
    const TABLE: &'static str = "{KeyId:keyId, ClientId:clientId, Tenant:tenantId, ExpiresOn:expiresOn, Credential:credential}";
}

pub(super) fn add_client_secret(args: SecretAddArgs, app: &App) -> Result<Output> {
    let last_day = secret_last_day(app, "--expires", args.expires)?;
    if args.change.dry_run().is_none() {
        // A secret is told once: there must be somewhere to put it.
        app.secrets.probe()?;
    }
    app.block_on(async {
        let home = Home::open(app, None).await?;
        let application = home.require(&args.wanted.wanted()).await?;
        let wish = Wish {
            name: credential_name(args.credential_name, &application.label())?,
            consumers: consumers_of(&application.tags),
            last_day,
            renews: true,
            tests: !args.no_test,
        };
        let addition = secret::plan_addition(app, home, application, wish)?;
        args.change
            .carry_out(app, addition.plan.clone(), async |run| {
                let kept = addition.carry_out(run).await?;
                let expires_on = last_day.to_string();
                Ok(Output::of(&added_view(&addition, kept, expires_on, args.show)))
            })
            .await
    })
}

fn added_view(
    addition: &SecretAddition<'_>,
    kept: KeptSecret,
    expires_on: String,
    shows: bool,
) -> AddedSecretView {
    AddedSecretView {
        key_id: kept.key_id,
        client_id: addition.application.app_id,
        tenant_id: addition.home.tenant,
        expires_on,
        credential: kept.credential,
        secret: shown_secret(kept.secret, shows),
    }
}
