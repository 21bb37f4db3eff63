//! Reports of plans, runs and drift: valid by the schemas of those who read them.

use std::path::Path;
use std::process::Command;

use sandbox::{Fault, FaultKind, fleet_subscription};
use serde_json::{Value, json};

use crate::fleet_apply::{apply, peopled};
use crate::support::fleets::MANIFEST;
use crate::support::lab::Lab;
use crate::support::source::root;
use crate::support::tools_folder;

/// Holds a report against the schema of its form.
#[track_caller]
fn assert_valid(form: &str, path: &str) {
    let python = tools_folder().join("exportvenv/bin/python3");
    assert!(python.exists(), "{} is missing: run `make tools`", python.display());
    let script = root().join("tests/it/data/check_reports.py");
    let ran = Command::new(python).arg(script).args([form, path]).output().unwrap();
    let told = [ran.stdout, ran.stderr].concat();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&told));
}

/// `--report` for each form that has a schema, and where the reports go.
fn targets(lab: &Lab, name: &str) -> (Vec<String>, [String; 2]) {
    let paths = ["junit", "sarif"]
        .map(|form| lab.home.path().join(format!("{name}.{form}")).to_str().unwrap().to_owned());
    let flags = ["junit", "sarif"].iter().zip(&paths);
    let flags = flags.flat_map(|(form, path)| ["--report".to_owned(), format!("{form}={path}")]);
    (flags.collect(), paths)
}

fn sarif_of(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A run in which some fail with words that XML and JSON have to be careful with, some move, and some are blocked.
#[test]
fn reports_of_a_bad_run_fit_the_schemas_of_their_forms() {
    let lab = peopled(12);
    let manifest = MANIFEST.replace("limits: {removals: 5}", "limits: {failures: 8}");
    lab.azure.state(|state| {
        let id = fleet_subscription(9);
        state.subscription_mut(&id).unwrap().state = sandbox::SubscriptionState::Disabled;
    });
    let (_, plan) = lab.planned(&manifest, &[]);
    let code = Some("Bad\u{1}\u{fffe}<Code> & \"so\" \u{1F4A5} ]]>".to_owned());
    let kind = FaultKind::Status { status: 403, retry_after: None, code };
    lab.azure.inject(Fault::new(kind).method("PUT").path(&fleet_subscription(3)).always());
    lab.azure.state(|state| {
        let id = fleet_subscription(5);
        state.delegate(&id, "images-rg", sandbox::world::CONSUMER_TENANT, "p", "r");
    });
    let (flags, [junit, sarif]) = targets(&lab, "run");
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    assert_eq!(apply(&lab, &plan, &flags).code, 7);
    assert_valid("junit", &junit);
    assert_valid("sarif", &sarif);
    let results = sarif_of(&sarif)["runs"][0]["results"].as_array().unwrap().clone();
    let line = results[0]["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64();
    let text = MANIFEST.lines().nth(usize::try_from(line.unwrap()).unwrap() - 1).unwrap();
    assert!(text.contains("readers"), "the grant's line: {text}");
}

#[test]
fn plans_and_drift_have_reports_too() {
    let lab = peopled(6);
    let (flags, [junit, sarif]) = targets(&lab, "plan");
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    lab.fleet("plan", MANIFEST, &flags).json();
    assert_valid("junit", &junit);
    assert_valid("sarif", &sarif);
    assert_eq!(std::fs::read_to_string(&junit).unwrap().matches("<testcase ").count(), 12);
    assert_eq!(sarif_of(&sarif)["runs"][0]["results"], json!([]), "a plan to create is well");

    let (flags, [junit, sarif]) = targets(&lab, "drift");
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let ran = lab.fleet("drift", MANIFEST, &flags);
    assert_eq!(ran.code, 8, "{ran:?}");
    assert_valid("junit", &junit);
    assert_valid("sarif", &sarif);
    let report = sarif_of(&sarif);
    assert_eq!(report["runs"][0]["results"].as_array().unwrap().len(), 12);
    assert_eq!(report["runs"][0]["tool"]["driver"]["rules"][0]["id"], "missing-definition");
    let refused = lab.fleet("plan", MANIFEST, &[&["--offline"], &flags[..]].concat());
    assert!(refused.refused(2).contains("--offline"), "{refused:?}");
    let unwritable = lab.fleet("drift", MANIFEST, &["--report", "csv=/no/such/folder/x"]);
    assert!(unwritable.refused(2).contains("/no/such/folder/x"), "{unwritable:?}");
}

/// The check itself can fail.
#[test]
fn a_report_that_does_not_fit_is_seen() {
    let lab = Lab::new();
    for (form, text) in [
        ("junit", "<testsuites><testsuite name='a' tests='x'><case/></testsuite></testsuites>"),
        ("sarif", "{\"version\": \"2.1.0\", \"runs\": [{\"tool\": {}}]}"),
    ] {
        let path = lab.file("bad", text);
        assert!(is_refused(form, Path::new(&path)), "{form}");
    }
}

fn is_refused(form: &str, path: &Path) -> bool {
    let python = tools_folder().join("exportvenv/bin/python3");
    let script = root().join("tests/it/data/check_reports.py");
    let ran = Command::new(python).arg(script).arg(form).arg(path).output().unwrap();
    assert!(ran.stderr.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
    ran.status.code() == Some(1)
}
