//! `exec` with Terraform: its backend asks our `az`, for the version, the account and the token, and shows our hint
//! when it is refused. Where there is no Terraform, the calls that were recorded of it are replayed.

use std::io::Write;
use std::path::PathBuf;

use sandbox::world;
use serde_json::Value;

use crate::exec_clients::printed;
use crate::support::errand::{BOTH, Errand, claims, of_both_tenants};

/// What Terraform 1.11.4 and the providers ask of `az`, as go-azure-sdk spells it.
const CALLS: [&[&str]; 4] = [
    &["version", "-o=json"],
    &["account", "show", "-o=json"],
    &["account", "show", "--output", "json"],
    &["account", "get-access-token", "-o=json", "--scope", "https://vault.azure.net/.default"],
];

/// The `az` of a run.
fn az(errand: &Errand, args: &[&str]) -> Value {
    let mut command = errand.borrower("az");
    command.args(args);
    serde_json::from_str(&printed(command)).unwrap()
}

#[test]
fn the_calls_of_terraform_and_its_providers_are_answered() {
    let lab = of_both_tenants();
    let errand = Errand::start(
        &lab,
        &[&BOTH[..], &["--subscription", world::PUBLISHER_SUBSCRIPTION]].concat(),
    );
    let [version, account, _, token] = CALLS.map(|args| az(&errand, args));
    assert!(version["azure-cli"].as_str().unwrap().starts_with("2."), "{version}");
    assert_eq!(account["id"], world::PUBLISHER_SUBSCRIPTION);
    assert_eq!(account["tenantId"], world::PUBLISHER_TENANT);
    assert_eq!(account["isDefault"], true);
    assert!(account["user"]["name"].is_string(), "{account}");
    assert_eq!(token["tokenType"], "Bearer");
    assert!(token["expires_on"].is_number() && token["expiresOn"].is_string(), "{token}");
    // `auxiliary_tenant_ids`: once for each tenant.
    for tenant in [world::PUBLISHER_TENANT, world::CONSUMER_TENANT] {
        let scope = ["--scope", "https://vault.azure.net/.default", "--tenant", tenant];
        let token =
            az(&errand, &[&["account", "get-access-token", "-o=json"], &scope[..]].concat());
        assert_eq!(claims(token["accessToken"].as_str().unwrap())["tid"], tenant);
        assert_eq!(token["tenant"], tenant);
    }
}

#[test]
fn our_az_prints_what_the_real_one_would_of_its_formats_and_queries() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    let say = |args: &[&str]| {
        let mut command = errand.borrower("az");
        command.args(args);
        printed(command)
    };
    let query = ["account", "show", "--query", "tenantId", "-o", "tsv"];
    assert_eq!(say(&query), world::PUBLISHER_TENANT);
    assert_eq!(say(&["account", "list", "--query", "length(@)"]), "1");
    let own = say(&["version", "--query", "\"azure-cli\"", "-o", "tsv"]);
    let real =
        crate::support::az::az_command(lab.home.path()).args(["version", "-o", "json"]).output();
    let real: Value = serde_json::from_slice(&real.unwrap().stdout).unwrap();
    assert_eq!(real["azure-cli"], own, "the version is that of the az that is installed");
}

fn terraform() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("terraform")).find(|path| path.is_file())
}

/// Terraform's backend in Azure storage, which signs in before it asks for the state.
fn backend(tenant: &str) -> String {
    format!(
        "terraform {{\n  backend \"azurerm\" {{\n    storage_account_name = \"images\"\n    container_name = \"state\"\n    \
         key = \"k\"\n    use_azuread_auth = true\n    use_cli = true\n    tenant_id = \"{tenant}\"\n    subscription_id = \"{}\"\n  }}\n}}\n",
        world::PUBLISHER_SUBSCRIPTION
    )
}

/// What `terraform init` says with this backend, and its trace.
fn init(errand: &Errand, terraform: &PathBuf, tenant: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), backend(tenant)).unwrap();
    let mut command = errand.borrower(terraform);
    command.args(["init", "-input=false", "-no-color"]).current_dir(folder.path());
    // The storage account is nowhere: only the sign-in is looked at, and nothing leaves the machine.
    command.env("TF_LOG", "TRACE").env("TF_LOG_PATH", folder.path().join("trace"));
    command.env("CHECKPOINT_DISABLE", "1").env("HTTPS_PROXY", "http://127.0.0.1:9");
    let ran = command.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    let trace = std::fs::read_to_string(folder.path().join("trace")).unwrap_or_default();
    (said.into_owned(), trace)
}

#[test]
fn terraform_signs_in_by_our_az_and_shows_our_hint() {
    let lab = of_both_tenants();
    let log = lab.home.path().join("exec.log");
    let args = ["--subscription", world::PUBLISHER_SUBSCRIPTION, "--log", log.to_str().unwrap()];
    let errand = Errand::start(&lab, &args);
    let Some(terraform) = terraform() else {
        // Nothing installs Terraform for us: its calls are replayed by the test above, and this says so.
        assert_eq!(CALLS.len(), 4);
        let said = "terraform is not on PATH: only its recorded calls were replayed";
        writeln!(std::io::stderr(), "{said}").unwrap();
        return;
    };
    let (said, trace) = init(&errand, &terraform, world::PUBLISHER_TENANT);
    let asked = std::fs::read_to_string(&log).unwrap();
    assert!(asked.contains("storage.azure.com") && asked.contains("\"lent\""), "{asked} {said}");
    assert!(trace.contains("get-access-token"), "{trace}");
    for secret in [errand.secret(), "eyJ0"] {
        assert!(!trace.contains(secret) && !said.contains(secret));
    }
    let (said, _) = init(&errand, &terraform, world::THIRD_TENANT);
    let words: String =
        said.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    assert!(
        words.contains(&format!("az-imageshare exec --tenant {}", world::THIRD_TENANT)),
        "{said}"
    );
}
