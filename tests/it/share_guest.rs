//! A role for a guest, from the invitation to the refusal after the last day: the publisher names an ordinary
//! mail address, the guest accepts in a real browser, and has no credential but the login of the real `az`.

use std::process::Output;

use sandbox::world;
use serde_json::{Value, json};

use crate::az_login::{json, log_in_by_code, run, stderr};
use crate::real_clients::az_json;
use crate::support::browser::Browser;
use crate::support::lab::{Lab, Ran};
use crate::support::machines::KEY;

const AUXILIARY: &str = "x-ms-authorization-auxiliary";

/// The publisher signed in by the environment, the consumer by `az`, and one image.
fn stage() -> Lab {
    let lab = Lab::publisher();
    lab.azure.state(|state| {
        let others = world::WINDOWS_IMAGE;
        state.resources.retain(|id, _| !id.contains(others));
    });
    lab
}

/// What the publisher does with the guest's role on the gallery.
fn rbac(lab: &Lab, verb: &str, more: &[&str]) -> Ran {
    let gallery = world::gallery_id();
    let whom = ["--gallery-id", &gallery, "--assignee", world::CONSUMER_USER_NAME];
    let ran = lab.run(&[&["share", "rbac", verb], &whom[..], more].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    ran
}

/// The publisher shares with somebody whom the tenant does not know yet; gives the address of the invitation.
fn invite(lab: &Lab) -> String {
    let ran = rbac(lab, "add", &["--invite"]);
    let row = ran.json();
    assert_eq!((&row["change"], &row["principalType"]), (&json!("create"), &json!("User")));
    let (_, rest) = ran.stderr.split_once("has to accept first: ").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

fn accept(url: &str) {
    let mut browser = Browser::start();
    browser.open(url);
    assert!(browser.text().contains("Contoso invites you as a guest"), "{}", browser.text());
    browser.click("accept");
}

/// The tenants of the subscriptions that `az` lists.
fn tenants_of_az(lab: &Lab) -> Vec<Value> {
    let listed = az_json(lab, &["account", "list"]);
    let listed = listed.as_array().unwrap().iter();
    listed.map(|known| known["tenantId"].clone()).collect()
}

/// The ids of what the consumer is told it can use by a role.
#[track_caller]
fn found(lab: &Lab) -> Vec<String> {
    let rows = json(&run(lab, true, &["image", "list"]));
    let rows = rows.as_array().unwrap().iter();
    let by_role = rows.filter(|row| row["via"] == "rbac");
    by_role.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn create(lab: &Lab, name: &str, image: &str) -> Output {
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION, "-g", "apps-rg", "-n", name];
    let login = ["--admin-username", "azureuser", "--ssh-key-value", KEY, "--image", image];
    run(lab, true, &[&["vm", "create"], &place[..], &login].concat())
}

/// The guest was invited, has accepted, finds the image and has made a machine of it; gives the image.
fn used() -> (Lab, String) {
    let lab = stage();
    let url = invite(&lab);
    log_in_by_code(&lab, world::CONSUMER_USER_NAME, None);
    assert_eq!(tenants_of_az(&lab), [world::CONSUMER_TENANT]);
    assert_eq!(found(&lab), Vec::<String>::new(), "nobody has accepted yet");
    accept(&url);
    let again = rbac(&lab, "add", &["--invite"]);
    assert_eq!(again.json()["change"], "keep");
    assert!(!again.stderr.contains("has not accepted"), "{again:?}");
    log_in_by_code(&lab, world::CONSUMER_USER_NAME, None);
    let mut tenants = tenants_of_az(&lab);
    tenants.dedup();
    assert_eq!(tenants.len(), 2, "{tenants:?}");
    let image = found(&lab);
    assert_eq!(image.len(), 1, "{image:?}");
    let image = image[0].clone();
    let shown = json(&run(&lab, true, &["image", "show", "--id", &image]));
    assert_eq!(shown["credential"], "az login");
    lab.azure.clear_journal();
    let made = json(&create(&lab, "web-01", &image));
    assert_eq!(
        (&made["via"], &made["publisherTenantId"], &made["provisioningState"]),
        (&json!("rbac"), &json!(world::PUBLISHER_TENANT), &json!("Succeeded"))
    );
    let journal = lab.azure.journal();
    let sent = journal.iter().find(|call| call.method == "PUT").unwrap();
    assert!(sent.header(AUXILIARY).is_some(), "{sent:?}");
    assert_eq!(json(&create(&lab, "web-01", &image))["change"], "keep");
    (lab, image)
}

#[track_caller]
fn is_lost(lab: &Lab, image: &str) {
    lab.azure.clear_journal();
    assert_eq!(found(lab), Vec::<String>::new());
    let refused = create(lab, "other", image);
    let told = stderr(&refused);
    assert!(!refused.status.success(), "{told}");
    assert!(
        told.contains("none of your identities can read it") && told.contains("Hint: "),
        "{told}"
    );
    assert_eq!(lab.azure.calls("PUT", "/"), 0);
}

#[test]
fn by_a_role_of_a_guest_until_it_is_removed() {
    let (lab, image) = used();
    rbac(&lab, "remove", &["--yes"]);
    is_lost(&lab, &image);
}

#[test]
fn by_a_role_of_a_guest_until_everything_of_the_home_tenant_is_revoked() {
    let (lab, image) = used();
    let gallery = world::gallery_id();
    let revoke = ["share", "revoke", "--gallery-id", &gallery, "--yes"];
    let ran = lab.run(&[&revoke[..], &["--tenant", world::CONSUMER_DOMAIN]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    is_lost(&lab, &image);
}
