//! `delegation plan` and `template`: what is shown, and that nothing is written.

use sandbox::{Fault, world};
use serde_json::Value;

use crate::support::lab::{Lab, Ran};
use crate::support::offers::TERMS;

const OFFER: &str = "Contoso images";

fn run(lab: &Lab, verb: &str, rest: &[&str]) -> Ran {
    let fixed = ["delegation", verb, "-n", OFFER];
    lab.publish(&[&fixed[..], &TERMS, rest].concat())
}

/// The writes that were sent: what-if is a POST that writes nothing, and so is signing in.
fn writes(lab: &Lab) -> Vec<String> {
    lab.azure
        .journal()
        .iter()
        .filter(|call| call.method != "GET")
        .map(|call| format!("{} {}", call.method, call.path))
        .filter(|call| !call.ends_with("/whatIf") && !call.ends_with("/token"))
        .collect()
}

#[test]
fn a_plan_shows_what_create_then_does() {
    let lab = Lab::publisher();
    let ran = run(&lab, "plan", &["--principal-name", "image-users"]);
    for line in [
        "to create",
        "+ Reader for image-users",
        "+ scope /subscriptions/",
        "Azure's what-if:",
        "Location of the deployment: westeurope",
    ] {
        assert!(ran.stderr.contains(line), "{line}: {ran:?}");
    }
    let planned = ran.json();
    assert_eq!(planned["change"], "create");
    assert_eq!(writes(&lab), Vec::<String>::new());
    let made = run(&lab, "create", &["--principal-name", "image-users"]).json();
    for key in ["definitionId", "scopes", "authorizations", "portalUrl"] {
        assert_eq!(planned[key], made[key], "{key}");
    }
    assert_eq!(planned["assignments"][0]["id"], made["assignments"][0]["id"]);
    assert_eq!(planned["deployment"]["name"], made["deployment"]["name"]);
}

#[test]
fn a_plan_tells_keep_and_replace() {
    let lab = Lab::publisher();
    run(&lab, "create", &[]).json();
    lab.azure.clear_journal();
    let same = run(&lab, "plan", &[]);
    assert!(same.stderr.contains("nothing to do"), "{same:?}");
    assert_eq!(same.json()["change"], "keep");
    let principal = format!("principal={}", world::CONSUMER_GROUP);
    let more = ["--authorization", &principal, "role=Contributor"];
    let other = run(&lab, "plan", &[&more[..], &["--no-delete-role"]].concat());
    assert!(other.stderr.contains("  + Contributor for "), "{other:?}");
    assert!(
        other.stderr.contains("  - Managed Services Registration assignment Delete Role for "),
        "{other:?}"
    );
    assert_eq!(other.json()["change"], "replace");
    assert_eq!(writes(&lab), Vec::<String>::new());
}

#[test]
fn what_azures_checks_refuse_is_a_finding() {
    let lab = Lab::publisher();
    let template = include_str!("data/lighthouse-samples/rg.json")
        .replace("[variables('mspAssignmentName')]", "[variables('misspelt')]");
    let file = lab.file("t.json", &template);
    let ran = run(&lab, "plan", &["--template-file", &file]);
    let told = ran.refused(1);
    assert!(told.contains("Azure's checks refuse it"), "{told}");
    assert!(told.contains("InvalidTemplate"), "{told}");
}

#[test]
fn a_what_if_that_fails_is_a_warning() {
    let lab = Lab::publisher();
    lab.azure.inject(Fault::status(403).method("POST").path("/whatif"));
    let ran = run(&lab, "plan", &[]);
    assert!(
        ran.stderr.contains("WARNING: Azure does not return what the deployment would change"),
        "{ran:?}"
    );
    assert_eq!(ran.json()["change"], "create");
}

#[test]
fn who_may_not_create_is_told_by_the_plan() {
    let lab =
        Lab::new().signed_in(world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    let ran = run(&lab, "plan", &[]);
    let told = ran.refused(1);
    assert!(told.contains("lacks Microsoft.Authorization/roleAssignments/write"), "{told}");
}

#[test]
fn templates_are_printed_or_written_and_never_overwritten_by_accident() {
    let lab = Lab::new();
    let args = ["delegation", "template", "--scope", "resource-group"];
    let printed = lab.run(&args).json();
    assert!(printed["template"]["resources"].is_array());
    let folder = lab.home.path().join("out");
    let shown = folder.to_str().unwrap();
    let write = [&args[..], &["--output-dir", shown]].concat();
    let files = lab.run(&write).json();
    let path = files["parametersFile"].as_str().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), printed["parameters"]);
    assert_eq!(lab.run(&write).code, 0, "the same files may be written again");
    std::fs::write(path, "{}").unwrap();
    assert!(lab.run(&write).refused(2).contains("exists, and differs"));
    assert_eq!(std::fs::read_to_string(path).unwrap(), "{}");
    assert_eq!(lab.run(&[&write[..], &["--force"]].concat()).code, 0);
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    assert_eq!(lab.azure.journal().len(), 0);
}

#[test]
fn the_parameter_file_of_a_template_goes_to_create_once_filled_in() {
    let lab = Lab::publisher();
    let printed = lab.run(&["delegation", "template", "--scope", "resource-group"]).json();
    let text = printed["parameters"].to_string();
    let blank = lab.file("p.json", &text);
    let told = lab.publish(&["delegation", "plan", "--parameters", &blank]);
    assert!(told.refused(2).contains("never filled in"), "{told:?}");
    let filled = text.replace("<insert the consumer's tenant id>", world::CONSUMER_TENANT).replace(
        "<insert the object id of a security group in the consumer's tenant>",
        world::CONSUMER_GROUP,
    );
    let filled = lab.file("p.json", &filled);
    let made = lab.publish(&["delegation", "create", "--parameters", &filled]);
    assert_eq!(made.json()["name"], "Contoso images");
}
