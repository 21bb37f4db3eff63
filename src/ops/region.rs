//! Regions, which Azure spells in two ways.

/// True if both name one region: `West US 2` is `westus2`.
pub(crate) fn same_region(one: &str, other: &str) -> bool {
    folded_region(one) == folded_region(other)
}

/// A region without spaces and capitals, as ids have it.
pub(crate) fn folded_region(name: &str) -> String {
    name.replace(' ', "").to_lowercase()
}
