//! `delegation export`: a delegation as it is, for other tools.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;

use super::selector::DelegationSelector;
use crate::app::App;
use crate::commands::site::open_site;
use crate::error::{Error, Kind, Result};
use crate::id::resource_name;
use crate::ops::delegation::inventory::{self, Entry};
use crate::ops::delegation::lookup;
use crate::ops::export::{
    ExportFile, ExportForm, ExportedAcceptance, ExportedOffer, exported, write_files,
};
use crate::ops::offer::{assignment_name, definition_name};
use crate::output::Output;

/// Write a delegation that exists as Bicep, Terraform, an ARM template or parameters
///
/// The files name the GUIDs that Azure holds. So the other tool takes over what exists and makes
/// nothing twice. Names from Azure are written as data: nothing in them is evaluated. Without
/// --output-dir the texts are in the result.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation export -n \"Contoso images\" --to terraform --with-import --output-dir tf
  az-imageshare delegation export -n \"Contoso images\" --to bicep --output-dir bicep
  az-imageshare delegation export -n \"Contoso images\" --to arm --query 'files[0].text' -o tsv

Permissions: Reader of the subscription.
See: https://developer.hashicorp.com/terraform/language/import")]
pub(crate) struct DelegationExportArgs {
    #[command(flatten)]
    wanted: DelegationSelector,
    /// Language to write
    #[arg(long, value_enum, value_name = "FORM")]
    to: DelegationExportForm,
    /// Also write what makes Terraform import the delegation
    #[arg(long)]
    with_import: bool,
    /// Write the files into this folder instead of printing them
    #[arg(long, value_name = "FOLDER")]
    output_dir: Option<PathBuf>,
    /// Replace files that differ
    #[arg(long, requires = "output_dir")]
    force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DelegationExportForm {
    /// This program's template and its parameter file
    Parameters,
    /// Bicep modules and a JSON file
    Bicep,
    /// Terraform with azurerm
    Terraform,
    /// Terraform with azapi
    Azapi,
    /// An ARM template and its parameter file
    Arm,
}

impl From<DelegationExportForm> for ExportForm {
    fn from(form: DelegationExportForm) -> ExportForm {
        match form {
            DelegationExportForm::Parameters => ExportForm::Parameters,
            DelegationExportForm::Bicep => ExportForm::Bicep,
            DelegationExportForm::Terraform => ExportForm::Terraform,
            DelegationExportForm::Azapi => ExportForm::Azapi,
            DelegationExportForm::Arm => ExportForm::Arm,
        }
    }
}

pub(crate) fn export_delegation(args: DelegationExportArgs, app: &App) -> Result<Output> {
    let form = ExportForm::from(args.to);
    form.check_imports(args.with_import)?;
    let offers = app.block_on(async {
        let site = open_site(app).await?;
        let wanted = args.wanted.resolve(app).await?;
        let found = inventory::survey(&site, &inventory::BOTH).await?;
        let known = lookup::find(found, &wanted)?;
        known.entries.iter().map(offer_of).collect::<Result<Vec<ExportedOffer>>>()
    })?;
    let files = exported(form, &offers, args.with_import)?;
    export_output(&files, args.output_dir.as_deref(), args.force)
}

/// The files with their texts, or where they were written.
fn export_output(files: &[ExportFile], folder: Option<&Path>, force: bool) -> Result<Output> {
    let rows: Vec<_> = match folder {
        None => files.iter().map(|file| json!({"name": file.name, "text": file.text})).collect(),
        Some(folder) => write_files(folder, files, force)?
            .iter()
            .zip(files)
            .map(|(path, file)| json!({"name": file.name, "path": path.display().to_string()}))
            .collect(),
    };
    Ok(Output::value(json!({"files": rows})))
}

/// What of an entry is exported.
fn offer_of(entry: &Entry) -> Result<ExportedOffer> {
    let definition = &entry.definition;
    if definition.plan.is_some() {
        let text = format!("offer '{}' comes from the marketplace", entry.name());
        return Err(Error::new(Kind::Failure, text)
            .hint("It can only be changed there, so no other tool can keep it."));
    }
    let Ok(consumer) = definition.properties.managed_by_tenant_id.parse() else {
        let text = format!("definition {} cannot be read", definition.id);
        return Err(Error::new(Kind::Failure, text).hint(
            "Export it with a credential of the publisher that is Reader of the subscription.",
        ));
    };
    let name = entry.name();
    let mut is_computed =
        definition_name(consumer, entry.subscription, name).to_string() == definition.name;
    let mut acceptances = Vec::new();
    for found in &entry.assignments {
        let Some(scope) = found.scope() else {
            continue;
        };
        let guid = resource_name(&found.id).to_lowercase();
        is_computed &= assignment_name(&definition.id, &scope).to_string() == guid;
        acceptances.push(ExportedAcceptance {
            id: found.id.to_string(),
            guid,
            scope,
            stands: true,
        });
    }
    Ok(ExportedOffer {
        subscription: entry.subscription,
        id: definition.id.to_string(),
        guid: definition.name.clone(),
        is_computed,
        stands: true,
        properties: definition.properties.clone(),
        acceptances,
    })
}
