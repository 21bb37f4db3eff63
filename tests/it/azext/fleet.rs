//! `az imageshare fleet`: the same manifest, plan, run and exit codes as without `az`.

use sandbox::world;

use crate::fleet_apply::peopled;
use crate::support::fleets::MANIFEST;

#[test]
fn a_fleet_is_planned_carried_out_and_checked_through_az() {
    let lab = peopled(3).az_login(
        world::PUBLISHER_TENANT,
        world::DEPLOYER_CLIENT,
        world::DEPLOYER_SECRET,
    );
    let manifest = lab.file("fleet.yaml", MANIFEST);
    let plan = lab.home.path().join("fleet.plan").to_str().unwrap().to_owned();
    let planned = ["fleet", "plan", "-f", &manifest, "--out", &plan, "-o", "json"];
    let through = lab.run_az(&[&["imageshare"], &planned[..]].concat());
    assert_eq!(through.code, Some(0), "{through:?}");
    let alone = lab.run(&planned);
    assert_eq!(through.stdout, alone.stdout, "{through:?}");
    for form in ["table", "tsv", "yaml"] {
        let shown = ["fleet", "show", &plan, "-o", form];
        let through = lab.run_az(&[&["imageshare"], &shown[..]].concat());
        assert_eq!(through.stdout, lab.run(&shown).stdout, "{form}: {through:?}");
    }
    let made = lab.run_az(&["imageshare", "fleet", "apply", &plan, "--yes"]).json();
    assert_eq!(made["counts"]["done"], 6, "{made}");
    lab.azure.clear_journal();
    let again = lab.run_az(&["imageshare", "fleet", "apply", &plan, "--yes"]).json();
    assert_eq!(again["counts"]["kept"], 6, "{again}");
    assert_eq!(lab.azure.accounting().writes(), 0);
    let drift = lab.run_az(&["imageshare", "fleet", "drift", "-f", &manifest, "-o", "json"]);
    assert_eq!((drift.code, drift.stdout.trim()), (Some(0), "[]"), "{drift:?}");
    let other = lab.file("other.yaml", &MANIFEST.replace("role: Reader}", "role: Contributor}"));
    let drift = lab.run_az(&["imageshare", "fleet", "drift", "-f", &other, "-o", "json"]);
    // `az` has no exit code 8.
    assert_eq!(drift.code, Some(1), "{drift:?}");
    assert!(drift.stdout.contains("authorization-missing"), "{drift:?}");
    let wrong = ["imageshare", "fleet", "apply", &plan, "--approve", "000000000000"];
    let refused = lab.run_az(&wrong);
    assert_eq!(refused.code, Some(1), "{refused:?}");
}
