//! `delegation export`: each language read by a parser that we did not write, or deployed into the sandbox.

use std::process::Command;

use sandbox::world;
use serde_json::{Map, Value, json};

use crate::support::lab::Lab;
use crate::support::offers::{IMAGES, Standing, TERMS, stand};
use crate::support::source::root;
use crate::support::tools_folder;

/// A name that every language would take for something of its own.
const NAME: &str =
    r#"Contoso's "images" ${file("/etc/passwd")} $${x} %{if} \n 'é' @{y} [concat('z')]"#;
const DESCRIPTION: &str = "line 1\nline 2\t${path.root} \u{2028} */ ''' ]";

/// A delegation whose every text is hostile, with an eligible right and an approver.
fn hostile() -> Lab {
    let lab = Lab::publisher();
    let create = ["delegation", "create", "-n", NAME, "--description", DESCRIPTION];
    let group = world::CONSUMER_GROUP;
    let eligible = format!("principal={group}");
    let approver = format!("approver={}", world::CONSUMER_USER);
    let more = [
        "--principal-name",
        "users ${1 + 1}",
        "--eligible-authorization",
        &eligible,
        "role=Contributor",
        "max-duration=PT4H",
        "mfa=Azure",
        &approver,
    ];
    lab.publish(&[&create[..], &TERMS, &more].concat()).json();
    lab
}

/// The exported files in a folder of the home, and its name.
#[track_caller]
fn export(lab: &Lab, name: &str, form: &str, more: &[&str]) -> std::path::PathBuf {
    let folder = lab.home.path().join(form);
    let args = ["delegation", "export", "-n", name, "--to", form, "--output-dir"];
    let told = lab.publish(&[&args[..], &[folder.to_str().unwrap()], more].concat()).json();
    assert!(!told["files"].as_array().unwrap().is_empty());
    folder
}

/// What a foreign parser reads in the files of a folder that end so.
#[track_caller]
pub(crate) fn parsed(folder: &std::path::Path, language: &str, ending: &str) -> Value {
    let python = tools_folder().join("exportvenv/bin/python3");
    assert!(python.is_file(), "{} is missing: run `make tools`", python.display());
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().ends_with(ending))
        .collect();
    files.sort();
    let mut command = Command::new(python);
    command.arg(root().join("tests/it/data/read_exports.py")).arg(language).args(files);
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

/// The one value of an object that has only one.
fn only(object: &Value) -> &Value {
    let object = object.as_object().unwrap();
    assert_eq!(object.len(), 1, "{object:?}");
    object.values().next().unwrap()
}

/// The delegation as `show` tells it.
fn shown(lab: &Lab, name: &str) -> Value {
    lab.publish(&["delegation", "show", "-n", name]).json()
}

/// What a block may hold by the provider's schema: nothing unknown, and everything that is demanded.
fn check_block(kind: &str, body: &Map<String, Value>, schema: &Value) {
    let list = |of: &str| -> Vec<String> {
        let names = schema[of].as_array().into_iter().flatten();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    for needed in list("required") {
        assert!(body.contains_key(&needed), "{kind} lacks {needed}");
    }
    let known = [list("required"), list("optional")].concat();
    for (name, value) in body {
        match name.as_str() {
            "for_each" => {}
            "dynamic" => {
                for block in value.as_array().unwrap() {
                    for (name, dynamic) in block.as_object().unwrap() {
                        let inner = &schema["blocks"][name];
                        assert!(inner.is_object(), "{kind} has no block {name}");
                        let content = dynamic["content"][0].as_object().unwrap();
                        check_block(name, content, inner);
                    }
                }
            }
            name => assert!(known.iter().any(|known| known == name), "{kind} knows no {name}"),
        }
    }
}

pub(crate) fn check_resources(read: &Value) {
    let schema = include_str!("data/terraform-schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let resources = read["resource"].as_array().unwrap();
    assert_eq!(resources.len(), 2);
    for resource in resources {
        for (kind, named) in resource.as_object().unwrap() {
            assert!(schema[kind].is_object(), "{kind}");
            check_block(kind, only(named).as_object().unwrap(), &schema[kind]);
        }
    }
}

#[test]
fn terraform_keeps_every_id_and_every_text_and_fits_the_providers_schema() {
    let lab = hostile();
    let folder = export(&lab, NAME, "terraform", &["--with-import"]);
    let read = parsed(&folder, "hcl", ".tf");
    check_resources(&read);
    let azure = shown(&lab, NAME);
    let definition = only(&read["locals"][0]["definitions"]);
    assert_eq!(definition["id"], azure["definitionId"]);
    assert!(
        azure["definitionId"].as_str().unwrap().ends_with(definition["guid"].as_str().unwrap())
    );
    assert_eq!(
        (&definition["name"], &definition["description"]),
        (&json!(NAME), &json!(DESCRIPTION))
    );
    assert_eq!(definition["managing_tenant_id"], world::CONSUMER_TENANT);
    let rights = azure["authorizations"].as_array().unwrap();
    for (ours, theirs) in definition["authorizations"].as_array().unwrap().iter().zip(rights) {
        assert_eq!(ours["principal_id"], theirs["principalId"]);
        assert_eq!(ours["principal_display_name"], "users ${1 + 1}");
        assert_eq!(ours["role_definition_id"], theirs["roleDefinitionId"]);
    }
    let policy = &definition["eligible_authorizations"][0]["policies"][0];
    assert_eq!(policy["multi_factor_auth_provider"], "Azure");
    assert_eq!(policy["maximum_activation_duration"], "PT4H");
    assert_eq!(policy["approvers"][0]["principal_id"], world::CONSUMER_USER);
    let assignment = only(&read["locals"][0]["assignments"]);
    assert_eq!(assignment["id"], azure["assignments"][0]["id"]);
    assert_eq!(assignment["scope"], azure["scopes"][0]);
    let imports = read["import"].as_array().unwrap();
    assert_eq!(imports.len(), 2);
    assert!(imports.iter().all(|import| import["id"] == "${each.value.id}"), "{imports:?}");
}

#[test]
fn azapi_keeps_the_body_as_azure_has_it() {
    let lab = hostile();
    let folder = export(&lab, NAME, "azapi", &[]);
    let read = parsed(&folder, "hcl", ".tf");
    check_resources(&read);
    assert!(read["import"].is_null(), "only with --with-import");
    let azure = shown(&lab, NAME);
    let properties = &only(&read["locals"][0]["definitions"])["properties"];
    assert_eq!(properties["registrationDefinitionName"], NAME);
    assert_eq!(properties["authorizations"], azure["authorizations"]);
    assert_eq!(properties["eligibleAuthorizations"], azure["eligibleAuthorizations"]);
}

#[test]
fn bicep_parses_and_all_that_azure_told_is_data_beside_it() {
    let lab = hostile();
    let folder = export(&lab, NAME, "bicep", &[]);
    let read = parsed(&folder, "bicep", ".bicep");
    assert_eq!(read.as_object().unwrap().len(), 3);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        if path.extension().unwrap() == "bicep" {
            assert!(!text.contains("Contoso"), "{text}");
        } else {
            let data: Value = serde_json::from_str(&text).unwrap();
            let properties = &data["definitions"][0]["properties"];
            assert_eq!(properties["registrationDefinitionName"], NAME);
            assert_eq!(properties["description"], DESCRIPTION);
            assert_eq!(data["groupAssignments"][0]["resourceGroup"], world::IMAGES_GROUP);
        }
    }
}

/// Definitions and assignments as they stand, without who made them.
fn standing(lab: &Lab) -> Value {
    lab.azure.state(|state| {
        let definitions: Vec<Value> = state
            .definitions
            .values()
            .map(|found| {
                json!({"id": found.id, "name": found.registration_definition_name,
                    "description": found.description, "tenant": found.managed_by_tenant_id,
                    "authorizations": found.authorizations, "eligible": found.eligible_authorizations})
            })
            .collect();
        let assignments: Vec<Value> = state
            .assignments
            .values()
            .map(|found| json!({"id": found.id, "scope": found.scope}))
            .collect();
        json!({"definitions": definitions, "assignments": assignments})
    })
}

/// Deploys a template with a parameter file as `az deployment sub create` does.
#[track_caller]
fn deploy(lab: &Lab, name: &str, template: &std::path::Path, parameters: &std::path::Path) {
    let read = |path: &std::path::Path| -> Value {
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let token = lab.publish(&["token", "get", "--query", "accessToken", "-o", "tsv"]).stdout;
    let url = format!(
        "/subscriptions/{}/providers/Microsoft.Resources/deployments/export?api-version=2025-04-01",
        world::PUBLISHER_SUBSCRIPTION
    );
    let body = json!({"location": "westeurope", "properties": {"mode": "Incremental",
        "template": read(template), "parameters": read(parameters)["parameters"]}});
    let (status, answer) = lab.azure.put(token.trim(), &url, &body);
    assert!(matches!(status, 200 | 201), "{status} {answer}");
    lab.publish(&["delegation", "wait", "-n", name, "--deployment-name", "export"]).json();
}

#[test]
fn an_arm_template_makes_again_what_stood_byte_for_byte() {
    let lab = hostile();
    let before = standing(&lab);
    let folder = export(&lab, NAME, "arm", &[]);
    let deleted = lab.publish(&["delegation", "delete", "-n", NAME, "--yes"]);
    assert_eq!(deleted.code, 0, "{deleted:?}");
    assert_eq!(standing(&lab)["definitions"], json!([]));
    let parameters = folder.join(format!("{}.parameters.json", world::PUBLISHER_SUBSCRIPTION));
    deploy(&lab, NAME, &folder.join("delegations.json"), &parameters);
    assert_eq!(standing(&lab), before);
}

#[test]
fn an_arm_template_keeps_guids_that_nobody_computed() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    let before = standing(&lab);
    let folder = export(&lab, "images", "arm", &[]);
    let parameters = folder.join(format!("{}.parameters.json", world::PUBLISHER_SUBSCRIPTION));
    deploy(&lab, "images", &folder.join("delegations.json"), &parameters);
    assert_eq!(standing(&lab), before);
}

#[test]
fn parameters_are_taken_by_create_and_change_nothing() {
    let lab = hostile();
    let folder = export(&lab, NAME, "parameters", &[]);
    let file = folder.join("resource-group-eligible.parameters.json");
    let plan = lab.publish(&["delegation", "plan", "--parameters", file.to_str().unwrap()]).json();
    assert_eq!(plan["change"], "keep", "{plan}");
    deploy(&lab, NAME, &folder.join("resource-group-eligible.json"), &file);
}

#[test]
fn what_a_form_cannot_say_is_refused_and_nothing_is_written() {
    let lab = Lab::publisher();
    stand(&lab.azure, &Standing { name: "foreign", ..IMAGES });
    let folder = lab.home.path().join("out");
    let args = ["delegation", "export", "-n", "foreign", "--output-dir", folder.to_str().unwrap()];
    let refused = lab.publish(&[&args[..], &["--to", "parameters"]].concat());
    assert!(refused.refused(1).contains("--to arm"), "{refused:?}");
    let refused = lab.publish(&[&args[..], &["--to", "bicep", "--with-import"]].concat());
    assert!(refused.refused(2).contains("--with-import"), "{refused:?}");
    assert!(!folder.exists());
    let written = lab.publish(&[&args[..], &["--to", "terraform"]].concat());
    assert_eq!(written.code, 0, "{written:?}");
    std::fs::write(folder.join("main.tf"), "mine").unwrap();
    let refused = lab.publish(&[&args[..], &["--to", "terraform"]].concat());
    assert!(refused.refused(2).contains("--force"), "{refused:?}");
    assert_eq!(std::fs::read_to_string(folder.join("main.tf")).unwrap(), "mine");
}
