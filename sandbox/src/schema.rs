//! The property tables of Azure's resource types: which api-versions there are, and whether a body
//! fits the type it is sent to.

use serde_json::{Map, Value};

mod tables;

use tables::{TABLES, VERSIONS};

/// The property may not be left out.
const REQUIRED: u64 = 1;
/// Only the service writes the property; what a client sends is ignored.
const READ_ONLY: u64 = 2;
/// The members that come from the address of a resource and not from its body.
const FROM_ADDRESS: [&str; 4] = ["id", "name", "type", "apiVersion"];

/// The api-versions of a resource type, oldest first; none for a type that is not known.
pub fn api_versions(type_: &str) -> Option<&'static [String]> {
    VERSIONS.get(&type_.to_lowercase()).map(Vec::as_slice)
}

/// Every resource type, in lower case.
pub(crate) fn types() -> impl Iterator<Item = &'static str> {
    VERSIONS.keys().map(String::as_str)
}

/// Checks the body of a PUT against the type's table; a type without a table accepts anything.
pub fn check(type_: &str, api_version: &str, body: &Value) -> Result<(), Vec<String>> {
    let Some(table) = table(type_, api_version) else {
        return Ok(());
    };
    let mut problems = Vec::new();
    match body {
        Value::Object(members) => check_members(table, members, "", &mut problems),
        other => problems.push(wrong_type(other, "Object", "")),
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Whether only the service writes the property at that dotted path.
pub(crate) fn is_read_only(type_: &str, api_version: &str, path: &str) -> bool {
    let Some(mut members) = table(type_, api_version) else {
        return false;
    };
    for name in path.split('.') {
        let Some(property) = property(members, name) else {
            return false;
        };
        if property.flags & READ_ONLY != 0 {
            return true;
        }
        let mut kind = property.kind;
        while kind.get(0).and_then(Value::as_str) == Some("a") {
            kind = &kind[1];
        }
        match definition(kind) {
            Some(inner) => members = inner,
            None => return false,
        }
    }
    false
}

/// The table of a type at the asked api-version, or else at the nearest later or the latest one.
///
/// Tables exist for a few versions of each type; properties are rarely taken away, so a later
/// table is the fairest judge of a version that has none.
fn table(type_: &str, api_version: &str) -> Option<&'static Map<String, Value>> {
    let roots = TABLES["roots"].get(type_.to_lowercase())?.as_object()?;
    let mut versions: Vec<&String> = roots.keys().collect();
    versions.sort();
    let asked = api_version.to_lowercase();
    let chosen =
        versions.iter().find(|version| version.as_str() >= asked.as_str()).or(versions.last())?;
    definition(&roots[chosen.as_str()])
}

/// The table a `#t12` names.
fn definition(kind: &Value) -> Option<&'static Map<String, Value>> {
    let name = kind.as_str()?.strip_prefix('#')?;
    TABLES["defs"].get(name)?.as_object()
}

struct Property {
    flags: u64,
    kind: &'static Value,
}

fn read(entry: &'static Value) -> Option<Property> {
    Some(Property { flags: entry.get(0)?.as_u64()?, kind: entry.get(1)? })
}

/// The property with that name; Azure does not tell upper from lower case in names.
fn property(members: &'static Map<String, Value>, name: &str) -> Option<Property> {
    let found =
        members.iter().find(|(known, _)| known.as_str() != "*" && known.eq_ignore_ascii_case(name));
    found.and_then(|(_, entry)| read(entry))
}

fn check_members(
    table: &'static Map<String, Value>,
    members: &Map<String, Value>,
    path: &str,
    problems: &mut Vec<String>,
) {
    let is_root = path.is_empty();
    for (name, value) in members {
        if is_root && FROM_ADDRESS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            continue;
        }
        let here = joined(path, name);
        match (property(table, name), table.get("*")) {
            (Some(property), _) if property.flags & READ_ONLY != 0 => {}
            (Some(property), _) => {
                let is_null = value.is_null();
                if is_null && property.flags & REQUIRED == 0 {
                    continue;
                }
                check_value(property.kind, value, &here, problems);
            }
            (None, Some(any)) => check_value(any, value, &here, problems),
            (None, None) => problems.push(format!(
                "Could not find member '{name}' on object of type '{}'. Path '{here}'.",
                last(path)
            )),
        }
    }
    for (name, entry) in table {
        let Some(property) = read(entry).filter(|_| name != "*") else {
            continue;
        };
        let required = property.flags & REQUIRED != 0 && property.flags & READ_ONLY == 0;
        let from_address = is_root && FROM_ADDRESS.contains(&name.as_str());
        if required
            && !from_address
            && !members.keys().any(|known| known.eq_ignore_ascii_case(name))
        {
            problems.push(format!("Required property '{name}' not found in JSON. Path '{path}'."));
        }
    }
}

fn check_value(kind: &'static Value, value: &Value, path: &str, problems: &mut Vec<String>) {
    match kind {
        Value::String(name) => check_named(name, kind, value, path, problems),
        Value::Array(parts) if parts.first().and_then(Value::as_str) == Some("a") => match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    check_value(&parts[1], item, &format!("{path}[{index}]"), problems);
                }
            }
            other => problems.push(wrong_type(other, "Array", path)),
        },
        Value::Array(parts) => {
            let fits = parts[1..].iter().any(|part| {
                let mut complaints = Vec::new();
                check_value(part, value, path, &mut complaints);
                complaints.is_empty()
            });
            if !fits {
                let names: Vec<&str> = parts[1..].iter().filter_map(Value::as_str).collect();
                let values: Vec<&str> =
                    names.iter().filter_map(|name| name.strip_prefix('=')).collect();
                problems.push(wrong_type(value, &values.join(", "), path));
            }
        }
        _ => {}
    }
}

fn check_named(
    name: &str,
    kind: &'static Value,
    value: &Value,
    path: &str,
    problems: &mut Vec<String>,
) {
    if let Some(table) = definition(kind) {
        match value {
            Value::Object(members) => check_members(table, members, path, problems),
            other => problems.push(wrong_type(other, "Object", path)),
        }
        return;
    }
    let (fits, wanted) = match name {
        "s" => (value.is_string(), "String"),
        "b" => (value.is_boolean(), "Boolean"),
        "i" => (value.as_i64().is_some() || value.as_u64().is_some(), "Integer"),
        _ => match name.strip_prefix('=') {
            // Services read the values of an enumeration without regard to case.
            Some(literal) => {
                (value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(literal)), literal)
            }
            None => (true, ""),
        },
    };
    if !fits {
        problems.push(wrong_type(value, wanted, path));
    }
}

fn wrong_type(value: &Value, wanted: &str, path: &str) -> String {
    format!("Error converting value {value} to type '{wanted}'. Path '{path}'.")
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn last(path: &str) -> &str {
    if path.is_empty() { "Resource" } else { path.rsplit('.').next().unwrap_or(path) }
}

#[cfg(test)]
mod tests {
    use super::{api_versions, check, is_read_only};
    use serde_json::{Value, json};

    const DEFINITIONS: &str = "Microsoft.ManagedServices/registrationDefinitions";

    fn definition() -> Value {
        json!({"properties": {
            "registrationDefinitionName": "offer",
            "managedByTenantId": "t",
            "authorizations": [{"principalId": "p", "roleDefinitionId": "r"}],
        }})
    }

    fn problems(type_: &str, version: &str, body: &Value) -> Vec<String> {
        check(type_, version, body).err().unwrap_or_default()
    }

    #[test]
    fn versions_are_found_whatever_the_case_of_the_type() {
        let versions = api_versions("microsoft.managedservices/REGISTRATIONDEFINITIONS").unwrap();
        assert!(versions.iter().any(|version| version == "2022-10-01"));
        assert!(api_versions("Microsoft.Nothing/things").is_none());
    }

    #[test]
    fn a_body_that_fits_has_no_problems() {
        assert_eq!(check(DEFINITIONS, "2022-10-01", &definition()), Ok(()));
        let mut echoed = definition();
        echoed["id"] = json!("/subscriptions/x");
        echoed["properties"]["provisioningState"] = json!(7);
        assert_eq!(
            check(DEFINITIONS, "2022-10-01", &echoed),
            Ok(()),
            "read-only members are ignored"
        );
        assert_eq!(check("Microsoft.Nothing/things", "2020-01-01", &json!(1)), Ok(()));
    }

    #[test]
    fn every_kind_of_problem_is_named_with_its_path() {
        let mut body = definition();
        body["properties"]["surprise"] = json!(1);
        body["properties"]["description"] = json!(5);
        body["properties"]["authorizations"][0] = json!({"principalId": "p", "rol": "x"});
        body["plan"] = json!({"name": "n"});
        let found = problems(DEFINITIONS, "2022-10-01", &body);
        for expected in [
            "Could not find member 'surprise' on object of type 'properties'. Path 'properties.surprise'.",
            "Error converting value 5 to type 'String'. Path 'properties.description'.",
            "Could not find member 'rol' on object of type 'authorizations[0]'. Path 'properties.authorizations[0].rol'.",
            "Required property 'roleDefinitionId' not found in JSON. Path 'properties.authorizations[0]'.",
            "Required property 'publisher' not found in JSON. Path 'plan'.",
        ] {
            assert!(found.iter().any(|problem| problem == expected), "{expected}: {found:?}");
        }
        assert_eq!(problems(DEFINITIONS, "2022-10-01", &json!([])).len(), 1);
    }

    #[test]
    fn the_table_of_the_asked_version_is_used() {
        let mut body = definition();
        body["properties"]["eligibleAuthorizations"] = json!([]);
        assert_eq!(problems(DEFINITIONS, "2022-10-01", &body), Vec::<String>::new());
        assert_eq!(
            problems(DEFINITIONS, "2019-06-01", &body).len(),
            1,
            "the property came in 2020"
        );
        assert_eq!(
            problems(DEFINITIONS, "2020-01-01", &body).len(),
            0,
            "no table: the next later one"
        );
    }

    #[test]
    fn enumerations_and_free_members_are_checked() {
        let disk = |sku: &str| {
            json!({
                "location": "westeurope",
                "sku": {"name": sku},
                "tags": {"a": "b"},
                "properties": {"creationData": {"createOption": "empty"}, "diskSizeGB": 4},
            })
        };
        let version = "2026-03-02";
        assert_eq!(
            problems("Microsoft.Compute/disks", version, &disk("Premium_LRS")),
            Vec::<String>::new()
        );
        let mut wrong = disk("Premium_LRS");
        wrong["tags"]["a"] = json!(1);
        wrong["properties"]["diskSizeGB"] = json!("4");
        let found = problems("Microsoft.Compute/disks", version, &wrong);
        assert_eq!(found.len(), 2, "{found:?}");
        let deployment =
            |mode: &str| json!({"location": "x", "properties": {"mode": mode, "template": {}}});
        assert_eq!(
            problems("Microsoft.Resources/deployments", "2025-04-01", &deployment("incremental")),
            Vec::<String>::new()
        );
        let found =
            problems("Microsoft.Resources/deployments", "2025-04-01", &deployment("Sideways"));
        assert_eq!(
            found,
            [
                "Error converting value \"Sideways\" to type 'Incremental, Complete'. Path 'properties.mode'."
            ]
        );
    }

    #[test]
    fn read_only_properties_are_known_by_their_path() {
        assert!(is_read_only(DEFINITIONS, "2022-10-01", "properties.provisioningState"));
        assert!(!is_read_only(DEFINITIONS, "2022-10-01", "properties.authorizations.principalId"));
        assert!(!is_read_only(DEFINITIONS, "2022-10-01", "nothing.here"));
    }
}
