//! `status` and `credential show`: who signs in and why, what ends soon, what waits.

use sandbox::world;
use serde_json::json;

use crate::support::galleries::shareable;
use crate::support::lab::Lab;
use crate::support::offers::TERMS;

fn keep(lab: &Lab, name: &str, more: &[&str]) {
    let add = ["credential", "add", "--no-test", "-n", name, "--secret-stdin"];
    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    lab.run_with_input(&[&add[..], &who, more].concat(), world::DEPLOYER_SECRET).json();
}

#[test]
fn nobody_kept_is_told_with_a_way_on_and_costs_no_request() {
    let lab = Lab::new();
    let ran = lab.run_at_terminal(&["status"], "");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("No identity can sign in."), "{}", ran.stdout);
    assert!(ran.stdout.contains("az-imageshare credential add"), "{}", ran.stdout);
    let status = lab.run(&["status"]).json();
    assert_eq!((&status["signedIn"], &status["credentials"]), (&json!(null), &json!([])));
    assert_eq!(lab.azure.journal().len(), 0);
}

#[test]
fn who_signs_in_is_told_with_the_reason_on_each_level() {
    let lab = Lab::new().with_consumer();
    keep(&lab, "publisher", &["--default"]);
    let why = |lab: &Lab, more: &[&str]| {
        let status = lab.run(&[&["status"][..], more].concat()).json();
        let shown = lab.run(&[&["credential", "show"][..], more].concat()).json();
        assert_eq!(
            (&shown["name"], &shown["why"]),
            (&status["signedIn"]["name"], &status["signedIn"]["why"])
        );
        (status["signedIn"]["name"].clone(), status["signedIn"]["why"].clone())
    };
    assert_eq!(why(&lab, &[]), (json!("publisher"), json!("default")));
    assert_eq!(why(&lab, &["--credential", "consumer"]), (json!("consumer"), json!("flag")));
    let lab = lab.env("AZURE_TENANT_ID", world::CONSUMER_TENANT);
    let lab = lab.env("AZURE_CLIENT_ID", world::CONSUMER_CLIENT);
    let half = lab.run(&["status"]).json();
    assert_eq!(half["signedIn"], json!(null), "half a sign-in is none");
    assert!(half["problem"].to_string().contains("AZURE_CLIENT_SECRET"), "{half}");
    let lab = lab.env("AZURE_CLIENT_SECRET", world::CONSUMER_SECRET);
    assert_eq!(why(&lab, &[]), (json!("environment"), json!("environment")));
    let lab = lab.env("AZ_IMAGESHARE_CREDENTIAL", "consumer");
    assert_eq!(why(&lab, &[]), (json!("consumer"), json!("variable")));
    assert_eq!(lab.azure.journal().len(), 0, "the network was used");
}

#[test]
fn tenants_have_the_names_that_azure_told_before() {
    let lab = Lab::new();
    keep(&lab, "publisher", &["--default", "--subscription", world::PUBLISHER_SUBSCRIPTION]);
    lab.run(&[&["delegation", "create", "-n", "images", "--yes"][..], &TERMS].concat()).json();
    lab.run(&["delegation", "list", "--refresh-completions"]);
    let status = lab.run(&["status"]).json();
    let tenant = &status["credentials"][0]["tenants"][0];
    assert_eq!(
        (&tenant["id"], &tenant["name"]),
        (&json!(world::PUBLISHER_TENANT), &json!("Contoso"))
    );
    let subscription = &status["subscription"];
    assert_eq!(
        (&subscription["why"], &subscription["id"]),
        (&json!("credential"), &json!(world::PUBLISHER_SUBSCRIPTION))
    );
    assert!(subscription["name"].is_string(), "{status:#}");
}

#[test]
fn a_tenant_that_was_named_by_its_domain_has_at_least_that_name() {
    let lab = Lab::new();
    let add = ["credential", "add", "--no-test", "-n", "publisher", "--secret-stdin"];
    let who = ["--tenant", world::PUBLISHER_DOMAIN, "--client-id", world::DEPLOYER_CLIENT];
    lab.run_with_input(&[&add[..], &who].concat(), world::DEPLOYER_SECRET).json();
    let table = lab.run(&["credential", "list", "-o", "table"]).stdout;
    assert!(table.contains(world::PUBLISHER_DOMAIN), "{table}");
    let status = lab.run(&["status", "--query", "credentials[0].tenants[0].name"]).json();
    assert_eq!(status, json!(world::PUBLISHER_DOMAIN));
    // A table for people asks once for the name that people know it by.
    let table = lab.run(&["gallery", "list", "--all", "-o", "table"]).stdout;
    assert!(table.contains("Contoso Images"), "{table}");
}

#[test]
fn the_table_says_who_signs_in_too() {
    let lab = Lab::new();
    let table = lab.run(&["status", "-o", "table"]).stdout;
    assert!(table.contains("No identity can sign in."), "{table}");
    keep(&lab, "publisher", &["--default"]);
    let table = lab.run(&["status", "-o", "table"]).stdout;
    assert!(table.contains("Signs in: credential 'publisher' (the default credential)"), "{table}");
    assert!(!table.contains("Credentials:"), "{table}");
}

#[test]
fn what_ends_soon_is_listed_with_the_command_that_helps() {
    let lab = Lab::new();
    let day = |days: i64| {
        (jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date()
            + jiff::Span::new().days(days))
        .to_string()
    };
    for (name, days) in [("soon", 10), ("over", -3), ("later", 200)] {
        keep(&lab, name, &["--secret-expires-on", &day(days)]);
    }
    let lab =
        lab.signed_in(world::PUBLISHER_TENANT, world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET);
    let gallery = shareable(&lab.azure, "partners");
    let whom = ["--gallery-id", &gallery, "--consumer-tenant", world::CONSUMER_TENANT];
    lab.run(&[&["share", "direct", "add"][..], &whom, &["--expires", "5d"]].concat()).json();
    let status = lab.run(&["status"]).json();
    let ends: Vec<_> = status["endsSoon"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["what"].clone(), one["daysLeft"].clone()))
        .collect();
    assert_eq!(
        ends,
        [(json!("secret"), json!(-3)), (json!("share"), json!(5)), (json!("secret"), json!(10))]
    );
    let health = |name: &str| {
        status["credentials"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()["health"].clone()
    };
    assert_eq!(
        (health("soon"), health("over"), health("later")),
        (json!("expiring"), json!("ended"), json!("ready"))
    );
    let text = lab.run_at_terminal(&["status"], "").stdout;
    assert!(
        text.contains("credential rotate -n over") && text.contains("ends in 5 days"),
        "{text}"
    );
    lab.run(&["share", "direct", "reset", "--gallery-id", &gallery, "--yes"]);
    let after = lab.run(&["status", "--query", "endsSoon[?what=='share']"]).json();
    assert_eq!(after, json!([]), "a later run took it away");
}

#[test]
fn a_locked_keyring_is_a_state_and_no_failure() {
    let lab = Lab::new();
    keep(&lab, "publisher", &["--default"]);
    *lab.store.broken.lock().unwrap() = Some(az_imageshare::secrets::StoreError::Locked);
    let status = lab.run(&["status"]).json();
    assert_eq!(status["credentials"][0]["health"], "locked");
    assert_eq!(status["signedIn"]["name"], "publisher");
}

#[test]
fn online_signs_in_everywhere_and_ends_with_what_came_of_it() {
    let lab = Lab::new().with_bridge(&["--default"]);
    let ran = lab.run(&["status", "--online"]).json();
    assert_eq!(ran["credentials"][0]["tenants"][1]["ok"], true);
    let add = ["credential", "add", "--no-test", "-n", "gone", "--tenant", world::THIRD_TENANT];
    let rest = ["--client-id", world::READER_CLIENT, "--secret-stdin"];
    lab.run_with_input(&[&add[..], &rest[..]].concat(), "wrong").json();
    let ran = lab.run(&["status", "--online"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    let status: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(status["credentials"][1]["health"], "refused");
    assert!(status["credentials"][1]["detail"].as_str().unwrap().contains("AADSTS"), "{status:#}");
}

#[test]
fn a_run_that_was_killed_waits_until_it_is_done() {
    let lab = Lab::publisher();
    let folder = lab.files().join("history");
    let gallery = shareable(&lab.azure, "partners");
    let whom = ["--gallery-id", &gallery, "--consumer-tenant", world::CONSUMER_TENANT];
    let line = [&["share", "direct", "add"][..], &whom].concat();
    lab.run(&line).json();
    let record = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&record).unwrap();
    let killed: String = text.lines().take(2).map(|line| format!("{line}\n")).collect();
    std::fs::write(&record, killed).unwrap();
    let open = lab.run(&["status", "--query", "openRuns"]).json();
    assert_eq!(open[0]["unknown"], 1, "{open:#}");
    let next = open[0]["next"].as_str().unwrap();
    assert_eq!(next, format!("az-imageshare {}", line.join(" ")));
    assert_eq!(open[0]["outcome"], "interrupted");
    lab.run(&["share", "direct", "reset", "--gallery-id", &gallery, "--yes"]);
    lab.run(&line).json();
    assert_eq!(lab.run(&["status", "--query", "openRuns"]).json(), json!([]));
}

#[test]
fn a_killed_run_needs_nothing_while_another_process_runs_the_same() {
    let lab = Lab::publisher();
    let gallery = shareable(&lab.azure, "partners");
    let whom = ["--gallery-id", &gallery, "--consumer-tenant", world::CONSUMER_TENANT];
    let line = [&["share", "direct", "add"][..], &whom].concat();
    lab.run(&line).json();
    let (record, text) = Lab::contents(&lab.files().join("history")).pop().unwrap();
    let text = String::from_utf8(text).unwrap();
    let killed: String = text.lines().take(2).map(|line| format!("{line}\n")).collect();
    std::fs::write(&record, &killed).unwrap();
    let name = record.file_stem().unwrap().to_str().unwrap();
    // Later than the other, as the newest comes first.
    let first = killed.replacen(name, "later", 1).replacen("\"at\":\"20", "\"at\":\"21", 1);
    let lives = record.with_file_name("later.jsonl");
    std::fs::write(&lives, first).unwrap();
    let lives = std::fs::File::options().append(true).open(lives).unwrap();
    lives.lock().unwrap();
    let open = || lab.run(&["status", "--query", "openRuns[].[run, outcome]"]).json();
    assert_eq!(open(), json!([["later", "running"]]));
    drop(lives);
    assert_eq!(open(), json!([["later", "interrupted"]]));
}

#[test]
fn a_killed_undo_names_its_run_and_is_over_when_nothing_is_left_of_it() {
    let lab = Lab::publisher();
    let gallery = shareable(&lab.azure, "partners");
    let whom = ["--gallery-id", &gallery, "--consumer-tenant", world::CONSUMER_TENANT];
    lab.run(&[&["share", "direct", "add"][..], &whom].concat()).json();
    let shared = lab.run(&["history", "show", "latest"]).json()["run"].clone();
    assert_eq!(lab.run(&["history", "undo", "latest", "--yes"]).code, 0);
    let undone = lab.run(&["history", "show", "latest"]).json()["run"].clone();
    let record = format!("history/{}.jsonl", undone.as_str().unwrap());
    let record = lab.files().join(record);
    let text = std::fs::read_to_string(&record).unwrap();
    let killed: String = text.lines().take(2).map(|line| format!("{line}\n")).collect();
    std::fs::write(&record, killed).unwrap();
    let next = lab.run(&["status", "--query", "openRuns[].next"]).json();
    let shared = shared.as_str().unwrap();
    assert_eq!(next, json!([format!("az-imageshare history undo {shared} --yes")]));
    assert_eq!(lab.run(&["history", "undo", shared, "--yes"]).code, 0);
    assert_eq!(lab.run(&["status", "--query", "openRuns"]).json(), json!([]));
}
