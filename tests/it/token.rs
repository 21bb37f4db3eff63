//! `token`: the cache between runs, and what damages, outdates or locks it.

use std::path::PathBuf;

use sandbox::{Knobs, Sandbox, world};
use serde_json::{Value, json};

use crate::credential::add;
use crate::support::lab::Lab;

const TOKEN: &str = "/oauth2/v2.0/token";

fn lab_with(lifetime: i64) -> Lab {
    let knobs = Knobs { token_lifetime: lifetime, ..Knobs::default() };
    let lab = Lab::with(Sandbox::builder().knobs(knobs).start());
    let more = ["--secret-stdin", "--default"];
    add(&lab, "publisher", &more, world::DEPLOYER_SECRET).json();
    lab
}

fn lab() -> Lab {
    lab_with(3599)
}

fn get(lab: &Lab) -> Value {
    lab.run(&["token", "get"]).json()
}

fn requests(lab: &Lab) -> usize {
    lab.azure.calls("POST", TOKEN)
}

fn files(lab: &Lab, end: &str) -> Vec<PathBuf> {
    Lab::contents(&lab.files().join("tokens"))
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.to_str().unwrap().ends_with(end))
        .collect()
}

#[test]
fn the_answer_is_that_of_az() {
    let lab = lab();
    let token = get(&lab);
    let keys: Vec<&String> = token.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["accessToken", "expiresOn", "expires_on", "tenant", "tokenType"]);
    assert_eq!(token["tokenType"], "Bearer");
    assert_eq!(token["tenant"], world::PUBLISHER_TENANT);
    let text = token["expiresOn"].as_str().unwrap();
    assert!(text.ends_with(".000000") && text.len() == 26, "{text}");
    let graph = lab.run(&["token", "get", "--resource-type", "ms-graph"]).json();
    assert_ne!(graph["accessToken"], token["accessToken"]);
    lab.run(&["token", "get", "--scope", "a", "--resource", "b"]).refused(2);
    let both = ["--tenant", world::PUBLISHER_TENANT, "--subscription", "x"];
    lab.run(&[&["token", "get"][..], &both].concat()).refused(2);
}

#[test]
fn the_second_run_asks_nobody() {
    let lab = lab();
    let first = get(&lab);
    let second = get(&lab);
    assert_eq!(first["accessToken"], second["accessToken"]);
    assert_eq!(requests(&lab), 1);
    let secret = first["accessToken"].as_str().unwrap().as_bytes();
    for (path, content) in Lab::contents(&lab.files()) {
        let shows = content.windows(secret.len()).any(|part| part == secret);
        assert!(!shows, "{}", path.display());
    }
}

#[test]
fn a_token_is_renewed_five_minutes_early() {
    let lab = lab_with(299);
    assert_ne!(get(&lab)["accessToken"], get(&lab)["accessToken"]);
    assert_eq!(requests(&lab), 2);
    let lab = lab_with(302);
    get(&lab);
    get(&lab);
    assert!(requests(&lab) <= 2);
}

#[test]
fn a_token_that_still_works_is_used_when_it_cannot_be_renewed() {
    let lab = lab_with(200);
    let first = get(&lab);
    lab.azure.state(|state| state.applications.clear());
    let second = lab.run(&["token", "get"]);
    assert!(second.stderr.contains("could not be renewed"), "{second:?}");
    assert_eq!(second.json()["accessToken"], first["accessToken"]);
}

#[test]
fn whoever_finds_the_lock_taken_uses_what_still_works() {
    let lab = lab_with(200);
    let first = get(&lab);
    let name = files(&lab, ".token")[0].file_name().unwrap().to_str().unwrap().to_owned();
    let path = lab.files().join("tokens").join(format!("{}.lock", &name[..2]));
    let lock = std::fs::File::open(path).unwrap();
    lock.try_lock().unwrap();
    assert_eq!(get(&lab)["accessToken"], first["accessToken"]);
    assert_eq!(requests(&lab), 1);
}

#[test]
fn damaged_files_are_set_aside_and_fetched_again() {
    let lab = lab();
    get(&lab);
    let path = files(&lab, ".token").remove(0);
    let mut content = std::fs::read(&path).unwrap();
    let last = content.len() - 1;
    content[last] ^= 1;
    std::fs::write(&path, content).unwrap();
    get(&lab);
    assert_eq!(requests(&lab), 2);
    assert_eq!(files(&lab, ".corrupt").len(), 1);
    get(&lab);
    assert_eq!(requests(&lab), 2, "the new one is kept");
}

#[test]
fn another_identitys_file_is_never_used() {
    let lab = lab();
    let arm = get(&lab);
    let arm_file = files(&lab, ".token").remove(0);
    lab.run(&["token", "get", "--resource-type", "ms-graph"]).json();
    let graph_file = files(&lab, ".token").into_iter().find(|path| *path != arm_file).unwrap();
    std::fs::copy(&graph_file, &arm_file).unwrap();
    let again = get(&lab);
    assert_eq!(requests(&lab), 3);
    assert_ne!(again["accessToken"], arm["accessToken"]);
}

#[test]
fn files_of_a_later_version_are_left_alone() {
    let lab = lab();
    get(&lab);
    let path = files(&lab, ".token").remove(0);
    std::fs::write(&path, "{\"v\":2,\"new\":true}\nwhatever").unwrap();
    let ran = lab.run(&["token", "get"]);
    assert!(ran.stderr.contains("later version"), "{ran:?}");
    ran.json();
    assert!(std::fs::read_to_string(&path).unwrap().contains("\"v\":2"));
}

#[test]
fn a_lost_key_costs_one_request() {
    let lab = Lab::publisher();
    get(&lab);
    lab.store.wipe();
    get(&lab);
    get(&lab);
    assert_eq!(requests(&lab), 2);
    assert!(files(&lab, ".corrupt").is_empty(), "nobody's fault");
}

#[test]
fn a_refusal_is_remembered_until_the_secret_changes() {
    let lab = Lab::new();
    let more = ["--secret-stdin", "--default"];
    add(&lab, "publisher", &more, "wrong~secret").json();
    for _ in 0..3 {
        let refused = lab.run(&["token", "get"]);
        assert!(refused.refused(4).contains("AADSTS7000215"), "{refused:?}");
    }
    assert_eq!(requests(&lab), 1);
    let rotate = ["credential", "rotate", "-n", "publisher", "--secret-stdin"];
    lab.run_with_input(&rotate, world::DEPLOYER_SECRET).json();
    get(&lab);
}

#[test]
fn a_cache_that_cannot_be_written_never_hides_the_token() {
    let lab = lab();
    std::fs::write(lab.files().join("tokens"), "in the way").unwrap();
    let ran = lab.run(&["token", "get"]);
    assert!(ran.stderr.contains("not kept between runs"), "{ran:?}");
    ran.json();
}

#[test]
fn without_a_keyring_the_environment_still_signs_in() {
    let lab = Lab::publisher();
    let absent = az_imageshare::secrets::StoreError::Absent("no bus".to_owned());
    *lab.store.broken.lock().unwrap() = Some(absent);
    let ran = lab.run(&["token", "get"]);
    assert_eq!(ran.stderr, "");
    ran.json();
    assert!(files(&lab, ".token").is_empty());
}

#[test]
fn tokens_are_listed_without_the_keyring_and_cleared() {
    let lab = lab();
    get(&lab);
    lab.run(&["token", "get", "--resource-type", "ms-graph"]).json();
    *lab.store.broken.lock().unwrap() = Some(az_imageshare::secrets::StoreError::Locked);
    let listed = lab.run(&["token", "list"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let one = &listed[0];
    assert_eq!(one["cloud"], sandbox::CLOUD);
    assert_eq!(one["tenant"], world::PUBLISHER_TENANT);
    assert_eq!(one["clientId"], world::DEPLOYER_CLIENT);
    assert_eq!(one["credential"], "publisher");
    assert_eq!(one["state"], "valid");
    let none = json!([]);
    let clear = |args: &[&str]| assert_eq!(lab.run(&[&["token", "clear"], args].concat()).code, 0);
    clear(&["-n", "somebody-else"]);
    clear(&["--tenant", world::CONSUMER_TENANT]);
    assert_eq!(lab.run(&["token", "list"]).json(), listed);
    clear(&["--tenant", world::PUBLISHER_TENANT]);
    assert_eq!(lab.run(&["token", "list"]).json(), none);
    lab.run(&["token", "clear"]).refused(2);
    clear(&["--all"]);
}
