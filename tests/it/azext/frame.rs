//! What `az` does around a command: help, output, table, defaults, error classes, exit codes, telemetry.

use sandbox::world;
use serde_json::Value;

use crate::support::extension::{AzRan, root};
use crate::support::faults::forbidden;
use crate::support::lab::Lab;

const DRIVER: &str = "tests/it/data/az_in_process.py";

fn driven(lab: &Lab, args: &[&str]) -> Vec<Value> {
    let driver = root().join(DRIVER);
    let args = [&[driver.to_str().unwrap()], args].concat();
    let ran: AzRan = lab.az_python(&args).output().unwrap().into();
    ran.json().as_array().unwrap().clone()
}

/// A laboratory in which `az` is signed in as an Owner, and one delegation stands.
fn with_a_delegation() -> Lab {
    let lab = Lab::new().az_login(
        world::PUBLISHER_TENANT,
        world::DEPLOYER_CLIENT,
        world::DEPLOYER_SECRET,
    );
    let fixed = ["imageshare", "delegation", "create", "-n", "Contoso images"];
    let rest = ["--consumer-tenant", world::CONSUMER_DOMAIN, "-g", world::IMAGES_GROUP];
    let who = ["--principal-id", world::CONSUMER_GROUP, "--subscription", "Contoso Images"];
    let made = lab.run_az(&[&fixed[..], &rest[..], &who[..]].concat()).json();
    assert_eq!(made["change"], "create");
    lab
}

#[test]
fn every_command_and_group_has_help_with_all_its_options() {
    let seen = driven(&Lab::new(), &["help"]);
    assert!(seen.len() > 20, "{}", seen.len());
    for entry in seen {
        assert_eq!(entry["code"], 0, "{entry}");
        assert_eq!(entry["summary"], true, "{entry}");
        assert_eq!(entry["missing"], serde_json::json!([]), "{entry}");
    }
}

#[test]
fn the_goldens_are_met_through_az() {
    let path = root().join("tests/it/data/output-goldens.json");
    let goldens: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let seen = driven(&Lab::new(), &["goldens", path.to_str().unwrap()]);
    let cases = goldens["cases"].as_array().unwrap();
    assert_eq!(seen.len(), cases.len());
    for (case, ran) in cases.iter().zip(&seen) {
        // Color is for terminals, and there is none here.
        if case["color"] == true {
            continue;
        }
        assert_eq!(ran["stdout"], case["expect"]["stdout"], "{} {ran}", case["name"]);
        assert_eq!(ran["code"], case["expect"]["exit"], "{} {ran}", case["name"]);
    }
}

#[test]
fn az_prints_what_the_program_prints_in_every_format() {
    let lab = with_a_delegation();
    let ours = lab.az_owner_in_environment();
    let list = ["delegation", "list", "--direction", "given"];
    let subscription = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    let queries: [&[&str]; 2] = [&[], &["--query", "[].{Zed:name, An:consumerTenantId}"]];
    for format in ["json", "yaml", "table", "tsv", "none"] {
        for query in queries {
            let args = [&list[..], &subscription[..], &["-o", format], query].concat();
            let through = ours.run_az(&[&["imageshare"], &args[..]].concat());
            let alone = ours.run(&args);
            assert_eq!(alone.code, 0, "{alone:?}");
            assert_eq!(
                without_groups(&through.stdout),
                alone.stdout,
                "{format} {query:?} {through:?}"
            );
        }
    }
}

/// `az` puts a `resourceGroup` beside every id of a resource, in the results of all its commands.
fn without_groups(text: &str) -> String {
    let is_own =
        |line: &&str| !line.contains("resourceGroup: ") && !line.contains("\"resourceGroup\": ");
    text.split_inclusive('\n').filter(is_own).collect()
}

#[test]
fn a_partial_result_is_printed_and_the_exit_code_is_not_0() {
    let lab = with_a_delegation();
    let token = lab.azure.federated_token(world::FEDERATED_CLIENT);
    let file = lab.file("token.jwt", &token);
    let fixed = ["imageshare", "credential", "add", "--no-test", "-n", "stranger", "--client-id"];
    let rest = ["--tenant", world::PUBLISHER_TENANT, "--federated-token-file", &file];
    lab.run_az(&[&fixed[..], &[world::FEDERATED_CLIENT], &rest[..]].concat()).json();
    let verify = ["imageshare", "delegation", "verify", "-n", "Contoso images"];
    let how = ["--as", "stranger", "--timeout", "0s"];
    let ran = lab.run_az(&[&verify[..], &how[..]].concat());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let proof: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(proof["ok"], false);
}

#[test]
fn a_change_that_was_done_in_part_answers_with_each_step() {
    let lab = with_a_delegation();
    lab.azure.inject(forbidden("POST", "/federatedIdentityCredentials"));
    let create = ["imageshare", "share", "app", "create", "-n", "pipeline"];
    let how = ["--federated-issuer", "https://issuer.example", "--federated-subject", "s"];
    let ran = lab.run_az(&[&create[..], &how].concat());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("ERROR: 2 of 3 done; not done: tokens of"), "{ran:?}");
    assert!(ran.stderr.contains("go on with `az imageshare share app create"), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let steps = report["steps"].as_array().unwrap();
    let outcomes: Vec<&Value> = steps.iter().map(|step| &step["outcome"]).collect();
    assert_eq!(outcomes, ["done", "done", "failed"]);
}

#[test]
fn failures_have_the_exit_codes_and_the_form_of_az() {
    let lab = Lab::new();
    let absent = lab.run_az(&["imageshare", "credential", "show", "-n", "nobody"]);
    assert_eq!(
        absent.refused(3),
        "ERROR: there is no credential named 'nobody'\nSee the names with `az imageshare credential list -o table`.\n"
    );
    let unknown = lab.run_az(&["imageshare", "delegation", "list", "--direction", "up"]);
    assert!(unknown.refused(2).contains("Allowed values: given, received, both"));
    let missing = lab.run_az(&["imageshare", "credential", "remove"]);
    assert!(missing.refused(2).contains("--name/-n"));
    let fixed = ["imageshare", "delegation", "plan", "-n", "x", "--whole-subscription"];
    let both = lab.run_az(&[&fixed[..], &["-g", "a"]].concat());
    assert!(both.refused(2).contains("cannot be used together"), "{both:?}");
    let policy = ["--change-reference", "CHG1"];
    let unable = lab.run_az(&[&fixed[..], &policy[..]].concat());
    assert!(unable.refused(2).contains("--change-reference is not supported"));
}

#[test]
fn telemetry_gets_no_text_and_no_names() {
    let lab = Lab::new();
    let show = ["telemetry", "imageshare", "credential", "show", "-n", "confidentialname"];
    let seen = driven(&lab, &show);
    assert_eq!(seen[0]["code"], 3, "{seen:?}");
    assert!(seen[0]["stderr"].to_string().contains("confidentialname"));
    let fields = seen[0]["fields"].to_string();
    assert!(fields.contains("imageshare: not-found"), "{fields}");
    assert!(!fields.contains("confidentialname"), "{fields}");
}

#[test]
fn defaults_choices_and_abbreviations_are_as_in_az() {
    let lab = with_a_delegation();
    let list = ["imageshare", "delegation", "list", "--dir", "GIVEN", "--query", "[].name"];
    assert_eq!(lab.run_az(&list).json(), serde_json::json!(["Contoso images"]));
    // [defaults] group: the plan is for it, although nobody names it.
    let lab = lab.env("AZURE_DEFAULTS_GROUP", world::OTHER_GROUP);
    let fixed = ["imageshare", "delegation", "plan", "-n", "Other", "--consumer-tenant"];
    let rest = [world::CONSUMER_DOMAIN, "--principal-id", world::CONSUMER_GROUP];
    let plan = lab.run_az(&[&fixed[..], &rest[..]].concat()).json();
    assert!(plan.to_string().contains(world::OTHER_GROUP), "{plan}");
}

/// What TAB offers behind a line.
fn offered(lab: &Lab, line: &str) -> Vec<String> {
    let file = lab.file("offered", "");
    let mut az = lab.az(&[]);
    az.env("_ARGCOMPLETE", "1").env("_ARGCOMPLETE_IFS", "\n");
    az.env("_ARGCOMPLETE_STDOUT_FILENAME", &file);
    az.env("COMP_LINE", line).env("COMP_POINT", line.len().to_string());
    az.output().unwrap();
    let offered = std::fs::read_to_string(&file).unwrap();
    offered.lines().map(|word| word.trim().to_owned()).collect()
}

#[test]
fn tab_offers_commands_options_choices_and_names_of_credentials() {
    let lab = Lab::new();
    let token = lab.azure.federated_token(world::FEDERATED_CLIENT);
    let file = lab.file("token.jwt", &token);
    let fixed =
        ["credential", "add", "--no-test", "-n", "aks", "--client-id", world::FEDERATED_CLIENT];
    let rest = ["--tenant", world::PUBLISHER_TENANT, "--federated-token-file", &file];
    lab.run(&[&fixed[..], &rest[..]].concat()).json();
    assert_eq!(offered(&lab, "az images"), ["imageshare"]);
    let list = "az imageshare delegation list";
    assert_eq!(offered(&lab, &format!("{list} --dir")), ["--direction"]);
    let mut choices = offered(&lab, &format!("{list} --direction "));
    choices.sort();
    assert_eq!(choices, ["both", "given", "received"]);
    assert_eq!(offered(&lab, &format!("{list} --credential ")), ["aks"]);
}

#[test]
fn every_occurrence_of_a_repeated_option_counts_in_its_order() {
    let lab = with_a_delegation();
    let fixed = ["delegation", "plan", "-n", "Two", "--consumer-tenant", world::CONSUMER_TENANT];
    let groups = ["-g", world::IMAGES_GROUP, "-g", world::OTHER_GROUP];
    let first = ["--principal-id", world::CONSUMER_GROUP, "--principal-name", "100% of them"];
    let second = ["--principal-id", world::CONSUMER_USER, "--principal-name", "-Grace"];
    let named = "--principal-name=-Grace";
    let args = [
        &fixed[..],
        &groups[..],
        &first[..],
        &second[..2],
        &[named],
        &["--subscription", world::PUBLISHER_SUBSCRIPTION],
    ]
    .concat();
    let through = lab.run_az(&[&["imageshare"], &args[..]].concat()).json();
    let alone = lab.az_owner_in_environment().run(&args).json();
    assert_eq!(through["authorizations"], alone["authorizations"]);
    assert_eq!(through["scopes"], alone["scopes"]);
    let names = through["authorizations"].to_string();
    assert!(names.contains("100% of them") && names.contains("-Grace"), "{through}");
    assert_eq!(through["scopes"].as_array().map(Vec::len), Some(2), "{through}");
}

impl Lab {
    /// The same laboratory, in which the program alone is signed in as `az` is.
    fn az_owner_in_environment(self) -> Lab {
        self.signed_in(world::PUBLISHER_TENANT, world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET)
    }
}
