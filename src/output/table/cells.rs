//! The rows and columns that knack makes of a result.

use std::collections::HashMap;

use super::super::escape::escape_line;
use super::super::python::str_of;
use super::super::value::Value;

/// The headers, and for each row a cell for each of them.
pub(super) type Cells = (Vec<String>, Vec<Vec<Option<String>>>);

pub(super) fn cells_of(result: &Value, sort: bool, on_terminal: bool) -> Cells {
    let rows: Vec<TableRow> = match result {
        Value::List(items) => items.iter().map(|item| row_of(item, sort, on_terminal)).collect(),
        value => vec![row_of(value, sort, on_terminal)],
    };
    arrange_columns(rows)
}

/// The columns of one item with the text of their cells; `None` is a missing value.
type TableRow = Vec<(String, Option<String>)>;

fn row_of(item: &Value, sort: bool, on_terminal: bool) -> TableRow {
    let mut row = TableRow::new();
    match item {
        Value::Object(object) => {
            let members: Vec<_> =
                if sort { object.sorted() } else { object.members().iter().collect() };
            for (name, value) in members {
                if !LEFT_OUT.contains(&&**name) && is_cell(value) {
                    put_cell(&mut row, capitalize_name(name), Some(cell_text(value, on_terminal)));
                }
            }
        }
        Value::List(items) => {
            for (n, value) in items.iter().enumerate() {
                let text = (!value.is_null()).then(|| cell_text(value, on_terminal));
                row.push((format!("Column{}", n + 1), text));
            }
        }
        value => row
            .push(("Result".to_owned(), (!value.is_null()).then(|| cell_text(value, on_terminal)))),
    }
    row
}

/// Names that others chose must not steer a terminal; through a pipe, every byte is as az prints it.
fn cell_text(value: &Value, on_terminal: bool) -> String {
    let text = str_of(value);
    if on_terminal { escape_line(&text) } else { text }
}

fn is_cell(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::List(_) | Value::Object(_))
}

/// Two names may become one header: the later value wins, the earlier place stays.
fn put_cell(row: &mut TableRow, header: String, text: Option<String>) {
    match row.iter_mut().find(|(name, _)| *name == header) {
        Some(cell) => cell.1 = text,
        None => row.push((header, text)),
    }
}

fn capitalize_name(name: &str) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// Columns in the order in which they are first seen.
fn arrange_columns(rows: Vec<TableRow>) -> Cells {
    let mut headers: Vec<String> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut cells = Vec::with_capacity(rows.len());
    for row in rows {
        let mut line = vec![None; headers.len()];
        for (header, text) in row {
            let place = places.get(&header).copied().unwrap_or_else(|| {
                places.insert(header.clone(), headers.len());
                headers.push(header);
                line.push(None);
                headers.len() - 1
            });
            line[place] = text;
        }
        cells.push(line);
    }
    for line in &mut cells {
        line.resize(headers.len(), None);
    }
    (headers, cells)
}

/// knack never shows these, whatever asked for them.
const LEFT_OUT: [&str; 3] = ["id", "type", "etag"];
