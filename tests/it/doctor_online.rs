//! `doctor --online`: how far the way to Azure goes, and who may do what at its end.

#[cfg(target_os = "linux")]
use std::io::{Read, Write};
#[cfg(target_os = "linux")]
use std::net::TcpListener;

use sandbox::{Fault, FaultKind, Listener, world};
use serde_json::Value;

use crate::doctor::{check, checks};
use crate::support::lab::Lab;
#[cfg(target_os = "linux")]
use crate::support::program::{self, World};

/// The checks with `--online`.
fn online(lab: &Lab) -> Vec<Value> {
    let args = ["doctor", "--online", "--subscription", world::PUBLISHER_SUBSCRIPTION];
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
    let reader =
        Lab::new().signed_in(world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    let all = online(&reader);
    let permissions = check(&all, "permissions");
    assert_eq!(permissions["state"], "warning");
    assert!(
        permissions["detail"].as_str().unwrap().contains("roleAssignments/write"),
        "{permissions}"
    );
    assert!(permissions["hint"].as_str().unwrap().contains("--role Owner"), "{permissions}");
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
    assert!(found["detail"].as_str().unwrap().contains("AADSTS7000222"), "{found}");
    assert!(found["hint"].as_str().unwrap().contains("expired"), "{found}");
    assert_eq!(check(&all, "subscriptions")["state"], "skipped");
}

#[test]
fn online_tls_connection_and_strangers_are_told_apart() {
    let (lab, other) = (Lab::publisher(), sandbox::Sandbox::start());
    let bundle = lab.file("other.pem", other.ca_pem());
    let all = online(&lab.env("REQUESTS_CA_BUNDLE", &bundle));
    assert!(
        check(&all, "reach authority")["detail"].as_str().unwrap().contains("TLS fails"),
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
        check(&online(&lab), "reach resource-manager")["detail"].as_str().unwrap().to_owned()
    };
    assert!(manager("https://localhost:1").contains("refuses connections"));

    let lab = Lab::publisher();
    lab.azure.inject(Fault::new(FaultKind::Html { status: 200 }).on(Listener::Management));
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
    let knobs = sandbox::Knobs { date_skew: 7200, ..sandbox::Knobs::default() };
    let lab = Lab::with(sandbox::Sandbox::builder().knobs(knobs).start());
    let all = checks(&lab.run(&["doctor", "--online"]));
    let clock = check(&all, "clock of azure");
    assert_eq!(clock["state"], "failed");
    let detail = clock["detail"].as_str().unwrap();
    assert!(detail.contains("minutes behind"), "{detail}");
}

/// A proxy that says this to whoever asks to be led on; gives its port.
#[cfg(target_os = "linux")]
fn proxy(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for asked in listener.incoming() {
            let mut asked = asked.unwrap();
            // What is asked does not matter; a caller who is gone does not either.
            let _ = asked.read(&mut [0; 4096]);
            let _ = asked.write_all(answer.as_bytes());
        }
    });
    port
}

#[cfg(target_os = "linux")]
fn behind(proxy: &str) -> World {
    let mut world = World::new();
    world.set("HTTPS_PROXY", proxy);
    world.set("AZURE_TENANT_ID", world::PUBLISHER_TENANT);
    world.set("AZURE_CLIENT_ID", world::DEPLOYER_CLIENT);
    world.set("AZURE_CLIENT_SECRET", world::DEPLOYER_SECRET);
    world
}

#[cfg(target_os = "linux")]
#[test]
fn online_a_proxy_that_does_not_lead_on_is_named() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let forbids = proxy("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    let asks = proxy("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    for (port, reason) in [
        (gone.unwrap().port(), "refused"),
        (forbids, "tunnel"),
        (asks, "authorization required"),
        (proxy("SSH-2.0-OpenSSH\r\n"), "tunnel"),
    ] {
        let world = behind(&format!("http://me:CANARY-7f3a9d@127.0.0.1:{port}"));
        let ran = world.run("doctor --online").assert().code(1);
        let (stdout, stderr) = (program::stdout(&ran), program::stderr(&ran));
        assert!(!format!("{stdout}{stderr}").contains("CANARY"), "{stdout}");
        let all: Vec<Value> = serde_json::from_str(&stdout).unwrap();
        for name in ["reach authority", "reach resource-manager", "reach graph"] {
            let found = check(&all, name);
            let detail = found["detail"].as_str().unwrap();
            assert_eq!(found["state"], "failed", "{found}");
            assert!(
                detail.starts_with("the proxy of HTTPS_PROXY does not lead to")
                    && detail.contains(reason),
                "{detail}"
            );
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_no_proxy_is_refused_and_never_passed_by() {
    for proxy in [
        "ftp://me:CANARY-7f3a9d@proxy",
        "http://me:CANARY-7f3a9d@:::x",
        "http://",
        // bugs F02, azure-cli issue 15305: two parsers read it differently, and it was passed by.
        r"http://corp\user:CANARY-7f3a9d@ss@host:9",
    ] {
        let ran = behind(proxy).run("token get").assert().code(12);
        let stderr = program::stderr(&ran);
        assert!(stderr.contains("HTTPS_PROXY is not the address of a proxy"), "{stderr}");
        assert!(!stderr.contains("CANARY"), "{stderr}");
    }
}
