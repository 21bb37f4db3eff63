//! Every parameter file in the history of Microsoft's Azure-Lighthouse-samples: people still have
//! them on disk. The table beside them says for each whether it plans, and if not, why.

use std::path::PathBuf;

use super::{Arguments, GROUP, TENANT, judged};

fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/lighthouse-samples-history")
}

/// The placeholders filled in, as the sample's readme asks.
fn filled_in(text: &str) -> String {
    let mut filled = String::new();
    for (at, part) in text.split('"').enumerate() {
        let quote = if at == 0 { "" } else { "\"" };
        let is_placeholder = part.starts_with('<') && part.ends_with('>');
        filled.push_str(quote);
        filled.push_str(if is_placeholder { TENANT } else { part });
    }
    // Each principal is another one: nobody approves their own activation.
    let mut number = 0;
    while filled.contains(EMPTY) {
        number += 1;
        filled = filled.replacen(EMPTY, &format!("{}{number:02}", &GROUP[..34]), 1);
    }
    filled
}

const EMPTY: &str = "00000000-0000-0000-0000-000000000000";

fn verdict_on(path: &std::path::Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f.json");
    std::fs::write(&file, filled_in(&std::fs::read_to_string(path).unwrap())).unwrap();
    let arguments =
        Arguments { parameters: file.to_str().map(str::to_owned), ..Arguments::default() };
    let findings = judged(&arguments, "AzureCloud");
    let mut why: Vec<String> = findings.errors.into_iter().map(|found| found.rule).collect();
    why.dedup();
    if why.is_empty() { "plans".to_owned() } else { format!("refused: {}", why.join("; ")) }
}

#[test]
fn every_sample_of_the_history_plans_or_is_refused_for_a_named_reason() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(data())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let lines = files.iter().map(|path| {
        format!("{}\t{}\n", path.file_name().unwrap().to_str().unwrap(), verdict_on(path))
    });
    let table: String = lines.collect();
    let written = std::fs::read_to_string(data().join("verdicts.tsv")).unwrap_or_default();
    assert_eq!(table, written);
    let plans = table.lines().filter(|line| line.ends_with("\tplans")).count();
    assert!(plans >= 55, "{plans} of {} plan", files.len());
}
