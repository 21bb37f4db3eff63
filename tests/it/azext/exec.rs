//! `az imageshare exec`: the command behind `--` is not az's to read, and has az's streams.

use sandbox::world;

use crate::support::errand::search_path;
use crate::support::extension::AzRan;
use crate::support::lab::Lab;

/// A laboratory in which `az` is signed in as an Owner.
fn signed_in() -> Lab {
    let lab = Lab::new();
    lab.az_login(world::PUBLISHER_TENANT, world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET)
}

#[test]
fn the_login_of_az_is_lent_and_arguments_behind_the_dashes_are_the_commands() {
    let lab = signed_in();
    let fixed = ["imageshare", "exec", "--subscription", world::PUBLISHER_SUBSCRIPTION, "--"];
    let command = ["az", "group", "list", "-o", "json", "--query", "[].name"];
    let mut az = lab.az(&[&fixed[..], &command].concat());
    let ran: AzRan = az.env("PATH", search_path()).output().unwrap().into();
    let groups: Vec<String> = serde_json::from_value(ran.json()).unwrap();
    assert!(groups.iter().any(|name| name == world::IMAGES_GROUP), "{groups:?}");
}

#[test]
fn the_exit_code_is_one_that_az_has() {
    let lab = signed_in();
    let run = |command: &[&str]| lab.run_az(&[&["imageshare", "exec", "--"], command].concat());
    assert_eq!(run(&["sh", "-c", "echo fine"]).stdout, "fine\n");
    assert_eq!(run(&["sh", "-c", "exit 7"]).code, Some(1));
    let missing = run(&["no-such-program"]);
    assert!(missing.refused(1).contains("not found"), "{missing:?}");
}
