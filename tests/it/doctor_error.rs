//! `doctor --error`: every error text of Azure, Entra and az that is known is explained; docs/errors.md lists them.

use std::fmt::Write;

use az_imageshare::catalogue::{SUBJECTS, program};

use crate::support::lab::Lab;

/// One text on each line, behind the code that has to come first.
const TEXTS: &str = include_str!("data/error-texts.txt");

const HEAD: &str = "# Errors\n\n\
    Every error that `az-imageshare doctor --error TEXT` explains. Made of `src/error/catalogue`; `make accept` rewrites it.\n\
    In the words of a message, `{name}` stands for what differs each time.\n";

#[test]
fn every_text_is_recognized_and_the_right_entry_comes_first() {
    let lab = Lab::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in TEXTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (code, text) = line.split_once('\t').unwrap_or_else(|| panic!("{line}"));
        let ran = lab.run(&["doctor", "--error", text, "--query", "[0].code", "-o", "tsv"]);
        if ran.stdout.trim() != code {
            wrong.push(format!("{code}: {} for {text}{}", ran.stdout.trim(), ran.stderr));
        }
        count += 1;
    }
    assert!(count >= 150, "only {count} texts");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

/// What people paste into GitHub, with the thread of each: at least nine in ten are known.
#[test]
fn texts_of_real_threads_are_known() {
    let lab = Lab::new();
    let threads = include_str!("data/error-threads.tsv");
    let (mut unknown, mut count) = (Vec::new(), 0);
    for line in threads.lines().filter(|line| !line.starts_with('#')) {
        let (thread, text) = line.split_once('\t').unwrap_or_else(|| panic!("{line}"));
        let (repository, number) = thread.split_once('#').unwrap_or_else(|| panic!("{line}"));
        assert!(repository.contains('/') && number.parse::<u32>().is_ok(), "{thread}");
        count += 1;
        if lab.run(&["doctor", "--error", text]).code != 0 {
            unknown.push(line);
        }
    }
    assert!(count >= 120, "only {count} texts");
    assert!(unknown.len() * 10 <= count, "{} of {count}:\n{}", unknown.len(), unknown.join("\n"));
}

#[test]
fn an_explanation_says_what_why_and_what_now() {
    let text = "ERROR: (InvalidAuthenticationTokenTenant) The access token is from the wrong issuer 'https://sts.windows.net/3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001/'. It must match the tenant 'https://sts.windows.net/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002/' associated with this subscription.";
    let found = Lab::new().run(&["doctor", "--error", text]).json();
    assert_eq!(found[0]["code"], "InvalidAuthenticationTokenTenant");
    assert!(found[0]["title"].is_string() && found[0]["cause"].is_string());
    assert!(found[0]["links"][0].as_str().unwrap().starts_with("https://"));
    assert!(found[0]["matched"].as_str().unwrap().contains("wrong issuer"));
    assert_eq!(
        found[0]["fixes"][1],
        "Sign in to it: `az login --tenant 8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002`."
    );
}

#[test]
fn a_text_may_come_by_standard_input() {
    let text = "{\"error\":\"invalid_client\",\n\"error_description\":\"AADSTS7000222: The provided client secret keys for app 'x' are expired.\",\"error_codes\":[7000222]}";
    let found = Lab::new().run_with_input(&["doctor", "--error", "-"], text).json();
    assert_eq!(found[0]["code"], "AADSTS7000222");
}

#[test]
fn an_unknown_text_is_not_found_and_the_way_on_is_told() {
    let lab = Lab::new();
    let ran = lab.run(&["doctor", "--error", "the printer is on fire"]);
    assert!(ran.refused(3).contains("Hint: Paste the whole text"), "{ran:?}");
    assert_eq!(ran.stdout, "");
    let number = lab.run(&["doctor", "--error", "AADSTS999999: new"]);
    assert!(number.refused(3).contains("error?code=999999"), "{number:?}");
}

#[test]
fn what_our_own_program_prints_is_explained() {
    let lab = Lab::new();
    let ran = lab.run(&["token", "get"]);
    let printed = ran.refused(4).to_owned();
    let found = lab.run(&["doctor", "--error", &printed]).json();
    assert_eq!(found[0]["code"], "own.NobodySignedIn");
    assert!(printed.contains(found[0]["fixes"][0].as_str().unwrap()), "{printed}");
}

#[test]
fn the_page_is_up_to_date() {
    let mut page = HEAD.to_owned();
    for (subject, entries) in SUBJECTS {
        write!(page, "\n## {subject}\n").unwrap();
        for entry in entries {
            write!(page, "\n### {}: {}\n\n{}\n", entry.code, entry.title, escaped(entry.cause))
                .unwrap();
            list(&mut page, "", entry.fixes.iter().copied());
            list(&mut page, "Words: ", entry.texts.iter().copied());
            list(&mut page, "See ", entry.links.iter().copied());
        }
    }
    page.push_str("\n## az-imageshare\n");
    for entry in program::program_errors() {
        write!(page, "\n### {}\n\n{}\n", entry.code, entry.cause).unwrap();
        list(&mut page, "", entry.fixes.iter().map(String::as_str));
        list(&mut page, "Words: ", [entry.text.as_str()]);
    }
    snapbox::assert_data_eq!(
        snapbox::Data::text(page).raw(),
        snapbox::file!["../../docs/errors.md"].raw()
    );
}

fn list<'a>(page: &mut String, lead: &str, items: impl IntoIterator<Item = &'a str>) {
    for (index, item) in items.into_iter().enumerate() {
        let blank = if index == 0 { "\n" } else { "" };
        writeln!(page, "{blank}- {lead}{}", escaped(item)).unwrap();
    }
}

fn escaped(text: &str) -> String {
    text.replace('*', "\\*")
}
