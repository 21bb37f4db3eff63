//! Lists over every credential, tenant and subscription: each thing once, each cause once, few requests.

use sandbox::{Sandbox, shared_fleet, world};
use serde_json::{Value, json};

use crate::support::faults::forbidden;
use crate::support::galleries::{IMAGE_READER, shareable};
use crate::support::lab::{Lab, Ran};
use crate::support::offers::{IMAGES, Standing, stand};

/// A partner: the publisher's deployer, the consumer, the bridge in both tenants, and one that cannot sign in.
fn partner() -> Lab {
    let lab = Lab::new().with_consumer().with_bridge(&[]);
    keep(
        &lab,
        "publisher",
        world::PUBLISHER_TENANT,
        world::DEPLOYER_CLIENT,
        world::DEPLOYER_SECRET,
    );
    lab
}

fn keep(lab: &Lab, name: &str, tenant: &str, client: &str, secret: &str) {
    let add = ["credential", "add", "--no-test", "-n", name, "--secret-stdin"];
    lab.run_with_input(&[&add[..], &["--tenant", tenant, "--client-id", client]].concat(), secret)
        .json();
}

fn names(row: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        row["seenBy"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn each_delegation_has_one_row_from_each_side_with_those_who_see_it() {
    let lab = partner();
    stand(&lab.azure, &IMAGES);
    let orphan = Standing { name: "orphan", groups: &[], ..IMAGES };
    stand(&lab.azure, &orphan);
    let rows = lab.run(&["delegation", "list", "--all"]).json();
    let of = |name: &str, direction: &str| {
        let mut found = rows
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["name"] == name && row["direction"] == direction);
        let row = found.next().unwrap_or_else(|| panic!("no {name} {direction} in {rows:#}"));
        assert!(found.next().is_none(), "twice: {rows:#}");
        row
    };
    assert!(names(of("images", "given")).contains(&"publisher"));
    assert!(names(of("images", "received")).contains(&"consumer"));
    assert_eq!(of("images", "received")["consumerTenantId"], world::CONSUMER_TENANT);
    assert_eq!(of("orphan", "given")["provisioningState"], "not assigned");
    assert_eq!(of("images", "given")["provisioningState"], "Succeeded");
    let given = lab.run(&["delegation", "list", "--all", "--direction", "given"]).json();
    assert_eq!(given.as_array().unwrap().len(), 2);
    let one = lab.run(&["delegation", "show", "--credential", "publisher", "-n", "orphan"]).json();
    assert_eq!(one["provisioningState"], "not assigned");
}

#[test]
fn what_the_index_cannot_tell_is_asked_of_the_provider() {
    let lab = partner();
    stand(&lab.azure, &IMAGES);
    lab.azure.inject(forbidden("POST", "ResourceGraph"));
    let rows = lab.run(&["delegation", "list", "--all"]).json();
    assert_eq!(rows.as_array().unwrap().len(), 2, "{rows:#}");
    let galleries = lab.run(&["gallery", "list", "--all"]).json();
    assert_eq!(galleries[0]["name"], world::GALLERY);
    let shares = lab.run(&["share", "list", "--all", "--tenant", world::CONSUMER_TENANT]).json();
    assert!(shares.as_array().unwrap().iter().any(|row| row["via"] == "delegation"), "{shares:#}");
}

#[test]
fn galleries_show_their_sharing_regions_and_newest_versions() {
    let lab = partner();
    shareable(&lab.azure, "partners");
    let rows = lab.run(&["gallery", "list", "--all"]).json();
    let row = |name: &str| {
        rows.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone()
    };
    let shared = row("partners");
    assert_eq!(
        (&shared["sharing"], &shared["tenantId"]),
        (&json!("Groups"), &json!(world::PUBLISHER_TENANT))
    );
    assert_eq!(shared["images"], json!([{"name": "shared", "newest": "1.0.0"}]));
    assert_eq!(shared["regions"], json!(["eastus", "westeurope"]));
    assert!(
        names(&shared).contains(&"publisher") && names(&shared).contains(&"bridge"),
        "{shared:#}"
    );
    assert_eq!(row(world::GALLERY)["sharing"], "Private");
    let own =
        lab.run(&["gallery", "list", "--credential", "publisher", "--query", "[].name"]).json();
    assert_eq!(own, json!(["partners", world::GALLERY]));
    let table = lab.run(&["gallery", "list", "--all", "-o", "table"]).stdout;
    assert!(table.lines().all(|line| line.chars().count() <= 200), "{table}");
}

#[test]
fn an_empty_list_says_where_it_looked_and_what_to_try() {
    let lab = Lab::consumer();
    let told = |args: &[&str]| {
        let ran = lab.run(args);
        assert_eq!(ran.json(), json!([]), "{ran:?}");
        ran.stderr
    };
    assert!(told(&["gallery", "list"]).contains("--all"));
    assert!(told(&["gallery", "list", "--all"]).contains("1 subscription"));
    assert!(told(&["delegation", "list"]).contains("--all"));
    assert!(told(&["share", "list", "--all"]).contains("0 galleries in 1 tenant"));
    assert!(told(&["image", "list"]).contains("No image can be used"));
}

#[test]
fn tables_have_names_and_what_the_next_command_takes_in_one_piece() {
    let lab = partner();
    stand(&lab.azure, &IMAGES);
    let table = lab.run(&["image", "list", "-o", "table"]).stdout;
    let reference = format!("{}/{}/1.1.0", world::GALLERY, world::LINUX_IMAGE);
    assert!(table.contains(&reference) && table.contains("Contoso"), "{table}");
    assert!(!table.contains(world::PUBLISHER_TENANT), "{table}");
    let table = lab.run(&["share", "list", "--all", "-o", "table"]).stdout;
    assert!(table.contains("Contoso Images") && table.contains("Fabrikam"), "{table}");
    assert!(!table.contains(world::PUBLISHER_SUBSCRIPTION), "{table}");
    let table = lab.run(&["delegation", "list", "--all", "-o", "table"]).stdout;
    assert!(table.contains("given") && table.contains("received"), "{table}");
}

#[test]
fn one_cause_is_told_once_whoever_it_hits() {
    let lab = partner();
    for name in ["gone", "lost"] {
        keep(&lab, name, world::THIRD_TENANT, world::READER_CLIENT, "wrong");
    }
    let lists: [&[&str]; 4] = [
        &["gallery", "list", "--all"],
        &["image", "list"],
        &["delegation", "list", "--all"],
        &["share", "list", "--all"],
    ];
    for list in lists {
        for quiet in [&[][..], &["--only-show-errors"]] {
            let ran = lab.run(&[list, quiet].concat());
            assert_eq!(ran.code, 7, "a part is missing: {ran:?}");
            serde_json::from_str::<Value>(&ran.stdout).expect("what was read is printed");
            let told: Vec<&str> =
                ran.stderr.lines().filter(|line| line.contains("AADSTS")).collect();
            assert_eq!(told.len(), 1, "{}", ran.stderr);
            assert!(told[0].contains("gone") && told[0].contains("lost"), "{}", ran.stderr);
        }
    }
}

/// What an `az` leaves behind that was uninstalled.
fn leave_az_login(lab: &Lab) {
    let profile = json!({"subscriptions": [{
        "id": world::SECOND_SUBSCRIPTION, "name": "Left behind", "state": "Enabled",
        "isDefault": true, "tenantId": world::THIRD_TENANT, "environmentName": sandbox::CLOUD,
        "user": {"name": "ada@contoso.onmicrosoft.com", "type": "user"},
    }]});
    lab.file(".azure/azureProfile.json", &profile.to_string());
}

#[test]
fn the_login_of_an_az_that_is_gone_is_said_and_no_failure() {
    let lab = partner();
    leave_az_login(&lab);
    let lists: [&[&str]; 5] = [
        &["gallery", "list", "--all"],
        &["image", "list"],
        &["image", "list", "--copies"],
        &["delegation", "list", "--all"],
        &["share", "list", "--all"],
    ];
    for list in lists {
        let ran = lab.run(list);
        assert_eq!(ran.code, 0, "{list:?}: {ran:?}");
        let told = ran.stderr.lines().filter(|line| line.contains("no `az` on PATH"));
        assert_eq!(told.count(), 1, "{list:?}: {ran:?}");
    }
    // Where nobody else could look, nothing was looked at.
    let alone = Lab::new();
    leave_az_login(&alone);
    for list in lists {
        assert!(alone.run(list).refused(4).contains("no `az` on PATH"), "{list:?}");
    }
    // What is taken away has to be known whole.
    let revoke = ["share", "revoke", "--all", "--tenant", world::CONSUMER_TENANT, "--yes"];
    assert!(lab.run(&revoke).refused(7).contains("no `az` on PATH"));
}

#[test]
fn shares_are_found_in_every_tenant_filtered_by_whose_and_until_when() {
    let lab = partner();
    let id = shareable(&lab.azure, "partners");
    lab.azure.state(|state| {
        state.assign_role(&id, IMAGE_READER, world::READER_OBJECT);
        let last = state.role_assignments.last_mut().unwrap();
        last.description = Some("az-imageshare expires=2026-01-31".into());
        let found = state.resources.get_mut(&id.to_lowercase()).unwrap();
        found.body["properties"]["sharingProfile"]["groups"] =
            json!([{"type": "AADTenants", "ids": [world::CONSUMER_TENANT]}]);
    });
    let list = |more: &[&str]| lab.run(&[&["share", "list", "--all"][..], more].concat()).json();
    let all = list(&[]);
    let reader: Vec<&Value> = all
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["principalId"] == world::READER_OBJECT && row["scope"] == id.as_str())
        .collect();
    assert_eq!(reader.len(), 1, "{all:#}");
    assert_eq!(reader[0]["publisherTenantId"], world::PUBLISHER_TENANT);
    assert!(names(reader[0]).contains(&"publisher"));
    let theirs = list(&["--tenant", world::CONSUMER_DOMAIN]);
    assert_eq!(
        theirs.as_array().unwrap().iter().map(|row| &row["via"]).collect::<Vec<_>>(),
        ["direct"],
        "{theirs:#}"
    );
    let ending = list(&["--expiring", "14d"]);
    assert_eq!(ending.as_array().unwrap().len(), 1, "{ending:#}");
}

/// 20 subscriptions with 10 galleries each, and 50 roles in each gallery.
fn large_estate() -> Lab {
    let azure = Sandbox::builder().world(shared_fleet()).start();
    Lab::with(azure).signed_in(
        world::PUBLISHER_TENANT,
        world::DEPLOYER_CLIENT,
        world::DEPLOYER_SECRET,
    )
}

#[test]
fn a_large_estate_takes_few_requests() {
    let lab = large_estate();
    let count = |args: &[&str]| -> (Ran, usize) {
        lab.azure.clear_journal();
        let ran = lab.run(args);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        (ran, lab.azure.journal().len())
    };
    let (ran, requests) = count(&["share", "list", "--all", "--query", "length(@)"]);
    assert!(ran.stdout.trim().parse::<usize>().unwrap() >= 10_000, "{}", ran.stdout);
    assert!(requests <= 60, "{requests}");
    // Each of ten thousand rows was compared with every other one, which took half a minute.
    let (ran, _) = count(&["share", "list", "--all", "-o", "table"]);
    assert!(ran.stdout.lines().count() >= 10_000);
    let (ran, requests) = count(&["gallery", "list", "--all", "--query", "length(@)"]);
    assert_eq!(ran.stdout.trim(), "201");
    assert!(requests <= 5, "{requests}");
    let (_, requests) = count(&["delegation", "list", "--all"]);
    assert!(requests <= 5, "{requests}");
    // Azure lists direct shares by subscription and region: 22 of them in six regions.
    let (ran, requests) = count(&["image", "list"]);
    assert!(requests <= 60, "{requests}");
    let in_one = "`az-imageshare image list --location ";
    assert!(ran.stderr.contains("where they have no resource group"), "{}", ran.stderr);
    assert!(ran.stderr.contains(in_one), "{}", ran.stderr);
    let (ran, _) = count(&["image", "list", "--cloud", "SandboxCloud"]);
    assert!(ran.stderr.contains(" --cloud SandboxCloud` asks"), "{}", ran.stderr);
    let (ran, _) = count(&["image", "list", "--location", "eastus"]);
    assert!(!ran.stderr.contains("no resource group"), "{}", ran.stderr);
}
