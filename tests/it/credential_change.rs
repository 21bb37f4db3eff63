//! Each verb of `credential` as a change: a dry run leaves keyring and files alone, what takes something away is
//! asked for, and nothing secret is in a plan or a record.

use az_imageshare::secrets::StoreError;
use sandbox::world;
use serde_json::{Value, json};

use crate::credential::add;
use crate::support::lab::{Lab, Ran};

const CANARY: &str = "Canary~7f3a9d-CANARY";

fn with_publisher() -> Lab {
    let lab = Lab::new();
    add(&lab, "publisher", &["--secret-stdin", "--default"], world::DEPLOYER_SECRET).json();
    lab
}

/// Everything that a run could change on this computer.
fn standing(lab: &Lab) -> (Vec<String>, Vec<(std::path::PathBuf, Vec<u8>)>) {
    (lab.store.names(), Lab::contents(lab.home.path()))
}

fn dry(lab: &Lab, args: &[&str], secret: &str) -> Ran {
    lab.run_with_input(&[args, &["--dry-run", "--detailed-exitcode"]].concat(), secret)
}

fn totals(ran: &Ran) -> Value {
    let plan: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|err| panic!("{err}: {ran:?}"));
    plan["totals"].clone()
}

#[test]
fn a_dry_run_touches_neither_keyring_nor_file() {
    let lab = with_publisher();
    add(&lab, "second", &["--secret-stdin"], world::DEPLOYER_SECRET).json();
    let entry = json!([{"client_id": world::READER_CLIENT, "tenant": world::PUBLISHER_TENANT,
        "client_secret": CANARY}]);
    lab.file(".azure/service_principal_entries.json", &entry.to_string());
    let before = standing(&lab);
    let tenant = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    let add = [&["credential", "add", "-n", "third", "--default", "--secret-stdin"][..], &tenant]
        .concat();
    let rotate = ["credential", "rotate", "-n", "publisher", "--secret-stdin"];
    let update = ["credential", "update", "-n", "publisher", "--subscription", "images"];
    let table: [(&[&str], [usize; 4]); 6] = [
        (&add, [2, 1, 0, 0]),
        (&rotate, [0, 1, 1, 0]),
        (&update, [0, 1, 0, 0]),
        (&["credential", "use", "-n", "second"], [0, 1, 0, 0]),
        (&["credential", "remove", "-n", "publisher"], [0, 0, 0, 2]),
        (&["credential", "import", "--remove-source"], [2, 0, 0, 1]),
    ];
    // A plan needs no keyring, so a locked one is no reason to refuse it.
    *lab.store.broken.lock().unwrap() = Some(StoreError::Locked);
    for (args, [create, update, replace, remove]) in table {
        let ran = dry(&lab, args, world::DEPLOYER_SECRET);
        assert_eq!(ran.code, 8, "{args:?}: {ran:?}");
        let expected = json!({"create": create, "update": update, "replace": replace, "remove": remove, "keep": 0});
        assert_eq!(totals(&ran), expected, "{args:?}: {ran:?}");
        for secret in [CANARY, world::DEPLOYER_SECRET] {
            assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{ran:?}");
        }
    }
    *lab.store.broken.lock().unwrap() = None;
    assert_eq!(standing(&lab), before);
}

#[test]
fn a_dry_run_tries_a_secret_that_is_given_and_asks_for_none() {
    let lab = Lab::new();
    let fixed = ["credential", "add", "-n", "publisher", "--tenant", world::PUBLISHER_TENANT];
    let words = [&fixed[..], &["--client-id", world::DEPLOYER_CLIENT]].concat();
    assert_eq!(dry(&lab, &words, "").code, 8);
    let given = [&words[..], &["--secret-stdin"]].concat();
    assert_eq!(dry(&lab, &given, "wrong~secret").code, 4);
    assert_eq!(dry(&lab, &given, world::DEPLOYER_SECRET).code, 8);
    assert_eq!(lab.run(&["credential", "list"]).json(), json!([]));
}

#[test]
fn what_takes_something_away_is_asked_for_and_the_rest_is_not() {
    let lab = with_publisher();
    lab.run_at_terminal(&["credential", "remove", "-n", "publisher"], "n\n").refused(9);
    let told = lab.run_at_terminal(&["credential", "remove", "-n", "publisher"], "\n");
    assert!(told.refused(9).contains("Remove 1 credential and 1 keyring entry? (y/N)"), "{told:?}");
    // A secret that was not tried may take the place of one that works only by agreement.
    let untried = ["credential", "rotate", "-n", "publisher", "--secret-stdin", "--skip-test"];
    lab.run_with_input(&untried, "other~secret").refused(2);
    let rotate = ["credential", "rotate", "-n", "publisher", "--secret-stdin"];
    lab.run_with_input(&rotate, world::DEPLOYER_SECRET).json();
    assert_eq!(lab.run_at_terminal(&["credential", "remove", "-n", "publisher"], "y\n").code, 0);
    assert_eq!(lab.run(&["credential", "list"]).json(), json!([]));
    let again = lab.run(&["credential", "remove", "-n", "publisher"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.stderr.contains("There is no credential named 'publisher'"), "{again:?}");
}

#[test]
fn a_second_run_changes_nothing_and_says_so() {
    let lab = with_publisher();
    let writes = |lab: &Lab| lab.run(&["history", "list"]).json().as_array().unwrap().len();
    let before = writes(&lab);
    let used = lab.run(&["credential", "use", "-n", "publisher"]);
    assert!(used.stderr.contains("is the default already"), "{used:?}");
    assert_eq!(used.json()["isDefault"], true);
    let update = ["credential", "update", "-n", "publisher", "--subscription", ""];
    let updated = lab.run(&update);
    assert!(updated.stderr.contains("nothing was changed"), "{updated:?}");
    updated.json();
    assert_eq!(writes(&lab), before);
}

#[test]
fn a_record_says_what_became_of_each_step_and_holds_no_secret() {
    let lab = Lab::new();
    add(&lab, "publisher", &["--secret-stdin"], CANARY).json();
    let rotate = ["credential", "rotate", "-n", "publisher", "--secret-stdin"];
    lab.run_with_input(&rotate, world::DEPLOYER_SECRET).json();
    let shown = lab.run(&["history", "show", "latest"]).json();
    let steps = shown["steps"].as_array().unwrap();
    let kinds: Vec<&Value> = steps.iter().map(|step| &step["kind"]).collect();
    assert_eq!(kinds, ["credential", "keyringEntry"]);
    assert!(steps.iter().all(|step| step["outcome"] == "done"), "{shown:#}");
    assert_eq!(steps[0]["after"]["clientId"], world::DEPLOYER_CLIENT);
    lab.run(&["credential", "remove", "-n", "publisher", "--yes"]);
    *lab.store.broken.lock().unwrap() = Some(StoreError::Locked);
    let refused = add(&lab, "other", &["--secret-stdin"], CANARY);
    refused.refused(15);
    *lab.store.broken.lock().unwrap() = None;
    assert_eq!(lab.run(&["history", "list"]).json().as_array().unwrap().len(), 3);
    for (path, content) in Lab::contents(&lab.files()) {
        let text = String::from_utf8_lossy(&content);
        for secret in [CANARY, world::DEPLOYER_SECRET] {
            assert!(!text.contains(secret), "{}", path.display());
        }
    }
}

#[test]
fn a_secret_that_stays_in_the_keyring_is_not_said_to_be_removed() {
    let lab = with_publisher();
    *lab.store.broken.lock().unwrap() = Some(StoreError::NoCollection);
    let ran = lab.run(&["credential", "remove", "-n", "publisher", "--yes"]);
    let text = ran.refused(7);
    assert!(text.contains("1 of 2 done; not done: client secret of 'publisher'"), "{text}");
    *lab.store.broken.lock().unwrap() = None;
    assert_eq!(lab.run(&["credential", "list"]).json(), json!([]));
    add(&lab, "other", &["--secret-stdin"], world::DEPLOYER_SECRET).json();
    let kept = lab.store.names().iter().filter(|name| name.starts_with("credential-")).count();
    assert_eq!(kept, 1, "the next change takes the old one away");
}
