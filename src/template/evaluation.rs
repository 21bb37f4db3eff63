//! What an expression of a template comes to, as far as it can be computed without Azure.

use serde_json::{Map, Value, json};

use super::expression::{self, Expression};
use super::functions;

/// Why a value cannot be computed before the deployment: the function or the parameter it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unresolved(pub(crate) String);

pub(super) type Evaluated = Result<Value, Unresolved>;

/// One template with the values of its parameters: what `parameters()` and `variables()` mean.
#[derive(Clone, Debug)]
pub(super) struct Evaluation<'a> {
    template: &'a Value,
    parameters: Map<String, Value>,
    /// Copy loops around this place, the innermost last: name and index.
    loops: Vec<(String, usize)>,
    lambdas: Vec<(String, Value)>,
    depth: usize,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(template: &'a Value, parameters: Map<String, Value>) -> Evaluation<'a> {
        Evaluation { template, parameters, loops: Vec::new(), lambdas: Vec::new(), depth: 0 }
    }

    pub(super) fn in_loop(&self, name: &str, index: usize) -> Evaluation<'a> {
        let mut inner = self.clone();
        inner.loops.push((name.to_owned(), index));
        inner
    }

    pub(super) fn with_lambda(&self, name: &str, value: Value) -> Evaluation<'a> {
        let mut inner = self.clone();
        inner.lambdas.push((name.to_owned(), value));
        inner
    }

    /// A value of the template with every expression in it computed.
    pub(super) fn value_of(&self, value: &Value) -> Evaluated {
        match value {
            Value::String(text) => match expression::inside(text) {
                Some(inner) => self.text_of(inner),
                None => Ok(json!(expression::literal(text))),
            },
            Value::Array(entries) => {
                entries.iter().map(|entry| self.value_of(entry)).collect::<Result<_, _>>()
            }
            Value::Object(members) => self.object_of(members),
            other => Ok(other.clone()),
        }
    }

    fn text_of(&self, inner: &str) -> Evaluated {
        match expression::parse_whole(inner) {
            Some(parsed) => self.result_of(&parsed),
            None => Err(Unresolved(format!("the malformed expression [{inner}]"))),
        }
    }

    /// An object; its `copy` member makes arrays. Source:
    /// <https://learn.microsoft.com/azure/azure-resource-manager/templates/copy-properties>
    fn object_of(&self, members: &Map<String, Value>) -> Evaluated {
        let mut made = Map::new();
        for (key, value) in members {
            match value.as_array().filter(|_| key == "copy") {
                Some(copies) => {
                    for copy in copies {
                        let name = copy.get("name").and_then(Value::as_str).unwrap_or_default();
                        made.insert(name.to_owned(), self.copied(copy)?);
                    }
                }
                None => {
                    made.insert(key.clone(), self.value_of(value)?);
                }
            }
        }
        Ok(Value::Object(made))
    }

    fn copied(&self, copy: &Value) -> Evaluated {
        let name = copy.get("name").and_then(Value::as_str).unwrap_or_default();
        let input = copy.get("input").unwrap_or(&Value::Null);
        (0..self.count_of(copy)?).map(|at| self.in_loop(name, at).value_of(input)).collect()
    }

    /// How often a `copy` repeats.
    pub(super) fn count_of(&self, copy: &Value) -> Result<usize, Unresolved> {
        let count = self.value_of(copy.get("count").unwrap_or(&Value::Null))?;
        let count = count.as_u64().and_then(|count| usize::try_from(count).ok());
        count.filter(|count| *count <= MOST_COPIES).ok_or(Unresolved("the count of a copy".into()))
    }

    pub(super) fn result_of(&self, expression: &Expression) -> Evaluated {
        if self.depth > DEEPEST {
            return Err(Unresolved("an expression that refers to itself".to_owned()));
        }
        match expression {
            Expression::Text(text) => Ok(json!(text)),
            Expression::Number(number) => Ok(json!(number)),
            Expression::Member { of, key, is_safe } => {
                let (of, key) = (self.result_of(of)?, self.result_of(key)?);
                match functions::member_of(&of, &key) {
                    Some(found) => Ok(found.clone()),
                    None if *is_safe => Ok(Value::Null),
                    None => Err(Unresolved(format!("a member {key} that is not there"))),
                }
            }
            Expression::Call(name, arguments) => self.call(name, arguments),
        }
    }

    fn call(&self, name: &str, arguments: &[Expression]) -> Evaluated {
        let name = name.to_ascii_lowercase();
        let first = || {
            let first = arguments.first().ok_or_else(|| Unresolved(format!("{name}()")))?;
            self.result_of(first).map(|value| value.as_str().unwrap_or_default().to_owned())
        };
        match name.as_str() {
            "parameters" => self.parameter(&first()?),
            "variables" => self.variable(&first()?),
            "lambdavariables" => {
                let name = first()?;
                let found = self.lambdas.iter().rev().find(|(known, _)| *known == name);
                found.map(|(_, value)| value.clone()).ok_or(Unresolved(format!("lambda {name}")))
            }
            "copyindex" => self.copy_index(arguments),
            // Only the branch that is taken has to be computable.
            "if" => match arguments {
                [condition, then, otherwise] => {
                    let holds = self.result_of(condition)? == json!(true);
                    self.result_of(if holds { then } else { otherwise })
                }
                _ => Err(Unresolved("if()".to_owned())),
            },
            "map" | "filter" => functions::each(self, &name, arguments),
            _ => {
                let values: Vec<Value> = arguments
                    .iter()
                    .map(|argument| self.result_of(argument))
                    .collect::<Result<_, _>>()?;
                functions::result_of(&name, &values).ok_or_else(|| Unresolved(format!("{name}()")))
            }
        }
    }

    fn parameter(&self, name: &str) -> Evaluated {
        let given = self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some((_, value)) = given {
            return Ok(value.clone());
        }
        let declared = member(self.template.get("parameters"), name);
        match declared.map(|declared| (declared.get("defaultValue"), declared.get("nullable"))) {
            Some((Some(default), _)) => self.deeper().value_of(default),
            Some((None, Some(Value::Bool(true)))) => Ok(Value::Null),
            _ => Err(Unresolved(format!("parameter '{name}', which has no value"))),
        }
    }

    fn variable(&self, name: &str) -> Evaluated {
        let variables = self.template.get("variables");
        if let Some(value) = member(variables, name) {
            return self.deeper().value_of(value);
        }
        let copies =
            variables.and_then(|variables| variables.get("copy")).and_then(Value::as_array);
        let copy = copies.into_iter().flatten().find(|copy| {
            let named = copy.get("name").and_then(Value::as_str);
            named.is_some_and(|named| named.eq_ignore_ascii_case(name))
        });
        copy.map_or_else(
            || Err(Unresolved(format!("variable '{name}', which does not exist"))),
            |copy| self.deeper().copied(copy),
        )
    }

    /// `copyIndex()`, `copyIndex(offset)`, `copyIndex(name)`, `copyIndex(name, offset)`.
    fn copy_index(&self, arguments: &[Expression]) -> Evaluated {
        let values: Vec<Value> =
            arguments.iter().map(|argument| self.result_of(argument)).collect::<Result<_, _>>()?;
        let name = values.first().and_then(Value::as_str);
        let offset = values.last().and_then(Value::as_u64).unwrap_or(0);
        let found = self
            .loops
            .iter()
            .rev()
            .find(|(known, _)| name.is_none_or(|name| known.eq_ignore_ascii_case(name)));
        let (_, index) = found.ok_or_else(|| Unresolved("copyIndex() outside of a copy".into()))?;
        Ok(json!(*index as u64 + offset))
    }

    fn deeper(&self) -> Evaluation<'a> {
        Evaluation { depth: self.depth + 1, ..self.clone() }
    }
}

/// A member whatever its case, as Azure looks them up.
pub(super) fn member<'v>(of: Option<&'v Value>, name: &str) -> Option<&'v Value> {
    let members = of?.as_object()?;
    members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// How many variables may lead from one to the next before they are taken for a circle.
const DEEPEST: usize = 32;

/// Azure repeats nothing more often. Source:
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/copy-resources#limits>
const MOST_COPIES: usize = 800;

#[cfg(test)]
mod tests {
    use super::*;

    fn computed(template: &Value, text: &str) -> Evaluated {
        Evaluation::new(template, Map::new()).value_of(&json!(text))
    }

    #[test]
    fn parameters_variables_and_functions_are_computed() {
        let template = json!({
            "parameters": {"who": {"defaultValue": "Contoso"}, "must": {"type": "string"}},
            "variables": {
                "title": "[format('{0} - {1}', parameters('WHO'), toUpper('tier'))]",
                "circle": "[variables('circle')]",
                "copy": [{"name": "rights", "count": 2, "input": {"at": "[copyIndex('rights', 1)]"}}],
            },
        });
        for (text, expected) in [
            ("[variables('title')]", json!("Contoso - TIER")),
            ("[[variables('title')]", json!("[variables('title')]")),
            ("[variables('rights')]", json!([{"at": 1}, {"at": 2}])),
            ("[variables('rights')[1].at]", json!(2)),
            (
                "[concat(variables('rights'), createArray(createObject('a', true())))]",
                json!([{"at": 1}, {"at": 2}, {"a": true}]),
            ),
            ("[if(equals(length(variables('rights')), 2), 'two', reference('x'))]", json!("two")),
            ("[coalesce(null(), variables('rights')[0].?none, 'last')]", json!("last")),
            ("[map(variables('rights'), lambda('r', lambdaVariables('r').at))]", json!([1, 2])),
            ("[guid('Relecloud Managed Services')]", json!("a284898a-fc04-581d-aca0-047861d06160")),
            ("[json('{\"a\": 1}').a]", json!(1)),
        ] {
            assert_eq!(computed(&template, text), Ok(expected), "{text}");
        }
        for (text, needs) in [
            ("[parameters('must')]", "'must'"),
            ("[variables('circle')]", "refers to itself"),
            ("[concat('a', reference('x').y)]", "reference()"),
            ("[subscription().tenantId]", "subscription()"),
            ("[f(]", "malformed"),
        ] {
            let Unresolved(why) = computed(&template, text).unwrap_err();
            assert!(why.contains(needs), "{text}: {why}");
        }
    }
}
