//! The variables and documents that people sign in with elsewhere: Terraform's, GitHub's, and `AZURE_CREDENTIALS`.

use sandbox::world;
use serde_json::{Value, json};

use crate::support::lab::{Lab, Ran};

const BEARER: &str = world::PIPELINE_BEARER;

/// The address at which the sandbox's pipeline issues tokens.
fn pipeline(lab: &Lab) -> String {
    let base = lab.azure.login_url().trim_end_matches('/');
    format!("{base}/pipeline/{}?api-version=2.0", world::FEDERATED_CLIENT)
}

fn new_shape() -> Value {
    json!({"appId": world::DEPLOYER_CLIENT, "displayName": "deployer",
        "password": world::DEPLOYER_SECRET, "tenant": world::PUBLISHER_TENANT})
}

fn sdk_shape(lab: &Lab) -> Value {
    json!({"clientId": world::DEPLOYER_CLIENT, "clientSecret": world::DEPLOYER_SECRET,
        "subscriptionId": world::PUBLISHER_SUBSCRIPTION, "tenantId": world::PUBLISHER_TENANT,
        "activeDirectoryEndpointUrl": lab.azure.login_url(),
        "resourceManagerEndpointUrl": lab.azure.arm_url(),
        "galleryEndpointUrl": "https://gallery.example/"})
}

fn named(lab: Lab, names: [&str; 2]) -> Lab {
    lab.env(names[0], world::PUBLISHER_TENANT).env(names[1], world::FEDERATED_CLIENT)
}

#[track_caller]
fn shows_no_secret(ran: &Ran, secrets: &[&str]) {
    for secret in secrets {
        assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{ran:?}");
    }
}

#[test]
fn a_credentials_document_signs_in_and_is_never_taken_for_a_secret() {
    for make in [sdk_shape as fn(&Lab) -> Value, |_| new_shape()] {
        let lab = Lab::new();
        let document = make(&lab).to_string();
        let lab = lab.env("AZURE_CREDENTIALS", &document);
        assert_eq!(lab.run(&["token", "get", "--debug"]).json()["tenant"], world::PUBLISHER_TENANT);
        shows_no_secret(&lab.run(&["token", "get", "--debug"]), &[world::DEPLOYER_SECRET]);
        let add = ["credential", "add", "-n", "app", "--tenant", world::PUBLISHER_TENANT];
        let words = [&add[..], &["--client-id", world::DEPLOYER_CLIENT, "--secret-stdin"]].concat();
        let refused = lab.run_with_input(&words, &document);
        assert!(refused.refused(2).contains("credential import --from-file"), "{refused:?}");
        shows_no_secret(&refused, &[world::DEPLOYER_SECRET]);
    }
}

#[test]
fn what_azure_cli_printed_is_imported_from_a_file_and_from_standard_input() {
    let lab = Lab::new();
    let pretty = serde_json::to_string_pretty(&sdk_shape(&lab)).unwrap();
    let file = lab.file("sp.json", &format!("\u{feff}{pretty}\n"));
    let import = ["credential", "import", "-n", "publisher", "--from-file"];
    let made = lab.run(&[&import[..], &[&file]].concat());
    assert_eq!(made.json()[0]["subscription"], world::PUBLISHER_SUBSCRIPTION, "{made:?}");
    assert!(made.stderr.contains("delete the file"), "{made:?}");
    shows_no_secret(&made, &[world::DEPLOYER_SECRET]);
    assert_eq!(lab.run(&["credential", "test", "-n", "publisher"]).json()["ok"], true);
    let again = lab.run_with_input(&[&import[..], &["-"]].concat(), &new_shape().to_string());
    assert_eq!(again.json(), json!([]));
    assert!(again.stderr.contains("is credential 'publisher' already"), "{again:?}");
}

#[test]
fn half_a_document_and_one_of_another_cloud_are_refused_without_a_call() {
    let lab = Lab::new();
    let mut document = sdk_shape(&lab);
    document["resourceManagerEndpointUrl"] = json!("https://management.usgovcloudapi.net/");
    let elsewhere = lab.env("AZURE_CREDENTIALS", &document.to_string());
    let told = elsewhere.run(&["token", "get"]);
    assert!(told.refused(13).contains("resourceManagerEndpointUrl"), "{told:?}");
    for (key, word) in [("password", "clientSecret"), ("appId", "clientId"), ("tenant", "tenantId")]
    {
        let mut half = new_shape();
        half.as_object_mut().unwrap().remove(key);
        let lab = Lab::new().env("AZURE_CREDENTIALS", &half.to_string());
        let told = lab.run(&["token", "get"]);
        assert!(told.refused(2).contains(word), "{key}: {told:?}");
        shows_no_secret(&told, &[world::DEPLOYER_SECRET]);
        assert!(lab.azure.journal().is_empty());
    }
    let lab = Lab::new().env("AZURE_CREDENTIALS", world::DEPLOYER_SECRET);
    let told = lab.run(&["token", "get"]);
    told.refused(2);
    shows_no_secret(&told, &[world::DEPLOYER_SECRET]);
}

#[test]
fn a_half_set_environment_names_everything_that_is_missing() {
    let secret = |name| Lab::new().env(name, world::DEPLOYER_SECRET);
    for (lab, expected) in [
        (secret("AZURE_CLIENT_SECRET"), "AZURE_TENANT_ID and AZURE_CLIENT_ID are not set"),
        (secret("ARM_CLIENT_SECRET"), "ARM_TENANT_ID and ARM_CLIENT_ID are not set"),
        (
            Lab::new().env("AZURE_CLIENT_ID", world::DEPLOYER_CLIENT),
            "AZURE_TENANT_ID and AZURE_CLIENT_SECRET are not set",
        ),
        (
            secret("ARM_CLIENT_SECRET").env("ARM_CLIENT_ID", world::DEPLOYER_CLIENT),
            "ARM_TENANT_ID is not set",
        ),
    ] {
        let told = lab.run(&["token", "get"]);
        assert!(told.refused(2).contains(expected), "{expected}: {told:?}");
        assert!(lab.azure.journal().is_empty());
    }
}

#[test]
fn a_federated_token_in_a_variable_signs_in() {
    let lab = Lab::new();
    let token = lab.azure.federated_token(world::FEDERATED_CLIENT);
    let lab = named(lab, ["ARM_TENANT_ID", "ARM_CLIENT_ID"]).env("ARM_OIDC_TOKEN", &token);
    let got = lab.run(&["token", "get", "--debug"]);
    got.json();
    shows_no_secret(&got, &[&token]);
    let import = lab.run(&["credential", "import", "--from-environment"]);
    assert!(import.refused(2).contains("ends within minutes"), "{import:?}");
    shows_no_secret(&import, &[&token]);
}

#[test]
fn a_pipeline_is_asked_for_its_token() {
    let families = [
        (["ARM_TENANT_ID", "ARM_CLIENT_ID"], ["ARM_OIDC_REQUEST_URL", "ARM_OIDC_REQUEST_TOKEN"]),
        (
            ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"],
            ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
        ),
    ];
    for (names, request) in families {
        let lab = Lab::new();
        let url = pipeline(&lab);
        let lab = named(lab, names).env(request[0], &url).env(request[1], BEARER);
        let got = lab.run(&["token", "get", "--debug"]);
        got.json();
        shows_no_secret(&got, &[BEARER, "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3M"]);
        // The token that Entra gave is kept: the pipeline is not asked again.
        lab.run(&["token", "get"]).json();
        assert_eq!(lab.azure.calls("GET", "/pipeline/"), 1);
        for (path, content) in Lab::contents(&lab.files()) {
            assert!(!String::from_utf8_lossy(&content).contains(BEARER), "{}", path.display());
        }
    }
}

#[test]
fn a_pipeline_that_gives_no_token_is_named_and_no_secret_goes_in_the_clear() {
    let lab = Lab::new();
    let url = pipeline(&lab);
    let lab = named(lab, ["ARM_TENANT_ID", "ARM_CLIENT_ID"])
        .env("ARM_OIDC_REQUEST_URL", &url)
        .env("ARM_OIDC_REQUEST_TOKEN", "another-Canary-7f3a9d");
    let told = lab.run(&["token", "get"]);
    let text = told.refused(4);
    assert!(text.contains("ARM_OIDC_REQUEST_URL") && text.contains("id-token: write"), "{text}");
    shows_no_secret(&told, &["another-Canary-7f3a9d"]);
    let lab = lab.env("ARM_OIDC_REQUEST_URL", "http://issuer.example/token");
    let told = lab.run(&["token", "get"]);
    assert!(told.refused(4).contains("is not an https address"), "{told:?}");
}

#[test]
fn who_is_not_in_a_tenant_is_told_how_to_be_let_in() {
    let lab = Lab::new();
    let add = ["credential", "add", "-n", "app", "--tenant", world::CONSUMER_TENANT];
    let words = [&add[..], &["--client-id", world::DEPLOYER_CLIENT, "--secret-stdin"]].concat();
    let told = lab.run_with_input(&words, world::DEPLOYER_SECRET);
    let text = told.refused(4);
    let who = format!("--client-id {} --tenant {}", world::DEPLOYER_CLIENT, world::CONSUMER_TENANT);
    for command in ["share app accept", "share app consent-url"] {
        assert!(text.contains(&format!("`az-imageshare {command} {who}`")), "{text}");
    }
    let wrong = [&words[..5], &[world::PUBLISHER_TENANT], &words[6..]].concat();
    let told = lab.run_with_input(&wrong, "wrong~secret");
    let text = told.refused(4);
    assert!(text.contains("`az-imageshare credential add -n app"), "{text}");
    assert!(!text.contains("credential rotate"), "{text}");
}

#[test]
fn nobody_is_told_to_run_an_az_that_is_not_there() {
    let lab = Lab::new().env("PATH", "/nowhere");
    let told = lab.run(&["token", "get"]);
    let text = told.refused(4);
    assert!(text.contains("credential add --help") && !text.contains("az login"), "{text}");
}
