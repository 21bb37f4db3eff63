//! Names where ids were needed: principals of a consumer whose credential is stored, galleries without their group,
//! tokens by `--credential`.

use sandbox::world;

use crate::support::lab::Lab;
use crate::support::offers::{IMAGES, stand};

const OFFER: [&str; 9] = [
    "delegation",
    "plan",
    "-n",
    "images",
    "-g",
    world::IMAGES_GROUP,
    "--consumer-tenant",
    world::CONSUMER_DOMAIN,
    "--subscription",
];

fn plan(lab: &Lab, more: &[&str]) -> crate::support::lab::Ran {
    lab.run(&[&OFFER[..], &[world::PUBLISHER_SUBSCRIPTION], more].concat())
}

#[test]
fn a_principal_is_named_where_a_credential_of_its_tenant_is_stored() {
    let lab = Lab::publisher().with_consumer();
    let planned = plan(&lab, &["--principal-id", world::CONSUMER_GROUP_NAME]).json();
    let right = &planned["authorizations"][0];
    assert_eq!(right["principalId"], world::CONSUMER_GROUP, "{planned:#}");
    assert_eq!(right["principalIdDisplayName"], world::CONSUMER_GROUP_NAME);
    let other =
        ["--principal-id", world::CONSUMER_GROUP_NAME, "--principal-name", "Users of images"];
    let planned = plan(&lab, &other).json();
    assert_eq!(planned["authorizations"][0]["principalIdDisplayName"], "Users of images");
    let unknown = plan(&lab, &["--principal-id", "no-such-group"]);
    assert_ne!(unknown.code, 0, "{unknown:?}");
    // Without a credential of the consumer's, a name says nothing.
    let blind = Lab::publisher();
    assert!(
        plan(&blind, &["--principal-id", world::CONSUMER_GROUP_NAME])
            .refused(2)
            .contains("is not a GUID")
    );
}

#[test]
fn a_gallery_is_found_without_its_group() {
    let lab = Lab::publisher();
    let place = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    let with = |words: &[&str]| lab.run(&[words, &place].concat());
    let by_name = with(&["share", "list", "--gallery", "SHAREDgallery"]).json();
    let by_id = with(&["share", "list", "--gallery-id", &world::gallery_id()]).json();
    assert_eq!(by_name, by_id);
    let missing = with(&["share", "list", "--gallery", "nothing"]);
    assert!(missing.refused(3).contains("'nothing'"), "{missing:?}");
}

#[test]
fn tokens_are_cleared_by_either_flag_and_nothing_says_so() {
    let lab = Lab::new().with_consumer();
    lab.run(&["token", "get", "--credential", "consumer"]).json();
    let clear = ["token", "clear", "--credential", "consumer"];
    assert_eq!(lab.run(&clear).code, 0);
    assert_eq!(lab.run(&["token", "list"]).json(), serde_json::json!([]));
    assert!(lab.run(&clear).stderr.contains("No token was in the cache"));
    assert!(lab.run(&["token", "clear"]).refused(2).contains("--name"));
}

#[test]
fn a_plan_and_a_check_name_the_tenant_and_its_id_once() {
    let lab = Lab::publisher().with_consumer();
    let in_full = |name: &str| format!("tenant {name} ({})", world::CONSUMER_TENANT);
    let alone = format!("tenant {}", world::CONSUMER_TENANT);
    let planned = |name: &str| {
        let planned = plan(&lab, &["--principal-id", world::CONSUMER_GROUP]);
        let told = format!("tenant {name}");
        let mut lines = planned.stderr.lines().filter(|line| line.contains(&told));
        let first = lines.next().unwrap_or_else(|| panic!("{}", planned.stderr));
        assert!(first.contains(&in_full(name)), "{}", planned.stderr);
        assert!(!lines.next().unwrap().contains(world::CONSUMER_TENANT), "{}", planned.stderr);
        assert!(!planned.stderr.contains(&alone), "{}", planned.stderr);
        planned
    };
    // What the user typed is all that is known at first.
    planned(world::CONSUMER_DOMAIN);
    lab.run(&["image", "list", "-o", "table"]);
    let planned = planned("Fabrikam");
    // What programs read has the id.
    let step = &planned.json()["steps"].to_string();
    assert!(step.contains(&alone) && !step.contains("Fabrikam"), "{step}");
    stand(&lab.azure, &IMAGES);
    let verify = ["delegation", "verify", "-n", "images", "--as", "consumer", "--timeout", "0"];
    let place = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    let verify = [&verify[..], &place].concat();
    let people = az_imageshare::process::Terminals { stdin: false, stdout: true, stderr: true };
    let told = lab.run_in(&verify, "", people).stdout;
    assert!(told.contains(&in_full("Fabrikam")) && !told.contains(&alone), "{told}");
    let table = lab.run(&[&verify[..], &["-o", "table"]].concat()).stdout;
    assert!(table.contains("tenant Fabrikam") && !table.contains(&alone), "{table}");
    assert!(lab.run(&verify).stdout.contains(&alone), "the value has the id");
    // An error names it, too.
    let other = ["delegation", "verify", "-n", "nothing", "--as", "consumer", "--timeout", "0"];
    let other = [&other[..], &["--consumer-tenant", world::CONSUMER_TENANT], &place].concat();
    let said = lab.run(&other).stderr;
    assert!(!said.contains(&alone), "{said}");
}
