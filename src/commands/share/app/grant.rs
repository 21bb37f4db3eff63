//! `share app grant`: let the application use a gallery.

use super::selector::AppSelector;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::share::place::SharedPlaceArgs;
use crate::commands::share::rbac::view::RoleShareView;
use crate::error::Result;
use crate::ops::access::assignee::{PrincipalType, Wanted};
use crate::ops::expiry::{self, Expiry};
use crate::ops::share::app::Home;
use crate::ops::share::rbac::addition::{self, Share};
use crate::output::Output;

/// Let an application use a gallery, an image definition or a version
///
/// Gives its service principal in the gallery's tenant Compute Gallery Image Reader, or another role.
/// A second run changes nothing.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share app grant --client-id e53840bb-4179-424f-8f90-52a1631d1601 \\
      -g images-rg --gallery sharedGallery
  az-imageshare share app grant --client-id e53840bb-4179-424f-8f90-52a1631d1601 \\
      -g images-rg --gallery sharedGallery --role Reader --expires 2099-01-31

Permissions: Role Based Access Control Administrator on the gallery, and reading applications in the
directory.
API: https://learn.microsoft.com/rest/api/authorization/role-assignments/create")]
pub(crate) struct AppGrantArgs {
    #[command(flatten)]
    wanted: AppSelector,
    #[command(flatten)]
    place: SharedPlaceArgs,
    /// Role to give [default: Compute Gallery Image Reader, or Reader where the cloud lacks it]
    #[arg(long, value_name = "NAME|GUID")]
    role: Option<String>,
    /// Last day of the share, in UTC
    #[arg(long, value_name = "DATE")]
    expires: Option<Expiry>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn grant_to_application(args: AppGrantArgs, app: &App) -> Result<Output> {
    let expires = args.expires.map(|expiry| expiry.last_day(expiry::today(app)));
    expiry::check(app, "--expires", expires)?;
    app.block_on(async {
        let (site, place) = args.place.open(app).await?;
        let tenant = place.tenant(&site.client).await?;
        let home = Home::open(app, tenant).await?;
        let id = home.service_principal_id(app, &args.wanted.wanted()).await?;
        let share = Share {
            place,
            who: Wanted::Known(id, Some(PrincipalType::ServicePrincipal)),
            invite: false,
            role: args.role,
            last_day: expires,
        };
        let addition = addition::plan_addition(&site, share).await?;
        args.change
            .carry_out(app, addition.plan.clone(), async |run| {
                let access = addition.carry_out(&site, run).await?;
                Ok(Output::of(&RoleShareView::new(access, addition.change())))
            })
            .await
    })
}
