//! What strangers found in the first version, where no other file tests it: rows of bugs, ux and adversary.

use sandbox::{Fault, Listener, world};

use crate::support::lab::{Lab, Ran};

fn create_for(lab: &Lab, principal: &str) -> Ran {
    let args = ["delegation", "create", "-n", "images", "-g", world::IMAGES_GROUP, "--dry-run"];
    let whom = ["--consumer-tenant", world::CONSUMER_TENANT, "--principal-id", principal];
    lab.publish(&[&args[..], &whom[..]].concat())
}

/// bugs F15, MicrosoftDocs/azure-docs#59282: the commonest mistake is the application's id, and Azure takes it.
#[test]
fn f15_principals_are_looked_up_where_the_directory_can_be_asked() {
    let lab = Lab::publisher();
    let before = create_for(&lab, world::CONSUMER_CLIENT);
    assert_eq!(before.code, 0, "nobody can be asked: {before:?}");
    let lab = lab.with_consumer();
    let refused = create_for(&lab, world::CONSUMER_CLIENT);
    let said = refused.refused(1);
    assert!(said.contains("is the application (client) ID of 'image-consumer'"), "{said}");
    assert!(said.contains(world::CONSUMER_OBJECT), "{said}");
    let group = create_for(&lab, world::CONSUMER_M365_GROUP);
    assert!(group.refused(1).contains("a Microsoft 365 group"), "{group:?}");
    let nobody = create_for(&lab, world::DEPLOYER_OBJECT);
    assert!(nobody.refused(1).contains("knows no user, group or service principal"), "{nobody:?}");
    for right in [world::CONSUMER_GROUP, world::CONSUMER_OBJECT, world::CONSUMER_USER] {
        assert_eq!(create_for(&lab, right).code, 0, "{right}");
    }
}

/// The same for the file of another's making, and what the directory refuses to tell is held against nobody.
#[test]
fn f15_every_way_in_is_looked_at_and_a_closed_directory_stops_nobody() {
    let lab = Lab::publisher().with_consumer();
    let right = format!("principal={}", world::CONSUMER_CLIENT);
    let ran = lab.publish(&[
        "delegation",
        "plan",
        "-n",
        "images",
        "-g",
        world::IMAGES_GROUP,
        "--consumer-tenant",
        world::CONSUMER_TENANT,
        "--authorization",
        &right,
        "role=Reader",
    ]);
    let said = ran.refused(1);
    assert!(said.contains("--authorization") && said.contains(world::CONSUMER_OBJECT), "{said}");
    let closed = Fault::status(403).on(Listener::Graph).times(9);
    lab.azure.inject(closed);
    assert_eq!(create_for(&lab, world::CONSUMER_CLIENT).code, 0);
    lab.azure.clear_faults();
    lab.azure.inject(Fault::status(400).on(Listener::Graph).times(99));
    let ran = create_for(&lab, world::CONSUMER_CLIENT);
    assert!(ran.code == 0 && ran.stderr.contains("principals are not checked"), "{ran:?}");
}

/// ux B13: a credential that fails leaves a gap, and a gap is no success, whatever is shown of it.
#[test]
fn b13_a_list_that_lacks_something_ends_with_7_and_says_why() {
    let lab = Lab::publisher().with_consumer();
    let broken = ["credential", "add", "--no-test", "-n", "broken", "--secret-stdin"];
    let who = ["--tenant", world::CONSUMER_TENANT, "--client-id", world::CONSUMER_CLIENT];
    lab.run_with_input(&[&broken[..], &who[..]].concat(), "no secret of theirs").json();
    for list in [
        &["image", "list"][..],
        &["gallery", "list", "--all"],
        &["delegation", "list", "--all"],
        &["share", "list", "--all"],
        &["image", "list", "--only-show-errors"],
    ] {
        let ran = lab.run(list);
        let said = ran.refused(7);
        assert_eq!(said.matches("'broken'").count(), 1, "once, {list:?}: {said}");
        assert!(said.contains("ERROR: not read: "), "{list:?}: {said}");
        assert!(serde_json::from_str::<serde_json::Value>(&ran.stdout).is_ok(), "{list:?}");
    }
    let page = lab.home.path().join("access.html");
    let ran = lab.run(&["share", "report", "--output-file", page.to_str().unwrap()]);
    ran.refused(7);
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("not read: "), "the page says it");
}

/// ux B14: `share list -g RG` was refused, although every other list takes a resource group.
#[test]
fn b14_a_resource_group_alone_is_looked_at() {
    let lab = Lab::publisher();
    lab.azure.state(|state| {
        let role = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
        state.assign_role(&world::gallery_id(), role, world::READER_OBJECT);
    });
    let of = |group: &str| lab.publish(&["share", "list", "-g", group]).json();
    let found = of(world::IMAGES_GROUP);
    let is_given = |row: &serde_json::Value| row["principalId"] == world::READER_OBJECT;
    assert!(found.as_array().unwrap().iter().any(is_given), "{found:#}");
    assert_eq!(of(world::OTHER_GROUP), serde_json::json!([]));
    let both = lab.publish(&["share", "list", "--all", "-g", world::IMAGES_GROUP]);
    assert!(both.refused(2).contains("cannot be used together"), "never dropped: {both:?}");
}

/// ux B28: nothing is found in a region that there is not, and that is no answer.
#[test]
fn b28_a_region_that_does_not_exist_is_no_empty_list() {
    let lab = Lab::publisher();
    let ran = lab.run(&["image", "list", "--location", "westeuropa", "-o", "table"]);
    let said = ran.refused(2);
    assert!(said.contains("there is no region 'westeuropa'"), "{said}");
    assert!(said.contains("westeurope"), "{said}");
    let ran = lab.run(&["image", "list", "--location", "germanywestcentral", "-o", "table"]);
    assert!(
        ran.code == 0 && ran.stderr.contains("No image can be used in germanywestcentral"),
        "{ran:?}"
    );
    assert!(!ran.stdout.contains("vm create"), "advice on images that are not there: {ran:?}");
}

/// bugs, what confuses: a plain folder of certificates, as OpenSSL's variable names it.
#[test]
fn certificates_are_found_in_the_folder_that_openssl_looks_in() {
    let lab = Lab::publisher();
    let bundle = lab.variables()["REQUESTS_CA_BUNDLE"].clone();
    let folder = lab.home.path().join("certificates");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(bundle, folder.join("company.crt")).unwrap();
    let lab = lab.env("REQUESTS_CA_BUNDLE", "");
    lab.run(&["delegation", "list"]).refused(12);
    let lab = lab.env("SSL_CERT_DIR", folder.to_str().unwrap());
    lab.run(&["delegation", "list"]).json();
}

/// adversary A14: one 404 about the small role, as a cache may give it, gave the wide one.
#[test]
fn a14_one_not_found_gives_no_wider_role() {
    let lab = Lab::publisher();
    lab.azure.inject(Fault::status(404).path("/roleDefinitions/cf7c76d2").times(1));
    let who = ["--assignee", world::READER_OBJECT, "--gallery-id"];
    let ran = lab.run(&[&["share", "rbac", "add"][..], &who, &[&world::gallery_id()]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let given = lab.azure.state(|state| state.role_assignments.last().unwrap().role.clone());
    assert_eq!(given, "cf7c76d2-98a3-4358-a134-615aa78bf44d", "Compute Gallery Image Reader");
}

/// adversary A22: a secret that was typed for a file's name, or stands in an address, was repeated.
#[test]
fn a22_a_secret_in_the_wrong_place_is_not_repeated() {
    const TYPED: &str = "s3cr~CANARY-7f3a9d";
    let lab = Lab::new();
    let add = ["credential", "add", "--no-test", "-n", "x", "--client-id", world::DEPLOYER_CLIENT];
    let tenant = ["--tenant", world::PUBLISHER_TENANT];
    for flag in ["--certificate", "--federated-token-file", "--secret-file"] {
        let ran = lab.run(&[&add[..], &tenant, &[flag, TYPED]].concat());
        assert!(ran.code != 0 && !format!("{ran:?}").contains("CANARY"), "{flag}: {ran:?}");
    }
    let file = format!("[Own]\nendpoint_resource_manager = https://user:{TYPED}@arm.example\n");
    lab.file(".azure/clouds.config", &file);
    let ran = lab.run(&["delegation", "list", "--cloud", "Own"]);
    assert!(ran.code != 0 && !format!("{ran:?}").contains("CANARY"), "{ran:?}");
}

/// adversary A23: `token clear --all` swept what other runs were writing at that moment.
#[test]
fn a23_what_another_run_is_writing_stays() {
    let lab = Lab::publisher();
    lab.run(&["token", "get"]).json();
    let young = lab.files().join("tokens").join(".tmp-of-another");
    std::fs::write(&young, "").unwrap();
    assert_eq!(lab.run(&["token", "clear", "--all"]).code, 0);
    assert!(young.exists());
    crate::support::make_old(&young);
    assert_eq!(lab.run(&["token", "clear", "--all"]).code, 0);
    assert!(!young.exists());
}

/// adversary A18: what fails after the change stands is said so, with 7, and the change is kept.
#[test]
fn a18_a_failure_after_the_change_does_not_deny_it() {
    let lab = Lab::new();
    let add = ["credential", "add", "--no-test", "-n", "one", "--secret-stdin", "--default"];
    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    lab.run_with_input(&[&add[..], &who].concat(), "an old secret of theirs").json();
    let tokens = lab.files().join("tokens");
    let _ = std::fs::remove_dir_all(&tokens);
    std::fs::write(&tokens, "not a folder").unwrap();
    let rotate = ["credential", "rotate", "-n", "one", "--secret-stdin", "--skip-test", "--yes"];
    let rotated = lab.run_with_input(&rotate, world::DEPLOYER_SECRET);
    assert!(rotated.refused(7).contains("the new secret of 'one' is kept"), "{rotated:?}");
    std::fs::remove_file(&tokens).unwrap();
    lab.run(&["token", "get", "--credential", "one"]).json();
    let _ = std::fs::remove_dir_all(&tokens);
    std::fs::write(&tokens, "not a folder").unwrap();
    let removed = lab.run(&["credential", "remove", "-n", "one", "--yes"]);
    assert!(removed.refused(7).contains("credential 'one' is removed"), "{removed:?}");
    assert_eq!(lab.run(&["credential", "list"]).json(), serde_json::json!([]));
    let left: Vec<String> = lab.store.names();
    assert!(left.iter().all(|name| name.starts_with("cache-key")), "{left:?}");
}
