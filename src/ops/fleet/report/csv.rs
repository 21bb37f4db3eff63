//! Comma-separated values by RFC 4180, with nothing that a spreadsheet would take for a formula.

use super::rows::FleetReport;

/// A row for each item.
pub(super) fn text(report: &FleetReport) -> String {
    let mut out = String::from(
        "key,publisher,grant,consumer,subscription,do,outcome,code,message,seconds,line\r\n",
    );
    for row in &report.rows {
        let cells = [
            row.key.as_str(),
            &row.publisher,
            &row.grant,
            &row.consumer,
            &row.subscription,
            &row.change,
            &row.rule,
            &row.code,
            &row.message,
            &format!("{}.{:03}", row.ms / 1000, row.ms % 1000),
            &row.line.to_string(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

/// Source: <https://owasp.org/www-community/attacks/CSV_Injection>
fn quoted(text: &str) -> String {
    let text = match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}
