//! What the Azure CLI already knows: its `config`, its clouds, its subscriptions. Only read, never written.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ini::Ini;
use crate::id::{SubscriptionId, TenantId};
use crate::process::file;

/// The Azure CLI's files in its folder.
#[derive(Clone, Debug, Default)]
pub(crate) struct AzFiles {
    config: Ini,
    /// The clouds that the user added or changed.
    pub clouds: Ini,
    nearest_defaults: Vec<Ini>,
    /// The files that are there and cannot be read, each with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
}

impl AzFiles {
    /// Reads the files in `config_dir`; one that is missing counts as empty.
    ///
    /// `[defaults]` is also looked up in a folder of the same name beside the work, nearest first,
    /// as `az` does (knack's local config).
    pub(crate) fn read(config_dir: &Path, working_dir: &Path) -> AzFiles {
        // A mounted folder of another user is that user's with all its files (`docker run -v`).
        let owner = file::owner_of(config_dir);
        let ini = |path: &Path, also| file::own_text(path, also).map(|text| Ini::parse(&text));
        let folder = config_dir.file_name().map(PathBuf::from).unwrap_or_default();
        let mut unreadable = Vec::new();
        let mut own = |name: &str| {
            let path = config_dir.join(name);
            ini(&path, owner).unwrap_or_else(|err| {
                if !matches!(err.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
                    unreadable.push((path, err.to_string()));
                }
                Ini::default()
            })
        };
        let (config, clouds) = (own("config"), own("clouds.config"));
        let strange = std::fs::metadata(config_dir).ok();
        if let Some(problem) = strange.and_then(|found| file::strange(&found, owner)) {
            unreadable.push((config_dir.to_owned(), problem.to_owned()));
        }
        AzFiles {
            config,
            clouds,
            unreadable,
            nearest_defaults: working_dir
                .ancestors()
                // Any folder above may be somebody else's; who plants a file there decides nothing here.
                .filter_map(|parent| ini(&parent.join(&folder).join("config"), None).ok())
                .collect(),
        }
    }

    /// With the clouds that `az` fetched from `ARM_CLOUD_METADATA_URL` and keeps beside its other files;
    /// what is in `clouds.config` is stronger.
    pub(crate) fn with_fetched_clouds(self, config_dir: &Path) -> AzFiles {
        let clouds = self.clouds.over(fetched_clouds(config_dir));
        AzFiles { clouds, ..self }
    }

    /// An option of `config`.
    pub(crate) fn option(&self, section: &str, option: &str) -> Option<String> {
        if section == "defaults"
            && let Some(value) =
                self.nearest_defaults.iter().find_map(|ini| ini.value(section, option))
        {
            return Some(value);
        }
        self.config.value(section, option)
    }
}

#[derive(Deserialize)]
struct CloudMetadata {
    clouds: Vec<MetadataCloud>,
}

#[derive(Deserialize)]
struct MetadataCloud {
    name: String,
    endpoints: BTreeMap<String, Option<String>>,
}

/// Source: `get_known_clouds` in `azure/cli/core/cloud.py` of azure-cli 2.91.0.
fn fetched_clouds(config_dir: &Path) -> Ini {
    let path = config_dir.join("cloudEndpoints.json");
    let text = file::own_text(&path, file::owner_of(config_dir)).unwrap_or_default();
    let fetched: Option<CloudMetadata> =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).ok();
    let mut clouds = Ini::default();
    for cloud in fetched.map(|fetched| fetched.clouds).unwrap_or_default() {
        for (name, address) in cloud.endpoints {
            let option = format!("endpoint_{name}");
            clouds.set(&cloud.name, &option, &address.unwrap_or_default());
        }
    }
    clouds
}

/// One subscription of the `az` login, from `azureProfile.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileSubscription {
    /// Its id; a login without subscriptions has the tenant's id here.
    pub id: String,
    pub name: String,
    /// True for the one `az` uses when none is named.
    #[serde(default)]
    pub is_default: bool,
    /// The tenant whose token opens it.
    pub tenant_id: String,
    /// The cloud it is in.
    pub environment_name: String,
    /// Who is signed in.
    pub user: ProfileUser,
}

/// The identity behind a subscription of the `az` login.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileUser {
    /// The user's sign-in name, or the client id of a service principal.
    pub name: String,
    /// `user` or `servicePrincipal`.
    #[serde(rename = "type")]
    pub kind: String,
    assigned_identity_info: Option<String>,
    #[serde(default, rename = "cloudShellID")]
    cloud_shell_id: bool,
}

/// A login that `az` gets tokens of one tenant for, and of no other. Source: azure-cli, `get_raw_token` in
/// `core/_profile.py`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneTenant {
    /// `az login --identity`.
    ManagedIdentity,
    /// The one that Cloud Shell makes for the one who opens it.
    CloudShell,
}

impl ProfileUser {
    /// What this login is, if it is good for one tenant only.
    pub fn one_tenant(&self) -> Option<OneTenant> {
        if self.cloud_shell_id {
            return Some(OneTenant::CloudShell);
        }
        let is_managed = self.assigned_identity_info.is_some()
            || ["systemAssignedIdentity", "userAssignedIdentity"].contains(&self.name.as_str());
        is_managed.then_some(OneTenant::ManagedIdentity)
    }
}

impl std::fmt::Display for OneTenant {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            OneTenant::ManagedIdentity => "a managed identity",
            OneTenant::CloudShell => "the one of Cloud Shell",
        })
    }
}

#[derive(Deserialize)]
struct Profile {
    #[serde(default)]
    subscriptions: Vec<ProfileSubscription>,
}

/// Reads the subscriptions of the `az` login in one cloud; none if no one is logged in.
pub(crate) fn login_subscriptions(config_dir: &Path, cloud: &str) -> Vec<ProfileSubscription> {
    let path = config_dir.join("azureProfile.json");
    let Ok(text) = file::own_text(&path, file::owner_of(config_dir)) else {
        return Vec::new();
    };
    let profile: Option<Profile> = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok();
    let mut found = profile.map(|profile| profile.subscriptions).unwrap_or_default();
    found.retain(|subscription| subscription.environment_name.eq_ignore_ascii_case(cloud));
    found
}

/// The clouds that a profile has logins for; `None` if it cannot be read.
pub(crate) fn profile_clouds(profile: &str) -> Option<Vec<String>> {
    let profile: Profile = serde_json::from_str(profile.trim_start_matches('\u{feff}')).ok()?;
    let names = profile.subscriptions.into_iter();
    let mut names: Vec<String> = names.map(|entry| entry.environment_name).collect();
    names.sort();
    names.dedup();
    Some(names)
}

impl ProfileSubscription {
    /// True if it has this name or id.
    pub fn is(&self, named: &str) -> bool {
        self.id.eq_ignore_ascii_case(named) || self.name.eq_ignore_ascii_case(named)
    }

    /// The id as a subscription, unless this is a login to a tenant only.
    pub fn subscription(&self) -> Option<SubscriptionId> {
        self.id.parse().ok().filter(|_| self.id != self.tenant_id)
    }

    /// The tenant whose token opens it.
    pub fn tenant(&self) -> Option<TenantId> {
        self.tenant_id.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_that_az_fetched_are_known_below_those_of_the_user() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "cloudEndpoints.json",
            r#"{"clouds": [{"name": "Edge", "suffixes": {"storage_endpoint": null}, "endpoints":
                {"resource_manager": "https://arm.edge.example/", "active_directory": "https://login.edge.example", "portal": null}}]}"#,
        );
        write("clouds.config", "[Edge]\nendpoint_active_directory = https://adfs.edge.example\n");
        let files = AzFiles::read(folder.path(), folder.path());
        let edge = |files: &AzFiles| crate::settings::Cloud::find("Edge", &files.clouds);
        assert!(edge(&files).is_err(), "only where ARM_CLOUD_METADATA_URL says so");
        let found = edge(&files.with_fetched_clouds(folder.path())).unwrap();
        assert_eq!(found.resource_manager.as_str(), "https://arm.edge.example/");
        assert_eq!(found.active_directory.as_str(), "https://adfs.edge.example/");
        write("config", "[cloud]\nname = Edge\n");
        assert!(AzFiles::read(folder.path(), folder.path()).unreadable.is_empty());
        std::fs::write(folder.path().join("config"), b"[cloud]\nname = \xff\n").unwrap();
        let unreadable = AzFiles::read(folder.path(), folder.path()).unreadable;
        assert_eq!(unreadable[0].0, folder.path().join("config"));
        write("cloudEndpoints.json", "damaged");
        assert!(edge(&AzFiles::default().with_fetched_clouds(folder.path())).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn what_others_may_plant_above_the_work_decides_nothing() {
        use std::os::unix::fs::PermissionsExt;
        // adversary A2: a pipe kept every command waiting, and anybody's file chose the group that is delegated.
        let base = tempfile::tempdir().unwrap();
        let (config_dir, work) = (base.path().join("home/.azure"), base.path().join("work/deep"));
        std::fs::create_dir_all(&config_dir).unwrap();
        std::fs::create_dir_all(work.join(".azure")).unwrap();
        std::fs::create_dir_all(base.path().join("work/.azure")).unwrap();
        let pipe = work.join(".azure/config");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let planted = base.path().join("work/.azure/config");
        std::fs::write(&planted, "[defaults]\ngroup = rg-data\n").unwrap();
        let group = || AzFiles::read(&config_dir, &work).option("defaults", "group");
        assert_eq!(group().as_deref(), Some("rg-data"), "the user's own counts, as for az");
        let mode = std::fs::Permissions::from_mode;
        std::fs::set_permissions(&planted, mode(0o666)).unwrap();
        assert_eq!(group(), None);
        // adversary A1: the same for the files that say where tokens go.
        std::fs::write(config_dir.join("clouds.config"), "[Lab]\n").unwrap();
        let unreadable = || AzFiles::read(&config_dir, &work).unreadable.len();
        assert_eq!(unreadable(), 0);
        std::fs::set_permissions(config_dir.join("clouds.config"), mode(0o666)).unwrap();
        assert_eq!(unreadable(), 1);
        std::fs::set_permissions(&config_dir, mode(0o777)).unwrap();
        assert_eq!(unreadable(), 2);
    }
}
