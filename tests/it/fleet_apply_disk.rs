//! `fleet apply` while the disk fills up: never a write without a durable intent, and nothing is lost.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::fleet_apply::{apply, peopled, standing};
use crate::support::fleets::MANIFEST;
use crate::support::program;

/// No file may become larger than this; what the shell ignores, the program does not die of.
const LIMITED: &str = "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"";

#[test]
fn a_disk_that_fills_up_stops_the_run_before_the_write_that_it_does_not_record() {
    let lab = peopled(20);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    lab.azure.clear_journal();
    let mut command = Command::new("bash");
    command.args(["-c", LIMITED, "limited", "24"]).arg(program::path());
    command.args(["fleet", "apply", &plan, "--yes"]);
    command.env_clear().envs(lab.variables()).env("PATH", std::env::var_os("PATH").unwrap());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let ran = command.output().unwrap();
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(7), "{told}");
    assert!(told.contains("disk"), "{told}");
    // Everything that was put has its intent in the record.
    let folder = lab.files().join("history");
    let records = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let text: String = records
        .filter(|path| path.extension().is_some_and(|kind| kind == "jsonl"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let intended: BTreeSet<String> = lines
        .filter_map(|line| Some(line.pointer("/intent/id")?.as_str()?.to_lowercase()))
        .collect();
    assert!(!intended.is_empty(), "{text}");
    for call in lab.azure.journal().iter().filter(|call| call.method == "PUT") {
        assert!(intended.contains(&call.path.to_lowercase()), "{}: {text}", call.path);
    }
    let ran = apply(&lab, &plan, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let undisturbed = peopled(20);
    let (_, plan) = undisturbed.planned(MANIFEST, &[]);
    assert_eq!(apply(&undisturbed, &plan, &[]).code, 0);
    assert_eq!(standing(&lab), standing(&undisturbed));
}
