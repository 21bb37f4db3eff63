//! `share revoke --all`: everything of one tenant, everywhere, in one plan.

use sandbox::{Registration, world};
use serde_json::{Value, json};

use crate::support::faults::forbidden;
use crate::support::galleries::{
    GUEST, IMAGE_READER, VISITOR, admit_foreigners, gallery, opened, profile, shareable,
};
use crate::support::lab::{Lab, Ran};
use crate::support::offers::{IMAGES, READER, Standing, stand, standing};

/// A publisher whose consumer has everything, in two subscriptions.
fn shared_everywhere() -> (Lab, String) {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    admit_foreigners(&lab.azure);
    lab.azure.state(|state| {
        state.directory.permit(world::DEPLOYER_OBJECT, &["User.ReadWrite.All"]);
        let second = state.subscription_mut(world::SECOND_SUBSCRIPTION).unwrap();
        second.providers.insert("microsoft.managedservices".to_owned(), Registration::Registered);
        state.assign_role(&id, IMAGE_READER, GUEST);
        state.assign_role(&world::gallery_id(), IMAGE_READER, VISITOR);
        state.assign_role(&id, READER, world::READER_OBJECT);
        let found = state.resources.get_mut(&id.to_lowercase()).unwrap();
        found.body["properties"]["sharingProfile"]["groups"] = json!([
            {"type": "Subscriptions", "ids": [world::CONSUMER_SUBSCRIPTION]},
            {"type": "AADTenants", "ids": [world::CONSUMER_TENANT, world::THIRD_TENANT]}]);
    });
    stand(&lab.azure, &IMAGES);
    stand(&lab.azure, &Standing { name: "orphan", groups: &[], ..IMAGES });
    stand(
        &lab.azure,
        &Standing {
            name: "lab",
            subscription: world::SECOND_SUBSCRIPTION,
            groups: &["lab-rg"],
            ..IMAGES
        },
    );
    stand(&lab.azure, &Standing { name: "others", tenant: world::THIRD_TENANT, ..IMAGES });
    (lab, id)
}

fn revoke(lab: &Lab, more: &[&str]) -> Ran {
    let args = ["share", "revoke", "--all", "--tenant", world::CONSUMER_DOMAIN];
    lab.run(&[&args[..], more].concat())
}

fn left(lab: &Lab) -> Value {
    lab.run(&["share", "list", "--all", "--tenant", world::CONSUMER_TENANT]).json()
}

#[test]
fn everything_goes_in_one_plan_and_nothing_of_others() {
    let (lab, id) = shared_everywhere();
    assert!(left(&lab).as_array().unwrap().len() >= 5, "{:#}", left(&lab));
    let plan = revoke(&lab, &["--dry-run"]).json();
    let kinds = |kind: &str| {
        plan["steps"].as_array().unwrap().iter().filter(|step| step["kind"] == kind).count()
    };
    assert_eq!(
        (kinds("roleAssignment"), kinds("directShare"), kinds("guest")),
        (2, 1, 1),
        "{plan:#}"
    );
    assert_eq!((kinds("delegationAssignment"), kinds("delegationDefinition")), (2, 3), "{plan:#}");
    assert_eq!(revoke(&lab, &["--dry-run", "--detailed-exitcode"]).code, 8);
    revoke(&lab, &[]).refused(2);
    assert_eq!(lab.azure.journal().iter().filter(|call| call.method == "DELETE").count(), 0);
    let ran = revoke(&lab, &["--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(left(&lab), json!([]));
    assert_eq!(
        profile(&lab.azure, &id)["groups"],
        json!([{"type": "AADTenants", "ids": [world::THIRD_TENANT]}])
    );
    assert_eq!(standing(&lab.azure), (1, 1), "the other tenant's offer stays");
    lab.azure.state(|state| {
        assert!(state.principals.iter().all(|one| one.id != GUEST));
        assert!(
            state
                .role_assignments
                .iter()
                .any(|one| one.principal == world::READER_OBJECT && one.scope == id)
        );
    });
    assert_eq!(lab.run(&["history", "list"]).json()[0]["who"], "environment");
    let again = revoke(&lab, &["--yes"]);
    assert_eq!(again.code, 0);
    assert!(again.stderr.contains("Nothing of tenant"), "{again:?}");
}

#[test]
fn people_read_names_of_places_and_programs_ids() {
    let (lab, id) = shared_everywhere();
    let plan = revoke(&lab, &["--dry-run"]).json();
    let steps = plan["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["what"][0].as_str().unwrap().ends_with(&id)), "{plan:#}");
    let ran = revoke(&lab, &["--yes"]);
    let lines: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("- ")).collect();
    assert!(lines.len() >= 8 && !lines.concat().contains("/subscriptions/"), "{ran:?}");
    let place = |name: &str| {
        format!("gallery '{name}' in resource group 'images-rg' of subscription Contoso Images")
    };
    assert!(
        lines.iter().any(|line| line.contains(&format!(" at {}", place("partners")))),
        "{ran:?}"
    );
    assert!(
        lines.iter().any(|line| line.contains(&format!(" of {}", place("partners")))),
        "{ran:?}"
    );
    assert!(
        lines.iter().any(|line| line.contains("delegation 'images' of resource group 'images-rg'")),
        "{ran:?}"
    );
}

#[test]
fn an_application_made_for_the_tenant_goes_and_one_for_several_stays() {
    let lab = Lab::publisher();
    for (name, tenants) in [
        ("theirs", &["--consumer-tenant", world::CONSUMER_TENANT][..]),
        ("others", &["--consumer-tenant", world::THIRD_TENANT]),
    ] {
        lab.run(&[&["share", "app", "create", "-n", name][..], tenants].concat()).json();
        lab.run(&["share", "app", "grant", "-n", name, "--gallery-id", &world::gallery_id()])
            .json();
    }
    let ran = revoke(&lab, &["--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(left(&lab), json!([]));
    let names: Vec<String> = lab.azure.state(|state| {
        let ours = state
            .applications
            .iter()
            .filter(|one| ["theirs", "others"].contains(&one.name.as_str()));
        ours.map(|one| one.name.clone()).collect()
    });
    assert_eq!(names, ["others"]);
}

#[test]
fn what_stays_makes_it_seven_and_is_named() {
    let (lab, _) = shared_everywhere();
    opened(&lab, &gallery("open"), &[]);
    let ran = revoke(&lab, &["--yes"]);
    assert!(ran.refused(7).contains("share community disable"), "{ran:?}");
    let (lab, _) = shared_everywhere();
    lab.azure.inject(forbidden("DELETE", "registrationAssignments"));
    let ran = revoke(&lab, &["--yes"]);
    assert!(ran.refused(7).contains("delegation 'images'"), "{ran:?}");
    assert!(left(&lab).as_array().unwrap().iter().all(|row| row["via"] == "delegation"));
    let (lab, _) = shared_everywhere();
    lab.azure.inject(forbidden("GET", "Microsoft.Authorization/roleAssignments"));
    let ran = revoke(&lab, &["--yes"]);
    assert!(ran.refused(7).contains("not read"), "{ran:?}");
}

#[test]
fn a_guest_whose_account_could_not_be_deleted_goes_with_the_next_run() {
    let (lab, _) = shared_everywhere();
    lab.azure.inject(forbidden("DELETE", "/users/"));
    assert!(revoke(&lab, &["--yes"]).refused(7).contains("guest account"));
    let has_guest =
        || lab.azure.state(|state| state.principals.iter().any(|known| known.id == GUEST));
    assert!(has_guest());
    lab.azure.clear_faults();
    let ran = revoke(&lab, &["--yes"]);
    assert_eq!((ran.code, has_guest()), (0, false), "{ran:?}");
    assert!(revoke(&lab, &["--yes"]).stderr.contains("Nothing of tenant"));
}

#[test]
fn who_cannot_sign_in_may_leave_something_behind() {
    let (lab, _) = shared_everywhere();
    for (name, tenant) in [("gone", world::THIRD_TENANT), ("theirs", world::CONSUMER_TENANT)] {
        let add = ["credential", "add", "--no-test", "-n", name, "--secret-stdin"];
        let who = ["--tenant", tenant, "--client-id", world::READER_CLIENT];
        lab.run_with_input(&[&add[..], &who].concat(), "wrong").json();
    }
    let ran = revoke(&lab, &["--yes"]);
    let told = ran.refused(7);
    assert!(told.contains("'gone'"), "{told}");
    assert!(!told.contains("'theirs'"), "nothing of the tenant's own is ours: {told}");
    lab.run(&["credential", "remove", "-n", "gone", "--yes"]);
    assert_eq!(revoke(&lab, &["--yes"]).code, 0);
}

#[test]
fn galleries_that_may_not_be_listed_are_named() {
    let (lab, _) = shared_everywhere();
    let list = format!("{}/providers/Microsoft.Compute/galleries", world::SECOND_SUBSCRIPTION);
    lab.azure.inject(forbidden("GET", &list));
    let ran = revoke(&lab, &["--yes"]);
    assert!(ran.refused(7).contains("galleries of subscription"), "{ran:?}");
}

#[test]
fn a_guest_in_a_group_is_found_and_may_be_kept() {
    let (lab, id) = shared_everywhere();
    lab.azure.state(|state| {
        let mut group =
            state.principals.iter().find(|one| one.id == world::CONSUMER_GROUP).unwrap().clone();
        group.id = "5c0fb722-b8e0-49b6-9607-c918da84cccc".to_owned();
        group.tenant = world::PUBLISHER_TENANT.to_owned();
        group.members = vec![GUEST.to_owned()];
        state.role_assignments.retain(|one| one.principal != GUEST);
        state.principals.push(group.clone());
        state.assign_role(&id, READER, &group.id);
    });
    let ran = revoke(&lab, &["--yes", "--keep-guests"]);
    assert!(ran.refused(7).contains("keeps the role of group"), "{ran:?}");
    let ran = revoke(&lab, &["--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    lab.azure.state(|state| assert!(state.principals.iter().all(|one| one.id != GUEST)));
}

#[test]
fn an_interrupted_revocation_is_taken_up_by_the_same_command() {
    let (lab, _) = shared_everywhere();
    lab.azure.inject(forbidden("POST", "/share"));
    revoke(&lab, &["--yes"]).refused(7);
    lab.azure.clear_faults();
    assert_eq!(revoke(&lab, &["--yes"]).code, 0);
    assert_eq!(left(&lab), json!([]));
    let runs = lab.run(&["history", "list", "--query", "[].outcome"]).json();
    assert_eq!(runs, json!(["done", "partly"]));
}
