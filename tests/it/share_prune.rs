//! `share prune` and `share card`: what has run out ends, what a consumer has to know fits in a file.

use sandbox::{Fault, world};
use serde_json::Value;

use crate::support::applications::register_application;
use crate::support::faults::forbidden;
use crate::support::galleries::gallery_roles;
use crate::support::lab::{Lab, Ran};

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

fn prune(lab: &Lab, rest: &[&str]) -> Ran {
    lab.run(&[&["share", "prune"], rest].concat())
}

/// Gives a role with this description at the gallery.
fn given(lab: &Lab, principal: &str, description: Option<&str>) {
    lab.azure.state(|state| {
        state.assign_role(&world::gallery_id(), READER, principal);
        let made = state.role_assignments.last_mut().unwrap();
        made.description = description.map(str::to_owned);
    });
}

#[test]
fn only_what_we_recorded_and_what_has_passed_ends() {
    let lab = Lab::publisher();
    given(&lab, world::READER_OBJECT, Some("for a week; az-imageshare expires=2020-01-31"));
    given(&lab, world::CONTRIBUTOR_OBJECT, Some("az-imageshare expires=2099-01-31"));
    given(&lab, world::PUBLISHER_USER, Some("expires=2020-01-31"));
    given(&lab, world::CERTIFICATE_OBJECT, None);
    let ran = prune(&lab, &[]);
    assert!(ran.refused(2).contains("Use --yes"), "{ran:?}");
    assert_eq!(gallery_roles(&lab.azure).len(), 4);
    let ran = lab.run_at_terminal(&["share", "prune"], "n\n");
    assert!(ran.refused(9).contains("until 2020-01-31"), "{ran:?}");
    let removed = prune(&lab, &["--yes"]).json();
    let removed = removed.as_array().unwrap();
    assert_eq!(removed.len(), 1, "{removed:?}");
    assert_eq!(removed[0]["principalId"], world::READER_OBJECT);
    assert_eq!(removed[0]["expiresOn"], "2020-01-31");
    assert_eq!(gallery_roles(&lab.azure).len(), 3);
    assert_eq!(prune(&lab, &["--yes"]).json(), serde_json::json!([]));
    assert_eq!(prune(&lab, &[]).json(), serde_json::json!([]), "nothing to ask");
}

#[test]
fn the_last_day_still_counts() {
    let lab = Lab::publisher();
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    given(&lab, world::READER_OBJECT, Some(&format!("az-imageshare expires={today}")));
    assert_eq!(prune(&lab, &["--yes"]).json(), serde_json::json!([]));
}

#[test]
fn ended_secrets_of_our_applications_go_and_others_stay() {
    let lab = Lab::publisher();
    let client = register_application(&lab, "bridge", &[]);
    let client = client.as_str();
    lab.azure.state(|state| {
        let secrets = &mut state.application_mut(client).unwrap().secrets;
        secrets[0].expires_on = 1_600_000_000;
        let mut other = secrets[0].clone();
        "somebody else's".clone_into(&mut other.id);
        secrets.push(other);
    });
    let removed = prune(&lab, &["--yes"]).json();
    assert_eq!(
        (&removed[0]["via"], &removed[0]["principalId"]),
        (&"secret".into(), &client.into())
    );
    let left = lab.azure.state(|state| state.application(client).unwrap().secrets.clone());
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id, "somebody else's");
    // The deployer's own expired secret is none of ours.
    assert_eq!(prune(&lab, &["--yes"]).json(), serde_json::json!([]));
}

#[test]
fn half_done_is_told_and_goes_on() {
    let lab = Lab::publisher();
    given(&lab, world::READER_OBJECT, Some("az-imageshare expires=2020-01-31"));
    given(&lab, world::CONTRIBUTOR_OBJECT, Some("az-imageshare expires=2020-01-31"));
    let fault = Fault::status(403).method("DELETE").path("roleAssignments").nth(2);
    lab.azure.inject(fault);
    let ran = prune(&lab, &["--yes"]);
    assert!(ran.refused(7).contains("1 of 2 done; not done: role 'Reader' of"), "{ran:?}");
    let told: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut outcomes: Vec<&str> = told["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|step| step["outcome"].as_str())
        .collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["done", "failed"], "{told:#}");
    assert_eq!(gallery_roles(&lab.azure).len(), 1);
    assert_eq!(prune(&lab, &["--yes"]).json().as_array().unwrap().len(), 1);
    assert_eq!(gallery_roles(&lab.azure).len(), 0);
}

#[test]
fn without_graph_roles_end_all_the_same() {
    let lab = Lab::publisher();
    given(&lab, world::READER_OBJECT, Some("az-imageshare expires=2020-01-31"));
    lab.azure.inject(Fault::status(403).path("/v1.0/applications").always());
    let ran = prune(&lab, &["--yes"]);
    assert!(ran.stderr.contains("left out"), "{ran:?}");
    assert_eq!(ran.json().as_array().unwrap().len(), 1);
}

/// adversary A15: a job at night learns that expired access may stay where it may not look.
#[test]
fn a15_what_may_not_be_read_is_named_and_ends_with_7() {
    for (path, what) in [
        ("/roleAssignments", "role assignments of subscription"),
        ("/registrationAssignments", "delegations"),
        ("Microsoft.Compute/galleries", "galleries of subscription"),
    ] {
        let lab = Lab::publisher();
        given(&lab, world::READER_OBJECT, Some("az-imageshare expires=2020-01-31"));
        lab.azure.inject(forbidden("GET", path));
        let ran = prune(&lab, &["--yes"]);
        let said = ran.refused(7);
        assert!(said.contains("left as it is: ") && said.contains(what), "{path}: {ran:?}");
        let left = usize::from(path == "/roleAssignments");
        assert_eq!(gallery_roles(&lab.azure).len(), left, "the rest goes: {ran:?}");
    }
}

fn card(lab: &Lab, rest: &[&str]) -> Ran {
    let gallery = world::gallery_id();
    lab.run(&[&["share", "card", "--gallery-id", &gallery], rest].concat())
}

#[test]
fn the_same_gallery_gives_the_same_bytes_and_no_secret() {
    let lab = Lab::publisher();
    given(&lab, world::READER_OBJECT, None);
    let path = |name: &str| lab.home.path().join(name).display().to_string();
    let (one, two) = (path("1.json"), path("2.json"));
    for path in [&one, &two] {
        let ran = card(&lab, &["--client-id", world::MULTI_TENANT_CLIENT, "--output-file", path]);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    }
    let text = std::fs::read_to_string(&one).unwrap();
    assert_eq!(text, std::fs::read_to_string(&two).unwrap());
    let read: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["version"], 1);
    assert_eq!(read["publisherTenantId"], world::PUBLISHER_TENANT);
    assert_eq!(read["methods"], serde_json::json!(["app", "rbac"]));
    assert_eq!(read["images"][0]["name"], world::LINUX_IMAGE);
    assert_eq!(read["images"][0]["securityType"], "TrustedLaunch");
    assert_eq!(
        read["images"][0]["versions"][1]["regions"],
        serde_json::json!(["northeurope", "westeurope"])
    );
    assert!(!text.to_lowercase().contains("secret"), "{text}");
    assert!(!text.contains(world::MULTI_TENANT_SECRET), "{text}");
    let other = lab.file("other.json", "{}");
    let ran = card(&lab, &["--output-file", &other]);
    assert!(ran.refused(2).contains("is not a card"), "{ran:?}");
    let nothing = format!("{}x", world::gallery_id());
    lab.run(&["share", "card", "--gallery-id", &nothing]).refused(3);
}

#[test]
fn the_consumer_accepts_by_the_card() {
    let lab = Lab::publisher().with_consumer();
    let client = register_application(&lab, "bridge", &[]);
    let client = client.as_str();
    let path = lab.home.path().join("card.json").display().to_string();
    assert_eq!(card(&lab, &["--client-id", client, "--output-file", &path]).code, 0);
    let accept = ["share", "app", "accept", "--credential", "consumer", "--card"];
    let accepted = lab.run(&[&accept[..], &[&path]].concat()).json();
    assert_eq!(accepted["clientId"], client);
    assert_eq!(accepted["publisherTenantId"], world::PUBLISHER_TENANT);
    let text = std::fs::read_to_string(&path).unwrap();
    for (spoiled, why) in [
        (text.replace("\"version\": 1", "\"version\": 2"), "version 2"),
        (text.replace("\"cloud\": \"", "\"cloud\": \"Other"), "across clouds"),
        (text.replace("az-imageshare/card", "x"), "not an az-imageshare card"),
    ] {
        let path = lab.file("spoiled.json", &spoiled);
        let ran = lab.run(&[&accept[..], &[&path]].concat());
        assert!(ran.refused(2).contains(why), "{ran:?}");
    }
    assert_eq!(card(&lab, &["--output-file", &path]).code, 0);
    let ran = lab.run(&[&accept[..], &[&path]].concat());
    assert!(ran.refused(2).contains("names no application"), "{ran:?}");
}
