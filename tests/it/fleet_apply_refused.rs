//! `fleet apply` of a plan that may not be carried out: exit code 9, and nothing is written.

use sandbox::world;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::fleet_apply::{apply, peopled};
use crate::support::fleets::MANIFEST;
use crate::support::lab::Lab;

/// The plan with its first line changed, and hashed again as the program does.
fn forged(plan: &str, change: impl FnOnce(&mut Value)) -> String {
    let text = std::fs::read_to_string(plan).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut head: Value = serde_json::from_str(&lines[0]).unwrap();
    change(&mut head);
    lines[0] = head.to_string();
    let mut end: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    lines.pop();
    let above: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let hash = |text: &str| -> String {
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    end["sha256"] = hash(&above).into();
    end["line"] = "".into();
    end["line"] = hash(&format!("{end}\n")).into();
    let path = format!("{plan}.forged");
    std::fs::write(&path, format!("{above}{end}\n")).unwrap();
    path
}

/// Nothing may have been sent that writes.
#[track_caller]
fn refused(lab: &Lab, plan: &str, more: &[&str], expected: &str) {
    lab.azure.clear_journal();
    let ran = apply(lab, plan, more);
    assert!(ran.refused(9).contains(expected), "{ran:?}");
    assert!(ran.stderr.contains("nothing was written"), "{ran:?}");
    assert_eq!(lab.azure.accounting().writes(), 0);
    assert!(!lab.files().join("history").exists(), "no record of what was not begun");
}

#[test]
fn another_plan_than_the_approved_one() {
    let lab = peopled(2);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    refused(&lab, &plan, &["--approve", "0123456789ab"], "0123456789ab");
    refused(&lab, &plan, &["--approve", "0"], "not 0");
    let text = std::fs::read_to_string(&plan).unwrap();
    let end: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let hash = end["sha256"].as_str().unwrap();
    let ran = lab.run(&["fleet", "apply", &plan, "--approve", &hash[..12].to_uppercase()]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_plan_changed_by_one_byte() {
    let lab = peopled(2);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    let good = std::fs::read(&plan).unwrap();
    for at in (0..good.len()).step_by(good.len() / 20) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&plan, &bad).unwrap();
        lab.azure.clear_journal();
        let ran = apply(&lab, &plan, &[]);
        assert_eq!(ran.code, 9, "byte {at}: {ran:?}");
        assert_eq!(lab.azure.journal().len(), 0);
    }
}

#[test]
fn a_plan_of_another_time_place_or_person() {
    let lab = peopled(2);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    let late = forged(&plan, |head| head["until"] = "2026-01-01T00:00:00Z".into());
    refused(&lab, &late, &[], "was good until 2026-01-01T00:00:00Z");
    let cloud = forged(&plan, |head| head["cloud"] = "AzureChinaCloud".into());
    refused(&lab, &cloud, &[], "AzureChinaCloud");
    let tool = forged(&plan, |head| head["tool"] = "7.1.0".into());
    refused(&lab, &tool, &[], "7.1.0");
    let who = forged(&plan, |head| head["who"][0]["oid"] = world::CONSUMER_OBJECT.into());
    refused(&lab, &who, &[], world::CONSUMER_OBJECT);
    let nobody = forged(&plan, |head| head["who"] = serde_json::json!([]));
    refused(&lab, &nobody, &[], "does not say who writes");
}

#[test]
fn more_removals_than_the_limit_or_from_an_incomplete_reading() {
    let lab = peopled(3);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
    std::fs::remove_dir_all(lab.files().join("history")).unwrap();
    let fewer = MANIFEST
        .replace("to: [fabrikam, tailspin]", "to: [fabrikam]")
        .replace("[image-users, ci]", "[image-users]");
    let (_, plan) = lab.planned(&fewer, &["--remove"]);
    let most = forged(&plan, |head| head["limits"]["removals"] = 2.into());
    refused(&lab, &most, &[], "limits.removals is 2");
    let part = forged(&plan, |head| head["selected"][0]["complete"] = false.into());
    refused(&lab, &part, &[], "not all of publisher 'contoso'");
}
