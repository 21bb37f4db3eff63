//! What is advised on one of several things, for the lines below a table.

/// The name of the thing, and what to do about it.
pub(super) fn advice_line(name: &str, hint: Option<&str>) -> Option<String> {
    hint.map(|hint| format!("{name}: {hint}"))
}
