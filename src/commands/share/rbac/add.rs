//! `share rbac add`: give someone a role on a gallery.

use super::assignee::AssigneeArgs;
use super::view::RoleShareView;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::share::place::SharedPlaceArgs;
use crate::error::{Error, Result};
use crate::ops::access::assignee::Wanted;
use crate::ops::expiry::{self, Expiry};
use crate::ops::share::rbac::addition::{self, Share};
use crate::output::Output;

/// Give a user, group or service principal a role on a gallery, an image definition or a version
///
/// Checks first that the gallery exists and that you may give roles there. Guests are found by their
/// ordinary mail address; --invite sends an invitation to one whom the tenant does not know. A second
/// run changes nothing, unless --expires differs: the last day is kept in the assignment's description
/// as `az-imageshare expires=2027-01-31`, and `share prune` enforces it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share rbac add -g images-rg --gallery sharedGallery \\
      --assignee ada@contoso.onmicrosoft.com
  az-imageshare share rbac add -g images-rg --gallery sharedGallery \\
      --assignee bob@partner.example --invite --expires 2099-01-31
  az-imageshare share rbac add -g images-rg --gallery sharedGallery \\
      --image-definition ubuntu-hardened --assignee image-reader

Permissions: Role Based Access Control Administrator on the gallery; for names also the directory
role Directory Readers, and Guest Inviter for --invite.
API: https://learn.microsoft.com/rest/api/authorization/role-assignments/create")]
pub(crate) struct RbacAddArgs {
    #[command(flatten)]
    place: SharedPlaceArgs,
    #[command(flatten)]
    who: AssigneeArgs,
    /// Invite the mail address as a guest if the tenant does not know it
    #[arg(long, requires = "assignee")]
    invite: bool,
    /// Role to give [default: Compute Gallery Image Reader, or Reader where the cloud lacks it]
    #[arg(long, value_name = "NAME|GUID")]
    role: Option<String>,
    /// Last day of the share, in UTC
    #[arg(long, value_name = "DATE")]
    expires: Option<Expiry>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn add_role_share(args: RbacAddArgs, app: &App) -> Result<Output> {
    let who = args.who.wanted();
    if matches!(who, Wanted::Known(_, None)) {
        return Err(Error::usage("--assignee-object-id needs --assignee-principal-type here")
            .hint("Say what the id is: `--assignee-principal-type User|Group|ServicePrincipal`."));
    }
    let expires = args.expires.map(|expiry| expiry.last_day(expiry::today(app)));
    expiry::check(app, "--expires", expires)?;
    app.block_on(async {
        let (site, place) = args.place.open(app).await?;
        let share = Share { place, who, invite: args.invite, role: args.role, last_day: expires };
        let addition = addition::plan_addition(&site, share).await?;
        args.change
            .carry_out(app, addition.plan.clone(), async |run| {
                let access = addition.carry_out(&site, run).await?;
                Ok(Output::of(&RoleShareView::new(access, addition.change())))
            })
            .await
    })
}
