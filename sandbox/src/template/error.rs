//! The error of a template, with Azure Resource Manager's code and text.

use std::fmt;

/// An error Azure Resource Manager answers for a template it refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// Azure's error code, such as `InvalidTemplate`.
    pub code: String,
    /// Azure's message for the person who sent the template.
    pub message: String,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for TemplateError {}

impl TemplateError {
    /// Makes an error with the given code and message.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }

    /// Makes the `InvalidTemplate` error of a template that does not hold together.
    pub(crate) fn validation(detail: &str) -> Self {
        Self::new("InvalidTemplate", format!("Deployment template validation failed: '{detail}'."))
    }

    /// Makes the `InvalidTemplate` error of a template that does not have a template's shape.
    pub(crate) fn parse(detail: &str) -> Self {
        Self::new("InvalidTemplate", format!("Deployment template parse failed: '{detail}'."))
    }

    /// Wraps what an expression complained of in the sentence that names its place.
    pub(crate) fn in_expression(what: &str, detail: &str) -> Self {
        Self::validation(&format!(
            "{what} is not valid: {detail}. Please see https://aka.ms/arm-template-expressions for usage details."
        ))
    }
}
