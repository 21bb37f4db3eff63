//! Ids as Azure Resource Manager writes them, compared as it compares them.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// The id of anything in Azure Resource Manager, as it was written: two of them are equal, sorted and
/// hashed without regard to case, because Azure hands back other letters than it was given
/// (`resourcegroups`, a group's name in lower case). Source:
/// <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArmId(String);

impl ArmId {
    /// The id as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id in one spelling, for keys that have to be text.
    pub fn folded(&self) -> String {
        self.letters().collect()
    }

    fn letters(&self) -> impl Iterator<Item = char> {
        self.0.chars().flat_map(char::to_lowercase)
    }
}

impl Deref for ArmId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<String> for ArmId {
    fn from(text: String) -> ArmId {
        ArmId(text)
    }
}

impl From<&str> for ArmId {
    fn from(text: &str) -> ArmId {
        ArmId(text.to_owned())
    }
}

impl From<&ArmId> for String {
    fn from(id: &ArmId) -> String {
        id.0.clone()
    }
}

impl From<ArmId> for String {
    fn from(id: ArmId) -> String {
        id.0
    }
}

impl PartialEq for ArmId {
    fn eq(&self, other: &ArmId) -> bool {
        *self == *other.0
    }
}

impl Eq for ArmId {}

impl PartialEq<str> for ArmId {
    fn eq(&self, other: &str) -> bool {
        // Nearly all ids are ASCII, and a fleet compares hundreds of thousands.
        if self.0.is_ascii() && other.is_ascii() {
            return self.0.eq_ignore_ascii_case(other);
        }
        self.letters().eq(other.chars().flat_map(char::to_lowercase))
    }
}

impl PartialEq<&str> for ArmId {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl PartialEq<String> for ArmId {
    fn eq(&self, other: &String) -> bool {
        *self == **other
    }
}

impl PartialEq<ArmId> for str {
    fn eq(&self, other: &ArmId) -> bool {
        *other == *self
    }
}

impl PartialEq<ArmId> for String {
    fn eq(&self, other: &ArmId) -> bool {
        *other == **self
    }
}

impl PartialOrd for ArmId {
    fn partial_cmp(&self, other: &ArmId) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ArmId {
    fn cmp(&self, other: &ArmId) -> Ordering {
        self.letters().cmp(other.letters())
    }
}

impl Hash for ArmId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // An id with the sign of the Kelvin equals one with a k: both ways have to write the same.
        if self.0.is_ascii() {
            self.0.bytes().for_each(|byte| char::from(byte.to_ascii_lowercase()).hash(state));
        } else {
            self.letters().for_each(|letter| letter.hash(state));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    const ID: &str = "/subscriptions/s/resourceGroups/Bilder-ÄÖÜ";

    #[test]
    fn case_does_not_count_in_any_comparison() {
        let (one, other) = (ArmId::from(ID), ArmId::from(ID.to_lowercase()));
        assert_eq!(one, other);
        assert_eq!(one, *other.as_str());
        assert_ne!(one, ArmId::from(format!("{ID}2")));
        assert_eq!(HashSet::from([one.clone(), other.clone()]).len(), 1);
        assert_eq!(BTreeSet::from([one.clone(), other.clone()]).len(), 1);
        assert_eq!(one.folded(), other.folded());
        // The lower case of the sign of the Kelvin is a plain k.
        let (plain, kelvin) = (ArmId::from("/k"), ArmId::from("/\u{212a}"));
        assert_eq!(plain, kelvin);
        assert_eq!(HashSet::from([plain, kelvin]).len(), 1);
    }

    #[test]
    fn it_is_written_as_it_was_read() {
        let id: ArmId = serde_json::from_str(&format!("\"{ID}\"")).unwrap();
        assert_eq!(id.to_string(), ID);
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{ID}\""));
    }
}
