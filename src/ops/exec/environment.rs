//! The environment of the command: what it is given, what is taken away because it would win, and what stays.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::about::LentSubscription;
use crate::id::TenantId;

/// What a command's environment is made of.
pub(crate) struct Surrounding<'a> {
    pub port: u16,
    pub secret: &'a str,
    pub tenant: TenantId,
    pub subscription: Option<&'a LentSubscription>,
    /// The cloud's name, and its authority where it is not the public one's.
    pub cloud: &'a str,
    pub authority: Option<&'a str>,
    /// The name of the credential that is lent, and what people call it otherwise.
    pub credential: Option<&'a str>,
    /// It signs in by a token of the job, which the command does not get.
    pub is_of_job: bool,
    pub title: &'a str,
    /// This program's own folder.
    pub home: PathBuf,
    /// Folders for the shims and the files of `az`; none if the command's `az` is left alone.
    pub az: Option<AzFolders>,
}

/// Where the command's `az` finds its things.
pub(crate) struct AzFolders {
    pub programs: PathBuf,
    pub config: PathBuf,
    pub extensions: PathBuf,
}

/// An environment, and what was taken out of it.
pub(crate) struct ChildEnvironment {
    pub variables: BTreeMap<OsString, OsString>,
    /// The names of variables that held something, and would have won over what is lent.
    pub removed: Vec<String>,
}

/// Makes the environment of the command out of this program's own.
pub(crate) fn child_environment(
    parent: &BTreeMap<OsString, OsString>,
    run: &Surrounding<'_>,
) -> ChildEnvironment {
    let mut variables = parent.clone();
    let mut removed = Vec::new();
    let kept = run.subscription.map(|known| OsString::from(&known.id));
    variables.retain(|name, value| {
        let wins = name.to_str().is_some_and(|name| {
            is_stronger(name)
                // One of another tenant would send tools where these tokens are worth nothing.
                || (name == "AZURE_SUBSCRIPTION_ID" && Some(&*value) != kept.as_ref())
                || (name == "AZ_IMAGESHARE_CREDENTIAL" && run.is_of_job)
        });
        if wins && !value.is_empty() {
            removed.push(name.to_string_lossy().into_owned());
        }
        !wins
    });
    let mut set = |name: &str, value: &OsStr| {
        variables.insert(name.into(), value.to_owned());
    };
    for (name, value) in texts(run) {
        set(name, OsStr::new(&value));
    }
    set("AZ_IMAGESHARE_HOME", run.home.as_os_str());
    if let Some(az) = &run.az {
        set("AZURE_CONFIG_DIR", az.config.as_os_str());
        set("AZURE_EXTENSION_DIR", az.extensions.as_os_str());
    }
    for &name in NO_PROXY {
        let old = variables.get(OsStr::new(name)).cloned();
        variables.insert(name.into(), without_proxy(old));
    }
    if let Some(az) = &run.az {
        let path = variables.get(OsStr::new("PATH")).cloned().unwrap_or_default();
        let folders = std::iter::once(az.programs.clone()).chain(std::env::split_paths(&path));
        // Our own folder holds no separator; the others came out of a path, and go into one again.
        if let Ok(path) = std::env::join_paths(folders) {
            variables.insert("PATH".into(), path);
        }
    }
    ChildEnvironment { variables, removed }
}

/// What is set to a plain text.
fn texts(run: &Surrounding<'_>) -> Vec<(&'static str, String)> {
    let base = format!("http://127.0.0.1:{}", run.port);
    let tenant = run.tenant.to_string();
    let mut texts = vec![
        ("IDENTITY_ENDPOINT", format!("{base}/{tenant}")),
        ("IDENTITY_HEADER", run.secret.to_owned()),
        ("AZD_AUTH_ENDPOINT", base.clone()),
        ("AZD_AUTH_KEY", run.secret.to_owned()),
        ("AZ_IMAGESHARE_EXEC_URL", format!("{base}/")),
        ("AZ_IMAGESHARE_EXEC", run.credential.unwrap_or(run.title).to_owned()),
        ("AZURE_TENANT_ID", tenant.clone()),
        ("AZURE_CLOUD_NAME", run.cloud.to_owned()),
        // Pins `DefaultAzureCredential`, which would look for the metadata service of a virtual machine
        // first. Source: https://aka.ms/azsdk/net/identity/credential-chains
        ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential".to_owned()),
        ("AZCOPY_AUTO_LOGIN_TYPE", "MSI".to_owned()),
        ("ANSIBLE_AZURE_AUTH_SOURCE", "msi".to_owned()),
        ("ARM_USE_CLI", "true".to_owned()),
        ("ARM_TENANT_ID", tenant),
    ];
    if let Some(subscription) = run.subscription {
        texts.push(("ARM_SUBSCRIPTION_ID", subscription.id.clone()));
    }
    if let Some(credential) = run.credential.filter(|_| !run.is_of_job) {
        texts.push(("AZ_IMAGESHARE_CREDENTIAL", credential.to_owned()));
    }
    if let Some(authority) = run.authority {
        texts.push(("AZURE_AUTHORITY_HOST", authority.to_owned()));
    }
    if let Some(environment) = terraform_name(run.cloud) {
        texts.push(("ARM_ENVIRONMENT", environment.to_owned()));
    }
    texts
}

/// The clouds by the names of Terraform's providers.
fn terraform_name(cloud: &str) -> Option<&'static str> {
    match cloud {
        "AzureCloud" => Some("public"),
        "AzureChinaCloud" => Some("china"),
        "AzureUSGovernment" => Some("usgovernment"),
        _ => None,
    }
}

/// Python, JavaScript and Rust would send the secret and the token through a proxy in plain HTTP.
fn without_proxy(old: Option<OsString>) -> OsString {
    match old {
        Some(old) if !old.is_empty() => {
            let mut both = old;
            both.push(",");
            both.push(LOOPBACK);
            both
        }
        _ => LOOPBACK.into(),
    }
}

/// True if a variable would win over what is lent, or would make a client speak another protocol.
fn is_stronger(name: &str) -> bool {
    REMOVED.contains(&name) || REMOVED_BEGINNINGS.iter().any(|start| name.starts_with(start))
}

/// Both spellings; Windows does not distinguish them.
const NO_PROXY: &[&str] = if cfg!(windows) { &["NO_PROXY"] } else { &["NO_PROXY", "no_proxy"] };
const LOOPBACK: &str = "127.0.0.1,localhost";

/// What selects another sign-in in an SDK, Terraform, azcopy or Ansible. `ARM_AUXILIARY_TENANT_IDS` is neither
/// set nor removed: Terraform and Pulumi read it in different forms.
///
/// The tokens of a job open no resource by themselves: they sign in as every application that trusts the job.
const REMOVED: [&str; 26] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "SYSTEM_ACCESSTOKEN",
    "ARM_MSI_API_VERSION",
    "ARM_MSI_ENDPOINT",
    "ARM_SUBSCRIPTION_ID",
    "ARM_USE_AKS_WORKLOAD_IDENTITY",
    "ARM_USE_MSI",
    "ARM_USE_OIDC",
    "AZD_AUTH_CERT",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
    "AZURE_CREDENTIALS",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_PASSWORD",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURE_AUTHORITY_HOST",
    "AZURE_SECRET",
    "AZURE_TENANT",
    "AZURE_USERNAME",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "AZURE_KUBERNETES_TOKEN_PROXY",
    "ARM_ENVIRONMENT",
];
const REMOVED_BEGINNINGS: [&str; 4] =
    ["ARM_CLIENT_", "ARM_OIDC_", "AZCOPY_SPA_", "AZURE_CLIENT_CERTIFICATE_"];

#[cfg(test)]
mod tests {
    use super::*;

    fn made(parent: &[(&str, &str)]) -> (BTreeMap<String, String>, Vec<String>) {
        let parent = parent.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let run = Surrounding {
            port: 4711,
            secret: "s3cret",
            tenant: "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002".parse().unwrap(),
            subscription: None,
            cloud: "AzureCloud",
            authority: None,
            credential: Some("consumer"),
            is_of_job: false,
            title: "credential 'consumer'",
            home: "/home/me/.azure/imageshare".into(),
            az: Some(AzFolders {
                programs: "/run/x/bin".into(),
                config: "/run/x/azure".into(),
                extensions: "/home/me/.azure/cliextensions".into(),
            }),
        };
        let made = child_environment(&parent, &run);
        let text = |text: OsString| text.into_string().unwrap();
        (
            made.variables.into_iter().map(|(name, value)| (text(name), text(value))).collect(),
            made.removed,
        )
    }

    #[test]
    fn loopback_is_asked_without_a_proxy_whatever_was_said_before() {
        let (made, _) = made(&[("NO_PROXY", "corp.example"), ("HTTP_PROXY", "http://p:1")]);
        assert_eq!(made["NO_PROXY"], "corp.example,127.0.0.1,localhost");
        // Windows takes both spellings for one variable.
        if !cfg!(windows) {
            assert_eq!(made["no_proxy"], "127.0.0.1,localhost");
        }
        assert_eq!(made["HTTP_PROXY"], "http://p:1");
    }

    #[test]
    fn what_would_win_is_gone_and_named_and_the_rest_is_left() {
        let all = REMOVED.iter().chain(&["ARM_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"]);
        let parent: Vec<(&str, &str)> =
            all.map(|name| (*name, "junk")).chain([("LANG", "C"), ("MSI_SECRET", "")]).collect();
        let (made, removed) = made(&parent);
        assert!(!made.values().any(|value| value == "junk"), "{made:?}");
        assert_eq!(made["LANG"], "C");
        assert!(removed.contains(&"AZURE_CLIENT_ID".to_owned()));
        assert!(!removed.contains(&"MSI_SECRET".to_owned()), "it held nothing");
    }

    #[test]
    fn sdks_and_terraform_are_led_to_the_run() {
        let (made, _) = made(&[("PATH", "/usr/bin:/bin"), ("AZURE_CONFIG_DIR", "/x")]);
        for (name, value) in [
            ("IDENTITY_ENDPOINT", "http://127.0.0.1:4711/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002"),
            ("IDENTITY_HEADER", "s3cret"),
            ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential"),
            ("AZ_IMAGESHARE_EXEC", "consumer"),
            ("AZ_IMAGESHARE_HOME", "/home/me/.azure/imageshare"),
            ("AZURE_CONFIG_DIR", "/run/x/azure"),
            ("ARM_ENVIRONMENT", "public"),
        ] {
            assert_eq!(made.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert!(made["PATH"].starts_with("/run/x/bin"), "{}", made["PATH"]);
    }
}
