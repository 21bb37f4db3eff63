//! `image list --copies` and `image prune`: what is a copy of what, and which copies go.

use sandbox::world;
use serde_json::{Value, json};

use crate::support::copies::{copied, copy, versions, with_versions};
use crate::support::lab::{Lab, Ran};
use crate::support::machines::image;
use crate::vm::bridge;

fn copies(lab: &Lab) -> Value {
    lab.run(&["image", "list", "--copies"]).json()
}

fn prune(lab: &Lab, more: &[&str]) -> Ran {
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION];
    lab.run(&[&["image", "prune"][..], &place, more].concat())
}

#[test]
fn copies_say_where_they_come_from_and_how_far_behind_they_are() {
    let lab = bridge();
    assert_eq!(copies(&lab), json!([]), "the publisher's own images are no copies");
    let empty = lab.run(&["image", "list", "--copies", "-o", "table"]);
    let said = format!("{}{}", empty.stdout, empty.stderr);
    assert!(said.contains("`az-imageshare image copy`"), "{empty:?}");
    let source = image(world::LINUX_IMAGE);
    copy(&lab, &source, &["--all-versions"]).json();
    let row = |listed: &Value| listed.as_array().unwrap()[0].clone();
    let listed = row(&copies(&lab));
    assert_eq!(
        (&listed["source"], &listed["state"]),
        (&json!(source), &json!("current")),
        "{listed:#}"
    );
    assert_eq!(listed["publisherTenantId"], world::PUBLISHER_TENANT);
    let names = (&listed["reference"], &listed["sourceReference"]);
    assert_eq!(names, (&json!("copies/ubuntu"), &json!("sharedGallery/ubuntu-hardened")));
    let table = lab.run(&["image", "list", "--copies", "-o", "table"]).stdout;
    assert!(table.contains("copies/ubuntu") && table.contains("sharedGallery/"), "{table}");
    with_versions(&lab.azure, 2);
    let listed = row(&copies(&lab));
    assert_eq!((&listed["state"], &listed["behind"]), (&json!("behind"), &json!(2)), "{listed:#}");
    // The command that is told is one that works.
    let command = listed["updateCommand"].as_str().unwrap();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    lab.run(&words).json();
    assert_eq!(versions(&lab.azure).len(), 4);
    assert_eq!(row(&copies(&lab))["state"], "current");
    lab.azure.state(|state| {
        let bridge = world::MULTI_TENANT_PUBLISHER_OBJECT;
        state.role_assignments.retain(|known| known.principal != bridge);
    });
    let listed = row(&copies(&lab));
    assert_eq!(
        (&listed["state"], &listed["behind"]),
        (&json!("unreadable"), &Value::Null),
        "{listed:#}"
    );
}

#[test]
fn the_newest_copies_stay_and_nothing_else_is_touched() {
    let lab = bridge();
    with_versions(&lab.azure, 3);
    copy(&lab, &image(world::LINUX_IMAGE), &["--all-versions"]).json();
    // One that somebody made by hand, and a gallery of somebody else.
    let own = format!("{}/versions/0.9.0", copied());
    lab.azure.state(|state| {
        let id = format!("{}/versions/2.0.0", copied()).to_lowercase();
        let mut body = state.resources[&id].body.clone();
        body["tags"] = json!({"owner": "images"});
        state.put_resource(&own, "Microsoft.Compute/galleries/images/versions", body);
    });
    let all = versions(&lab.azure);
    assert_eq!(all.len(), 6);
    let dry = prune(&lab, &["--keep", "2", "--dry-run", "--detailed-exitcode"]);
    assert_eq!(dry.code, 8, "{dry:?}");
    let told = prune(&lab, &["--keep", "2"]);
    assert!(told.refused(2).contains("--yes"), "{told:?}");
    assert_eq!(versions(&lab.azure), all, "nobody agreed");
    let gone = prune(&lab, &["--keep", "2", "--yes"]).json();
    assert_eq!(gone.as_array().unwrap().len(), 3, "{gone:#}");
    assert_eq!(versions(&lab.azure), ["0.9.0", "2.0.1", "2.0.2"]);
    let published = lab.azure.calls("DELETE", &world::gallery_id());
    assert_eq!(published, 0, "the source is not touched");
    let settled = prune(&lab, &["--keep", "2", "--yes"]);
    assert_eq!(settled.json(), json!([]));
    assert!(settled.stderr.contains("nothing was removed"), "{settled:?}");
}

#[test]
fn young_and_protected_copies_stay() {
    let lab = bridge();
    copy(&lab, &image(world::LINUX_IMAGE), &["--all-versions"]).json();
    let young = prune(&lab, &["--keep", "0", "--older-than", "90d", "--yes"]);
    assert_eq!(young.json(), json!([]));
    lab.azure.state(|state| {
        for name in ["1.0.0", "1.1.0"] {
            let id = format!("{}/versions/{name}", copied()).to_lowercase();
            let properties = &mut state.resources.get_mut(&id).unwrap().body["properties"];
            properties["publishingProfile"]["publishedDate"] = json!("2020-01-01T00:00:00Z");
            if name == "1.0.0" {
                properties["publishingProfile"]["endOfLifeDate"] = json!("2099-01-01T00:00:00Z");
                properties["safetyProfile"] = json!({"blockDeletionBeforeEndOfLife": true});
            }
        }
    });
    let gone =
        prune(&lab, &["--keep", "0", "--older-than", "90d", "--yes", "--id", &copied()]).json();
    assert_eq!(gone.as_array().unwrap().len(), 1, "{gone:#}");
    assert_eq!(versions(&lab.azure), ["1.0.0"], "it is protected until its end of life");
}
