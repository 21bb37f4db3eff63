//! `-o tsv`: knack's `_TsvOutput`. Values stand as they are: a tab in a text is not escaped.

use super::escape::escape_lines;
use super::python::str_of;
use super::value::Value;

/// Writes one line per item of a list, or one line for anything else.
pub(super) fn write_lines(value: &Value, on_terminal: bool) -> String {
    let mut out = String::new();
    match value {
        Value::List(items) => items.iter().for_each(|item| write_row(&mut out, item)),
        value => write_row(&mut out, value),
    }
    if on_terminal { escape_lines(&out) } else { out }
}

fn write_row(out: &mut String, row: &Value) {
    match row {
        Value::Object(object) if object.is_ordered() => {
            write_cells(out, object.members().iter().map(|(_, value)| value));
        }
        Value::Object(object) => {
            write_cells(out, object.sorted().into_iter().map(|(_, value)| value));
        }
        Value::List(items) => write_cells(out, items.iter()),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        value => write_cell(out, value),
    }
    out.push('\n');
}

fn write_cells<'a>(out: &mut String, cells: impl Iterator<Item = &'a Value>) {
    for (n, cell) in cells.enumerate() {
        out.push_str(if n == 0 { "" } else { "\t" });
        write_cell(out, cell);
    }
}

/// A list shows its length and an object nothing.
fn write_cell(out: &mut String, cell: &Value) {
    match cell {
        Value::List(items) => out.push_str(&items.len().to_string()),
        Value::Object(_) => {}
        Value::Text(text) => out.push_str(text),
        value => out.push_str(&str_of(value)),
    }
}
