//! `-o tsv`: knack's `_TsvOutput`. Values are printed as they are: a tab in a text is not escaped. On a terminal they
//! are, so that none can forge a line.

use super::escape::escape_line;
use super::python::str_of;
use super::value::Value;

/// Writes one line per item of a list, or one line for anything else.
pub(super) fn write_lines(value: &Value, on_terminal: bool) -> String {
    let mut out = String::new();
    match value {
        Value::List(items) => items.iter().for_each(|item| write_row(&mut out, item, on_terminal)),
        value => write_row(&mut out, value, on_terminal),
    }
    out
}

fn write_row(out: &mut String, row: &Value, on_terminal: bool) {
    match row {
        Value::Object(object) if object.is_ordered() => {
            let cells = object.members().iter().map(|(_, value)| value);
            write_cells(out, cells, on_terminal);
        }
        Value::Object(object) => {
            let cells = object.sorted().into_iter().map(|(_, value)| value);
            write_cells(out, cells, on_terminal);
        }
        Value::List(items) => write_cells(out, items.iter(), on_terminal),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        value => write_cell(out, value, on_terminal),
    }
    out.push('\n');
}

fn write_cells<'a>(out: &mut String, cells: impl Iterator<Item = &'a Value>, on_terminal: bool) {
    for (n, cell) in cells.enumerate() {
        out.push_str(if n == 0 { "" } else { "\t" });
        write_cell(out, cell, on_terminal);
    }
}

/// A list shows its length and an object nothing.
fn write_cell(out: &mut String, cell: &Value, on_terminal: bool) {
    match cell {
        Value::List(items) => out.push_str(&items.len().to_string()),
        Value::Object(_) => {}
        Value::Text(text) if on_terminal => out.push_str(&escape_line(text)),
        Value::Text(text) => out.push_str(text),
        value => out.push_str(&str_of(value)),
    }
}
