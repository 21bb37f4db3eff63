//! How Resource Graph says no: a general error, and details that say why.

use crate::core::Core;
use crate::error::ArmError;

/// What support asks for, as every refusal begins.
pub(super) fn support_words(core: &Core) -> String {
    format!(
        "Please provide below info when asking for support: timestamp = {}, correlationId = {}.",
        core.timestamp(),
        uuid::Uuid::new_v4()
    )
}

/// A refusal with the code that tells what is wrong among its details.
pub(super) fn refuse(core: &Core, code: &str, problem: impl Into<String>) -> ArmError {
    let error = ArmError::bad("BadRequest", support_words(core));
    let is_parsers = ["ParserFailure", "InvalidQueryLanguage"].contains(&code);
    let general = "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the \
                   error before retrying.";
    let error =
        if is_parsers { error.detail(ArmError::bad("InvalidQuery", general)) } else { error };
    error.detail(ArmError::bad(code, problem))
}
