//! The `simple` format of Python's `tabulate` 0.10 with number parsing off and no `wcwidth`: columns are left-aligned
//! and a character is one column wide, as in `az`; in this program's own tables, as wide as a terminal shows it.

use unicode_width::UnicodeWidthStr;

use super::super::python::{split_lines, strip_end, strip_text};
use super::ansi;

/// Draws headers, dashes and rows; nothing at all without columns. The last line has no end.
pub(super) fn simple_table(headers: &[String], rows: Vec<Vec<Option<String>>>) -> String {
    draw_layout(TableLayout::of(headers, &rows), headers, rows)
}

/// The same, with wide letters counted as two columns.
pub(super) fn aligned_table(headers: &[String], rows: Vec<Vec<Option<String>>>) -> String {
    draw_layout(TableLayout { wide: true, ..TableLayout::of(headers, &rows) }, headers, rows)
}

fn draw_layout(how: TableLayout, headers: &[String], rows: Vec<Vec<Option<String>>>) -> String {
    if headers.is_empty() {
        return String::new();
    }
    let mut separators = Vec::new();
    let mut cells: Vec<Vec<String>> = Vec::with_capacity(rows.len());
    for (n, row) in rows.into_iter().enumerate() {
        if row.iter().take(2).flatten().any(|cell| strip_text(cell) == SEPARATING_LINE) {
            separators.push(n);
            continue;
        }
        cells.push(row.into_iter().map(Option::unwrap_or_default).collect());
    }
    let widths = how.align(headers, &mut cells);
    let mut out = Vec::with_capacity(cells.len() + 2);
    let titles: Vec<String> = headers.iter().zip(&widths).map(|(h, w)| how.header(h, *w)).collect();
    how.draw_row(&mut out, &titles, &widths);
    let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let dashes = join_cells(dashes.iter().map(String::as_str));
    out.push(dashes.clone());
    let mut drawn = 0;
    let mut cells = cells.iter();
    loop {
        if separators.contains(&drawn) {
            out.push(dashes.clone());
        } else if let Some(row) = cells.next() {
            how.draw_row(&mut out, row, &widths);
        } else {
            return out.join("\n");
        }
        drawn += 1;
    }
}

/// What the cells hold decides for the whole table how they are measured and split.
#[derive(Clone, Copy)]
struct TableLayout {
    /// A cell has several lines.
    multiline: bool,
    /// A cell holds a terminal sequence.
    invisible: bool,
    /// A wide letter counts as two columns.
    wide: bool,
}

impl TableLayout {
    fn of(headers: &[String], rows: &[Vec<Option<String>>]) -> TableLayout {
        let texts = || headers.iter().chain(rows.iter().flatten().flatten());
        TableLayout {
            multiline: texts().any(|text| text.contains(BREAKS)),
            invisible: texts().any(|text| ansi::has_sequence(text)),
            wide: false,
        }
    }

    /// Strips and pads every cell of every column; answers the widths of the columns.
    fn align(self, headers: &[String], rows: &mut [Vec<String>]) -> Vec<usize> {
        let mut widths = Vec::with_capacity(headers.len());
        for (column, header) in headers.iter().enumerate() {
            let mut width = self.width(header) + GAP;
            for row in rows.iter_mut() {
                let stripped = strip_text(&row[column]);
                width = width.max(self.width(stripped));
                if stripped.len() < row[column].len() {
                    row[column] = stripped.to_owned();
                }
            }
            let mut widest = width;
            for row in rows.iter_mut() {
                self.pad(&mut row[column], width);
                if self.multiline || self.invisible {
                    widest = widest.max(self.width(&row[column]));
                }
            }
            widths.push(widest);
        }
        widths
    }

    fn pad(self, cell: &mut String, width: usize) {
        *cell = match (self.multiline, self.invisible) {
            (false, _) => {
                push_spaces(cell, width - self.line_width(cell));
                return;
            }
            (true, false) => {
                let padded = split_lines(cell).into_iter().map(|line| self.padded(line, width));
                padded.collect::<Vec<_>>().join("\n")
            }
            (true, true) => {
                // Lines and widths are split by different rules, so they may not belong together.
                let widths =
                    cell.split(BREAKS).map(|line| (self.line_width(line), self.raw_width(line)));
                let padded = split_lines(cell)
                    .into_iter()
                    .zip(widths)
                    .map(|(line, (shown, length))| self.padded(line, width + length - shown));
                padded.collect::<Vec<_>>().join("\n")
            }
        };
    }

    fn header(self, header: &str, width: usize) -> String {
        if !self.multiline {
            return self.padded(header, width + self.raw_width(header) - self.line_width(header));
        }
        let lines = header.split(BREAKS);
        let lines = lines
            .map(|line| self.padded(line, width + self.raw_width(line) - self.line_width(line)));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn draw_row(self, out: &mut Vec<String>, cells: &[String], widths: &[usize]) {
        if !self.multiline {
            out.push(join_cells(cells.iter().map(String::as_str)));
            return;
        }
        let split: Vec<Vec<&str>> = cells.iter().map(|cell| split_lines(cell)).collect();
        let height = split.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            let parts = split.iter().zip(widths).map(|(lines, width)| match lines.get(line) {
                Some(text) => (*text).to_owned(),
                None => " ".repeat(*width),
            });
            let parts: Vec<String> = parts.collect();
            out.push(join_cells(parts.iter().map(String::as_str)));
        }
    }

    fn width(self, text: &str) -> usize {
        if !self.multiline {
            return self.line_width(text);
        }
        text.split(BREAKS).map(|line| self.line_width(line)).max().unwrap_or(0)
    }

    fn line_width(self, line: &str) -> usize {
        if self.invisible {
            self.raw_width(&ansi::without_sequences(line))
        } else {
            self.raw_width(line)
        }
    }

    fn raw_width(self, text: &str) -> usize {
        if self.wide { text.width() } else { text.chars().count() }
    }

    fn padded(self, text: &str, width: usize) -> String {
        let mut padded = text.to_owned();
        push_spaces(&mut padded, width.saturating_sub(self.raw_width(text)));
        padded
    }
}

fn push_spaces(text: &mut String, spaces: usize) {
    text.extend(std::iter::repeat_n(' ', spaces));
}

fn join_cells<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (n, cell) in cells.enumerate() {
        line.push_str(if n == 0 { "" } else { "  " });
        line.push_str(cell);
    }
    line.truncate(strip_end(&line).len());
    line
}

/// Where a cell is split for measuring.
const BREAKS: [char; 2] = ['\r', '\n'];
/// The least room a header has on its right.
const GAP: usize = 2;
/// A first or second cell with this text stands for a line of dashes.
const SEPARATING_LINE: &str = "\x01";

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(headers: &[&str], rows: &[&[&str]]) -> String {
        let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
        let row = |row: &&[&str]| row.iter().map(|cell| Some((*cell).to_owned())).collect();
        simple_table(&headers, rows.iter().map(row).collect())
    }

    #[test]
    fn a_row_without_text_vanishes_once_a_cell_has_two_lines() {
        let drawn = draw(&["A", "B"], &[&["x\ny", "1"], &["", " "], &["z", ""]]);
        assert_eq!(drawn, "A    B\n---  ---\nx    1\ny\nz");
    }

    #[test]
    fn colors_do_not_shift_columns() {
        let drawn = draw(&["A", "B"], &[&["\x1b[31mred\x1b[0m", "1"], &["longer", "2"]]);
        assert_eq!(drawn, "A       B\n------  ---\n\x1b[31mred\x1b[0m     1\nlonger  2");
    }

    #[test]
    fn a_separator_becomes_dashes() {
        let drawn = draw(&["A", "B"], &[&["1", "2"], &["\x01", "x"], &["3", "4"]]);
        assert_eq!(drawn, "A    B\n---  ---\n1    2\n---  ---\n3    4");
    }
}
