//! Where a member of a template stands in its text.
//!
//! Clients send a template on one line, so Resource Manager names line 1 and a column; the template
//! arrives here already read, and the column is that of the same template written on one line.

use serde_json::Value;

/// The words Resource Manager uses for the place of the member at `path`.
pub(crate) fn at(template: &Value, path: &[&str]) -> String {
    format!("line '1' and column '{}'", column(template, path))
}

/// The column at which the value at `path` starts, or the column the path gets lost at.
pub(crate) fn column(template: &Value, path: &[&str]) -> usize {
    let mut column = 1;
    let mut value = template;
    for segment in path {
        match value {
            Value::Object(members) => {
                column += 1;
                for (name, member) in members {
                    column += Value::from(name.as_str()).to_string().len() + 1;
                    if name == segment {
                        value = member;
                        break;
                    }
                    column += member.to_string().len() + 1;
                }
            }
            Value::Array(items) => {
                column += 1;
                let index = segment.parse().unwrap_or(0);
                column +=
                    items.iter().take(index).map(|item| item.to_string().len() + 1).sum::<usize>();
                value = items.get(index).unwrap_or(&Value::Null);
            }
            _ => return column,
        }
    }
    column
}

#[cfg(test)]
mod tests {
    use super::column;
    use serde_json::json;

    #[test]
    fn the_column_is_that_of_the_compact_text() {
        let template = json!({"a": {"b\"": 1}, "list": [10, {"x": true}]});
        let text = template.to_string();
        assert_eq!(text, "{\"a\":{\"b\\\"\":1},\"list\":[10,{\"x\":true}]}");
        assert_eq!(column(&template, &["list", "1", "x"]), text.find("true").unwrap() + 1);
        assert_eq!(column(&template, &["a"]), text.find("{\"b").unwrap() + 1);
    }
}
