//! `credential renew`: the new one works before the old one goes, whatever breaks on the way.

#[cfg(unix)]
use std::process::Command;

#[cfg(unix)]
use sandbox::Fault;
use sandbox::world;
use serde_json::{Value, json};

use crate::faults::{Trial, is_honest, sweep, trials_of};
use crate::support::lab::{Lab, Ran};
#[cfg(unix)]
use crate::support::tool;

const OWN: &[&str] = &["Application.ReadWrite.OwnedBy"];
const RENEW: [&str; 5] = ["credential", "renew", "-n", "app", "--yes"];

fn with_secret() -> Lab {
    let lab = Lab::new();
    renewable(&lab);
    lab
}

/// The credential `app` with a client secret, which may renew itself.
pub(crate) fn renewable(lab: &Lab) {
    lab.azure.state(|state| {
        // It administers nothing but itself, and has one secret.
        state.directory.permissions.remove(world::DEPLOYER_OBJECT);
        state.directory.permit(world::DEPLOYER_OBJECT, OWN);
        let own = state.application_mut(world::DEPLOYER_CLIENT).unwrap();
        own.secrets.retain(|secret| secret.value == world::DEPLOYER_SECRET);
        let registration = state.directory.registration_mut(world::DEPLOYER_CLIENT);
        registration.owners.push(world::DEPLOYER_OBJECT.to_owned());
    });
    let add = ["credential", "add", "-n", "app", "--tenant", world::PUBLISHER_TENANT];
    let rest = ["--client-id", world::DEPLOYER_CLIENT, "--secret-stdin"];
    lab.run_with_input(&[&add[..], &rest[..]].concat(), world::DEPLOYER_SECRET).json();
    // With the first token comes the key of the cache.
    lab.run(&["token", "get", "--credential", "app"]).json();
    lab.azure.clear_journal();
}

/// A credential with a certificate that ends in ten days; its application has no right of any kind.
#[cfg(unix)]
fn with_certificate() -> Lab {
    let lab = Lab::new();
    certified(&lab);
    lab
}

/// The credential `app` with that certificate; the files `key.pem` and `cert.pem` are in the home folder.
#[cfg(unix)]
pub(crate) fn certified(lab: &Lab) {
    use std::os::unix::fs::PermissionsExt;

    let file = lab.home.path().join("app.pem");
    let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "10"];
    let rest = ["-subj", "/CN=old", "-keyout", "key.pem", "-out", "cert.pem"];
    let mut openssl = Command::new(tool("openssl"));
    openssl.args(request).args(rest).current_dir(lab.home.path());
    assert!(openssl.output().unwrap().status.success());
    let read = |name: &str| std::fs::read_to_string(lab.home.path().join(name)).unwrap();
    std::fs::write(&file, read("key.pem") + &read("cert.pem")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    lab.azure.register_certificate(world::CERTIFICATE_CLIENT, &read("cert.pem")).unwrap();
    let add = ["credential", "add", "-n", "app", "--tenant", world::PUBLISHER_TENANT];
    let rest = ["--client-id", world::CERTIFICATE_CLIENT, "--certificate", file.to_str().unwrap()];
    lab.run(&[&add[..], &rest[..]].concat()).json();
    lab.azure.clear_journal();
}

pub(crate) fn secrets(lab: &Lab) -> Vec<String> {
    lab.azure.state(|state| {
        let found = state.application(world::DEPLOYER_CLIENT).unwrap();
        found.secrets.iter().map(|secret| secret.value.clone()).collect()
    })
}

#[cfg(unix)]
pub(crate) fn certificates(lab: &Lab) -> Vec<Vec<u8>> {
    lab.azure
        .state(|state| state.application(world::CERTIFICATE_CLIENT).unwrap().certificates.clone())
}

#[track_caller]
fn works(lab: &Lab) {
    lab.run(&["token", "clear", "--all"]);
    lab.run(&["token", "get", "--credential", "app"]).json();
}

fn keeps(lab: &Lab, text: &str) -> bool {
    let holds = |content: &Vec<u8>| String::from_utf8_lossy(content).contains(text);
    Lab::contents(&lab.files()).iter().any(|(_, content)| holds(content))
}

#[test]
fn a_client_secret_gives_way_to_one_that_signs_in() {
    let lab = with_secret();
    lab.azure.state(|state| state.directory.fresh_secret_refusals = 2);
    let renewed = lab.run(&RENEW);
    assert!(renewed.json()["secretExpiresOn"].is_string(), "{renewed:?}");
    let left = secrets(&lab);
    assert_eq!(left.len(), 1, "the old one is gone");
    assert_ne!(left[0], world::DEPLOYER_SECRET);
    for told in [&renewed, &lab.run(&["history", "show", "latest"])] {
        assert!(!told.stdout.contains(&left[0]) && !told.stderr.contains(&left[0]), "{told:?}");
    }
    assert!(!keeps(&lab, &left[0]));
    works(&lab);
    // The next one knows its key, and needs no likeness.
    lab.run(&RENEW).json();
    assert_eq!(secrets(&lab).len(), 1);
    works(&lab);
}

#[test]
fn a_dry_run_makes_nothing_and_the_old_one_goes_only_by_consent() {
    let lab = with_secret();
    let dry = lab.run(&["credential", "renew", "-n", "app", "--dry-run", "--detailed-exitcode"]);
    assert_eq!(dry.code, 8, "{dry:?}");
    let plan: Value = serde_json::from_str(&dry.stdout).unwrap();
    let totals = json!({"create": 1, "update": 1, "replace": 1, "remove": 1, "keep": 0});
    assert_eq!(plan["totals"], totals, "{plan:#}");
    assert_eq!(lab.azure.calls("POST", "Password"), 0);
    lab.run(&["credential", "renew", "-n", "app"]).refused(2);
    assert_eq!(secrets(&lab), [world::DEPLOYER_SECRET]);
    let keep = ["credential", "renew", "-n", "app", "--keep-old"];
    lab.run(&keep).json();
    assert_eq!(secrets(&lab).len(), 2);
    lab.run(&keep).json();
    let kept = secrets(&lab);
    assert_eq!(kept.len(), 3);
    works(&lab);
    // What was to stay is not taken for a leftover.
    lab.run(&RENEW).json();
    let left = secrets(&lab);
    assert_eq!((left.len(), &left[..2]), (3, &kept[..2]));
    works(&lab);
}

#[test]
fn who_may_not_is_told_what_to_give_or_what_is_better() {
    let lab = with_secret();
    lab.azure
        .state(|state| state.directory.registration_mut(world::DEPLOYER_CLIENT).owners.clear());
    let told = lab.run(&RENEW);
    let text = told.refused(1);
    for part in ["az ad app permission add", "az ad app owner add", "use a certificate"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(secrets(&lab), [world::DEPLOYER_SECRET]);
    let lab = with_secret();
    lab.azure.state(|state| state.directory.longest_certificate_days = Some(90));
    let told = lab.run(&RENEW);
    let text = told.refused(1);
    assert!(text.contains("exceeds the max value allowed") && text.contains("--days 90"), "{text}");
    lab.run(&[&RENEW[..], &["--days", "30"]].concat()).json();
    works(&lab);
}

#[test]
fn due_means_all_that_end_soon_and_says_what_it_could_not_do() {
    let lab = with_secret();
    let none = lab.run(&["credential", "renew", "--due", "30", "--yes"]);
    assert_eq!(none.json(), json!([]));
    assert!(none.stderr.contains("nothing was renewed"), "{none:?}");
    lab.run(&[&RENEW[..], &["--days", "20"]].concat()).json();
    let due = lab.run(&["credential", "renew", "--due", "--yes"]);
    assert_eq!(due.json()[0]["name"], "app", "{due:?}");
    works(&lab);
}

#[cfg(unix)]
#[test]
fn a_certificate_renews_itself_without_any_permission() {
    let lab = with_certificate();
    let old = certificates(&lab);
    // Nobody without a permission reads a registration: the object ID is given once.
    let closed = || Fault::status(403).method("GET").path("/applications").always();
    lab.azure.inject(closed());
    let told = lab.run(&RENEW);
    assert!(told.refused(2).contains("--application-object-id"), "{told:?}");
    let object = lab
        .azure
        .state(|state| state.application(world::CERTIFICATE_CLIENT).unwrap().object_id.clone());
    let named = [&RENEW[..], &["--application-object-id", &object]].concat();
    let renewed = lab.run(&named);
    assert_eq!(renewed.json()["kind"], "certificate", "{renewed:?}");
    assert!(renewed.stderr.contains("stays valid in Entra"), "{renewed:?}");
    works(&lab);
    let now = certificates(&lab);
    assert_eq!((now.len(), &now[0]), (2, &old[0]));
    // What we made ourselves is known by its key: the second renewal takes it along.
    lab.run(&RENEW).json();
    let then = certificates(&lab);
    assert_eq!(then.len(), 2);
    assert!(then.contains(&old[0]) && !then.contains(&now[1]));
    works(&lab);
}

#[cfg(unix)]
#[test]
fn the_certificate_and_its_proof_are_what_openssl_and_graph_take() {
    let lab = with_certificate();
    lab.run(&RENEW).json();
    let left = certificates(&lab);
    assert_eq!(left.len(), 1, "the old one was told by its thumbprint");
    let file = lab.home.path().join("new.der");
    std::fs::write(&file, &left[0]).unwrap();
    let mut openssl = Command::new(tool("openssl"));
    openssl.args(["x509", "-inform", "DER", "-noout", "-subject", "-text", "-in"]).arg(&file);
    let said = String::from_utf8_lossy(&openssl.output().unwrap().stdout).into_owned();
    for part in ["CN = az-imageshare", "Public-Key: (2048 bit)", "sha256WithRSAEncryption"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    works(&lab);
}

fn renew(lab: &Lab) -> Ran {
    lab.run(&RENEW)
}

fn check(trial: &Trial) -> Result<(), String> {
    let lab = with_secret();
    lab.azure.inject(trial.fault());
    let first = renew(&lab);
    is_honest(&first, trial);
    lab.azure.clear_faults();
    lab.run(&["token", "clear", "--all"]);
    let between = lab.run(&["token", "get", "--credential", "app"]);
    let second = renew(&lab);
    let left = secrets(&lab).len();
    if between.code == 0 && second.code == 0 && left == 1 {
        return Ok(());
    }
    Err(format!("{left} left\n{first:?}\n{between:?}\n{second:?}"))
}

#[test]
fn one_of_the_two_works_whatever_breaks_and_the_next_run_cleans_up() {
    let clean = with_secret();
    renew(&clean).json();
    let mut trials = trials_of(&clean.azure.journal());
    trials.retain(Trial::is_telling);
    sweep(&trials, check);
}
