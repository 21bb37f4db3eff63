//! The life of a change of `share app create`, `accept` and `delete`: plan, consent, carrying out, record.

use sandbox::{Fault, FaultKind, Listener, world};
use serde_json::{Value, json};

use crate::support::change::{
    dry_run, goes_on, needs_consent, newest_run, recorded_step, steps, writes,
};
use crate::support::faults::forbidden;
use crate::support::lab::Lab;

const CREATE: [&str; 5] = ["share", "app", "create", "-n", "Contoso bridge"];
const DELETE: [&str; 5] = ["share", "app", "delete", "-n", "Contoso bridge"];

fn create(more: &[&'static str]) -> Vec<&'static str> {
    [&CREATE[..], more].concat()
}

fn created(lab: &Lab) -> Value {
    lab.run(&create(&["--consumer-tenant", world::CONSUMER_TENANT])).json()
}

fn tags(lab: &Lab, client: &Value) -> Vec<String> {
    let client = client.as_str().unwrap();
    lab.azure.state(|state| state.directory.registration(client).tags.clone())
}

#[test]
fn an_application_is_planned_made_and_recorded_with_the_ids_that_entra_gave() {
    let lab = Lab::publisher();
    let args = create(&["--consumer-tenant", world::CONSUMER_TENANT]);
    let plan = dry_run(&lab, &args, true);
    let all = ["application", "servicePrincipal", "clientSecret", "credential", "keyringEntry"];
    assert_eq!(steps(&plan), all.map(|kind| format!("create {kind}")));
    lab.run(&["credential", "show", "-n", "Contoso-bridge"]).refused(3);
    let made = lab.run(&args).json();
    assert_eq!(recorded_step(&lab, "application")["id"], made["objectId"]);
    assert_eq!(recorded_step(&lab, "servicePrincipal")["id"], made["servicePrincipalId"]);
    let client = made["clientId"].as_str().unwrap();
    let secret = lab.azure.state(|state| state.application(client).unwrap().secrets[0].clone());
    assert_eq!(recorded_step(&lab, "clientSecret")["id"], secret.id.as_str());
    assert_eq!(recorded_step(&lab, "credential")["id"], "Contoso-bridge");
    assert!(!newest_run(&lab).to_string().contains(&secret.value), "no secret in the record");
    dry_run(&lab, &args, false);
    lab.azure.clear_journal();
    assert_eq!(lab.run(&args).json()["change"], "keep");
    assert_eq!(writes(&lab), Vec::<String>::new());
}

#[test]
fn what_failed_is_named_and_the_command_to_go_on_does_the_rest() {
    let lab = Lab::publisher();
    lab.azure.inject(forbidden("POST", "/addPassword"));
    let ran = lab.run(&CREATE);
    let stderr = ran.refused(7);
    assert!(stderr.contains("2 of 5 done; not done: client secret of application"), "{stderr}");
    assert!(stderr.contains("credential 'Contoso-bridge'"), "{stderr}");
    lab.azure.clear_faults();
    assert_eq!(goes_on(&lab, &ran).json()["change"], "create");
    assert_eq!(lab.run(&CREATE).json()["change"], "keep");
}

#[test]
fn one_more_customer_is_added_to_the_application_and_to_its_credential() {
    let lab = Lab::publisher();
    let client = created(&lab)["clientId"].clone();
    let other = "33333333-4444-4555-8666-777777777777";
    let args = create(&["--consumer-tenant", "33333333-4444-4555-8666-777777777777"]);
    let plan = dry_run(&lab, &args, true);
    let expected = ["update application", "keep servicePrincipal", "update credential"];
    assert_eq!(steps(&plan), expected);
    let added = lab.run(&args).json();
    assert_eq!((&added["change"], &added["clientId"]), (&"update".into(), &client));
    for tenant in [world::CONSUMER_TENANT, other] {
        let tag = format!("az-imageshare-consumer={tenant}");
        assert!(tags(&lab, &client).contains(&tag), "{:?}", tags(&lab, &client));
    }
    let record = lab.run(&["credential", "show", "-n", "Contoso-bridge"]).json();
    assert_eq!(record["alsoTenantIds"], json!([world::CONSUMER_TENANT, other]));
    let step = recorded_step(&lab, "application");
    assert_eq!(step["before"]["tags"].as_array().unwrap().len(), 2, "{step}");
    let credential = recorded_step(&lab, "credential");
    assert_eq!(credential["before"]["alsoTenantIds"], json!([world::CONSUMER_TENANT]));
    dry_run(&lab, &args, false);
    assert_eq!(lab.run(&CREATE).json()["change"], "keep", "what is not named stays");
}

#[test]
fn a_secret_that_is_not_made_cannot_be_shown_and_the_way_to_one_is_named() {
    let lab = Lab::publisher();
    created(&lab);
    let ran = lab.run(&create(&["--show-secret"]));
    assert_eq!(ran.json().get("secret"), None);
    assert!(ran.stderr.contains("share app secret add --client-id"), "{ran:?}");
}

#[test]
fn a_consent_link_ends_on_a_page_that_the_application_knows() {
    let lab = Lab::publisher();
    created(&lab);
    let link = ["share", "app", "consent-url", "-n", "Contoso bridge", "--tenant"];
    let page = ["--redirect-uri", "https://contoso.com/thanks"];
    let link = [&link[..], &[world::CONSUMER_TENANT], &page].concat();
    let ran = lab.run(&link);
    let stderr = ran.refused(2);
    assert!(stderr.contains("share app create -n 'Contoso bridge' --redirect-uri"), "{stderr}");
    let registered = lab.run(&create(&["--redirect-uri", "https://contoso.com/thanks"])).json();
    assert_eq!(registered["change"], "update");
    let url = lab.run(&link).json()["url"].as_str().unwrap().to_owned();
    assert!(url.contains("redirect_uri=https%3A%2F%2Fcontoso.com%2Fthanks"), "{url}");
    let client = registered["clientId"].as_str().unwrap();
    let known = lab.azure.state(|state| state.application(client).unwrap().redirect_uris.clone());
    assert_eq!(known, ["http://localhost/az-imageshare", "https://contoso.com/thanks"]);
    let ran = lab.run(&create(&["--redirect-uri", "http://contoso.com/thanks"]));
    assert!(ran.refused(2).contains("https://"), "{ran:?}");
}

#[test]
fn an_application_is_accepted_by_a_plan_and_half_of_it_is_told() {
    let lab = Lab::publisher().with_consumer();
    let client = created(&lab)["clientId"].as_str().unwrap().to_owned();
    let args = ["share", "app", "accept", "--client-id", &client, "-g", "apps-rg"];
    let args = [&args[..], &["--credential", "consumer"]].concat();
    let plan = dry_run(&lab, &args, true);
    assert_eq!(steps(&plan), ["create servicePrincipal", "create roleAssignment"]);
    lab.azure.inject(forbidden("PUT", "/roleAssignments/"));
    let ran = lab.run(&args);
    assert!(ran.refused(7).contains("1 of 2 done; not done: role 'Contributor'"), "{ran:?}");
    lab.azure.clear_faults();
    let accepted = goes_on(&lab, &ran).json();
    assert_eq!(accepted["role"], "Contributor");
    assert!(ran.stderr.contains("--credential consumer"), "{ran:?}");
    assert_eq!(
        steps(&dry_run(&lab, &args, false)),
        ["keep servicePrincipal", "keep roleAssignment"]
    );
    lab.azure.clear_journal();
    assert_eq!(lab.run(&args).json()["change"], "keep");
    assert_eq!(writes(&lab), Vec::<String>::new());
}

#[test]
fn deleting_asks_first_and_what_is_gone_is_no_failure() {
    let lab = Lab::publisher();
    let made = created(&lab);
    let gallery = world::gallery_id();
    let grant = ["share", "app", "grant", "-n", "Contoso bridge", "--gallery-id", &gallery];
    lab.run(&grant).json();
    let plan = dry_run(&lab, &DELETE, true);
    let all = ["roleAssignment", "servicePrincipal", "application", "credential", "keyringEntry"];
    assert_eq!(steps(&plan), all.map(|kind| format!("remove {kind}")));
    let asked = needs_consent(&lab, &DELETE);
    let question = "Remove 1 role, 1 application, 1 service principal, 1 credential and 1 keyring entry of application 'Contoso bridge'?";
    assert!(asked.stderr.contains(question), "{asked:?}");
    let ran = lab.run_at_terminal(&DELETE, "y\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    let step = recorded_step(&lab, "application");
    assert_eq!(step["before"]["displayName"], "Contoso bridge");
    assert_eq!(step["before"]["appId"], made["clientId"]);
    let again = lab.run(&DELETE);
    assert!(again.stderr.contains("Nothing to delete"), "{again:?}");
    assert_eq!(again.code, 0);
    dry_run(&lab, &DELETE, false);
}

#[test]
fn a_role_that_stays_keeps_the_application_and_is_named() {
    let lab = Lab::publisher();
    let client = created(&lab)["clientId"].as_str().unwrap().to_owned();
    let gallery = world::gallery_id();
    let grant = ["share", "app", "grant", "-n", "Contoso bridge", "--gallery-id", &gallery];
    lab.run(&grant).json();
    lab.run(&[&grant[..], &["--role", "Reader"]].concat()).json();
    lab.azure.inject(Fault::status(403).method("DELETE").path("/roleAssignments/"));
    let ran = lab.run(&[&DELETE[..], &["--yes"]].concat());
    let stderr = ran.refused(7);
    assert!(stderr.contains("1 of 6 done; not done: role '"), "{stderr}");
    assert!(lab.azure.state(|state| state.application(&client).is_some()));
    lab.azure.clear_faults();
    assert_eq!(goes_on(&lab, &ran).code, 0);
    assert!(lab.azure.state(|state| state.application(&client).is_none()));
}

#[test]
fn a_tenant_is_not_said_to_be_missing_while_nobody_answers() {
    let lab = Lab::publisher();
    lab.azure.inject(Fault::new(FaultKind::Reset).on(Listener::Login).always());
    let ran = lab.run(&create(&["--consumer-tenant", world::CONSUMER_DOMAIN]));
    let stderr = ran.refused(12);
    assert!(
        stderr.contains("cannot be looked up") && !stderr.contains("cannot be found"),
        "{stderr}"
    );
    lab.azure.clear_faults();
    let ran = lab.run(&create(&["--consumer-tenant", "nobody.onmicrosoft.com"]));
    assert!(ran.stderr.contains("there is no tenant 'nobody.onmicrosoft.com'"), "{ran:?}");
}
