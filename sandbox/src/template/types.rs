//! The types of parameters and outputs.

use super::error::TemplateError;
use serde_json::Value;

/// The type of a parameter or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    /// Text.
    String,
    /// Text that is never shown again.
    SecureString,
    /// A whole number.
    Int,
    /// A truth value.
    Bool,
    /// A list.
    Array,
    /// An object.
    Object,
    /// An object that is never shown again.
    SecureObject,
}

impl Type {
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_lowercase().as_str() {
            "string" => Self::String,
            "securestring" => Self::SecureString,
            "int" => Self::Int,
            "bool" => Self::Bool,
            "array" => Self::Array,
            "object" => Self::Object,
            "secureobject" => Self::SecureObject,
            _ => return None,
        })
    }

    /// The type as Resource Manager spells it in answers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::SecureString => "SecureString",
            Self::Int => "Int",
            Self::Bool => "Bool",
            Self::Array => "Array",
            Self::Object => "Object",
            Self::SecureObject => "SecureObject",
        }
    }

    /// Whether answers leave the value out.
    pub(crate) fn is_secure(self) -> bool {
        matches!(self, Self::SecureString | Self::SecureObject)
    }

    /// Whether the value is of this type.
    pub(crate) fn admits(self, value: &Value) -> bool {
        match self {
            Self::String | Self::SecureString => value.is_string(),
            Self::Int => value.as_i64().is_some(),
            Self::Bool => value.is_boolean(),
            Self::Array => value.is_array(),
            Self::Object | Self::SecureObject => value.is_object(),
        }
    }
}

/// Reads the declared type of a parameter or output.
pub(crate) fn declared(
    raw: Option<&Value>,
    what: &str,
    name: &str,
    place: &str,
) -> Result<Type, TemplateError> {
    let text = raw.and_then(Value::as_str).unwrap_or_default();
    Type::named(text).ok_or_else(|| {
        TemplateError::validation(&format!(
            "The type '{text}' of the template {what} '{name}' at {place} is not valid. Please see https://aka.ms/arm-template/#{what}s for usage details."
        ))
    })
}
