//! Delegations as they are, written for other tools: the same GUIDs, and every name as data.
//!
//! What Azure reported never becomes a part of a language: in Bicep and ARM it is a JSON file beside the code, in
//! HCL a quoted literal without templates.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};

mod arm;
mod azapi;
mod bicep;
mod hcl;
mod offer;
mod parameters;
mod terraform;

pub(crate) use offer::{ExportFile, ExportedAcceptance, ExportedOffer};

/// The languages there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportForm {
    /// This program's own template with its parameters; it computes the GUIDs.
    Parameters,
    /// Bicep modules that read a JSON file.
    Bicep,
    /// The provider `hashicorp/azurerm`.
    Terraform,
    /// The provider `Azure/azapi`.
    Azapi,
    /// A template and a parameter file for each subscription.
    Arm,
}

impl ExportForm {
    /// Refuses `--with-import` where it means nothing.
    ///
    /// # Errors
    /// A usage error for every form but Terraform's two.
    pub(crate) fn check_imports(self, imports: bool) -> Result<()> {
        if imports && !matches!(self, ExportForm::Terraform | ExportForm::Azapi) {
            return Err(Error::usage("--with-import is for Terraform only").hint(
                "Bicep and ARM take over what exists by its name: leave --with-import out.",
            ));
        }
        Ok(())
    }
}

/// Writes offers in a form; with `imports` also what makes the tool take over what exists.
///
/// # Errors
/// If the form cannot say what exists.
pub(crate) fn exported(
    form: ExportForm,
    offers: &[ExportedOffer],
    imports: bool,
) -> Result<Vec<ExportFile>> {
    match form {
        ExportForm::Parameters => parameters::files(offers),
        ExportForm::Bicep => Ok(bicep::files(offers)),
        ExportForm::Terraform => terraform::files(offers, imports),
        ExportForm::Azapi => Ok(azapi::files(offers, imports)),
        ExportForm::Arm => Ok(arm::files(offers)),
    }
}

/// Writes files into a folder; one that someone has changed is not overwritten by accident.
///
/// # Errors
/// A usage error if a file differs and `force` is not set; nothing was written then.
pub(crate) fn write_files(
    folder: &Path,
    files: &[ExportFile],
    force: bool,
) -> Result<Vec<PathBuf>> {
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(&file.name)).collect();
    for (path, file) in paths.iter().zip(files) {
        refuse_overwriting(path, &file.text, force)?;
    }
    for (path, file) in paths.iter().zip(files) {
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(path, &file.text))
            .map_err(|err| write_error(path, &err))?;
    }
    Ok(paths)
}

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
