//! `scripts/live-check` against the sandbox: it tries every belief, removes what it made, and sees beliefs that are wrong.

use std::process::{Command, Output};

use sandbox::world;

use crate::support::keyring::KeyringSession;
use crate::support::lab::Lab;
use crate::support::program;
use crate::support::source::root;

/// A cloud, a keyring with a credential of each tenant, and the script.
struct Trial {
    lab: Lab,
    keyring: KeyringSession,
}

impl Trial {
    fn new() -> Trial {
        let trial = Trial { lab: Lab::new(), keyring: KeyringSession::start() };
        trial.add(
            "contoso",
            world::PUBLISHER_TENANT,
            world::DEPLOYER_CLIENT,
            world::DEPLOYER_SECRET,
        );
        trial.add(
            "fabrikam",
            world::CONSUMER_TENANT,
            world::CONSUMER_CLIENT,
            world::CONSUMER_SECRET,
        );
        trial
    }

    fn command(&self, program: &std::path::Path) -> assert_cmd::Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.lab.variables()).envs(self.keyring.env());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        assert_cmd::Command::from_std(command)
    }

    fn add(&self, name: &str, tenant: &str, client: &str, secret: &str) {
        let args = [
            "credential",
            "add",
            "-n",
            name,
            "--tenant",
            tenant,
            "--client-id",
            client,
            "--secret-stdin",
        ];
        self.command(program::path()).args(args).write_stdin(secret.to_owned()).assert().success();
    }

    fn check(&self, more: &[&str]) -> Output {
        let program = program::path().to_str().unwrap();
        let args = ["--publisher", "contoso", "--consumer", "fabrikam", "--location", "westeurope"];
        let place = ["--cloud", sandbox::CLOUD, "--program", program, "--patience", "20"];
        let third = ["--third-tenant", world::THIRD_TENANT];
        let mut command = self.command(&root().join("scripts/live-check"));
        command.args(args).args(place).args(third).args(more).output().unwrap()
    }

    /// How much there is of what the script makes.
    fn made(&self) -> [usize; 4] {
        self.lab.azure.state(|state| {
            let roles = state.role_assignments.len();
            [state.definitions.len(), state.assignments.len(), state.resources.len(), roles]
        })
    }
}

/// What is different without the preview of direct sharing, which the publisher's subscription has.
const NEEDS_NO_PREVIEW: &str = "preview-text";
const NEEDS_PREVIEW: &str = "share-limits";

/// The rows of a table with this verdict.
fn rows(table: &str, verdict: &str) -> Vec<String> {
    let end = format!("| {verdict} |");
    let rows = table.lines().filter(|row| row.ends_with(&end));
    rows.map(|row| row.split(" | ").next().unwrap().trim_start_matches("| ").to_owned()).collect()
}

#[test]
fn beliefs_hold_in_the_sandbox_and_nothing_is_left() {
    let trial = Trial::new();
    let before = trial.made();
    let out = trial.lab.home.path().join("table.md");
    let ran = trial.check(&["--out", out.to_str().unwrap()]);
    let (table, progress) =
        (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(ran.status.code(), Some(0), "{table}{progress}");
    assert_eq!(rows(&table, "not tried"), [NEEDS_NO_PREVIEW], "{table}");
    let tried = tried().len();
    assert_eq!(rows(&table, "as believed").len() + 1, tried, "{table}");
    assert!(tried > 60, "{tried}");
    assert_eq!(std::fs::read_to_string(out).unwrap(), table);
    assert_eq!(trial.made(), before, "{progress}");
    for private in [world::PUBLISHER_TENANT, world::PUBLISHER_SUBSCRIPTION, "eyJ"] {
        assert!(!table.contains(private), "{table}");
    }
}

#[test]
fn wrong_beliefs_are_seen() {
    let trial = Trial::new();
    trial.lab.azure.state(|state| state.features.clear());
    let before = trial.made();
    let mut broken = tried();
    for belief in &mut broken {
        belief["expect"] = serde_json::json!(["418 ShortAndStout"]);
    }
    let beliefs = serde_json::json!({"tried": broken, "by_hand": []});
    let file = trial.lab.file("beliefs.json", &beliefs.to_string());
    let ran = trial.check(&["--beliefs", &file]);
    let table = String::from_utf8_lossy(&ran.stdout);
    assert_eq!(ran.status.code(), Some(8), "{table}");
    let mut names: Vec<String> =
        broken.iter().map(|belief| belief["id"].as_str().unwrap().to_owned()).collect();
    names.retain(|name| name != NEEDS_PREVIEW);
    assert_eq!(rows(&table, "DIFFERENT"), names, "{table}");
    assert_eq!(rows(&table, "not tried"), [NEEDS_PREVIEW], "{table}");
    let refused = table.lines().find(|row| row.contains(NEEDS_NO_PREVIEW)).unwrap();
    assert!(refused.contains("400 FeatureNotEnabled"), "{refused}");
    assert_eq!(trial.made(), before);
}

/// One of the two lists of beliefs.
fn listed(part: &str) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(root().join("scripts/live/beliefs.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    all[part].as_array().unwrap().clone()
}

/// The beliefs that the script tries.
fn tried() -> Vec<serde_json::Value> {
    listed("tried")
}

/// Every belief of the script and by hand.
fn beliefs() -> Vec<serde_json::Value> {
    [tried(), listed("by_hand")].concat()
}

/// The beliefs that settle what the sources leave open, and the rows without one.
fn open_statements() -> (Vec<String>, usize) {
    let text = include_str!("data/unsure.txt");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split(" | ").collect())
        .collect();
    assert!(rows.iter().all(|row| row.len() == 3), "{rows:?}");
    let settled = rows.iter().map(|row| row[2]).filter(|id| !id.starts_with("- "));
    let settled: Vec<String> = settled.map(str::to_owned).collect();
    let without = rows.len() - settled.len();
    (settled, without)
}

#[test]
fn every_open_statement_has_a_belief_and_every_belief_comes_from_one() {
    let ids: Vec<String> =
        beliefs().iter().map(|belief| belief["id"].as_str().unwrap().to_owned()).collect();
    let (settled, without) = open_statements();
    assert!(without < settled.len() / 4, "most of what is open only a live tenant settles");
    let unknown: Vec<_> = settled.iter().filter(|id| !ids.contains(id)).collect();
    assert!(unknown.is_empty(), "no belief is named {unknown:?}");
    let idle: Vec<_> = ids.iter().filter(|id| !settled.contains(id)).collect();
    assert!(idle.is_empty(), "{idle:?} come from nowhere: add them to tests/it/data/unsure.txt");
}

#[test]
fn what_a_page_calls_unsure_leads_to_its_belief() {
    let ids: Vec<String> =
        beliefs().iter().map(|belief| belief["id"].as_str().unwrap().to_owned()).collect();
    let mut seen = 0;
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text.split("](live.md#").skip(1) {
            let id = link.split(')').next().unwrap();
            assert!(ids.iter().any(|known| known == id), "{}: {id}", path.display());
            seen += 1;
        }
        let text = text.to_lowercase();
        for (at, _) in text.match_indices("unsure") {
            let after: String = text[at..].chars().take(24).collect();
            assert!(after.contains("](live.md#"), "{}: {after}", path.display());
        }
    }
    assert!(seen > 5, "{seen} links");
}

/// What is left to people says why no script can try it.
#[test]
fn what_is_by_hand_says_why() {
    let page = std::fs::read_to_string(root().join("docs/live.md")).unwrap();
    let by_hand = listed("by_hand");
    assert!(by_hand.len() < tried().len() / 2, "{}", by_hand.len());
    for belief in by_hand {
        let reason = format!("- By hand because {}", belief["reason"].as_str().unwrap());
        assert!(page.contains(&reason), "{belief}");
    }
}

#[test]
fn the_page_is_made_of_the_beliefs() {
    let page = std::fs::read_to_string(root().join("docs/live.md")).unwrap();
    for belief in beliefs() {
        for member in ["id", "belief", "why", "breaks"] {
            assert!(
                page.contains(belief[member].as_str().unwrap()),
                "{belief}: run `scripts/live-check --page`"
            );
        }
    }
}
