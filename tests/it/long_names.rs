//! A world in which everything has a name as long as Azure lets it be: every table still fits, and what is to be
//! copied from one can be.

use sandbox::{ResourceGroup, State, world};
use serde_json::json;
use unicode_width::UnicodeWidthStr;

use crate::support::galleries::{GUEST, IMAGE_READER, admit_foreigners};
use crate::support::lab::Lab;
use crate::support::offers::{IMAGES, Standing, stand};

/// Columns of a table.
const WIDEST: usize = 120;

/// A name of so many letters without a place to break it.
fn long(kind: &str, letters: usize) -> String {
    format!("{kind}{}", "OfTheInternationalPlatformEngineeringDepartment".repeat(4))
        .chars()
        .take(letters)
        .collect()
}

/// The publisher's world with one long gallery, and long names for everybody and everything around it.
fn world_of_long_names() -> (Lab, String) {
    let lab = Lab::publisher().with_consumer();
    admit_foreigners(&lab.azure);
    let group = long("Group", 90);
    let gallery = format!(
        "/subscriptions/{}/resourceGroups/{group}/providers/Microsoft.Compute/galleries/{}",
        world::PUBLISHER_SUBSCRIPTION,
        long("Gallery", 80)
    );
    let image = format!("{gallery}/images/{}", long("Image", 80));
    lab.azure.state(|state| {
        for tenant in &mut state.tenants {
            tenant.name = long(&tenant.name, 120);
        }
        for subscription in state.subscriptions.iter_mut() {
            subscription.name = long(&subscription.name, 64);
        }
        for principal in &mut state.principals {
            principal.name = long(&principal.name, 120);
        }
        put_image(state, &group, &gallery, &image);
        state.assign_role(&gallery, IMAGE_READER, GUEST);
        state.assign_role(&image, IMAGE_READER, world::READER_OBJECT);
    });
    let name = long("Offer", 100);
    stand(&lab.azure, &Standing { name: &name, groups: &[world::IMAGES_GROUP], ..IMAGES });
    (lab, gallery)
}

/// A gallery that is shared with two tenants, with one image of one version in many regions.
fn put_image(state: &mut State, group: &str, gallery: &str, image: &str) {
    state.groups.push(ResourceGroup {
        subscription: world::PUBLISHER_SUBSCRIPTION.to_owned(),
        name: group.to_owned(),
        location: "westeurope".to_owned(),
        tags: json!({}),
    });
    let shared = json!({"permissions": "Groups", "groups": [
            {"type": "AADTenants", "ids": [world::CONSUMER_TENANT, world::THIRD_TENANT]}]});
    let put = [
        (
            gallery,
            "Microsoft.Compute/galleries",
            json!({"sharingProfile": shared,
                "identifier": {"uniqueName": format!("{}-LONG", world::PUBLISHER_SUBSCRIPTION)}}),
        ),
        (
            image,
            "Microsoft.Compute/galleries/images",
            json!({"osType": "Linux",
                "osState": "Generalized", "hyperVGeneration": "V2", "architecture": "x64",
                "identifier": {"publisher": "contoso", "offer": "x", "sku": "y"}}),
        ),
    ];
    for (id, kind, mut properties) in put {
        properties["provisioningState"] = json!("Succeeded");
        state.put_resource(id, kind, json!({"location": "westeurope", "properties": properties}));
    }
    let regions = ["westeurope", "northeurope", "germanywestcentral", "australiasoutheast"];
    let regions = regions.map(|region| json!({"name": region, "regionalReplicaCount": 1}));
    let version = format!("{image}/versions/2026.1231.235959");
    let body = json!({"location": "westeurope", "properties": {
            "publishingProfile": {"targetRegions": regions, "excludeFromLatest": false,
                "publishedDate": "2026-01-15T10:00:00+00:00"}, "provisioningState": "Succeeded"}});
    state.put_resource(&version, "Microsoft.Compute/galleries/images/versions", body);
}

#[test]
fn every_list_of_the_estate_fits() {
    let (lab, gallery) = world_of_long_names();
    let image = long("Image", 80);
    let offer = long("Offer", 100);
    let short = format!("{}/{image}", long("Gallery", 80));
    let report = lab.home.path().join("access.csv").display().to_string();
    let tables: [&[&str]; 17] = [
        &["gallery", "list", "--all"],
        &["image", "list"],
        &["image", "show", "--id", &short],
        &["share", "list", "--all"],
        &["share", "list", "--gallery-id", &gallery],
        &["share", "rbac", "list", "--gallery-id", &gallery],
        &["share", "direct", "list", "--gallery-id", &gallery],
        &["share", "report", "--output-file", &report],
        &["share", "revoke", "--all", "--tenant", world::CONSUMER_TENANT, "--dry-run"],
        &["delegation", "list", "--all"],
        &["delegation", "show", "-n", &offer],
        &["delegation", "verify", "-n", &offer, "--as", "consumer", "--timeout", "0s"],
        &["credential", "list"],
        &["credential", "test", "--all"],
        &["token", "list"],
        &["status"],
        &["status", "--online"],
    ];
    let mut wide = Vec::new();
    for args in tables {
        let subscription = match args {
            ["delegation", "show" | "verify", ..] => {
                &["--subscription", world::PUBLISHER_SUBSCRIPTION][..]
            }
            _ => &[],
        };
        let ran = lab.run(&[args, subscription, &["-o", "table"]].concat());
        assert!(ran.stdout.lines().count() > 2, "{args:?} shows nothing: {ran:?}");
        // A command or an address below a table is not broken.
        let foldable = |line: &&str| !line.contains('`') && !line.contains("https://");
        let widest = ran.stdout.lines().filter(foldable).map(UnicodeWidthStr::width).max();
        if widest.unwrap_or_default() > WIDEST {
            wide.push(format!("{args:?}: {widest:?}\n{}", ran.stdout));
        }
    }
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}
