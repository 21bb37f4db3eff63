//! Expressions in the rule of a policy: the template language less what Azure Policy leaves out, with `current()`.
//!
//! Source: <https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule>.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::context::Context;
use super::evaluate::{Frame, Locals, Place, Written, expression_of};
use super::parser::{self, Expression};
use super::scope::{Named, Scope};

/// What the expressions of a rule see: the parameters, and the subscription that is looked at.
pub(crate) struct PolicyValues {
    scope: Scope,
}

impl PolicyValues {
    /// The values of an assignment's parameters, at a subscription.
    pub(crate) fn new(parameters: &Map<String, Value>, context: Context) -> PolicyValues {
        let bound: BTreeMap<String, Named> = parameters
            .iter()
            .map(|(name, value)| (name.to_lowercase(), Named::resolved(name, value.clone())))
            .collect();
        PolicyValues { scope: Scope::new(&Value::Object(Map::new()), context, bound) }
    }

    /// Evaluates a value; `current` are the members that are counted around it, innermost last.
    pub(crate) fn value(&self, raw: &Value, current: &[(String, Value)]) -> Result<Value, String> {
        let locals = Locals { values: current.to_vec(), arguments: false, outer: None };
        let frame = Frame::new(&self.scope, Place::PolicyRule);
        Frame { locals: Some(&locals), ..frame }.value(raw)
    }
}

/// The functions that the expression in a text calls, as it spells them.
pub(crate) fn functions_of(text: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    if let Written::Expression(inner) = expression_of(text) {
        collect(&parser::parse(inner)?, &mut found);
    }
    Ok(found)
}

fn collect(expression: &Expression, found: &mut Vec<String>) {
    match expression {
        Expression::Text(_) | Expression::Integer(_) => {}
        Expression::Call(name, arguments) => {
            found.push(name.clone());
            arguments.iter().for_each(|argument| collect(argument, found));
        }
        Expression::Access { of, key, .. } => {
            collect(of, found);
            collect(key, found);
        }
    }
}
