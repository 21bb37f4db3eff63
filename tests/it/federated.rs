//! Tokens that a pipeline issues to its jobs: from the environment alone, and as a stored credential.

use sandbox::{Fault, FaultKind, Listener, world};

use crate::support::lab::{Lab, Ran};

const BEARER: &str = world::PIPELINE_BEARER;
const GITHUB: &str = "/pipeline/";
const DEVOPS: &str = "/oidctoken";

/// A job of GitHub Actions that may ask for tokens.
pub(crate) fn in_github(lab: Lab) -> Lab {
    let url =
        format!("{}/pipeline/{}?api-version=2.0", lab.azure.login_url(), world::FEDERATED_CLIENT);
    lab.env("ACTIONS_ID_TOKEN_REQUEST_URL", &url).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", BEARER)
}

/// A step of Azure Pipelines to which the token of its job is mapped.
pub(crate) fn in_devops(lab: Lab) -> Lab {
    let path = "contoso/images/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken";
    let url = format!("{}/{path}", lab.azure.login_url());
    lab.env("SYSTEM_OIDCREQUESTURI", &url).env("SYSTEM_ACCESSTOKEN", BEARER)
}

fn named(lab: Lab, tenant: &str, client: &str) -> Lab {
    lab.env(tenant, world::PUBLISHER_TENANT).env(client, world::FEDERATED_CLIENT)
}

#[track_caller]
fn keeps_nothing_secret(lab: &Lab, ran: &Ran) {
    assert!(!ran.stdout.contains(BEARER) && !ran.stderr.contains(BEARER), "{ran:?}");
    for (path, content) in Lab::contents(&lab.files()) {
        let text = String::from_utf8_lossy(&content);
        assert!(!text.contains(BEARER) && !text.contains("eyJ"), "{}", path.display());
    }
}

#[test]
fn a_job_of_azure_pipelines_signs_in_from_its_environment_alone() {
    let families = [
        ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"),
        ("ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID"),
        ("ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"),
        (
            "AZURESUBSCRIPTION_TENANT_ID",
            "AZURESUBSCRIPTION_CLIENT_ID",
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
        ),
    ];
    for (tenant, client, connection) in families {
        let lab = in_devops(named(Lab::new(), tenant, client));
        let lab = lab.env(connection, world::SERVICE_CONNECTION);
        let got = lab.run(&["token", "get", "--debug"]);
        assert_eq!(got.json()["tenant"], world::PUBLISHER_TENANT, "{client}");
        lab.run(&["token", "get"]).json();
        assert_eq!(lab.azure.calls("POST", DEVOPS), 1, "the token that Entra gave is kept");
        assert!(!got.stderr.contains(BEARER) && !got.stdout.contains(BEARER), "{got:?}");
    }
}

#[test]
fn what_a_job_lacks_is_named() {
    let lab = in_devops(named(Lab::new(), "AZURE_TENANT_ID", "AZURE_CLIENT_ID"));
    let lab = lab.env("SYSTEM_ACCESSTOKEN", "");
    let told = lab.run(&["token", "get"]);
    let text = told.refused(4);
    for name in ["SYSTEM_ACCESSTOKEN", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"] {
        assert!(text.contains(name), "{text}");
    }
    assert!(text.contains("SYSTEM_ACCESSTOKEN: $(System.AccessToken)"), "{text}");
    assert_eq!(lab.azure.calls("POST", DEVOPS), 0);
    let lab = in_github(named(Lab::new(), "AZURE_TENANT_ID", "AZURE_CLIENT_ID"));
    let told = lab.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "").run(&["token", "get"]);
    let text = told.refused(4);
    assert!(text.contains("ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set"), "{text}");
    assert!(text.contains("id-token: write"), "{text}");
}

#[test]
fn a_service_connection_that_is_not_this_pipelines_is_refused_without_a_redirect() {
    let lab = in_devops(named(Lab::new(), "AZURE_TENANT_ID", "AZURE_CLIENT_ID"));
    let other = "00000000-aaaa-4bbb-8ccc-000000000001";
    let lab = lab.env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", other);
    let told = lab.run(&["token", "get"]);
    let text = told.refused(4);
    assert!(text.contains("SYSTEM_OIDCREQUESTURI gave no token (HTTP 404)"), "{text}");
    assert!(text.contains("service connection"), "{text}");
    let lab = lab.env("SYSTEM_ACCESSTOKEN", "of-an-earlier-job");
    let text = lab.run(&["token", "get"]).refused(4).to_owned();
    assert!(text.contains("(HTTP 401)") && !text.contains("of-an-earlier-job"), "{text}");
}

/// A kind of pipeline, what else its credential is added with, its job, and the request that its issuer gets.
type PipelineCase =
    (&'static str, &'static [&'static str], fn(Lab) -> Lab, (&'static str, &'static str));

#[test]
fn a_stored_credential_asks_the_pipeline_of_the_job_and_keeps_nothing() {
    let cases: [PipelineCase; 2] = [
        ("github", &[], in_github, ("GET", GITHUB)),
        (
            "azure-pipelines",
            &["--service-connection", world::SERVICE_CONNECTION],
            in_devops,
            ("POST", DEVOPS),
        ),
    ];
    for (issuer, more, job, asked) in cases {
        let lab = Lab::new();
        let add = ["credential", "add", "-n", "ci", "--federated", issuer, "--default"];
        let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::FEDERATED_CLIENT];
        let words = [&add[..], &who, more].concat();
        // No job: there is nobody to ask, and the command says how it is added all the same.
        let told = lab.run(&words);
        assert!(told.refused(4).contains("elsewhere, sign in with another"), "{told:?}");
        assert!(lab.run(&["credential", "list"]).json().as_array().unwrap().is_empty());
        let lab = job(lab);
        let added = lab.run(&words).json();
        assert_eq!(added["kind"], "federated");
        assert_eq!(added["federatedBy"], issuer);
        assert_eq!(added["store"], "none");
        assert!(lab.store.names().is_empty(), "the keyring is left alone");
        let got = lab.run(&["token", "get", "--debug"]);
        assert_eq!(got.json()["tenant"], world::PUBLISHER_TENANT);
        keeps_nothing_secret(&lab, &lab.run(&["credential", "test", "-n", "ci", "--debug"]));
        assert_eq!(lab.azure.calls(asked.0, asked.1), 3, "add, get and test");
        let health = lab.run(&["credential", "show"]).json();
        assert_eq!(health["health"], "ready", "{health}");
        lab.run(&["credential", "remove", "-n", "ci", "--yes"]);
    }
}

#[test]
fn a_service_connection_is_named_or_known() {
    let add = ["credential", "add", "-n", "ci", "--no-test", "--federated"];
    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::FEDERATED_CLIENT];
    let with =
        |issuer: &'static str, more: &[&'static str]| [&add[..], &[issuer], &who, more].concat();
    let lab = Lab::new();
    let told = lab.run(&with("azure-pipelines", &[]));
    assert!(told.refused(2).contains("--service-connection"), "{told:?}");
    let told = lab.run(&with("github", &["--service-connection", world::SERVICE_CONNECTION]));
    assert!(told.refused(2).contains("azure-pipelines"), "{told:?}");
    let told = lab.run(&with("azure-pipelines", &["--service-connection", "images"]));
    told.refused(2);
    let lab =
        in_devops(lab).env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", world::SERVICE_CONNECTION);
    let added = lab.run(&with("azure-pipelines", &[])).json();
    assert_eq!(added["serviceConnectionId"], world::SERVICE_CONNECTION);
}

#[test]
fn the_environment_of_a_job_is_imported_as_the_pipeline_that_it_is() {
    let lab = in_github(named(Lab::new(), "AZURE_TENANT_ID", "AZURE_CLIENT_ID"));
    lab.run(&["credential", "import", "--from-environment", "-n", "ci", "--yes"]).json();
    let kept = lab.run(&["credential", "show", "-n", "ci"]).json();
    assert_eq!(
        (&kept["federatedBy"], &kept["clientId"]),
        (&"github".into(), &world::FEDERATED_CLIENT.into())
    );
}

#[test]
fn an_issuer_that_stumbles_is_asked_again_and_a_redirect_is_not_followed() {
    for lost in [FaultKind::Reset, FaultKind::Status { status: 503, retry_after: None, code: None }]
    {
        let lab = in_github(named(Lab::new(), "AZURE_TENANT_ID", "AZURE_CLIENT_ID"));
        lab.azure.inject(Fault::new(lost).on(Listener::Login).path(GITHUB).times(2));
        lab.run(&["token", "get"]).json();
        assert_eq!(lab.azure.calls("GET", GITHUB), 3);
    }
    let lab = in_github(named(Lab::new(), "AZURE_TENANT_ID", "AZURE_CLIENT_ID"));
    let away = FaultKind::RedirectElsewhere { status: 307 };
    lab.azure.inject(Fault::new(away).on(Listener::Login).path(GITHUB).always());
    let told = lab.run(&["token", "get"]);
    assert!(told.refused(4).contains("(HTTP 307)"), "{told:?}");
    let elsewhere = lab.azure.journal().iter().any(|call| call.listener == Listener::Elsewhere);
    assert!(!elsewhere, "what opens the address goes to that address alone");
}

#[test]
fn an_address_that_a_secret_may_not_go_to_is_refused() {
    for (url, reason) in [
        ("http://localhost:1/token", "is not an https address"),
        ("https://user:word@localhost:1/token", "has a user or a password"),
        ("localhost", "is not an address"),
    ] {
        for variable in ["ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"] {
            let lab = named(Lab::new(), "AZURE_TENANT_ID", "AZURE_CLIENT_ID");
            let lab = if variable.starts_with('A') { in_github(lab) } else { in_devops(lab) };
            let lab = lab
                .env("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", world::SERVICE_CONNECTION)
                .env(variable, url);
            let told = lab.run(&["token", "get"]);
            let text = told.refused(4);
            assert!(text.contains(&format!("{variable} {reason}")), "{text}");
        }
    }
}
