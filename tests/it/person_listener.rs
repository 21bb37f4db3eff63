//! The port that waits for a browser, under attack: raw sockets, another user, and answers that are not ours.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use sandbox::world;

use crate::person_sign_in::{ADD, MARK, decide};
use crate::support::lab::{Captured, Lab, Ran};

/// What the address asks for.
struct Waiting {
    url: String,
    port: u16,
    state: String,
}

fn waiting(stderr: &Captured) -> Waiting {
    let url = stderr.after(MARK);
    let parsed: url::Url = url.parse().unwrap();
    let value =
        |name: &str| parsed.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let port = value("redirect_uri").rsplit(':').next().unwrap().parse().unwrap();
    Waiting { port, state: value("state"), url }
}

fn add(lab: &Lab, meanwhile: impl FnOnce(&Waiting) + Send) -> Ran {
    let words = [&ADD[..], &["--tenant", world::PUBLISHER_TENANT, "--timeout", "60s"]].concat();
    lab.run_while(&words, |stderr| meanwhile(&waiting(stderr)))
}

/// Sends bytes, and gives what comes back before the connection ends.
fn send(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // A refusal may come before all is sent.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn form(port: u16, head: &str, body: &str) -> Vec<u8> {
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let length = body.len();
    format!("POST / HTTP/1.1\r\nHost: localhost:{port}\r\n{kind}\r\n{head}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// What is not the form of the sign-in, and with which status it is turned away; none if the connection just ends.
fn attacks(waiting: &Waiting) -> Vec<(&'static str, Vec<u8>)> {
    let (port, state) = (waiting.port, &waiting.state);
    let good = format!("code=stolen&state={state}");
    let host = format!("Host: localhost:{port}\r\n");
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    let length = format!("Content-Length: {}\r\n\r\n{good}", good.len());
    vec![
        ("405", format!("GET /?{good} HTTP/1.1\r\n{host}\r\n").into_bytes()),
        (
            "405",
            format!("OPTIONS / HTTP/1.1\r\n{host}Origin: https://evil.example\r\n\r\n")
                .into_bytes(),
        ),
        ("404", format!("POST /x HTTP/1.1\r\n{host}{kind}{length}").into_bytes()),
        ("404", format!("POST /?{good} HTTP/1.1\r\n{host}{kind}{length}").into_bytes()),
        ("403", format!("POST / HTTP/1.1\r\nHost: evil.example\r\n{kind}{length}").into_bytes()),
        (
            "403",
            format!("POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{kind}{length}").into_bytes(),
        ),
        ("403", format!("POST / HTTP/1.1\r\n{kind}{length}").into_bytes()),
        ("403", form(port, "Sec-Fetch-Mode: no-cors\r\n", &good)),
        (
            "415",
            format!("POST / HTTP/1.1\r\n{host}Content-Type: text/plain\r\n{length}").into_bytes(),
        ),
        ("400", form(port, "", "code=stolen&state=guessed")),
        ("400", form(port, "", "code=stolen")),
        ("400", form(port, "", &format!("{good}&state={state}"))),
        ("400", form(port, "", &format!("{good}&code=second"))),
        (
            "400",
            format!("POST http://localhost:{port}/ HTTP/1.1\r\n{host}{kind}{length}").into_bytes(),
        ),
        ("400", format!("POST / HTTP/1.0\r\n{host}{kind}{length}").into_bytes()),
        ("413", form(port, "", &format!("{good}&x={}", "a".repeat(20_000)))),
        ("431", format!("POST / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(9_000)).into_bytes()),
        ("", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("", vec![0; 600]),
    ]
}

#[test]
fn what_is_not_the_form_of_our_sign_in_is_turned_away_and_the_wait_goes_on() {
    let lab = Lab::new();
    let ran = add(&lab, |waiting| {
        for (status, bytes) in attacks(waiting) {
            let port = waiting.port;
            let answer = send(port, &bytes);
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(120)]).into_owned();
            assert!(answer.split(' ').nth(1) != Some("200"), "{shown}: {answer}");
            assert!(
                answer.split(' ').nth(1) == Some(status) || status.is_empty(),
                "{shown}: {answer}"
            );
            assert!(!answer.to_ascii_lowercase().contains("access-control-allow"), "{answer}");
        }
        // Visitors who say nothing do not shut the browser out.
        let slow: Vec<TcpStream> =
            (0..80).filter_map(|_| TcpStream::connect(("127.0.0.1", waiting.port)).ok()).collect();
        let shown = decide(&waiting.url, (world::PUBLISHER_USER_NAME, false), "accept");
        assert!(shown.contains("close this page"), "{shown}");
        drop(slow);
    });
    assert_eq!(ran.json()["account"], world::PUBLISHER_USER_NAME);
}

#[test]
fn a_code_that_is_not_of_this_sign_in_is_worth_nothing() {
    // Somebody who knows the address posts a code of his own: its challenge is another.
    let lab = Lab::new();
    let ran = add(&lab, |waiting| {
        let other = "a".repeat(43);
        let mut url: url::Url = waiting.url.parse().unwrap();
        let changed: Vec<(String, String)> = url
            .query_pairs()
            .map(|(key, value)| {
                let value =
                    if key == "code_challenge" { other.clone() } else { value.into_owned() };
                (key.into_owned(), value)
            })
            .collect();
        url.query_pairs_mut().clear().extend_pairs(changed);
        decide(url.as_str(), (world::PUBLISHER_USER_NAME, false), "accept");
    });
    assert!(ran.refused(4).contains("AADSTS501481"), "{ran:?}");
    let lab = Lab::new();
    let ran = add(&lab, |waiting| {
        let body = format!("code=made-up&state={}", waiting.state);
        assert!(send(waiting.port, &form(waiting.port, "", &body)).starts_with("HTTP/1.1 200"));
    });
    let text = ran.refused(4);
    assert!(text.contains("AADSTS9002313") && !text.contains("made-up"), "{text}");
    assert!(lab.run(&["credential", "list"]).json().as_array().unwrap().is_empty());
}

#[test]
fn another_user_of_this_computer_is_turned_away_with_the_right_state() {
    // Only root can become another user; without root there is no other user to be.
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout != b"0\n" {
        let mut command = Command::new(crate::support::tool("setpriv"));
        let refused = command.args(["--reuid", "65534", "true"]).output();
        assert!(!refused.unwrap().status.success(), "we could be another user: try it");
        return;
    }
    let lab = Lab::new();
    let ran = add(&lab, |waiting| {
        let body = format!("code=his&state={}", waiting.state);
        let script = "import socket, sys\ns = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\ns.sendall(sys.argv[2].encode())\nprint(s.recv(200).decode())";
        let request = String::from_utf8(form(waiting.port, "", &body)).unwrap();
        let told = Command::new(crate::support::tool("setpriv"))
            .args(["--reuid", "65534", "--clear-groups", "/usr/bin/python3", "-c", script])
            .args([&waiting.port.to_string(), &request])
            .output()
            .unwrap();
        let answer = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer} {told:?}");
        decide(&waiting.url, (world::PUBLISHER_USER_NAME, false), "accept");
    });
    assert_eq!(ran.json()["account"], world::PUBLISHER_USER_NAME);
}
