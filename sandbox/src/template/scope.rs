//! What the expressions of one template can see: its parameters, variables, functions and place.

use super::context::Context;
use super::error::TemplateError;
use super::evaluate::{Frame, Place, Resolving};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What the expressions of one template can see.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    /// Where the template is deployed.
    pub(crate) context: Context,
    /// The template itself, which `deployment()` shows.
    pub(crate) template: Value,
    /// The parameters by lower-case name.
    pub(crate) parameters: BTreeMap<String, Named>,
    /// The variables by lower-case name.
    pub(crate) variables: BTreeMap<String, Named>,
    /// The template's own functions by lower-case `namespace.name`.
    pub(crate) functions: BTreeMap<String, Value>,
}

/// A parameter or variable whose value is worked out when it is first asked for.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// The name as the template spells it.
    pub(crate) name: String,
    /// The value as the template writes it.
    raw: Value,
    value: OnceLock<Value>,
}

impl Named {
    /// Makes one whose value still holds expressions.
    pub(crate) fn unresolved(name: &str, raw: Value) -> Self {
        Self { name: name.to_owned(), raw, value: OnceLock::new() }
    }

    /// Makes one whose value is final: a parameter value is never read as an expression.
    pub(crate) fn resolved(name: &str, value: Value) -> Self {
        let named = Self::unresolved(name, Value::Null);
        named.value.get_or_init(|| value);
        named
    }

    /// The final value, evaluating it if this is the first time.
    pub(crate) fn value(&self, frame: Frame<'_>, kind: &'static str) -> Result<&Value, String> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        if frame.is_resolving(kind, &self.name) {
            return Err(format!("The template {kind} '{}' has a circular reference", self.name));
        }
        let resolving = Resolving { kind, name: &self.name, outer: frame.resolving };
        let place = if kind == "variable" { Place::Variable } else { Place::Parameter };
        let inner =
            Frame { copies: &[], place, locals: None, resolving: Some(&resolving), ..frame };
        let value = if kind == "variable" {
            inner.variable_value(&self.raw)?
        } else {
            inner.value(&self.raw)?
        };
        Ok(self.value.get_or_init(|| value))
    }
}

impl Scope {
    /// Makes the scope of a template, its parameters already bound.
    pub(crate) fn new(
        template: &Value,
        context: Context,
        parameters: BTreeMap<String, Named>,
    ) -> Self {
        Self {
            context,
            template: template.clone(),
            parameters,
            variables: BTreeMap::new(),
            functions: functions(template),
        }
    }

    /// Reads the `variables` of the template, expanding the loops among them.
    pub(crate) fn read_variables(&mut self) -> Result<(), TemplateError> {
        let Some(Value::Object(variables)) = self.template.get("variables").cloned() else {
            return Ok(());
        };
        for (name, raw) in &variables {
            if name != "copy" {
                self.variables.insert(name.to_lowercase(), Named::unresolved(name, raw.clone()));
            }
        }
        let Some(Value::Array(loops)) = variables.get("copy") else {
            return Ok(());
        };
        for entry in loops {
            let name = entry.get("name").and_then(Value::as_str).ok_or_else(|| {
                TemplateError::parse(
                    "Required property 'name' not found in JSON. Path 'variables.copy'",
                )
            })?;
            // A loop evaluates like an object with that one loop in it, so it can use other variables.
            let object = Value::Object(Map::from_iter([(
                "copy".to_owned(),
                Value::Array(vec![entry.clone()]),
            )]));
            let marked = Value::Object(Map::from_iter([(LOOP_MARK.to_owned(), object)]));
            self.variables.insert(name.to_lowercase(), Named::unresolved(name, marked));
        }
        Ok(())
    }

    /// Evaluates every variable, so that a wrong one is reported even when nothing uses it.
    pub(crate) fn check_variables(&self) -> Result<(), TemplateError> {
        for variable in self.variables.values() {
            variable.value(Frame::new(self, Place::Variable), "variable").map_err(|detail| {
                TemplateError::in_expression(
                    &format!("The template variable '{}'", variable.name),
                    &detail,
                )
            })?;
        }
        Ok(())
    }
}

/// The member under which a variable loop is kept until it is evaluated.
pub(crate) const LOOP_MARK: &str = "\u{0}loop";

fn functions(template: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for group in template.get("functions").and_then(Value::as_array).into_iter().flatten() {
        let namespace = group.get("namespace").and_then(Value::as_str).unwrap_or_default();
        for (name, function) in
            group.get("members").and_then(Value::as_object).into_iter().flatten()
        {
            found.insert(format!("{namespace}.{name}").to_lowercase(), function.clone());
        }
    }
    found
}
