//! `exec` with clients that we did not write: each finds its tokens by itself, of the right tenant, and all
//! together cost one sign-in.

use std::process::Command;

use sandbox::{Listener, world};

use crate::support::az::az;
use crate::support::errand::{
    BOTH, Errand, azcopy, claims, node, node_modules, of_both_tenants, python,
};
use crate::support::lab::Lab;
use crate::support::source::root;

/// A client that prints the token it finds: Python's and JavaScript's by the kind of credential.
pub(crate) fn client(errand: &Errand, name: &str, rest: &[&str]) -> Command {
    let (language, kind) = name.split_once(' ').unwrap();
    let mut command = match language {
        "python" => {
            let mut command = errand.borrower(python());
            command.arg(root().join("tests/it/data/borrow.py"));
            command
        }
        "javascript" => {
            let mut command = errand.borrower(node());
            command.env("NODE_PATH", node_modules()).arg(root().join("tests/it/data/borrow.cjs"));
            command
        }
        other => panic!("{other}"),
    };
    command.arg(kind).args(rest);
    command
}

/// The token that a client prints.
#[track_caller]
pub(crate) fn printed(mut command: Command) -> String {
    let ran = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    assert!(ran.status.success(), "{command:?}: {} {}", text(&ran.stdout), text(&ran.stderr));
    text(&ran.stdout)
}

/// Requests that Entra was sent for tokens.
pub(crate) fn sign_ins(lab: &Lab) -> usize {
    let is_sign_in = |call: &sandbox::Call| {
        call.listener == Listener::Login && call.method == "POST" && call.path.ends_with("/token")
    };
    lab.azure.journal().iter().filter(|call| is_sign_in(call)).count()
}

#[track_caller]
fn assert_is_for(token: &str, resource: &str, tenant: &str) {
    let claims = claims(token);
    assert_eq!(
        claims["aud"].as_str().unwrap().trim_end_matches('/'),
        resource.trim_end_matches('/')
    );
    assert_eq!(claims["tid"], tenant);
}

#[test]
fn sdks_find_tokens_by_themselves_and_together_cost_one_sign_in_for_each_resource() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    let resources = [
        lab.azure.arm_url().to_owned(),
        lab.azure.graph_url().to_owned(),
        "https://storage.azure.com".to_owned(),
        "https://vault.azure.net".to_owned(),
    ];
    let clients =
        ["python mi", "python default", "python msal", "javascript mi", "javascript default"];
    std::thread::scope(|scope| {
        for name in clients {
            let (errand, resources) = (&errand, &resources);
            scope.spawn(move || {
                for resource in resources {
                    let token = printed(client(errand, name, &[resource]));
                    assert_is_for(&token, resource, world::PUBLISHER_TENANT);
                }
            });
        }
    });
    // The run itself signed in for Resource Manager in its older spelling.
    assert_eq!(sign_ins(&lab), resources.len() + 1);
    assert_eq!(errand.end("exit 0").0, Some(0));
}

#[test]
fn the_real_az_needs_no_login_and_shares_the_sign_in() {
    let lab = of_both_tenants();
    let subscription = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    let errand = Errand::start(&lab, &subscription);
    let az = |args: &[&str]| {
        let mut command = errand.borrower(az());
        command.args(args);
        printed(command)
    };
    let token = az(&["account", "get-access-token", "--query", "accessToken", "-o", "tsv"]);
    assert_is_for(&token, lab.azure.arm_url(), world::PUBLISHER_TENANT);
    let groups = az(&["group", "list", "--query", "[].name", "-o", "tsv"]);
    assert!(groups.lines().any(|name| name == world::IMAGES_GROUP), "{groups}");
    assert_eq!(sign_ins(&lab), 1);
}

#[test]
fn azcopy_signs_in_by_managed_identity_and_by_az() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &[]);
    for login in ["MSI", "AZCLI"] {
        let mut command = errand.borrower(azcopy());
        command.args(["login", &format!("--login-type={login}")]);
        let said = printed(command);
        assert!(said.to_lowercase().contains("succeeded"), "{login}: {said}");
    }
    assert_eq!(sign_ins(&lab), 2, "one for Resource Manager, one for storage");
}

#[test]
fn credentials_that_ask_az_get_tokens_of_the_tenant_they_name_and_start_no_az() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &BOTH);
    let traced = tempfile::NamedTempFile::new().unwrap();
    for name in ["python cli", "javascript cli"] {
        for (tenant, wanted) in [
            ("", world::PUBLISHER_TENANT),
            (world::PUBLISHER_TENANT, world::PUBLISHER_TENANT),
            (world::CONSUMER_TENANT, world::CONSUMER_TENANT),
        ] {
            let inner = client(&errand, name, &["https://vault.azure.net", tenant]);
            let mut command = errand.borrower(crate::support::tool("strace"));
            command.args(["-f", "-qq", "-A", "-e", "trace=execve", "-o"]).arg(traced.path());
            command.arg(inner.get_program()).args(inner.get_args());
            command.env("NODE_PATH", node_modules());
            assert_is_for(&printed(command), "https://vault.azure.net", wanted);
        }
    }
    let trace = std::fs::read_to_string(traced.path()).unwrap();
    assert!(trace.contains("/bin/az\""), "our az was asked: {trace}");
    assert!(!trace.contains(&format!("execve(\"{}\"", az().display())), "{trace}");
}

#[test]
fn azd_s_credential_gets_its_token_and_its_claims_reach_the_endpoint() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &BOTH);
    for name in ["python azd", "javascript azd"] {
        let vault = "https://vault.azure.net";
        let token = printed(client(&errand, name, &[vault, world::CONSUMER_TENANT]));
        assert_is_for(&token, vault, world::CONSUMER_TENANT);
    }
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"p1"}}}"#;
    let refused = client(&errand, "python azd", &["https://vault.azure.net", "", claims]).output();
    let refused = refused.unwrap();
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && stderr.contains("stronger sign-in"), "{stderr}");
}
