//! `fleet export`: each language read by a parser that we did not write; what ARM makes, `fleet plan` keeps.

use serde_json::{Value, json};

use crate::delegation_export::{check_resources, parsed};
use crate::fleet_apply::{apply, peopled};
use crate::support::fleets::{MANIFEST, count};
use crate::support::lab::Lab;

fn export(lab: &Lab, form: &str, more: &[&str]) -> std::path::PathBuf {
    let folder = lab.home.path().join(form);
    let args = ["--to", form, "--output-dir", folder.to_str().unwrap()];
    lab.fleet("export", MANIFEST, &[&args[..], more].concat()).json();
    folder
}

#[test]
fn what_arm_makes_the_plan_keeps() {
    let lab = peopled(6);
    let folder = export(&lab, "arm", &[]);
    let template: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("delegations.json")).unwrap())
            .unwrap();
    let token = lab.run(&["token", "get", "--query", "accessToken", "-o", "tsv"]).stdout;
    let mut deployed = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some(subscription) = name.strip_suffix(".parameters.json") else {
            continue;
        };
        let parameters: Value =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let url = format!(
            "/subscriptions/{subscription}/providers/Microsoft.Resources/deployments/export?api-version=2025-04-01"
        );
        let body = json!({"location": "westeurope", "properties": {"mode": "Incremental",
            "template": template, "parameters": parameters["parameters"]}});
        let (status, answer) = lab.azure.put(token.trim(), &url, &body);
        assert_eq!(status, 201, "{answer}");
        deployed.push(subscription.to_owned());
    }
    assert_eq!(deployed.len(), 6);
    for subscription in deployed {
        let args = ["delegation", "wait", "-n", "Contoso images for fabrikam"];
        let more = ["--deployment-name", "export", "--subscription", &subscription];
        lab.run(&[&args[..], &more].concat()).json();
    }
    let (rows, _) = lab.planned(MANIFEST, &[]);
    assert_eq!((rows.len(), count(&rows, "keep")), (12, 12), "{rows:#?}");
}

#[test]
fn terraform_fits_the_schema_and_imports_what_stands_and_only_that() {
    let lab = peopled(4);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    let folder = export(&lab, "terraform", &["--with-import"]);
    let read = parsed(&folder, "hcl", ".tf");
    check_resources(&read);
    let all = |read: &Value, list: &str| -> Vec<Value> {
        read["locals"][0][list].as_object().unwrap().values().cloned().collect()
    };
    let wanted = all(&read, "definitions");
    assert_eq!(wanted.len(), 8);
    assert!(wanted.iter().all(|found| found["exists"] == false), "{wanted:?}");
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
    let folder = export(&lab, "azapi", &["--with-import"]);
    let read = parsed(&folder, "hcl", ".tf");
    check_resources(&read);
    let ids: Vec<String> = lab
        .azure
        .state(|state| state.definitions.keys().chain(state.assignments.keys()).cloned().collect());
    let named = [all(&read, "definitions"), all(&read, "assignments")].concat();
    assert_eq!(named.len(), 16);
    for found in &named {
        assert_eq!(found["exists"], true);
        assert!(ids.contains(&found["id"].as_str().unwrap().to_lowercase()), "{found}");
    }
    assert_eq!(read["import"].as_array().unwrap().len(), 2);
}

#[test]
fn bicep_parses_and_reaches_every_subscription() {
    let lab = peopled(5);
    let folder = export(&lab, "bicep", &[]);
    assert_eq!(parsed(&folder, "bicep", ".bicep").as_object().unwrap().len(), 3);
    let data: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("delegations.json")).unwrap())
            .unwrap();
    assert_eq!(data.as_array().unwrap().len(), 5);
    assert_eq!(data[0]["definitions"].as_array().unwrap().len(), 2);
}
