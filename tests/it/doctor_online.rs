//! `doctor --online`: how far the way to Azure goes, and who may do what at its end.

use sandbox::{Fault, FaultKind, Listener, world};
use serde_json::Value;

use crate::doctor::{check, checks};
use crate::support::lab::Lab;

/// The checks with `--online`.
fn online(lab: &Lab) -> Vec<Value> {
    let args = [
        "doctor",
        "--online",
        "--subscription",
        world::PUBLISHER_SUBSCRIPTION,
    ];
    checks(&lab.run(&args))
}

#[test]
fn online_all_the_way_to_what_may_be_done() {
    let all = online(&Lab::publisher().with_consumer());
    for name in [
        "reach authority",
        "reach resource-manager",
        "reach graph",
        "clock of azure",
        "sign-in",
        "sign-in consumer",
        "subscriptions",
        "permissions",
        "provider Microsoft.ManagedServices",
    ] {
        assert_eq!(check(&all, name)["state"], "ok", "{name}: {all:#?}");
    }
    let reader = Lab::new().signed_in(
        world::PUBLISHER_TENANT,
        world::READER_CLIENT,
        world::READER_SECRET,
    );
    let all = online(&reader);
    let permissions = check(&all, "permissions");
    assert_eq!(permissions["state"], "warning");
    assert!(
        permissions["detail"]
            .as_str()
            .unwrap()
            .contains("roleAssignments/write"),
        "{permissions}"
    );
    assert!(
        permissions["hint"]
            .as_str()
            .unwrap()
            .contains("--role Owner"),
        "{permissions}"
    );
}

#[test]
fn online_a_refused_sign_in_says_why() {
    let lab = Lab::new().signed_in(
        world::PUBLISHER_TENANT,
        world::DEPLOYER_CLIENT,
        world::DEPLOYER_EXPIRED_SECRET,
    );
    let ran = lab.run(&["doctor", "--online"]);
    let all = checks(&ran);
    let found = check(&all, "sign-in");
    assert_eq!((ran.code, &found["state"]), (1, &Value::from("failed")));
    assert!(
        found["detail"].as_str().unwrap().contains("AADSTS7000222"),
        "{found}"
    );
    assert!(
        found["hint"].as_str().unwrap().contains("expired"),
        "{found}"
    );
    assert_eq!(check(&all, "subscriptions")["state"], "skipped");
}

#[test]
fn online_tls_connection_and_strangers_are_told_apart() {
    let (lab, other) = (Lab::publisher(), sandbox::Sandbox::start());
    let bundle = lab.file("other.pem", other.ca_pem());
    let all = online(&lab.env("REQUESTS_CA_BUNDLE", &bundle));
    assert!(
        check(&all, "reach authority")["detail"]
            .as_str()
            .unwrap()
            .contains("TLS fails"),
        "{all:#?}"
    );
    assert_eq!(check(&all, "sign-in")["state"], "skipped");

    let lab = Lab::publisher();
    let closed = lab.azure.arm_url().to_owned();
    let file = lab.home.path().join(".azure/clouds.config");
    let clouds = std::fs::read_to_string(&file).unwrap();
    let manager = |address: &str| {
        let line = format!("endpoint_resource_manager = {closed}");
        std::fs::write(
            &file,
            clouds.replace(&line, &format!("endpoint_resource_manager = {address}")),
        )
        .unwrap();
        check(&online(&lab), "reach resource-manager")["detail"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(manager("https://localhost:1").contains("nobody takes the connection"));

    let lab = Lab::publisher();
    lab.azure
        .inject(Fault::new(FaultKind::Html { status: 200 }).on(Listener::Management));
    let all = online(&lab);
    assert!(
        check(&all, "reach resource-manager")["detail"]
            .as_str()
            .unwrap()
            .contains("something else answers"),
        "{all:#?}"
    );
}

#[test]
fn online_a_wrong_clock_is_measured() {
    let knobs = sandbox::Knobs {
        date_skew: 7200,
        ..sandbox::Knobs::default()
    };
    let lab = Lab::with(sandbox::Sandbox::builder().knobs(knobs).start());
    let all = checks(&lab.run(&["doctor", "--online"]));
    let clock = check(&all, "clock of azure");
    assert_eq!(clock["state"], "failed");
    let detail = clock["detail"].as_str().unwrap();
    assert!(detail.contains("minutes behind"), "{detail}");
}
