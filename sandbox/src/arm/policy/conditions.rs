//! Evaluates a condition against one resource: exactly what the rules of Lighthouse need.

use serde_json::Value;

use crate::template::PolicyValues;

/// The operators that are kept here; Azure has more.
pub(super) const OPERATORS: [&str; 10] = [
    "equals",
    "notEquals",
    "in",
    "notIn",
    "exists",
    "greater",
    "greaterOrEquals",
    "less",
    "lessOrEquals",
    "contains",
];

/// The aliases of Microsoft.ManagedServices. Those of an assignment's offer exist and are empty in practice.
/// Source: <https://github.com/maciejporebski/azure-policy-aliases/tree/main/aliases/Microsoft.ManagedServices>
pub(super) const ALIASES: [&str; 11] = [
    "Microsoft.ManagedServices/registrationDefinitions/authorizations",
    "Microsoft.ManagedServices/registrationDefinitions/authorizations[*]",
    "Microsoft.ManagedServices/registrationDefinitions/authorizations[*].principalId",
    "Microsoft.ManagedServices/registrationDefinitions/authorizations[*].roleDefinitionId",
    "Microsoft.ManagedServices/registrationDefinitions/description",
    "Microsoft.ManagedServices/registrationDefinitions/managedByTenantId",
    "Microsoft.ManagedServices/registrationDefinitions/managedByTenantName",
    "Microsoft.ManagedServices/registrationDefinitions/provisioningState",
    "Microsoft.ManagedServices/registrationDefinitions/registrationDefinitionName",
    "Microsoft.ManagedServices/registrationAssignments/registrationDefinitionId",
    "Microsoft.ManagedServices/registrationAssignments/provisioningState",
];

/// One resource that conditions are about.
pub(super) struct Subject<'a> {
    /// `{id, name, type, properties}`.
    pub(super) resource: &'a Value,
    pub(super) values: &'a PolicyValues,
}

impl Subject<'_> {
    /// Whether the resource meets a condition; `current` are the members that are counted around it.
    pub(super) fn meets(
        &self,
        condition: &Value,
        current: &[(String, Value)],
    ) -> Result<bool, String> {
        if let Some(all) = condition["allOf"].as_array() {
            for one in all {
                if !self.meets(one, current)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        if let Some(any) = condition["anyOf"].as_array() {
            for one in any {
                if self.meets(one, current)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some(inner) = condition.get("not") {
            return Ok(!self.meets(inner, current)?);
        }
        let found = if let Some(count) = condition.get("count") {
            vec![Value::from(self.count(count, current)?)]
        } else if let Some(value) = condition.get("value") {
            vec![self.values.value(value, current)?]
        } else {
            let field = condition["field"].as_str().unwrap_or_default();
            self.field(field, current)
        };
        let (operator, operand) = operator(condition);
        let operand = self.values.value(&operand, current)?;
        // An array alias means that every member has to meet it.
        Ok(found.iter().all(|found| compares(&operator, found, &operand)))
    }

    fn count(&self, count: &Value, current: &[(String, Value)]) -> Result<usize, String> {
        let (name, members) = match count["field"].as_str() {
            Some(field) => (field.to_owned(), self.field(field, &[])),
            None => {
                let value = self.values.value(&count["value"], current)?;
                let name = count["name"].as_str().unwrap_or("default").to_owned();
                (name, value.as_array().cloned().unwrap_or_default())
            }
        };
        let Some(condition) = count.get("where") else {
            return Ok(members.len());
        };
        let mut found = 0;
        for member in members {
            let mut inner = current.to_vec();
            inner.push((name.clone(), member));
            found += usize::from(self.meets(condition, &inner)?);
        }
        Ok(found)
    }

    /// The values of a field: one, or those of all members of an array that is not counted around it.
    fn field(&self, field: &str, current: &[(String, Value)]) -> Vec<Value> {
        let lower = field.to_ascii_lowercase();
        if ["name", "type", "id", "location"].contains(&lower.as_str()) {
            return vec![self.resource[lower.as_str()].clone()];
        }
        let (array, member) = match field.split_once("[*]") {
            Some((array, rest)) => (array, Some(rest.trim_start_matches('.'))),
            None => (field, None),
        };
        let property = array.rsplit('/').next().unwrap_or_default();
        let whole = self.resource["properties"][property].clone();
        let Some(member) = member else {
            return vec![whole];
        };
        let counted = format!("{array}[*]");
        let around = current.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(&counted));
        let members = match around {
            Some((_, member)) => vec![member.clone()],
            None => whole.as_array().cloned().unwrap_or_default(),
        };
        if member.is_empty() {
            return members;
        }
        members.iter().map(|found| found[member].clone()).collect()
    }
}

fn operator(condition: &Value) -> (String, Value) {
    let members = condition.as_object().into_iter().flatten();
    let mut operators =
        members.filter(|(name, _)| !["field", "value", "count"].contains(&name.as_str()));
    let found = operators.next();
    found.map(|(name, value)| (name.to_lowercase(), value.clone())).unwrap_or_default()
}

fn compares(operator: &str, found: &Value, operand: &Value) -> bool {
    let is_in = || operand.as_array().into_iter().flatten().any(|one| is_equal(found, one));
    let number = |value: &Value| value.as_i64().unwrap_or_default();
    match operator {
        "equals" => is_equal(found, operand),
        "notequals" => !is_equal(found, operand),
        "in" => is_in(),
        "notin" => !is_in(),
        "exists" => {
            let wanted = operand.as_bool().unwrap_or_else(|| is_equal(operand, &"true".into()));
            found.is_null() != wanted
        }
        "contains" => {
            let (found, part) = (text(found).to_lowercase(), text(operand).to_lowercase());
            found.contains(&part)
        }
        "greater" => number(found) > number(operand),
        "greaterorequals" => number(found) >= number(operand),
        "less" => number(found) < number(operand),
        _ => number(found) <= number(operand),
    }
}

/// Texts are compared whatever their case; an absent text is an empty one.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.to_lowercase() == other.to_lowercase(),
        (Value::Null, Value::String(text)) | (Value::String(text), Value::Null) => text.is_empty(),
        (one, other) => one == other,
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
