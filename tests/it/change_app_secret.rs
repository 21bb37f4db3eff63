//! `share app secret`: one more secret, kept and handed over; those that nobody here uses any more gone.

use std::path::PathBuf;

use sandbox::{ClientSecret, Fault, FaultKind, world};
use serde_json::Value;

use crate::support::applications::register_application;
use crate::support::change::{
    dry_run, goes_on, needs_consent, newest_run, recorded_step, steps, writes,
};
use crate::support::faults::forbidden;
use crate::support::lab::{Lab, Ran};

fn registered() -> (Lab, String) {
    let lab = Lab::publisher();
    let client =
        register_application(&lab, "bridge", &["--consumer-tenant", world::CONSUMER_TENANT]);
    (lab, client)
}

fn secrets(lab: &Lab, client: &str) -> Vec<ClientSecret> {
    lab.azure.state(|state| state.application(client).unwrap().secrets.clone())
}

fn add(lab: &Lab, client: &str, more: &[&str]) -> Ran {
    lab.run(&[&["share", "app", "secret", "add", "--client-id", client], more].concat())
}

fn signs_in(lab: &Lab) -> Value {
    lab.run(&["token", "clear", "-n", "bridge"]);
    lab.run(&["token", "get", "--credential", "bridge"]).json()["tenant"].clone()
}

#[test]
fn one_more_secret_takes_its_place_in_the_keyring_and_the_old_one_goes_on_working() {
    let (lab, client) = registered();
    let args = ["share", "app", "secret", "add", "--client-id", client.as_str()];
    assert_eq!(
        steps(&dry_run(&lab, &args, true)),
        ["create clientSecret", "update credential", "replace keyringEntry"]
    );
    let ran = add(&lab, &client, &["--expires", "2099-01-31"]);
    let made = ran.json();
    let known = secrets(&lab, &client);
    assert_eq!(known.len(), 2);
    assert_eq!(
        (&made["keyId"], &made["credential"]),
        (&known[1].id.as_str().into(), &"bridge".into())
    );
    assert_eq!((&made["expiresOn"], made.get("secret")), (&"2099-01-31".into(), None));
    for secret in &known {
        assert!(!ran.stdout.contains(&secret.value) && !ran.stderr.contains(&secret.value));
        assert!(!newest_run(&lab).to_string().contains(&secret.value));
    }
    assert_eq!(recorded_step(&lab, "clientSecret")["id"], made["keyId"]);
    // What was kept before is refused now: the credential holds the new one.
    lab.azure.state(|state| state.application_mut(&client).unwrap().secrets.remove(0));
    assert_eq!(signs_in(&lab), world::PUBLISHER_TENANT);
    let record = lab.run(&["credential", "show", "-n", "bridge"]).json();
    assert_eq!(record["secretExpiresOn"], "2099-01-31");
}

#[test]
fn a_secret_is_shown_to_be_handed_over_only_if_asked_for() {
    let (lab, client) = registered();
    let shown = add(&lab, &client, &["--show"]).json();
    assert_eq!(shown["secret"], secrets(&lab, &client)[1].value);
}

#[test]
fn an_application_that_no_credential_here_is_of_gets_one() {
    let (lab, client) = registered();
    assert_eq!(lab.run(&["credential", "remove", "-n", "bridge", "--yes"]).code, 0);
    let made = add(&lab, &client, &[]).json();
    assert_eq!(made["credential"], "bridge");
    let record = lab.run(&["credential", "show", "-n", "bridge"]).json();
    assert_eq!(record["alsoTenantIds"][0], world::CONSUMER_TENANT, "its tags say whom it is for");
    assert_eq!(signs_in(&lab), world::PUBLISHER_TENANT);
}

#[test]
fn a_secret_that_is_refused_changes_nothing() {
    let (lab, client) = registered();
    lab.azure.inject(forbidden("POST", "/addPassword"));
    add(&lab, &client, &[]).refused(1);
    assert_eq!(secrets(&lab, &client).len(), 1);
    lab.azure.clear_faults();
    assert_eq!(signs_in(&lab), world::PUBLISHER_TENANT);
    assert_eq!(notes(&lab), Vec::<PathBuf>::new(), "no secret was made");
}

/// What runs left of secrets that they asked for, without the locks.
fn notes(lab: &Lab) -> Vec<PathBuf> {
    let all = Lab::contents(&lab.files().join("client-secrets")).into_iter().map(|(path, _)| path);
    all.filter(|path| path.extension().is_none()).collect()
}

#[test]
fn a_note_stays_where_a_secret_may_have_been_made_in_spite_of_the_refusal() {
    let html = Fault::new(FaultKind::Html { status: 403 }).always();
    let broken = Fault::status(500).always();
    for fault in [html, broken] {
        let (lab, client) = registered();
        let shown = format!("{:?}", fault.kind);
        lab.azure.inject(fault.method("POST").path("/addPassword"));
        assert_ne!(add(&lab, &client, &[]).code, 0, "{shown}");
        assert_eq!(notes(&lab).len(), 1, "{shown}");
    }
}

#[test]
fn a_refusal_after_an_answer_of_a_gateway_says_nothing_of_the_first_request() {
    let (lab, client) = registered();
    lab.azure.inject(Fault::status(503).method("POST").path("/addPassword").applied());
    lab.azure.inject(forbidden("POST", "/addPassword"));
    add(&lab, &client, &[]).refused(1);
    assert_eq!(secrets(&lab, &client).len(), 2);
    assert_eq!(notes(&lab).len(), 1);
    lab.azure.clear_faults();
    add(&lab, &client, &[]).json();
    assert_eq!(secrets(&lab, &client).len(), 2, "what was left is gone");
    assert_eq!(notes(&lab), Vec::<PathBuf>::new());
}

/// Asks for a secret whose answer is lost.
fn lose_secret(lab: &Lab, client: &str) {
    let mut lost = Fault::new(FaultKind::Reset).method("POST").path("/addPassword");
    lost.applied = true;
    lab.azure.inject(lost.always());
    add(lab, client, &[]).refused(12);
    lab.azure.clear_faults();
    assert!(secrets(lab, client).len() > 1, "nobody knows what was made");
}

#[test]
fn a_secret_whose_answer_was_lost_goes_with_the_next_run_but_not_one_that_is_about_to_be_kept() {
    for history in ["on", "off"] {
        let (lab, client) = registered();
        let lab = lab.env("AZ_IMAGESHARE_HISTORY", history);
        lose_secret(&lab, &client);
        let args = ["share", "app", "secret", "add", "--client-id", client.as_str()];
        let notes = Lab::contents(&lab.files().join("client-secrets"));
        let is_lock = |path: &std::path::Path| path.extension().is_some_and(|end| end == "lock");
        let (lock, _) = notes.iter().find(|(path, _)| is_lock(path)).unwrap();
        let lock = std::fs::File::open(lock).unwrap();
        lock.lock().unwrap();
        assert_eq!(steps(&dry_run(&lab, &args, true)).len(), 3, "another process may keep it yet");
        drop(lock);
        let ran = lab.run(&args);
        assert!(
            ran.stderr.contains("- client secret") && ran.stderr.contains("its value is lost"),
            "{ran:?}"
        );
        assert_eq!((ran.code, secrets(&lab, &client).len()), (0, 2), "the first, and the new one");
        assert_eq!(signs_in(&lab), world::PUBLISHER_TENANT);
        let notes = Lab::contents(&lab.files().join("client-secrets"));
        assert!(notes.is_empty(), "{notes:?}");
    }
}

#[test]
fn a_lost_secret_of_another_computer_is_left_alone() {
    let (lab, client) = registered();
    lose_secret(&lab, &client);
    let left = secrets(&lab, &client).len();
    let other = Lab::with(lab.azure).signed_in(
        world::PUBLISHER_TENANT,
        world::DEPLOYER_CLIENT,
        world::DEPLOYER_SECRET,
    );
    let add_to = ["share", "app", "secret", "add", "--client-id", client.as_str()];
    assert_eq!(steps(&dry_run(&other, &add_to, true)).len(), 3);
    other.run(&add_to).json();
    assert_eq!(secrets(&other, &client).len(), left + 1);
}

/// Killed after the secret was kept, and before its note went.
#[test]
fn a_noted_secret_that_a_credential_has_stays_also_when_another_takes_its_place() {
    let (lab, client) = registered();
    let key = secrets(&lab, &client)[0].id.clone();
    let (name, _) =
        lab.azure.state(|state| state.directory.registrations[&client].passwords[&key].clone());
    let folder = lab.files().join("client-secrets");
    std::fs::create_dir_all(&folder).unwrap();
    let note = folder.join(name.unwrap().strip_prefix("az-imageshare ").unwrap());
    std::fs::write(&note, "").unwrap();
    let args = ["share", "app", "secret", "add", "--client-id", client.as_str()];
    assert_eq!(steps(&dry_run(&lab, &args, true)).len(), 3);
    assert!(note.exists(), "a dry run writes nothing");
    add(&lab, &client, &[]).json();
    add(&lab, &client, &[]).json();
    assert_eq!(secrets(&lab, &client).len(), 3, "all that was kept stays valid");
    assert!(!note.exists());
}

#[test]
fn without_a_keyring_no_secret_is_made() {
    let (lab, client) = registered();
    *lab.store.broken.lock().unwrap() = Some(az_imageshare::secrets::StoreError::Locked);
    add(&lab, &client, &[]).refused(15);
    assert_eq!(secrets(&lab, &client).len(), 1);
}

#[test]
fn all_but_the_one_in_use_go_after_asking() {
    let (lab, client) = registered();
    add(&lab, &client, &[]).json();
    add(&lab, &client, &[]).json();
    let args = ["share", "app", "secret", "remove", "--client-id", client.as_str()];
    let plan = dry_run(&lab, &args, true);
    assert_eq!(steps(&plan), ["remove clientSecret", "remove clientSecret", "keep clientSecret"]);
    let kept = secrets(&lab, &client)[2].clone();
    assert!(!plan.to_string().contains(&kept.value[..6]), "no part of a secret is shown: {plan}");
    let asked = needs_consent(&lab, &args);
    assert!(asked.stderr.contains("Remove 2 client secrets of application 'bridge'?"), "{asked:?}");
    assert!(asked.stderr.contains("credential 'bridge' signs in with it"), "{asked:?}");
    let ran = lab.run(&[&args[..], &["--yes"]].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    let left = secrets(&lab, &client);
    assert_eq!(left.iter().map(|known| &known.id).collect::<Vec<_>>(), [&kept.id]);
    assert_eq!(signs_in(&lab), world::PUBLISHER_TENANT);
    lab.azure.clear_journal();
    assert_eq!(lab.run(&args).code, 0, "nothing is left to ask about");
    assert_eq!(writes(&lab), Vec::<String>::new());
}

#[test]
fn a_secret_is_named_by_its_key_id_and_one_that_is_not_there_is_no_failure() {
    let (lab, client) = registered();
    add(&lab, &client, &[]).json();
    let used = secrets(&lab, &client)[1].id.clone();
    let remove = |key: &str| {
        let args = ["share", "app", "secret", "remove", "--client-id", &client, "--key-id", key];
        lab.run(&[&args[..], &["--yes"]].concat())
    };
    let none = remove("6d2c9b0e-51f4-4a8d-9c37-0e8f1b2a4d55");
    assert!(none.stderr.contains("nothing to remove"), "{none:?}");
    assert_eq!((none.code, secrets(&lab, &client).len()), (0, 2));
    let ran = remove(&used);
    assert!(ran.stderr.contains("credential 'bridge' signs in with it"), "said before: {ran:?}");
    assert_eq!((ran.code, secrets(&lab, &client).len()), (0, 1));
}

#[test]
fn what_is_in_use_must_be_known_before_everything_else_goes() {
    let (lab, client) = registered();
    assert_eq!(lab.run(&["credential", "remove", "-n", "bridge", "--yes"]).code, 0);
    let args = ["share", "app", "secret", "remove", "--client-id", client.as_str(), "--yes"];
    let ran = lab.run(&args);
    assert!(ran.refused(2).contains("--key-id"), "{ran:?}");
    assert_eq!(secrets(&lab, &client).len(), 1);
}

#[test]
fn a_secret_that_stays_is_named_and_the_next_run_removes_it() {
    let (lab, client) = registered();
    add(&lab, &client, &[]).json();
    add(&lab, &client, &[]).json();
    let stays = secrets(&lab, &client)[0].id.clone();
    lab.azure.inject(Fault::status(403).method("POST").path("/removePassword"));
    let args = ["share", "app", "secret", "remove", "--client-id", client.as_str(), "--yes"];
    let ran = lab.run(&args);
    let stderr = ran.refused(7);
    assert!(stderr.contains("1 of 2 done; not done: client secret"), "{stderr}");
    assert!(stderr.contains(&stays), "{stderr}");
    lab.azure.clear_faults();
    assert_eq!(goes_on(&lab, &ran).code, 0);
    assert_eq!(secrets(&lab, &client).len(), 1);
}

/// Two machines of two companies: what passes between them is what the commands print.
#[test]
fn an_application_is_handed_over_from_the_publisher_to_the_consumer() {
    let (publisher, client) = registered();
    let gallery = world::gallery_id();
    let grant = ["share", "app", "grant", "--client-id", &client, "--gallery-id", &gallery];
    publisher.run(&grant).json();
    let handed = add(&publisher, &client, &["--show"]).json();
    let secret = handed["secret"].as_str().unwrap().to_owned();
    let consumer = Lab::with(publisher.azure).at_consumer();
    let accept = ["share", "app", "accept", "--client-id", &client, "-g", "apps-rg"];
    consumer.run(&accept).json();
    let keep = ["credential", "add", "-n", "handed", "--client-id", &client, "--secret-stdin"];
    let tenants = ["--tenant", world::CONSUMER_TENANT, "--also-tenant", world::PUBLISHER_TENANT];
    let kept = consumer.run_with_input(&[&keep[..], &tenants].concat(), &secret);
    assert_eq!(kept.code, 0, "it signed in to both tenants: {kept:?}");
    let listed = consumer.run(&["image", "list", "--credential", "handed"]).json();
    let images = listed.as_array().unwrap();
    assert!(images.iter().any(|image| image["via"] == "rbac"), "{listed}");
}
