//! What an own template must take as a parameter for what is asked of it.

use super::super::input::OfferDraft;
use crate::ops::change::findings::Findings;
use crate::template::reading::Field;

/// Judges whether the template can record the last day.
pub(in super::super) fn check(draft: &OfferDraft, findings: &mut Findings) {
    let Some(template) = &draft.template else {
        return;
    };
    if draft.expires.is_some() && template.parameter_for(Field::Description).is_none() {
        findings.input(
            "--expires",
            format!("cannot be recorded: {} takes no description as a parameter", template.path),
            "Let the template take the description as a parameter, as `az-imageshare delegation template` shows.",
        );
    }
}
