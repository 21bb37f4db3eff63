//! A credential between `add` and `remove`: proven before it is kept, changed without its secret, and its turn
//! among all who could sign in.

use sandbox::world;
use serde_json::json;

use crate::credential::add;
use crate::support::lab::Lab;

const CONSUMER: &str = world::CONSUMER_TENANT;

fn publisher(lab: &Lab, more: &[&str]) -> crate::support::lab::Ran {
    let fixed = ["credential", "add", "-n", "publisher", "--secret-stdin", "--tenant"];
    let rest = [world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    lab.run_with_input(&[&fixed[..], &rest[..], more].concat(), world::DEPLOYER_SECRET)
}

fn environment(lab: Lab, names: [&str; 3], secret: Option<&str>) -> Lab {
    let lab = lab.env(names[0], CONSUMER).env(names[1], world::CONSUMER_CLIENT);
    match secret {
        Some(secret) => lab.env(names[2], secret),
        None => lab,
    }
}

const AZURE: [&str; 3] = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];
const TERRAFORM: [&str; 3] = ["ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET"];

#[test]
fn a_credential_signs_in_before_it_is_kept() {
    let lab = Lab::new();
    let fixed = ["credential", "add", "-n", "publisher", "--secret-stdin", "--tenant"];
    let rest = [world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    let wrong = [&fixed[..], &rest[..]].concat();
    assert!(lab.run_with_input(&wrong, "wrong~secret").refused(4).contains("nothing was saved"));
    assert_eq!(lab.run(&["credential", "list"]).json(), json!([]));
    publisher(&lab, &[]).json();
    assert_eq!(lab.azure.calls("POST", "/oauth2/v2.0/token"), 2);
    let unproven = [&fixed[..3], &["later"], &fixed[4..], &rest[..], &["--no-test"]].concat();
    lab.run_with_input(&unproven, "wrong~secret").json();
    assert_eq!(lab.azure.calls("POST", "/oauth2/v2.0/token"), 2);
}

#[test]
fn tenants_and_subscription_change_without_the_secret() {
    let lab = Lab::new();
    publisher(&lab, &[]).json();
    let update =
        |more: &[&str]| lab.run(&[&["credential", "update", "-n", "publisher"], more].concat());
    update(&[]).refused(2);
    assert!(
        update(&["--not-tenant", world::PUBLISHER_TENANT]).refused(2).contains("signs in to first")
    );
    let refused = update(&["--also-tenant", world::THIRD_TENANT]);
    assert!(refused.refused(4).contains("nothing was changed"), "{refused:?}");
    let both =
        update(&["--also-tenant", world::THIRD_TENANT, "--no-test", "--subscription", "images"])
            .json();
    assert_eq!(both["alsoTenantIds"], json!([world::THIRD_TENANT]));
    assert_eq!(both["subscription"], "images");
    let fewer = ["--not-tenant", world::THIRD_TENANT, "--subscription", ""];
    update(&fewer).refused(2);
    let fewer = update(&[&fewer[..], &["--yes"]].concat()).json();
    assert_eq!((&fewer["alsoTenantIds"], &fewer["subscription"]), (&json!([]), &json!(null)));
    let again = lab.run(&["token", "get", "--credential", "publisher"]);
    assert_eq!(again.code, 0, "the secret is as it was: {again:?}");
}

#[test]
fn the_credentials_own_subscription_comes_before_that_of_az() {
    let lab = Lab::new();
    publisher(&lab, &["--default", "--subscription", "no-such-subscription"]).json();
    let ran = lab.run(&["share", "list"]);
    assert!(ran.refused(3).contains("no-such-subscription"), "{ran:?}");
    let named = lab.env("AZURE_SUBSCRIPTION_ID", world::PUBLISHER_SUBSCRIPTION);
    assert_eq!(named.run(&["share", "list"]).code, 0);
}

#[test]
fn the_environment_signs_in_before_the_default_credential() {
    let lab = Lab::new();
    publisher(&lab, &["--default"]).json();
    assert_eq!(lab.run(&["credential", "show"]).json()["name"], "publisher");
    for names in [AZURE, TERRAFORM] {
        let lab = Lab::new();
        publisher(&lab, &["--default"]).json();
        let lab = environment(lab, names, Some(world::CONSUMER_SECRET));
        let ran = lab.run_at_terminal(&["token", "get", "--query", "tenant"], "");
        assert!(ran.stdout.contains(CONSUMER), "{ran:?}");
        assert!(ran.stderr.contains("before the default credential 'publisher'"), "{ran:?}");
        let quiet = lab.run(&["token", "get", "--query", "tenant"]);
        assert_eq!(quiet.stderr, "", "one line, and only where a person reads it");
        assert_eq!(lab.run(&["credential", "show"]).json()["name"], "environment");
        let named = lab.run(&["token", "get", "--credential", "publisher"]).json();
        assert_eq!(named["tenant"], world::PUBLISHER_TENANT);
        // Half of it is a mistake, and never passed over for what is stored.
        let lab = Lab::new();
        publisher(&lab, &["--default"]).json();
        let half = environment(lab, names, None).run(&["token", "get"]);
        assert!(half.refused(2).contains(&format!("{} is not set", names[2])), "{half:?}");
    }
}

#[test]
fn all_credentials_are_tested_at_once() {
    let lab = Lab::new();
    assert_eq!(lab.run(&["credential", "test", "--all"]).json(), json!([]));
    publisher(&lab, &["--default"]).json();
    assert_eq!(lab.run(&["credential", "test"]).json()["name"], "publisher");
    add(&lab, "broken", &["--secret-stdin"], "wrong~secret").json();
    let ran = lab.run(&["credential", "test", "--all", "--query", "[].[name, ok]", "-o", "tsv"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (7, "publisher\tTrue\nbroken\tFalse\n"));
    lab.run(&["credential", "test", "--all", "-n", "broken"]).refused(2);
}

#[test]
fn an_old_refusal_says_so_and_ends_with_what_mends_it() {
    // bugs F06, azure-docs issue 86904: it was remembered across the command that mends it.
    let lab = Lab::new();
    add(&lab, "publisher", &["--secret-stdin"], "wrong~secret").json();
    let get = || lab.run(&["token", "get", "--credential", "publisher"]);
    get().refused(4);
    let again = get();
    assert!(again.refused(4).contains("not asked again since"), "{again:?}");
    let update = ["credential", "update", "-n", "publisher", "--subscription", "images"];
    lab.run(&update).json();
    assert!(!get().refused(4).contains("not asked again since"));
    let plain = Lab::contents(&lab.files().join("tokens"));
    let notes =
        plain.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "refused"));
    for (path, note) in notes {
        // adversary A4: a service's own words were kept in the clear for a day.
        let note = String::from_utf8_lossy(note);
        assert!(note.contains("7000215") && !note.contains("AADSTS"), "{} {note}", path.display());
    }
}

#[test]
fn where_a_credential_is_kept_the_hint_is_to_let_it_sign_in() {
    let lab = Lab::new();
    publisher(&lab, &[]).json();
    let told = lab.run(&["token", "get"]).refused(4).to_owned();
    assert!(told.contains("`az-imageshare credential use -n publisher`"), "{told}");
    assert!(!told.contains("credential add"), "{told}");
    lab.run(&["token", "get", "--credential", "publisher"]).json();
    lab.run(&["credential", "use", "-n", "publisher"]).json();
    lab.run(&["token", "get"]).json();
}
