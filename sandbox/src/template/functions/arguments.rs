//! The arguments of a function call, read as the types a function wants.

use serde_json::{Map, Number, Value};

/// The arguments of one call.
pub(super) struct Arguments<'a> {
    /// The function, as the expression spells it.
    pub(super) name: &'a str,
    /// The evaluated arguments.
    pub(super) values: &'a [Value],
}

impl<'a> Arguments<'a> {
    /// Makes the arguments of a call.
    pub(super) fn new(name: &'a str, values: &'a [Value]) -> Self {
        Self { name, values }
    }

    /// Checks how many arguments there are.
    pub(super) fn count(&self, least: usize, most: usize) -> Result<(), String> {
        if (least..=most).contains(&self.values.len()) {
            return Ok(());
        }
        let wanted = match (least, most) {
            (least, most) if least == most => format!("{least}"),
            (least, usize::MAX) => format!("at least {least}"),
            _ => format!("between {least} and {most}"),
        };
        Err(format!(
            "The template language function '{}' must have {wanted} parameter(s). The function was invoked with '{}' parameter(s). Please see https://aka.ms/arm-functions#{} for usage details",
            self.name,
            self.values.len(),
            self.name.to_lowercase()
        ))
    }

    /// The message for arguments of the wrong types.
    pub(super) fn unexpected(&self, wanted: &str) -> String {
        let kinds: Vec<_> = self.values.iter().map(kind).collect();
        format!(
            "The template language function '{}' expects {wanted}. The provided value is of type '{}'. Please see https://aka.ms/arm-functions#{} for usage details",
            self.name,
            kinds.join(", "),
            self.name.to_lowercase()
        )
    }

    /// The argument at `index`.
    pub(super) fn value(&self, index: usize) -> Result<&'a Value, String> {
        self.values
            .get(index)
            .ok_or_else(|| self.unexpected(&format!("at least {} parameter(s)", index + 1)))
    }

    /// The text at `index`.
    pub(super) fn text(&self, index: usize) -> Result<&'a str, String> {
        self.value(index)?.as_str().ok_or_else(|| self.unexpected("a string"))
    }

    /// The only argument, which is text.
    pub(super) fn only_text(&self) -> Result<&'a str, String> {
        self.count(1, 1)?;
        self.text(0)
    }

    /// The whole number at `index`.
    pub(super) fn integer(&self, index: usize) -> Result<i64, String> {
        self.value(index)?.as_i64().ok_or_else(|| self.unexpected("an integer"))
    }

    /// The array at `index`.
    pub(super) fn array(&self, index: usize) -> Result<&'a Vec<Value>, String> {
        self.value(index)?.as_array().ok_or_else(|| self.unexpected("an array"))
    }

    /// The object at `index`.
    pub(super) fn object(&self, index: usize) -> Result<&'a Map<String, Value>, String> {
        self.value(index)?.as_object().ok_or_else(|| self.unexpected("an object"))
    }

    /// All arguments as text.
    pub(super) fn texts(&self) -> Result<Vec<&'a str>, String> {
        (0..self.values.len()).map(|index| self.text(index)).collect()
    }
}

/// The name Resource Manager gives the type of a value.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if is_integer(number) => "Integer",
        Value::Number(_) => "Float",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Object",
    }
}

fn is_integer(number: &Number) -> bool {
    number.as_i64().is_some() || number.as_u64().is_some()
}

/// A value as text, the way `string()` and `concat()` write it.
pub(crate) fn display(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The member with that name; Resource Manager does not tell upper from lower case in names.
pub(crate) fn member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).or_else(|| {
        members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

/// Whether two values are equal, comparing numbers by value and not by spelling.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || (left.as_f64().is_some() && left.as_f64() == right.as_f64())
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, value)| right.get(name).is_some_and(|other| equal(value, other)))
        }
        (left, right) => left == right,
    }
}
