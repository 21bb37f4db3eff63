//! `share list` and `share revoke`: everybody who has something of a gallery, and everything of one tenant.

use sandbox::{Principal, PrincipalKind, world};
use serde_json::{Value, json};

use crate::support::applications::register_application;
use crate::support::faults::forbidden;
use crate::support::galleries::{
    GUEST, IMAGE_READER, VISITOR, admit_foreigners, gallery, opened, profile, shareable,
};
use crate::support::lab::{Lab, Ran};
use crate::support::offers::{IMAGES, READER, Standing, stand, standing};

const STORAGE_READER: &str = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";

/// A gallery that the consumer has by every method, and others too.
fn shared_by_all() -> (Lab, String) {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    admit_foreigners(&lab.azure);
    lab.azure.state(|state| {
        state.assign_role(&id, IMAGE_READER, GUEST);
        let image = format!("{id}/images/shared");
        state.assign_role(&image, IMAGE_READER, VISITOR);
        state.assign_role(&id, READER, world::READER_OBJECT);
        let group = id.split("/providers/").next().unwrap().to_owned();
        state.assign_role(&group, STORAGE_READER, world::READER_OBJECT);
        let last =
            state.role_assignments.iter_mut().find(|known| known.principal == GUEST).unwrap();
        last.description = Some("az-imageshare expires=2027-01-31".into());
        let found = state.resources.get_mut(&id.to_lowercase()).unwrap();
        found.body["properties"]["sharingProfile"]["groups"] = json!([
            {"type": "Subscriptions", "ids": [world::CONSUMER_SUBSCRIPTION]},
            {"type": "AADTenants", "ids": [world::CONSUMER_TENANT, world::THIRD_TENANT]}]);
    });
    stand(&lab.azure, &IMAGES);
    (lab, id)
}

/// Takes everything from the consumer without a question.
fn revoke(lab: &Lab, id: &str) -> Ran {
    let revoke = ["share", "revoke", "--gallery-id", id];
    lab.run(&[&revoke[..], &["--tenant", world::CONSUMER_TENANT, "--yes"]].concat())
}

fn row<'a>(rows: &'a Value, via: &str, who: &str) -> &'a Value {
    let rows = rows.as_array().unwrap();
    let found = rows.iter().find(|row| row["via"] == via && row["principalId"] == who);
    found.unwrap_or_else(|| panic!("no {via} of {who} in {rows:#?}"))
}

#[test]
fn everybody_is_listed_with_name_home_and_day() {
    let (lab, id) = shared_by_all();
    let rows = lab.run(&["share", "list", "--gallery-id", &id]).json();
    let guest = row(&rows, "rbac", GUEST);
    assert_eq!(guest["principalName"], "Grace (guest)");
    assert_eq!(guest["tenantId"], world::CONSUMER_TENANT);
    assert_eq!(guest["expiresOn"], "2027-01-31");
    assert_eq!(
        (&guest["role"], &guest["inherited"]),
        (&json!("Compute Gallery Image Reader"), &json!(false))
    );
    assert_eq!(row(&rows, "rbac", VISITOR)["tenantId"], world::CONSUMER_TENANT);
    let owner = row(&rows, "rbac", world::DEPLOYER_OBJECT);
    assert_eq!(
        (&owner["inherited"], &owner["tenantId"]),
        (&json!(true), &json!(world::PUBLISHER_TENANT))
    );
    let direct = row(&rows, "direct", world::CONSUMER_SUBSCRIPTION);
    assert_eq!(
        (&direct["tenantId"], &direct["principalName"]),
        (&json!(world::CONSUMER_TENANT), &json!("Fabrikam"))
    );
    assert_eq!(row(&rows, "direct", world::THIRD_TENANT)["principalName"], "Tailspin Toys");
    let delegation = row(&rows, "delegation", world::CONSUMER_GROUP);
    assert_eq!(
        (&delegation["role"], &delegation["tenantId"]),
        (&json!("Reader"), &json!(world::CONSUMER_TENANT))
    );
    let text = rows.to_string();
    assert!(!text.contains("Storage Blob"), "a role that opens no image is none of this: {text}");
    let table = lab.run(&["share", "list", "--gallery-id", &id, "-o", "table"]);
    assert!(table.stdout.starts_with("Via"), "{}", table.stdout);
}

#[test]
fn a_gallery_without_a_group_is_in_the_one_of_azs_configuration() {
    let lab = Lab::publisher();
    let args = ["share", "list", "--gallery", "sharedGallery"];
    assert!(lab.publish(&args).json().is_array(), "it is looked for in the subscription");
    let elsewhere = lab.env("AZURE_DEFAULTS_GROUP", world::OTHER_GROUP);
    assert!(elsewhere.publish(&args).refused(3).contains(world::OTHER_GROUP));
    let lab = elsewhere.env("AZURE_DEFAULTS_GROUP", world::IMAGES_GROUP);
    assert!(lab.publish(&args).json().is_array());
}

#[test]
fn an_open_gallery_is_listed_as_everybodys() {
    let lab = Lab::publisher();
    let id = gallery("open");
    opened(&lab, &id, &[]);
    let rows = lab
        .run(&[
            "share",
            "list",
            "-g",
            world::IMAGES_GROUP,
            "--gallery",
            "open",
            "--subscription",
            world::PUBLISHER_SUBSCRIPTION,
        ])
        .json();
    let rows = rows.as_array().unwrap();
    let open = rows.iter().find(|row| row["via"] == "community").unwrap();
    assert_eq!(open["principalType"], "Everyone");
}

#[test]
fn everything_of_one_tenant_goes_and_nothing_else() {
    let (lab, id) = shared_by_all();
    let tenant = ["--tenant", world::CONSUMER_DOMAIN];
    let args = [&["share", "revoke", "--gallery-id", &id][..], &tenant].concat();
    let asked = lab.run_at_terminal(&args, "n\n");
    let plan = asked.refused(9);
    for what in
        ["Grace (guest)", "image-consumer", world::CONSUMER_SUBSCRIPTION, "registrationAssignments"]
    {
        assert!(plan.contains(what), "{what} in {plan}");
    }
    assert_eq!(lab.azure.calls("DELETE", "/"), 0);
    let args = [&args[..], &["--yes"]].concat();
    let ran = lab.run(&args);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    // Who asks for no question still has it in the log of the pipeline.
    for what in ["Grace (guest)", "image-consumer", "Done: 5 removed."] {
        assert!(ran.stderr.contains(what), "{what} in {ran:?}");
    }
    assert_eq!(standing(&lab.azure), (0, 0));
    let groups = profile(&lab.azure, &id)["groups"].clone();
    assert_eq!(groups, json!([{"type": "AADTenants", "ids": [world::THIRD_TENANT]}]));
    let left = lab.azure.state(|state| {
        let known = &state.role_assignments;
        known
            .iter()
            .filter(|one| [GUEST, VISITOR, world::READER_OBJECT].contains(&one.principal.as_str()))
            .count()
    });
    assert_eq!(left, 3, "the reader of the own tenant keeps its roles");
    let before = lab.azure.calls("DELETE", "/") + lab.azure.calls("POST", "/share");
    let again = lab.run(&args);
    assert_eq!(again.code, 0);
    assert!(again.stderr.contains("Nothing of this gallery"), "{again:?}");
    assert_eq!(lab.azure.calls("DELETE", "/") + lab.azure.calls("POST", "/share"), before);
}

/// An application between the tenants is at home with the publisher, and its secret may be anywhere.
#[test]
fn an_application_that_may_be_meant_for_the_tenant_stays_and_is_named() {
    let lab = Lab::publisher();
    let id = world::gallery_id();
    assert!(!revoke(&lab, &id).stderr.contains("application"));
    let client = register_application(&lab, "bridge", &[]);
    let client = client.as_str();
    let grant = ["share", "app", "grant", "--client-id", client];
    lab.run(&[&grant[..], &["--gallery-id", &id]].concat()).json();
    let ran = revoke(&lab, &id);
    let stays = ran.refused(7);
    assert!(stays.contains("left as it is: application 'bridge' keeps the role"), "{ran:?}");
    assert!(stays.contains("az-imageshare share rbac remove --gallery-id"), "{ran:?}");
    assert_eq!(lab.azure.calls("DELETE", "/"), 0);
}

#[test]
fn an_application_that_was_made_for_the_tenant_is_listed_under_it_and_goes() {
    let lab = Lab::publisher();
    let id = world::gallery_id();
    let create = ["share", "app", "create", "-n", "bridge", "--consumer-tenant"];
    let created = lab.run(&[&create[..], &[world::CONSUMER_TENANT]].concat()).json();
    let client = created["clientId"].as_str().unwrap();
    let grant = ["share", "app", "grant", "--client-id", client];
    lab.run(&[&grant[..], &["--gallery-id", &id]].concat()).json();
    let list = ["share", "list", "--gallery-id", &id];
    let rows = lab.run(&list).json();
    let row = rows.as_array().unwrap().iter().find(|row| row["principalName"] == "bridge");
    assert_eq!(row.unwrap()["tenantId"], world::CONSUMER_TENANT, "{rows}");
    let ran = revoke(&lab, &id);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.ends_with("Done: 1 removed.\n"), "{ran:?}");
    let rows = lab.run(&list).json();
    assert!(rows.as_array().unwrap().iter().all(|row| row["principalName"] != "bridge"), "{rows}");
}

#[test]
fn a_delegation_of_more_groups_keeps_the_others() {
    let lab = Lab::publisher();
    stand(&lab.azure, &Standing { groups: &[world::IMAGES_GROUP, world::OTHER_GROUP], ..IMAGES });
    let id = world::gallery_id();
    let ran = revoke(&lab, &id);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(standing(&lab.azure), (1, 1));
}

#[test]
fn what_cannot_be_taken_is_said_and_the_rest_goes() {
    let (lab, id) = shared_by_all();
    lab.azure.inject(forbidden("POST", "/share"));
    let ran = revoke(&lab, &id);
    let stderr = ran.refused(7);
    assert!(stderr.contains("not done: direct sharing of"), "{stderr}");
    assert!(stderr.contains("az-imageshare share revoke"), "{stderr}");
    assert_eq!(standing(&lab.azure), (0, 0));
    lab.azure.clear_faults();
    let again = revoke(&lab, &id);
    assert_eq!(again.code, 0, "{again:?}");
}

#[test]
fn guests_in_a_group_and_the_own_tenant_are_not_passed_over() {
    let (lab, id) = shared_by_all();
    lab.azure.state(|state| {
        state.principals.push(Principal {
            id: "5c0fb722-b8e0-49b6-9607-c918da842103".into(),
            tenant: world::PUBLISHER_TENANT.into(),
            kind: PrincipalKind::SecurityGroup,
            name: "partners".into(),
            login: String::new(),
            members: vec![GUEST.into()],
        });
        state.assign_role(&id, IMAGE_READER, "5c0fb722-b8e0-49b6-9607-c918da842103");
    });
    let ran = revoke(&lab, &id);
    assert_eq!(ran.code, 7);
    assert!(ran.stderr.contains("az ad group member remove"), "{}", ran.stderr);
    let own = lab.run(&[
        "share",
        "revoke",
        "--gallery-id",
        &id,
        "--tenant",
        world::PUBLISHER_TENANT,
        "--yes",
    ]);
    assert!(own.refused(2).contains("share rbac remove"));
}

#[test]
fn five_hundred_assignments_and_two_hundred_galleries_take_few_requests() {
    let lab = Lab::publisher();
    lab.azure.state(|state| {
        for at in 0..200 {
            let body =
                json!({"location": "westeurope", "properties": {"provisioningState": "Succeeded"}});
            state.put_resource(&gallery(&format!("g{at}")), "Microsoft.Compute/galleries", body);
        }
        for at in 0..500_u32 {
            let id =
                uuid::Uuid::from_u128(0x5c0f_b722_b8e0_49b6_9607_0000_0000_0000 + u128::from(at))
                    .to_string();
            state.principals.push(Principal {
                id: id.clone(),
                tenant: world::PUBLISHER_TENANT.into(),
                kind: PrincipalKind::User,
                name: format!("user {at}"),
                login: format!("user{at}@{}", world::PUBLISHER_DOMAIN),
                members: Vec::new(),
            });
            state.assign_role(&gallery(&format!("g{}", at % 200)), IMAGE_READER, &id);
        }
    });
    lab.publish(&["share", "list", "--query", "length(@)"]).json();
    lab.azure.clear_journal();
    let rows = lab.publish(&["share", "list"]).json();
    let rows = rows.as_array().unwrap();
    assert!(rows.len() >= 500, "{}", rows.len());
    assert!(
        rows.iter()
            .filter(|row| row["role"] == "Compute Gallery Image Reader")
            .all(|row| row["principalName"].is_string())
    );
    let journal = lab.azure.journal();
    assert!(journal.len() <= 20, "{} requests", journal.len());
    assert!(journal.iter().all(|call| call.status != 429));
}
