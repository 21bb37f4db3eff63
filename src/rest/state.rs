//! How far Azure is with something it makes or removes.

/// The state of a resource or an operation, whatever its case. Services have many words of their own
/// for work that goes on ("Creating", "Accepted", "Running"): all of them are [`UnderWay`].
///
/// Source: <https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations>
///
/// [`UnderWay`]: ProvisioningState::UnderWay
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProvisioningState {
    /// It is as it was asked for.
    Succeeded,
    /// It is not, and will not be.
    Failed,
    /// Someone stopped it.
    Canceled,
    /// It is being removed.
    Deleting,
    /// It was removed.
    Deleted,
    /// Something else, which will become one of the others.
    UnderWay,
}

impl From<&str> for ProvisioningState {
    fn from(word: &str) -> ProvisioningState {
        match word.to_ascii_lowercase().as_str() {
            "succeeded" => ProvisioningState::Succeeded,
            "failed" => ProvisioningState::Failed,
            // The page writes one, some services write the other.
            "canceled" | "cancelled" => ProvisioningState::Canceled,
            "deleting" => ProvisioningState::Deleting,
            "deleted" => ProvisioningState::Deleted,
            _ => ProvisioningState::UnderWay,
        }
    }
}

impl ProvisioningState {
    /// True if it ended otherwise than was asked.
    pub(crate) fn has_failed(self) -> bool {
        matches!(self, ProvisioningState::Failed | ProvisioningState::Canceled)
    }

    /// True if an operation in this state has ended.
    pub(crate) fn is_final(self) -> bool {
        self == ProvisioningState::Succeeded || self.has_failed()
    }

    /// True if it is being removed, or was.
    pub(crate) fn is_going(self) -> bool {
        matches!(self, ProvisioningState::Deleting | ProvisioningState::Deleted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spelling_do_not_count_and_an_unknown_word_is_no_end() {
        for (word, is_final, has_failed, is_going) in [
            ("Succeeded", true, false, false),
            ("FAILED", true, true, false),
            ("Canceled", true, true, false),
            ("cancelled", true, true, false),
            ("Deleting", false, false, true),
            ("deleted", false, false, true),
            ("Accepted", false, false, false),
            ("", false, false, false),
        ] {
            let state = ProvisioningState::from(word);
            let read = (state.is_final(), state.has_failed(), state.is_going());
            assert_eq!(read, (is_final, has_failed, is_going), "{word}");
        }
    }
}
