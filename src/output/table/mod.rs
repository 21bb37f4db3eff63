//! `-o table`: the rows and columns knack makes of a result; `tabulate` draws them.

mod ansi;
mod cells;
mod fit;
mod own;
mod scope;
mod tabulate;

use super::value::Value;
use cells::cells_of;

pub(super) use fit::fold_remark;
pub(crate) use own::Labels;
pub(super) use own::{TablePage, draw_own_table, own_rows_literal};

/// Draws a result. `sort` orders the columns by name: only without a query and a transformer.
pub(super) fn draw_table(result: &Value, sort: bool, on_terminal: bool) -> String {
    let (headers, cells) = cells_of(result, sort, on_terminal);
    let mut text = tabulate::simple_table(&headers, cells);
    text.push('\n');
    text
}
