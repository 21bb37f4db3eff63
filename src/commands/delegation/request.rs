//! `delegation request`: who the consumer is, for the publisher.

use crate::app::App;
use crate::commands::file_argument::FileArgument;
use crate::error::Result;
use crate::ops::offer::request::{self, Request};
use crate::output::{Output, View};

/// Say who you are and who of you needs access, for the publisher
///
/// Run it in the consumer's tenant and give the file to the publisher, who passes it to
/// `delegation create --request`. It holds the tenant's id and the principals' object ids, and no
/// secret. Lighthouse takes security groups, users and service principals; a group is best, because
/// its members can change without a new delegation.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation request --principal image-users --output-file request.json
  az-imageshare delegation request --principal image-users grace@fabrikam.onmicrosoft.com -o table
  az-imageshare delegation request --principal 186b73ee-74ac-4572-92c3-85d496402501

Permissions: reading the directory with Microsoft Graph (for an application: Group.Read.All,
Application.Read.All, User.ReadBasic.All). Without them object ids are taken unverified.
API: https://learn.microsoft.com/graph/api/resources/directoryobject")]
pub(crate) struct DelegationRequestArgs {
    /// Group, user or service principal: by name, sign-in name, object id or application id
    #[arg(long, required = true, num_args = 1.., value_name = "NAME|ID")]
    principal: Vec<String>,
    /// File to write the request to; replaced only if it is a request
    #[arg(long, value_name = "FILE")]
    output_file: Option<FileArgument>,
}

impl View for Request {
    const TABLE: &'static str = "{Tenant:consumerTenantId, Name:consumerTenantName, Principals:join(', ', principals[].[principalName || principalId][]), File:file}";
}

pub(crate) fn request_delegation(args: DelegationRequestArgs, app: &App) -> Result<Output> {
    let mut made = app.block_on(request::make(app, &args.principal))?;
    if let Some(path) = args.output_file.as_ref().map(|file| file.path(app)) {
        request::write(&made, &path)?;
        made.file = Some(path.display().to_string());
    }
    Ok(Output::of(&made))
}
