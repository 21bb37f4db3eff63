//! Delegations as they stand, written for other tools: the same GUIDs, and every name as data.
//!
//! What Azure told never becomes a part of a language: in Bicep and ARM it is a JSON file beside the code, in
//! HCL a quoted literal without templates.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::arm::managed_services::RegistrationDefinitionProperties;
use crate::error::{Error, Kind, Result};
use crate::id::{Scope, SubscriptionId};

mod arm;
mod azapi;
mod bicep;
mod hcl;
mod parameters;
mod terraform;

/// The languages there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportForm {
    /// Our own template with its parameters; it computes the GUIDs.
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
                "Bicep and ARM take over what stands by its name: leave --with-import out.",
            ));
        }
        Ok(())
    }
}

/// One offer and where it is accepted.
#[derive(Clone, Debug)]
pub(crate) struct ExportedOffer {
    pub subscription: SubscriptionId,
    /// The definition's full resource id.
    pub id: String,
    /// The GUID at its end.
    pub guid: String,
    /// True if the GUID is the one that our template computes.
    pub is_computed: bool,
    /// True if it is in Azure already.
    pub stands: bool,
    pub properties: RegistrationDefinitionProperties,
    pub acceptances: Vec<ExportedAcceptance>,
}

/// One acceptance of an offer.
#[derive(Clone, Debug)]
pub(crate) struct ExportedAcceptance {
    pub id: String,
    /// The GUID at its end.
    pub guid: String,
    pub scope: Scope,
    /// True if it is in Azure already.
    pub stands: bool,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExportFile {
    /// Its name, without a folder.
    pub name: String,
    pub text: String,
}

impl ExportFile {
    /// A file with this text.
    pub(crate) fn new(name: impl Into<String>, text: impl Into<String>) -> ExportFile {
        ExportFile { name: name.into(), text: text.into() }
    }

    fn json(name: impl Into<String>, value: &Value) -> ExportFile {
        let mut text = serde_json::to_string_pretty(value).expect("a value is JSON");
        text.push('\n');
        ExportFile::new(name, text)
    }
}

/// Writes offers in a form; with `imports` also what makes the tool take over what stands.
///
/// # Errors
/// If the form cannot say what stands.
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

/// What is written of an offer: all that can be set, and nothing that Azure only tells.
fn settable(properties: &RegistrationDefinitionProperties) -> Value {
    let mut all = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            all.insert(name.to_owned(), value);
        }
    };
    put("registrationDefinitionName", json!(properties.registration_definition_name));
    put("description", json!(properties.description));
    put("managedByTenantId", json!(properties.managed_by_tenant_id));
    put("authorizations", json!(properties.authorizations));
    if !properties.eligible_authorizations.is_empty() {
        put("eligibleAuthorizations", json!(properties.eligible_authorizations));
    }
    Value::Object(all)
}

/// What the template of a subscription is told: definitions and acceptances by their GUIDs.
fn by_subscription(offers: &[ExportedOffer]) -> BTreeMap<SubscriptionId, Value> {
    let mut all: BTreeMap<SubscriptionId, Value> = BTreeMap::new();
    for offer in offers {
        let told = all.entry(offer.subscription).or_insert_with(
            || json!({"definitions": [], "subscriptionAssignments": [], "groupAssignments": []}),
        );
        let mut push = |list: &str, value: Value| {
            if let Some(list) = told[list].as_array_mut() {
                list.push(value);
            }
        };
        push("definitions", json!({"name": offer.guid, "properties": settable(&offer.properties)}));
        for accepted in &offer.acceptances {
            let mut value = json!({"name": accepted.guid, "definition": offer.guid});
            match &accepted.scope.resource_group {
                None => push("subscriptionAssignments", value),
                Some(group) => {
                    value["resourceGroup"] = json!(group);
                    push("groupAssignments", value);
                }
            }
        }
    }
    all
}

/// Writes files into a folder; one that somebody has changed is not overwritten by accident.
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
