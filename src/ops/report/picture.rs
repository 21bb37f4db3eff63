//! The picture: the publisher's galleries on the left, tenant by tenant, those who have them on the right, and a line
//! for each method between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::markup::escaped;
use super::model::{AccessReport, EVERYONE, METHODS, method};

const WIDTH: usize = 900;
const LINE: usize = 30;
const BOX: usize = 22;
const BOX_WIDTH: usize = 300;
const RIGHT: usize = WIDTH - BOX_WIDTH - 4;
/// Galleries in a picture; more of them no one can say apart.
const MOST_GALLERIES: usize = 80;
/// Letters of a name in its box.
const LETTERS: usize = 36;

/// Draws it; none if no one outside has anything.
pub(super) fn draw(report: &AccessReport) -> Option<String> {
    let links = links(report);
    if links.is_empty() {
        return None;
    }
    let galleries: BTreeSet<usize> = links.keys().map(|(gallery, ..)| *gallery).collect();
    let shown: Vec<usize> = galleries.iter().copied().take(MOST_GALLERIES).collect();
    let mut left: BTreeMap<usize, usize> = BTreeMap::new();
    let mut boxes = String::new();
    let (mut y, mut tenant) = (0, "");
    for at in &shown {
        let gallery = &report.galleries[*at];
        if gallery.tenant_id != tenant {
            tenant = &gallery.tenant_id;
            let label = escaped(&cut(report.tenant(tenant)));
            let _ = write!(boxes, "<text class=\"owner\" x=\"4\" y=\"{}\">{label}</text>", y + 20);
            y += LINE;
        }
        left.insert(*at, y + BOX / 2);
        boxes.push_str(&node(4, y, "gallery", &format!("g{at}"), &gallery.name, "gallery"));
        y += LINE;
    }
    let mut outsiders: Vec<&String> = links.keys().map(|(_, outsider, _)| outsider).collect();
    outsiders.sort_by_key(|id| report.tenant(id).to_lowercase());
    outsiders.dedup();
    let mut right: BTreeMap<&String, usize> = BTreeMap::new();
    let mut down = LINE;
    for outsider in outsiders {
        right.insert(outsider, down + BOX / 2);
        let (name, class) = match outsider.as_str() {
            EVERYONE => ("everyone in Azure", "everyone"),
            id => (report.tenant(id), "tenant"),
        };
        boxes.push_str(&node(RIGHT, down, "tenant", outsider, name, class));
        down += LINE;
    }
    let mut lines = String::new();
    for ((gallery, outsider, via), count) in &links {
        if let (Some(from), Some(to)) = (left.get(gallery), right.get(outsider)) {
            lines.push_str(&link(report, *gallery, outsider, via, *count, (*from, *to)));
        }
    }
    let height = y.max(down) + 4;
    let more = galleries.len() - shown.len();
    let note = match more {
        0 => String::new(),
        more => format!("<p>{more} more galleries are in the table.</p>"),
    };
    Some(format!(
        "<div class=\"picture\" tabindex=\"0\" role=\"region\" aria-label=\"Galleries and who has them\"><svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"group\">{lines}{boxes}</svg></div>{note}"
    ))
}

/// How many rows there are between a gallery and an outsider by a method.
fn links(report: &AccessReport) -> BTreeMap<(usize, String, &'static str), usize> {
    let mut links = BTreeMap::new();
    for row in &report.rows {
        let Some(outsider) = report.outsider(row) else { continue };
        for gallery in report.galleries_of(row) {
            *links.entry((gallery, outsider.to_lowercase(), row.via)).or_default() += 1;
        }
    }
    links
}

fn node(x: usize, y: usize, field: &str, value: &str, name: &str, class: &str) -> String {
    let (whole, short, value) = (escaped(name), escaped(&cut(name)), escaped(value));
    format!(
        "<g class=\"node {class}\" role=\"button\" tabindex=\"0\" aria-pressed=\"false\" data-field=\"{field}\" data-value=\"{value}\"><title>{whole}</title><rect x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX}\" rx=\"4\"/><text x=\"{}\" y=\"{}\">{short}</text></g>",
        x + 8,
        y + 16
    )
}

fn link(
    report: &AccessReport,
    gallery: usize,
    outsider: &str,
    via: &str,
    count: usize,
    (from, to): (usize, usize),
) -> String {
    // Lines of two methods between the same boxes lie beside each other.
    let place = METHODS.iter().position(|(name, _)| *name == via).unwrap_or_default();
    let (from, to) = (from + place * 3 - 4, to + place * 3 - 4);
    let (start, end, bend) = (BOX_WIDTH + 4, RIGHT, WIDTH / 2);
    let gallery = escaped(&report.galleries[gallery].name);
    let outsider = escaped(if outsider == EVERYONE { EVERYONE } else { report.tenant(outsider) });
    format!(
        "<path class=\"link {via}\" d=\"M{start} {from} C{bend} {from} {bend} {to} {end} {to}\"><title>{gallery} to {outsider}: {} ({count})</title></path>",
        method(via)
    )
}

fn cut(name: &str) -> String {
    if name.chars().count() <= LETTERS {
        return name.to_owned();
    }
    name.chars().take(LETTERS - 1).chain(['…']).collect()
}
