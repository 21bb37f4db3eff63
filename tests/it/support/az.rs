//! The real Azure CLI, for tests that compare with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::tools_folder;

/// Names an `az` to use in place of the one that `make tools` installs.
const OTHER_AZ: &str = "AZ_IMAGESHARE_TEST_AZ";

/// Keeps `az` from asking the network which version is the latest. Read in
/// `azure-cli-core/azure/cli/core/util.py`, `_update_latest_from_pypi` and its callers.
const VERSIONS: &str = r#"{"versions": {"azure-cli": {"local": "2.91.0"}, "core": {"local": "2.91.0"}, "telemetry": {"local": "1.1.0"}}}"#;

/// The path of the real `az`.
pub(crate) fn az() -> PathBuf {
    let path = std::env::var_os(OTHER_AZ)
        .map_or_else(|| tools_folder().join("azvenv/bin/az"), PathBuf::from);
    assert!(
        path.is_file(),
        "there is no az at {}: run `make tools`, or set {OTHER_AZ} to an az of your own",
        path.display()
    );
    path
}

/// Names the Python of an `azure-cli-core` 2.60 to use in place of the one that `make tools` installs.
const OTHER_OLDEST: &str = "AZ_IMAGESHARE_TEST_AZ_OLDEST";

/// A Python with the oldest `azure-cli-core` that the extension supports, and nothing more of `az`.
#[cfg(target_os = "linux")]
pub(crate) fn oldest_python() -> PathBuf {
    let path = std::env::var_os(OTHER_OLDEST)
        .map_or_else(|| tools_folder().join("azoldest/bin/python3"), PathBuf::from);
    assert!(
        path.is_file(),
        "there is no azure-cli-core 2.60 at {}: run `make tools`, or set {OTHER_OLDEST} to its python3",
        path.display()
    );
    path
}

/// `az` with its files in `config_dir`, and nothing that reaches out of the machine by itself.
pub(crate) fn az_command(config_dir: &Path) -> Command {
    let versions = config_dir.join("versionCheck.json");
    if !versions.exists() {
        fs::write(versions, VERSIONS).unwrap();
    }
    let mut command = Command::new(az());
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", config_dir)
        .env("AZURE_CONFIG_DIR", config_dir)
        .env("AZURE_CORE_COLLECT_TELEMETRY", "no")
        .env("AZURE_CORE_SURVEY_MESSAGE", "no")
        .env("AZURE_AUTO_UPGRADE_ENABLE", "no")
        .env("AZURE_EXTENSION_USE_DYNAMIC_INSTALL", "no");
    command
}

#[test]
fn the_real_az_answers() {
    let home = tempfile::tempdir().unwrap();
    let answer = az_command(home.path()).args(["version", "--output", "json"]).output().unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let version: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert!(version["azure-cli"].is_string(), "{version}");
}
