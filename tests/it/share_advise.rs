//! `share advise`: flags, questions at a terminal, and no call to anybody.

use sandbox::world;

use crate::support::lab::Lab;

#[test]
fn the_best_method_comes_first_with_commands_that_name_what_is_known() {
    let lab = Lab::new();
    let id = world::gallery_id();
    let args = [
        "share",
        "advise",
        "--for",
        "people",
        "--mail",
        world::CONSUMER_USER_NAME,
        "--gallery-id",
        &id,
    ];
    let rows = lab.run(&args).json();
    assert_eq!((&rows[0]["rank"], &rows[0]["method"]), (&1.into(), &"rbac".into()));
    let command = rows[0]["commands"][0].as_str().unwrap();
    assert!(
        command.contains(&id)
            && command.ends_with(&format!("{} --invite", world::CONSUMER_USER_NAME)),
        "{command}"
    );
    assert_eq!(rows.as_array().unwrap().len(), 6);
    assert!(lab.run(&[&args[..], &["-o", "table"]].concat()).stdout.starts_with("Rank"));
    assert_eq!(lab.azure.journal().len(), 0);
}

#[test]
fn a_person_is_asked_and_a_pipeline_is_not() {
    let lab = Lab::new();
    let ran = lab.run_at_terminal(
        &["share", "advise", "--query", "[0].method"],
        "what\nTenant\nfabrikam.com\ny\n",
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("delegation") || ran.stdout.contains("direct"), "{ran:?}");
    assert!(ran.stderr.contains("Who is to use the images"), "{ran:?}");
    assert!(lab.run(&["share", "advise"]).refused(2).contains("--for people"));
}

#[test]
fn a_national_cloud_has_fewer_ways() {
    let lab = Lab::new().env("AZURE_CLOUD_NAME", "AzureUSGovernment");
    let rows = lab.run(&["share", "advise", "--for", "tenant"]).json();
    assert_eq!(rows[0]["method"], "delegation");
    let direct = rows.as_array().unwrap().iter().find(|row| row["method"] == "direct").unwrap();
    assert_eq!(direct["fits"], false);
}
