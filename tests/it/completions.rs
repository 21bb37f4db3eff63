//! What completion offers, where it has it from, and what a TAB does not do. In shells: `completion_shells.rs`.

use std::path::Path;
use std::sync::Arc;

use az_imageshare::index::{AnsweringService, NameCollector, ResponseObserver};
use sandbox::world;
use serde_json::{Value, json};

use crate::docs;
use crate::support::lab::Lab;
use crate::support::program::{self, World};
#[cfg(target_os = "linux")]
use crate::support::tool;

const TENANT: &str = "5f1e9c3a-8d2b-4a73-b5d0-6f1e9c3a1001";

/// A world with the names that `completions.cases` speaks of.
pub(crate) fn known_world() -> World {
    let world = World::new();
    let learned = Arc::new(NameCollector::new("AzureCloud"));
    let witness = ResponseObserver::new(&learned, AnsweringService::ResourceManager);
    witness.saw(TENANT.parse().ok(), "/subscriptions", &json!({"value": answers()}));
    learned.save(&world.config_dir().join("imageshare"), now());
    std::fs::write(world.home().join("request one.json"), "{}").unwrap();
    std::fs::create_dir(world.home().join("folder")).unwrap();
    std::fs::write(world.home().join("token"), "x").unwrap();
    let add = "credential add --no-test -n publisher --client-id 2b0de10d-6f29-4736-9952-f4a99e684c35 \
               --federated-token-file token --default --tenant";
    world.run(&format!("{add} {TENANT}")).assert().success();
    world
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_secs()).unwrap()
}

fn answers() -> Vec<Value> {
    let names = [
        "Contoso Dev",
        "Contoso Images",
        "fabrikam:eu",
        "env=prod",
        "Bücher Straße",
        "it's \"my\" $HOME",
    ];
    let id = |number: usize| format!("/subscriptions/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a200{number}");
    let mut all: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(number, name)| json!({"id": id(number), "displayName": name, "tenantId": TENANT}))
        .collect();
    all.push(json!({"id": format!("{}/resourceGroups/dev-rg", id(0)), "location": "westeurope"}));
    all.push(
        json!({"id": format!("{}/resourceGroups/images-rg", id(1)), "location": "westeurope"}),
    );
    let gallery =
        format!("{}/resourceGroups/images-rg/providers/Microsoft.Compute/galleries/contoso", id(1));
    for inside in [
        "",
        "/images/debian",
        "/images/ubuntu",
        "/images/ubuntu/versions/1.0.0",
        "/images/ubuntu/versions/2.0.0",
    ] {
        all.push(json!({"id": format!("{gallery}{inside}")}));
    }
    all.push(json!({
        "id": format!("{}/providers/Microsoft.ManagedServices/registrationDefinitions/1", id(1)),
        "properties": {
            "registrationDefinitionName": "Contoso images: 2026",
            "managedByTenantId": "7a3f0000-8d2b-4a73-b5d0-6f1e9c3a0002",
            "managedByTenantName": "Fabrikam",
            "authorizations": [{"principalId": "186b73ee-74ac-4572-92c3-85d496402501", "principalIdDisplayName": "image-users"}],
        },
    }));
    all
}

#[test]
fn what_commands_read_can_be_completed() {
    let lab = Lab::publisher();
    assert_eq!(offered(&lab, &["--subscription", ""]), [""; 0]);
    lab.run(&["delegation", "list"]).json();
    let known = offered(&lab, &["--subscription", ""]);
    assert_eq!(known, ["Contoso Images", "Contoso Lab"]);
    assert_eq!(offered(&lab, &["delegation", "create", "-g", ""]), [""; 0]);

    lab.run(&["delegation", "list", "--refresh-completions"]).json();
    let groups = offered(&lab, &["delegation", "create", "-g", "IMA"]);
    assert_eq!(groups, [world::IMAGES_GROUP]);
    assert_eq!(offered(&lab, &["delegation", "create", "-l", "germany"]), ["germanywestcentral"]);
    assert_eq!(
        offered(&lab, &["delegation", "create", "--consumer-tenant", "contoso."]),
        ["contoso.onmicrosoft.com"]
    );
    let elsewhere = ["--cloud", "AzureChinaCloud", "delegation", "create", "-g", ""];
    assert_eq!(offered(&lab, &elsewhere), [""; 0], "another cloud knows nothing of it");

    let index = std::fs::read_to_string(lab.files().join("names.index")).unwrap();
    assert!(index.contains(&format!("/galleries/{}", world::GALLERY)), "{index}");
    assert!(!index.contains(world::DEPLOYER_SECRET) && !index.contains("eyJ"), "{index}");
}

#[test]
fn a_delegation_is_known_once_it_was_created_and_forgotten_once_it_is_gone() {
    let lab = Lab::publisher();
    let create = ["delegation", "create", "-n", "Shared images", "-g", world::IMAGES_GROUP];
    let with =
        ["--consumer-tenant", world::CONSUMER_TENANT, "--principal-id", world::CONSUMER_GROUP];
    lab.publish(&[&create[..], &with[..]].concat()).json();
    let show = ["delegation", "show", "-n", "sh"];
    assert_eq!(offered(&lab, &show), ["Shared images"]);
    let principal = ["delegation", "create", "--authorization", "principal=186"];
    assert_eq!(offered(&lab, &principal), [format!("principal={}", world::CONSUMER_GROUP)]);
    lab.publish(&["delegation", "delete", "-n", "Shared images", "--yes"]);
    assert_eq!(offered(&lab, &show), [""; 0]);
}

/// The values that are offered at the end of a line.
fn offered(lab: &Lab, words: &[&str]) -> Vec<String> {
    let at = words.len().to_string();
    let (current, before) = words.split_last().unwrap();
    let question = ["__complete", "elvish", current, &at, "az-imageshare"];
    let ran = lab.run(&[&question[..], before].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let values = ran.stdout.lines().map(|line| line.split('\t').next().unwrap());
    values.map(str::to_owned).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_tab_opens_no_socket_and_takes_no_lock() {
    let world = known_world();
    for words in [
        &["--subscription", ""][..],
        &["--credential", ""],
        &["delegation", "create", "--consumer-tenant", ""],
        &["delegation", "create", "--request", ""],
        &["delegation", ""],
    ] {
        let trace = world.home().join("trace");
        let mut command = std::process::Command::new(tool("strace"));
        command.args(["-f", "-qq", "-e", "trace=%network,flock,execve,clone,clone3", "-o"]);
        command.arg(&trace).arg(program::path());
        let (current, before) = words.split_last().unwrap();
        command.args(["__complete", "elvish", current, &words.len().to_string(), "az-imageshare"]);
        command.args(before);
        let ran = assert_cmd::Command::from_std(world.place(command)).assert().success();
        assert_ne!(program::stdout(&ran), "", "{words:?} offers something");
        assert_eq!(program::stderr(&ran), "");
        let calls = std::fs::read_to_string(&trace).unwrap();
        assert_eq!(calls.lines().count(), 1, "only the program itself is started:\n{calls}");
        assert!(calls.contains("execve("), "strace sees what happens:\n{calls}");
    }
}

#[test]
fn scripts_are_up_to_date() {
    let world = World::new();
    for (shell, file) in [
        ("bash", "az-imageshare.bash"),
        ("zsh", "_az-imageshare"),
        ("fish", "az-imageshare.fish"),
        ("powershell", "az-imageshare.ps1"),
        ("elvish", "az-imageshare.elv"),
        ("nushell", "az-imageshare.nu"),
    ] {
        let ran = world.run(&format!("completion {shell}")).assert().success();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file);
        docs::compare(&path, program::stdout(&ran));
    }
}
