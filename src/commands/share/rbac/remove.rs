//! `share rbac remove`: take roles on a gallery back.

use super::assignee::AssigneeArgs;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::share::place::SharedPlaceArgs;
use crate::error::Result;
use crate::ops::access::assignment;
use crate::ops::share::rbac;
use crate::output::Output;

/// Remove the roles of a user, group or service principal on a gallery
///
/// Removes only roles assigned directly on that gallery, definition or version; inherited roles are
/// listed but kept. An object ID also works for a principal that was deleted from the directory.
/// Missing assignments are ignored.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share rbac remove -g images-rg --gallery sharedGallery \\
      --assignee ada@contoso.onmicrosoft.com
  az-imageshare share rbac remove -g images-rg --gallery sharedGallery \\
      --assignee image-reader --role Reader --yes

Permissions: Role Based Access Control Administrator on the gallery; for names also the directory
role Directory Readers.
API: https://learn.microsoft.com/rest/api/authorization/role-assignments/delete")]
pub(crate) struct RbacRemoveArgs {
    #[command(flatten)]
    place: SharedPlaceArgs,
    #[command(flatten)]
    who: AssigneeArgs,
    /// Only this role
    #[arg(long, value_name = "NAME|GUID")]
    role: Option<String>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn remove_role_share(args: RbacRemoveArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let (site, place) = args.place.open(app).await?;
        let who = args.who.wanted();
        let removal = rbac::removal(&site, &place, &who, args.role.as_deref()).await?;
        let plan = removal.plan(&place.scope());
        args.change
            .carry_out(app, plan, async |run| {
                let steps = 0..run.plan().steps.len();
                assignment::take_back(&site.client, run, steps).await;
                Ok(Output::none())
            })
            .await
    })
}
