//! The workflows of `docs/pipelines`: checked by actionlint and by the schema of Azure Pipelines, and their steps run
//! by a test that plays the runner.
//!
//! What the runner gives is played strictly: a step has the variables that its `env`, its job's permissions and the
//! runner give it, and nothing else. The network is played, too: `curl` and `gh` are programs that note what they
//! are asked for; an artifact is a folder.

mod devops;
mod github;
mod runner;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::source::root;

const GITHUB: &str = "docs/pipelines/github-actions.yml";
const DEVOPS: &str = "docs/pipelines/azure-pipelines.yml";
const RELEASES: &str = "https://releases.example/az-imageshare";

fn tools(name: &str) -> PathBuf {
    root().join("target/tools").join(name)
}

/// A file of YAML, every scalar as text.
fn read_yaml(path: &str) -> Value {
    let script =
        "import json, sys, yaml\nprint(json.dumps(yaml.load(open(sys.argv[1]), yaml.BaseLoader)))";
    let python = tools("azvenv/bin/python");
    let ran = Command::new(python).args(["-c", script]).arg(root().join(path)).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

#[test]
fn actionlint_has_nothing_to_say() {
    let lint = |files: &[&str]| {
        let program = tools("actionlint/bin/actionlint");
        let mut command = Command::new(&program);
        command.current_dir(root()).args(["-no-color"]).args(files);
        command.output().unwrap_or_else(|err| {
            panic!("{}: {err}; `scripts/setup test` installs it", program.display())
        })
    };
    let ran = lint(&[GITHUB]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    // It sees what is wrong.
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.yml");
    let text = std::fs::read_to_string(root().join(GITHUB)).unwrap();
    std::fs::write(&wrong, text.replace("inputs.approve", "inputs.consent")).unwrap();
    let ran = lint(&[wrong.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(!ran.status.success() && told.contains("consent"), "{told}");
}

/// By the schema of Microsoft's own editor, which `check-jsonschema` has with it.
#[test]
fn the_file_of_azure_pipelines_fits_microsofts_schema() {
    let python = tools("exportvenv/bin/python3");
    assert!(python.exists(), "{} is missing: `scripts/setup test` installs it", python.display());
    let lint = |file: &Path| {
        let schema = ["-m", "check_jsonschema", "--builtin-schema", "vendor.azure-pipelines"];
        let reading = ["--data-transform", "azure-pipelines", "--regex-variant", "python"];
        Command::new(&python).args(schema).args(reading).arg(file).output().unwrap()
    };
    let ran = lint(&root().join(DEVOPS));
    assert!(ran.status.success(), "{ran:?}");
    // It sees what is wrong.
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.yml");
    let text = std::fs::read_to_string(root().join(DEVOPS)).unwrap();
    assert!(text.contains("timeoutInMinutes"));
    std::fs::write(&wrong, text.replace("timeoutInMinutes", "timeoutMinutes")).unwrap();
    let ran = lint(&wrong);
    let told = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(!ran.status.success() && told.contains("Schema validation errors"), "{told}");
}

#[test]
fn the_page_speaks_of_the_files_as_they_are() {
    let page = std::fs::read_to_string(root().join("docs/pipelines.md")).unwrap();
    for name in ["pipelines/github-actions.yml", "pipelines/azure-pipelines.yml", "../action.yml"] {
        assert!(page.contains(&format!("({name})")), "{name}");
        assert!(Path::new(&root().join("docs")).join(name).is_file(), "{name}");
    }
}
