//! Whose a thing is: the mark in its description, the only free text that Lighthouse and role assignments keep.
//!
//! `az-imageshare expires=2027-06-30 fleet=images-prod`, among whatever else is there; the words before the day
//! are fixed, so the fleet follows them. Without a last day only the fleet follows the program's name.

use crate::ops::expiry;

/// What is before the fleet's name.
const FLEET: &str = "fleet=";
/// What every mark begins with.
const TOOL: &str = "az-imageshare ";

/// A description with the fleet's mark, with all else that was in it.
pub(crate) fn mark(description: Option<&str>, fleet: &str) -> String {
    let text = description.unwrap_or_default();
    if let Some(day) = expiry::recorded(text) {
        let dated = format!("{}{day}", expiry::MARK);
        return text.replacen(&dated, &format!("{dated} {FLEET}{fleet}"), 1);
    }
    match text.trim_end() {
        "" => format!("{TOOL}{FLEET}{fleet}"),
        text => format!("{text} {TOOL}{FLEET}{fleet}"),
    }
}

/// The fleet that a description names.
pub(crate) fn fleet_of(description: Option<&str>) -> Option<&str> {
    let text = description?;
    let after_day = text.split_once(expiry::MARK).and_then(|(_, rest)| {
        let (_, rest) = rest.split_once(' ')?;
        rest.strip_prefix(FLEET)
    });
    let alone = || text.split_once(&format!("{TOOL}{FLEET}")).map(|(_, rest)| rest);
    let rest = after_day.or_else(alone)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
    Some(&rest[..end]).filter(|name| !name.is_empty())
}

/// A description without the fleet's mark, with all else that was in it.
pub(crate) fn without_fleet(description: &str) -> String {
    let Some(fleet) = fleet_of(Some(description)) else {
        return description.to_owned();
    };
    let alone = format!("{TOOL}{FLEET}{fleet}");
    if let Some((before, after)) = description.split_once(&alone) {
        return format!("{}{after}", before.trim_end());
    }
    description.replacen(&format!(" {FLEET}{fleet}"), "", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_found_again_whatever_stands_around_it() {
        for before in ["", "for Ada", "for Ada az-imageshare expires=2027-06-30"] {
            let text = mark(Some(before), "images-prod");
            assert_eq!(fleet_of(Some(&text)), Some("images-prod"), "{text}");
            let day = expiry::recorded(before);
            assert_eq!(expiry::recorded(&text), day, "{text}");
            assert_eq!(without_fleet(&text), before, "{text}");
        }
        assert_eq!(mark(None, "a"), "az-imageshare fleet=a");
        assert_eq!(
            mark(Some("x az-imageshare expires=2027-06-30 y"), "a"),
            "x az-imageshare expires=2027-06-30 fleet=a y"
        );
    }

    #[test]
    fn other_words_are_no_mark() {
        for text in [
            "",
            "fleet=a",
            "our fleet=a",
            "az-imageshare expires=2027-06-30",
            "az-imageshare fleet=",
        ] {
            assert_eq!(fleet_of(Some(text)), None, "{text}");
        }
        assert_eq!(fleet_of(None), None);
    }
}
