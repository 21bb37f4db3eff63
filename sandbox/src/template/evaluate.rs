//! Evaluates template values: expressions inside strings, and loops inside objects.

use super::copy::{self, CopyFrame};
use super::functions;
use super::parser::{self, Expression};
use super::scope::{LOOP_MARK, Scope};
use serde_json::{Map, Value};

/// Which part of a template an expression stands in; some functions are allowed only in some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The default value of a parameter.
    Parameter,
    /// A variable.
    Variable,
    /// A resource.
    Resource,
    /// An output, evaluated when the deployment has finished.
    Output,
    /// The rule of a policy, which has `current()` and lacks much.
    PolicyRule,
}

/// What is being worked out, innermost first, so that circles are found.
#[derive(Debug)]
pub(crate) struct Resolving<'a> {
    /// `parameter` or `variable`.
    pub(crate) kind: &'static str,
    /// The name of it.
    pub(crate) name: &'a str,
    /// What needed it.
    pub(crate) outer: Option<&'a Resolving<'a>>,
}

/// Names that exist only inside a lambda or a template's own function.
#[derive(Debug)]
pub(crate) struct Locals<'a> {
    /// The names with their values.
    pub(crate) values: Vec<(String, Value)>,
    /// Whether these are the arguments of a template's own function, which sees no other names.
    pub(crate) arguments: bool,
    /// The names around these.
    pub(crate) outer: Option<&'a Locals<'a>>,
}

/// The state of finished resources, for `reference()`.
pub(crate) struct Deployed<'a> {
    /// Gives the resource with an id.
    pub(crate) lookup: &'a dyn Fn(&str) -> Option<Value>,
    /// The name and id of each resource of the template.
    pub(crate) names: &'a [(String, String)],
}

/// Everything one evaluation can see.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// The template.
    pub(crate) scope: &'a Scope,
    /// The loops around the value, outermost first.
    pub(crate) copies: &'a [CopyFrame],
    /// The part of the template the value stands in.
    pub(crate) place: Place,
    /// The deployed resources, when there are any.
    pub(crate) deployed: Option<&'a Deployed<'a>>,
    /// The innermost local names.
    pub(crate) locals: Option<&'a Locals<'a>>,
    /// What is being worked out.
    pub(crate) resolving: Option<&'a Resolving<'a>>,
}

impl<'a> Frame<'a> {
    /// Makes the frame of a value outside any loop.
    pub(crate) fn new(scope: &'a Scope, place: Place) -> Self {
        Self { scope, copies: &[], place, deployed: None, locals: None, resolving: None }
    }

    /// The same frame inside other loops.
    pub(crate) fn with_copies(self, copies: &'a [CopyFrame]) -> Self {
        Self { copies, ..self }
    }

    /// Whether that parameter or variable is being worked out already.
    pub(crate) fn is_resolving(&self, kind: &str, name: &str) -> bool {
        let mut next = self.resolving;
        while let Some(resolving) = next {
            if resolving.kind == kind && resolving.name == name {
                return true;
            }
            next = resolving.outer;
        }
        false
    }

    /// Whether the value is part of a function the template defines.
    pub(crate) fn inside_own_function(&self) -> bool {
        let mut next = self.locals;
        while let Some(locals) = next {
            if locals.arguments {
                return true;
            }
            next = locals.outer;
        }
        false
    }

    /// Evaluates a value of the template.
    pub(crate) fn value(self, raw: &Value) -> Result<Value, String> {
        match raw {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => self.object(members),
            other => Ok(other.clone()),
        }
    }

    /// Evaluates the value of a variable, which may be a loop of its own.
    pub(crate) fn variable_value(self, raw: &Value) -> Result<Value, String> {
        match raw.get(LOOP_MARK) {
            Some(looped) => match self.value(looped)? {
                Value::Object(members) => {
                    Ok(members.into_iter().next().map_or(Value::Null, |(_, value)| value))
                }
                other => Ok(other),
            },
            None => self.value(raw),
        }
    }

    fn object(self, members: &Map<String, Value>) -> Result<Value, String> {
        let mut object = Map::new();
        for (key, raw) in members {
            if key == "copy" && copy::is_property_loop(raw) {
                copy::expand_properties(self, raw, &mut object)?;
                continue;
            }
            let key = match self.text(key)? {
                Value::String(name) => name,
                other => functions::display(&other),
            };
            let value = self.value(raw)?;
            // Resource Manager sends no property whose value is json('null').
            if !(value.is_null() && self.place == Place::Resource) {
                object.insert(key, value);
            }
        }
        Ok(Value::Object(object))
    }

    /// Evaluates a string: an expression, an escaped literal or plain text.
    pub(crate) fn text(self, text: &str) -> Result<Value, String> {
        match expression_of(text) {
            Written::Expression(inner) => self.expression(&parser::parse(inner)?),
            Written::Literal(literal) => Ok(Value::from(literal)),
        }
    }

    /// Evaluates a string that must come out as text.
    pub(crate) fn string(self, raw: &Value) -> Result<String, String> {
        match self.value(raw)? {
            Value::String(text) => Ok(text),
            other => Err(format!(
                "The value is expected to be of type 'String' and is of type '{}'",
                functions::kind(&other)
            )),
        }
    }

    /// Evaluates an expression.
    pub(crate) fn expression(self, expression: &Expression) -> Result<Value, String> {
        match expression {
            Expression::Text(text) => Ok(Value::from(text.as_str())),
            Expression::Integer(number) => Ok(Value::from(*number)),
            Expression::Call(name, arguments) => functions::call(self, name, arguments),
            Expression::Access { of, key, safe } => {
                let value = self.expression(of)?;
                if *safe && value.is_null() {
                    return Ok(Value::Null);
                }
                let key = self.expression(key)?;
                access(&value, &key, *safe)
            }
        }
    }
}

/// How a string of a template is meant.
pub(crate) enum Written<'a> {
    /// The text between the brackets of an expression.
    Expression(&'a str),
    /// Text, with the escape already removed.
    Literal(&'a str),
}

/// Tells an expression from text: `[[...]` is the text `[...]`, and `[...` alone is text.
pub(crate) fn expression_of(text: &str) -> Written<'_> {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) if inner.starts_with('[') => Written::Literal(&text[1..]),
        Some(inner) => Written::Expression(inner),
        None => Written::Literal(text),
    }
}

fn access(value: &Value, key: &Value, safe: bool) -> Result<Value, String> {
    let found = match (value, key) {
        (Value::Object(members), Value::String(name)) => {
            let found = functions::member(members, name).cloned();
            if found.is_none() && !safe {
                let names: Vec<_> = members.keys().map(String::as_str).collect();
                return Err(format!(
                    "The language expression property '{name}' doesn't exist, available properties are '{}'.",
                    names.join(", ")
                ));
            }
            found
        }
        (Value::Array(items), Value::Number(index)) => {
            let found = index
                .as_i64()
                .and_then(|index| usize::try_from(index).ok())
                .and_then(|index| items.get(index))
                .cloned();
            if found.is_none() && !safe {
                return Err(format!(
                    "The language expression property array index '{index}' is out of bounds."
                ));
            }
            found
        }
        _ => {
            return Err(format!(
                "The language expression property '{}' can't be evaluated, property name must be {}.",
                functions::display(key),
                match value {
                    Value::Array(_) => "an integer for an array",
                    Value::Object(_) => "a string for an object",
                    _ => "looked up in an object or an array",
                }
            ));
        }
    };
    Ok(found.unwrap_or(Value::Null))
}
