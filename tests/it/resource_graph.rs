//! How Resource Graph is read: to its last page, within its quota, and never cut off without a word.

use sandbox::Knobs;
use serde_json::{Value, json};

use crate::support::lab::{Lab, Ran};
use crate::support::offers::{IMAGES, stand};

fn lab(set: impl FnOnce(&mut Knobs)) -> Lab {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    lab.azure.knob(set);
    lab
}

fn versions(lab: &Lab) -> Ran {
    lab.run(&["image", "list", "--query", "[].version"])
}

fn questions(lab: &Lab) -> Vec<Value> {
    let journal = lab.azure.journal();
    let asked = journal.iter().filter(|one| one.path.contains("Microsoft.ResourceGraph"));
    asked.map(|one| one.body.clone()).collect()
}

#[test]
fn a_page_of_too_many_bytes_is_asked_for_in_smaller_ones() {
    let lab = lab(|knobs| knobs.graph_payload_limit = 2_000);
    let ran = versions(&lab);
    assert_eq!(ran.json(), json!(["1.1.0", "2.0.0"]));
    assert_eq!(ran.stderr, "");
    let asked = questions(&lab);
    assert!(asked.iter().any(|one| one["options"]["$skipToken"].is_string()), "{asked:#?}");
    assert!(asked.iter().all(|one| one["query"].as_str().unwrap().ends_with("order by id asc")));
}

#[test]
fn an_answer_that_is_cut_off_is_no_answer() {
    let lab = lab(|knobs| {
        knobs.graph_payload_limit = 2_000;
        knobs.graph_truncates = true;
    });
    let ran = versions(&lab);
    assert_eq!(ran.json(), json!(["1.1.0", "2.0.0"]), "read from the provider instead");
    assert!(ran.stderr.contains("cut off"), "{}", ran.stderr);
}

#[test]
fn the_quota_is_waited_for() {
    let lab = lab(|knobs| knobs.graph_quota = true);
    for _ in 0..17 {
        let ran = versions(&lab);
        assert_eq!(ran.json(), json!(["1.1.0", "2.0.0"]));
        assert!(!ran.stderr.contains("WARNING"), "{}", ran.stderr);
    }
    let refused = lab.azure.journal().iter().filter(|one| one.status == 429).count();
    assert!(refused < 3, "{refused}");
}
