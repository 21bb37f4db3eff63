//! The real `az` shares and lists galleries against the sandbox, and ends where our commands end.

use sandbox::world;
use serde_json::{Value, json};

use crate::real_clients::{az_json, logged_in};
use crate::support::galleries::{gallery, profile, shareable};
use crate::support::lab::Lab;

const GROUP: [&str; 2] = ["-g", world::IMAGES_GROUP];

fn sig(lab: &Lab, gallery: &str, verb: &[&str], more: &[&str]) -> Value {
    let name = ["--gallery-name", gallery];
    az_json(lab, &[&["sig"], verb, &GROUP, &name, more].concat())
}

/// Runs our own command on a gallery; it must succeed.
#[track_caller]
fn ours(lab: &Lab, verb: &[&str], id: &str, more: &[&str]) {
    let ran = lab.run(&[&["share", "direct"], verb, &["--gallery-id", id], more].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn az_and_we_share_directly_with_the_same_end() {
    let lab = logged_in();
    let (theirs, own) = (gallery("byaz"), gallery("byus"));
    let same = |what: &str| {
        assert_eq!(profile(&lab.azure, &theirs), profile(&lab.azure, &own), "after {what}");
    };
    let at = ["--location", "westeurope"];
    sig(&lab, "byaz", &["create"], &[&at[..], &["--permissions", "Groups"]].concat());
    let whom = [
        "--tenant-ids",
        world::CONSUMER_TENANT,
        "--subscription-ids",
        world::CONSUMER_SUBSCRIPTION,
    ];
    sig(&lab, "byaz", &["share", "add"], &whom);
    ours(&lab, &["add"], &own, &[&whom[..], &at].concat());
    same("add");
    let shown = sig(&lab, "byaz", &["show"], &["--sharing-groups"]);
    assert_eq!(shown["sharingProfile"]["groups"], profile(&lab.azure, &own)["groups"]);
    sig(&lab, "byaz", &["share", "remove"], &whom[2..]);
    ours(&lab, &["remove", "--yes"], &own, &whom[2..]);
    same("remove");
    sig(&lab, "byaz", &["share", "reset"], &[]);
    ours(&lab, &["reset", "--yes"], &own, &[]);
    same("reset");
    assert_eq!(profile(&lab.azure, &own)["groups"], json!([]));
}

#[test]
fn az_sees_what_we_shared_and_lists_the_images_we_list() {
    let lab = logged_in();
    let id = shareable(&lab.azure, "partners");
    ours(&lab, &["add"], &id, &["--consumer-tenant", world::CONSUMER_TENANT]);
    let images = sig(&lab, world::GALLERY, &["image-definition", "list"], &[]);
    assert_eq!(images.as_array().unwrap().len(), 2);
    let image = ["--gallery-image-definition", world::LINUX_IMAGE];
    let versions = sig(&lab, world::GALLERY, &["image-version", "list"], &image);
    let linux = format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE);
    let shown = lab.run(&["image", "show", "--id", &linux]).json();
    assert_eq!(versions.as_array().unwrap().len(), shown["versions"].as_array().unwrap().len());
    let who = [
        "-u",
        world::CONSUMER_CLIENT,
        "-p",
        world::CONSUMER_SECRET,
        "--tenant",
        world::CONSUMER_TENANT,
    ];
    az_json(&lab, &[&["login", "--service-principal"][..], &who].concat());
    az_json(&lab, &["account", "set", "-s", world::CONSUMER_SUBSCRIPTION]);
    let shared =
        |more: &[&str]| az_json(&lab, &[&["sig", "list-shared", "-l", "eastus"], more].concat());
    assert_eq!(shared(&[]), json!([]));
    let found = shared(&["--shared-to", "tenant"]);
    let lab = lab.at_consumer();
    let listed = lab.run(&["image", "list", "--location", "eastus"]).json();
    let unique = found[0]["uniqueId"].as_str().unwrap();
    let direct = listed.as_array().unwrap().iter().find(|row| row["via"] == "direct").unwrap();
    assert!(direct["id"].as_str().unwrap().starts_with(unique), "{direct} {unique}");
}

#[test]
fn az_opens_a_gallery_to_everybody_and_we_close_it() {
    let lab = logged_in();
    let face = [
        "--location",
        "westeurope",
        "--permissions",
        "Community",
        "--publisher-uri",
        "https://contoso.com",
        "--publisher-email",
        "images@contoso.com",
        "--eula",
        "https://contoso.com/eula",
        "--public-name-prefix",
        "contoso",
    ];
    sig(&lab, "open", &["create"], &face);
    sig(&lab, "open", &["share", "enable-community"], &[]);
    let id = gallery("open");
    let shown = lab.run(&["share", "community", "show", "--gallery-id", &id]).json();
    assert_eq!(shown["enabled"], true);
    let listed = az_json(&lab, &["sig", "list-community", "--location", "westeurope"]);
    assert_eq!(listed[0]["name"], shown["publicName"]);
    assert_eq!(lab.run(&["share", "community", "disable", "--gallery-id", &id, "--yes"]).code, 0);
    assert_eq!(az_json(&lab, &["sig", "list-community", "--location", "westeurope"]), json!([]));
}

#[test]
fn az_sees_the_last_day_and_changes_tags_beside_it() {
    let lab = logged_in();
    let id = shareable(&lab.azure, "partners");
    let until = ["--expires", "2099-01-31"];
    let whom = ["--consumer-tenant", world::CONSUMER_TENANT];
    ours(&lab, &["add"], &id, &[whom, until].concat());
    let tag = |verb: &[&str]| {
        let shown = az_json(&lab, &[&["tag"], verb, &["--resource-id", &id]].concat());
        shown["properties"]["tags"].clone()
    };
    let ours_alone =
        json!({format!("az-imageshare-expires-{}", world::CONSUMER_TENANT): "2099-01-31"});
    assert_eq!(tag(&["list"]), ours_alone);
    let both = tag(&["update", "--operation", "Merge", "--tags", "owner=images"]);
    assert_eq!(both["owner"], "images");
    ours(&lab, &["remove", "--yes"], &id, &whom);
    assert_eq!(tag(&["list"]), json!({"owner": "images"}));
}
