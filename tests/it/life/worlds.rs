//! The worlds in which the verbs of `rows.rs` have something to do, and what they are told there.

use sandbox::world;
use serde_json::json;

use super::rows::{unrecorded, words};
use crate::support::galleries::{admit_foreigners, community, gallery, rbac, shareable};
use crate::support::lab::Lab;
use crate::support::offers::{IMAGES, READER, TERMS, stand};

pub(super) const OFFER: &str = "Contoso's images";

pub(super) fn offer(_: &Lab) -> Vec<String> {
    let place = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    words(&[&["-n", OFFER], &TERMS[..], &place].concat())
}

/// The same offer with another role, which the new one takes away.
pub(super) fn another_offer(lab: &Lab) {
    let principal = format!("principal={}", world::CONSUMER_GROUP);
    let more = ["--authorization", &principal, "role=Contributor"];
    let made = lab.publish(&[&["delegation", "create", "-n", OFFER], &TERMS[..], &more].concat());
    assert_eq!(made.code, 0, "{made:?}");
}

pub(super) fn unregistered(lab: &Lab) {
    lab.azure.state(|state| {
        let found = state.subscription_mut(world::PUBLISHER_SUBSCRIPTION).unwrap();
        found.providers.remove("microsoft.managedservices");
    });
}

pub(super) fn delegated(lab: &Lab) {
    stand(&lab.azure, &IMAGES);
}

pub(super) fn named_offer(_: &Lab) -> Vec<String> {
    words(&["-n", IMAGES.name, "--subscription", world::PUBLISHER_SUBSCRIPTION])
}

/// A role with everything that an assignment can say.
pub(super) fn reader(lab: &Lab) {
    given(lab, world::READER_OBJECT, "for tests");
    lab.azure.state(|state| {
        let made = state.role_assignments.last_mut().unwrap();
        made.condition = Some("((!(ActionMatches{'x'})))".to_owned());
    });
}

pub(super) fn given(lab: &Lab, principal: &str, description: &str) {
    lab.azure.state(|state| {
        state.assign_role(&world::gallery_id(), READER, principal);
        let made = state.role_assignments.last_mut().unwrap();
        made.description = Some(description.to_owned());
    });
}

pub(super) fn image_reader(_: &Lab) -> Vec<String> {
    let place = ["--gallery-id", &world::gallery_id()];
    words(&[&["--assignee", "image-reader"][..], &place].concat())
}

pub(super) fn role_removed(lab: &Lab) {
    reader(lab);
    let removed = rbac(lab, "remove", &["--assignee", "image-reader", "--yes"]);
    assert_eq!(removed.code, 0, "{removed:?}");
}

/// By its name: `latest` is another one once this has run.
pub(super) fn newest_run(lab: &Lab) -> Vec<String> {
    let listed = lab.run(&["history", "list"]).json();
    let runs = listed.as_array().unwrap().iter();
    let mut names = runs.filter(|run| !run["what"].as_str().unwrap().starts_with("history undo"));
    vec![names.next().unwrap()["run"].as_str().unwrap().to_owned()]
}

pub(super) const OPEN: fn(&Lab) -> Vec<String> = |_| words(&["--gallery-id", &gallery("open")]);
pub(super) const PARTNERS: fn(&Lab) -> Vec<String> =
    |_| words(&["--gallery-id", &gallery("partners")]);

pub(super) fn closed(lab: &Lab) {
    community(&lab.azure, "open", world::WINDOWS_IMAGE);
}

/// Changes what strangers are told, too.
pub(super) fn until(lab: &Lab) -> Vec<String> {
    let more = words(&["--expires", "2099-01-31", "--eula", "https://contoso.com/other"]);
    [OPEN(lab), more].concat()
}

pub(super) fn open_with_end(lab: &Lab) {
    closed(lab);
    opened(lab, "open");
    tagged(lab, "open", &[("community", "2099-01-31")]);
}

/// Behind the program's back, so that no record of it is there.
pub(super) fn opened(lab: &Lab, name: &str) {
    let id = gallery(name).to_lowercase();
    lab.azure.state(|state| {
        let body = &mut state.resources.get_mut(&id).unwrap().body;
        let info = &mut body["properties"]["sharingProfile"]["communityGalleryInfo"];
        info["communityGalleryEnabled"] = json!(true);
    });
}

/// Records last days, beside a tag of somebody else's.
pub(super) fn tagged(lab: &Lab, name: &str, last_days: &[(&str, &str)]) {
    let id = gallery(name).to_lowercase();
    lab.azure.state(|state| {
        let body = &mut state.resources.get_mut(&id).unwrap().body;
        body["tags"]["owner"] = json!("images");
        for (who, day) in last_days {
            body["tags"][format!("az-imageshare-expires-{who}")] = json!(day);
        }
    });
}

/// A gallery with the last day of an earlier share in its tags.
pub(super) fn to_be_shared(lab: &Lab) {
    shareable(&lab.azure, "partners");
    tagged(lab, "partners", &[(world::CONSUMER_TENANT, "2098-01-31")]);
}

pub(super) fn to_consumer(lab: &Lab) -> Vec<String> {
    let whom = ["--consumer-tenant", world::CONSUMER_TENANT];
    let too = ["--consumer-subscription", world::CONSUMER_SUBSCRIPTION];
    [PARTNERS(lab), words(&whom), words(&too), words(&["--expires", "2099-01-31"])].concat()
}

pub(super) fn to_tenant(lab: &Lab) -> Vec<String> {
    [PARTNERS(lab), words(&["--consumer-tenant", world::CONSUMER_TENANT])].concat()
}

/// The preview is open to the subscription, and the gallery is not there.
pub(super) fn unfit(lab: &Lab) {
    let _ = lab;
}

pub(super) fn made_for_sharing(lab: &Lab) -> Vec<String> {
    [to_tenant(lab), words(&["--location", "westeurope"])].concat()
}

pub(super) fn shared_directly(lab: &Lab) {
    shareable(&lab.azure, "partners");
    share(lab, "2099-01-31");
}

pub(super) fn share(lab: &Lab, day: &str) {
    let id = gallery("partners").to_lowercase();
    lab.azure.state(|state| {
        let body = &mut state.resources.get_mut(&id).unwrap().body;
        body["properties"]["sharingProfile"]["groups"] = json!([
            {"type": "Subscriptions", "ids": [world::CONSUMER_SUBSCRIPTION]},
            {"type": "AADTenants", "ids": [world::CONSUMER_TENANT]}]);
    });
    let whom = [(world::CONSUMER_SUBSCRIPTION, day), (world::CONSUMER_TENANT, day)];
    tagged(lab, "partners", &whom);
}

/// Something of every method has passed its last day.
pub(super) fn run_out(lab: &Lab) {
    given(lab, world::READER_OBJECT, "az-imageshare expires=2020-01-31");
    shareable(&lab.azure, "partners");
    share(lab, "2020-01-31");
    closed(lab);
    opened(lab, "open");
    tagged(lab, "open", &[("community", "2020-01-31")]);
    let id = stand(&lab.azure, &IMAGES).to_lowercase();
    lab.azure.state(|state| {
        let offer = state.definitions.get_mut(&id).unwrap();
        offer.description = Some("az-imageshare expires=2020-01-31".to_owned());
    });
}

/// The consumer has the gallery by roles, directly and by a delegation.
pub(super) fn everything(lab: &Lab) {
    shared_directly(lab);
    admit_foreigners(&lab.azure);
    let scope = gallery("partners");
    lab.azure.state(|state| {
        for who in [crate::support::galleries::GUEST, crate::support::galleries::VISITOR] {
            state.assign_role(&scope, READER, who);
            let made = state.role_assignments.last_mut().unwrap();
            made.description = Some("az-imageshare expires=2099-01-31".to_owned());
        }
    });
    delegated(lab);
}

pub(super) fn from_consumer(lab: &Lab) -> Vec<String> {
    [PARTNERS(lab), words(&["--tenant", world::CONSUMER_TENANT])].concat()
}

pub(super) const IDENTITY: [&str; 6] = [
    "--identity",
    "robot",
    "-g",
    world::IMAGES_GROUP,
    "--subscription",
    world::PUBLISHER_SUBSCRIPTION,
];

pub(super) fn identity(_: &Lab) -> Vec<String> {
    words(&IDENTITY)
}

pub(super) fn scenario(_: &Lab) -> Vec<String> {
    words(&[&IDENTITY[..], &["--distribute-to", world::IMAGES_GROUP]].concat())
}

pub(super) fn set_up(lab: &Lab) {
    let to = ["--distribute-to", world::IMAGES_GROUP];
    unrecorded(lab, &[&["builder", "setup"][..], &IDENTITY, &to].concat(), "");
}

pub(super) const BRIDGE: [&str; 2] = ["--client-id", world::MULTI_TENANT_CLIENT];

pub(super) fn the_bridge(_: &Lab) -> Vec<String> {
    words(&BRIDGE)
}

pub(super) fn gallery_for_bridge(_: &Lab) -> Vec<String> {
    words(&[&BRIDGE[..], &["--gallery-id", &world::gallery_id()]].concat())
}

/// The consumer's tenant does not know the application.
pub(super) fn unaccepted(lab: &Lab) {
    lab.azure.state(|state| {
        let known = world::MULTI_TENANT_CONSUMER_OBJECT;
        state.principals.retain(|principal| principal.id != known);
        state.role_assignments.retain(|given| given.principal != known);
    });
}

pub(super) fn to_deploy(_: &Lab) -> Vec<String> {
    let place = ["-g", "apps-rg", "--subscription", world::CONSUMER_SUBSCRIPTION];
    words(&[&BRIDGE[..], &place].concat())
}

pub(super) fn bridge(_: &Lab) -> Vec<String> {
    words(&["-n", "Contoso bridge", "--consumer-tenant", world::CONSUMER_TENANT])
}

pub(super) const PIPELINE: [&str; 6] = [
    "-n",
    "Contoso CI",
    "--federated-issuer",
    "https://token.actions.githubusercontent.com",
    "--federated-subject",
    "repo:contoso/images:ref:refs/heads/main",
];

pub(super) fn pipeline(_: &Lab) -> Vec<String> {
    words(&PIPELINE)
}

pub(super) fn pipeline_made(lab: &Lab) {
    unrecorded(lab, &[&["share", "app", "create"][..], &PIPELINE].concat(), "");
}

/// One more customer, and a page of the publisher's own.
pub(super) fn one_more(_: &Lab) -> Vec<String> {
    let more = ["--consumer-tenant", world::CONSUMER_TENANT];
    let page = ["--redirect-uri", "https://contoso.com/thanks"];
    words(&[&PIPELINE[..], &more, &page].concat())
}

/// The publisher keeps the application's secret here.
pub(super) fn bridge_kept(lab: &Lab) {
    let add = ["credential", "add", "--no-test", "-n", "bridge", "--secret-stdin"];
    let tenant = ["--tenant", world::PUBLISHER_TENANT];
    unrecorded(lab, &[&add[..], &BRIDGE, &tenant].concat(), world::MULTI_TENANT_SECRET);
}

pub(super) const OLD_KEY: &str = "6d2c9b0e-51f4-4a8d-9c37-0e8f1b2a4d55";

pub(super) fn two_secrets(lab: &Lab) {
    lab.azure.state(|state| {
        let application = state.application_mut(world::MULTI_TENANT_CLIENT).unwrap();
        let mut old = application.secrets[0].clone();
        (old.id, old.value) = (OLD_KEY.to_owned(), "old8Q~sandbox.multitenant.secret-0".to_owned());
        application.secrets.push(old);
    });
}

pub(super) fn old_key(_: &Lab) -> Vec<String> {
    words(&[&BRIDGE[..], &["--key-id", OLD_KEY]].concat())
}

pub(super) fn an_owner(lab: &Lab) -> Vec<String> {
    [image_reader(lab), words(&["--role", "Owner"])].concat()
}

pub(super) fn a_guest(_: &Lab) -> Vec<String> {
    let place = ["--gallery-id", &world::gallery_id()];
    words(&[&["--assignee", "bob@partner.example", "--invite"][..], &place].concat())
}

pub(super) fn with_end(lab: &Lab) -> Vec<String> {
    [image_reader(lab), words(&["--role", "Reader", "--expires", "2099-01-31"])].concat()
}
