//! Every template function, called through a whole template.

use super::{at_group, at_subscription, expanded};
use crate::template::Context;
use serde_json::{Value, json};

/// What an expression gives in a variable.
fn evaluated(context: &Context, expression: &str) -> Result<Value, String> {
    let members = json!({
        "parameters": {"list": {"type": "array"}, "item": {"type": "object"}},
        "variables": {"result": {"is": format!("[{expression}]")}},
        "outputs": {"result": {"type": "object", "value": "[variables('result')]"}},
    });
    let sent = json!({"list": ["a", "b", "a"], "item": {"Name": "n", "deep": {"x": [1, 2]}, "none": null}});
    expanded(context, members, sent)
        .and_then(|expansion| expansion.outputs(&|_| None))
        .map(|outputs| outputs["result"]["value"]["is"].clone())
        .map_err(|error| error.message)
}

/// The cases of a file: an expression, ` => ` and what it gives.
fn cases(text: &'static str) -> Vec<(&'static str, &'static str)> {
    text.lines().map(|line| line.split_once(" => ").expect("a case has both sides")).collect()
}

fn check(context: &Context, text: &'static str) {
    for (expression, expected) in cases(text) {
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(evaluated(context, expression), Ok(expected), "{expression}");
    }
}

#[test]
fn values_come_out_as_documented() {
    check(&at_group(), include_str!("cases/text.txt"));
    check(&at_group(), include_str!("cases/arrays.txt"));
    check(&at_group(), include_str!("cases/objects.txt"));
    check(&at_group(), include_str!("cases/numbers.txt"));
}

#[test]
fn ids_depend_on_the_scope() {
    check(&at_subscription(), include_str!("cases/at-subscription.txt"));
    check(&at_group(), include_str!("cases/at-group.txt"));
    let message = evaluated(&at_subscription(), "resourceGroup().id").unwrap_err();
    assert!(
        message.contains("The template function 'resourceGroup' is not expected at this location."),
        "{message}"
    );
}

#[test]
fn a_wrong_call_says_what_is_wrong() {
    for (expression, text) in cases(include_str!("cases/wrong.txt")) {
        let message = evaluated(&at_group(), expression).unwrap_err();
        assert!(message.contains(text), "{expression}: {message}");
        let start =
            "Deployment template validation failed: 'The template variable 'result' is not valid: ";
        assert!(message.starts_with(start), "{message}");
    }
}

#[test]
fn only_whole_bracketed_strings_are_expressions() {
    let values = json!([
        "[[concat('a')]",
        "[a",
        "a]",
        "[concat('a')] tail",
        "[[x",
        "",
        "[concat('a', ']')]"
    ]);
    let members = json!({
        "variables": {"all": values, "[concat('ke', 'y')]": 1, "object": {"[concat('na', 'me')]": 2}},
        "outputs": {
            "all": {"type": "array", "value": "[variables('all')]"},
            "object": {"type": "object", "value": "[variables('object')]"},
        },
    });
    let outputs = expanded(&at_group(), members, json!({})).unwrap().outputs(&|_| None).unwrap();
    assert_eq!(
        outputs["all"]["value"],
        json!(["[concat('a')]", "[a", "a]", "[concat('a')] tail", "[[x", "", "a]"])
    );
    assert_eq!(outputs["object"]["value"], json!({"name": 2}));
}

#[test]
fn the_functions_of_the_template_see_only_their_arguments() {
    let function = |body: &str| {
        json!([{"namespace": "my", "members": {"name": {
            "parameters": [{"name": "prefix", "type": "string"}],
            "output": {"type": "string", "value": body},
        }}}])
    };
    let members = |body: &str| {
        json!({
            "functions": function(body),
            "parameters": {"outside": {"type": "string", "defaultValue": "o"}},
            "outputs": {"name": {"type": "string", "value": "[my.NAME('p')]"}},
        })
    };
    let output =
        |body: &str| expanded(&at_group(), members(body), json!({})).unwrap().outputs(&|_| None);
    assert_eq!(output("[concat(parameters('prefix'), '-x')]").unwrap()["name"]["value"], "p-x");
    assert!(
        output("[parameters('outside')]").unwrap_err().message.contains("'outside' is not found")
    );
    assert!(output("[string(map(createArray(1), lambda('x', my.name('a'))))]").is_err());
    assert!(
        output("[my.name('again')]")
            .unwrap_err()
            .message
            .contains("The template function 'my.name' is not valid")
    );
    assert!(
        output("[variables('x')]")
            .unwrap_err()
            .message
            .contains("'variables' is not expected at this location")
    );
}
