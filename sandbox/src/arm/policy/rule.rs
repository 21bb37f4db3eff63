//! What Azure refuses in the rule of a policy: fields, aliases, functions, parameters, and the shape of its effect.
//!
//! Source: <https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule>. The words
//! about aliases are those of public threads; other codes here are guesses.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::error::ArmError;
use crate::template::functions_of;

/// The members of `details` of an effect that deploys.
const DETAILS: [&str; 9] = [
    "deployment",
    "deploymentScope",
    "evaluationDelay",
    "existenceCondition",
    "existenceScope",
    "name",
    "resourceGroupName",
    "roleDefinitionIds",
    "type",
];

/// Checks the rule of a definition together with its parameters.
pub(super) fn check(name: &str, properties: &Value) -> Result<(), ArmError> {
    let rule = &properties["policyRule"];
    let (Some(_), Some(then)) = (rule.get("if"), rule["then"].as_object()) else {
        return Err(invalid_rule(name, "it needs 'if' and 'then'"));
    };
    let mut checked = RuleCheck { name, used: BTreeSet::new(), counted: Vec::new() };
    checked.condition(&rule["if"])?;
    let effect = then.get("effect").cloned().unwrap_or_default();
    checked.expressions(&effect)?;
    let details = &rule["then"]["details"];
    if effect.as_str().is_some_and(|effect| effect.eq_ignore_ascii_case("deployIfNotExists")) {
        checked.deploying(details)?;
    }
    let defined: BTreeSet<String> = properties["parameters"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.to_lowercase())
        .collect();
    if let Some(unknown) = checked.used.difference(&defined).next() {
        return Err(ArmError::bad(
            "UndefinedPolicyParameter",
            format!(
                "The policy definition '{name}' uses the parameter '{unknown}', which is not defined."
            ),
        ));
    }
    if let Some(unused) = defined.difference(&checked.used).next() {
        return Err(ArmError::bad(
            "UnusedPolicyParameters",
            format!(
                "The policy '{name}' has defined parameters '{unused}' which are not used in the policy rule. Please either remove these parameters from the definition or ensure that they are used in the policy rule."
            ),
        ));
    }
    Ok(())
}

struct RuleCheck<'a> {
    name: &'a str,
    /// Parameters that are used, in lower case.
    used: BTreeSet<String>,
    /// What is counted around a condition.
    counted: Vec<String>,
}

impl RuleCheck<'_> {
    fn condition(&mut self, condition: &Value) -> Result<(), ArmError> {
        let Some(members) = condition.as_object() else {
            return Err(invalid_rule(self.name, "a condition has to be an object"));
        };
        for word in ["allOf", "anyOf"] {
            if let Some(list) = members.get(word) {
                let all = list.as_array().filter(|_| members.len() == 1);
                let all = all.ok_or_else(|| invalid_rule(self.name, "an operator stands alone"))?;
                return all.iter().try_for_each(|one| self.condition(one));
            }
        }
        if let Some(inner) = members.get("not") {
            return self.condition(inner);
        }
        self.comparison(members)
    }

    fn comparison(&mut self, members: &Map<String, Value>) -> Result<(), ArmError> {
        let subjects: Vec<&str> = ["field", "value", "count"]
            .into_iter()
            .filter(|word| members.contains_key(*word))
            .collect();
        let [subject] = subjects.as_slice() else {
            return Err(invalid_rule(
                self.name,
                "a condition has one of 'field', 'value', 'count'",
            ));
        };
        let operators: Vec<&String> =
            members.keys().filter(|name| name.as_str() != *subject).collect();
        let [operator] = operators.as_slice() else {
            return Err(invalid_rule(self.name, "a condition has one operator"));
        };
        if !super::conditions::OPERATORS.iter().any(|known| known.eq_ignore_ascii_case(operator)) {
            return Err(invalid_rule(self.name, &format!("there is no operator '{operator}'")));
        }
        self.expressions(&members[operator.as_str()])?;
        match *subject {
            "field" => self.field(members["field"].as_str().unwrap_or_default()),
            "value" => self.expressions(&members["value"]),
            _ => self.count(&members["count"]),
        }
    }

    fn count(&mut self, count: &Value) -> Result<(), ArmError> {
        let depth = self.counted.len();
        if let Some(field) = count["field"].as_str() {
            self.field(field)?;
            if !field.ends_with("[*]") {
                return Err(invalid_rule(self.name, "a count is of an array alias"));
            }
            self.counted.push(field.to_owned());
        } else if !count["value"].is_null() {
            self.expressions(&count["value"])?;
            let name = count["name"].as_str().unwrap_or("default");
            self.counted.push(name.to_owned());
        } else {
            return Err(invalid_rule(self.name, "a count has a 'field' or a 'value'"));
        }
        if let Some(condition) = count.get("where") {
            self.condition(condition)?;
        }
        self.counted.truncate(depth);
        Ok(())
    }

    fn field(&mut self, field: &str) -> Result<(), ArmError> {
        if field.starts_with('[') {
            return self.expressions(&Value::from(field));
        }
        let plain = ["name", "type", "location", "tags", "kind", "fullname", "id", "identity.type"];
        if plain.contains(&field.to_ascii_lowercase().as_str())
            || super::conditions::ALIASES.iter().any(|known| known.eq_ignore_ascii_case(field))
        {
            return Ok(());
        }
        let mut parts = field.splitn(3, '/');
        let (provider, kind) = (parts.next().unwrap_or_default(), parts.next());
        Err(ArmError::bad(
            "InvalidPolicyAlias",
            match kind {
                Some(kind) => format!(
                    "The policy definition '{}' rule is invalid. The 'field' property '{field}' of the policy rule doesn't exist as an alias under provider '{provider}' and resource type '{kind}'.",
                    self.name
                ),
                None => format!(
                    "The value of 'field' property '{field}' of the policy rule must be one of 'Name, Type, Location, Tags, Kind, FullName, identity.type, id' or an alias."
                ),
            },
        ))
    }

    /// Every expression of a value: its functions are such that a rule may call them.
    fn expressions(&mut self, value: &Value) -> Result<(), ArmError> {
        match value {
            Value::String(text) => {
                let functions =
                    functions_of(text).map_err(|problem| invalid_rule(self.name, &problem))?;
                for function in functions {
                    self.function(&function, text)?;
                }
                Ok(())
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.expressions(item)),
            Value::Object(members) => {
                members.values().try_for_each(|value| self.expressions(value))
            }
            _ => Ok(()),
        }
    }

    fn function(&mut self, function: &str, text: &str) -> Result<(), ArmError> {
        let lower = function.to_lowercase();
        if lower == "parameters" {
            self.used.extend(parameters_in(text));
            return Ok(());
        }
        if lower == "current" && self.counted.is_empty() {
            return Err(invalid_rule(self.name, "'current()' stands outside of a count"));
        }
        let is_left_out = NOT_IN_RULES.contains(&lower.as_str())
            || lower.starts_with("list")
            || lower.starts_with("datetime");
        let exists = IN_RULES.contains(&lower.as_str());
        if exists && !is_left_out {
            return Ok(());
        }
        Err(ArmError::bad(
            "InvalidPolicyRuleExpression",
            format!(
                "The policy definition '{}' rule is invalid. The function '{function}' is not supported in policy rules.",
                self.name
            ),
        ))
    }

    fn deploying(&mut self, details: &Value) -> Result<(), ArmError> {
        let fault = |text: &str| Err(invalid_rule(self.name, text));
        let Some(members) = details.as_object() else {
            return fault("the effect 'deployIfNotExists' needs 'details'");
        };
        if let Some(name) = members.keys().find(|name| !DETAILS.contains(&name.as_str())) {
            return fault(&format!("could not find member '{name}' on object of type 'details'"));
        }
        if details["type"].as_str().is_none_or(|kind| !kind.contains('/')) {
            return fault("'details' needs the 'type' of a resource");
        }
        let roles = details["roleDefinitionIds"].as_array().filter(|roles| !roles.is_empty());
        let is_role = |role: &Value| {
            role.as_str().is_some_and(|id| {
                id.to_ascii_lowercase()
                    .contains("/providers/microsoft.authorization/roledefinitions/")
            })
        };
        if roles.is_none_or(|roles| !roles.iter().all(is_role)) {
            return fault("'roleDefinitionIds' has to be full ids of roles");
        }
        let deployment = &details["deployment"];
        let is_at_subscription = details["deploymentScope"]
            .as_str()
            .is_some_and(|scope| scope.eq_ignore_ascii_case("subscription"));
        if is_at_subscription && deployment["location"].as_str().is_none() {
            return fault("a deployment at the subscription needs a 'location'");
        }
        if !deployment["properties"]["template"].is_object() {
            return fault("a deployment needs an inline 'template'");
        }
        self.expressions(&details["name"])?;
        if let Some(condition) = details.get("existenceCondition") {
            self.condition(condition)?;
        }
        // Inside of the template everything is allowed: it is evaluated by the deployment.
        self.expressions(&deployment["location"])?;
        self.expressions(&deployment["properties"]["parameters"])
    }
}

/// The parameters that an expression names, in lower case.
fn parameters_in(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let named = lower.split("parameters('").skip(1);
    named.filter_map(|rest| rest.split('\'').next().map(str::to_owned)).collect()
}

fn invalid_rule(name: &str, problem: &str) -> ArmError {
    ArmError::bad(
        "InvalidPolicyRule",
        format!("Failed to parse policy rule of '{name}': '{problem}'."),
    )
}

/// What a template has and a rule lacks.
const NOT_IN_RULES: [&str; 14] = [
    "copyindex",
    "deployment",
    "environment",
    "extensionresourceid",
    "lambda",
    "managementgroup",
    "newguid",
    "pickzones",
    "providers",
    "reference",
    "resourceid",
    "subscriptionresourceid",
    "tenantresourceid",
    "variables",
];

/// What is kept here of what a rule may call.
const IN_RULES: [&str; 40] = [
    "array",
    "and",
    "base64",
    "bool",
    "coalesce",
    "concat",
    "contains",
    "createarray",
    "createobject",
    "current",
    "empty",
    "endswith",
    "equals",
    "field",
    "first",
    "format",
    "greater",
    "greaterorequals",
    "guid",
    "if",
    "indexof",
    "int",
    "intersection",
    "join",
    "last",
    "length",
    "less",
    "lessorequals",
    "not",
    "or",
    "replace",
    "resourcegroup",
    "split",
    "startswith",
    "string",
    "subscription",
    "substring",
    "tolower",
    "toupper",
    "union",
];
