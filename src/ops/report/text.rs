//! The report for other programs: as rows for a spreadsheet, and as a graph for Graphviz.

use std::collections::BTreeSet;

use super::model::{AccessReport, EVERYONE, method};

/// The rows as CSV, as RFC 4180 has it.
pub(super) fn report_table(report: &AccessReport) -> String {
    let mut text = table_head();
    for row in &report.rows {
        let publisher = row.publisher_tenant_id.clone().unwrap_or_default();
        let tenant = row.tenant_id.clone().unwrap_or_default();
        text.push_str(&line(&[
            report.tenant(&publisher).to_owned(),
            report.place(row),
            method(row.via).to_owned(),
            row.principal_name.clone().unwrap_or_default(),
            row.principal_type.clone().unwrap_or_default(),
            row.role.clone().unwrap_or_default(),
            report.tenant(&tenant).to_owned(),
            row.expires_on.clone().unwrap_or_default(),
            row.state.unwrap_or_default().to_owned(),
            row.seen_by.join(" "),
            row.scope.clone().into(),
            row.principal_id.clone().into(),
            publisher.clone().into(),
            tenant.clone().into(),
        ]));
    }
    text
}

const COLUMNS: [&str; 14] = [
    "publisher",
    "where",
    "method",
    "principal",
    "principalType",
    "role",
    "tenant",
    "expiresOn",
    "state",
    "seenBy",
    "scope",
    "principalId",
    "publisherTenantId",
    "tenantId",
];

/// The first line.
pub(super) fn table_head() -> String {
    line(&COLUMNS.map(str::to_owned))
}

fn line(cells: &[String; 14]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted_cell(cell)).collect();
    cells.join(",") + "\r\n"
}

/// A cell that no spreadsheet takes for a formula.
///
/// Source: <https://owasp.org/www-community/attacks/CSV_Injection>
fn quoted_cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// What the graph begins with.
pub(super) const GRAPH_HEAD: &str = "digraph access {\n  rankdir=LR;\n";

/// Galleries and tenants as a graph in Graphviz' language, an edge for each method between them.
pub(super) fn report_graph(report: &AccessReport) -> String {
    let mut edges: BTreeSet<(usize, String, &str)> = BTreeSet::new();
    for row in &report.rows {
        let Some(outsider) = report.outsider(row) else { continue };
        for gallery in report.galleries_of(row) {
            edges.insert((gallery, outsider.to_lowercase(), row.via));
        }
    }
    let mut text = format!("{GRAPH_HEAD}  node [shape=box];\n");
    let mut cluster = "";
    for (place, gallery) in report.galleries.iter().enumerate() {
        if gallery.tenant_id != cluster {
            let end = if cluster.is_empty() { "" } else { "  }\n" };
            let label = quoted_word(report.tenant(&gallery.tenant_id));
            text.push_str(&format!("{end}  subgraph cluster_{place} {{\n    label={label};\n"));
            cluster = &gallery.tenant_id;
        }
        text.push_str(&format!("    g{place} [label={}];\n", quoted_word(&gallery.name)));
    }
    if !cluster.is_empty() {
        text.push_str("  }\n");
    }
    let outsiders: BTreeSet<&String> = edges.iter().map(|(_, outsider, _)| outsider).collect();
    for outsider in outsiders {
        let (label, shape) = match outsider.as_str() {
            EVERYONE => ("everyone in Azure", "doubleoctagon"),
            id => (report.tenant(id), "ellipse"),
        };
        let (id, label) = (quoted_word(outsider), quoted_word(label));
        text.push_str(&format!("  {id} [label={label}, shape={shape}];\n"));
    }
    for (gallery, outsider, via) in &edges {
        let (outsider, label) = (quoted_word(outsider), quoted_word(method(via)));
        text.push_str(&format!("  g{gallery} -> {outsider} [label={label}];\n"));
    }
    text.push_str("}\n");
    text
}

/// A quoted word of Graphviz' language; `\G` and its like are escapes there.
fn quoted_word(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let text: String = text.chars().map(shown).collect();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_no_quote_ends_one() {
        assert_eq!(quoted_cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(quoted_cell("a, b"), "\"a, b\"");
        assert_eq!(quoted_cell("plain"), "plain");
        assert_eq!(quoted_word("a\"; b\\G\n"), "\"a\\\"; b\\\\G\u{fffd}\"");
    }
}
