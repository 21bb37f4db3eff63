//! `builder template`: an image template with the identity in place.

use super::scenario::ScenarioArgs;
use crate::app::App;
use crate::commands::site::open_site;
use crate::error::Result;
use crate::ops::builder::check::existing;
use crate::ops::builder::legacy::{self, LegacyPrincipal};
use crate::ops::builder::snippet::snippet;
use crate::output::{Output, View};

/// Print an image template with the identity in place
///
/// Prints the resource for a deployment template, with the identity's full id; with --distribute-to
/// also source, targets, network and staging group, in which words in capitals are for you to fill
/// in. With --legacy-service-principal it prints the deprecated service principal instead, to which
/// old set-ups assigned roles.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare builder template --identity aibIdentity -g images-rg --distribute-to images-rg
  az-imageshare builder template --legacy-service-principal --query objectId -o tsv

Permissions: Reader of the identity; for the service principal Application.Read.All in Graph.
API: https://learn.microsoft.com/azure/templates/microsoft.virtualmachineimages/imagetemplates")]
pub(crate) struct BuilderTemplateArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Name of the image template
    #[arg(long, short, value_name = "NAME", default_value = "imageTemplate")]
    name: String,
    /// Print the service principal of old set-ups instead of a template
    #[arg(long)]
    legacy_service_principal: bool,
}

impl View for LegacyPrincipal {
    const TABLE: &'static str = "{ObjectId:objectId, AppId:appId, Name:displayName}";
}

pub(crate) fn write_image_template(args: BuilderTemplateArgs, app: &App) -> Result<Output> {
    if args.legacy_service_principal {
        let found = app.block_on(async { legacy::find(&open_site(app).await?).await })?;
        return Ok(Output::of(&found));
    }
    let mut judged = args.scenario.judged(app)?;
    app.block_on(async {
        let (site, subject) = judged.subject(app).await?;
        judged.findings.settle(app.reporter.as_ref(), "nothing was printed")?;
        let identity = existing(&site.client, &subject.identity).await?;
        Ok(Output::value(snippet(&identity, &subject.scenario, &args.name)))
    })
}
