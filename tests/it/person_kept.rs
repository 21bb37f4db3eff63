//! A person's sign-in where there is no desktop: under each store, and kill -9 at each write of the commands that keep
//! one. And what a second tenant asks for beyond the first.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sandbox::world;
use serde_json::Value;

use crate::person_sign_in::{ADD, sign_in, signed_in};
use crate::stores::{PASSPHRASE, USE};
use crate::stores_kernel::{done, run};
use crate::support::kill::{Point, Victim};
use crate::support::lab::{Lab, Ran};
use crate::support::program;
use crate::support::sign_in_page::{consented, invited, keep_person, with_browser};

const BOOT: [&str; 5] = ["credential", "store", "use", "boot", "--yes"];
const LOGIN: [&str; 4] = ["credential", "login", "-n", "me"];
const REMOVE: [&str; 5] = ["credential", "remove", "-n", "me", "--yes"];
const HOME: [&str; 3] = ["--tenant", world::PUBLISHER_TENANT, "--default"];
const GET: [&str; 2] = ["token", "get"];

/// A computer whose only store is a file: no bus, a kernel that keeps keys, and a browser that signs Ada in.
fn server() -> Lab {
    with_browser(Lab::new())
        .env("AZ_IMAGESHARE_KEY_CACHE", "on")
        .env("AZ_IMAGESHARE_HISTORY", "off")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .env("XDG_RUNTIME_DIR", "/nonexistent")
}

/// A token that is no copy of an earlier one.
fn get(lab: &Lab) -> Ran {
    done(lab, &["token", "clear", "--all"], "");
    run(lab, &GET, "")
}

/// The sealed sign-ins, or what holds a refresh token that is not sealed.
fn sealed(lab: &Lab) -> Result<usize, String> {
    let tokens: Vec<String> = lab.azure.state(|state| {
        state
            .grants
            .iter()
            .map(|grant| grant.value.clone())
            .filter(|value| !value.is_empty())
            .collect()
    });
    let mut count = 0;
    for (path, content) in Lab::contents(&lab.files()) {
        let text = String::from_utf8_lossy(&content);
        if tokens.iter().any(|token| text.contains(token.as_str())) || text.contains("eyJ0") {
            return Err(format!("{} holds a token in plaintext", path.display()));
        }
        count += usize::from(
            path.parent().is_some_and(|folder| folder.ends_with("certificates"))
                && path.extension().is_some_and(|ending| ending == "sealed"),
        );
    }
    Ok(count)
}

#[test]
fn a_person_signs_in_under_a_passphrase_and_until_the_restart() {
    let to_files = [&USE[..], &["--passphrase-stdin"]].concat();
    for (store, choose) in [("passphrase", &to_files[..]), ("boot", &BOOT[..])] {
        let lab = server();
        done(&lab, choose, PASSPHRASE);
        done(&lab, &[&ADD[..], &HOME].concat(), "");
        assert_eq!(get(&lab).json()["tenant"], world::PUBLISHER_TENANT, "{store}");
        assert_eq!(sealed(&lab), Ok(1), "{store}");
        done(&lab, &["lock", "--yes"], "");
        let locked = run(&lab, &GET, "");
        let hint =
            if store == "boot" { "credential login -n NAME" } else { "az-imageshare unlock" };
        assert!(locked.refused(15).contains(hint), "{store}: {locked:?}");
        if store == "passphrase" {
            done(&lab, &["unlock", "--passphrase-stdin"], PASSPHRASE);
        } else {
            // The key is gone, as after a restart: the person signs in again.
            done(&lab, &LOGIN, "");
        }
        assert_eq!(get(&lab).json()["tenant"], world::PUBLISHER_TENANT, "{store}");
        done(&lab, &REMOVE, "");
        assert_eq!(sealed(&lab), Ok(0), "{store}");
    }
}

/// At the calls that change a file or a key; the page and its browser are another process.
fn is_write(point: &Point) -> bool {
    const WRITES: [&str; 9] = [
        "rename",
        "renameat",
        "renameat2",
        "fsync",
        "unlink",
        "unlinkat",
        "add_key",
        "mkdir",
        "flock",
    ];
    WRITES.contains(&&*point.call)
}

fn sweep(words: &[&str], prepare: impl Fn(&Lab), check: impl Fn(&Lab) -> Result<(), String>) {
    let lab = server();
    done(&lab, &BOOT, "");
    prepare(&lab);
    let line = std::iter::once(program::path().to_str().unwrap()).chain(words.iter().copied());
    let victim = Victim {
        line: line.map(str::to_owned).collect(),
        env: lab.variables().clone().into_iter().collect(),
        input: Path::new("/dev/null"),
        from: "imageshare",
    };
    let sweep =
        victim.sweep_at(is_write, || prepare(&lab), || sealed(&lab).and_then(|_| check(&lab)));
    assert!(sweep.unsound.is_empty(), "{sweep:#?}");
    assert!(sweep.killed > 4 && sweep.killed * 10 > sweep.points * 8, "{sweep:?}");
}

fn works(lab: &Lab) -> Result<(), String> {
    let got = get(lab);
    if got.code == 0 { Ok(()) } else { Err(format!("{got:?}")) }
}

#[test]
fn an_addition_can_be_killed_at_each_write() {
    let add = [&ADD[..], &HOME].concat();
    let check = |lab: &Lab| {
        let listed = run(lab, &["credential", "list", "-o", "json"], "");
        // All of it is there, or nothing; what is left over goes with the next change.
        if listed.json().as_array().unwrap().is_empty() {
            done(lab, &add, "");
        }
        works(lab)?;
        done(lab, &["credential", "update", "-n", "me", "--subscription", ""], "");
        match sealed(lab)? {
            1 => Ok(()),
            other => Err(format!("{other} sealed sign-ins")),
        }
    };
    sweep(&add, |lab| drop(run(lab, &REMOVE, "")), check);
}

#[test]
fn a_login_can_be_killed_at_each_write() {
    let prepare = |lab: &Lab| {
        if run(lab, &["credential", "show", "-n", "me"], "").code != 0 {
            done(lab, &[&ADD[..], &HOME].concat(), "");
        }
    };
    let check = |lab: &Lab| {
        works(lab)?;
        done(lab, &LOGIN, "");
        match sealed(lab)? {
            1 => works(lab),
            other => Err(format!("{other} sealed sign-ins")),
        }
    };
    sweep(&LOGIN, prepare, check);
}

/// What the last request for a token of a tenant carried.
fn claims_sent(lab: &Lab, tenant: &str) -> Option<Value> {
    let journal = lab.azure.journal();
    let last = journal
        .iter()
        .rev()
        .find(|call| call.path.contains(tenant) && call.path.ends_with("/token"))?;
    serde_json::from_str(last.body["claims"].as_str()?).ok()
}

/// The words of the command in a hint.
fn command_in(text: &str) -> Vec<&str> {
    let (_, command) = text.split_once("`az-imageshare credential login ").expect(text);
    let words = command.split_once('`').unwrap().0.split(' ');
    ["credential", "login"].into_iter().chain(words).collect()
}

#[test]
fn a_tenant_that_asks_with_its_refusal_is_answered_by_the_one_command() {
    let lab = Lab::new();
    invited(&lab);
    consented(&lab, world::CONSUMER_TENANT);
    signed_in(&lab, &["--also-tenant", world::CONSUMER_TENANT, "--default"]);
    lab.azure.state(|state| state.directory.second_factor.push(world::CONSUMER_TENANT.to_owned()));
    lab.run(&["token", "clear", "--all"]);
    let there = ["token", "get", "--tenant", world::CONSUMER_TENANT];
    let told = lab.run(&there);
    let words = command_in(told.refused(4));
    assert!(words.contains(&world::CONSUMER_TENANT), "{words:?}");
    let claims = STANDARD.decode(words.last().unwrap()).unwrap();
    assert!(String::from_utf8(claims).unwrap().contains("capolids"), "{words:?}");
    let who = (world::PUBLISHER_USER_NAME, true);
    assert_eq!(sign_in(&lab, &words, who, "accept").code, 0);
    assert_eq!(lab.run(&there).json()["tenant"], world::CONSUMER_TENANT);
    assert!(
        claims_sent(&lab, world::CONSUMER_TENANT).unwrap()["access_token"]["capolids"].is_object()
    );
    // Another tenant's claims replace none of these.
    let asked = STANDARD.encode(r#"{"access_token":{"acrs":{"values":["p1"]}}}"#);
    let at_home = [&LOGIN[..], &["--claims", &asked]].concat();
    assert_eq!(sign_in(&lab, &at_home, who, "accept").code, 0);
    lab.run(&there).refused(4);
    assert!(
        claims_sent(&lab, world::CONSUMER_TENANT).unwrap()["access_token"]["capolids"].is_object()
    );
}

#[test]
fn an_addition_that_a_second_factor_stops_says_how_to_go_on() {
    let lab = with_browser(Lab::new());
    invited(&lab);
    consented(&lab, world::CONSUMER_TENANT);
    lab.azure.state(|state| state.directory.second_factor.push(world::CONSUMER_TENANT.to_owned()));
    let words = [&ADD[..], &HOME, &["--also-tenant", world::CONSUMER_TENANT]].concat();
    let told = lab.run(&words);
    let text = told.refused(4);
    assert!(text.contains("nothing was saved") && text.contains("--no-test"), "{text}");
    assert!(!text.contains("az login"), "{text}");
    keep_person(&lab, &["--default"]);
    lab.run(&command_in(text)).json();
    let there = ["token", "get", "--tenant", world::CONSUMER_TENANT];
    assert_eq!(lab.run(&there).json()["tenant"], world::CONSUMER_TENANT);
}

#[test]
fn the_application_of_people_is_named_once_in_the_config() {
    let lab = with_browser(Lab::new());
    let add = ["credential", "add", "-n", "me", "--sign-in", "browser"];
    let words = [&add[..], &HOME].concat();
    let told = lab.run(&words);
    assert!(
        told.refused(2).contains("client_id = GUID") && told.stderr.contains("--client-id GUID"),
        "{told:?}"
    );
    let config = lab.home.path().join(".azure/config");
    let write = |value: &str| {
        let kept = std::fs::read_to_string(&config).unwrap_or_default();
        let kept = kept.split("[imageshare]").next().unwrap_or_default();
        std::fs::write(&config, format!("{kept}[imageshare]\nclient_id = {value}\n")).unwrap();
    };
    write("image-people");
    let told = lab.run(&words);
    assert!(told.refused(2).contains("'image-people'"), "{told:?}");
    write(world::PERSON_CLIENT);
    assert_eq!(lab.run(&words).json()["clientId"], world::PERSON_CLIENT);
    // Only people have one: an application names itself.
    let told = lab.run_with_input(
        &["credential", "add", "-n", "x", "--tenant", world::PUBLISHER_TENANT, "--secret-stdin"],
        "x",
    );
    assert!(told.refused(2).contains("--client-id"), "{told:?}");
}
