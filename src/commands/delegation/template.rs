//! `delegation template`: hand out the templates that `create` deploys.

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;

use crate::app::App;
use crate::error::Result;
use crate::ops::export::{ExportFile, write_files};
use crate::output::Output;
use crate::template::{Form, Template};

/// Print the template that `create` deploys, with a parameter file
///
/// Use both with `az deployment sub create` once the parameter file is filled in, or pass that file
/// to `delegation create --parameters`. Both give the same IDs.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation template --scope resource-group --output-dir .
  az-imageshare delegation template --scope subscription --eligible --query template
  az deployment sub create -l westeurope -f resource-group.json -p resource-group.parameters.json

Permissions: none, nothing is called.
See: https://learn.microsoft.com/azure/templates/microsoft.managedservices/registrationdefinitions")]
pub(crate) struct DelegationTemplateArgs {
    /// What to delegate
    #[arg(long, value_enum, value_name = "SCOPE")]
    scope: TemplateScope,
    /// With eligible roles, which must be activated
    #[arg(long)]
    eligible: bool,
    /// Write two files into this folder instead of printing them
    #[arg(long, value_name = "FOLDER")]
    output_dir: Option<PathBuf>,
    /// Replace files that differ
    #[arg(long, requires = "output_dir")]
    force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TemplateScope {
    Subscription,
    ResourceGroup,
}

pub(crate) fn write_lighthouse_template(
    args: DelegationTemplateArgs,
    _app: &App,
) -> Result<Output> {
    let form = match args.scope {
        TemplateScope::Subscription => Form::Subscription,
        TemplateScope::ResourceGroup => Form::ResourceGroups,
    };
    let template = Template::of(form, args.eligible);
    let Some(folder) = &args.output_dir else {
        return Ok(Output::value(json!({
            "template": template.value(),
            "parameters": template.parameters(),
        })));
    };
    let files = [
        ExportFile::new(template.file_name, template.text),
        ExportFile::new(template.parameters_file_name, template.parameters_text),
    ];
    let paths = write_files(folder, &files, args.force)?;
    Ok(Output::value(json!({
        "templateFile": paths[0].display().to_string(),
        "parametersFile": paths[1].display().to_string(),
    })))
}
