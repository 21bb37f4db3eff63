//! `fleet plan` and `fleet show`: what is wanted, what stands, and what becomes of each item.

use sandbox::{
    Fault, FaultKind, Sandbox, SubscriptionState, delegated_fleet, fleet_subscription, world,
};
use serde_json::{Value, json};

use crate::fleet_apply_waves::with_fabrikam;
use crate::support::fleets::{MANIFEST, count, fleet, signed_in};
use crate::support::lab::Lab;

/// Resource Graph has no table of the kind that is asked for.
fn no_such_table() -> Fault {
    let code = Some("DisallowedLogicalTableName".to_owned());
    let kind = FaultKind::Status { status: 400, retry_after: None, code };
    Fault::new(kind).path("ResourceGraph").always()
}

fn by_key<'a>(rows: &'a [Value], part: &str) -> &'a Value {
    rows.iter().find(|row| row["key"].as_str().unwrap().contains(part)).unwrap()
}

fn writes(lab: &Lab) -> usize {
    let calls = lab.azure.journal();
    let is_write = |method: &str, path: &str| {
        method != "GET"
            && !path.contains("ResourceGraph")
            && !path.contains("oauth2")
            && !path.ends_with("/whatIf")
    };
    calls.iter().filter(|call| is_write(&call.method, &call.path)).count()
}

#[test]
fn a_new_fleet_is_created_under_the_ids_that_delegation_create_computes() {
    let lab = fleet(7);
    let (rows, plan) = lab.planned(MANIFEST, &[]);
    assert_eq!((rows.len(), count(&rows, "create")), (14, 14), "{rows:#?}");
    let subscription = fleet_subscription(3);
    let row = by_key(&rows, &format!("readers/contoso/{subscription}/fabrikam"));
    let args = [
        "delegation",
        "plan",
        "-n",
        "Contoso images for fabrikam",
        "--consumer-tenant",
        world::CONSUMER_TENANT,
        "-g",
        "images-rg",
        "--principal-id",
        world::CONSUMER_GROUP,
        "--principal-name",
        "image-users",
        "--subscription",
        &subscription,
    ];
    let single = lab.run(&args).json();
    assert_eq!(row["id"], single["definitionId"]);
    let lines = std::fs::read_to_string(&plan).unwrap();
    let item: Value = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|line| line["key"] == row["key"])
        .unwrap();
    assert_eq!(item["after"]["assignments"][0]["id"], single["assignments"][0]["id"]);
    assert_eq!(item["after"]["authorizations"], single["authorizations"]);
    assert_eq!(item["after"]["description"], "az-imageshare fleet=images-prod");
    assert_eq!(writes(&lab), 0);
}

#[test]
fn what_stands_is_kept_in_a_few_requests() {
    let lab = signed_in(Sandbox::builder().world(delegated_fleet(1_200)).start());
    let ran = lab.fleet("plan", MANIFEST, &["--detailed-exitcode"]);
    let rows = ran.json();
    let rows = rows.as_array().unwrap();
    assert_eq!((rows.len(), count(rows, "keep")), (2_400, 2_400), "{}", ran.stderr);
    let asked = lab.azure.journal().iter().filter(|call| !call.path.contains("oauth2")).count();
    assert!(asked <= 20, "{asked}");
    assert_eq!(writes(&lab), 0);
    assert!(ran.stderr.contains("0 to create, 0 to change, 0 to remove."), "{}", ran.stderr);
}

#[test]
fn an_answer_over_a_part_of_the_fleet_is_left_at_its_first_page() {
    let lab = signed_in(Sandbox::builder().world(delegated_fleet(1_200)).start());
    lab.azure.knob(|knobs| knobs.graph_subscription_limit = 1_100);
    let ran = lab.fleet("plan", MANIFEST, &[]);
    assert_eq!(count(ran.json().as_array().unwrap(), "keep"), 2_400, "{}", ran.stderr);
    let pages = lab.azure.journal();
    let bodies = pages.iter().map(|call| call.body.clone());
    let (named, whole): (Vec<Value>, Vec<Value>) = bodies
        .filter(|body| body["query"].as_str().is_some_and(|text| text.starts_with("managedserv")))
        .partition(|body| body["subscriptions"].is_array());
    let goes_on = |body: &&Value| body["options"]["$skipToken"].is_string();
    assert_eq!(whole.iter().filter(goes_on).count(), 0, "{whole:#?}");
    assert_eq!(named.iter().filter(goes_on).count(), 2, "{named:#?}");
}

#[test]
fn two_plans_of_one_world_differ_in_their_times_only() {
    let lab = fleet(20);
    let lines = |manifest: &str| {
        let (_, plan) = lab.planned(manifest, &[]);
        let text = std::fs::read_to_string(plan).unwrap();
        let mut lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for moment in ["made", "until"] {
            assert!(lines[0][moment].as_str().unwrap().ends_with('Z'));
            lines[0][moment].take();
        }
        let last = lines.len() - 1;
        for hash in ["sha256", "line"] {
            lines[last][hash].take();
        }
        lines
    };
    let first = lines(MANIFEST);
    assert_eq!(first, lines(MANIFEST));
    // The order of keys does not matter; only where the grant stands in the file differs.
    let (consumers, grants) =
        (MANIFEST.find("consumers:").unwrap(), MANIFEST.find("grants:").unwrap());
    let end = MANIFEST.find("limits:").unwrap();
    let moved = [
        &MANIFEST[..consumers],
        &MANIFEST[grants..end],
        &MANIFEST[consumers..grants],
        &MANIFEST[end..],
    ]
    .concat();
    let strip = |mut lines: Vec<Value>| {
        lines[0]["manifest"].take();
        lines.iter_mut().for_each(|line| drop(line["line"].take()));
        lines
    };
    assert_eq!(strip(first), strip(lines(&moved)));
}

#[test]
fn a_plan_is_for_its_owner_alone_and_any_change_of_it_is_seen() {
    let lab = fleet(3);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&plan).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let shown = lab.run(&["fleet", "show", &plan]).json();
    assert_eq!(shown["counts"]["create"], 6);
    assert_eq!(shown["shapes"].as_array().unwrap().len(), 2);
    assert_eq!(shown["approval"].as_str().unwrap().len(), 12);
    assert_eq!(
        lab.run(&["fleet", "show", &plan, "--all"]).json()["items"].as_array().unwrap().len(),
        6
    );
    let text = std::fs::read_to_string(&plan).unwrap();
    std::fs::write(&plan, text.replacen("Reader", "Raeder", 1).replacen("acdd72a7", "acdd72a8", 1))
        .unwrap();
    let ran = lab.run(&["fleet", "show", &plan]);
    assert!(ran.refused(9).contains("was changed after it was made"), "{}", ran.stderr);
    assert_eq!(lab.run(&["fleet", "show", "nowhere.plan"]).code, 3);
}

#[test]
fn a_table_shows_shapes() {
    let lab = fleet(12);
    let ran = lab.fleet("plan", MANIFEST, &["-o", "table"]);
    let rows: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(rows.len(), 4, "{}", ran.stdout);
    assert!(
        rows[2].contains("12")
            && rows[2].contains("Reader, Delete role for image-users on images-rg"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.lines().all(|row| row.chars().count() <= 120), "{}", ran.stdout);
}

#[test]
fn a_difference_is_told_line_by_line_and_ends_with_8() {
    let lab = fleet(4);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    lab.stand_as_planned(&plan);
    let changed = MANIFEST.replace("role: Reader}", "role: Contributor}");
    let ran = lab.fleet("plan", &changed, &["--detailed-exitcode", "--select", "*/fabrikam"]);
    assert_eq!(ran.code, 8, "{ran:?}");
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((rows.len(), count(&rows, "update")), (4, 4), "{rows:#?}");
    let why = rows[0]["why"].as_array().unwrap();
    assert!(why[0].as_str().unwrap().starts_with("+ Contributor for image-users"), "{why:?}");
    assert!(why[1].as_str().unwrap().starts_with("- Reader for image-users"), "{why:?}");
    assert!(ran.stderr.contains("~      4 update  readers for fabrikam"), "{}", ran.stderr);
}

#[test]
fn selectors_narrow_and_shards_share_the_fleet_out() {
    let lab = fleet(30);
    let narrowed = MANIFEST.replace(
        "    from: contoso\n",
        "    from: {publisher: contoso, subscriptions: {managementGroups: [mg-emea], except: {names: [img-00001]}}}\n",
    );
    let (rows, _) = lab.planned(&narrowed, &["--select", "*/fabrikam"]);
    assert_eq!(rows.len(), 9, "ten of the group less one");
    let mut all: Vec<String> = Vec::new();
    for number in 1..=3 {
        let (rows, _) = lab.planned(MANIFEST, &["--shard", &format!("{number}/3")]);
        all.extend(rows.iter().map(|row| row["key"].as_str().unwrap().to_owned()));
    }
    all.sort();
    let (whole, _) = lab.planned(MANIFEST, &[]);
    let whole: Vec<&str> = whole.iter().map(|row| row["key"].as_str().unwrap()).collect();
    assert_eq!(all, whole);
}

#[test]
fn what_cannot_be_done_is_blocked_with_its_reason() {
    let lab = fleet(5);
    let (disabled, bare) = (fleet_subscription(2), fleet_subscription(4));
    lab.azure.state(|state| {
        state.subscription_mut(&disabled).unwrap().state = SubscriptionState::Disabled;
        state.groups.retain(|group| group.subscription != bare);
    });
    let (rows, _) = lab.planned(MANIFEST, &["--select", "*/fabrikam"]);
    assert_eq!((count(&rows, "create"), count(&rows, "blocked")), (3, 2), "{rows:#?}");
    assert_eq!(by_key(&rows, &disabled)["why"], json!(["the subscription is Disabled"]));
    assert_eq!(by_key(&rows, &bare)["why"], json!(["there is no resource group 'images-rg'"]));
    let skipping =
        MANIFEST.replace("    authorizations:", "    missingGroup: skip\n    authorizations:");
    let ran = lab.fleet("plan", &skipping, &["--select", "*/fabrikam"]);
    assert_eq!(count(ran.json().as_array().unwrap(), "blocked"), 1);
    assert!(ran.stderr.contains("are skipped"), "{}", ran.stderr);
    let unseen = MANIFEST.replace(
        "{managementGroups: [mg-images]}",
        "{ids: [00000000-0000-4000-8000-000000000001]}",
    );
    let (rows, _) = lab.planned(&unseen, &[]);
    assert_eq!(count(&rows, "blocked"), 2, "{rows:#?}");
    // Nothing would be written, and yet the fleet is not as the manifest wants it; `fleet drift` says 8, too.
    assert_eq!(lab.fleet("plan", &unseen, &[]).code, 0);
    assert_eq!(lab.fleet("plan", &unseen, &["--detailed-exitcode"]).code, 8);
}

#[test]
fn an_offer_of_that_name_by_another_definition_is_in_the_way() {
    let lab = fleet(2);
    let subscription = fleet_subscription(1);
    let foreign = lab.azure.state(|state| {
        let name = state.delegate(
            &subscription,
            "images-rg",
            world::CONSUMER_TENANT,
            world::CONSUMER_GROUP,
            crate::support::offers::READER,
        );
        let held = state.definitions.values_mut().find(|one| one.name == name).unwrap();
        held.registration_definition_name = Some("Contoso images for fabrikam".to_owned());
        name
    });
    let (rows, _) = lab.planned(MANIFEST, &["--select", "*"]);
    assert_eq!(by_key(&rows, &format!("{subscription}/fabrikam"))["do"], "blocked");
    let row = by_key(&rows, &foreign);
    assert_eq!((&row["do"], &row["consumer"]), (&json!("foreign"), &json!("fabrikam")));
}

#[test]
fn without_resource_graph_each_subscription_is_asked() {
    let lab = fleet(12);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    lab.stand_as_planned(&plan);
    let (by_index, _) = lab.planned(MANIFEST, &[]);
    lab.azure.inject(no_such_table());
    let ran = lab.fleet("plan", MANIFEST, &[]);
    assert_eq!(ran.json().as_array().unwrap(), &by_index);
    assert!(ran.stderr.contains("each subscription was read separately"), "{}", ran.stderr);
    let removed = MANIFEST.replace("to: [fabrikam, tailspin]", "to: [fabrikam]");
    let limits = removed.replace("removals: 5", "removals: 50");
    let (rows, _) = lab.planned(&limits, &["--remove"]);
    assert_eq!(count(&rows, "remove"), 12, "the service itself is complete: {rows:#?}");
}

#[test]
fn the_first_items_are_looked_at_as_delegation_plan_does() {
    let lab =
        fleet(3).signed_in(world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    lab.azure.state(|state| {
        let scope = "/providers/Microsoft.Management/managementGroups/mg-images";
        state.assign_role(scope, crate::support::offers::READER, world::READER_OBJECT);
    });
    let ran = lab.fleet("plan", MANIFEST, &[]);
    assert_eq!(count(ran.json().as_array().unwrap(), "create"), 6);
    assert!(ran.stderr.contains("the look at the first items found"), "{}", ran.stderr);
    assert!(ran.stderr.contains("may not delegate it"), "{}", ran.stderr);
}

#[test]
fn publishers_are_read_side_by_side() {
    let lab = with_fabrikam(fleet(20));
    let partner = format!(
        "  partner:\n    tenant: {}\n    credential: fabrikam\n    subscriptions: {{ids: [{}]}}\nconsumers:\n",
        world::CONSUMER_TENANT,
        world::CONSUMER_SUBSCRIPTION
    );
    let back = "  - {name: back, from: partner, to: [tailspin], via: delegation, offer: Back, wholeSubscription: true, authorizations: [{principals: [ci], role: Reader}]}\nlimits:";
    let manifest = MANIFEST.replace("consumers:\n", &partner).replace("limits:", back);
    lab.azure.clear_journal();
    let (rows, _) = lab.planned(&manifest, &[]);
    assert_eq!(count(&rows, "create"), 41, "{rows:#?}");
    let asked: Vec<String> = lab
        .azure
        .journal()
        .into_iter()
        .filter(|call| call.path.contains("Microsoft.ResourceGraph"))
        .filter_map(|call| call.tenant)
        .collect();
    let first = asked.iter().position(|tenant| tenant == world::CONSUMER_TENANT).unwrap();
    let last = asked.iter().rposition(|tenant| tenant == world::PUBLISHER_TENANT).unwrap();
    assert!(first < last, "{asked:?}");
}

#[test]
fn in_full_each_subscription_is_asked_for_permissions_and_registration() {
    let lab =
        fleet(3).signed_in(world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    let bare = fleet_subscription(2);
    lab.azure.state(|state| {
        let scope = "/providers/Microsoft.Management/managementGroups/mg-images";
        state.assign_role(scope, crate::support::offers::READER, world::READER_OBJECT);
        state.subscription_mut(&bare).unwrap().providers.remove("microsoft.managedservices");
    });
    let ran = lab.fleet("plan", MANIFEST, &["--full"]);
    let rows = ran.json();
    assert_eq!(count(rows.as_array().unwrap(), "blocked"), 6, "{}", ran.stderr);
    assert!(
        rows[0]["why"][0].as_str().unwrap().contains("registrationDefinitions/write"),
        "{rows}"
    );
    let ran = lab.fleet("drift", MANIFEST, &["--full"]);
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let found: Vec<&Value> = rows.iter().filter(|row| row["kind"] == "not-registered").collect();
    assert_eq!(found.len(), 1, "{rows:#?}");
    assert_eq!(found[0]["subscription"], json!(bare));
}
