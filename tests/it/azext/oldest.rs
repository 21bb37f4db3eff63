//! The oldest Azure CLI that the extension says it supports. Only its core is installed: a login is made by the
//! new `az`, whose files are the same.

use sandbox::world;
use serde_json::{Value, json};

use crate::support::az::oldest_python;
use crate::support::extension::{AzRan, root};
use crate::support::lab::Lab;

fn driven(lab: &Lab, args: &[&str]) -> Vec<Value> {
    let driver = root().join("tests/it/data/az_in_process.py");
    let args = [&[driver.to_str().unwrap()], args].concat();
    let mut command = lab.python(&oldest_python(), &args);
    let ran: AzRan = command.output().unwrap().into();
    ran.json().as_array().unwrap().clone()
}

#[test]
fn every_command_has_help_in_the_oldest_az() {
    let seen = driven(&Lab::new(), &["help"]);
    assert!(seen.len() > 20, "{}", seen.len());
    for entry in seen {
        let found = (&entry["code"], &entry["summary"], &entry["missing"]);
        assert_eq!(found, (&json!(0), &json!(true), &json!([])), "{entry}");
    }
}

#[test]
fn the_oldest_az_runs_commands_hands_over_its_login_and_tells_errors() {
    let lab = Lab::new().az_login(
        world::PUBLISHER_TENANT,
        world::DEPLOYER_CLIENT,
        world::DEPLOYER_SECRET,
    );
    // Without its cache the login has to be asked for a token, over the pipe. The cache of answers is a pickle
    // of the new MSAL's classes, which the old one cannot read.
    for cache in ["msal_token_cache.json", "msal_http_cache.bin"] {
        std::fs::remove_file(lab.home.path().join(".azure").join(cache)).unwrap();
    }
    lab.azure.clear_journal();
    let list = ["run", "imageshare", "delegation", "list", "-o", "json"];
    let listed = driven(&lab, &list);
    assert_eq!(listed[0]["stdout"], "[]\n", "{listed:?}");
    assert_eq!(lab.azure.calls("POST", "/oauth2/v2.0/token"), 1);
    let table = ["run", "imageshare", "delegation", "list", "-o", "table"];
    assert_eq!(driven(&lab, &table)[0]["stdout"], "\n");
    let show = ["run", "imageshare", "credential", "show", "-n", "nobody"];
    let absent = driven(&lab, &show);
    assert_eq!(absent[0]["code"], 3, "{absent:?}");
    assert!(absent[0]["stderr"].to_string().contains("no credential named"));
}
