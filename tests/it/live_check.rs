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
    fn made(&self) -> [usize; 3] {
        self.lab.azure.state(|state| {
            [state.definitions.len(), state.assignments.len(), state.resources.len()]
        })
    }
}

/// The rows that the sandbox cannot answer as Azure is believed to: it has no locks and no such table.
const BEYOND_THE_SANDBOX: [&str; 2] = ["resource-graph", "lock"];

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
    assert_eq!(ran.status.code(), Some(8), "{table}{progress}");
    assert_eq!(rows(&table, "DIFFERENT"), BEYOND_THE_SANDBOX, "{table}");
    assert_eq!(rows(&table, "as believed").len(), 17, "{table}");
    assert!(rows(&table, "not tried").is_empty(), "{table}");
    assert_eq!(std::fs::read_to_string(out).unwrap(), table);
    assert_eq!(trial.made(), before, "{progress}");
    for private in [world::PUBLISHER_TENANT, world::PUBLISHER_SUBSCRIPTION, "eyJ"] {
        assert!(!table.contains(private), "{table}");
    }
}

#[test]
fn wrong_beliefs_are_seen() {
    let trial = Trial::new();
    let text = std::fs::read_to_string(root().join("scripts/live/beliefs.json")).unwrap();
    let mut beliefs: serde_json::Value = serde_json::from_str(&text).unwrap();
    let tried = beliefs["tried"].as_array_mut().unwrap();
    let broken = ["definition-absent", "role-not-allowed", "unique-name"];
    tried.retain(|belief| broken.contains(&belief["id"].as_str().unwrap()));
    for belief in tried {
        belief["expect"] = serde_json::json!(["418 ShortAndStout"]);
    }
    let file = trial.lab.file("beliefs.json", &beliefs.to_string());
    let ran = trial.check(&["--beliefs", &file]);
    let table = String::from_utf8_lossy(&ran.stdout);
    assert_eq!(ran.status.code(), Some(8), "{table}");
    assert_eq!(rows(&table, "DIFFERENT"), broken, "{table}");
}

#[test]
fn the_page_is_made_of_the_beliefs() {
    let text = std::fs::read_to_string(root().join("scripts/live/beliefs.json")).unwrap();
    let beliefs: serde_json::Value = serde_json::from_str(&text).unwrap();
    let page = std::fs::read_to_string(root().join("docs/live.md")).unwrap();
    for belief in ["tried", "by_hand"].iter().flat_map(|part| beliefs[part].as_array().unwrap()) {
        for member in ["id", "belief", "why"] {
            assert!(
                page.contains(belief[member].as_str().unwrap()),
                "{belief}: run `scripts/live-check --page`"
            );
        }
    }
}
