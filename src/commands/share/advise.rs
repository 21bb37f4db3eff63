//! `share advise`: which method fits.

use clap::ValueEnum;
use serde::Serialize;

use super::gallery::gallery_id;
use crate::app::App;
use crate::error::{Error, Result};
use crate::id::ResourceId;
use crate::ops::share::advise::{self, Advice, Audience, Situation, Verdict};
use crate::output::{Output, View};

/// Choose a sharing method
///
/// Ranks the methods with reasons, limits and the commands to run. On a terminal it asks for
/// what the flags leave open; elsewhere `--for` is needed. Makes no network requests.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share advise
  az-imageshare share advise --for tenant --tenant fabrikam.onmicrosoft.com --portal -o table
  az-imageshare share advise --for people --mail grace@fabrikam.onmicrosoft.com \\
      --query \"[0].commands\"

Permissions: none, nothing is called.
API: https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery")]
pub(crate) struct ShareAdviseArgs {
    /// Who will use the images
    #[arg(long = "for", value_enum, ignore_case = true)]
    audience: Option<Who>,
    /// Consumer's tenant, by id or domain, if you know it
    #[arg(long, value_name = "GUID|DOMAIN", visible_alias = "consumer-tenant")]
    tenant: Option<String>,
    /// Email address of a person who will use the images, if you know it
    #[arg(long, value_name = "MAIL")]
    mail: Option<String>,
    /// VMs will be created in the Azure portal
    #[arg(long)]
    portal: bool,
    /// Full resource id of the gallery, for the commands
    #[arg(long, value_name = "ID", value_parser = gallery_id)]
    gallery_id: Option<ResourceId>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Who {
    /// Some people of another tenant
    People,
    /// A program: a pipeline, a build, a scale-out
    Pipeline,
    /// Everyone in another tenant who can create VMs
    Tenant,
    /// Everyone in Azure
    Public,
}

impl Who {
    fn audience(self) -> Audience {
        match self {
            Who::People => Audience::People,
            Who::Pipeline => Audience::Pipeline,
            Who::Tenant => Audience::Tenant,
            Who::Public => Audience::Public,
        }
    }
}

/// An advice with the one reason that a table has room for.
#[derive(Serialize)]
struct AdviceRow {
    #[serde(flatten)]
    advice: Advice,
    why: String,
}

impl View for AdviceRow {
    const TABLE: &'static str = "{Rank:rank, Method:method, Fits:verdict, Why:why}";
}

pub(crate) fn advise_method(args: ShareAdviseArgs, app: &App) -> Result<Output> {
    let gallery = args.gallery_id.as_ref().map_or_else(|| "ID".to_owned(), ToString::to_string);
    let situation = match args.audience {
        Some(audience) => Situation {
            audience: audience.audience(),
            tenant: args.tenant,
            mail: args.mail,
            portal: args.portal,
            national: app.settings.cloud.is_national(),
            gallery,
        },
        None => app.block_on(ask_situation(args, app, gallery))?,
    };
    let ranked = advise::advise(&situation);
    let lines = ranked.iter().flat_map(advice_lines).collect();
    let best = ranked.first().map(|best| best.commands.clone()).unwrap_or_default();
    let rows = ranked.into_iter().map(|advice| AdviceRow { why: advice.why().to_owned(), advice });
    let next = best.iter().map(|command| format!("Run: `{command}`")).collect();
    Ok(Output::rows(&rows.collect::<Vec<_>>()).for_people(lines).remarks(next))
}

/// A method for people: what speaks for it and against it, and what to run.
fn advice_lines(one: &Advice) -> Vec<String> {
    let verdict = match one.verdict {
        Verdict::Best => "fits best",
        Verdict::Well => "fits",
        Verdict::Poorly => "possible, not advised",
        Verdict::Not => "does not fit",
    };
    let mut lines = vec![format!("{}. {}: {verdict}", one.rank, one.method)];
    lines.extend(one.reasons.iter().map(|reason| format!("   + {reason}")));
    lines.extend(one.against.iter().map(|reason| format!("   - {reason}")));
    if one.fits {
        lines.extend(one.limits.iter().map(|limit| format!("   ! {limit}")));
    }
    if matches!(one.verdict, Verdict::Best | Verdict::Well) {
        lines.extend(one.commands.iter().map(|command| format!("   `{command}`")));
    }
    lines
}

/// Asks a person at a terminal for what the flags leave open.
async fn ask_situation(args: ShareAdviseArgs, app: &App, gallery: String) -> Result<Situation> {
    if !app.terminals.stdin {
        return Err(Error::usage("no --for given, and no terminal to prompt on")
            .hint("Add `--for people`, `--for pipeline`, `--for tenant` or `--for public`."));
    }
    let audience = loop {
        let answer =
            app.ask("Who is to use the images (people, pipeline, tenant, public)? ").await?;
        match answer.as_deref().map(|answer| Who::from_str(answer, true)) {
            None => {
                return Err(
                    Error::usage("no answer").hint("Add `--for people`, or another of its values.")
                );
            }
            Some(Ok(who)) => break who.audience(),
            Some(Err(_)) => {}
        }
    };
    let open = audience != Audience::Public;
    let tenant = match args.tenant {
        None if open => app.ask("Their tenant, by id or domain (empty if unknown)? ").await?,
        known => known,
    };
    let mail = match args.mail {
        None if audience == Audience::People => {
            app.ask("An e-mail address (empty if unknown)? ").await?
        }
        known => known,
    };
    let portal = args.portal
        || app
            .ask("Will machines be made in the portal (y/n)? ")
            .await?
            .is_some_and(|said| said.starts_with('y'));
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(Situation {
        audience,
        tenant: given(tenant),
        mail: given(mail),
        portal,
        national: app.settings.cloud.is_national(),
        gallery,
    })
}
