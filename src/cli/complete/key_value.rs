//! `--authorization principal=… role=…`: keys first, then their values.

use super::candidate::{Candidates, begins_with};
use super::context::CompletionContext;
use super::grammar::ValueRequest;
use super::values;
use crate::index;
use crate::ops::access::role::Standing;

/// A key, whether it may be repeated, and what it is for.
type PairKey = (&'static str, bool, &'static str);

const PERMANENT: &[PairKey] = &[
    ("principal", false, "object id of who gets the right"),
    ("role", false, "name or GUID of a role"),
    ("name", false, "name shown to the consumer's users instead of the ID"),
    ("delegated-roles", false, "what User Access Administrator may hand on"),
];

const ELIGIBLE: &[PairKey] = &[
    ("principal", false, "object id of who may activate the right"),
    ("role", false, "name or GUID of a role"),
    ("name", false, "name shown to the consumer's users instead of the ID"),
    ("max-duration", false, "how long it stays active"),
    ("mfa", false, "what activating asks for"),
    ("approver", true, "object id of who approves"),
];

/// Durations that Lighthouse takes. Source:
/// <https://learn.microsoft.com/azure/lighthouse/how-to/create-eligible-authorizations>
const DURATIONS: [&str; 5] = ["PT30M", "PT1H", "PT2H", "PT4H", "PT8H"];

/// Puts keys, or the values of the key that was typed, into `all`.
pub(super) fn complete_pairs(
    wanted: &ValueRequest,
    context: &CompletionContext<'_>,
    all: &mut Candidates,
) {
    let Some((key, typed)) = wanted.typed.split_once('=') else {
        return offer_keys(wanted, context, all);
    };
    // Of a list with commas, the last value is being typed.
    let (given, typed) = match typed.rsplit_once(',') {
        Some((given, typed)) if key == "delegated-roles" => (format!("{given},"), typed),
        _ => (String::new(), typed),
    };
    match key {
        "principal" | "approver" => {
            values::complete_by_id(index::NameKind::PrincipalId, typed, context, all)
        }
        "role" => values::complete_roles(typed, context, is_delegable, all),
        "delegated-roles" => {
            values::complete_roles(typed, context, |role| role == Standing::Allowed, all)
        }
        "mfa" => ["Azure", "None"].iter().for_each(|value| offer_value(value, typed, all)),
        "max-duration" => DURATIONS.iter().for_each(|value| offer_value(value, typed, all)),
        _ => {}
    }
    all.lead_with(&format!("{key}={given}"));
}

fn is_delegable(standing: Standing) -> bool {
    matches!(standing, Standing::Allowed | Standing::UserAccessAdministrator)
}

fn offer_value(value: &str, typed: &str, all: &mut Candidates) {
    if begins_with(value, typed) {
        all.push(value, "");
    }
}

/// The keys that this right does not have yet.
fn offer_keys(wanted: &ValueRequest, context: &CompletionContext<'_>, all: &mut Candidates) {
    let known = if wanted.flag.contains("eligible") { ELIGIBLE } else { PERMANENT };
    let before = &context.typed.words[..context.typed.at];
    let start = before.iter().rposition(|word| word.starts_with(&wanted.flag));
    let given = &before[start.unwrap_or(before.len())..];
    let has = |key: &str| {
        let is = |word: &String| word.split_once('=').is_some_and(|(given, _)| given == key);
        given.iter().any(is)
    };
    for (key, repeats, note) in known {
        if key.starts_with(wanted.typed.as_str()) && (*repeats || !has(key)) {
            all.push(&format!("{key}="), note);
        }
    }
}
