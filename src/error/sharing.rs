//! What Azure says when galleries are shared, and what to do about it, by code.

use super::Kind;
use crate::arm::Refusal;

/// Kind, message and hint of a refusal that this subject knows.
pub(super) fn told(refusal: &Refusal) -> Option<(Kind, &'static str, String)> {
    let known = REFUSALS.iter().find(|(code, ..)| *code == refusal.code);
    known.map(|(_, message, hint)| (Kind::Failure, *message, (*hint).to_owned()))
}

const REFUSALS: [(&str, &str, &str); 2] = [
    (
        "PropertyChangeNotAllowed",
        "Azure does not let that be changed afterwards",
        "Make another gallery, or another image definition, with what you want, and delete the old one when nobody uses it.",
    ),
    (
        "CannotDeleteResource",
        "there is something in it",
        "Delete what the cause names first: versions, then definitions, then the gallery.",
    ),
];
