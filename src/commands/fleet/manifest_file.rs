//! The manifest that an argument names.

use crate::app::App;
use crate::commands::file_argument::FileArgument;
use crate::error::Result;
use crate::ops::change::findings::Findings;
use crate::ops::expiry;
use crate::ops::fleet::manifest::{Manifest, ManifestSurroundings, read_manifest};

/// Which manifest.
#[derive(clap::Args, Debug)]
pub(super) struct ManifestArgs {
    /// Manifest of the fleet, YAML or JSON
    #[arg(long, short, value_name = "FILE")]
    file: FileArgument,
}

/// Whether a last day that has passed is a mistake in the manifest, or what is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PastDays {
    Refused,
    Allowed,
}

impl ManifestArgs {
    /// The manifest in this file.
    pub(super) fn of(file: FileArgument) -> ManifestArgs {
        ManifestArgs { file }
    }

    /// Reads and judges the manifest.
    ///
    /// # Errors
    /// One error with every finding, before anything is called.
    pub(super) fn read(&self, app: &App, past: PastDays) -> Result<Manifest> {
        let mut findings = Findings::default();
        let today = (past == PastDays::Refused).then(|| expiry::today(app));
        let around = ManifestSurroundings { cloud: &app.settings.cloud, today };
        let manifest = read_manifest(&self.file.text(app), around, &mut findings);
        findings.settle(app.reporter.as_ref(), "nothing was called")?;
        Ok(manifest.expect("without a manifest there is a finding"))
    }

    /// The manifest's path, as it was given.
    pub(super) fn path(&self, app: &App) -> String {
        self.file.text(app)
    }
}
