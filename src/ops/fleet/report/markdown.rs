//! A page for people: what became of how many, why, and which.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::rows::{FleetReport, ReportLevel};
use crate::ops::fleet::shapes::with_commas;

/// So many items are named for a cause.
const NAMED: usize = 3;

/// The page; of the items that are not well at most so many are listed.
pub(super) fn text(report: &FleetReport, most_items: usize) -> String {
    let mut out = format!("## {}\n\n", cell(&report.title));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &report.rows {
        *counts.entry(&row.rule).or_default() += 1;
    }
    out.push_str("| Count | Outcome |\n| ---: | --- |\n");
    for (rule, count) in counts {
        let _ = writeln!(out, "| {} | {} |", with_commas(count), cell(rule));
    }
    let causes = report.causes();
    if causes.is_empty() {
        return out;
    }
    out.push_str(
        "\n| Count | Outcome | Cause | Message | For example |\n| ---: | --- | --- | --- | --- |\n",
    );
    for (first, rows) in &causes {
        let named: Vec<String> = rows.iter().take(NAMED).map(|row| cell(&row.key)).collect();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            with_commas(rows.len()),
            cell(&first.rule),
            cell(&first.code),
            cell(&first.message),
            named.join("<br>")
        );
    }
    let bad: Vec<_> = report.rows.iter().filter(|row| row.level >= ReportLevel::Warning).collect();
    if most_items > 0 {
        out.push_str("\n<details><summary>Items</summary>\n\n| Item | Outcome | Cause |\n| --- | --- | --- |\n");
        for row in bad.iter().take(most_items) {
            let _ =
                writeln!(out, "| {} | {} | {} |", cell(&row.key), cell(&row.rule), cell(&row.code));
        }
        out.push_str("\n</details>\n");
    }
    if bad.len() > most_items {
        let _ =
            writeln!(out, "\n{} more are not listed here.", with_commas(bad.len() - most_items));
    }
    out
}

/// A text that is nothing but text in a table's cell.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '!' | '#' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            control if control.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}
