//! The grammar: a table, then `where` with conditions joined by `and`, and `project` with names.
//! Anything else is refused, as a query that nobody has looked at must not answer something.

use serde_json::Value;

const TABLES: [&str; 2] = ["resources", "communitygalleryresources"];
const COLUMNS: [&str; 11] = [
    "id",
    "name",
    "type",
    "location",
    "tenantId",
    "subscriptionId",
    "resourceGroup",
    "tags",
    "kind",
    "properties",
    "identifier",
];

/// A query that was understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) table: &'static str,
    pub(super) steps: Vec<Step>,
}

/// One step of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Where(Vec<Condition>),
    Project(Vec<String>),
}

/// A column that is one of some values.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Condition {
    column: String,
    values: Vec<String>,
    folds_case: bool,
}

impl Condition {
    pub(super) fn holds(&self, row: &Value) -> bool {
        let found = row[&self.column].as_str().unwrap_or_default();
        self.values.iter().any(|value| {
            if self.folds_case { value.eq_ignore_ascii_case(found) } else { value == found }
        })
    }
}

impl Query {
    /// Reads a query, or says which part is not understood.
    pub(super) fn parse(text: &str) -> Result<Query, String> {
        let mut parts = text.split('|').map(str::trim);
        let named = parts.next().unwrap_or_default();
        let table = TABLES
            .into_iter()
            .find(|table| table.eq_ignore_ascii_case(named))
            .ok_or_else(|| format!("The table '{named}' is not known."))?;
        let steps = parts.map(step).collect::<Result<_, _>>()?;
        Ok(Query { table, steps })
    }
}

fn step(text: &str) -> Result<Step, String> {
    let unknown = || format!("The step '{text}' is not known.");
    let (verb, rest) = text.split_once(char::is_whitespace).ok_or_else(unknown)?;
    match verb {
        "where" => Ok(Step::Where(
            rest.split(" and ").map(|one| condition(one.trim())).collect::<Result<_, _>>()?,
        )),
        "project" => Ok(Step::Project(
            rest.split(',').map(|name| column(name.trim())).collect::<Result<_, _>>()?,
        )),
        _ => Err(unknown()),
    }
}

fn condition(text: &str) -> Result<Condition, String> {
    let unknown = || format!("The condition '{text}' is not known.");
    let (name, rest) = text.split_once(char::is_whitespace).ok_or_else(unknown)?;
    let rest = rest.trim();
    let (operator, value) = rest.split_once(char::is_whitespace).ok_or_else(unknown)?;
    let values = match operator {
        "==" | "=~" => vec![literal(value.trim())?],
        "in~" | "in" => {
            let list = value.trim().strip_prefix('(').and_then(|list| list.strip_suffix(')'));
            list.ok_or_else(unknown)?
                .split(',')
                .map(|one| literal(one.trim()))
                .collect::<Result<_, _>>()?
        }
        _ => return Err(unknown()),
    };
    Ok(Condition { column: column(name)?, values, folds_case: operator.ends_with('~') })
}

fn column(name: &str) -> Result<String, String> {
    if COLUMNS.contains(&name) {
        Ok(name.to_owned())
    } else {
        Err(format!("The column '{name}' is not known."))
    }
}

fn literal(text: &str) -> Result<String, String> {
    let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    let inner = inner.filter(|inner| !inner.contains('\''));
    inner.map(str::to_owned).ok_or_else(|| format!("{text} is not a text."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn known_queries_are_read_and_others_are_refused() {
        let query = Query::parse(
            "resources | where type in~ ('a', 'b') and location == 'c' | project id, type",
        )
        .unwrap();
        assert_eq!(query.steps.len(), 2);
        let Step::Where(conditions) = &query.steps[0] else { panic!() };
        assert!(conditions.iter().all(|one| one.holds(&json!({"type": "B", "location": "c"}))));
        assert!(!conditions.iter().all(|one| one.holds(&json!({"type": "B", "location": "C"}))));
        for bad in [
            "",
            "galleries",
            "resources | take 5",
            "resources | where type",
            "resources | where type startswith 'a'",
            "resources | where color == 'a'",
            "resources | project id, color",
            "resources | where id == 5",
            "resources | where type in~ 'a'",
            "resources | where id == 'a' or id == 'b'",
        ] {
            assert!(Query::parse(bad).is_err(), "{bad}");
        }
    }
}
