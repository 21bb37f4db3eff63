//! Who signs in, with what, and where to.

use sandbox::{Fault, FaultKind, Listener, Sandbox, world};

use crate::credential::add;
use crate::support::lab::Lab;
#[cfg(unix)]
use crate::support::lab::Ran;

#[cfg(unix)]
const PEM: &str = include_str!("data/certificate/rsa.pem");
#[cfg(unix)]
const PFX: &[u8] = include_bytes!("data/certificate/modern.pfx");
const TOKEN: &str = "/oauth2/v2.0/token";

fn client_of(lab: &Lab, args: &[&str]) -> String {
    lab.azure.clear_journal();
    lab.run(&["token", "clear", "--all"]);
    let ran = lab.run(&[&["token", "get"], args].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let journal = lab.azure.journal();
    let form = journal.iter().find(|call| call.path.ends_with(TOKEN));
    form.unwrap().body["client_id"].as_str().unwrap().to_owned()
}

fn fault(kind: FaultKind) -> Fault {
    Fault::new(kind).on(Listener::Login).always()
}

#[cfg(unix)]
fn closed(path: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(unix)]
fn add_certificate(lab: &Lab, name: &str, file: &str, more: &[&str], password: &str) -> Ran {
    let fixed = ["credential", "add", "--no-test", "-n", name, "--tenant", world::PUBLISHER_TENANT];
    let rest = ["--client-id", world::CERTIFICATE_CLIENT, "--certificate", file];
    lab.run_with_input(&[&fixed[..], &rest[..], more].concat(), password)
}

#[cfg(unix)]
#[test]
fn certificates_sign_in_and_their_keys_are_sealed() {
    let lab = Lab::new();
    let certificate = &PEM[PEM.rfind("-----BEGIN CERTIFICATE").unwrap()..];
    lab.azure.register_certificate(world::CERTIFICATE_CLIENT, certificate).unwrap();
    let pem = lab.file("app.pem", PEM);
    let open = add_certificate(&lab, "pem", &pem, &[], "");
    assert!(open.refused(2).contains("chmod 600"), "{open:?}");
    closed(&pem);
    let added = add_certificate(&lab, "pem", &pem, &[], "").json();
    assert_eq!(added["kind"], "certificate");
    let pfx = lab.home.path().join("app.pfx");
    std::fs::write(&pfx, PFX).unwrap();
    let pfx = pfx.to_str().unwrap();
    closed(pfx);
    let wrong = add_certificate(&lab, "pfx", pfx, &["--secret-stdin"], "wrong");
    assert!(wrong.refused(2).contains("password"), "{wrong:?}");
    add_certificate(&lab, "pfx", pfx, &["--secret-stdin"], "test-only").json();
    std::fs::remove_file(pem).unwrap();
    for name in ["pem", "pfx"] {
        let client = client_of(&lab, &["--credential", name]);
        assert_eq!(client, world::CERTIFICATE_CLIENT);
    }
    let sealed = Lab::contents(&lab.files().join("certificates"));
    assert_eq!(sealed.len(), 2);
    for (path, content) in sealed {
        let text = String::from_utf8_lossy(&content).into_owned();
        assert!(!text.contains("PRIVATE") && !text.contains("MII"), "{}", path.display());
    }
    lab.run(&["credential", "remove", "-n", "pem", "--yes"]);
    assert_eq!(Lab::contents(&lab.files().join("certificates")).len(), 1);
}

#[test]
fn federated_tokens_are_read_anew_each_time() {
    let lab = Lab::new();
    let token = lab.azure.federated_token(world::FEDERATED_CLIENT);
    let file = lab.file("token.jwt", &token);
    let fixed =
        ["credential", "add", "--no-test", "-n", "aks", "--tenant", world::PUBLISHER_TENANT];
    let rest = ["--client-id", world::FEDERATED_CLIENT, "--federated-token-file", &file];
    let added = lab.run(&[&fixed[..], &rest[..]].concat()).json();
    assert_eq!((&added["kind"], &added["store"]), (&"federated".into(), &"none".into()));
    assert_eq!(client_of(&lab, &["--credential", "aks"]), world::FEDERATED_CLIENT);
    lab.file("token.jwt", "no token");
    lab.run(&["token", "clear", "--all"]);
    lab.run(&["token", "get", "--credential", "aks"]).refused(4);
}

#[test]
fn the_order_of_sources_is_kept() {
    let lab = Lab::new().signed_in(
        world::CONSUMER_TENANT,
        world::CONSUMER_CLIENT,
        world::CONSUMER_SECRET,
    );
    assert_eq!(client_of(&lab, &[]), world::CONSUMER_CLIENT);
    add(&lab, "publisher", &["--secret-stdin"], world::DEPLOYER_SECRET).json();
    assert_eq!(client_of(&lab, &[]), world::CONSUMER_CLIENT, "no default yet");
    let lab = lab.env("AZ_IMAGESHARE_CREDENTIAL", "publisher");
    assert_eq!(client_of(&lab, &[]), world::DEPLOYER_CLIENT);
    let lab = lab.env("AZ_IMAGESHARE_CREDENTIAL", "");
    lab.run(&["credential", "use", "-n", "publisher"]).json();
    assert_eq!(client_of(&lab, &[]), world::CONSUMER_CLIENT, "the environment is stronger");
    let unset = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];
    let lab = unset.iter().fold(lab, |lab, name| lab.env(name, ""));
    assert_eq!(client_of(&lab, &[]), world::DEPLOYER_CLIENT);
    lab.run(&["token", "get", "--credential", "nobody"]).refused(3);
    Lab::new().run(&["token", "get"]).refused(4);
}

#[test]
fn an_environment_that_contradicts_itself_or_lacks_something_is_refused() {
    let both = Lab::publisher().env("AZURE_FEDERATED_TOKEN_FILE", "/nowhere");
    let refused = both.run(&["token", "get"]);
    assert!(refused.refused(2).contains("AZURE_FEDERATED_TOKEN_FILE"), "{refused:?}");
    for missing in ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"] {
        let half = Lab::publisher().env(missing, "");
        let refused = half.run(&["token", "get"]);
        assert!(refused.refused(2).contains(missing), "{refused:?}");
    }
    let tenant_only = Lab::new().env("AZURE_TENANT_ID", world::PUBLISHER_TENANT);
    tenant_only.run(&["token", "get"]).refused(4);
}

#[test]
fn a_credential_goes_to_the_authority_it_was_made_for_and_nowhere_else() {
    let lab = Lab::new();
    add(&lab, "publisher", &["--secret-stdin", "--default"], world::DEPLOYER_SECRET).json();
    lab.azure.clear_journal();
    let clouds = lab.home.path().join(".azure/clouds.config");
    let text = std::fs::read_to_string(&clouds).unwrap();
    let moved = text.replace(lab.azure.login_url(), lab.azure.elsewhere_url());
    std::fs::write(&clouds, moved).unwrap();
    let refused = lab.run(&["token", "get"]);
    assert!(refused.refused(13).contains("nothing was sent"), "{refused:?}");
    assert!(lab.azure.journal().is_empty());
    let other = lab.run(&["token", "get", "--credential", "publisher", "--cloud", "AzureCloud"]);
    assert!(other.refused(2).contains("belongs to cloud"), "{other:?}");
}

#[test]
fn redirects_of_the_sign_in_service_are_not_followed() {
    for status in [302, 307, 308] {
        let lab = Lab::publisher();
        lab.azure.inject(fault(FaultKind::RedirectElsewhere { status }));
        let refused = lab.run(&["token", "get"]);
        assert!(refused.refused(13).contains("redirect"), "{refused:?}");
        let elsewhere = |call: &sandbox::Call| call.listener == Listener::Elsewhere;
        assert!(!lab.azure.journal().iter().any(elsewhere));
    }
}

#[test]
fn a_service_that_stumbles_is_asked_again() {
    let lab = Lab::publisher();
    let status =
        |status| FaultKind::Status { status, retry_after: Some("0".to_owned()), code: None };
    for kind in [status(429), status(503), FaultKind::Reset] {
        lab.azure.inject(Fault { times: Some(1), ..fault(kind) });
    }
    lab.run(&["token", "get"]).json();
    let lab = Lab::publisher();
    lab.azure.inject(fault(FaultKind::Html { status: 200 }));
    let refused = lab.run(&["token", "get"]);
    assert!(refused.refused(12).contains("not JSON"), "{refused:?}");
    assert_eq!(lab.azure.calls("POST", TOKEN), 1);
}

#[test]
fn a_wrong_clock_is_named() {
    let knobs = sandbox::Knobs { date_skew: 7200, ..sandbox::Knobs::default() };
    let lab = Lab::with(Sandbox::builder().knobs(knobs).start()).signed_in(
        world::PUBLISHER_TENANT,
        world::DEPLOYER_CLIENT,
        world::DEPLOYER_SECRET,
    );
    let ran = lab.run(&["token", "get"]);
    assert!(ran.stderr.contains("minutes behind"), "{ran:?}");
    ran.json();
}

#[cfg(unix)]
#[test]
fn an_assertion_is_dated_by_the_services_clock_when_ours_is_wrong() {
    let knobs = sandbox::Knobs { clock_advance: 7200, ..sandbox::Knobs::default() };
    let lab = Lab::with(Sandbox::builder().knobs(knobs).start());
    let certificate = &PEM[PEM.rfind("-----BEGIN CERTIFICATE").unwrap()..];
    lab.azure.register_certificate(world::CERTIFICATE_CLIENT, certificate).unwrap();
    let pem = lab.file("app.pem", PEM);
    closed(&pem);
    let ran = add_certificate(&lab, "pem", &pem, &["--test"], "");
    assert_eq!(ran.stderr.matches("120 minutes behind").count(), 1, "{ran:?}");
    ran.json();
    assert_eq!(lab.azure.calls("POST", TOKEN), 2, "refused once, then right");
}

#[test]
fn a_token_goes_nowhere_but_where_its_credential_was_made_for() {
    // adversary A1: one changed line in clouds.config sent the bearer to another host.
    let lab = Lab::new();
    add(&lab, "publisher", &["--secret-stdin"], world::DEPLOYER_SECRET).json();
    let file = lab.home.path().join(".azure/clouds.config");
    let before = std::fs::read_to_string(&file).unwrap();
    for option in [
        "endpoint_resource_manager",
        "endpoint_microsoft_graph_resource_id",
        "endpoint_active_directory",
        "endpoint_active_directory_resource_id",
    ] {
        let kept = |line: &&str| {
            !line.starts_with(&format!("{option} ")) && !line.starts_with(&format!("{option}="))
        };
        let mut changed = before.lines().filter(kept).collect::<Vec<_>>().join("\n");
        changed.push_str(&format!("\n{option} = https://elsewhere.example/\n"));
        std::fs::write(&file, changed).unwrap();
        lab.azure.clear_journal();
        let ran = lab.run(&["share", "list", "--credential", "publisher"]);
        assert!(ran.refused(13).contains("elsewhere.example"), "{option}: {ran:?}");
        assert!(lab.azure.journal().is_empty(), "{option}");
    }
}
