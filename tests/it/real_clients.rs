//! The sandbox against clients that were not made for it: MSAL for Python and the real `az`.

use std::process::Command;

use sandbox::world;
use serde_json::Value;

use crate::support::az::az;
use crate::support::lab::Lab;

const OFFER: &str = "Relecloud Managed Services";

/// Runs a real client with the laboratory's configuration; gives standard output.
#[track_caller]
fn client(lab: &Lab, mut command: Command) -> String {
    command.env_clear().envs(lab.variables()).env("PATH", "/usr/bin:/bin");
    let ran = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(ran.status.success(), "{command:?}: {}{}", text(&ran.stdout), text(&ran.stderr));
    text(&ran.stdout)
}

/// Signs az in as the application of both tenants.
pub(crate) fn log_in_as_bridge(lab: &Lab, tenant: &str) {
    let who = [
        "login",
        "--service-principal",
        "-u",
        world::MULTI_TENANT_CLIENT,
        "-p",
        world::MULTI_TENANT_SECRET,
        "--tenant",
        tenant,
    ];
    az_json(lab, &who);
}

/// What the real `az` prints, as JSON.
#[track_caller]
pub(crate) fn az_json(lab: &Lab, args: &[&str]) -> Value {
    let mut command = Command::new(az());
    command.args(args).args(["-o", "json"]);
    let stdout = client(lab, command);
    if stdout.trim().is_empty() { Value::Null } else { serde_json::from_str(&stdout).unwrap() }
}

/// A laboratory in which the real `az` is signed in as the deployer.
pub(crate) fn logged_in() -> Lab {
    let lab = Lab::publisher();
    log_in_deployer(&lab, world::PUBLISHER_SUBSCRIPTION);
    lab
}

/// Signs the real `az` in as the deployer, and lets it use this subscription.
pub(crate) fn log_in_deployer(lab: &Lab, subscription: &str) {
    let who = [
        "login",
        "--service-principal",
        "-u",
        world::DEPLOYER_CLIENT,
        "-p",
        world::DEPLOYER_SECRET,
    ];
    az_json(lab, &[&who[..], &["--tenant", world::PUBLISHER_TENANT]].concat());
    az_json(lab, &["account", "set", "-s", subscription]);
}

/// The official sample as it is, with its placeholders filled in.
fn sample_parameters(lab: &Lab, sample: &str) -> String {
    let text = sample
        .replace("<insert managing tenant id>", world::CONSUMER_TENANT)
        .replace("00000000-0000-0000-0000-000000000000", world::CONSUMER_GROUP)
        .replace("\"test\"", &format!("\"{}\"", world::IMAGES_GROUP))
        // The sample delegates a role that Azure refuses since June 2025 (samples issue 137).
        .replace("92aaf0da-9dab-42b6-94a3-d43ce8d16293", "acdd72a7-3385-48ef-bd42-f606fba81ae7");
    lab.file("rg.parameters.json", &text)
}

#[test]
fn msal_for_python_signs_in() {
    let lab = Lab::publisher();
    let mut command = Command::new(az().with_file_name("python3"));
    command.arg("-c").arg(include_str!("data/msal_sign_in.py")).args([
        &format!("{}/{}", lab.azure.login_url(), world::PUBLISHER_TENANT),
        world::DEPLOYER_CLIENT,
        world::DEPLOYER_SECRET,
        &format!("{}//.default", lab.azure.arm_url()),
    ]);
    let claims: Value = serde_json::from_str(&client(&lab, command)).unwrap();
    assert_eq!(claims["tid"], world::PUBLISHER_TENANT);
    assert_eq!(claims["oid"], world::DEPLOYER_OBJECT);
}

#[test]
fn az_lists_and_deletes_what_we_created() {
    let lab = logged_in();
    let fixed = [
        "delegation",
        "create",
        "-n",
        "Contoso images",
        "--consumer-tenant",
        world::CONSUMER_TENANT,
    ];
    let rest = ["-g", world::IMAGES_GROUP, "--principal-id", world::CONSUMER_GROUP];
    let ours = lab.publish(&[&fixed[..], &rest[..]].concat()).json();
    // Without -g: az 2.91 itself fails with a TypeError on `assignment list -g`.
    let listed = az_json(&lab, &["managedservices", "assignment", "list"]);
    assert_eq!(listed[0]["id"], ours["assignments"][0]["id"]);
    let definitions = az_json(&lab, &["managedservices", "definition", "list"]);
    assert_eq!(definitions[0]["id"], ours["definitionId"]);
    let assignment = listed[0]["id"].as_str().unwrap();
    az_json(
        &lab,
        &["managedservices", "assignment", "delete", "--yes", "--assignment", assignment],
    );
    lab.publish(&["delegation", "delete", "-n", "Contoso images", "--yes"]);
    assert_eq!(az_json(&lab, &["managedservices", "definition", "list"]), serde_json::json!([]));
}

#[test]
fn what_az_deploys_from_the_official_sample_is_ours_to_list_verify_and_delete() {
    let lab = logged_in().with_consumer();
    let template = lab.file("rg.json", include_str!("data/lighthouse-samples/rg.json"));
    let parameters =
        sample_parameters(&lab, include_str!("data/lighthouse-samples/rg.parameters.json"));
    let files = ["--template-file", template.as_str(), "--parameters", parameters.as_str()];
    let fixed = ["deployment", "sub", "create", "-n", "sample", "-l", "westeurope"];
    let deployed = az_json(&lab, &[&fixed[..], &files[..]].concat());
    assert_eq!(deployed["properties"]["provisioningState"], "Succeeded");
    let listed = lab.publish(&["delegation", "list", "--direction", "given"]).json();
    assert_eq!(listed[0]["name"], OFFER);
    let proof =
        lab.publish(&["delegation", "verify", "-n", OFFER, "--as", "consumer", "--timeout", "60s"]);
    assert_eq!(proof.json()["ok"], true);
    assert_eq!(lab.publish(&["delegation", "delete", "-n", OFFER, "--yes"]).code, 0);
    assert_eq!(lab.azure.state(|state| (state.definitions.len(), state.assignments.len())), (0, 0));
}

#[test]
fn our_templates_deploy_by_az_as_they_stand() {
    let lab = logged_in();
    let folder = lab.home.path().join("templates");
    let printed = lab.run(&[
        "delegation",
        "template",
        "--scope",
        "resource-group",
        "--output-dir",
        folder.to_str().unwrap(),
    ]);
    assert_eq!(printed.code, 0, "{printed:?}");
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (parameters, template): (Vec<_>, Vec<_>) =
        files.iter().partition(|path| path.to_string_lossy().contains("parameters"));
    let values = serde_json::json!({
        "mspOfferName": {"value": "By az"},
        "mspOfferDescription": {"value": "x"},
        "managedByTenantId": {"value": world::CONSUMER_TENANT},
        "authorizations": {"value": [{"principalId": world::CONSUMER_GROUP,
            "roleDefinitionId": "acdd72a7-3385-48ef-bd42-f606fba81ae7"}]},
        "resourceGroups": {"value": [{"rgName": world::IMAGES_GROUP}]},
    });
    let mut file: Value =
        serde_json::from_str(&std::fs::read_to_string(parameters[0]).unwrap()).unwrap();
    file["parameters"] = values;
    let filled = lab.file("filled.parameters.json", &file.to_string());
    let fixed = ["deployment", "sub", "create", "-n", "ours", "-l", "westeurope"];
    let files = ["--template-file", template[0].to_str().unwrap(), "--parameters", &filled];
    az_json(&lab, &[&fixed[..], &files[..]].concat());
    let again = lab.publish(&["delegation", "create", "--parameters", &filled]).json();
    assert_eq!(
        again["change"], "keep",
        "the program derives the same ids as the template: {again}"
    );
}
