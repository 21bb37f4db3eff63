//! `share app consent-url` in a real browser: the page is opened, somebody clicks, the program hears of it.

use std::io::{Read, Write};
use std::net::TcpStream;

use sandbox::{Listener, world};

use crate::support::applications::register_application;
use crate::support::browser::Browser;
use crate::support::lab::{Captured, Lab, Ran};

const MARK: &str = "Open this address in a browser: ";

/// Registers an application and gives its client id.
fn registered(lab: &Lab) -> String {
    register_application(lab, "bridge", &["--consumer-tenant", world::CONSUMER_TENANT])
}

fn consent(
    lab: &Lab,
    client: &str,
    rest: &[&str],
    meanwhile: impl FnOnce(&Captured) + Send,
) -> Ran {
    let fixed =
        ["share", "app", "consent-url", "--client-id", client, "--tenant", world::CONSUMER_DOMAIN];
    lab.run_while(&[&fixed[..], &["--listen", "--timeout", "60s"], rest].concat(), meanwhile)
}

fn is_known(lab: &Lab, client: &str) -> bool {
    lab.azure.state(|state| {
        let mut all = state.principals.iter();
        all.any(|known| known.login == client && known.tenant == world::CONSUMER_TENANT)
    })
}

#[test]
fn a_click_on_accept_is_heard_of_and_checked_on_every_page() {
    for page in ["admin", "admin-v2", "user"] {
        let lab = Lab::publisher();
        let client = registered(&lab);
        let ran = consent(&lab, &client, &["--page", page], |stderr| {
            let mut browser = Browser::start();
            browser.open(&stderr.after(MARK));
            assert!(
                browser.text().contains("bridge wants to be known in Fabrikam"),
                "{}",
                browser.text()
            );
            browser.click("accept");
            assert!(browser.text().contains("Thank you"), "{page}: {}", browser.text());
        });
        let result = ran.json();
        assert_eq!(result["accepted"], true, "{page}: {ran:?}");
        assert_eq!(result["tenantId"], world::CONSUMER_TENANT);
        assert!(is_known(&lab, &client), "{page}");
    }
}

#[test]
fn a_click_on_cancel_is_told_in_entras_words() {
    let lab = Lab::publisher();
    let client = registered(&lab);
    let ran = consent(&lab, &client, &[], |stderr| {
        let mut browser = Browser::start();
        browser.open(&stderr.after(MARK));
        browser.click("cancel");
        assert!(browser.text().contains("not given"), "{}", browser.text());
    });
    let stderr = ran.refused(1);
    assert!(stderr.contains("access_denied") && stderr.contains("AADSTS65004"), "{stderr}");
    assert!(!is_known(&lab, &client));
}

/// Asks our own listener as somebody who is no browser of ours.
fn call(url: &str, query: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let redirect = url.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1;
    let redirect = url::Url::parse(&redirect).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", redirect.port().unwrap())).unwrap();
    write!(stream, "GET {}?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n", redirect.path()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn state(url: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(name, _)| name == "state");
    found.unwrap().1.into_owned()
}

#[test]
fn a_made_up_answer_is_not_believed() {
    let lab = Lab::publisher();
    let client = registered(&lab);
    let ran = consent(&lab, &client, &[], |stderr| {
        let url = stderr.after(MARK);
        let tenant = world::CONSUMER_TENANT;
        let wrong = call(&url, &format!("admin_consent=True&tenant={tenant}&state=guessed"));
        assert!(wrong.starts_with("HTTP/1.1 400"), "{wrong}");
        // With the right state, but without any consent: reading the tenant tells.
        let forged =
            call(&url, &format!("admin_consent=True&tenant={tenant}&state={}", state(&url)));
        assert!(forged.starts_with("HTTP/1.1 200"), "{forged}");
    });
    assert!(ran.refused(1).contains("whatever the browser says"), "{ran:?}");
    let asked = lab.azure.journal().into_iter().filter(|call| call.listener == Listener::Login);
    assert!(asked.count() > 0);
}

#[test]
fn the_address_alone_names_the_cloud_and_a_loopback_redirect() {
    let lab = Lab::new();
    let wanted = ["--client-id", world::MULTI_TENANT_CLIENT, "--tenant", world::CONSUMER_TENANT];
    let ran = lab.run(&[&["share", "app", "consent-url"], &wanted[..]].concat());
    let shown = ran.json();
    let url = shown["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!(
            "{}/{}/adminconsent?",
            lab.azure.login_url(),
            world::CONSUMER_TENANT
        )),
        "{url}"
    );
    assert!(url.contains("redirect_uri=http%3A%2F%2Flocalhost%2Faz-imageshare"), "{url}");
    assert_eq!(state(url), shown["state"]);
    assert_eq!(shown["accepted"], serde_json::Value::Null);
}
