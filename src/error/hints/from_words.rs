//! What Azure says when galleries are shared and machines are made, and what to do about it: by code, or
//! by words where one code stands for many things.

use super::super::Kind;
use super::super::catalogue::{KnownError, by_code};
use crate::arm::Refusal;

/// Kind, message and hint of a refusal that this subject knows.
pub(super) fn hint_from_words(refusal: &Refusal) -> Option<(Kind, &'static str, String)> {
    let known = REFUSALS.iter().find(|(code, ..)| *code == refusal.code);
    if let Some((_, message, hint)) = known {
        return Some((Kind::Failure, *message, (*hint).to_owned()));
    }
    let entry = by_words(&refusal.message)?;
    Some((Kind::Failure, entry.title, entry.hint().to_owned()))
}

fn by_words(message: &str) -> Option<&'static KnownError> {
    let mut known = WORDS.iter();
    let (_, code) = known.find(|(words, _)| message.contains(words))?;
    by_code(code)
}

/// Words of Compute, and the entry of the catalogue that explains them.
const WORDS: [(&str, &str); 11] = [
    ("in exceeding approved", "QuotaExceeded"),
    ("cannot boot Hypervisor Generation", "SizeOtherGeneration"),
    ("only supports a CPU Architecture of", "SizeOtherProcessor"),
    (
        "is not supported for creation of VMs and Virtual Machine Scale Set with",
        "SizeOtherSecurity",
    ),
    ("provided for the VM size is not valid", "SizeUnknown"),
    ("not accepted the legal terms on this subscription", "ResourcePurchaseValidationFailed"),
    ("Please contact image owner to replicate", "ImageNotInRegion"),
    ("only supports creation of VMs and VM Scale Sets", "TrustedLaunchOnly"),
    ("'osProfile' is not allowed", "OsProfileNotAllowed"),
    ("'osProfile' is missing", "OsProfileMissing"),
    ("and cannot be used with resource", "DiskEncryptionSetElsewhere"),
];

const REFUSALS: [(&str, &str, &str); 2] = [
    (
        "PropertyChangeNotAllowed",
        "Azure does not let that be changed afterwards",
        "Make another gallery, or another image definition, with what you want, and delete the old one when it is no longer used.",
    ),
    (
        "CannotDeleteResource",
        "there is something in it",
        "Delete what the cause names first: versions, then definitions, then the gallery.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_leads_to_an_entry_that_has_it() {
        for (words, code) in WORDS {
            let entry = by_words(words).unwrap_or_else(|| panic!("{code}"));
            assert_eq!(entry.code, code);
            assert!(entry.texts.iter().any(|text| text.contains(words)), "{code}");
        }
    }
}
