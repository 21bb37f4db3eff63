//! The app registration document's scenario by the real `az`, and by our commands: the same end state.

use std::collections::BTreeSet;
use std::process::Command;

use sandbox::{PrincipalKind, State, world};
use serde_json::Value;

use crate::support::applications::register_application;
use crate::support::az::az_command;
use crate::support::lab::Lab;

const NAME: &str = "myGalleryApp";
const AUDIENCE: [&str; 2] = ["--sign-in-audience", "AzureADMultipleOrgs"];
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

/// Runs `az` with files of its own against the laboratory's cloud.
struct Az<'a> {
    lab: &'a Lab,
    home: tempfile::TempDir,
}

impl Az<'_> {
    /// Signs in as an application.
    fn signed_in<'a>(lab: &'a Lab, tenant: &str, client: &str, secret: &str) -> Az<'a> {
        let home = tempfile::tempdir().unwrap();
        lab.azure.write_azure_config(home.path()).unwrap();
        let az = Az { lab, home };
        let who = ["login", "--service-principal", "-u", client, "-p", secret, "--tenant", tenant];
        az.run(&[&who[..], &["--allow-no-subscriptions"]].concat());
        az
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> Value {
        let mut command: Command = az_command(self.home.path());
        command
            .env("REQUESTS_CA_BUNDLE", self.home.path().join("ca.pem"))
            .args(args)
            .args(["-o", "json"]);
        let ran = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(
            ran.status.success(),
            "az {args:?}: {stderr}\n{:?}",
            self.lab.azure.journal().last()
        );
        let stdout = String::from_utf8_lossy(&ran.stdout);
        if stdout.trim().is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&stdout).unwrap()
    }
}

/// What the scenario leaves behind, without ids that are made up anew each time.
#[derive(Debug, PartialEq, Eq)]
struct EndState {
    multi_tenant: bool,
    secrets: usize,
    /// Tenant, role and scope.
    roles: BTreeSet<(String, String, String)>,
    known_in: BTreeSet<String>,
}

fn end_state(state: &State) -> EndState {
    let application = state.applications.iter().find(|known| known.name == NAME).unwrap();
    let principals = state.principals.iter().filter(|known| {
        known.kind == PrincipalKind::ServicePrincipal && known.login == application.client_id
    });
    let principals: Vec<_> = principals.collect();
    let roles = state.role_assignments.iter().filter_map(|role| {
        let who = principals.iter().find(|known| known.id == role.principal)?;
        let scope = role.scope.to_lowercase();
        Some((who.tenant.clone(), role.role.to_lowercase(), scope))
    });
    EndState {
        multi_tenant: application.multi_tenant,
        secrets: application.secrets.len(),
        roles: roles.collect(),
        known_in: principals.iter().map(|known| known.tenant.clone()).collect(),
    }
}

/// Steps of the document, as its readers type them today.
fn by_az(lab: &Lab) {
    // `az` does not wait for replication here: its readers run the command again.
    lab.azure.knob(|knobs| knobs.principal_replication_puts = 0);
    let (client, secret) = publisher_by_az(lab);
    consumer_by_az(lab, &client);
    for tenant in [world::PUBLISHER_TENANT, world::CONSUMER_TENANT] {
        let app = Az::signed_in(lab, tenant, &client, &secret);
        let token = app.run(&["account", "get-access-token"]);
        assert_eq!(token["tenant"], tenant);
    }
}

/// The application, its secret, and Reader on the gallery.
fn publisher_by_az(lab: &Lab) -> (String, String) {
    let gallery = world::gallery_id();
    let az = publisher(lab);
    let create = ["ad", "app", "create", "--display-name", NAME];
    let rest = ["--web-redirect-uris", "https://www.microsoft.com"];
    let made = az.run(&[&create[..], &AUDIENCE, &rest].concat());
    let client = made["appId"].as_str().unwrap();
    az.run(&["ad", "sp", "create", "--id", client]);
    let reset = ["ad", "app", "credential", "reset", "--append", "--id"];
    let secret = az.run(&[&reset[..], &[client]].concat());
    let who = ["--assignee", client, "--scope", &gallery];
    let give = ["role", "assignment", "create", "--role", "Reader"];
    az.run(&[&give[..], &who].concat());
    let listed = az.run(&[&["role", "assignment", "list"], &who[..]].concat());
    assert_eq!(listed[0]["roleDefinitionName"], "Reader", "{listed}");
    let secret = secret["password"].as_str().unwrap();
    (client.to_owned(), secret.to_owned())
}

/// The service principal without a browser, and Contributor on the resource group.
fn consumer_by_az(lab: &Lab, client: &str) {
    let az =
        Az::signed_in(lab, world::CONSUMER_TENANT, world::CONSUMER_CLIENT, world::CONSUMER_SECRET);
    az.run(&["ad", "sp", "create", "--id", client]);
    let subscription = world::CONSUMER_SUBSCRIPTION;
    let group = format!("/subscriptions/{subscription}/resourceGroups/apps-rg");
    let give = ["role", "assignment", "create", "--role", "Contributor"];
    let who = ["--assignee", client, "--scope", &group];
    az.run(&[&give[..], &who].concat());
}

fn publisher(lab: &Lab) -> Az<'_> {
    Az::signed_in(lab, world::PUBLISHER_TENANT, world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET)
}

fn by_us(lab: &Lab) -> String {
    let gallery = world::gallery_id();
    let meant = ["--consumer-tenant", world::CONSUMER_TENANT];
    let client = register_application(lab, NAME, &meant);
    lab.run(&["share", "app", "grant", "-n", NAME, "--gallery-id", &gallery, "--role", "Reader"])
        .json();
    lab.run(&[
        "share",
        "app",
        "accept",
        "--client-id",
        &client,
        "-g",
        "apps-rg",
        "--credential",
        "consumer",
    ])
    .json();
    assert_eq!(lab.run(&["credential", "test", "-n", NAME]).code, 0);
    client
}

#[test]
fn az_and_we_end_in_the_same_state() {
    let (theirs, ours) = (Lab::publisher().with_consumer(), Lab::publisher().with_consumer());
    by_az(&theirs);
    by_us(&ours);
    let (theirs, ours) =
        (theirs.azure.state(|state| end_state(state)), ours.azure.state(|state| end_state(state)));
    assert_eq!(theirs, ours);
    assert_eq!(ours.roles.len(), 2);
    assert!(ours.roles.iter().any(|(_, role, _)| role == READER));
}

#[test]
fn what_az_made_is_ours_to_show_and_delete() {
    let lab = Lab::publisher();
    let az = publisher(&lab);
    let create = ["ad", "app", "create", "--display-name", "made by az"];
    let made = az.run(&[&create[..], &AUDIENCE].concat());
    let client = made["appId"].as_str().unwrap();
    az.run(&["ad", "sp", "create", "--id", client]);
    let app = |verb| lab.run(&["share", "app", verb, "--client-id", client]);
    assert_eq!(app("show").json()["name"], "made by az");
    let delete = ["share", "app", "delete", "--yes", "--client-id", client];
    assert_eq!(lab.run(&delete).code, 0);
    let listed = az.run(&["ad", "app", "list", "--display-name", "made by az"]);
    assert_eq!(listed, serde_json::json!([]));
}

#[test]
fn what_we_made_is_azs_to_list_and_delete() {
    let lab = Lab::publisher().with_consumer();
    let az = publisher(&lab);
    let client = by_us(&lab);
    let listed = az.run(&["ad", "app", "list", "--display-name", NAME]);
    assert_eq!(listed[0]["appId"], client);
    let gallery = world::gallery_id();
    let rbac = |verb: &str, rest: &[&str]| {
        let fixed = ["share", "rbac", verb, "--gallery-id", &gallery];
        lab.run(&[&fixed[..], rest].concat()).json()
    };
    rbac("add", &["--assignee", "image-reader"]);
    let delete = ["role", "assignment", "delete", "--scope", &gallery];
    az.run(&[&delete[..], &["--assignee", world::READER_CLIENT]].concat());
    let rows = rbac("list", &[]);
    let mut left = rows.as_array().unwrap().iter();
    assert!(!left.any(|row| row["principalName"] == "image-reader" && row["inherited"] == false));
}
