//! The real `az` builds a tree of management groups in the sandbox and asks Resource Graph about it.

use sandbox::world;
use serde_json::{Value, json};

use crate::real_clients::{az_json, logged_in};
use crate::support::lab::Lab;

const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

/// Somebody must own the root, or nobody can write below it.
fn lab_with_root() -> Lab {
    let lab = logged_in();
    lab.azure.state(|state| {
        let root =
            format!("/providers/Microsoft.Management/managementGroups/{}", world::PUBLISHER_TENANT);
        state.assign_role(&root, OWNER, world::DEPLOYER_OBJECT);
    });
    lab
}

/// Runs `az account management-group …`.
#[track_caller]
fn az_groups(lab: &Lab, line: &str) -> Value {
    let words: Vec<&str> = line.split_whitespace().collect();
    az_json(lab, &[&["account", "management-group"], words.as_slice()].concat())
}

fn names_of(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn az_builds_reads_and_takes_down_a_tree() {
    let lab = lab_with_root();
    let made = az_groups(&lab, "create --name mg-images --display-name Images");
    assert_eq!(made["displayName"], "Images", "{made}");
    az_groups(&lab, "create --name mg-emea --parent mg-images");
    let add =
        format!("subscription add --name mg-emea --subscription {}", world::SECOND_SUBSCRIPTION);
    az_groups(&lab, &add);
    let shown = az_groups(&lab, "show --name mg-images --expand --recurse");
    assert_eq!(shown["children"][0]["name"], "mg-emea", "{shown}");
    assert_eq!(shown["children"][0]["children"][0]["name"], world::SECOND_SUBSCRIPTION);
    let below = az_groups(&lab, "subscription show-sub-under-mg --name mg-emea");
    assert_eq!(names_of(&below), [world::SECOND_SUBSCRIPTION]);
    let listed = az_groups(&lab, "list");
    assert_eq!(names_of(&listed), [world::PUBLISHER_TENANT, "mg-images", "mg-emea"]);
    let entities = az_groups(&lab, "entities list");
    assert!(names_of(&entities).contains(&world::SECOND_SUBSCRIPTION), "{entities}");
    let taken = az_groups(&lab, "check-name-availability --name mg-emea");
    assert_eq!(
        (&taken["nameAvailable"], &taken["reason"]),
        (&json!(false), &json!("AlreadyExists"))
    );
    az_groups(&lab, "update --name mg-emea --display-name EMEA");
    assert_eq!(az_groups(&lab, "show --name mg-emea")["displayName"], "EMEA");
    az_groups(&lab, &add.replace("add", "remove"));
    az_groups(&lab, "delete --name mg-emea");
    assert_eq!(names_of(&az_groups(&lab, "list")), [world::PUBLISHER_TENANT, "mg-images"]);
}

#[test]
fn az_asks_resource_graph_for_the_subscriptions_of_a_group() {
    let lab = lab_with_root();
    lab.azure.state(|state| {
        state.add_management_group(world::PUBLISHER_TENANT, "mg-images", None);
        state.move_subscription(world::SECOND_SUBSCRIPTION, "mg-images");
    });
    let query = "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' \
        | project id, subscriptionId, properties | order by id asc";
    let body =
        json!({"query": query, "managementGroups": ["mg-images"], "options": {"$top": 1_000}});
    let body = format!("@{}", lab.file("query.json", &body.to_string()));
    let url = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
    let answer = az_json(&lab, &["rest", "--method", "post", "--url", url, "--body", &body]);
    assert_eq!((&answer["count"], &answer["resultTruncated"]), (&json!(1), &json!("false")));
    assert_eq!(answer["data"][0]["subscriptionId"], world::SECOND_SUBSCRIPTION);
    let chain = &answer["data"][0]["properties"]["managementGroupAncestorsChain"];
    assert_eq!(names_of(chain), ["mg-images", world::PUBLISHER_TENANT]);
}

/// `az` with Microsoft's own extension for Resource Graph.
#[cfg(target_os = "linux")]
fn az_graph(lab: &Lab, args: &[&str]) -> Value {
    let extensions = crate::support::tools_folder().join("azgraph");
    assert!(extensions.is_dir(), "{} is missing: run `make tools`", extensions.display());
    let ran: crate::support::extension::AzRan =
        lab.az_with(&extensions, args).output().unwrap().into();
    ran.json()
}

#[cfg(target_os = "linux")]
#[test]
fn az_graph_reads_page_after_page_and_no_row_is_lost() {
    let lab = logged_in();
    lab.azure.state(|state| {
        let fleet = sandbox::contoso_fleet(1_100);
        state.subscriptions = fleet.subscriptions;
        state.management_groups = fleet.management_groups;
        state.role_assignments = fleet.role_assignments;
    });
    let query = "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' \
        | project id, name | order by id asc";
    let fixed = ["graph", "query", "--graph-query", query, "--first", "1000"];
    let place = ["--management-groups", "mg-images", "-o", "json"];
    let args = [&fixed[..], &place].concat();
    let first = az_graph(&lab, &args);
    assert_eq!((&first["count"], &first["total_records"]), (&json!(1_000), &json!(1_100)));
    let token = first["skip_token"].as_str().unwrap();
    let second = az_graph(&lab, &[&args[..], &["--skip-token", token]].concat());
    let pages = [&first, &second];
    let all: std::collections::BTreeSet<&str> =
        pages.into_iter().flat_map(|page| names_of(&page["data"])).collect();
    assert_eq!(all.len(), 1_100);
}
