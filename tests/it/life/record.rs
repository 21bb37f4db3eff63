//! The record of a run: whole at every moment, one for each of two runs at once, and nothing is sent without it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use sandbox::world;

use crate::support::galleries::{gallery_roles, shareable};
use crate::support::kill::Victim;
use crate::support::lab::{Lab, Ran};
use crate::support::{program, tool};

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

fn give_role(lab: &Lab) {
    lab.azure.state(|state| {
        state.role_assignments.retain(|known| known.scope != world::gallery_id());
        state.assign_role(&world::gallery_id(), READER, world::READER_OBJECT);
    });
}

fn line(gallery: &str) -> Vec<String> {
    let words = ["share", "rbac", "remove", "--yes", "--assignee", "image-reader", "--gallery-id"];
    words.iter().map(|word| (*word).to_owned()).chain([gallery.to_owned()]).collect()
}

/// The lines of every record; only the last of one may be cut.
fn records(lab: &Lab) -> Result<Vec<Vec<serde_json::Value>>, String> {
    let mut all = Vec::new();
    for (path, content) in Lab::contents(&lab.files().join("history")) {
        let text = String::from_utf8_lossy(&content).into_owned();
        let mut lines = Vec::new();
        for (at, line) in text.lines().enumerate() {
            match serde_json::from_str(line) {
                Ok(read) => lines.push(read),
                Err(_) if at + 1 == text.lines().count() && !text.ends_with('\n') => {}
                Err(err) => return Err(format!("{}: {err}: {line}", path.display())),
            }
        }
        all.push(lines);
    }
    Ok(all)
}

fn has(record: &[serde_json::Value], kind: &str) -> bool {
    record.iter().any(|line| line["line"] == kind)
}

#[test]
fn can_be_killed_wherever_it_can_leave_a_trace() {
    let lab = Lab::publisher();
    let history = lab.files().join("history");
    let mut words = vec![program::path().to_str().unwrap().to_owned()];
    words.extend(line(&world::gallery_id()));
    let env = lab.variables().clone().into_iter().collect();
    let victim = Victim { line: words, env, input: Path::new("/dev/null"), from: "/history" };
    let prepare = || {
        give_role(&lab);
        let _ = std::fs::remove_dir_all(&history);
    };
    let sweep = victim.sweep(prepare, || {
        let is_gone = gallery_roles(&lab.azure).is_empty();
        let records = records(&lab)?;
        if is_gone && !records.iter().any(|record| has(record, "intent")) {
            return Err("the role went without an intent on the disk".to_owned());
        }
        let listed = lab.run(&["history", "list"]);
        if listed.code != 0 || !listed.stderr.is_empty() {
            return Err(format!("{listed:?}"));
        }
        let again =
            lab.run(&line(&world::gallery_id()).iter().map(String::as_str).collect::<Vec<_>>());
        let left = gallery_roles(&lab.azure).len();
        (again.code == 0 && left == 0).then_some(()).ok_or(format!("{left} left: {again:?}"))
    });
    assert!(sweep.unsound.is_empty(), "{sweep:#?}");
    // How often a network is asked whether something has come differs from run to run.
    assert!(sweep.killed > 20 && sweep.killed * 10 > sweep.points * 5, "{sweep:?}");
}

fn start(lab: &Lab, args: &[String]) -> std::process::Child {
    let mut command = Command::new(program::path());
    command.args(args).env_clear().envs(lab.variables()).current_dir(lab.home.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn two_runs_at_once_have_one_each() {
    let lab = Lab::publisher();
    let galleries: Vec<String> =
        ["one", "two", "three", "four"].iter().map(|name| shareable(&lab.azure, name)).collect();
    for gallery in &galleries {
        lab.azure.state(|state| state.assign_role(gallery, READER, world::READER_OBJECT));
    }
    let running: Vec<_> = galleries.iter().map(|gallery| start(&lab, &line(gallery))).collect();
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    let records = records(&lab).unwrap();
    assert_eq!(records.len(), 4);
    for record in &records {
        let kinds: Vec<_> = record.iter().map(|line| line["line"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["run", "intent", "outcome", "end"]);
    }
    let written: BTreeSet<&str> =
        records.iter().map(|record| record[1]["intent"]["scope"].as_str().unwrap()).collect();
    assert_eq!(written.len(), 4, "{written:?}");
}

/// Runs the program where no file may grow beyond this many blocks of 512 bytes.
fn with_room_for(lab: &Lab, blocks: u32, args: &[String]) -> Ran {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut command = Command::new(tool("sh"));
    command.args(["-c", &script, "sh"]).arg(program::path()).args(args);
    command.env_clear().envs(lab.variables()).current_dir(lab.home.path());
    let ran = command.stdin(Stdio::null()).output().unwrap();
    Ran {
        code: ran.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX),
        stdout: String::from_utf8_lossy(&ran.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&ran.stderr).into_owned(),
    }
}

#[test]
fn a_full_disk_is_said_before_the_first_write() {
    let lab = Lab::publisher();
    give_role(&lab);
    let ran = with_room_for(&lab, 0, &line(&world::gallery_id()));
    let told = ran.refused(1);
    assert!(told.contains("cannot be written") && told.contains("HISTORY=off"), "{ran:?}");
    assert_eq!(lab.azure.calls("DELETE", ""), 0);
    assert_eq!(gallery_roles(&lab.azure).len(), 1);
    let listed = lab.run(&["history", "list"]);
    assert_eq!((listed.json(), listed.stderr.as_str()), (serde_json::json!([]), ""));
}

#[test]
fn a_disk_that_fills_up_ends_the_run_before_the_next_write() {
    let lab = Lab::publisher();
    lab.azure.state(|state| {
        for principal in [world::READER_OBJECT, world::CONTRIBUTOR_OBJECT, world::PUBLISHER_USER] {
            state.assign_role(&world::gallery_id(), READER, principal);
            let made = state.role_assignments.last_mut().unwrap();
            made.description = Some("az-imageshare expires=2020-01-31".to_owned());
        }
    });
    let prune: Vec<String> = ["share", "prune", "--yes"].map(str::to_owned).into();
    // Room for the first line and an intent, not for three.
    let ran = with_room_for(&lab, 3, &prune);
    let left = gallery_roles(&lab.azure).len();
    let intents = records(&lab).unwrap().iter().flatten().filter(|l| l["line"] == "intent").count();
    assert!(3 - left <= intents && left > 0, "{left} left, {intents} intents: {ran:?}");
    assert!([1, 7].contains(&ran.code) && ran.stderr.contains("cannot be written"), "{ran:?}");
    assert_eq!(lab.run(&["share", "prune", "--yes"]).code, 0);
    assert_eq!(gallery_roles(&lab.azure).len(), 0);
}
