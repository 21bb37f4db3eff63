//! The other ways to share as items of a fleet: roles, applications, direct shares, the community.

use sandbox::world;
use serde_json::{Value, json};

use crate::support::fleets::{count, fleet, manifest_of};
use crate::support::lab::Lab;

fn only(lab: &Lab, grants: &str, more: &[&str]) -> Value {
    let (rows, _) = lab.planned(&manifest_of(grants), more);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    rows[0].clone()
}

#[test]
fn roles_are_items_under_the_names_that_share_rbac_gives() {
    let lab = fleet(1);
    let grant = "  - {name: roles, from: contoso, to: [fabrikam], via: rbac, galleries: {names: [shared*]}}\n";
    let row = only(&lab, grant, &[]);
    assert_eq!((&row["do"], &row["via"]), (&json!("create"), &json!("rbac")));
    assert!(
        row["key"].as_str().unwrap().ends_with("/images-rg/sharedGallery/fabrikam/grace"),
        "{row}"
    );
    let args = [
        "share",
        "rbac",
        "add",
        "--gallery-id",
        &world::gallery_id(),
        "--assignee-object-id",
        world::PUBLISHER_USER,
        "--assignee-principal-type",
        "User",
    ];
    let given = lab.run(&args);
    assert_eq!(given.code, 0, "{given:?}");
    let row = only(&lab, grant, &[]);
    assert_eq!(row["do"], "update", "given without the fleet's mark: {row}");
    let id = row["id"].as_str().unwrap().to_owned();
    lab.azure.state(|state| {
        let held = state.role_assignments.iter_mut().find(|one| id.ends_with(&one.name)).unwrap();
        held.description = Some("az-imageshare fleet=images-prod".to_owned());
    });
    assert_eq!(only(&lab, grant, &[])["do"], "keep");
    let absent = grant.replace("via: rbac", "via: rbac, absent: true");
    assert_eq!(only(&lab, &absent, &["--remove"])["do"], "remove");
}

#[test]
fn an_application_is_found_once_and_one_that_is_unknown_blocks() {
    let lab = fleet(1);
    let grant = |client: &str| {
        format!(
            "  - {{name: agents, from: contoso, to: [fabrikam], via: app, application: {client}, galleries: {{names: [sharedGallery]}}, role: Compute Gallery Image Reader}}\n"
        )
    };
    let row = only(&lab, &grant(world::MULTI_TENANT_CLIENT), &[]);
    assert_eq!((&row["do"], &row["via"]), (&json!("create"), &json!("app")), "{row}");
    let row = only(&lab, &grant("11111111-2222-4333-8444-555555555555"), &[]);
    assert_eq!(row["do"], "blocked", "{row}");
    assert!(row["why"][0].as_str().unwrap().contains("does not know the application"), "{row}");
}

#[test]
fn direct_and_community_shares_depend_on_how_the_gallery_was_made() {
    let lab = fleet(1);
    let direct = "  - {name: golden, from: contoso, to: [fabrikam], via: direct, galleries: {names: [sharedGallery]}}\n";
    let row = only(&lab, direct, &[]);
    assert_eq!(row["do"], "blocked", "{row}");
    let profile = |value: Value| {
        lab.azure.state(|state| {
            let key = world::gallery_id().to_lowercase();
            state.resources.get_mut(&key).unwrap().body["properties"]["sharingProfile"] = value;
        });
    };
    profile(json!({"permissions": "Groups"}));
    assert_eq!(only(&lab, direct, &[])["do"], "create");
    profile(
        json!({"permissions": "Groups", "groups": [{"type": "AADTenants", "ids": [world::CONSUMER_TENANT]}]}),
    );
    assert_eq!(only(&lab, direct, &[])["do"], "keep");
    let absent = direct.replace("via: direct", "via: direct, absent: true");
    assert_eq!(only(&lab, &absent, &[])["do"], "orphan");
    assert_eq!(only(&lab, &absent, &["--remove"])["do"], "remove");
    assert_eq!(lab.drift_kinds(&manifest_of(&absent)), ["share-extra"]);
    let open = "  - name: open\n    from: contoso\n    via: community\n    galleries: {names: [sharedGallery]}\n    community: {prefix: contoso, publisherUri: https://contoso.com, publisherContact: a@contoso.com, eula: https://contoso.com/eula}\n";
    assert_eq!(only(&lab, open, &[])["do"], "blocked");
    profile(json!({"permissions": "Private"}));
    assert_eq!(only(&lab, open, &[])["do"], "create");
    assert_eq!(lab.drift_kinds(&manifest_of(open)), ["share-missing"]);
}

#[test]
fn nothing_is_shared_before_its_images_are_in_place() {
    let lab = fleet(1);
    let grant = |region: &str| {
        format!(
            "  - {{name: roles, from: contoso, to: [fabrikam], via: rbac, galleries: {{names: [sharedGallery]}}, ready: {{regions: [{region}]}}}}\n"
        )
    };
    let row = only(&lab, &grant("mars"), &[]);
    assert_eq!(row["do"], "blocked", "{row}");
    assert!(row["why"][0].as_str().unwrap().contains("is not in mars"), "{row}");
    assert_eq!(lab.drift_kinds(&manifest_of(&grant("mars"))), ["share-missing", "not-replicated"]);
    let rows = lab.planned(&manifest_of(&grant("westeurope")), &[]).0;
    assert_eq!(count(&rows, "create"), 1, "{rows:#?}");
    lab.azure.state(|state| {
        let is_version =
            |kind: &str| kind.eq_ignore_ascii_case("Microsoft.Compute/galleries/images/versions");
        for version in state.resources.values_mut().filter(|one| is_version(&one.type_)) {
            version.body["properties"]["publishingProfile"]["endOfLifeDate"] =
                json!("2020-01-31T00:00:00Z");
        }
    });
    let kinds = lab.drift_kinds(&manifest_of(&grant("westeurope")));
    assert!(kinds.contains(&"version-end-of-life".to_owned()), "{kinds:?}");
}
