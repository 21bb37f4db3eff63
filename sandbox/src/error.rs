//! What Azure Resource Manager says when it says no: `{"error": {code, message, target, details}}`.

use serde_json::{Value, json};

/// A refusal in Azure Resource Manager's shape.
#[derive(Clone, Debug)]
pub(crate) struct ArmError {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) target: Option<String>,
    pub(crate) details: Vec<ArmError>,
    /// The `WWW-Authenticate` header.
    pub(crate) challenge: Option<Box<str>>,
}

impl ArmError {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> ArmError {
        ArmError {
            status,
            code: code.to_owned(),
            message: message.into(),
            target: None,
            details: Vec::new(),
            challenge: None,
        }
    }

    pub(crate) fn bad(code: &str, message: impl Into<String>) -> ArmError {
        ArmError::new(400, code, message)
    }

    pub(crate) fn missing(code: &str, message: impl Into<String>) -> ArmError {
        ArmError::new(404, code, message)
    }

    pub(crate) fn conflict(code: &str, message: impl Into<String>) -> ArmError {
        ArmError::new(409, code, message)
    }

    pub(crate) fn target(mut self, target: impl Into<String>) -> ArmError {
        self.target = Some(target.into());
        self
    }

    pub(crate) fn detail(mut self, detail: ArmError) -> ArmError {
        self.details.push(detail);
        self
    }

    pub(crate) fn challenge(mut self, value: impl Into<Box<str>>) -> ArmError {
        self.challenge = Some(value.into());
        self
    }

    /// The object inside `error`.
    pub(crate) fn inner(&self) -> Value {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(target) = &self.target {
            error["target"] = json!(target);
        }
        if !self.details.is_empty() {
            error["details"] = self.details.iter().map(ArmError::inner).collect();
        }
        error
    }

    /// The whole body.
    pub(crate) fn body(&self) -> Value {
        json!({"error": self.inner()})
    }
}
