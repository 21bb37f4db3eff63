//! The completion script for PowerShell, as far as it can be tried without one: a grammar of PowerShell reads it. No
//! registry that the tests install from has `pwsh`; completions/README.md says where that was looked for.

use std::path::Path;
use std::process::Command;

use crate::support::source::root;
use crate::support::tools_folder;

/// Where a script is not one.
fn faults(script: &Path) -> Vec<String> {
    let python = tools_folder().join("exportvenv/bin/python3");
    assert!(python.is_file(), "{} is missing: run `make tools`", python.display());
    let mut command = Command::new(python);
    command.arg(root().join("tests/it/data/parse_powershell.py")).arg(script);
    let ran = command.output().unwrap();
    assert!(ran.stderr.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
    let text = String::from_utf8(ran.stdout).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_script_is_powershell() {
    assert_eq!(faults(&root().join("completions/az-imageshare.ps1")), Vec::<String>::new());
}

#[test]
fn what_is_not_powershell_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(root().join("completions/az-imageshare.ps1")).unwrap();
    for (from, to) in [("foreach (", "foreach "), ("@()", "@("), ("    }\n    &", "    &")] {
        assert!(text.contains(from), "{from}");
        let broken = folder.path().join("broken.ps1");
        std::fs::write(&broken, text.replacen(from, to, 1)).unwrap();
        assert!(!faults(&broken).is_empty(), "{from} as {to} is not seen");
    }
}
