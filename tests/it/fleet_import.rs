//! `fleet import`: what stands as a manifest, of which a plan keeps everything.

use sandbox::{fleet_subscription, world};

use crate::support::fleets::{MANIFEST, count, fleet};
use crate::support::offers::READER;

const COUNT: usize = 600;

#[test]
fn a_plan_of_what_was_imported_keeps_all() {
    let lab = fleet(COUNT);
    let rich = MANIFEST.replace(
        "role: Reader}\n",
        "role: Reader}\n    eligible:\n      - {principals: [image-users], role: Virtual Machine Contributor, maxDuration: PT4H, mfa: Azure}\n    expires: 2099-06-30\n    description: \"For {consumer}: it's \\\"ours\\\"\"\n",
    );
    let (_, plan) = lab.planned(&rich, &[]);
    lab.stand_as_planned(&plan);
    let foreign = lab.azure.state(|state| {
        state.delegate(
            &fleet_subscription(7),
            "other-rg",
            world::CONSUMER_TENANT,
            world::CONSUMER_OBJECT,
            READER,
        )
    });
    let file = lab.home.path().join("imported.yaml").to_str().unwrap().to_owned();
    let ran = lab.run(&["fleet", "import", "--output-file", &file]);
    let told = ran.json();
    assert_eq!((&told["grants"], &told["subscriptions"]), (&2.into(), &COUNT.into()), "{told}");
    assert!(ran.stderr.contains("has an id that another tool chose"), "{}", ran.stderr);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.lines().count() < 60, "{text}");
    assert!(
        text.contains("managementGroups: [\"mg-images\"]") || text.contains("mg-images"),
        "{text}"
    );
    let ran = lab.run(&["fleet", "plan", "-f", &file]);
    let rows = ran.json();
    let rows = rows.as_array().unwrap();
    assert_eq!(count(rows, "keep"), 2 * COUNT, "{}\n{text}", ran.stderr);
    assert_eq!(count(rows, "foreign"), 1, "{}", ran.stderr);
    assert!(rows.iter().any(|row| row["id"].as_str().unwrap().ends_with(&foreign)));
    assert!(lab.run(&["fleet", "import", "--output-file", &file]).refused(2).contains("exists"));
}

#[test]
fn an_import_can_be_narrowed() {
    let lab = fleet(30);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    lab.stand_as_planned(&plan);
    let args =
        ["fleet", "import", "--management-group", "mg-emea", "--consumer", world::CONSUMER_DOMAIN];
    let ran = lab.run(&args);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout.contains("mg-emea") && !ran.stdout.contains(world::THIRD_TENANT),
        "{}",
        ran.stdout
    );
    let file = lab.file("imported.yaml", &ran.stdout);
    let rows = lab.run(&["fleet", "plan", "-f", &file]).json();
    assert_eq!(count(rows.as_array().unwrap(), "keep"), 10);
    assert_eq!(lab.run(&["fleet", "import", "--management-group", "mg-none"]).code, 3);
}

#[test]
fn galleries_that_are_shared_are_imported_too() {
    let lab = fleet(3);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    lab.stand_as_planned(&plan);
    let direct = sandbox::world::gallery_id();
    lab.azure.state(|state| {
        let profile = serde_json::json!({"permissions": "Groups", "groups": [
            {"type": "AADTenants", "ids": [world::CONSUMER_TENANT, world::THIRD_TENANT]},
            {"type": "Subscriptions", "ids": [world::CONSUMER_SUBSCRIPTION]}]});
        let found = state.resources.get_mut(&direct.to_lowercase()).unwrap();
        found.body["properties"]["sharingProfile"] = profile;
        let mut open = found.clone();
        open.id = direct.replace("sharedGallery", "openGallery");
        open.body["id"] = open.id.clone().into();
        open.body["name"] = "openGallery".into();
        open.body["properties"]["sharingProfile"] = serde_json::json!({"permissions": "Community",
            "communityGalleryInfo": {"communityGalleryEnabled": true, "publicNamePrefix": "contoso",
                "publisherUri": "https://contoso.com", "publisherContact": "a@contoso.com",
                "eula": "It's \"yours\"", "publicNames": ["contoso-1"]}});
        state.resources.insert(open.id.to_lowercase(), open);
    });
    let ran = lab.run(&["fleet", "import"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("single subscriptions"), "{}", ran.stderr);
    let file = lab.file("imported.yaml", &ran.stdout);
    let planned = lab.run(&["fleet", "plan", "-f", &file]);
    let rows = planned.json();
    let rows = rows.as_array().unwrap();
    assert_eq!((rows.len(), count(rows, "keep")), (9, 9), "{rows:#?}\n{}", ran.stdout);
    for (via, wanted) in [("delegation", 6), ("direct", 2), ("community", 1)] {
        assert_eq!(rows.iter().filter(|row| row["via"] == via).count(), wanted, "{via}");
    }
    let narrowed = lab.run(&["fleet", "import", "--consumer", world::CONSUMER_DOMAIN]);
    assert!(!narrowed.stdout.contains("community"), "{}", narrowed.stdout);
    assert!(!narrowed.stdout.contains(world::THIRD_TENANT), "{}", narrowed.stdout);
}
