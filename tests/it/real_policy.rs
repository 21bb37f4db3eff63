//! The real `az` takes the exported policies, templates and stack commands as they stand.

use sandbox::fleet_subscription;
use serde_json::Value;

use crate::fleet_apply::peopled;
use crate::fleet_policy::manifest;
use crate::real_clients::{az_json, log_in_deployer};
use crate::support::lab::Lab;

/// The real `az` before a fleet, signed in as the deployer.
fn logged_in(count: usize) -> Lab {
    let lab = peopled(count);
    log_in_deployer(&lab, &fleet_subscription(1));
    lab
}

/// Exports the manifest; gives the folder and the names of the files.
#[track_caller]
fn exported(lab: &Lab, form: &str, manifest: &str) -> (String, Vec<String>) {
    let folder = lab.home.path().join(form).to_str().unwrap().to_owned();
    let ran = lab.fleet("export", manifest, &["--to", form, "--output-dir", &folder]).json();
    let files = ran["files"].as_array().unwrap();
    (folder, files.iter().map(|file| file["name"].as_str().unwrap().to_owned()).collect())
}

/// Runs the commands of a README whose first words are these, in the folder of its files.
#[track_caller]
fn run_of_readme(lab: &Lab, folder: &str, first: &str, id: &str) -> Value {
    let text = std::fs::read_to_string(format!("{folder}/README.md")).unwrap();
    let joined = text.replace("\\\n", " ").replace("=ID ", &format!("={id} "));
    let line = joined.lines().find(|line| line.starts_with(first));
    let line = line.unwrap_or_else(|| panic!("no {first} in {text}"));
    let words: Vec<String> = line
        .split_whitespace()
        .skip(1)
        .map(|word| match word {
            "ID" => id.to_owned(),
            "@ID.parameters.json" => format!("@{folder}/{id}.parameters.json"),
            file if file.ends_with(".json") => format!("{folder}/{file}"),
            word => word.to_owned(),
        })
        .collect();
    az_json(lab, &words.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn az_deploys_the_exported_policy_and_a_plan_keeps_it() {
    let lab = logged_in(3);
    let (folder, files) = exported(&lab, "policy", &manifest("both"));
    assert_eq!(files.len(), 5, "{files:?}");
    let made = run_of_readme(&lab, &folder, "az deployment mg create", "");
    assert_eq!(made["properties"]["provisioningState"], "Succeeded", "{made}");
    let rows = lab.fleet("plan", &manifest("both"), &[]).json();
    for word in ["definition/", "assignment/", "role/", "enforcement/"] {
        let row = rows
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["key"].as_str().unwrap().starts_with(word));
        assert_eq!(row.unwrap()["do"], "keep", "{rows:#}");
    }
}

#[test]
fn az_creates_the_exported_definition_assignment_and_remediation() {
    let lab = logged_in(3);
    let (folder, _) = exported(&lab, "policy", &manifest("policy"));
    let made = run_of_readme(&lab, &folder, "az policy definition create", "");
    assert_eq!(made["policyType"], "Custom", "{made}");
    let text = std::fs::read_to_string(format!("{folder}/README.md")).unwrap();
    assert!(text.contains("--mi-system-assigned") && text.contains("az policy remediation create"));
    let made = run_of_readme(&lab, &folder, "az policy assignment create", "");
    assert_eq!(made["identity"]["type"], "SystemAssigned", "{made}");
    lab.azure.advance(15 * 60);
    let made = run_of_readme(&lab, &folder, "az policy remediation create", "");
    assert_eq!(made["deploymentStatus"]["totalDeployments"], 3, "{made}");
    lab.azure.advance(60);
    assert_eq!(lab.azure.state(|state| state.definitions.len()), 3);
    let rows = lab.fleet("plan", &manifest("direct"), &[]).json();
    let keeps = rows.as_array().unwrap().iter().filter(|row| row["do"] == "keep");
    assert_eq!(keeps.count(), 3, "{rows:#}");
}

#[test]
fn az_makes_a_stack_of_the_exported_template_and_a_plan_keeps_it() {
    let lab = logged_in(2);
    let (folder, files) = exported(&lab, "arm", &manifest("direct"));
    assert!(files.contains(&"README.md".to_owned()), "{files:?}");
    let stack = run_of_readme(&lab, &folder, "az stack sub create", &fleet_subscription(1));
    assert_eq!(stack["provisioningState"], "succeeded", "{stack}");
    run_of_readme(&lab, &folder, "az deployment sub create", &fleet_subscription(2));
    let rows = lab.fleet("plan", &manifest("direct"), &[]).json();
    assert!(rows.as_array().unwrap().iter().all(|row| row["do"] == "keep"), "{rows:#}");
}
