//! Which world each command's examples run in.
//!
//! To add a command or a group: usually nothing, [`Stage::delegated`] is what an example gets (the
//! credentials `publisher`, which is the default, and `consumer`; the delegation "Contoso images" of
//! `images-rg` to Fabrikam's group; the sandbox's world). If its examples need more, add a line to
//! [`SET_UPS`]: the words the command begins with, and a function that makes the stage, best here as
//! a few lines on top of a stage that exists:
//!
//! ```ignore
//! ("doctor", |lab| Stage::delegated(lab).file("error.txt", AZURE_SAID)),
//! ```
//!
//! The entry with the most words wins. A stage says what is typed (`typing`), piped in (`piping`),
//! lying about (`file`), and how the examples may end (`codes`). Its `lab` is a whole laboratory: run
//! commands in it (`stage.lab.run(…)`), arrange Azure (`stage.lab.azure.state(…)`). Take secrets only
//! from `sandbox::world`: `leaks.rs` runs the same examples and looks for all of them.

use sandbox::world;
use serde_json::json;

use super::sharing;
use super::stage::{OFFER, Stage};
use crate::federated::in_github;
use crate::support::builder;
use crate::support::lab::Lab;
use crate::support::machines::image;
use crate::support::sign_in_page::{invited, keep_person, with_browser};

type SetUp = fn(Lab) -> Stage;

/// By the words that a command begins with.
const SET_UPS: &[(&str, SetUp)] = &[
    ("", Stage::delegated),
    ("builder", built),
    ("builder setup", with_template),
    ("credential", Stage::signed_in),
    ("credential add", new_credential),
    ("credential import", to_import),
    ("credential login", |lab| {
        let lab = with_browser(lab);
        invited(&lab);
        let stage = Stage::empty(lab);
        keep_person(&stage.lab, &[]);
        stage
    }),
    ("credential renew", renewable),
    ("credential rotate", |lab| material(Stage::signed_in(lab))),
    ("delegation create", offered),
    ("delegation plan", offered),
    ("delegation request", |lab| Stage::signed_in(lab).at_consumer()),
    ("delegation wait", under_way),
    ("credential store use", |lab| with_passphrase(Stage::signed_in(lab.env(KERNEL.0, KERNEL.1)))),
    ("deployment create", to_deploy),
    ("doctor", |lab| Stage::delegated(lab).file("error.txt", AZURE_SAID)),
    ("exec", with_programs),
    ("fleet", with_manifest),
    ("fleet apply", with_saved_plan),
    ("fleet destroy", |lab| {
        let stage = with_manifest(lab);
        let file = stage.lab.home.path().join("fleet.yaml").to_str().unwrap().to_owned();
        stage.after(&["fleet", "apply", "-f", &file, "--yes"])
    }),
    ("fleet export", with_policy),
    ("fleet show", |lab| {
        let stage = with_manifest(lab);
        let home = stage.lab.home.path().to_owned();
        let path = |name: &str| home.join(name).to_str().unwrap().to_owned();
        let (file, out) = (path("fleet.yaml"), path("fleet.plan"));
        stage.after(&["fleet", "plan", "-f", &file, "--out", &out])
    }),
    ("history", recorded),
    ("image", |lab| Stage::delegated(lab).at_consumer()),
    ("image copy", sharing::for_machines),
    ("image prune", |lab| {
        let copy = ["image", "copy", "--to", "copies/ubuntu", "-g", "apps-rg", "--id"];
        sharing::for_machines(lab).after(&[&copy[..], &[&image(world::LINUX_IMAGE)]].concat())
    }),
    ("output render", rendered),
    ("share", sharing::shared),
    ("share advise", |lab| {
        Stage::empty(lab).typing("people\n\ngrace@fabrikam.onmicrosoft.com\ny\n")
    }),
    ("share app", sharing::granted),
    ("share app accept", |lab| Stage::signed_in(lab).at_consumer()),
    ("share app create", Stage::signed_in),
    ("share app grant", Stage::signed_in),
    ("share app secret", sharing::registered),
    ("share community", sharing::open),
    ("share community enable", sharing::may_open),
    ("share direct", sharing::direct),
    ("share direct add", sharing::may_share),
    ("share prune", sharing::ended),
    ("share rbac add", Stage::signed_in),
    ("token clear", with_token),
    ("token list", with_token),
    ("unlock", locked),
    ("vm create", sharing::for_machines),
    ("vmss create", sharing::for_machines),
];

/// A manifest for the publisher's subscription.
const MANIFEST: &str = "\
version: 1
fleet: images-prod
publishers:
  contoso:
    tenant: 3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001
    subscriptions: {ids: [5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101]}
consumers:
  northwind:
    tenant: fabrikam.onmicrosoft.com
    principals: {image-users: {id: 186b73ee-74ac-4572-92c3-85d496402501, type: Group}}
grants:
  - name: readers
    from: contoso
    to: [northwind]
    via: delegation
    offer: Contoso images for {consumer}
    resourceGroups: [images-rg]
    authorizations: [{principals: [image-users], role: Reader}]
  - name: golden-images
    from: contoso
    to: [northwind]
    via: direct
    galleries: {names: [golden]}
";

/// What a deployment's owner may find in a log.
const AZURE_SAID: &str = r#"{"error": {"code": "AuthorizationFailed", "message": "The client 'x' does not have authorization to perform action 'Microsoft.ManagedServices/registrationDefinitions/write' over scope '/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101'."}}"#;

/// The stage for a command.
pub(crate) fn stage(name: &str, lab: Lab) -> Stage {
    let fits =
        |words: &str| words.is_empty() || name == words || name.starts_with(&format!("{words} "));
    let (_, set_up) = SET_UPS
        .iter()
        .filter(|(words, _)| fits(words))
        .max_by_key(|(words, _)| words.len())
        .expect("the entry without words fits every command");
    set_up(lab)
}

/// The words of every entry.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    SET_UPS.iter().map(|(words, _)| *words)
}

/// Templates for a resource group and for a subscription lie there.
fn to_deploy(lab: Lab) -> Stage {
    let group = json!({"type": "Microsoft.Network/networkSecurityGroups", "apiVersion": "2024-05-01",
        "name": "[parameters('name')]", "location": "westeurope", "properties": {}});
    let main = json!({"contentVersion": "1.0.0.0", "resources": [group],
        "parameters": {"name": {"type": "string", "defaultValue": "nsg-01"}},
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"});
    let group = json!({"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01",
        "name": "images-rg", "location": "westeurope", "properties": {}});
    let sub = json!({"contentVersion": "1.0.0.0", "resources": [group],
        "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"});
    let values = json!({"contentVersion": "1.0.0.0", "parameters": {"name": {"value": "nsg-03"}}});
    Stage::signed_in(lab)
        .at_consumer()
        .file("main.json", main.to_string())
        .file("main.parameters.json", values.to_string())
        .file("sub.json", sub.to_string())
}

/// A run that ended a delegation.
fn recorded(lab: Lab) -> Stage {
    let stage = Stage::delegated(lab);
    let ended = stage.lab.run(&["delegation", "delete", "-n", OFFER, "--yes"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    stage
}

fn with_manifest(lab: Lab) -> Stage {
    let stage = Stage::delegated(lab).file("fleet.yaml", MANIFEST);
    stage.lab.azure.state(|state| {
        state.add_management_group(world::PUBLISHER_TENANT, "mg-images", None);
        let scope = "/providers/Microsoft.Management/managementGroups/mg-images";
        state.assign_role(scope, crate::support::offers::READER, world::DEPLOYER_OBJECT);
    });
    // With 8 a command says that something differs.
    Stage { codes: &[0, 8], ..stage }
}

/// As [`with_manifest`], with the offer by both routes.
fn with_policy(lab: Lab) -> Stage {
    let selected = "{ids: [5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101]}";
    let manifest = MANIFEST
        .replace(selected, "{managementGroups: [mg-images]}")
        .replace("resourceGroups: [images-rg]", "wholeSubscription: true\n    route: both");
    let policy = "policy:\n  contoso: {managementGroup: mg-images, location: westeurope, acceptOwner: true}\n";
    let stage = with_manifest(lab).file("fleet.yaml", format!("{manifest}{policy}"));
    stage.lab.azure.state(|state| {
        state.move_subscription(world::PUBLISHER_SUBSCRIPTION, "mg-images");
    });
    stage
}

/// A plan with a canary lies there; another one was approved.
fn with_saved_plan(lab: Lab) -> Stage {
    let stage = with_manifest(lab);
    let waves = "waves:\n  - {name: canary, take: 1}\n  - {name: rest}\n";
    let stage = stage.file("fleet.yaml", format!("{MANIFEST}{waves}"));
    let home = stage.lab.home.path().to_owned();
    let path = |name: &str| home.join(name).to_str().unwrap().to_owned();
    let (file, out) = (path("fleet.yaml"), path("fleet.plan"));
    let stage = stage.after(&["fleet", "plan", "-f", &file, "--out", &out]);
    Stage { codes: &[0, 9], ..stage }
}

/// The publisher's application may make secrets of its own.
fn renewable(lab: Lab) -> Stage {
    lab.azure.state(|state| {
        state.directory.permit(world::DEPLOYER_OBJECT, &["Application.ReadWrite.OwnedBy"]);
        let registration = state.directory.registration_mut(world::DEPLOYER_CLIENT);
        registration.owners.push(world::DEPLOYER_OBJECT.to_owned());
    });
    Stage::signed_in(lab)
}

fn new_credential(lab: Lab) -> Stage {
    let token = lab.azure.federated_token(world::FEDERATED_CLIENT);
    let lab = in_github(with_browser(lab)).env("AZURE_FEDERATED_TOKEN_FILE", "federated-token");
    material(Stage::empty(lab)).file("federated-token", token)
}

/// A client secret is typed or piped in, certificates lie there.
fn material(stage: Stage) -> Stage {
    stage
        .typing(&format!(
            "{}
",
            world::DEPLOYER_SECRET
        ))
        .piping(world::DEPLOYER_SECRET)
        .file("app.pem", include_bytes!("../data/certificate/rsa.pem"))
        .file("app.pfx", include_bytes!("../data/certificate/modern.pfx"))
        .file("pfx-password", "test-only")
}

/// Lets the kernel keep keys.
const KERNEL: (&str, &str) = ("AZ_IMAGESHARE_KEY_CACHE", "on");

/// A passphrase that is typed or piped in. It looks like a secret that the canary searches for.
fn with_passphrase(stage: Stage) -> Stage {
    let secret = world::READER_SECRET;
    stage.typing(&format!("{secret}\n{secret}\n")).piping(secret)
}

/// The secrets are in files under that passphrase, and locked.
fn locked(lab: Lab) -> Stage {
    let stage = with_passphrase(Stage::signed_in(lab.env(KERNEL.0, KERNEL.1)));
    let to = ["credential", "store", "use", "passphrase", "--passphrase-stdin"];
    stage.lab.run_with_input(&to, world::READER_SECRET).json();
    stage.after_silent(&["lock"])
}

/// `az` keeps two service principals in the clear, and the environment names a third.
fn to_import(lab: Lab) -> Stage {
    let entry = |client: &str, tenant: &str, secret: &str| json!({"client_id": client, "tenant": tenant, "client_secret": secret});
    let entries = json!([
        entry(world::DEPLOYER_CLIENT, world::PUBLISHER_TENANT, world::DEPLOYER_SECRET),
        entry(world::CONSUMER_CLIENT, world::CONSUMER_TENANT, world::CONSUMER_SECRET),
    ]);
    let document = json!({"appId": world::READER_CLIENT, "password": "abc~1", "tenant": world::PUBLISHER_TENANT});
    // A certificate: a client secret in our own environment would be found there.
    let certificate = lab.home.path().join("app.pem");
    let lab = lab
        .env("AZURE_TENANT_ID", world::PUBLISHER_TENANT)
        .env("AZURE_CLIENT_ID", world::CERTIFICATE_CLIENT)
        .env("AZURE_CLIENT_CERTIFICATE_PATH", certificate.to_str().unwrap());
    Stage::empty(lab)
        .file("app.pem", include_bytes!("../data/certificate/rsa.pem"))
        .file(".azure/service_principal_entries.json", entries.to_string())
        .file("credentials.json", document.to_string())
}

/// Stand-ins for the programs that the examples run: what is run there is not ours to test.
fn with_programs(lab: Lab) -> Stage {
    let folder = lab.home.path().join("bin");
    let lab = lab.env("PATH", &format!("{}:/usr/bin:/bin", folder.display()));
    let mut stage = Stage::signed_in(lab).file("deploy.py", "");
    for name in ["az", "azcopy", "bash", "python3", "terraform"] {
        stage = stage.file(&format!("bin/{name}"), "#!/bin/sh\ntest -n \"$IDENTITY_HEADER\"\n");
        #[cfg(unix)]
        std::fs::set_permissions(
            folder.join(name),
            std::os::unix::fs::PermissionsExt::from_mode(0o700),
        )
        .unwrap();
    }
    stage
}

/// An image template lies there.
fn with_template(lab: Lab) -> Stage {
    let template = builder::template().to_string();
    Stage::signed_in(lab).file("imagetemplate.json", template)
}

/// The template's identity has what it needs.
fn built(lab: Lab) -> Stage {
    let stage = with_template(lab);
    let template = stage.lab.home.path().join("imagetemplate.json");
    let template = template.to_str().unwrap();
    let setup = ["builder", "setup", "--template", template];
    let for_whom = ["--submitter", world::PUBLISHER_USER_NAME];
    stage.after(&[&setup[..], &for_whom].concat())
}

fn rendered(lab: Lab) -> Stage {
    let answer = r#"{"b": 1, "a": [{"c": 2, "d": 3}]}"#;
    Stage::empty(lab).piping(answer).file("answer.json", answer)
}

/// The consumer's request and a parameter file of the official samples lie there.
fn offered(lab: Lab) -> Stage {
    let stage = Stage::signed_in(lab);
    let request = stage.lab.home.path().join("fabrikam.json");
    let made = ["delegation", "request", "--credential", "consumer", "--principal"];
    let into = [world::CONSUMER_GROUP_NAME, "--output-file", request.to_str().unwrap()];
    stage.lab.run(&[&made[..], &into].concat()).json();
    stage.file("rg.parameters.json", parameters().to_string())
}

/// The official sample's parameter file, filled in.
fn parameters() -> serde_json::Value {
    let role = |id: &str| {
        json!({"principalId": world::CONSUMER_GROUP, "principalIdDisplayName": "image-users",
            "roleDefinitionId": id})
    };
    json!({"contentVersion": "1.0.0.0", "parameters": {
        "mspOfferName": {"value": OFFER}, "rgName": {"value": world::IMAGES_GROUP},
        "mspOfferDescription": {"value": "Images of Contoso"},
        "managedByTenantId": {"value": world::CONSUMER_TENANT},
        "authorizations": {"value": [
            role(crate::support::offers::READER), role(crate::support::offers::DELETE_ROLE)]}}})
}

/// A token is in the cache.
fn with_token(lab: Lab) -> Stage {
    let stage = Stage::signed_in(lab);
    stage.lab.run(&["token", "get"]).json();
    stage
}

/// A delegation was started and not waited for.
fn under_way(lab: Lab) -> Stage {
    let stage = Stage::signed_in(lab);
    let offer = ["delegation", "create", "-n", OFFER, "--consumer-tenant", world::CONSUMER_TENANT];
    let what = ["-g", world::IMAGES_GROUP, "--principal-id", world::CONSUMER_GROUP];
    let how = ["--deployment-name", "contoso-images", "--no-wait"];
    stage.lab.run(&[&offer[..], &what, &how].concat()).json();
    stage
}
