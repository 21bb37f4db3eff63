//! `builder setup`: all rights in one go, once, and nothing twice.

use sandbox::world;
use serde_json::{Value, json};

use crate::support::builder::{builder, group, principal, standing};
use crate::support::faults::forbidden;
use crate::support::lab::Lab;

const IMAGES: &str = world::IMAGES_GROUP;

fn everything() -> Vec<String> {
    let mut args = ["--distribute-to", IMAGES, "--source"].map(str::to_owned).to_vec();
    args.push(world::managed_image_id());
    args.extend(["--vnet".into(), world::build_network_id()]);
    args.extend(["--storage-container".into(), world::scripts_container_id()]);
    args.extend(["--staging-resource-group".into(), world::OTHER_GROUP.into()]);
    args.extend(["--submitter".into(), world::READER_OBJECT.into()]);
    args
}

fn borrowed(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

/// What Image Builder says of a template with the identity: `Succeeded`, or `Failed` for want of rights.
fn built(lab: &Lab, rest: &[&str]) -> Value {
    let snippet = builder(lab, "template", rest).json();
    let text =
        snippet.to_string().replace("SUBNET", "builds").replace("/images/IMAGE\"", "/images/out\"");
    let mut body: Value = serde_json::from_str(&text).unwrap();
    for name in ["type", "apiVersion", "name"] {
        body.as_object_mut().unwrap().remove(name);
    }
    let path =
        format!("{}/providers/Microsoft.VirtualMachineImages/imageTemplates/t", group(IMAGES));
    let token = lab.run(&["token", "get", "--query", "accessToken", "-o", "tsv"]);
    let url = format!("{path}?api-version=2024-02-01");
    let (status, answer) = lab.azure.put(token.stdout.trim(), &url, &body);
    assert_eq!(status, 201, "{answer}");
    answer
}

#[test]
fn everything_is_given_in_one_go_and_builds() {
    let lab = Lab::publisher();
    lab.azure.knob(|knobs| {
        knobs.principal_replication_puts = 3;
        knobs.role_replication_reads = 3;
        knobs.registration_polls = 2;
    });
    let args = everything();
    let ran = builder(&lab, "setup", &borrowed(&args));
    let made = ran.json();
    assert_eq!(made["change"], "create");
    assert_eq!(
        made["registeredProviders"],
        json!(["Microsoft.KeyVault", "Microsoft.ContainerInstance"])
    );
    assert_eq!(standing(&lab.azure), (1, 2, 5), "{made}");
    assert_eq!(made["identity"]["principalId"], principal(&lab.azure).unwrap());
    let roles: Vec<&str> = made["assignments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["role"].as_str().unwrap())
        .collect();
    assert!(roles[0].starts_with("Azure Image Builder Image Creation (images-rg/"), "{roles:?}");
    assert_eq!(
        &roles[2..],
        ["Storage Blob Data Reader", "Contributor", "Managed Identity Operator"]
    );
    assert_eq!(made["roles"][0]["actions"].as_array().unwrap().len(), 7);
    let types = lab.azure.state(|state| {
        let given = state.role_assignments.iter().rev().take(5);
        given.map(|one| one.principal_type.clone()).collect::<Vec<_>>()
    });
    assert!(types.iter().all(|kind| kind == "ServicePrincipal"));
    let check = builder(&lab, "check", &borrowed(&args)).json();
    assert_eq!(check["ok"], true, "{check}");
    let scenario = &args[..args.len() - 2];
    let template = built(&lab, &borrowed(scenario));
    assert_eq!(template["properties"]["provisioningState"], "Succeeded", "{template}");
}

#[test]
fn the_least_is_enough_for_image_builder() {
    let lab = Lab::publisher();
    let definition = format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE);
    let version = format!("{definition}/versions/1.0.0");
    let network = world::build_network_id();
    let scenario = ["--distribute-to", &definition, "--source", &version, "--vnet", &network];
    let args = [&scenario[..], &["--least-privilege"]].concat();
    let made = builder(&lab, "setup", &args).json();
    let scopes: Vec<&str> = made["assignments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["scope"].as_str().unwrap())
        .collect();
    assert_eq!(scopes, [&world::gallery_id(), &group(IMAGES), &network]);
    let template = built(&lab, &args);
    assert_eq!(template["properties"]["provisioningState"], "Succeeded", "{template}");
    let check = builder(&lab, "check", &args).json();
    assert!(
        check["checks"].as_array().unwrap().iter().all(|one| one["state"] == "granted"),
        "{check}"
    );
}

#[test]
fn without_rights_image_builder_refuses() {
    let lab = Lab::publisher();
    crate::support::builder::bare_identity(&lab);
    let template = built(&lab, &["--distribute-to", IMAGES]);
    assert_eq!(template["properties"]["provisioningState"], "Failed", "{template}");
}

#[test]
fn a_second_run_writes_nothing_and_says_so() {
    let lab = Lab::publisher();
    let args = everything();
    let first = builder(&lab, "setup", &borrowed(&args)).json();
    lab.azure.clear_journal();
    let ran = builder(&lab, "setup", &borrowed(&args));
    let again = ran.json();
    assert_eq!(again["change"], "keep", "{again}");
    assert!(ran.stderr.contains("nothing to do"), "{}", ran.stderr);
    for method in ["PUT", "POST", "DELETE"] {
        let writes: Vec<_> = lab
            .azure
            .journal()
            .into_iter()
            .filter(|call| call.method == method && !call.path.contains("oauth2"))
            .collect();
        assert!(writes.is_empty(), "{writes:?}");
    }
    assert_eq!(again["assignments"][0]["id"], first["assignments"][0]["id"]);
    assert_eq!(again["roles"][0]["name"], first["roles"][0]["name"]);
}

#[test]
fn another_identity_uses_the_same_roles() {
    let lab = Lab::publisher();
    builder(&lab, "setup", &["--distribute-to", IMAGES]).json();
    let other = [
        "builder",
        "setup",
        "--identity",
        "second",
        "-g",
        world::OTHER_GROUP,
        "--distribute-to",
        IMAGES,
    ];
    let made = lab.publish(&other).json();
    assert_eq!(made["roles"][0]["change"], "keep");
    assert_eq!(standing(&lab.azure), (2, 1, 2));
}

#[test]
fn a_role_that_somebody_changed_is_repaired() {
    let lab = Lab::publisher();
    builder(&lab, "setup", &["--distribute-to", IMAGES]).json();
    lab.azure.state(|state| {
        let mut roles = state.resources.values_mut();
        let role =
            roles.find(|found| found.type_ == "Microsoft.Authorization/roleDefinitions").unwrap();
        role.body["properties"]["permissions"][0]["actions"] =
            json!(["Microsoft.Compute/images/read"]);
    });
    let made = builder(&lab, "setup", &["--distribute-to", IMAGES]).json();
    assert_eq!(made["roles"][0]["change"], "repair");
    let check = builder(&lab, "check", &["--distribute-to", IMAGES]).json();
    assert_eq!(check["ok"], true, "{check}");
}

#[test]
fn everything_wrong_on_the_command_line_is_told_at_once() {
    let lab = Lab::publisher();
    let ran = lab.publish(&[
        "builder",
        "setup",
        "--identity",
        "x",
        "--distribute-to",
        "a?b",
        "--vnet",
        "vnet1",
        "--template",
        "absent.json",
    ]);
    let stderr = ran.refused(2);
    assert!(stderr.contains("5 things are wrong (nothing was called)"), "{stderr}");
    assert!(lab.azure.journal().is_empty());
    let nothing = builder(&lab, "setup", &[]);
    assert!(nothing.refused(2).contains("--distribute-to"), "{}", nothing.stderr);
}

#[test]
fn everything_wrong_in_azure_is_told_at_once() {
    let lab = Lab::publisher();
    let gone = format!("{}/images/absent", world::gallery_id());
    let foreign = format!("/subscriptions/{}/resourceGroups/apps-rg", world::CONSUMER_SUBSCRIPTION);
    let ran = builder(
        &lab,
        "setup",
        &["--distribute-to", "absent-rg", "--source", &gone, "--distribute-to", &foreign],
    );
    let stderr = ran.refused(1);
    assert!(stderr.contains("3 things are wrong (nothing was changed)"), "{stderr}");
    assert_eq!(standing(&lab.azure), (0, 0, 0));
}

#[test]
fn whoever_may_not_do_it_is_told_before_anything_is_written() {
    let lab = Lab::contributor();
    let ran = builder(&lab, "setup", &["--distribute-to", IMAGES]);
    let stderr = ran.refused(1);
    assert!(stderr.contains("Microsoft.Authorization/roleDefinitions/write"), "{stderr}");
    assert!(stderr.contains("Microsoft.Authorization/roleAssignments/write"), "{stderr}");
    assert_eq!(standing(&lab.azure), (0, 0, 0));
}

#[test]
fn what_was_done_is_told_and_the_next_run_finishes() {
    for (path, done) in [("/roleDefinitions/", 1), ("/roleAssignments/", 2)] {
        let lab = Lab::publisher();
        lab.azure.inject(forbidden("PUT", path));
        let args = ["--distribute-to", IMAGES, "--least-privilege"];
        let ran = builder(&lab, "setup", &args);
        let stderr = ran.refused(7);
        assert!(stderr.contains(" done; not done: "), "{stderr}");
        let (identities, roles, given) = standing(&lab.azure);
        assert_eq!((identities + roles, given), (done, 0), "{path}");
        lab.azure.clear_faults();
        let command =
            stderr.split('`').find(|part| part.starts_with("az-imageshare builder setup")).unwrap();
        let command: Vec<&str> = command.split(' ').skip(1).collect();
        lab.run(&command).json();
        assert_eq!(standing(&lab.azure), (1, 1, 1), "{path}");
    }
}

#[test]
fn a_name_that_is_taken_is_told_with_the_way_to_find_it() {
    let lab = Lab::publisher();
    let args = ["--distribute-to", IMAGES];
    let planned = builder(&lab, "setup", &[&args[..], &["--dry-run"]].concat()).json();
    let role = planned["steps"].as_array().unwrap().iter();
    let mut role = role.filter(|step| step["kind"] == "roleDefinition");
    let role = &role.next().unwrap()["after"]["properties"];
    let name = role["roleName"].as_str().unwrap();
    let id = "9f0c9d3a-0000-4000-8000-000000000001";
    lab.azure.state(|state| {
        let path = format!("/providers/Microsoft.Authorization/roleDefinitions/{id}");
        let body = json!({"properties": {"roleName": name, "assignableScopes": [group(world::OTHER_GROUP)],
            "permissions": [{"actions": ["*/read"]}]}});
        state.put_resource(&path, "Microsoft.Authorization/roleDefinitions", body);
    });
    let ran = builder(&lab, "setup", &args);
    assert!(ran.refused(7).contains("az role definition list"), "{}", ran.stderr);
}

#[test]
fn nothing_done_is_a_plain_failure() {
    let lab = Lab::publisher();
    lab.azure.inject(forbidden("POST", "/register"));
    builder(&lab, "setup", &["--distribute-to", IMAGES]).refused(1);
    assert_eq!(standing(&lab.azure), (0, 0, 0));
}
