//! One test for each way of sharing, from the publisher's first command to the consumer's refusal after
//! the last: shared, found, used for a machine, taken back, no longer usable. Only our own commands act.

use sandbox::{Principal, PrincipalKind, world};
use serde_json::{Value, json};

use crate::support::applications::register_application;
use crate::support::galleries::{FACE, gallery, shareable};
use crate::support::lab::{Lab, Ran};
use crate::support::machines::{KEY, consumer_resources, create_named};

const AT: [&str; 2] = ["--location", "westeurope"];

/// The publisher signed in by the environment, the consumer behind the credential `consumer`.
struct Stage {
    lab: Lab,
    /// The credential that the consumer works with.
    consumer: &'static str,
}

impl Stage {
    fn new(consumer: &'static str) -> Stage {
        let lab = Lab::publisher().with_consumer();
        // The world's own application between the tenants may do too much to show anything.
        lab.azure.state(|state| {
            let given = &mut state.role_assignments;
            given.retain(|known| known.principal != world::MULTI_TENANT_PUBLISHER_OBJECT);
            // One image is enough to tell the story.
            let others = world::WINDOWS_IMAGE;
            state.resources.retain(|id, _| !id.contains(others));
        });
        Stage { lab, consumer }
    }

    /// Runs a command of the publisher, which has to succeed.
    #[track_caller]
    fn publisher(&self, args: &[&str]) -> Value {
        let ran = self.lab.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        if ran.stdout.is_empty() { Value::Null } else { ran.json() }
    }

    fn as_consumer(&self, args: &[&str]) -> Ran {
        let who = ["--credential", self.consumer];
        self.lab.run(&[args, &who].concat())
    }

    /// The ids of what the consumer is told it can use by this method.
    #[track_caller]
    fn found(&self, via: &str, more: &[&str]) -> Vec<String> {
        let rows = self.as_consumer(&[&["image", "list"], more].concat());
        let rows = rows.json();
        let rows = rows.as_array().unwrap().iter();
        let known = rows.filter(|row| row["via"] == via);
        known.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    fn create(&self, name: &str, image: &str) -> Ran {
        let login = ["--admin-username", "azureuser", "--ssh-key-value", KEY];
        let who = ["--credential", self.consumer];
        create_named(&self.lab, name, image, &[&who[..], &login].concat())
    }

    /// The consumer finds the one image, sees it whole, and makes a machine from it.
    #[track_caller]
    fn is_usable(&self, via: &str, more: &[&str]) -> String {
        let found = self.found(via, more);
        assert_eq!(found.len(), 1, "{found:?}");
        let image = found[0].clone();
        let shown = self.as_consumer(&["image", "show", "--id", &image]).json();
        assert_eq!(shown["via"], via, "{shown:#}");
        assert!(!shown["versions"].as_array().unwrap().is_empty());
        let made = self.create("web-01", &image).json();
        assert_eq!(
            (&made["via"], &made["change"], &made["provisioningState"]),
            (&json!(via), &json!("create"), &json!("Succeeded")),
            "{made:#}"
        );
        // Of a community gallery everybody sees the face, and nobody whose it is.
        let publisher = match via {
            "community" => Value::Null,
            _ => json!(world::PUBLISHER_TENANT),
        };
        assert_eq!(made["publisherTenantId"], publisher);
        assert_eq!(self.create("web-01", &image).json()["change"], "keep");
        image
    }

    /// The consumer no longer finds it, cannot make another machine, and what stood stands unchanged.
    #[track_caller]
    fn is_lost(&self, image: &str, via: &str, more: &[&str], words: &str) {
        let stood = consumer_resources(&self.lab.azure);
        assert!(stood.iter().any(|id| id.ends_with("/web-01")), "{stood:?}");
        self.lab.azure.clear_journal();
        assert_eq!(self.found(via, more), Vec::<String>::new());
        assert_ne!(self.as_consumer(&["image", "show", "--id", image]).code, 0);
        let refused = self.create("other", image);
        assert_ne!(refused.code, 0, "{refused:?}");
        assert!(
            refused.stderr.contains(words) && refused.stderr.contains("Hint: "),
            "{}",
            refused.stderr
        );
        assert_eq!(consumer_resources(&self.lab.azure), stood);
        assert_eq!(self.lab.azure.calls("PUT", "/"), 0);
    }
}

fn linux() -> String {
    format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE)
}

const NOBODY: &str = "none of your identities can read it";
const NO_IMAGE: &str = "there is no image";

fn delegated() -> Stage {
    let stage = Stage::new("consumer");
    stage.publisher(&[
        "delegation",
        "create",
        "-n",
        "Contoso images",
        "--consumer-tenant",
        world::CONSUMER_DOMAIN,
        "-g",
        world::IMAGES_GROUP,
        "--principal-id",
        world::CONSUMER_GROUP,
        "--subscription",
        world::PUBLISHER_SUBSCRIPTION,
    ]);
    stage
}

#[test]
fn by_delegation_until_it_is_deleted() {
    let stage = delegated();
    let image = stage.is_usable("delegation", &[]);
    stage.publisher(&[
        "delegation",
        "delete",
        "-n",
        "Contoso images",
        "--yes",
        "--subscription",
        world::PUBLISHER_SUBSCRIPTION,
    ]);
    stage.is_lost(&image, "delegation", &[], NOBODY);
}

#[test]
fn by_delegation_until_everything_of_the_tenant_is_revoked() {
    let stage = delegated();
    let image = stage.is_usable("delegation", &[]);
    revoke(&stage, &world::gallery_id());
    stage.is_lost(&image, "delegation", &[], NOBODY);
}

fn revoke(stage: &Stage, gallery: &str) {
    stage.publisher(&[
        "share",
        "revoke",
        "--gallery-id",
        gallery,
        "--tenant",
        world::CONSUMER_DOMAIN,
        "--yes",
    ]);
}

/// An application of the publisher's that the consumer has accepted, with the secret in the keyring.
fn bridged() -> (Stage, String) {
    let stage = Stage::new("bridge");
    let meant = ["--consumer-tenant", world::CONSUMER_DOMAIN];
    let client = register_application(&stage.lab, "bridge", &meant);
    let app = ["--client-id", client.as_str()];
    let gallery = world::gallery_id();
    let gallery = ["--gallery-id", &gallery, "--image-definition", world::LINUX_IMAGE];
    stage.publisher(&[&["share", "app", "grant"][..], &app, &gallery].concat());
    let into = ["-g", "apps-rg", "--credential", "consumer"];
    stage.publisher(&[&["share", "app", "accept"][..], &app, &into].concat());
    (stage, client)
}

#[test]
fn by_an_application_of_both_tenants_until_its_role_is_removed() {
    let (stage, client) = bridged();
    let image = stage.is_usable("rbac", &[]);
    let machine = stage.lab.azure.calls("PUT", "/deployments/");
    assert_eq!(machine, 1);
    stage.publisher(&[
        "share",
        "rbac",
        "remove",
        "--gallery-id",
        &world::gallery_id(),
        "--image-definition",
        world::LINUX_IMAGE,
        "--assignee",
        &client,
        "--yes",
    ]);
    stage.is_lost(&image, "rbac", &[], NOBODY);
}

#[test]
fn by_an_application_of_both_tenants_until_the_publisher_deletes_it() {
    let (stage, client) = bridged();
    let image = stage.is_usable("rbac", &[]);
    let stood = consumer_resources(&stage.lab.azure);
    stage.publisher(&["share", "app", "delete", "--client-id", &client, "--yes"]);
    // With the application its credential went from the keyring: what is left is the consumer itself.
    let stage = Stage { consumer: "consumer", ..stage };
    assert_eq!(consumer_resources(&stage.lab.azure), stood);
    stage.is_lost(&image, "rbac", &[], NOBODY);
}

#[test]
fn by_a_role_of_a_group_until_it_is_removed() {
    const GROUP: &str = "33333333-0000-4000-8000-000000000077";
    let stage = Stage::new("bridge");
    stage.lab.azure.state(|state| {
        state.principals.push(Principal {
            id: GROUP.to_owned(),
            tenant: world::PUBLISHER_TENANT.to_owned(),
            kind: PrincipalKind::SecurityGroup,
            name: "image consumers".to_owned(),
            login: "image consumers".to_owned(),
            members: vec![world::MULTI_TENANT_PUBLISHER_OBJECT.to_owned()],
        });
    });
    let lab = stage.lab.with_bridge(&[]);
    let stage = Stage { lab, ..stage };
    let rbac = |verb: &str, more: &[&str]| {
        let gallery = world::gallery_id();
        let place = ["--gallery-id", &gallery, "--assignee", "image consumers"];
        stage.publisher(&[&["share", "rbac", verb], &place[..], more].concat())
    };
    assert_eq!(rbac("add", &[])["principalType"], "Group");
    let image = stage.is_usable("rbac", &[]);
    rbac("remove", &["--yes"]);
    stage.is_lost(&image, "rbac", &[], NOBODY);
}

/// A gallery that is shared with the consumer's tenant.
fn shared_directly() -> (Stage, String) {
    let stage = Stage::new("consumer");
    let id = shareable(&stage.lab.azure, "partners");
    direct(&stage, "add", &id, &[]);
    (stage, id)
}

fn direct(stage: &Stage, verb: &str, id: &str, more: &[&str]) {
    let whom = ["--gallery-id", id, "--consumer-tenant", world::CONSUMER_DOMAIN];
    stage.publisher(&[&["share", "direct", verb], &whom[..], more].concat());
}

#[test]
fn directly_until_the_tenant_is_removed() {
    let (stage, id) = shared_directly();
    let image = stage.is_usable("direct", &AT);
    direct(&stage, "remove", &id, &["--yes"]);
    stage.is_lost(&image, "direct", &AT, NO_IMAGE);
}

#[test]
fn directly_until_everything_of_the_tenant_is_revoked() {
    let (stage, id) = shared_directly();
    let image = stage.is_usable("direct", &AT);
    revoke(&stage, &id);
    stage.is_lost(&image, "direct", &AT, NO_IMAGE);
}

#[test]
fn with_everybody_until_it_is_disabled() {
    let stage = Stage::new("consumer");
    let id = gallery("open");
    let enable = ["share", "community", "enable", "--yes", "--gallery-id", &id];
    let shown = stage.publisher(&[&enable[..], &FACE, &AT].concat());
    let name = shown["publicName"].as_str().unwrap();
    stage.lab.azure.state(|state| {
        let copies = [("", "images"), ("/versions/1.1.0", "images/versions")];
        for (rest, kind) in copies {
            let from = format!("{}{rest}", linux()).to_lowercase();
            let body = state.resources[&from].body.clone();
            let kind = format!("Microsoft.Compute/galleries/{kind}");
            state.put_resource(&format!("{id}/images/public{rest}"), &kind, body);
        }
    });
    let more = [&AT[..], &["--community"]].concat();
    let image = stage.is_usable("community", &more);
    stage.publisher(&["share", "community", "disable", "--gallery-id", &id, "--yes"]);
    stage.is_lost(&image, "community", &more, NO_IMAGE);
    let named = ["image", "list", AT[0], AT[1], "--community", name];
    let told = stage.as_consumer(&named);
    assert!(told.refused(3).contains("there is no community gallery"), "{told:?}");
}
