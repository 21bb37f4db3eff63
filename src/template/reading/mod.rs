//! The offer that a template makes, read before it is deployed: through parameters, variables,
//! nested deployments (which is what Bicep makes of a module) and copies.

use serde_json::{Map, Value, json};

use super::evaluation::{Evaluation, Unresolved, member};

/// A property of a definition, or the place of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Name,
    Description,
    Tenant,
    Authorizations,
    Eligible,
}

impl Field {
    /// All of them.
    pub(crate) const ALL: [Field; 5] =
        [Field::Name, Field::Description, Field::Tenant, Field::Authorizations, Field::Eligible];

    /// Its name in a definition's properties.
    pub(crate) const fn property(self) -> &'static str {
        match self {
            Field::Name => "registrationDefinitionName",
            Field::Description => "description",
            Field::Tenant => "managedByTenantId",
            Field::Authorizations => "authorizations",
            Field::Eligible => "eligibleAuthorizations",
        }
    }
}

/// A value of a template, or why it cannot be computed.
pub(crate) type Resolution = Result<Value, Unresolved>;

/// A definition as the template makes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TemplateDefinition {
    /// Its properties, as JSON path.
    pub place: String,
    properties: Vec<(Field, Resolution)>,
    /// It belongs to an offer of the Marketplace.
    pub has_plan: bool,
}

impl TemplateDefinition {
    /// A property that the template sets.
    pub(crate) fn property(&self, field: Field) -> Option<&Resolution> {
        self.properties.iter().find(|(known, _)| *known == field).map(|(_, value)| value)
    }
}

/// Where an assignment of a template goes: a resource group, or the subscription.
pub(crate) type TargetScope = Result<Option<String>, Unresolved>;

/// What a template would deploy of Lighthouse.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TemplateReading {
    /// Each different definition once.
    pub definitions: Vec<TemplateDefinition>,
    /// Each different place of an assignment once.
    pub targets: Vec<TargetScope>,
}

/// Reads a template with values for some of its parameters.
pub(crate) fn read_template(template: &Value, parameters: Map<String, Value>) -> TemplateReading {
    let mut reading = TemplateReading::default();
    let around = Surrounding { group: Ok(None), depth: 0 };
    walk(&Evaluation::new(template, parameters), template, "", &around, &mut reading);
    reading
}

/// Where the resources of a template go.
#[derive(Clone)]
struct Surrounding {
    group: TargetScope,
    depth: usize,
}

fn walk(
    scope: &Evaluation<'_>,
    template: &Value,
    path: &str,
    around: &Surrounding,
    reading: &mut TemplateReading,
) {
    let resources = template.get("resources");
    let listed = resources.and_then(Value::as_array).into_iter().flatten().enumerate();
    let named = resources.and_then(Value::as_object).into_iter().flatten();
    let all = listed
        .map(|(at, resource)| (format!("{path}resources[{at}]"), resource))
        .chain(named.map(|(name, resource)| (format!("{path}resources.{name}"), resource)));
    for (place, resource) in all {
        let count = resource.get("copy").map_or(Ok(1), |copy| scope.count_of(copy));
        // Where the count is not known yet, one round still tells what is the same in all.
        for index in 0..count.unwrap_or(1) {
            let scope = match resource.get("copy").and_then(|copy| copy.get("name")) {
                Some(name) => scope.in_loop(name.as_str().unwrap_or_default(), index),
                None => scope.clone(),
            };
            one_resource(&scope, resource, &place, around, reading);
        }
    }
}

fn one_resource(
    scope: &Evaluation<'_>,
    resource: &Value,
    place: &str,
    around: &Surrounding,
    reading: &mut TemplateReading,
) {
    let condition = resource.get("condition").map(|condition| scope.value_of(condition));
    if condition == Some(Ok(json!(false))) || resource.get("existing") == Some(&json!(true)) {
        return;
    }
    let kind = resource.get("type").and_then(Value::as_str).unwrap_or_default();
    match kind.trim_end_matches('/').to_ascii_lowercase().as_str() {
        "microsoft.managedservices/registrationdefinitions" => {
            let found = definition(scope, resource, place);
            if !reading.definitions.iter().any(|known| known.properties == found.properties) {
                reading.definitions.push(found);
            }
        }
        "microsoft.managedservices/registrationassignments" => {
            let target = target(scope, resource, around);
            if !reading.targets.contains(&target) {
                reading.targets.push(target);
            }
        }
        "microsoft.resources/deployments" => nested(scope, resource, place, around, reading),
        _ => {}
    }
}

fn definition(scope: &Evaluation<'_>, resource: &Value, place: &str) -> TemplateDefinition {
    // Bicep may hold all properties in one expression.
    let whole = resource.get("properties").filter(|properties| properties.is_string());
    let whole = whole.map(|properties| scope.value_of(properties));
    let read = |field: Field| match &whole {
        Some(Ok(properties)) => member(Some(properties), field.property()).cloned().map(Ok),
        Some(Err(why)) => Some(Err(why.clone())),
        None => match member(resource.get("properties"), field.property()) {
            Some(value) => Some(scope.value_of(value)),
            None => copied(scope, resource, field),
        },
    };
    let is_set = |value: &Resolution| *value != Ok(Value::Null);
    let properties = Field::ALL
        .into_iter()
        .filter_map(|field| read(field).filter(is_set).map(|value| (field, value)));
    let plan = resource.get("plan").map(|plan| scope.value_of(plan));
    TemplateDefinition {
        place: format!("{place}.properties"),
        properties: properties.collect(),
        has_plan: plan.is_some_and(|plan| plan != Ok(Value::Null)),
    }
}

/// A property that a `copy` among the properties makes.
fn copied(scope: &Evaluation<'_>, resource: &Value, field: Field) -> Option<Resolution> {
    let copies = resource.pointer("/properties/copy")?;
    let made = scope.value_of(&json!({"copy": copies}));
    match made {
        Ok(made) => member(Some(&made), field.property()).cloned().map(Ok),
        Err(why) => Some(Err(why)),
    }
}

fn target(scope: &Evaluation<'_>, resource: &Value, around: &Surrounding) -> TargetScope {
    match resource.get("scope") {
        Some(written) => {
            scope.value_of(written).and_then(|id| group_of(id.as_str().unwrap_or_default()))
        }
        None => around.group.clone(),
    }
}

fn group_of(id: &str) -> TargetScope {
    let lower = id.to_ascii_lowercase();
    match lower.find("/resourcegroups/") {
        Some(at) => {
            let name = &id[at + "/resourcegroups/".len()..];
            Ok(Some(name.split('/').next().unwrap_or_default().to_owned()))
        }
        None => Ok(None),
    }
}

/// A nested deployment: with parameters of its own if its scope is `inner`. Source:
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/linked-templates>
fn nested(
    scope: &Evaluation<'_>,
    resource: &Value,
    place: &str,
    around: &Surrounding,
    reading: &mut TemplateReading,
) {
    let Some(template) = resource.pointer("/properties/template") else {
        return;
    };
    if around.depth >= DEEPEST {
        return;
    }
    let group = match resource.get("resourceGroup") {
        Some(name) => scope.value_of(name).map(|name| name.as_str().map(str::to_owned)),
        None => around.group.clone(),
    };
    let around = Surrounding { group, depth: around.depth + 1 };
    let path = format!("{place}.properties.template.");
    let scoping = resource.pointer("/properties/expressionEvaluationOptions/scope");
    let is_inner =
        scoping.and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case("inner"));
    if !is_inner {
        walk(scope, template, &path, &around, reading);
        return;
    }
    let written = resource.pointer("/properties/parameters").and_then(Value::as_object);
    let parameters = written.into_iter().flatten().filter_map(|(name, holder)| {
        let value = scope.value_of(holder.get("value")?).ok()?;
        Some((name.clone(), value))
    });
    let inner = Evaluation::new(template, parameters.collect());
    walk(&inner, template, &path, &around, reading);
}

/// Azure nests no deeper than this.
const DEEPEST: usize = 5;

#[cfg(test)]
mod tests;
