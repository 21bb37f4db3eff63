//! JUnit's XML as CI systems read it. Source: <https://github.com/windyroad/JUnit-Schema/blob/master/JUnit.xsd>

use std::collections::BTreeMap;
use std::fmt::Write;

use super::rows::{FleetReport, ReportLevel, ReportRow};

/// One suite for each publisher, one case for each item.
pub(super) fn text(report: &FleetReport) -> String {
    let mut suites: BTreeMap<&str, Vec<&ReportRow>> = BTreeMap::new();
    for row in &report.rows {
        suites.entry(&row.publisher).or_default().push(row);
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"{}\">", escaped(&report.title));
    for (publisher, rows) in suites {
        let count =
            |wanted: fn(ReportLevel) -> bool| rows.iter().filter(|row| wanted(row.level)).count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{}\">",
            escaped(publisher),
            rows.len(),
            count(|level| level >= ReportLevel::Warning),
            count(|level| level == ReportLevel::Skipped),
            seconds(rows.iter().map(|row| row.ms).sum()),
        );
        rows.iter().for_each(|row| case(row, &mut out));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(row: &ReportRow, out: &mut String) {
    let _ = write!(
        out,
        "    <testcase name=\"{}\" classname=\"{}\" time=\"{}\"",
        escaped(&row.key),
        escaped(&row.grant),
        seconds(row.ms)
    );
    match row.level {
        ReportLevel::Well => out.push_str("/>\n"),
        ReportLevel::Skipped => out.push_str("><skipped/></testcase>\n"),
        ReportLevel::Warning | ReportLevel::Error => {
            let _ = writeln!(
                out,
                "><failure type=\"{}\" message=\"{}\"/></testcase>",
                escaped(&format!("{}: {}", row.rule, row.code)),
                escaped(&row.message)
            );
        }
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// XML 1.0 has no place at all for most control characters.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => out.push(' '),
            control if control.is_control() => out.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
