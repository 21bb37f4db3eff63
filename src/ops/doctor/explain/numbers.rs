//! The numbers of Entra: `AADSTS50076`, `"error_codes": [50076]`, or what the portal calls "Error code".

use super::pasted::Pasted;
use crate::error::catalogue;

/// The known numbers in a text, in their order.
pub(super) fn of(pasted: &Pasted) -> Vec<i64> {
    let mut found: Vec<i64> = Vec::new();
    let known = |number: &i64| catalogue::by_number(*number).is_some();
    for number in all(pasted).into_iter().filter(known) {
        if !found.contains(&number) {
            found.push(number);
        }
    }
    found
}

/// The first number of Entra in a text, known or not.
pub(super) fn any(pasted: &Pasted) -> Option<i64> {
    all(pasted).into_iter().next()
}

fn all(pasted: &Pasted) -> Vec<i64> {
    let text = &pasted.squeezed;
    if let Ok(number) = text.parse() {
        return vec![number];
    }
    let mut found = Vec::new();
    for name in NAMES {
        for (at, _) in text.match_indices(name) {
            found.extend(leading_numbers(&text[at + name.len()..]));
        }
    }
    found
}

/// The number right after its name, or the list there.
fn leading_numbers(text: &str) -> Vec<i64> {
    let text = text.trim_start_matches(['\'', ':', '=', '[', '(', '#']);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(text.len());
    let numbers = text[..end].split(',');
    numbers.filter_map(|number| number.parse().ok()).collect()
}

const NAMES: [&str; 4] = ["aadsts", "error_codes", "errorcode", "error?code"];
