//! What is said to somebody who mistypes: what was meant, and never a value, which may be a secret.

use crate::examples::{below, leaves, tree};
use crate::support::lab::Lab;

const SECRET: &str = "cnr8Q~CANARY-7f3a9d.do-not-print-0002";

#[track_caller]
fn meant(args: &[&str], wanted: &str) {
    let ran = Lab::new().run(args);
    let stderr = ran.refused(2);
    let hint = format!("Hint: Did you mean {wanted}?");
    assert!(stderr.contains(&hint), "{args:?}: {stderr}");
    assert!(stderr.starts_with("ERROR: ") && stderr.contains("--help`."), "{args:?}: {stderr}");
}

#[test]
fn a_mistyped_word_is_recognized() {
    meant(&["delegatoin", "list"], "delegation");
    meant(&["delegation", "lst"], "list");
    meant(&["credential", "rotat"], "rotate");
    meant(&["credential", "show", "--nmae", "x"], "--name");
    meant(&["delegation", "create", "--consumer-tennant", "x"], "--consumer-tenant");
    meant(&["delegation", "list", "--qurey", "x"], "--query");
    meant(&["delegation", "list", "-o", "tabel"], "table");
    meant(&["delegation", "list", "--direction", "givn"], "given");
    meant(&["token", "get", "--resource-type", "ms-grap"], "ms-graph");
}

#[test]
fn a_flag_may_be_shortened_and_the_last_one_counts_as_in_az() {
    let lab = Lab::new();
    let ran = lab.run(&["credential", "list", "--out", "json", "-o", "tsv"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    let ran = lab.run(&["credential", "list", "--query", "nonsense(", "--query", "length(@)"]);
    assert_eq!((ran.code, ran.stdout.trim()), (0, "0"), "{}", ran.stderr);
    // --secret-file, --secret-stdin and --secret-expires-on begin so.
    lab.run(&["credential", "add", "--secret", SECRET]).refused(2);
}

#[test]
fn who_looks_for_an_argument_with_a_secret_is_told_where_it_goes() {
    for flag in ["--client-secret", "--password", "--secret", "-p"] {
        let ran = Lab::new().run(&["credential", "add", "-n", "x", flag, SECRET]);
        let stderr = ran.refused(2);
        assert!(stderr.contains("--secret-stdin") && !stderr.contains(SECRET), "{flag}: {stderr}");
    }
}

/// The words of the grammar that are offered must be there: a letter too many in each command and flag.
#[test]
fn every_command_and_flag_is_recognized() {
    let lab = Lab::new();
    let mut wrong = Vec::new();
    mistype(&tree(), &mut Vec::new(), &lab, &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn mistype(command: &clap::Command, words: &mut Vec<String>, lab: &Lab, wrong: &mut Vec<String>) {
    let mut check = |words: &[String], typo: String, name: &str| {
        let args: Vec<&str> = words.iter().map(String::as_str).chain([typo.as_str()]).collect();
        let ran = lab.run(&args);
        if ran.code != 2 || !ran.stderr.contains("Did you mean ") || !ran.stderr.contains(name) {
            wrong.push(format!("{args:?}: {ran:?}"));
        }
    };
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        if let Some(long) = arg.get_long() {
            check(words, format!("--{long}e"), long);
        }
    }
    for sub in below(command).filter(|sub| !sub.is_hide_set()) {
        check(words, format!("{}e", sub.get_name()), sub.get_name());
    }
    for sub in below(command) {
        words.push(sub.get_name().to_owned());
        mistype(sub, words, lab, wrong);
        words.pop();
    }
}

#[test]
fn a_value_in_the_wrong_place_is_not_repeated() {
    let lab = Lab::new();
    let flag = format!("--output={SECRET}");
    let glued = format!("--outptu={SECRET}");
    let tries: [&[&str]; 9] = [
        &[SECRET],
        &["credential", SECRET],
        &["credential", "list", SECRET],
        &["credential", "list", &flag],
        &["credential", "list", &glued],
        &["credential", "list", "-o", SECRET],
        &["delegation", "list", "--direction", SECRET],
        &["token", "get", "--resource-type", SECRET],
        &["delegation", "verify", "-n", "x", "--as", "y", "--timeout", SECRET],
    ];
    for args in tries {
        let ran = lab.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(!format!("{ran:?}").contains(SECRET), "{args:?}: {ran:?}");
    }
}

/// Whatever a parser of a value says, it says without the value.
#[test]
fn no_argument_repeats_a_value_that_it_refuses() {
    let (lab, mut refused) = (Lab::new(), 0);
    for leaf in leaves() {
        let takes = |arg: &&clap::Arg| arg.get_action().takes_values();
        for long in leaf.command.get_arguments().filter(takes).filter_map(clap::Arg::get_long) {
            let typed = format!("--{long}={SECRET}");
            let words = leaf.name.split(' ').chain([typed.as_str()]);
            let ran = lab.run(&words.collect::<Vec<_>>());
            if ran.stderr.contains(" --help`.") {
                refused += 1;
                assert!(!ran.stderr.contains(SECRET), "`{} {typed}`: {ran:?}", leaf.name);
            }
        }
    }
    assert!(refused > 50, "only {refused} arguments were refused");
}

#[test]
fn the_last_hint_is_the_help_of_the_command() {
    let lab = Lab::new();
    for (args, wanted) in [
        (&["delegation", "list", "--qurey", "x"][..], "az-imageshare delegation list --help"),
        (&["credential", "delete"], "az-imageshare credential remove --help"),
        (&["token", "gte", "--tenant", "x"], "az-imageshare token --help"),
        (&["xyzzy"], "az-imageshare --help"),
    ] {
        let ran = lab.run(args);
        let hint = format!("Hint: Run `{wanted}`.\n");
        assert!(ran.refused(2).ends_with(&hint), "{args:?}: {ran:?}");
    }
}

#[test]
fn what_is_like_nothing_gets_no_guess() {
    let ran = Lab::new().run(&["xyzzy"]);
    assert!(!ran.refused(2).contains("Did you mean"), "{ran:?}");
}
