//! What became of the items of a run, and of the run.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::arm::ArmError;
use crate::error::{Error, Kind};

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ItemState {
    /// It is as planned, and this run wrote it.
    Done,
    /// It was as planned already.
    Kept,
    /// It is not as the plan saw it: nothing was written.
    Moved,
    /// Azure refused, or it did not become active.
    Failed,
    /// The plan says that it cannot be done.
    Blocked,
    /// The run ended before its turn.
    Skipped,
}

impl ItemState {
    /// The word for it in reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            ItemState::Done => "done",
            ItemState::Kept => "kept",
            ItemState::Moved => "moved",
            ItemState::Failed => "failed",
            ItemState::Blocked => "blocked",
            ItemState::Skipped => "skipped",
        }
    }

    /// True if it is as planned.
    pub(crate) fn is_well(self) -> bool {
        matches!(self, ItemState::Done | ItemState::Kept)
    }
}

/// Why an item is not as planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ItemFault {
    /// Azure's code, or a word of this program.
    pub code: String,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What became of one item of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ItemOutcome {
    /// Its place in the plan.
    pub index: usize,
    pub state: ItemState,
    pub fault: Option<ItemFault>,
    /// Milliseconds from its begin to its end.
    pub ms: u64,
}

/// A failure while an item was carried out, with the code that groups it with others.
#[derive(Debug)]
pub(crate) struct ItemFailure {
    pub code: String,
    pub error: Error,
}

impl ItemFailure {
    /// A failure of this program.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> ItemFailure {
        ItemFailure { code: code.to_owned(), error: Error::new(Kind::Failure, message) }
    }

    /// The same for reports.
    pub(crate) fn fault(&self) -> ItemFault {
        let causes = self.error.causes();
        let message = std::iter::once(self.error.to_string()).chain(causes).collect::<Vec<_>>();
        ItemFault {
            code: self.code.clone(),
            message: message.join(": "),
            hint: self.error.hints().first().cloned(),
        }
    }

    /// True if nothing is wrong with the item: no one can be asked now.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self.error.kind(), Kind::Network | Kind::SignIn)
    }
}

impl From<ArmError> for ItemFailure {
    fn from(err: ArmError) -> ItemFailure {
        let code = err.code().to_owned();
        let error = Error::from(err);
        let code = if code.is_empty() { word_of(error.kind()).to_owned() } else { code };
        ItemFailure { code, error }
    }
}

impl From<Error> for ItemFailure {
    fn from(error: Error) -> ItemFailure {
        ItemFailure { code: word_of(error.kind()).to_owned(), error }
    }
}

fn word_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Network => "NoConnection",
        Kind::SignIn => "SignInNeeded",
        Kind::Origin => "UntrustedOrigin",
        _ => "Failure",
    }
}

/// Items that ended for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CauseGroup {
    pub count: usize,
    pub state: ItemState,
    pub code: String,
    /// The first one's error.
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// A few of them.
    pub keys: Vec<String>,
}

/// So many keys are named for a cause; all are in the reports.
pub(crate) const NAMED_KEYS: usize = 3;

/// The reasons why items are not as planned, the most frequent first.
pub(crate) fn grouped<'a>(
    outcomes: impl Iterator<Item = (&'a str, &'a ItemOutcome)>,
) -> Vec<CauseGroup> {
    let mut groups: BTreeMap<(ItemState, String, Option<String>), CauseGroup> = BTreeMap::new();
    for (key, outcome) in outcomes {
        let Some(fault) = &outcome.fault else {
            continue;
        };
        let id = (outcome.state, fault.code.clone(), fault.hint.clone());
        let group = groups.entry(id).or_insert_with(|| CauseGroup {
            count: 0,
            state: outcome.state,
            code: fault.code.clone(),
            message: fault.message.clone(),
            hint: fault.hint.clone(),
            keys: Vec::new(),
        });
        group.count += 1;
        if group.keys.len() < NAMED_KEYS {
            group.keys.push(key.to_owned());
        }
    }
    let mut groups: Vec<CauseGroup> = groups.into_values().collect();
    groups.sort_by(|one, other| other.count.cmp(&one.count).then(one.code.cmp(&other.code)));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_causes_are_one_group_with_a_few_keys() {
        let outcome = |index: usize, code: &str| ItemOutcome {
            index,
            state: ItemState::Failed,
            fault: Some(ItemFault {
                code: code.into(),
                message: format!("message {index}"),
                hint: None,
            }),
            ms: 0,
        };
        let all =
            [outcome(0, "A"), outcome(1, "B"), outcome(2, "B"), outcome(3, "B"), outcome(4, "B")];
        let keys = ["k0", "k1", "k2", "k3", "k4"];
        let groups = grouped(keys.iter().copied().zip(&all));
        assert_eq!((groups[0].count, groups[0].code.as_str()), (4, "B"));
        assert_eq!(groups[0].keys, ["k1", "k2", "k3"]);
        assert_eq!(groups[1].count, 1);
    }
}
