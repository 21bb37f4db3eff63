//! The configuration directory with which the real `az` (and `az-imageshare`) talks to the sandbox.

use std::fs;
use std::io;
use std::path::Path;

use crate::core::Endpoints;

/// The name of the sandbox's cloud in `clouds.config`.
pub const CLOUD: &str = "SandboxCloud";

/// Writes `config`, `clouds.config`, `ca.pem` and `versionCheck.json`.
pub(crate) fn write(dir: &Path, endpoints: &Endpoints, ca_pem: &str) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    fs::write(dir.join("config"), CONFIG)?;
    fs::write(dir.join("clouds.config"), clouds(endpoints))?;
    fs::write(dir.join("ca.pem"), ca_pem)?;
    // Without this file every first command of az asks the network for the latest version.
    fs::write(dir.join("versionCheck.json"), VERSION_CHECK)
}

fn clouds(endpoints: &Endpoints) -> String {
    let Endpoints { login, management, graph, .. } = endpoints;
    let lines = [
        ("profile", "latest".to_owned()),
        ("endpoint_resource_manager", management.clone()),
        ("endpoint_management", format!("{management}/")),
        ("endpoint_active_directory", login.clone()),
        ("endpoint_active_directory_resource_id", format!("{management}/")),
        ("endpoint_active_directory_graph_resource_id", format!("{graph}/")),
        ("endpoint_microsoft_graph_resource_id", format!("{graph}/")),
        ("endpoint_gallery", format!("{management}/")),
        ("endpoint_portal", management.clone()),
        ("endpoint_sql_management", format!("{management}/")),
        ("endpoint_vm_image_alias_doc", format!("{management}/aliases.json")),
        ("suffix_storage_endpoint", "core.sandbox.localhost".to_owned()),
        ("suffix_keyvault_dns", ".vault.sandbox.localhost".to_owned()),
    ];
    let body: String = lines.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    format!("[{CLOUD}]\n{body}\n")
}

const CONFIG: &str = "[cloud]
name = SandboxCloud

[core]
collect_telemetry = no
instance_discovery = false
survey_message = no
login_experience_v2 = off

[extension]
use_dynamic_install = no

[auto-upgrade]
enable = no

";

const VERSION_CHECK: &str = r#"{"versions": {"azure-cli": {"local": "2.91.0"}, "core": {"local": "2.91.0"}, "telemetry": {"local": "1.1.0"}}, "update_time": "2026-01-01 00:00:00.000000"}
"#;
