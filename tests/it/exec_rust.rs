//! `exec` with `azure_identity` for Rust, which asks for every field of the protocol: this test program is the
//! command of the run, too.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_core::http::headers::Headers;
use azure_core::http::{
    AsyncRawResponse, ClientOptions, HttpClient, Request, StatusCode, Transport,
};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions,
};
use sandbox::world;

use crate::exec_clients::printed;
use crate::support::errand::{BOTH, Errand, claims, of_both_tenants};

const VAULT: &str = "https://vault.azure.net/.default";

/// Sends one request by hand: the library comes without a client here.
#[derive(Debug)]
struct OneRequest;

#[async_trait]
impl HttpClient for OneRequest {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let url = request.url();
        let query = url.query().unwrap_or_default();
        let mut text = format!(
            "{} {}?{query} HTTP/1.1\r\nHost: {}:{}\r\n",
            request.method().as_str(),
            url.path(),
            url.host_str().unwrap(),
            url.port().unwrap()
        );
        for (name, value) in request.headers().iter() {
            text.push_str(&format!("{}: {}\r\n", name.as_str(), value.as_str()));
        }
        let mut stream =
            TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).unwrap();
        stream.write_all(format!("{text}\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = body.as_bytes().to_vec();
        Ok(AsyncRawResponse::from_bytes(StatusCode::from(status), Headers::new(), body))
    }
}

/// What the command of a run does: prints the token that the library finds by the kind in a variable.
#[test]
#[ignore = "the command of the run that the test below starts"]
fn borrow_a_token() {
    let kind = std::env::var("BORROW").unwrap();
    let credential: Arc<dyn TokenCredential> = match kind.as_str() {
        "mi" => {
            let transport = Some(Transport::new(Arc::new(OneRequest)));
            let client_options = ClientOptions { transport, ..ClientOptions::default() };
            let options = ManagedIdentityCredentialOptions { client_options, ..Default::default() };
            ManagedIdentityCredential::new(Some(options)).unwrap()
        }
        tenant => {
            let tenant_id = Some(tenant.to_owned()).filter(|tenant| tenant != "cli");
            let options = AzureCliCredentialOptions { tenant_id, ..Default::default() };
            AzureCliCredential::new(Some(options)).unwrap()
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let token = runtime.block_on(credential.get_token(&[VAULT], None)).unwrap();
    writeln!(std::io::stdout(), "TOKEN {}", token.token.secret()).unwrap();
}

/// The command of the run, which asks for a token by this kind of credential.
pub(crate) fn rust_client(errand: &Errand, kind: &str) -> std::process::Command {
    let mut command = errand.borrower(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "--nocapture", "exec_rust::borrow_a_token"]);
    command.env("BORROW", kind);
    command
}

#[test]
fn the_library_for_rust_finds_its_tokens_by_both_roads() {
    let lab = of_both_tenants();
    let errand = Errand::start(&lab, &BOTH);
    for (kind, tenant) in [
        ("mi", world::PUBLISHER_TENANT),
        ("cli", world::PUBLISHER_TENANT),
        (world::CONSUMER_TENANT, world::CONSUMER_TENANT),
    ] {
        let said = printed(rust_client(&errand, kind));
        let token = said.lines().find_map(|line| line.split_once("TOKEN ")).unwrap().1;
        assert_eq!(claims(token)["tid"], tenant, "{kind}");
    }
}
