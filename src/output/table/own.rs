//! The tables of this program's own commands: names where Azure has ids, days where it has instants, counts where it
//! has long lists, and no wider than the reader's window.

use std::collections::{BTreeMap, BTreeSet};

use unicode_width::UnicodeWidthStr;

use super::super::escape::escape_line;
use super::super::spoken::speak_of_ids;
use super::super::value::Value;
use super::cells::{Cells, cells_of};
use super::fit::{fit_cells, fold_remark};
use super::scope::Shared;
use super::tabulate;

/// Columns of a table that no one sees in a window.
const WIDTH: usize = 120;

/// A list that is longer is counted.
const LONG_LIST: usize = 40;

/// Finds the name that belongs to an id; the default one knows none.
#[derive(Clone, Copy, Default)]
pub(crate) struct Labels<'a>(Option<NameFinder<'a>>);

/// From an id to its name.
type NameFinder<'a> = &'a dyn Fn(&str) -> Option<String>;

impl<'a> Labels<'a> {
    /// Asks this function.
    pub(crate) fn new(find: NameFinder<'a>) -> Labels<'a> {
        Labels(Some(find))
    }

    fn name_of(self, id: &str) -> Option<String> {
        let is_id = id.len() == 36 && id.bytes().filter(|byte| *byte == b'-').count() == 4;
        if is_id { self.0?(id).filter(|name| !name.is_empty()) } else { None }
    }
}

impl std::fmt::Debug for Labels<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Labels").field(&self.0.is_some()).finish()
    }
}

/// Who looks at a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TablePage<'a> {
    width: usize,
    labels: Labels<'a>,
    on_terminal: bool,
}

impl<'a> TablePage<'a> {
    /// A window of that many columns, if there is one.
    pub(crate) fn new(
        width: Option<usize>,
        labels: Labels<'a>,
        on_terminal: bool,
    ) -> TablePage<'a> {
        TablePage { width: width.unwrap_or(WIDTH), labels, on_terminal }
    }

    /// The name of an id, as it may be shown here.
    fn name_of(&self, id: &str) -> Option<String> {
        let name = self.labels.name_of(id)?;
        Some(if self.on_terminal { escape_line(&name) } else { name })
    }
}

/// Draws the rows, and below them what is to be said of all.
pub(crate) fn draw_own_table(rows: &Value, remarks: &[String], page: &TablePage<'_>) -> String {
    let (headers, cells) = own_cells(rows, page);
    let mut text = tabulate::aligned_table(&headers, cells);
    text.push('\n');
    let width = page.width;
    for remark in remarks {
        let remark = if page.on_terminal { escape_line(remark) } else { remark.clone() };
        for line in fold_remark(&remark, width) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// The same rows as JMESPath: `az` draws them.
pub(crate) fn own_rows_literal(rows: &Value, page: &TablePage<'_>) -> Option<String> {
    let (headers, cells) = own_cells(rows, page);
    let row = |row: Vec<Option<String>>| -> serde_json::Map<String, serde_json::Value> {
        let named = headers.iter().cloned().zip(row);
        named.filter_map(|(name, cell)| Some((name, cell?.into()))).collect()
    };
    let rows: Vec<_> = cells.into_iter().map(row).collect();
    let literal = serde_json::to_string(&rows).ok().filter(|_| !rows.is_empty())?;
    Some(format!("`{}`", literal.replace('`', "\\u0060")))
}

fn own_cells(rows: &Value, page: &TablePage<'_>) -> Cells {
    let (headers, mut cells) = cells_of(rows, false, page.on_terminal);
    for (at, header) in headers.iter().enumerate() {
        let mut column: Vec<&mut String> =
            cells.iter_mut().filter_map(|row| row.get_mut(at)?.as_mut()).collect();
        // An argument of the next command is shown as it is typed.
        if !["Id", "Ids", "Url"].iter().any(|end| header.ends_with(end)) {
            name_things(&mut column, page);
        }
        for cell in column {
            *cell = short_time(&speak_of_ids(cell, |id| page.name_of(id)));
        }
    }
    fit_cells(&headers, &mut cells, page.width);
    (headers, cells)
}

/// Puts names into a column instead of ids.
fn name_things(column: &mut [&mut String], page: &TablePage<'_>) {
    let items = column.iter().flat_map(|cell| cell.split(", "));
    let shared = Shared::of(items.clone());
    // By name, its ids in small letters: there may be ten thousand rows.
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for id in items {
        if let Some(name) = page.name_of(id) {
            ids.entry(name).or_default().insert(id.to_ascii_lowercase());
        }
    }
    let is_of_two = |name: &str, id: &str| {
        let is_another = |other: &String| !other.eq_ignore_ascii_case(id);
        ids.get(name).is_some_and(|known| known.iter().take(2).any(is_another))
    };
    let label = |id: &str| match page.name_of(id) {
        Some(name) if is_of_two(&name, id) => format!("{name} ({})", &id[..8]),
        Some(name) => name,
        None => id.to_owned(),
    };
    for cell in column {
        let items: Vec<&str> = cell.split(", ").collect();
        let is_list = items.len() > 2 && items.iter().all(|item| !item.contains(' '));
        let shown: Vec<String> = items
            .iter()
            .map(|item| shared.shorten(item, label).unwrap_or_else(|| label(item)))
            .collect();
        let joined = shown.join(", ");
        **cell = if is_list && joined.width() > LONG_LIST {
            format!("{} +{}", shown[0], shown.len() - 1)
        } else {
            joined
        };
    }
}

/// `2026-05-01T08:00:00.0000000+00:00` as `2026-05-01 08:00Z`, midnight as the day alone; other texts as they are.
fn short_time(text: &str) -> String {
    let (Some(day), Some(rest)) = (text.get(..10), text.get(10..)) else {
        return text.to_owned();
    };
    let (Some(sign), Some(time)) = (rest.get(..1), rest.get(1..)) else {
        return text.to_owned();
    };
    let like = |text: &str, pattern: &str| {
        text.len() == pattern.len()
            && text
                .chars()
                .zip(pattern.chars())
                .all(|(c, p)| if p == '0' { c.is_ascii_digit() } else { c == p })
    };
    let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let is_time = ["T", " "].contains(&sign)
        && like(day, "0000-00-00")
        && like(seconds, "00:00:00")
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && (["", "Z"].contains(&zone) || like(&zone[1..], "00:00"));
    if !is_time {
        return text.to_owned();
    }
    match if zone == "+00:00" { "Z" } else { zone } {
        "Z" if seconds == "00:00:00" => day.to_owned(),
        zone => format!("{day} {}{zone}", &seconds[..5]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_short() {
        for (text, shown) in [
            ("2026-05-01T08:00:00.0000000+00:00", "2026-05-01 08:00Z"),
            ("2026-12-31T00:00:00Z", "2026-12-31"),
            ("2026-05-01T08:00:00+02:00", "2026-05-01 08:00+02:00"),
            ("2026-11-29 06:03:34.000000", "2026-11-29 06:03"),
            ("2026-12-31", "2026-12-31"),
            ("2026-12-31 or so, who knows it", "2026-12-31 or so, who knows it"),
            ("東京のイメージ", "東京のイメージ"),
        ] {
            assert_eq!(short_time(text), shown);
        }
    }

    #[test]
    fn two_things_of_one_name_have_the_beginning_of_their_ids() {
        const IDS: [&str; 3] = [
            "3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001",
            "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002",
            "b71e4d90-5a2c-4f18-8e63-2d9c7f0b3003",
        ];
        let name = |id: &str| {
            IDS.iter().any(|known| known.eq_ignore_ascii_case(id)).then(|| {
                if id.eq_ignore_ascii_case(IDS[2]) { "Tailspin" } else { "Contoso" }.to_owned()
            })
        };
        let page = TablePage::new(None, Labels::new(&name), false);
        let mut cells: Vec<String> = IDS.iter().map(|id| (*id).to_owned()).collect();
        cells.push(IDS[2].to_uppercase());
        name_things(&mut cells.iter_mut().collect::<Vec<_>>(), &page);
        assert_eq!(cells, ["Contoso (3f8a1c52)", "Contoso (8d2b6e14)", "Tailspin", "Tailspin"]);
    }
}
