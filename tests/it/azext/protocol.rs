//! The pipe: the program's side without `az`, and the extension's side with a program that behaves badly.

use serde_json::{Value, json};

use crate::support::extension::{AzRan, installed};
use crate::support::lab::Lab;

const GREETING: &str = r#""terminals":{"stdin":false,"stdout":false,"stderr":false}"#;

/// A program that starts programs, and is not there.
const ABSENT: &str = "/lib64/absent-loader";

fn events(lab: &Lab, arguments: &[&str]) -> Vec<Value> {
    let greeting = format!(r#"{{"protocol":1,"arguments":{},{GREETING}}}"#, json!(arguments));
    said(lab, &greeting)
}

fn said(lab: &Lab, line: &str) -> Vec<Value> {
    let ran = lab.run_with_input(&["__az-bridge"], &format!("{line}\n"));
    assert_eq!(ran.stderr, "", "everything goes through the pipe");
    let lines = ran.stdout.lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_answer_is_a_value_with_its_table_and_exit_code() {
    let found = events(&Lab::publisher(), &["credential", "list"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["event"], &found[0]["exitCode"]), (&json!("answer"), &json!(0)));
    assert_eq!(found[0]["value"], json!([]));
    assert!(found[0]["table"].as_str().unwrap().starts_with("[].{Name:name"));
}

#[test]
fn errors_carry_kind_causes_and_hints_as_one_types_them_to_az() {
    let found = events(&Lab::new(), &["credential", "show", "-n", "nobody"]);
    assert_eq!(found[0]["kind"], "not-found");
    assert_eq!(found[0]["exitCode"], 3);
    let hint = "See the names with `az imageshare credential list -o table`.";
    assert_eq!(found[0]["hints"], json!([hint]));
    let found = events(&Lab::new(), &["credential", "shw"]);
    assert_eq!(found[0]["kind"], "usage");
}

#[test]
fn a_stranger_is_told_to_install_again() {
    for line in ["", "no json", r#"{"protocol":0,"arguments":[]}"#] {
        let found = said(&Lab::new(), line);
        assert_eq!(found[0]["event"], "failed", "{line}");
        assert!(found[0]["hints"][0].as_str().unwrap().contains("az extension"));
    }
}

#[test]
fn a_program_that_ends_or_babbles_is_one_line_for_the_user() {
    let lab = Lab::new();
    let extensions = lab.home.path().join("extensions");
    let here = extensions.join("imageshare/azext_imageshare");
    let copied =
        std::process::Command::new("cp").arg("-a").arg(installed()).arg(&extensions).status();
    assert!(copied.unwrap().success());
    let program = format!("bin/linux-{}/az-imageshare", std::env::consts::ARCH);
    let cases = [
        ("exit 101", "ended without an answer (status 101)"),
        ("echo '{\"event\":\"run\"}'", "something that is no answer"),
        ("echo Hello", "something that is no answer"),
        ("echo '[1]'", "something that is no answer"),
        ("exec cat", "something that is no answer"),
        // As the loader of glibc is on Alpine.
        (ABSENT, "needs glibc 2.17 or newer"),
    ];
    for (script, expected) in cases {
        // The execute bit is left out: the extension puts it back.
        let path = here.join(&program);
        std::fs::remove_file(&path).unwrap();
        let shell = if script == ABSENT { script } else { "/bin/sh" };
        std::fs::write(&path, format!("#!{shell}\n{script}\n")).unwrap();
        let list = ["imageshare", "credential", "list"];
        let ran: AzRan = lab.az_with(&extensions, &list).output().unwrap().into();
        assert!(ran.refused(1).contains(expected), "{script}: {ran:?}");
        assert!(!ran.stderr.contains("Traceback"), "{script}: {ran:?}");
    }
}
