//! `fleet import`: what exists, as a manifest. Reads only.

use std::path::Path;

use serde::Serialize;

use crate::app::App;
use crate::commands::file_argument::FileArgument;
use crate::error::{Error, Kind, Result};
use crate::id::TenantRef;
use crate::ops::fleet::import::{ImportRequest, ImportedManifest, import_manifest};
use crate::output::{Output, View};

/// Write a manifest of what is shared
///
/// Takes over delegations, galleries that are shared with tenants, and community galleries. The same
/// offer in many subscriptions becomes one grant. Management groups are named where they cover the
/// subscriptions. A plan of the new manifest keeps everything. Left out, with the reason: offers
/// whose ids another tool chose. Roles are not imported: Azure does not show a guest's own tenant.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare fleet import --output-file imported.yaml
  az-imageshare fleet import --management-group mg-images --consumer fabrikam.onmicrosoft.com

Permissions: Reader of the subscriptions.
API: https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources")]
pub(crate) struct FleetImportArgs {
    /// Only subscriptions below this management group; repeatable
    #[arg(long, value_name = "NAME")]
    management_group: Vec<String>,
    /// Only what this consumer's tenant has; repeatable
    #[arg(long, value_name = "GUID|DOMAIN")]
    consumer: Vec<TenantRef>,
    /// Write the manifest to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output_file: Option<FileArgument>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImportView {
    file: String,
    grants: usize,
    subscriptions: usize,
    left_out: Vec<String>,
}

impl View for ImportView {
    const TABLE: &'static str = "{File:file, Grants:grants, Subscriptions:subscriptions}";
}

pub(super) fn import_fleet(args: &FleetImportArgs, app: &App) -> Result<Output> {
    let file = args.output_file.as_ref().map(|file| file.path(app));
    if let Some(path) = file.as_deref().filter(|path| path.symlink_metadata().is_ok()) {
        return Err(Error::usage(format!("{} exists", path.display()))
            .hint("Choose another --output-file, or remove that file."));
    }
    let request = ImportRequest {
        management_groups: args.management_group.clone(),
        consumers: args.consumer.clone(),
    };
    let imported = app.block_on(import_manifest(app, &request))?;
    for reason in imported.left_out.iter().take(MOST_TOLD) {
        app.reporter.warn(&format!("left out: {reason}"));
    }
    let more = imported.left_out.len().saturating_sub(MOST_TOLD);
    if more > 0 {
        app.reporter.warn(&format!("left out: {more} more"));
    }
    match file {
        Some(path) => written(&path, imported),
        None => Ok(Output::verbatim(imported.text)),
    }
}

fn written(path: &Path, imported: ImportedManifest) -> Result<Output> {
    let write = || -> std::io::Result<()> {
        use std::io::Write;
        let mut file = std::fs::File::create_new(path)?;
        file.write_all(imported.text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|err| {
        Error::new(Kind::Failure, format!("cannot write {}", path.display()))
            .caused_by(err)
            .hint("Give --output-file a folder that exists and that you may write to.")
    })?;
    Ok(Output::of(&ImportView {
        file: path.display().to_string(),
        grants: imported.grants,
        subscriptions: imported.subscriptions,
        left_out: imported.left_out,
    }))
}

/// Reasons that are listed one by one.
const MOST_TOLD: usize = 5;
