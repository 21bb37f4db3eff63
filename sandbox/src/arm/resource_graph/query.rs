//! The grammar: a table, then `where` with conditions joined by `and`, `project` with names, and `order by` one
//! column. Anything else is refused, as a query that nobody has looked at must not answer something.
//!
//! The codes are those of threads azqr 847 (`DisallowedLogicalTableName`), azure-powershell 13762
//! (`InvalidQueryLanguage`) and AzureResourceGraph-Examples 2 (`ParserFailure`).

use serde_json::Value;

const TABLES: [&str; 6] = [
    "resources",
    "resourcecontainers",
    "managedservicesresources",
    "authorizationresources",
    "policyresources",
    "communitygalleryresources",
];
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) table: &'static str,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Where(Vec<Condition>),
    /// The name of each column, and the path that it is taken from.
    Project(Vec<(String, Vec<String>)>),
    Order(Vec<String>, bool),
}

/// A column, or a member of one, that is one of some values.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    path: Vec<String>,
    values: Vec<String>,
    folds_case: bool,
}

/// Why a query is not understood: Azure's code, and its words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Query {
    /// Reads a query, or says which part is not understood.
    pub(super) fn parse(text: &str) -> Result<Query, Problem> {
        let mut parts = text.split('|').map(str::trim);
        let named = parts.next().unwrap_or_default();
        let table = TABLES.into_iter().find(|table| table.eq_ignore_ascii_case(named));
        let table = table.ok_or_else(|| Problem {
            code: "DisallowedLogicalTableName",
            message: format!("Table {named} is invalid, unsupported or disallowed."),
        })?;
        let steps = parts.map(parse_step).collect::<Result<_, _>>()?;
        Ok(Query { table, steps })
    }

    /// Takes the rows through every step, and keeps each as its text: one row of a fleet is large, and all of them at
    /// once, as trees, take most of a query's time.
    pub(super) fn apply(&self, rows: impl Iterator<Item = Value>) -> Vec<Box<str>> {
        let mut kept: Vec<(Vec<String>, Box<str>)> =
            rows.filter_map(|row| self.through_steps(row)).collect();
        let orders = self.steps.iter().filter_map(|step| match step {
            Step::Order(_, ascending) => Some(*ascending),
            _ => None,
        });
        for (at, ascending) in orders.enumerate() {
            kept.sort_by(|(one, _), (other, _)| {
                let order = one[at].cmp(&other[at]);
                if ascending { order } else { order.reverse() }
            });
        }
        kept.into_iter().map(|(_, text)| text).collect()
    }

    /// What one row is sorted by, and its text, unless a condition leaves it out.
    fn through_steps(&self, mut row: Value) -> Option<(Vec<String>, Box<str>)> {
        let mut keys = Vec::new();
        for step in &self.steps {
            match step {
                Step::Where(conditions) if conditions.iter().all(|one| one.holds(&row)) => {}
                Step::Where(_) => return None,
                Step::Project(columns) => row = projected(row, columns),
                Step::Order(path, _) => {
                    keys.push(value_at(&row, path).as_str().unwrap_or_default().to_owned());
                }
            }
        }
        Some((keys, row.to_string().into()))
    }

    /// Whether a row of a type, in lower case, can meet the conditions: of a fleet, no others are made.
    pub(super) fn takes_type(&self, type_: &str) -> bool {
        self.steps
            .iter()
            .map_while(Step::conditions)
            .flatten()
            .all(|condition| condition.path != ["type"] || condition.is_met_by(type_))
    }

    /// Whether a column is of any use.
    pub(super) fn reads(&self, column: &str) -> bool {
        let is_it = |path: &[String]| path.first().is_some_and(|name| name == column);
        let is_projected = |step: &Step| matches!(step, Step::Project(_));
        !self.steps.iter().any(is_projected)
            || self.steps.iter().any(|step| match step {
                Step::Where(conditions) => conditions.iter().any(|one| is_it(&one.path)),
                Step::Project(columns) => columns.iter().any(|(_, path)| is_it(path)),
                Step::Order(path, _) => is_it(path),
            })
    }

    /// Whether its pages can be told from each other: it projects `id`, or nothing.
    pub(super) fn has_id(&self) -> bool {
        self.steps.iter().all(|step| match step {
            Step::Project(columns) => columns.iter().any(|(name, _)| name == "id"),
            _ => true,
        })
    }

    /// Whether its order is the same on every page.
    pub(super) fn is_ordered(&self) -> bool {
        let by_id = |step: &Step| matches!(step, Step::Order(path, _) if path == &["id"]);
        self.steps.iter().any(by_id)
    }
}

impl Step {
    fn conditions(&self) -> Option<&[Condition]> {
        match self {
            Step::Where(conditions) => Some(conditions),
            _ => None,
        }
    }
}

impl Condition {
    fn holds(&self, row: &Value) -> bool {
        self.is_met_by(value_at(row, &self.path).as_str().unwrap_or_default())
    }

    fn is_met_by(&self, found: &str) -> bool {
        self.values.iter().any(|value| {
            if self.folds_case { value.eq_ignore_ascii_case(found) } else { value == found }
        })
    }
}

fn value_at<'a>(row: &'a Value, path: &[String]) -> &'a Value {
    path.iter().fold(row, |value, name| &value[name.as_str()])
}

/// A whole column is moved where no later one is made of it: rows of a fleet are large.
fn projected(mut row: Value, columns: &[(String, Vec<String>)]) -> Value {
    let taken = columns.iter().enumerate().map(|(at, (name, path))| {
        let is_last = columns[at + 1..].iter().all(|(_, later)| later[0] != path[0]);
        let value = match path.as_slice() {
            [column] if is_last => row.get_mut(column).map(Value::take).unwrap_or_default(),
            _ => value_at(&row, path).clone(),
        };
        (name.clone(), value)
    });
    taken.collect::<serde_json::Map<_, _>>().into()
}

fn failure(token: &str) -> Problem {
    Problem { code: "ParserFailure", message: format!("ParserFailure at '{token}'") }
}

fn parse_step(text: &str) -> Result<Step, Problem> {
    let (verb, rest) = text.split_once(char::is_whitespace).ok_or_else(|| failure(text))?;
    match verb {
        "where" => Ok(Step::Where(
            rest.split(" and ").map(|one| parse_condition(one.trim())).collect::<Result<_, _>>()?,
        )),
        "project" => Ok(Step::Project(
            rest.split(',').map(|one| parse_projection(one.trim())).collect::<Result<_, _>>()?,
        )),
        "order" | "sort" => parse_order(rest),
        _ => Err(Problem {
            code: "InvalidQueryLanguage",
            message: format!("InvalidQueryLanguage at '{verb}'"),
        }),
    }
}

fn parse_order(rest: &str) -> Result<Step, Problem> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    match words.as_slice() {
        // Kusto orders descending when nothing is said.
        ["by", name] => Ok(Step::Order(parse_path(name)?, false)),
        ["by", name, way @ ("asc" | "desc")] => Ok(Step::Order(parse_path(name)?, *way == "asc")),
        _ => Err(failure(rest)),
    }
}

fn parse_projection(text: &str) -> Result<(String, Vec<String>), Problem> {
    if let Some((name, path)) = text.split_once('=') {
        let name = name.trim();
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        return if is_name {
            Ok((name.to_owned(), parse_path(path.trim())?))
        } else {
            Err(failure(text))
        };
    }
    let path = parse_path(text)?;
    // Kusto joins the words of a path that has no name of its own.
    Ok((path.join("_"), path))
}

fn parse_condition(text: &str) -> Result<Condition, Problem> {
    let unknown = || failure(text);
    let (name, rest) = text.split_once(char::is_whitespace).ok_or_else(unknown)?;
    let rest = rest.trim();
    let (operator, value) = rest.split_once(char::is_whitespace).ok_or_else(unknown)?;
    let values = match operator {
        "==" | "=~" => vec![parse_literal(value.trim())?],
        "in~" | "in" => {
            let list = value.trim().strip_prefix('(').and_then(|list| list.strip_suffix(')'));
            let list = list.ok_or_else(unknown)?.split(',');
            list.map(|one| parse_literal(one.trim())).collect::<Result<_, _>>()?
        }
        _ => return Err(unknown()),
    };
    Ok(Condition { path: parse_path(name)?, values, folds_case: operator.ends_with('~') })
}

/// A column of the tables, and below `properties` and `tags` a member; names are case-sensitive.
fn parse_path(text: &str) -> Result<Vec<String>, Problem> {
    let parts: Vec<&str> = text.split('.').collect();
    let is_word = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let may_go_on = ["properties", "tags"].contains(&parts[0]);
    if COLUMNS.contains(&parts[0]) && parts.iter().all(is_word) && (parts.len() == 1 || may_go_on) {
        return Ok(parts.into_iter().map(str::to_owned).collect());
    }
    Err(Problem {
        code: "InvalidQuery",
        message: format!("Failed to resolve scalar expression named '{text}'"),
    })
}

fn parse_literal(text: &str) -> Result<String, Problem> {
    let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    let inner = inner.filter(|inner| !inner.contains('\''));
    inner.map(str::to_owned).ok_or_else(|| failure(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn known_queries_are_read_and_others_are_refused() {
        let query = Query::parse(
            "Resources | where type in~ ('a', 'b') and properties.state == 'c' | project id, where = properties.state \
             | order by id asc",
        )
        .unwrap();
        assert!(query.has_id() && query.is_ordered());
        assert!(query.takes_type("b") && !query.takes_type("c"));
        assert!(query.reads("properties") && !query.reads("tags"));
        let rows = ["2", "1", "3"].map(|id| {
            let state = if id == "3" { "C" } else { "c" };
            json!({"id": id, "type": "B", "properties": {"state": state}})
        });
        let found = query.apply(rows.into_iter());
        assert_eq!(found.concat(), r#"{"id":"1","where":"c"}{"id":"2","where":"c"}"#);
        for (bad, code) in [
            ("", "DisallowedLogicalTableName"),
            ("galleries", "DisallowedLogicalTableName"),
            ("resources | take 5", "InvalidQueryLanguage"),
            ("resources | where type", "ParserFailure"),
            ("resources | where type startswith 'a'", "ParserFailure"),
            ("resources | where color == 'a'", "InvalidQuery"),
            ("resources | where id.x == 'a'", "InvalidQuery"),
            ("resources | project id, color", "InvalidQuery"),
            ("resources | where id == 5", "ParserFailure"),
            ("resources | where type in~ 'a'", "ParserFailure"),
            ("resources | where id == 'a' or id == 'b'", "ParserFailure"),
            ("resources | order by id, name", "ParserFailure"),
        ] {
            assert_eq!(Query::parse(bad).map_err(|problem| problem.code), Err(code), "{bad}");
        }
    }

    #[test]
    fn a_query_without_id_or_order_is_known_as_such() {
        let query = Query::parse("resources | project name").unwrap();
        assert!(!query.has_id() && !query.is_ordered());
        assert!(Query::parse("resources").unwrap().has_id());
    }
}
