//! The listeners over real sockets: TLS against the sandbox's own authority, and faults as a client meets them.

#![expect(
    clippy::unwrap_used,
    reason = "the lint's exemption for tests does not reach helper functions"
)]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use sandbox::{Fault, FaultKind, Listener, Sandbox};

/// Sends one request and reads to the end of the connection.
fn send(azure: &Sandbox, url: &str, path: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(azure.ca_pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let address = url.trim_start_matches("https://").replace("localhost", "127.0.0.1");
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address)?);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut text = Vec::new();
    match stream.read_to_end(&mut text) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
        Err(error) => return Err(error),
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

const PATH: &str = "/subscriptions?api-version=2022-12-01";

#[test]
fn the_journal_and_the_answer_agree() {
    let azure = Sandbox::start();
    let answer = send(&azure, azure.arm_url(), PATH).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 401") && answer.contains("AuthenticationFailed"),
        "{answer}"
    );
    assert!(answer.to_ascii_lowercase().contains("www-authenticate: bearer"), "{answer}");
    let journal = azure.journal();
    assert_eq!(
        (journal.len(), journal[0].listener, journal[0].status),
        (1, Listener::Management, 401)
    );
    assert_eq!(azure.calls("get", "/SUBSCRIPTIONS"), 1);
}

#[test]
fn a_reset_is_a_reset_and_hits_once() {
    let azure = Sandbox::start();
    azure.inject(Fault::new(FaultKind::Reset).path("/subscriptions"));
    let error = send(&azure, azure.arm_url(), PATH).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(send(&azure, azure.arm_url(), PATH).is_ok());
    assert_eq!(azure.journal()[0].status, 0);
}

#[test]
fn a_truncated_answer_promises_more_than_it_holds() {
    let azure = Sandbox::start();
    azure.inject(Fault::new(FaultKind::Truncate));
    let answer = send(&azure, azure.arm_url(), PATH).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = head
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned));
    let promised: usize = length.unwrap().parse().unwrap();
    assert!(!body.is_empty() && body.len() < promised, "{answer}");
}

#[test]
fn throttling_says_when_to_come_back() {
    let azure = Sandbox::start();
    azure.inject(Fault::throttled(1).times(2));
    let statuses: Vec<String> =
        (0..3).map(|_| send(&azure, azure.arm_url(), PATH).unwrap()[9..12].to_owned()).collect();
    assert_eq!(statuses, ["429", "429", "401"]);
}

#[test]
fn elsewhere_only_journals() {
    let azure = Sandbox::start();
    assert!(send(&azure, azure.elsewhere_url(), "/anything").unwrap().starts_with("HTTP/1.1 200"));
    assert_eq!(azure.journal()[0].listener, Listener::Elsewhere);
}
