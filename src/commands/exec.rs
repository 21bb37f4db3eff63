//! `exec`

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::app::App;
use crate::error::{Error, Result};
use crate::id::TenantRef;
use crate::ops::exec::{self, Errand, Limits};
use crate::output::Output;

/// Run any Azure tool with a credential, without its secret
///
/// The command finds tokens the way a program on Azure App Service does: SDKs of every language,
/// azcopy, Ansible and `az` use them automatically. Terraform, Packer and others ask the Azure CLI:
/// for them, `az` in the command's PATH is a stand-in that answers from the same source. It starts
/// the real `az` for everything else. Tokens are renewed as long as the command runs. What it leaves
/// running in the background loses access when it ends. The exit code is the command's.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare exec -- terraform plan
  az-imageshare exec --credential consumer --tenant fabrikam.onmicrosoft.com -- az group list
  az-imageshare exec --resource storage -- azcopy list https://images.blob.core.windows.net/vhds
  az-imageshare exec -- python3 deploy.py
  az-imageshare exec -- bash

Permissions: none of its own; the command can do what the credential can.
API: https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
See: https://learn.microsoft.com/azure/developer/intro/authentication-overview")]
pub(crate) struct ExecArgs {
    /// Tenants whose tokens are lent, the default first [default: all of the credential's]
    #[arg(long, short, value_name = "GUID|DOMAIN", num_args = 1)]
    tenant: Vec<TenantRef>,
    /// Resources to lend tokens for: arm, ms-graph, key-vault, storage or a URL [default: these four]
    #[arg(long, value_name = "NAME|URL", num_args = 1)]
    resource: Vec<String>,
    /// Lend tokens for every resource
    #[arg(long, conflicts_with = "resource")]
    any_resource: bool,
    /// Leave `az`, its login and its folder alone
    #[arg(long)]
    keep_az: bool,
    /// File to append a line to for every token that is asked for (never the token)
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Command to run, with its arguments
    #[arg(last = true, required = true, num_args = 1.., value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(super) fn run_command(args: ExecArgs, app: &App) -> Result<Output> {
    if app.in_hand.is_some() {
        // Standard output is the pipe to `az` there, and the command would write into it.
        return Err(Error::usage("a command cannot be run over the pipe to az"));
    }
    let errand = Errand {
        limits: Limits {
            tenants: args.tenant,
            resources: args.resource,
            any_resource: args.any_resource,
        },
        keep_az: args.keep_az,
        log: args.log,
        command: args.command,
    };
    Ok(Output::none().failed(exec::run_errand(app, &errand)?))
}
