//! Text for people at a terminal who asked for no format: checks with signs, advice in order, help for a word alone.

use az_imageshare::process::Terminals;
use sandbox::world;

use crate::support::lab::{Lab, Ran};
use crate::support::offers::{DELETE_ROLE, IMAGES, READER, Standing, stand};

fn read_by_a_person(lab: &Lab, args: &[&str]) -> Ran {
    lab.run_in(args, "", Terminals { stdin: false, stdout: true, stderr: true })
}

#[test]
fn doctor_speaks_in_lines_and_json_stays_for_programs() {
    let lab = Lab::publisher().env("NO_COLOR", "1");
    let text = read_by_a_person(&lab, &["doctor"]).stdout;
    assert!(text.lines().any(|line| line.starts_with("✓ ")), "{text}");
    let last = text.lines().last().unwrap();
    assert!(last == "No problems found." || last.ends_with("to look at."), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('{'), "{text}");
    for args in [&["doctor"][..], &["doctor", "-o", "json"]] {
        assert!(lab.run(args).stdout.starts_with('['), "{args:?}");
    }
    let colored = Lab::publisher();
    assert!(read_by_a_person(&colored, &["doctor"]).stdout.contains("\u{1b}[32m✓ "));
}

#[test]
fn an_explanation_ends_with_what_to_do() {
    let lab = Lab::new();
    let said = "AADSTS7000215: Invalid client secret provided.";
    let text = read_by_a_person(&lab, &["doctor", "--error", said]).stdout;
    assert!(text.contains("! AADSTS7000215: ") || text.contains("AADSTS7000215"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("  - ")), "{text}");
    let table = lab.run(&["doctor", "--error", said, "-o", "table"]).stdout;
    let (rows, below) = table.split_at(table.rfind("AADSTS7000215: ").unwrap());
    assert!(rows.starts_with("Code") && !below.trim().is_empty(), "{table}");
}

#[test]
fn advice_is_a_ranking_with_reasons_and_commands() {
    let lab = Lab::new();
    let args = ["share", "advise", "--for", "tenant"];
    let text = read_by_a_person(&lab, &args).stdout;
    assert!(text.starts_with("1. direct: fits best\n   + "), "{text}");
    assert!(
        text.contains("rbac: possible, not advised") && text.contains("marketplace: "),
        "{text}"
    );
    let rows = lab.run(&args).json();
    let rbac = rows.as_array().unwrap().iter().find(|row| row["method"] == "rbac").unwrap();
    assert_eq!(rbac["reasons"].as_array().unwrap().len(), 0, "{rbac}");
    assert_eq!(rbac["why"], "every person would have to become a guest");
    let table = lab.run(&[&args[..], &["-o", "table"]].concat()).stdout;
    assert!(!table.contains("True") && table.contains("best"), "{table}");
    assert!(
        table.lines().last().unwrap().starts_with("Run: `az-imageshare share direct"),
        "{table}"
    );
}

fn verify(lab: &Lab, more: &[&str]) -> Ran {
    let words = ["delegation", "verify", "-n", "images", "--as", "consumer", "--timeout", "0"];
    let place = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    lab.run(&[&words[..], &place, more].concat())
}

#[test]
fn a_delegation_without_gallery_works_unless_images_are_required() {
    let lab = Lab::publisher().with_consumer();
    stand(&lab.azure, &Standing { groups: &[world::OTHER_GROUP], ..IMAGES });
    let found = verify(&lab, &[]).json();
    let last = found["checks"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["ok"], &last["warning"]), (&true.into(), &true.into()), "{found}");
    assert!(last["hint"].is_string(), "{found}");
    let refused = verify(&lab, &["--require-images"]);
    let said = refused.refused(1);
    let lines: Vec<&str> = said.lines().filter(|line| line.contains("does not work")).collect();
    assert_eq!(lines.len(), 1, "{refused:?}");
    assert!(lines[0].contains("there is no gallery"), "{said}");
    // The advice stands below the table, not in a column.
    let table = verify(&lab, &["--require-images", "-o", "table"]).stdout;
    assert!(table.starts_with("Check") && !table.contains("Hint"), "{table}");
    assert!(table.contains("galleries: See as the publisher"), "{table}");
    let args = ["delegation", "verify", "-n", "images", "--as", "consumer", "--timeout", "0"];
    let place = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    let text = read_by_a_person(&lab, &[&args[..], &place].concat());
    assert!(text.stdout.ends_with("Delegation 'images' works.\n"), "{text:?}");
}

#[test]
fn a_role_of_an_offer_that_means_nothing_is_said() {
    let lab = Lab::publisher().with_consumer();
    let (storage, unknown) =
        ("17d1049b-9a84-46fb-8f53-869881c3d3ab", "0c0c0c0c-8c3b-4a0e-9a53-0f1e2d3c4b5a");
    stand(&lab.azure, &Standing { roles: &[READER, DELETE_ROLE, storage, unknown], ..IMAGES });
    let found = verify(&lab, &[]).json();
    let checks = found["checks"].as_array().unwrap();
    let roles = checks.iter().find(|check| check["name"] == "roles");
    let roles = roles.unwrap_or_else(|| panic!("{found:#}"));
    assert_eq!((&roles["ok"], &roles["warning"]), (&true.into(), &true.into()));
    let detail = roles["detail"].as_str().unwrap();
    assert!(detail.contains("'Storage Account Contributor' allows nothing"), "{detail}");
    assert!(detail.contains(&format!("{unknown} does not exist")), "{detail}");
    assert!(!detail.contains("Delete") && !detail.contains("'Reader'"), "{detail}");
    let lab = Lab::publisher().with_consumer();
    stand(&lab.azure, &IMAGES);
    assert!(!verify(&lab, &[]).stdout.contains("\"roles\""));
}

#[test]
fn a_word_alone_prints_its_help() {
    let lab = Lab::new();
    for words in [&[][..], &["share"], &["share", "app"], &["delegation"]] {
        let (bare, help) = (lab.run(words), lab.run(&[words, &["--help"]].concat()));
        assert_eq!((bare.code, bare.stdout.as_str()), (0, help.stdout.as_str()), "{words:?}");
        assert_eq!(bare.stderr, "");
    }
    assert!(lab.run(&["-o", "table"]).refused(2).contains("a command is missing"));
}

#[test]
fn the_version_says_what_it_was_built_from() {
    let lab = Lab::new();
    for words in [&["--version"][..], &["share", "-v"]] {
        let version = lab.run(words).stdout;
        let start = format!("az-imageshare {} (commit ", env!("CARGO_PKG_VERSION"));
        let commit = version.strip_prefix(&start).and_then(|rest| rest.strip_suffix(")\n"));
        let is_hash = |commit: &str| {
            commit.len() == 12 && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        // An archive of the sources has no commit to tell.
        assert!(commit.is_some_and(|commit| is_hash(commit) || commit == "unknown"), "{version}");
    }
}

#[test]
fn words_of_az_lead_to_ours() {
    let lab = Lab::new();
    for (word, command) in [
        ("login", "credential add"),
        ("logout", "token clear"),
        ("account", "status"),
        ("whoami", "status"),
        ("version", "--version"),
    ] {
        let said = lab.run(&[word]).refused(2).to_owned();
        assert!(said.contains(&format!("`az-imageshare {command}")), "{word}: {said}");
    }
}

#[test]
fn an_empty_list_says_what_to_try() {
    let lab = Lab::publisher();
    let list = ["credential", "list", "-o", "table"];
    let ran = lab.run(&list);
    assert_eq!(ran.stdout, "\n");
    assert!(ran.stderr.contains("credential add"), "{ran:?}");
    assert_eq!(lab.run(&["credential", "list"]).stderr, "");
}

#[test]
fn names_that_are_nearly_right_are_named() {
    let lab = Lab::publisher();
    let place = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    stand(&lab.azure, &IMAGES);
    let with = |words: &[&str]| lab.run(&[words, &place].concat());
    with(&["delegation", "list"]).json();
    let gallery = world::gallery_id();
    with(&["share", "list", "--gallery-id", &gallery]).json();
    for (words, hint) in [
        (&["delegation", "show", "-n", "image"][..], "`--name images`"),
        (
            &["share", "list", "-g", "images-gr", "--gallery", "sharedGallery"],
            "`--resource-group images-rg`",
        ),
        (
            &["share", "list", "-g", "images-rg", "--gallery", "sharedGalery"],
            "`--gallery sharedGallery`",
        ),
    ] {
        let ran = with(words);
        assert_ne!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.contains(&format!("Did you mean {hint}?")), "{words:?}: {ran:?}");
    }
    let said = lab.run(&["delegation", "show", "-n", "images", "--subscription", "Contoso Imges"]);
    let hint = "Did you mean `--subscription 'Contoso Images'`?";
    assert!(said.refused(3).contains(hint), "{said:?}");
    let lab = lab.with_consumer();
    let said = lab.run(&["credential", "show", "-n", "consumr"]);
    assert!(said.refused(3).contains("Did you mean `--name consumer`?"), "{said:?}");
    let mistyped = ["share", "list", "--all", "--tenant", "fabrikam.onmicrosof.com"];
    lab.run(&["share", "list", "--all", "--tenant", world::CONSUMER_DOMAIN]).json();
    let said = lab.run(&mistyped);
    assert!(said.refused(3).contains("there is no tenant 'fabrikam.onmicrosof.com'"), "{said:?}");
    assert!(said.stderr.contains("Did you mean `--tenant fabrikam.onmicrosoft.com`?"), "{said:?}");
    let said = lab.run(&["token", "get", "--credential", "Consumer"]);
    assert!(said.stderr.contains("Did you mean `--credential consumer`?"), "{said:?}");
}

#[test]
fn one_version_is_the_latest() {
    let lab = Lab::publisher();
    let id = format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE);
    let image = lab.run(&["image", "show", "--id", &id]).json();
    let versions = image["versions"].as_array().unwrap();
    let latest: Vec<_> = versions.iter().filter(|version| version["latest"] == true).collect();
    assert_eq!(latest.len(), 1, "{image}");
    assert_eq!(latest[0]["name"], image["version"]);
    assert!(versions.len() > 1);
    let table = lab.run(&["image", "show", "--id", &id, "-o", "table"]).stdout;
    assert_eq!(table.matches("True").count(), 1, "{table}");
}

#[test]
fn a_shown_delegation_says_who_has_which_role() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    let show = ["delegation", "show", "-n", "images", "-o", "table"];
    let table = lab.run(&[&show[..], &["--subscription", world::PUBLISHER_SUBSCRIPTION]].concat());
    let lines: Vec<&str> = table.stdout.lines().collect();
    assert!(lines[0].starts_with("Principal"), "{table:?}");
    assert!(
        lines.iter().any(|line| line.contains("Reader ") && line.contains("permanent")),
        "{table:?}"
    );
    assert!(lines.last().unwrap().starts_with("at /subscriptions/"), "{table:?}");
    assert!(lines.iter().all(|line| line.len() <= 120), "{table:?}");
}
