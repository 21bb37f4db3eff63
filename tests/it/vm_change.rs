//! `vm create` as a change: planned with Azure's what-if, recorded without the password, judged by what stands.

use sandbox::{Fault, world};
use serde_json::json;

use crate::support::lab::Lab;
use crate::support::machines::{KEY, create, image, linux, standing};
use crate::support::offers::{IMAGES, stand};

const LOGIN: [&str; 4] = ["--admin-username", "azureuser", "--ssh-key-value", KEY];

fn with_images() -> Lab {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    lab
}

fn linux_with(lab: &Lab, more: &[&str]) -> crate::support::lab::Ran {
    create(lab, &image(world::LINUX_IMAGE), &[&LOGIN[..], more].concat())
}

#[test]
fn a_dry_run_shows_each_resource_and_writes_nothing() {
    let lab = with_images();
    let shown = linux_with(&lab, &["--dry-run", "--detailed-exitcode"]);
    assert_eq!(shown.code, 8, "{shown:?}");
    let plan: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(plan["steps"][0]["kind"], "virtualMachine", "{plan:#}");
    assert_eq!((&plan["totals"]["create"], &plan["totals"]["keep"]), (&json!(4), &json!(0)));
    assert_eq!(lab.azure.calls("PUT", ""), 0);
    assert_eq!(lab.run(&["history", "list"]).json(), json!([]));
    // What Azure would leave as it is, is not counted as made.
    let made = linux(&lab, &image(world::LINUX_IMAGE));
    made.json();
    assert!(made.stderr.contains("Done: 4 created."), "{}", made.stderr);
    lab.azure.state(|state| state.resources.retain(|id, _| !id.contains("virtualmachines")));
    let shown = linux_with(&lab, &["--dry-run"]).json();
    // The interface got an address that the template does not speak of.
    let totals = &shown["totals"];
    let counted = [&totals["create"], &totals["update"], &totals["keep"]];
    assert_eq!(counted, [&json!(1), &json!(1), &json!(2)], "{shown:#}");
    linux(&lab, &image(world::LINUX_IMAGE)).json();
    assert_eq!(linux_with(&lab, &["--dry-run", "--detailed-exitcode"]).json()["totals"]["keep"], 1);
}

#[test]
fn a_machine_that_is_begun_is_not_said_to_be_done() {
    let lab = with_images();
    let begun = linux_with(&lab, &["--no-wait"]);
    assert_eq!(begun.code, 0, "{begun:?}");
    assert!(!begun.stderr.contains("Done:"), "{}", begun.stderr);
    assert!(begun.stderr.contains("Wait for it with `az-imageshare vm create"), "{begun:?}");
}

#[test]
fn a_password_is_in_no_plan_and_no_record() {
    let lab = with_images();
    let definition = image(world::WINDOWS_IMAGE).to_lowercase();
    lab.azure.state(|state| {
        let found = state.resources.get_mut(&definition).unwrap();
        found.body["properties"]["osState"] = json!("Generalized");
    });
    let canary = "Canary-7f3a9d!";
    let more = ["--admin-username", "azureuser", "--admin-password-stdin"];
    let place = ["vm", "create", "--subscription", world::CONSUMER_SUBSCRIPTION, "-g", "apps-rg"];
    let named = ["-n", "web-01", "--image", &image(world::WINDOWS_IMAGE)];
    let words = [&place[..], &named[..], &more[..]].concat();
    let shown = lab.run_with_input(&[&words[..], &["--dry-run"][..]].concat(), canary);
    assert_eq!(shown.code, 0, "{shown:?}");
    let made = lab.run_with_input(&words, canary);
    made.json();
    assert!(standing(&lab).is_some());
    for told in [&shown, &made, &lab.run(&["history", "show", "latest"])] {
        assert!(!told.stdout.contains(canary) && !told.stderr.contains(canary), "{told:?}");
    }
    for (path, content) in Lab::contents(&lab.files()) {
        let text = String::from_utf8_lossy(&content);
        assert!(!text.contains(canary), "{}", path.display());
    }
}

#[test]
fn what_was_made_before_the_machine_failed_is_counted() {
    let lab = with_images();
    lab.azure.inject(Fault::status(403).method("PUT").path("/deployments/").times(1));
    let refused = linux(&lab, &image(world::LINUX_IMAGE));
    assert_eq!(refused.code, 1, "{refused:?}");
    let shown = lab.run(&["history", "show", "latest"]).json();
    assert_eq!(shown["outcome"], "failed", "{shown:#}");
    assert!(shown["steps"].as_array().unwrap().iter().all(|step| step["outcome"] == "failed"));
}
