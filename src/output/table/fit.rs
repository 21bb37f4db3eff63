//! Makes a table as narrow as its reader's window: long cells go on in the next line.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns between two columns of a table.
const GAP: usize = 2;

/// A column of sentences gets no narrower, as long as there is one that can.
const NARROWEST_TEXT: usize = 28;

/// No column gets narrower.
const NARROWEST: usize = 12;

/// The cells, broken so that the table takes at most `width` columns.
pub(super) fn fit_cells(headers: &[String], cells: &mut [Vec<Option<String>>], width: usize) {
    let widths = column_widths(headers, cells, width);
    for row in cells {
        for (cell, width) in row.iter_mut().zip(&widths) {
            if let Some(text) = cell
                && text.width() > *width
            {
                *text = fold_text(text, *width).join("\n");
            }
        }
    }
}

/// How wide each column may be: sentences give way first, then whatever is widest. The first column, by which a row
/// is named in the next command, gives way last.
fn column_widths(headers: &[String], cells: &[Vec<Option<String>>], width: usize) -> Vec<usize> {
    let texts = |at: usize| cells.iter().filter_map(move |row| row.get(at)?.as_deref());
    let mut widths: Vec<usize> = Vec::new();
    let mut is_prose: Vec<bool> = Vec::new();
    for (at, header) in headers.iter().enumerate() {
        let widest = texts(at).map(UnicodeWidthStr::width).max().unwrap_or_default();
        widths.push(widest.max(header.width() + GAP));
        is_prose.push(texts(at).any(|text| text.split(' ').count() > 4));
    }
    let room = width.saturating_sub(GAP * headers.len().saturating_sub(1));
    for (prose_only, first) in [(true, 0), (false, 1), (false, 0)] {
        // No header is broken.
        let least = |at: usize| {
            let least = if prose_only { NARROWEST_TEXT } else { NARROWEST };
            least.max(headers[at].width() + GAP)
        };
        loop {
            let excess = widths.iter().sum::<usize>().saturating_sub(room);
            let may = |at: &usize| {
                *at >= first && widths[*at] > least(*at) && (is_prose[*at] || !prose_only)
            };
            let widest = (0..widths.len()).filter(may).max_by_key(|at| widths[*at]);
            let (Some(at), true) = (widest, excess > 0) else { break };
            // Down to the next widest, so that two wide columns share what is missing.
            let next = (first..widths.len()).filter(|other| *other != at && may(other));
            let next =
                next.map(|other| widths[other]).max().unwrap_or_default().min(widths[at] - 1);
            widths[at] = (widths[at] - excess.min(widths[at])).max(next).max(least(at));
        }
    }
    widths
}

/// The lines of a text that is broken at blanks, else behind a sign between names, else anywhere.
pub(super) fn fold_text(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let mut rest = line;
        while rest.width() > width {
            let (head, tail) = rest.split_at(break_of(rest, width.max(1)));
            lines.push(head.trim_end_matches(' ').to_owned());
            rest = tail.trim_start_matches(' ');
        }
        lines.push(rest.to_owned());
    }
    lines
}

/// Where a text that is too long is broken: at least one character is in front.
fn break_of(text: &str, width: usize) -> usize {
    let (mut used, mut blank, mut sign, mut last) = (0, None, None, 0);
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(1);
        if c == ' ' && at > 0 {
            blank = Some(at);
        }
        if used > width {
            break;
        }
        last = at + c.len_utf8();
        if matches!(c, '/' | ',' | '-' | '.' | '_') {
            sign = Some(last);
        }
    }
    let first = text.chars().next().map_or(0, char::len_utf8);
    blank.or(sign).unwrap_or(last).max(first)
}

/// The lines of a remark below a table; a command in backquotes stays in one piece.
pub(crate) fn fold_remark(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split('`').enumerate().flat_map(|(n, part)| words_of(n, part)) {
        let glue = if word.1 { " " } else { "" };
        if !line.is_empty() && word.1 && line.width() + 1 + word.0.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push_str(glue);
        }
        line.push_str(&word.0);
    }
    lines.push(line);
    lines
}

/// The words of a part of a remark, and whether a blank is in front; every second part is a command.
fn words_of(n: usize, part: &str) -> Vec<(String, bool)> {
    if n % 2 == 1 {
        return vec![(format!("`{part}`"), false)];
    }
    let mut words: Vec<(String, bool)> = Vec::new();
    for (at, word) in part.split(' ').enumerate() {
        if at > 0 || !word.is_empty() {
            words.push((word.to_owned(), at > 0));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(rows: &[&[&str]], width: usize) -> Vec<Vec<String>> {
        let headers: Vec<String> = rows[0].iter().map(|cell| (*cell).to_owned()).collect();
        let mut cells: Vec<Vec<Option<String>>> = rows[1..]
            .iter()
            .map(|row| row.iter().map(|cell| Some((*cell).to_owned())).collect())
            .collect();
        fit_cells(&headers, &mut cells, width);
        cells.into_iter().map(|row| row.into_iter().flatten().collect()).collect()
    }

    #[test]
    fn sentences_give_way_before_names() {
        let name = "a-rather-long-name-of-a-thing";
        let text = "this sentence is longer than what is left of the line and goes on";
        let rows = fitted(&[&["Name", "Detail"], &[name, text]], 70);
        assert_eq!(rows[0][0], name);
        assert!(rows[0][1].lines().all(|line| line.len() <= 39), "{rows:?}");
        assert_eq!(rows[0][1].replace('\n', " "), text);
    }

    #[test]
    fn the_name_of_a_row_gives_way_last() {
        let name = "sharedGallery/ubuntu-hardened/1.1.0";
        let tenant = "3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001";
        let rows = fitted(&[&["Image", "Publisher"], &[name, tenant]], 60);
        assert_eq!(rows[0][0], name);
        assert_eq!(rows[0][1].replace('\n', ""), tenant);
    }

    #[test]
    fn whatever_the_names_the_table_fits() {
        let long = "x".repeat(80);
        for width in [60, 80, 120] {
            let rows = fitted(&[&["A", "B", "C"], &[&long, &long, "東京のイメージ"]], width);
            let widest = |cell: &String| cell.lines().map(UnicodeWidthStr::width).max().unwrap();
            assert!(rows[0].iter().map(widest).sum::<usize>() + 4 <= width, "{rows:?}");
            assert_eq!(rows[0][0].replace('\n', ""), long);
        }
    }

    #[test]
    fn a_command_in_a_remark_is_not_broken() {
        let remark = "Run `az-imageshare credential rotate -n x`, then try again after a while.";
        let lines = fold_remark(remark, 30);
        let command = "`az-imageshare credential rotate -n x`,";
        assert!(lines.iter().any(|line| line.contains(command)), "{lines:?}");
        assert_eq!(lines.join(" ").replace("  ", " "), remark);
    }
}
