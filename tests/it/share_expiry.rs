//! `--expires` on shares that have no role assignment: recorded in tags or in the offer's description,
//! listed, and enforced by `share prune`.

use sandbox::{Fault, world};
use serde_json::{Value, json};

use crate::support::galleries::{gallery, opened, profile, shareable};
use crate::support::lab::{Lab, Ran};
use crate::support::offers::{TERMS, standing};

const SHARE: &str = "/share";
const TAGS: &str = "Microsoft.Resources/tags";
const LAST: &str = "2099-01-31";
const TO_TENANT: [&str; 2] = ["--consumer-tenant", world::CONSUMER_DOMAIN];

fn tag(who: &str) -> String {
    format!("az-imageshare-expires-{who}")
}

fn tags(lab: &Lab, id: &str) -> Value {
    let id = id.to_lowercase();
    lab.azure.state(|state| state.resources[&id].body["tags"].clone())
}

fn set_tag(lab: &Lab, id: &str, who: &str, day: &str) {
    let id = id.to_lowercase();
    lab.azure.state(|state| {
        let found = state.resources.get_mut(&id).unwrap();
        found.body["tags"][tag(who)] = json!(day);
    });
}

fn add(lab: &Lab, id: &str, more: &[&str]) -> Ran {
    let add = ["share", "direct", "add", "--gallery-id", id];
    lab.run(&[&add[..], &TO_TENANT, more].concat())
}

fn expiries(lab: &Lab, id: &str, via: &str) -> Vec<Value> {
    let rows = lab.run(&["share", "list", "--gallery-id", id]).json();
    let rows = rows.as_array().unwrap().iter();
    rows.filter(|row| row["via"] == via).map(|row| row["expiresOn"].clone()).collect()
}

#[test]
fn the_last_day_of_a_direct_share_is_kept_listed_and_changed() {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    let until = |day: &str| add(&lab, &id, &["--expires", day]).json()["change"].clone();
    assert_eq!(until(LAST), "add");
    assert_eq!(tags(&lab, &id), json!({tag(world::CONSUMER_TENANT): LAST}));
    assert_eq!(expiries(&lab, &id, "direct"), [json!(LAST)]);
    assert_eq!(until(LAST), "keep");
    assert_eq!(lab.azure.calls("PATCH", TAGS), 1, "nothing is sent twice");
    assert_eq!(until("2098-01-31"), "update");
    assert_eq!(lab.azure.calls("POST", SHARE), 1);
    let ran = add(&lab, &id, &[]);
    assert!(ran.stderr.contains("until 2098-01-31"), "{ran:?}");
    let rows = lab.run(&["share", "direct", "list", "--gallery-id", &id]).json();
    assert_eq!(rows[0]["expiresOn"], "2098-01-31");
    let refused = add(&lab, &id, &["--expires", "2020-01-31"]);
    assert!(refused.refused(2).contains("has passed"), "{refused:?}");
}

#[test]
fn other_tags_stay_and_the_day_goes_with_the_share() {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    lab.azure.state(|state| {
        let found = state.resources.get_mut(&id.to_lowercase()).unwrap();
        found.body["tags"] = json!({"owner": "images"});
    });
    add(&lab, &id, &["--expires", LAST]).json();
    assert_eq!(tags(&lab, &id)["owner"], "images");
    let remove = ["share", "direct", "remove", "--yes", "--gallery-id", &id];
    assert_eq!(lab.run(&[&remove[..], &TO_TENANT].concat()).code, 0);
    assert_eq!(tags(&lab, &id), json!({"owner": "images"}));
}

#[test]
fn a_day_left_behind_does_not_end_a_new_share() {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    set_tag(&lab, &id, world::CONSUMER_TENANT, "2020-01-31");
    assert_eq!(add(&lab, &id, &[]).json()["change"], "add");
    assert_eq!(tags(&lab, &id), json!({}));
    assert_eq!(lab.run(&["share", "prune", "--yes"]).json(), json!([]));
}

#[test]
fn without_room_or_right_nothing_is_shared() {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    lab.azure.state(|state| {
        let full: serde_json::Map<String, Value> =
            (0..50).map(|at| (format!("t{at}"), json!("x"))).collect();
        state.resources.get_mut(&id.to_lowercase()).unwrap().body["tags"] = json!(full);
    });
    let ran = add(&lab, &id, &["--expires", LAST]);
    assert!(ran.refused(1).contains("Azure allows 50"), "{ran:?}");
    assert_eq!(lab.azure.calls("POST", SHARE), 0);
    assert_eq!(add(&lab, &id, &[]).json()["change"], "add");
    let lab =
        Lab::new().signed_in(world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    let id = shareable(&lab.azure, "partners");
    let ran = add(&lab, &id, &["--expires", LAST]);
    assert!(ran.refused(1).contains("lacks Microsoft.Resources/tags/write"), "{ran:?}");
}

#[test]
fn prune_ends_direct_shares_one_by_one() {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    let second = ["--consumer-subscription", world::CONSUMER_SUBSCRIPTION];
    add(&lab, &id, &[&second[..], &["--expires", LAST]].concat()).json();
    set_tag(&lab, &id, world::CONSUMER_TENANT, "2020-01-31");
    set_tag(&lab, &id, world::THIRD_TENANT, "2020-01-31");
    let ran = lab.run_at_terminal(&["share", "prune"], "n\n");
    assert!(ran.refused(9).contains("direct sharing of"), "it is planned first: {ran:?}");
    assert_eq!(expiries(&lab, &id, "direct").len(), 2);
    let removed = lab.run(&["share", "prune", "--yes"]).json();
    // What it is not shared with any more only loses its last day.
    let ended: Vec<_> = removed.as_array().unwrap().iter().map(|row| &row["principalId"]).collect();
    assert_eq!(ended, [world::CONSUMER_TENANT, world::THIRD_TENANT], "{removed}");
    assert_eq!(removed[0]["via"], "direct");
    assert_eq!(
        profile(&lab.azure, &id)["groups"],
        json!([{"type": "Subscriptions", "ids": [world::CONSUMER_SUBSCRIPTION]}])
    );
    assert_eq!(lab.run(&["share", "prune", "--yes"]).json(), json!([]));
}

/// A gallery that is shared with a subscription and two tenants, whose last day has passed.
fn ended(lab: &Lab, name: &str) -> String {
    let id = shareable(&lab.azure, name);
    let whom = [
        "--consumer-tenant",
        world::THIRD_TENANT,
        "--consumer-subscription",
        world::CONSUMER_SUBSCRIPTION,
    ];
    add(lab, &id, &[&whom[..], &["--expires", LAST]].concat()).json();
    for who in EVERYBODY {
        set_tag(lab, &id, who, "2020-01-31");
    }
    lab.azure.clear_journal();
    id
}

const EVERYBODY: [&str; 3] =
    [world::CONSUMER_SUBSCRIPTION, world::CONSUMER_TENANT, world::THIRD_TENANT];

#[test]
fn all_direct_shares_of_a_gallery_end_with_one_request() {
    let lab = Lab::publisher();
    let (one, two) = (ended(&lab, "partners"), ended(&lab, "others"));
    let removed = lab.run(&["share", "prune", "--yes"]).json();
    assert_eq!(removed.as_array().unwrap().len(), 6, "{removed}");
    assert_eq!(lab.azure.calls("POST", "/share"), 2);
    for id in [&one, &two] {
        assert_eq!(profile(&lab.azure, id)["groups"], json!([]));
        assert_eq!(tags(&lab, id), json!({}));
    }
    assert_eq!(lab.run(&["share", "prune", "--yes"]).json(), json!([]));
    assert_eq!(lab.azure.calls("POST", "/share"), 2);
}

#[test]
fn what_of_a_gallery_could_not_end_is_told_and_the_next_run_goes_on() {
    let lab = Lab::publisher();
    let (one, two) = (ended(&lab, "partners"), ended(&lab, "others"));
    let refused = Fault::status(409).method("POST").path("/others/share");
    lab.azure.inject(refused);
    let ran = lab.run(&["share", "prune", "--yes"]);
    let told = ran.refused(7);
    let (_, standing) = told.split_once("not done: ").unwrap();
    assert_eq!(standing.matches("direct sharing of").count(), 3, "{told}");
    assert!(standing.contains(&two) && !standing.contains(&one), "{told}");
    let removed = lab.run(&["share", "prune", "--yes"]).json();
    assert_eq!(removed.as_array().unwrap().len(), 3, "{removed}");
}

#[test]
fn a_share_that_ended_before_the_failure_is_not_told_as_standing() {
    let lab = Lab::publisher();
    let id = ended(&lab, "partners");
    lab.azure.inject(Fault::status(409).method("PATCH").path("/tags/"));
    let ran = lab.run(&["share", "prune", "--yes"]);
    let told = ran.refused(7);
    assert!(told.contains("its last day is still recorded"), "{told}");
    assert!(!told.contains("not done:"), "{told}");
    assert_eq!(profile(&lab.azure, &id)["groups"], json!([]));
}

#[test]
fn an_open_gallery_is_closed_after_its_last_day() {
    let lab = Lab::publisher();
    let id = gallery("open");
    let opened = opened(&lab, &id, &["--expires", LAST]);
    assert_eq!((&opened["change"], &opened["expiresOn"]), (&json!("enable"), &json!(LAST)));
    assert_eq!(expiries(&lab, &id, "community"), [json!(LAST)]);
    assert_eq!(lab.run(&["share", "prune", "--yes"]).json(), json!([]));
    set_tag(&lab, &id, "community", "2020-01-31");
    let removed = lab.run(&["share", "prune", "--yes"]).json();
    assert_eq!(removed[0]["via"], "community");
    let shown = lab.run(&["share", "community", "show", "--gallery-id", &id]);
    assert_eq!(shown.json()["enabled"], false);
    assert_eq!(tags(&lab, &id), json!({}));
}

fn delegate(lab: &Lab, more: &[&str]) -> Ran {
    let create = ["delegation", "create", "-n", "images"];
    lab.publish(&[&create[..], &TERMS, more].concat())
}

#[test]
fn a_delegation_ends_after_its_last_day() {
    let lab = Lab::publisher();
    let made = delegate(&lab, &["--description", "for tests", "--expires", LAST]).json();
    assert_eq!(made["expiresOn"], LAST);
    assert_eq!(made["description"], format!("for tests az-imageshare expires={LAST}"));
    let again = delegate(&lab, &["--description", "for tests", "--expires", LAST]);
    assert_eq!(again.json()["change"], "keep");
    let found = expiries(&lab, &world::gallery_id(), "delegation");
    assert_eq!(found, [json!(LAST), json!(LAST)]);
    assert_eq!(lab.run(&["share", "prune", "--yes"]).json(), json!([]));
    lab.azure.state(|state| {
        for definition in state.definitions.values_mut() {
            definition.description = Some("az-imageshare expires=2020-01-31".into());
        }
    });
    let removed = lab.run(&["share", "prune", "--yes"]).json();
    assert_eq!((&removed[0]["via"], &removed[0]["role"]), (&json!("delegation"), &json!("images")));
    assert_eq!(standing(&lab.azure), (0, 0));
    let refused = delegate(&lab, &["--expires", "2020-01-31"]);
    assert!(refused.refused(2).contains("--expires 2020-01-31"), "{refused:?}");
}
