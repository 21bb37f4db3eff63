//! Values without a shell: every argument is classified, and each kind offers what is known.

use std::path::Path;
use std::sync::{Arc, Mutex};

use clap::Command;
use serde_json::json;

use super::*;
use crate::index::{AnsweringService, NameCollector, ResponseObserver};

const TENANT: &str = "5f1e9c3a-8d2b-4a73-b5d0-6f1e9c3a1001";
const ONE: &str = "/subscriptions/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2001";
const TWO: &str = "/subscriptions/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002";

/// A process whose folder knows these objects of Resource Manager.
fn process(home: &Path, known: &[serde_json::Value]) -> Process {
    let sink = || Arc::new(Mutex::new(Vec::new()));
    let env = [("HOME", home.as_os_str())];
    let process = Process::made_up(env, Arc::new(Mutex::new(std::io::empty())), sink(), sink());
    let learned = Arc::new(NameCollector::new("AzureCloud"));
    let witness = ResponseObserver::new(&learned, AnsweringService::ResourceManager);
    witness.saw(TENANT.parse().ok(), "/x", &json!({ "value": known }));
    learned.save(&home.join(".azure/imageshare"), process.now());
    process
}

/// What is offered for a value of this kind, at the end of this line.
fn offered(kind: value_kind::ValueKind, line: &str, process: &Process) -> Vec<String> {
    let typed = CommandLine::of_line(line, "", "");
    let wanted = grammar::ValueRequest {
        kind,
        flag: "--authorization".to_owned(),
        typed: typed.current().to_owned(),
    };
    let mut all = Candidates::default();
    values::complete_value(&wanted, &CompletionContext::new(process, &typed), &mut all);
    all.iter().map(|found| found.value.to_owned()).collect()
}

#[test]
fn every_argument_that_takes_a_value_is_classified() {
    fn visit(command: &Command, path: &str, unknown: &mut Vec<String>) {
        for arg in command.get_arguments() {
            let takes = arg.get_action().takes_values();
            let allowed = arg.get_value_parser().possible_values().is_some();
            if takes && !allowed && value_kind::kind_of_argument(path, arg).is_none() {
                unknown.push(format!("{path} --{}", value_kind::argument_name(arg)));
            }
        }
        for sub in command.get_subcommands() {
            visit(sub, format!("{path} {}", sub.get_name()).trim(), unknown);
        }
    }
    let mut unknown = Vec::new();
    visit(&crate::cli::command(), "", &mut unknown);
    assert_eq!(unknown, [""; 0], "say in src/cli/complete/value_kind.rs what these values are");
}

fn gallery(rest: &str) -> String {
    format!("{ONE}/resourceGroups/images-rg/providers/Microsoft.Compute/galleries/{rest}")
}

const IMAGE: value_kind::ValueKind = value_kind::ValueKind::Resource(&[
    "microsoft.compute/galleries/images",
    "microsoft.compute/galleries/images/versions",
]);

#[test]
fn an_id_is_completed_segment_by_segment() {
    let base = tempfile::tempdir().unwrap();
    let ids = [
        "g1",
        "g1/images/debian",
        "g1/images/ubuntu",
        "g1/images/ubuntu/versions/1.0.0",
        "g1/images/ubuntu/versions/1.0.1",
    ];
    let mut known: Vec<_> = ids.iter().map(|rest| json!({"id": gallery(rest)})).collect();
    let other =
        format!("{TWO}/resourceGroups/rg/providers/Microsoft.Compute/galleries/g2/images/windows");
    known.push(json!({ "id": other }));
    known.push(json!({"id": ONE, "displayName": "Contoso"}));
    let process = process(base.path(), &known);
    let offer = |typed: &str| offered(IMAGE, &format!("p {typed}"), &process);
    assert_eq!(offer(""), [format!("{ONE}/"), format!("{TWO}/")]);
    let images =
        [gallery("g1/images/debian"), gallery("g1/images/ubuntu"), gallery("g1/images/ubuntu/")];
    assert_eq!(
        offer(&format!("{ONE}/")),
        images,
        "one group and one gallery leave nothing to choose"
    );
    assert_eq!(offer(&gallery("g1/images/u")), images[1..]);
    let versions =
        ["1.0.0", "1.0.1"].map(|name| gallery(&format!("g1/images/ubuntu/versions/{name}")));
    assert_eq!(offer(&images[2]), versions);
    assert_eq!(offer(&gallery("G1/IMAGES/ubuntu/versions/1.0.0")), versions[..1]);
    assert_eq!(offer(&format!("{TWO}/")), [other], "where there is one way, it is gone to its end");
    assert_eq!(offer("/subscriptions/x/"), [""; 0]);
    let galleries = value_kind::ValueKind::Resource(&["microsoft.compute/galleries"]);
    assert_eq!(offered(galleries, "p ", &process), [gallery("g1")], "other types do not answer");
}

#[test]
fn names_of_resources_are_those_in_what_the_line_names() {
    let base = tempfile::tempdir().unwrap();
    let ids = [
        "g1/images/debian",
        "g1/images/ubuntu/versions/1.0.0",
        "g2/images/windows",
        "g2/images/ubuntu/versions/2.0.0",
    ];
    let known: Vec<_> = ids.iter().map(|rest| json!({"id": gallery(rest)})).collect();
    let process = process(base.path(), &known);
    let definition = value_kind::ValueKind::ResourceName(&["microsoft.compute/galleries/images"]);
    let offer = |line: &str| offered(definition, line, &process);
    assert_eq!(offer("p "), ["debian", "windows"]);
    assert_eq!(offer("p -g images-rg --gallery G2 "), ["windows"]);
    assert_eq!(offer(&format!("p --gallery-id {} d", gallery("g1"))), ["debian"]);
    let version =
        value_kind::ValueKind::ResourceName(&["microsoft.compute/galleries/images/versions"]);
    assert_eq!(offered(version, "p --gallery g1 --image-definition ubuntu ", &process), ["1.0.0"]);
}

#[test]
fn what_is_elsewhere_is_passed_by_and_nothing_else() {
    let base = tempfile::tempdir().unwrap();
    let mut known = Vec::new();
    // More in each gallery than is read before what is of no use is skipped.
    for at in 0..480 {
        let (group, gallery, image) = (at % 2, at / 2 % 4, at / 8);
        let provider = format!("{ONE}/resourceGroups/rg{group}/providers/Microsoft.Compute");
        let image = format!("galleries/G{gallery}/images/of-{group}-{gallery}-{image:02}");
        known.push(json!({"id": format!("{provider}/{image}")}));
        known.push(json!({"id": format!("{provider}/{image}/versions/{at}.0.0")}));
    }
    let process = process(base.path(), &known);
    let definition = value_kind::ValueKind::ResourceName(&["microsoft.compute/galleries/images"]);
    let offer = |line: &str| offered(definition, line, &process);
    let of = |start: &str| -> Vec<String> {
        let ids = known.iter().filter_map(|known| known["id"].as_str());
        let names = ids.filter_map(|id| id.rsplit('/').next());
        let mut names: Vec<_> = names.filter(|name| name.starts_with(start)).collect();
        names.sort_unstable();
        names.into_iter().map(str::to_owned).collect()
    };
    assert_eq!(offer("p -g RG1 --gallery g2 "), of("of-1-2-"));
    assert_eq!(offer("p -g rg0 "), of("of-0-"));
    assert_eq!(offer("p --gallery g3 of-1-3-1"), of("of-1-3-1"));
    assert_eq!(offer("p --gallery g3 of-0-2"), [""; 0]);
    assert_eq!(offer("p "), of("of-"));
    let version =
        value_kind::ValueKind::ResourceName(&["microsoft.compute/galleries/images/versions"]);
    let line = "p --gallery g1 --image-definition of-0-1-07 ";
    assert_eq!(offered(version, line, &process), ["58.0.0"]);
}

#[test]
fn images_that_were_shared_without_an_id_of_arm_are_offered_too() {
    let base = tempfile::tempdir().unwrap();
    let id = "/CommunityGalleries/contoso-1/Images/ubuntu";
    let process =
        process(base.path(), &[json!({"name": "ubuntu", "identifier": {"uniqueId": id}})]);
    assert_eq!(offered(IMAGE, "p /Comm", &process), [id]);
}

#[test]
fn a_name_that_two_subscriptions_share_is_given_by_id() {
    let base = tempfile::tempdir().unwrap();
    let known = [
        (ONE, "Twin"),
        (TWO, "Twin"),
        ("/subscriptions/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2003", "Single"),
    ];
    let known = known.map(|(id, name)| json!({"id": id, "displayName": name}));
    let process = process(base.path(), &known);
    let offer =
        |typed: &str| offered(value_kind::ValueKind::Subscription, &format!("p {typed}"), &process);
    let id = |id: &str| id.trim_start_matches("/subscriptions/").to_owned();
    assert_eq!(offer(""), ["Single".to_owned(), id(ONE), id(TWO)]);
    assert_eq!(offer("8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2001"), [id(ONE)]);
}

#[test]
fn only_roles_that_lighthouse_takes_are_offered_for_a_right() {
    let base = tempfile::tempdir().unwrap();
    let process = process(base.path(), &[]);
    let right = |typed: &str| {
        offered(value_kind::ValueKind::Pairs, &format!("p --authorization {typed}"), &process)
    };
    assert_eq!(right("role=Own"), [""; 0]);
    assert_eq!(right("role=Read"), ["role=Reader", "role=Reader and Data Access"]);
    assert_eq!(right("delegated-roles=Reader,AcrPul"), ["delegated-roles=Reader,AcrPull"]);
    assert_eq!(right("role=acdd72a7-"), ["role=acdd72a7-3385-48ef-bd42-f606fba81ae7"]);
    assert_eq!(offered(value_kind::ValueKind::Role, "p Own", &process), ["Owner"]);
    assert_eq!(right("principal=x "), ["role=", "name=", "delegated-roles="]);
}

/// The words that the grammar has at the end of this line, and what value it wants there.
fn asked(line: &str) -> (Vec<String>, Option<value_kind::ValueKind>) {
    let asked = grammar::allowed_at_cursor(&CommandLine::of_line(line, "", ""));
    let words = asked.words.iter().map(|found| found.value.to_owned());
    (words.collect(), asked.value.map(|wanted| wanted.kind))
}

#[test]
fn a_command_that_is_built_alone_offers_what_it_offers_among_all() {
    fn visit(command: &Command, path: &str, seen: &mut usize) {
        let flags = command.get_arguments().filter(|arg| !arg.is_hide_set());
        let mut expected: Vec<String> =
            flags.filter_map(|arg| Some(format!("--{}", arg.get_long()?))).collect();
        let (mut found, _) = asked(&format!("az-imageshare {path} --"));
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{path}");
        let subs: Vec<&Command> =
            command.get_subcommands().filter(|sub| !sub.is_hide_set()).collect();
        let (found, _) = asked(&format!("az-imageshare {path} "));
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        *seen += 1;
        for sub in subs {
            let name = sub.get_name();
            assert!(found.contains(&name), "{path}: {name}");
            if name == "help" {
                continue;
            }
            for alias in sub.get_all_aliases() {
                let flags = |word| asked(&format!("az-imageshare {path} {word} --"));
                assert_eq!(flags(alias), flags(name), "{path} {alias}");
            }
            visit(sub, format!("{path} {}", sub.get_name()).trim(), seen);
        }
    }
    let mut seen = 0;
    visit(&crate::cli::command(), "", &mut seen);
    assert!(seen > 40, "{seen} commands");
}

#[test]
fn a_value_that_is_called_like_a_command_names_none() {
    let show = asked("p delegation show --");
    for line in [
        "p --credential image delegation show --",
        "p -o share delegation --subscription list show --",
        "p --query vm delegation show --credential delete --",
    ] {
        let given = |word: &String| !line.contains(&format!("{word} ")) && word != "--output";
        let expected: Vec<String> = show.0.iter().filter(|w| given(w)).cloned().collect();
        let found: Vec<String> = asked(line).0.into_iter().filter(given).collect();
        assert_eq!(found, expected, "{line}");
        assert!(!expected.is_empty());
    }
    assert_eq!(asked("p --credential image del").0, ["delegation"]);
    assert_eq!(asked("p delegation --credential list sho").0, ["show"]);
    let name = asked("p --credential image delegation show --name ").1;
    assert_eq!(name, Some(value_kind::ValueKind::Delegation));
}

#[test]
fn whatever_is_wrong_with_our_files_is_silent() {
    let base = tempfile::tempdir().unwrap();
    let process = process(base.path(), &[json!({"id": ONE, "displayName": "Contoso"})]);
    let home = base.path().join(".azure/imageshare");
    for name in ["credentials.json", "names.index"] {
        std::fs::write(home.join(name), [0xff, 0, b'\n']).unwrap();
    }
    std::fs::write(base.path().join(".azure/azureProfile.json"), "{").unwrap();
    std::fs::write(base.path().join(".azure/config"), [0xff]).unwrap();
    for kind in [
        value_kind::ValueKind::Credential,
        value_kind::ValueKind::Subscription,
        value_kind::ValueKind::Tenant,
        IMAGE,
    ] {
        assert_eq!(offered(kind, "p ", &process), [""; 0]);
    }
    let ask = |words: &[&str]| {
        let args = ["az-imageshare", ENTRY].iter().chain(words);
        answer_shell(&args.map(OsString::from).collect::<Vec<_>>(), &process)
    };
    assert_eq!(ask(&["bash"]), Some(0));
    assert_eq!(ask(&["tcsh", "x"]), Some(0));
    assert_eq!(ask(&["zsh", "", "99999999999999999999", "p"]), Some(0));
    assert_eq!(ask(&[]), Some(0));
}
