//! SARIF 2.1.0, as code scanning takes it. Source:
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use serde_json::{Value, json};

use super::rows::{FleetReport, ReportLevel, ReportRow};

/// A result for each item that is not well, at the line of the manifest that asks for it.
pub(super) fn text(report: &FleetReport) -> String {
    let mut rules: Vec<&str> = Vec::new();
    let mut results = Vec::new();
    for row in report.rows.iter().filter(|row| row.level >= ReportLevel::Warning) {
        let place = rules.iter().position(|rule| *rule == row.rule).unwrap_or_else(|| {
            rules.push(&row.rule);
            rules.len() - 1
        });
        results.push(result(report, row, place));
    }
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| json!({"id": rule, "shortDescription": {"text": format!("An item is {rule}")}}))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "az-imageshare",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "automationDetails": {"id": report.title},
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("a value is JSON");
    text.push('\n');
    text
}

fn result(report: &FleetReport, row: &ReportRow, rule: usize) -> Value {
    let level = if row.level == ReportLevel::Error { "error" } else { "warning" };
    json!({
        "ruleId": row.rule,
        "ruleIndex": rule,
        "level": level,
        "message": {"text": format!("{}: {} {}", row.key, row.code, row.message)},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": address(&report.manifest)},
                "region": {"startLine": row.line.max(1)},
            },
        }],
        "partialFingerprints": {"itemKey": row.key},
    })
}

/// A path as a URI reference: relative as it was given, with slashes.
fn address(path: &str) -> String {
    let slashes = path.replace('\\', "/");
    let segments: Vec<String> = slashes.split('/').map(crate::id::path_segment).collect();
    segments.join("/")
}
