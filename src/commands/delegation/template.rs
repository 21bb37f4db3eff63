//! `delegation template`: hand out the templates that `create` deploys.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;

use crate::app::App;
use crate::error::{Error, Kind, Result};
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
        (folder.join(template.file_name), template.text),
        (folder.join(template.parameters_file_name), template.parameters_text),
    ];
    for (path, text) in &files {
        refuse_overwriting(path, text, args.force)?;
    }
    for (path, text) in &files {
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(path, text))
            .map_err(|err| write_error(path, &err))?;
    }
    let [template_file, parameters_file] = files.map(|(path, _)| path.display().to_string());
    Ok(Output::value(json!({
        "templateFile": template_file,
        "parametersFile": parameters_file,
    })))
}

/// A file that somebody has filled in is not overwritten by accident.
fn refuse_overwriting(path: &Path, text: &str, force: bool) -> Result<()> {
    match fs::read(path) {
        Ok(standing) if standing == text.as_bytes() || force => Ok(()),
        Ok(_) => Err(Error::usage(format!("{} exists, and differs", path.display()))
            .hint("Choose another --output-dir, or replace it with --force.")),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(err) => Err(write_error(path, &err)),
    }
}

fn write_error(path: &Path, err: &std::io::Error) -> Error {
    Error::new(Kind::Failure, format!("{}: {err}", path.display()))
        .hint("Check the folder's permissions, or choose another --output-dir.")
}
