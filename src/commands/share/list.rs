//! `share list`: who has access, by every method.

use jiff::civil::Date;

use super::gallery::AnyGalleryArgs;
use crate::app::App;
use crate::commands::partial;
use crate::commands::site::open_site;
use crate::error::Result;
use crate::id::{Scope, TenantId, TenantRef};
use crate::ops::estate::shares;
use crate::ops::estate::sights::all_sights;
use crate::ops::expiry::{self, Expiry};
use crate::ops::gaps::Gaps;
use crate::ops::share::access::Access;
use crate::ops::share::survey::{Target, survey};
use crate::output::{Output, View};

/// List who has access to a gallery: by role, direct sharing, the community and delegations
///
/// Names are resolved, guests and foreign applications carry the tenant they come from, and the
/// last day that --expires recorded is shown. Without a gallery it looks at all galleries of the
/// resource group or of the subscription; a role at a scope above a gallery is listed once, with that scope. Warns about
/// anything you are not allowed to list.
///
/// With --all it looks at every gallery of every tenant that one of your identities is at home in:
/// each credential, the environment and the az login. Each row names the identities that see it.
/// Exit code 7 means that one of them could not look: the list may be incomplete.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share list -g images-rg --gallery sharedGallery -o table
  az-imageshare share list -g images-rg -o table
  az-imageshare share list --all --tenant fabrikam.onmicrosoft.com -o table
  az-imageshare share list --all --expiring 14d --query '[].[expiresOn,principalName,scope]' -o tsv
  az-imageshare share list --subscription 5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101 \\
      --query \"[?tenantId == '8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002']\"

Permissions: Reader on the gallery and its subscription; names need Graph's Directory.Read.All.
API: https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope")]
pub(crate) struct ShareListArgs {
    #[command(flatten)]
    gallery: AnyGalleryArgs,
    /// All galleries that any of your identities is at home with
    #[arg(long, conflicts_with_all = ["gallery", "gallery_id", "resource_group"])]
    all: bool,
    /// Only what this tenant has, by ID or domain
    #[arg(long, value_name = "GUID|DOMAIN", visible_alias = "consumer-tenant")]
    tenant: Option<TenantRef>,
    /// Only what ends by then, or has ended: a date, or a time from today such as 14d
    #[arg(long, value_name = "DATE")]
    expiring: Option<Expiry>,
}

impl View for Access {
    const TABLE: &'static str = "{Via:via, Principal:principalName || principalId, Role:role, Scope:scope, Tenant:tenantId, ExpiresOn:expiresOn}";
}

pub(crate) fn list_shares(args: ShareListArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let wanted = WantedShares {
            tenant: match &args.tenant {
                Some(tenant) => Some(app.tenant_id(tenant).await?),
                None => None,
            },
            last_day: args.expiring.map(|expiring| expiring.last_day(expiry::today(app))),
        };
        if args.all {
            return list_all(app, &wanted).await;
        }
        let (site, target) = match args.gallery.open(app).await? {
            Some((site, id)) => (site, Target::Gallery(id)),
            None => {
                let site = open_site(app).await?;
                let id = site.subscription().await?.id;
                let scope = match args.gallery.group_alone() {
                    Some(group) => Scope::resource_group(id, group),
                    None => Scope::subscription(id),
                };
                (site, Target::Scope(scope))
            }
        };
        let mut found = survey(&site, &target).await?;
        found.retain(|access| wanted.is(access));
        if found.is_empty() {
            let place = match &target {
                Target::Gallery(id) => format!("gallery '{}'", id.name()),
                Target::Scope(scope) => format!("the galleries of {scope}"),
            };
            app.reporter.note(&format!("No such access was found to {place}. Look at all your galleries with `az-imageshare share list --all`."));
        }
        Ok(Output::rows(&found))
    })
}

/// Which rows are shown.
struct WantedShares {
    tenant: Option<TenantId>,
    last_day: Option<Date>,
}

impl WantedShares {
    /// What to try where nothing was found.
    fn advice(&self) -> &'static str {
        match (self.last_day, self.tenant) {
            (Some(_), _) => "Look further ahead with a later day, such as `--expiring 1y`.",
            (None, Some(_)) => {
                "Offers that are not assigned are in `az-imageshare delegation list --all`."
            }
            (None, None) => "See how to share with `az-imageshare share advise`.",
        }
    }

    fn is(&self, access: &Access) -> bool {
        let ends_by = |last: Date| {
            let day = access.expires_on.as_ref().and_then(|day| day.parse::<Date>().ok());
            day.is_some_and(|day| day <= last)
        };
        self.tenant.is_none_or(|tenant| access.is_of(tenant)) && self.last_day.is_none_or(ends_by)
    }
}

async fn list_all(app: &App, wanted: &WantedShares) -> Result<Output> {
    let mut gaps = Gaps::default();
    let sights = all_sights(app, &mut gaps).await?;
    let found = shares::survey(app, &sights, &mut gaps).await?;
    let galleries: usize = found.iter().map(|one| one.galleries.len()).sum();
    let tenants = found.len();
    let rows: Vec<Access> =
        found.into_iter().flat_map(|one| one.rows).filter(|access| wanted.is(access)).collect();
    if rows.is_empty() {
        let galleries =
            if galleries == 1 { "1 gallery".to_owned() } else { format!("{galleries} galleries") };
        let tenants =
            if tenants == 1 { "1 tenant".to_owned() } else { format!("{tenants} tenants") };
        let next = wanted.advice();
        app.reporter.note(&format!("No such access was found to {galleries} in {tenants}. {next}"));
    }
    Ok(partial::with_gaps(app, Output::rows(&rows), &gaps))
}
