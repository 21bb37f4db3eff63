//! A browser for those who want no window: it accepts on the sandbox's sign-in page, and posts what comes back.

use sandbox::{Person, PrincipalKind, world};

use super::lab::Lab;

/// Fetches the page, presses Accept as Ada with a second factor, and posts the form that follows.
const BROWSER: &str = r#"#!/usr/bin/python3
import html, re, ssl, sys, urllib.parse as p, urllib.request as r
trust = ssl._create_unverified_context()
form = {"user": "USER", "mfa": "yes", "decision": "accept"}
page = r.urlopen(sys.argv[1], p.urlencode(form).encode(), context=trust).read().decode()
action = html.unescape(re.search('action="([^"]*)"', page)[1])
fields = re.findall('name="([^"]*)" value="([^"]*)"', page)
r.urlopen(action, p.urlencode([(k, html.unescape(v)) for k, v in fields]).encode()).read()
"#;

/// The same laboratory on a desktop whose browser does that.
pub(crate) fn with_browser(lab: Lab) -> Lab {
    let folder = lab.home.path().join("bin");
    std::fs::create_dir(&folder).unwrap();
    let program = folder.join("xdg-open");
    std::fs::write(&program, BROWSER.replace("USER", world::PUBLISHER_USER_NAME)).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.display());
    lab.env("PATH", &path).env("DISPLAY", ":0")
}

const GUEST: &str = "7d1c5b0e-6a0f-4f5e-9d3c-2b8a1e4f6c01";

/// Makes the publisher's person a guest of the consumer's tenant.
pub(crate) fn invited(lab: &Lab) {
    lab.azure.state(|state| {
        let mut all = state.principals.iter();
        let mut guest = all.find(|one| one.id == world::PUBLISHER_USER).unwrap().clone();
        guest.id = GUEST.to_owned();
        guest.tenant = world::CONSUMER_TENANT.to_owned();
        guest.login = "ada_contoso.example#EXT#@fabrikam.onmicrosoft.com".to_owned();
        state.principals.push(guest);
        let person = Person {
            mail: Some(world::PUBLISHER_USER_NAME.to_owned()),
            guest: true,
            ..Person::default()
        };
        state.directory.people.insert(GUEST.to_owned(), person);
    });
}

/// An administrator of a tenant lets the people's application in.
pub(crate) fn consented(lab: &Lab, tenant: &str) {
    lab.azure.state(|state| {
        let mut all = state.principals.iter();
        let mut known = all.find(|one| one.id == world::CONSUMER_OBJECT).unwrap().clone();
        known.id = format!("7d1c5b0e-6a0f-4f5e-9d3c-{}", &tenant.replace('-', "")[..12]);
        known.kind = PrincipalKind::ServicePrincipal;
        known.tenant = tenant.to_owned();
        known.login = world::PERSON_CLIENT.to_owned();
        known.name = "image-people".to_owned();
        state.principals.push(known);
    });
}

/// The credential `me` of Ada, for both tenants.
pub(crate) fn keep_person(lab: &Lab, more: &[&str]) {
    let add = ["credential", "add", "-n", "me", "--sign-in", "browser", "--no-test"];
    let who = ["--client-id", world::PERSON_CLIENT, "--tenant", world::PUBLISHER_TENANT];
    let also = ["--also-tenant", world::CONSUMER_TENANT];
    lab.run(&[&add[..], &who, &also, more].concat()).json();
}
