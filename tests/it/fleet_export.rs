//! `fleet export`: each language read by a parser that we did not write; what ARM makes, `fleet plan` keeps.

use sandbox::ProvisioningState;
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

/// What a configuration says, sent as the tool that reads it would.
#[test]
fn what_azapi_and_bicep_say_the_plan_keeps() {
    for form in ["azapi", "bicep"] {
        let lab = peopled(3);
        let folder = export(&lab, form, &[]);
        let told = if form == "azapi" { told_by_azapi(&folder) } else { told_by_bicep(&folder) };
        assert_eq!(told.len(), 12, "{told:#?}");
        let token = lab.run(&["token", "get", "--query", "accessToken", "-o", "tsv"]).stdout;
        for (id, properties) in told {
            let url = format!("{id}?api-version=2022-10-01");
            let sent = json!({"properties": properties});
            let (status, answer) = lab.azure.put(token.trim(), &url, &sent);
            assert!([200, 201].contains(&status), "{id}: {answer}");
        }
        // The job of each acceptance ends, as the tool waits for.
        lab.azure.state(|state| {
            state.assignments.values_mut().for_each(|one| one.state = ProvisioningState::Succeeded);
        });
        let (rows, _) = lab.planned(MANIFEST, &[]);
        assert_eq!((rows.len(), count(&rows, "keep")), (6, 6), "{form}: {rows:#?}");
    }
}

const KIND: &str = "providers/Microsoft.ManagedServices";

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Definitions and then assignments, by their ids.
fn told_by_azapi(folder: &std::path::Path) -> Vec<(String, Value)> {
    let read = parsed(folder, "hcl", ".tf");
    let locals = &read["locals"][0];
    let definitions = locals["definitions"].as_object().unwrap();
    let made =
        definitions.values().map(|one| (text(&one["id"]).to_owned(), one["properties"].clone()));
    let accepted = locals["assignments"].as_object().unwrap().values().map(|one| {
        let definition = &definitions[text(&one["definition"])]["id"];
        let id = format!(
            "{}/{KIND}/registrationAssignments/{}",
            text(&one["scope"]),
            text(&one["guid"])
        );
        (id, json!({"registrationDefinitionId": definition}))
    });
    made.chain(accepted).collect()
}

fn told_by_bicep(folder: &std::path::Path) -> Vec<(String, Value)> {
    let text_of = std::fs::read_to_string(folder.join("delegations.json")).unwrap();
    let all: Vec<Value> = serde_json::from_str(&text_of).unwrap();
    let (mut made, mut accepted) = (Vec::new(), Vec::new());
    for one in &all {
        let subscription = format!("/subscriptions/{}", text(&one["subscriptionId"]));
        let definition =
            |guid: &Value| format!("{subscription}/{KIND}/registrationDefinitions/{}", text(guid));
        for found in one["definitions"].as_array().unwrap() {
            made.push((definition(&found["name"]), found["properties"].clone()));
        }
        for found in one["groupAssignments"].as_array().unwrap() {
            let scope = format!("{subscription}/resourceGroups/{}", text(&found["resourceGroup"]));
            let id = format!("{scope}/{KIND}/registrationAssignments/{}", text(&found["name"]));
            accepted
                .push((id, json!({"registrationDefinitionId": definition(&found["definition"])})));
        }
    }
    made.into_iter().chain(accepted).collect()
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
