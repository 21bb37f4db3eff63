//! Regions, which Azure spells in two ways.

use crate::error::{Error, Result};
use crate::ops::access::similar::nearest;

/// True if both name one region: `West US 2` is `westus2`.
pub(crate) fn same_region(one: &str, other: &str) -> bool {
    folded_region(one) == folded_region(other)
}

/// A region without spaces and capitals, as ids have it.
pub(crate) fn folded_region(name: &str) -> String {
    name.replace(' ', "").to_lowercase()
}

/// Refuses a region that a subscription does not have, with the one that was most likely meant.
///
/// # Errors
/// If it is not among those that Azure named; of none nothing can be said.
pub(crate) fn known_region(given: &str, known: &[String]) -> Result<()> {
    let region = folded_region(given);
    if known.is_empty() || known.iter().any(|name| folded_region(name) == region) {
        return Ok(());
    }
    let err = Error::usage(format!("there is no region '{given}' in your subscriptions"));
    let all = format!("Regions are {}.", known.join(", "));
    Err(match nearest(&region, known.iter().map(String::as_str)) {
        Some(meant) => err.hint(format!("Did you mean {meant}?")).hint(all),
        None => err.hint(all),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_is_not_there_is_named_with_what_was_meant() {
        let known = ["westeurope".to_owned(), "westus2".to_owned()];
        for there in ["westeurope", "West Europe", "WESTUS2"] {
            assert!(known_region(there, &known).is_ok(), "{there}");
        }
        let err = known_region("westeuropa", &known).unwrap_err();
        assert!(err.hints()[0].contains("westeurope"), "{err:?}");
        assert!(known_region("mars", &known).unwrap_err().hints()[0].contains("westus2"));
        assert!(known_region("mars", &[]).is_ok(), "nobody said which there are");
    }
}
