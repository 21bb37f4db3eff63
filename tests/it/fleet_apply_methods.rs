//! `fleet apply` of each method, taken back again, undone, and of a consumer that leaves everywhere.

use sandbox::world;
use serde_json::{Value, json};

use crate::fleet_apply::{apply, peopled, standing};
use crate::support::fleets::{MANIFEST, count, manifest_of};
use crate::support::lab::Lab;

/// Plans a grant, applies it, and finds that it is kept; then the same with it absent.
fn made_and_taken_back(lab: &Lab, grant: &str) {
    let (rows, plan) = lab.planned(&manifest_of(grant), &[]);
    assert_eq!((rows.len(), count(&rows, "create")), (1, 1), "{rows:#?}");
    let ran = apply(lab, &plan, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let (rows, _) = lab.planned(&manifest_of(grant), &[]);
    assert_eq!(count(&rows, "keep"), 1, "{rows:#?}");
    let absent = grant.replacen("from: contoso", "absent: true, from: contoso", 1);
    let (rows, plan) = lab.planned(&manifest_of(&absent), &["--remove"]);
    assert_eq!(count(&rows, "remove"), 1, "{rows:#?}");
    let ran = apply(lab, &plan, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let (rows, _) = lab.planned(&manifest_of(grant), &[]);
    assert_eq!(count(&rows, "create"), 1, "{rows:#?}");
}

fn set_profile(lab: &Lab, value: Value) {
    lab.azure.state(|state| {
        let key = world::gallery_id().to_lowercase();
        state.resources.get_mut(&key).unwrap().body["properties"]["sharingProfile"] = value;
    });
}

#[test]
fn a_role_is_given_and_taken_back() {
    made_and_taken_back(
        &peopled(1),
        "  - {name: roles, from: contoso, to: [fabrikam], via: rbac, galleries: {names: [sharedGallery]}}\n",
    );
}

#[test]
fn an_application_gets_its_role_and_loses_it() {
    let client = world::MULTI_TENANT_CLIENT;
    made_and_taken_back(
        &peopled(1),
        &format!(
            "  - {{name: agents, from: contoso, to: [fabrikam], via: app, application: {client}, galleries: {{names: [sharedGallery]}}, role: Compute Gallery Image Reader}}\n"
        ),
    );
}

#[test]
fn a_gallery_is_shared_directly_and_taken_back() {
    let lab = peopled(1);
    set_profile(&lab, json!({"permissions": "Groups"}));
    made_and_taken_back(
        &lab,
        "  - {name: golden, from: contoso, to: [fabrikam], via: direct, galleries: {names: [sharedGallery]}}\n",
    );
}

#[test]
fn a_gallery_is_opened_to_the_community_only_if_agreed_to() {
    let lab = peopled(1);
    set_profile(&lab, json!({"permissions": "Private"}));
    lab.azure.knob(|knobs| knobs.gallery_conversion = true);
    let grant = "  - {name: open, from: contoso, via: community, galleries: {names: [sharedGallery]}, community: {prefix: contoso, publisherUri: 'https://contoso.com', publisherContact: a@contoso.com, eula: 'https://contoso.com/eula'}}\n";
    let (rows, plan) = lab.planned(&manifest_of(grant), &[]);
    assert_eq!(count(&rows, "create"), 1, "{rows:#?}");
    let asked = lab.run(&["fleet", "apply", &plan]);
    assert!(asked.refused(2).contains("--yes"), "{asked:?}");
    let ran = apply(&lab, &plan, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let (rows, _) = lab.planned(&manifest_of(grant), &[]);
    assert_eq!(count(&rows, "keep"), 1, "{rows:#?}");
}

#[test]
fn one_consumer_leaves_everywhere_and_nothing_else_changes() {
    let lab = peopled(8);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
    let before = standing(&lab);
    let out = lab.home.path().join("destroy.plan").to_str().unwrap().to_owned();
    let ran = lab.fleet("destroy", MANIFEST, &["--consumer", "fabrikam", "--out", &out]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(lab.run(&["fleet", "apply", &out]).refused(2).contains("--approve"));
    let told = apply(&lab, &out, &[]).json();
    assert_eq!(told["counts"], json!({"done": 8}));
    let after = standing(&lab);
    let definitions = after["definitions"].as_object().unwrap();
    assert_eq!(definitions.len(), 8);
    for (id, found) in definitions {
        assert_ne!(found["tenant"], world::CONSUMER_TENANT);
        assert_eq!(*found, before["definitions"][id]);
    }
    assert_eq!(after["assignments"].as_object().unwrap().len(), 8);
}

#[test]
fn undo_puts_back_what_a_run_found() {
    let lab = peopled(3);
    let nothing = standing(&lab);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    let run = apply(&lab, &plan, &[]).json()["run"].as_str().unwrap().to_owned();
    let made = standing(&lab);
    let changed = MANIFEST
        .replace("[image-users, ci], role: Reader}", "[image-users], role: Contributor}")
        .replace("to: [fabrikam, tailspin]", "to: [fabrikam]");
    let (rows, plan) = lab.planned(&changed, &["--remove"]);
    assert_eq!((count(&rows, "update"), count(&rows, "remove")), (3, 3), "{rows:#?}");
    let second = apply(&lab, &plan, &[]).json()["run"].as_str().unwrap().to_owned();
    let undone = lab.run(&["history", "undo", &second, "--yes"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert_eq!(standing(&lab), made);
    let undone = lab.run(&["history", "undo", &run, "--yes"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert_eq!(standing(&lab), nothing);
}

#[test]
fn nothing_secret_is_in_plans_records_reports_or_events() {
    let lab = peopled(4);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    let path = |name: &str| lab.home.path().join(name).to_str().unwrap().to_owned();
    let (junit, sarif, csv) = (path("a.xml"), path("a.sarif"), path("a.csv"));
    let reports = [format!("junit={junit}"), format!("sarif={sarif}"), format!("csv={csv}")];
    let mut args = vec!["--events", "events.ndjson"];
    let log = path("events.ndjson");
    args[1] = &log;
    for report in &reports {
        args.extend(["--report", report]);
    }
    let ran = apply(&lab, &plan, &args);
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut files = vec![plan, junit, sarif, csv, log];
    let records = std::fs::read_dir(lab.files().join("history")).unwrap();
    files.extend(records.map(|entry| entry.unwrap().path().to_str().unwrap().to_owned()));
    assert!(files.len() >= 6);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for secret in ["eyJ", "Bearer", "?api-version", "sig=", world::DEPLOYER_SECRET] {
            assert!(!text.contains(secret), "{secret} in {file}");
        }
    }
}
