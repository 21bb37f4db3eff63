//! What a run's own `az` needs to know, and the real `az` behind it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::id::TenantId;

/// The run, for its own `az`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct About {
    /// The real `az`, if there is one.
    pub az: Option<PathBuf>,
    /// The real `azd`, if there is one.
    pub azd: Option<PathBuf>,
    /// The version of the real `az`, or that of one that is recent enough for every tool.
    pub az_version: String,
    pub cloud: String,
    /// The scopes that are meant where none is named.
    pub arm_scope: String,
    pub graph_scope: String,
    /// The default tenant, then the others.
    pub tenants: Vec<TenantId>,
    pub subscription: Option<LentSubscription>,
    /// Who signs in, as people call it.
    pub user: String,
}

/// The subscription that tools use unless another is named; it is in the default tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LentSubscription {
    pub id: String,
    pub name: String,
}

/// The subscription of the run, as far as it is known without asking Azure.
pub(crate) fn subscription_of(app: &App, tenant: TenantId) -> Option<LentSubscription> {
    let listed = app.settings.az_subscriptions();
    let known = match &app.settings.subscription {
        Some(named) => listed.iter().find(|one| one.is(named)),
        None => listed.iter().find(|one| one.is_default),
    };
    let known = known.filter(|one| one.tenant() == Some(tenant) && one.subscription().is_some());
    match known {
        Some(known) => Some(LentSubscription { id: known.id.clone(), name: known.name.clone() }),
        None => {
            let id = app.settings.subscription_id()?.to_string();
            Some(LentSubscription { name: id.clone(), id })
        }
    }
}

/// The first program called `name` in the folders of `PATH` that is not `own`: a run in a run must not find the
/// outer one's.
pub(crate) fn real_program(app: &App, name: &str, own: &Path) -> Option<PathBuf> {
    let names = if cfg!(windows) {
        vec![format!("{name}.cmd"), format!("{name}.exe")]
    } else {
        vec![name.to_owned()]
    };
    let own = own.canonicalize().ok();
    let folders = app.settings.environment.search_path.iter();
    folders
        .filter(|folder| !folder.join(super::run_dir::MARK).exists())
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|path| path.is_file() && path.canonicalize().ok() != own)
}

/// The version of `az` by the name of its package's metadata, beside its libraries: starting it takes a third of a
/// second.
pub(crate) fn version_of(az: &Path) -> Option<String> {
    let real = az.canonicalize().ok()?;
    let root = real.parent()?.parent()?;
    // A virtual environment, and the packages of Debian, Fedora and Homebrew.
    let libraries = [
        root.join("lib"),
        root.join("lib64"),
        root.join("libexec/lib"),
        PathBuf::from("/opt/az/lib"),
    ];
    libraries
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .flatten()
        .find_map(|python| {
            let packages = std::fs::read_dir(python.path().join("site-packages")).ok()?;
            packages.flatten().find_map(|package| {
                let name = package.file_name().into_string().ok()?;
                let version = name.strip_prefix("azure_cli-")?.strip_suffix(".dist-info")?;
                version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
            })
        })
}

/// What is said where there is no `az`: Terraform and the SDKs want 2.x, and features that came later are asked
/// of the real one anyway.
pub(crate) const RECENT_VERSION: &str = "2.91.0";
