//! The files of the command's `az`: logged in by managed identity, with the person's settings.
//!
//! Source: `_profile.py` and `azclierror.py` of azure-cli-core 2.91.0: a subscription whose user is
//! `systemAssignedIdentity` makes `az` ask the endpoint of App Service for every token.

use std::path::Path;

use serde_json::{Value, json};

use super::about::LentSubscription;
use crate::error::{Error, Kind, Result};
use crate::id::TenantId;

/// Writes the files into a new folder.
pub(crate) fn write_profile(
    folder: &Path,
    real: &Path,
    cloud: &str,
    tenant: TenantId,
    subscription: Option<&LentSubscription>,
) -> Result<()> {
    let failed = |err: std::io::Error| {
        Error::new(Kind::Failure, format!("cannot write {}: {err}", folder.display()))
            .hint("Free some space there and run the command again.")
    };
    std::fs::create_dir(folder).map_err(failed)?;
    let profile = profile(cloud, tenant, subscription).to_string();
    std::fs::write(folder.join("azureProfile.json"), profile).map_err(failed)?;
    for name in ["config", "clouds.config"] {
        // Whoever has no settings of their own has nothing to copy.
        if let Ok(text) = std::fs::read_to_string(real.join(name)) {
            std::fs::write(folder.join(name), without_code(&text)).map_err(failed)?;
        }
    }
    Ok(())
}

fn profile(cloud: &str, tenant: TenantId, subscription: Option<&LentSubscription>) -> Value {
    let tenant = tenant.to_string();
    // As `az login --allow-no-subscriptions` writes a login without subscriptions.
    let (id, name) = match subscription {
        Some(known) => (known.id.clone(), known.name.clone()),
        None => (tenant.clone(), "N/A(tenant level account)".to_owned()),
    };
    json!({
        "installationId": uuid::Uuid::new_v4().to_string(),
        "subscriptions": [{
            "id": id,
            "name": name,
            "state": "Enabled",
            "isDefault": true,
            "tenantId": tenant,
            "homeTenantId": tenant,
            "environmentName": cloud,
            "managedByTenants": [],
            "user": {
                "name": "systemAssignedIdentity",
                "type": "servicePrincipal",
                "assignedIdentityInfo": "MSI",
            },
        }],
    })
}

/// The settings without what makes `az` load code from elsewhere, or sign in as another client.
fn without_code(text: &str) -> String {
    let mut section = String::new();
    let mut dropping = false;
    let mut kept = String::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix('[') {
            section = name.split(']').next().unwrap_or_default().trim().to_ascii_lowercase();
            dropping = section == "clients";
        } else if section != "clients" && !line.starts_with([' ', '\t']) {
            // An indented line goes on with the option above it.
            let option = trimmed.split(['=', ':']).next().unwrap_or_default().trim();
            dropping = section == "extension" && option.eq_ignore_ascii_case("index_url");
        }
        if !dropping {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_load_code_are_left_out_and_others_are_not() {
        let text = "[core]\noutput = table\n[extension]\nindex_url = https://evil.example/\n  more\n\
                    use_dynamic_install = no\n[clients]\nshow_secrets_warning = no\n[defaults]\ngroup = g\n";
        let kept = without_code(text);
        assert_eq!(
            kept,
            "[core]\noutput = table\n[extension]\nuse_dynamic_install = no\n[defaults]\ngroup = g\n"
        );
        assert_eq!(without_code("[ Extension ]\nINDEX_URL: x\n"), "[ Extension ]\n");
    }
}
