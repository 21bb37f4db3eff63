//! A run that is longer than an assertion lives: the pipeline is asked for another.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;

use sandbox::world;

use crate::federated::in_github;
use crate::support::errand::exec;
use crate::support::lab::Lab;
use crate::support::lent::{movable_clock, while_lent};

/// Asks the endpoint of a run for a token.
fn ask(url: &str, secret: &str) -> String {
    let place = url.strip_prefix("http://").unwrap();
    let (host, path) = place.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let query = "api-version=2019-08-01&resource=https://vault.azure.net";
    write!(
        stream,
        "GET /{path}?{query} HTTP/1.1\r\nHost: {host}\r\nX-IDENTITY-HEADER: {secret}\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn six_hours_of_one_run_are_a_handful_of_assertions_and_no_ended_one() {
    let (ahead, clock) = movable_clock();
    let lab = in_github(Lab::new())
        .env("AZURE_TENANT_ID", world::PUBLISHER_TENANT)
        .env("AZURE_CLIENT_ID", world::FEDERATED_CLIENT)
        .env("PATH", "/usr/bin:/bin");
    while_lent(&lab, clock, |url, secret| {
        let before = lab.azure.calls("GET", "/pipeline/");
        for quarter in 0..24 {
            let answer = ask(url, secret);
            assert!(answer.starts_with("HTTP/1.1 200"), "quarter {quarter}: {answer}");
            ahead.fetch_add(900, Ordering::SeqCst);
            lab.azure.advance(900);
        }
        let assertions = lab.azure.calls("GET", "/pipeline/") - before;
        assert!((6..=8).contains(&assertions), "{assertions} assertions in six hours");
    });
}

#[test]
fn inside_a_run_our_own_command_has_no_pipeline_to_ask_and_says_where_it_has() {
    let lab = in_github(Lab::new());
    let add = ["credential", "add", "-n", "ci", "--federated", "github", "--default"];
    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::FEDERATED_CLIENT];
    lab.run(&[&add[..], &who].concat()).json();
    let script =
        "az-imageshare token get; echo $?; az account get-access-token --query tenant -o tsv";
    let ran = exec(&lab, &[], &["sh", "-c", script]).output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(stdout, format!("4\n{}\n", world::PUBLISHER_TENANT), "{stderr}");
    assert!(stderr.contains("run this outside of `exec`"), "{stderr}");
}
