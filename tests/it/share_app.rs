//! `share app`: registered once, secret only in the keyring, granted, accepted, shown, deleted on both sides.

use sandbox::{Fault, PrincipalKind, world};
use serde_json::Value;

use crate::support::lab::{Lab, Ran};

const NAME: &str = "Contoso bridge";
const READER: &str = "cf7c76d2-98a3-4358-a134-615aa78bf44d";

fn app(lab: &Lab, verb: &str, rest: &[&str]) -> Ran {
    lab.run(&[&["share", "app", verb], rest].concat())
}

fn create(lab: &Lab, rest: &[&str]) -> Ran {
    let fixed = ["-n", NAME, "--consumer-tenant", world::CONSUMER_DOMAIN];
    app(lab, "create", &[&fixed[..], rest].concat())
}

fn grant(lab: &Lab, rest: &[&str]) -> Ran {
    let gallery = world::gallery_id();
    app(lab, "grant", &[&["-n", NAME, "--gallery-id", &gallery], rest].concat())
}

/// The publisher's laboratory, in which the consumer can be chosen with `--credential consumer`.
fn both() -> Lab {
    Lab::publisher().with_consumer()
}

fn client(created: &Value) -> String {
    created["clientId"].as_str().unwrap().to_owned()
}

fn secrets(lab: &Lab, client: &str) -> Vec<sandbox::ClientSecret> {
    lab.azure.state(|state| state.application(client).unwrap().secrets.clone())
}

fn service_principals(lab: &Lab, client: &str) -> Vec<String> {
    lab.azure.state(|state| {
        let all = state.principals.iter();
        all.filter(|known| known.kind == PrincipalKind::ServicePrincipal && known.login == client)
            .map(|known| known.tenant.clone())
            .collect()
    })
}

#[test]
fn the_secret_goes_into_the_keyring_and_nowhere_else() {
    let lab = both();
    let ran = create(&lab, &[]);
    let created = ran.json();
    assert_eq!(created["change"], "create");
    assert_eq!(created["credential"], "Contoso-bridge");
    assert_eq!(created["tenantId"], world::PUBLISHER_TENANT);
    let client = client(&created);
    let secret = &secrets(&lab, &client)[0].value;
    assert!(!ran.stdout.contains(secret.as_str()) && !ran.stderr.contains(secret.as_str()));
    for (path, content) in Lab::contents(&lab.files()) {
        assert!(!String::from_utf8_lossy(&content).contains(secret.as_str()), "{path:?}");
    }
    let multi = lab.azure.state(|state| state.application(&client).unwrap().multi_tenant);
    assert!(multi);
    let record = lab.run(&["credential", "show", "-n", "Contoso-bridge"]).json();
    assert_eq!(record["clientId"], client);
    assert_eq!(record["alsoTenantIds"][0], world::CONSUMER_TENANT);
    let token = ["token", "get", "--credential", "Contoso-bridge"];
    assert_eq!(lab.run(&token).json()["tenant"], world::PUBLISHER_TENANT);
}

#[test]
fn a_second_run_changes_nothing() {
    let lab = both();
    let first = create(&lab, &[]).json();
    lab.azure.clear_journal();
    let second = create(&lab, &[]).json();
    assert_eq!(second["change"], "keep");
    assert_eq!(second["clientId"], first["clientId"]);
    assert_eq!(second["credential"], "Contoso-bridge");
    let writes = lab
        .azure
        .journal()
        .into_iter()
        .filter(|call| call.listener == sandbox::Listener::Graph && call.method != "GET");
    assert_eq!(writes.count(), 0);
    assert_eq!(secrets(&lab, &client(&first)).len(), 1);
}

#[test]
fn a_secret_is_shown_only_if_asked_for() {
    let lab = both();
    let created = create(&lab, &["--show-secret"]).json();
    assert_eq!(created["secret"], secrets(&lab, &client(&created))[0].value);
    let again = create(&lab, &["--show-secret"]).json();
    assert_eq!(again.get("secret"), None);
}

#[test]
fn without_a_keyring_nothing_is_registered() {
    let lab = both();
    *lab.store.broken.lock().unwrap() = Some(az_imageshare::secrets::StoreError::Locked);
    create(&lab, &[]).refused(15);
    assert_eq!(lab.azure.calls("PATCH", "/applications"), 0);
}

#[test]
fn a_tenant_that_forbids_secrets_is_told_of_federation_and_the_next_run_goes_on() {
    let lab = both();
    lab.azure.state(|state| {
        let forbidden = &mut state.directory.secrets_forbidden;
        forbidden.push(world::PUBLISHER_TENANT.to_owned());
    });
    let ran = create(&lab, &[]);
    assert!(ran.refused(7).contains("--federated-issuer"), "{ran:?}");
    let federated = [
        "-n",
        NAME,
        "--federated-issuer",
        "https://token.actions.githubusercontent.com",
        "--federated-subject",
        "repo:contoso/images:ref:refs/heads/main",
    ];
    let created = app(&lab, "create", &federated).json();
    assert_eq!((&created["change"], &created["credential"]), (&"create".into(), &Value::Null));
    assert_eq!(app(&lab, "create", &federated).json()["change"], "keep");
    assert_eq!(lab.azure.calls("PATCH", "/applications"), 1);
    let shown = app(&lab, "show", &["-n", NAME]).json();
    assert_eq!(shown["federatedCredentials"][0]["subject"], federated[5]);
    assert_eq!(secrets(&lab, &client(&created)).len(), 0);
}

#[test]
fn a_directory_that_is_slow_to_hear_is_waited_for() {
    let lab = both();
    lab.azure.knob(|knobs| {
        knobs.graph_replication_reads = 3;
        knobs.principal_replication_puts = 2;
    });
    let created = create(&lab, &[]).json();
    assert_eq!(created["change"], "create");
    assert_eq!(grant(&lab, &[]).json()["change"], "create");
}

#[test]
fn the_application_may_use_the_gallery_and_a_second_grant_changes_nothing() {
    let lab = both();
    let created = create(&lab, &[]).json();
    let granted = grant(&lab, &["--expires", "2099-01-31"]).json();
    assert_eq!(granted["principalId"], created["servicePrincipalId"]);
    assert_eq!(granted["role"], "Compute Gallery Image Reader");
    assert_eq!(granted["expiresOn"], "2099-01-31");
    assert_eq!(grant(&lab, &["--expires", "2099-01-31"]).json()["change"], "keep");
    let shown = app(&lab, "show", &["-n", NAME]).json();
    assert_eq!(shown["roles"][0]["scope"], world::gallery_id());
    assert_eq!(shown["secrets"].as_array().unwrap().len(), 1);
    assert_eq!(shown["credentials"][0], "Contoso-bridge");
}

#[test]
fn the_consumer_accepts_without_a_browser_and_the_application_signs_in_to_both_tenants() {
    let lab = both();
    let client = client(&create(&lab, &[]).json());
    let token = |tenant: &str| {
        let args = ["credential", "test", "-n", "Contoso-bridge"];
        let checks = lab.run(&args);
        (checks.stdout.contains(tenant), checks.code)
    };
    assert_ne!(token(world::CONSUMER_TENANT).1, 0, "nobody has accepted yet");
    let accept = |rest: &[&str]| {
        let fixed = ["--client-id", &client, "--credential", "consumer"];
        app(&lab, "accept", &[&fixed[..], rest].concat())
    };
    let accepted = accept(&["-g", "apps-rg"]).json();
    assert_eq!(accepted["change"], "create");
    assert_eq!(accepted["tenantId"], world::CONSUMER_TENANT);
    assert_eq!(accepted["publisherTenantId"], world::PUBLISHER_TENANT);
    assert_eq!(accepted["role"], "Contributor");
    assert_eq!(accept(&["-g", "apps-rg"]).json()["change"], "keep");
    assert_eq!(token(world::CONSUMER_TENANT), (true, 0));
    let role = ["-g", "apps-rg", "--role", "Virtual Machine Contributor"];
    assert_eq!(accept(&role).json()["role"], "Virtual Machine Contributor");
    let ran = accept(&["-g", "nope"]);
    assert!(ran.refused(3).contains("az group create"), "{ran:?}");
}

#[test]
fn an_administrator_is_needed_to_accept_and_everybody_else_gets_the_address() {
    let lab = both();
    let client = client(&create(&lab, &[]).json());
    lab.azure.state(|state| state.directory.permissions.remove(world::CONSUMER_OBJECT));
    let args = ["--client-id", &client, "--credential", "consumer"];
    let ran = app(&lab, "accept", &args);
    assert!(ran.refused(1).contains("share app consent-url"), "{ran:?}");
    assert_eq!(service_principals(&lab, &client), [world::PUBLISHER_TENANT]);
}

#[test]
fn a_single_tenant_application_cannot_be_accepted() {
    let lab = both();
    let args = ["--client-id", world::READER_CLIENT, "--credential", "consumer"];
    let ran = app(&lab, "accept", &args);
    assert!(ran.refused(1).contains("AzureADMultipleOrgs"), "{ran:?}");
}

/// An application that was granted and accepted; gives its client id.
fn in_use(lab: &Lab) -> String {
    let client = client(&create(lab, &[]).json());
    grant(lab, &[]).json();
    let accept = ["--client-id", &client, "-g", "apps-rg"];
    let consumer = ["--credential", "consumer"];
    app(lab, "accept", &[&accept[..], &consumer].concat()).json();
    client
}

#[test]
fn the_consumer_deletes_what_it_accepted_and_the_publisher_keeps_the_rest() {
    let lab = both();
    let client = in_use(&lab);
    let wanted = ["--client-id", client.as_str(), "--credential", "consumer"];
    let refused = app(&lab, "delete", &wanted);
    assert!(refused.refused(2).contains("--yes"), "{refused:?}");
    let ran = app(&lab, "delete", &[&wanted[..], &["--yes"]].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert_eq!(service_principals(&lab, &client), [world::PUBLISHER_TENANT]);
    let contributors = lab.azure.state(|state| {
        let all = state.role_assignments.iter();
        all.filter(|known| known.scope.ends_with("/apps-rg")).count()
    });
    assert_eq!(contributors, 0);
    let kept = lab.run(&["credential", "show", "-n", "Contoso-bridge"]);
    assert_eq!(kept.code, 0, "{kept:?}");
}

/// adversary A15: one 403 was passed over; the principal went, its role stayed as "Identity not found", and no later
/// run found it.
#[test]
fn a15_roles_that_may_not_be_read_are_named() {
    let lab = both();
    let client = in_use(&lab);
    lab.azure.inject(Fault::status(403).method("GET").path("/roleAssignments").always());
    let wanted = ["--client-id", client.as_str(), "--credential", "consumer", "--yes"];
    let ran = app(&lab, "delete", &wanted);
    assert!(ran.refused(7).contains("left as it is: roles in subscription"), "{ran:?}");
}

#[test]
fn the_publishers_deletion_goes_from_the_roles_to_the_keyring() {
    let lab = both();
    let client = in_use(&lab);
    lab.azure.clear_journal();
    let ran = app(&lab, "delete", &["-n", NAME, "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let journal = lab.azure.journal();
    let deletions: Vec<&str> = journal
        .iter()
        .filter(|call| call.method == "DELETE")
        .map(|call| call.path.as_str())
        .collect();
    let at = |part: &str| deletions.iter().position(|path| path.contains(part));
    let order = ["/roleAssignments/", "/servicePrincipals/", "/applications/"].map(at);
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{deletions:?}");
    lab.azure.state(|state| {
        assert!(state.application(&client).is_none());
        assert!(state.role_assignments.iter().all(|known| known.role != READER));
    });
    lab.run(&["credential", "show", "-n", "Contoso-bridge"]).refused(3);
    let others = lab.run(&["credential", "list"]).json();
    let kept = others.as_array().unwrap().len() + cache_keys(&lab);
    assert_eq!(lab.store.names().len(), kept, "the secret is gone with it");
    let again = app(&lab, "delete", &["-n", NAME, "--yes"]);
    assert!(again.stderr.contains("Nothing to delete"), "{again:?}");
    assert_eq!(again.code, 0);
}

/// Items of the keyring that are no credential's: the key of the token cache.
fn cache_keys(lab: &Lab) -> usize {
    let records = std::fs::read_to_string(lab.files().join("credentials.json")).unwrap();
    let names = lab.store.names();
    names.iter().filter(|name| !records.contains(name.as_str())).count()
}

#[test]
fn half_deleted_says_what_stands_and_the_next_run_goes_on() {
    let lab = both();
    create(&lab, &[]).json();
    grant(&lab, &[]).json();
    let fault = Fault::status(403).method("DELETE").path("/applications/");
    lab.azure.inject(fault.always());
    let ran = app(&lab, "delete", &["-n", NAME, "--yes"]);
    assert!(ran.refused(7).contains("the application is still there"), "{ran:?}");
    assert_eq!(lab.run(&["credential", "show", "-n", "Contoso-bridge"]).code, 0);
    lab.azure.clear_faults();
    assert_eq!(app(&lab, "delete", &["-n", NAME, "--yes"]).code, 0);
    lab.run(&["credential", "show", "-n", "Contoso-bridge"]).refused(3);
}

#[test]
fn what_a_tenant_does_not_know_is_not_shown() {
    let lab = both();
    app(&lab, "show", &["-n", "nobody"]).refused(3);
    let args = ["--client-id", world::READER_CLIENT, "--credential", "consumer"];
    app(&lab, "show", &args).refused(3);
}
