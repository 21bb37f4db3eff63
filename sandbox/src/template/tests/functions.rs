//! Every template function, called through a whole template.

use super::{GROUP, SUBSCRIPTION, at_group, at_subscription, expanded};
use crate::template::Context;
use serde_json::{Value, json};

const OTHER: &str = "55555555-5555-5555-5555-555555555555";

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

fn check(context: &Context, cases: &[(&str, Value)]) {
    for (expression, expected) in cases {
        assert_eq!(
            evaluated(context, expression).as_ref(),
            Ok(expected),
            "{expression}"
        );
    }
}

#[test]
fn strings() {
    check(
        &at_group(),
        &[
            ("concat('a', 1, true(), 'b')", json!("a1Trueb")),
            ("toLower('AbC')", json!("abc")),
            ("TOUPPER('aBc')", json!("ABC")),
            ("trim('  a b ')", json!("a b")),
            ("split('a,b;c', ',')", json!(["a", "b;c"])),
            (
                "split('a,b;c', createArray(';', ','))",
                json!(["a", "b", "c"]),
            ),
            ("split('', ',')", json!([""])),
            ("join(createArray('a', 1), '-')", json!("a-1")),
            ("replace('a-b-c', '-', '')", json!("abc")),
            ("substring('hello', 1, 3)", json!("ell")),
            ("substring('hello', 5)", json!("")),
            ("padLeft('7', 3, '0')", json!("007")),
            ("padLeft(12, 4)", json!("  12")),
            ("startsWith('Hello', 'he')", json!(true)),
            ("endsWith('Hello', 'LO')", json!(true)),
            ("endsWith('Hello', 'la')", json!(false)),
            (
                "format('{0}-{1}-{0} {{x}} {2:D3} {3}', 'a', true(), 7, createArray(1))",
                json!("a-True-a {x} 007 [1]"),
            ),
            ("string(createObject('a', 1))", json!("{\"a\":1}")),
            ("string(true())", json!("True")),
            ("'it''s [here]'", json!("it's [here]")),
            ("base64('abc')", json!("YWJj")),
            ("base64ToString('YWJj')", json!("abc")),
            ("base64ToJson(base64('{\"a\": 1}')).a", json!(1)),
            ("uriComponent('a b/ü')", json!("a%20b%2F%C3%BC")),
            ("uriComponentToString('a%20b')", json!("a b")),
            ("uri('https://x.y/a/', 'b')", json!("https://x.y/a/b")),
            (
                "guid('Relecloud Managed Services')",
                json!("a284898a-fc04-581d-aca0-047861d06160"),
            ),
            ("length(uniqueString(resourceGroup().id))", json!(13)),
            (
                "equals(uniqueString('a', 'b'), uniqueString('a', 'c'))",
                json!(false),
            ),
        ],
    );
}

#[test]
fn arrays_and_objects() {
    check(
        &at_group(),
        &[
            (
                "concat(parameters('list'), createArray(1))",
                json!(["a", "b", "a", 1]),
            ),
            ("length('héé')", json!(3)),
            ("length(parameters('item'))", json!(3)),
            ("empty('')", json!(true)),
            ("empty(json('[]'))", json!(true)),
            ("empty(createObject('a', 1))", json!(false)),
            ("contains('Hello', 'hell')", json!(false)),
            ("contains(parameters('list'), 'b')", json!(true)),
            ("contains(parameters('item'), 'NAME')", json!(true)),
            (
                "contains(createArray(createObject('a', 1)), createObject('a', 1))",
                json!(true),
            ),
            ("first('abc')", json!("a")),
            ("last(parameters('list'))", json!("a")),
            ("first(json('[]'))", json!(null)),
            ("take('abc', 2)", json!("ab")),
            ("take(parameters('list'), 9)", json!(["a", "b", "a"])),
            ("skip(parameters('list'), 2)", json!(["a"])),
            ("skip('abc', -1)", json!("abc")),
            ("indexOf('Hello', 'L')", json!(2)),
            ("lastIndexOf('Hello', 'l')", json!(3)),
            ("indexOf(parameters('list'), 'x')", json!(-1)),
            ("lastIndexOf(parameters('list'), 'a')", json!(2)),
            ("array('a')", json!(["a"])),
            ("array(parameters('list'))", json!(["a", "b", "a"])),
            ("range(3, 3)", json!([3, 4, 5])),
            (
                "flatten(createArray(createArray(1), createArray(2, 3)))",
                json!([1, 2, 3]),
            ),
            (
                "createObject('a', 1, 'b', createObject())",
                json!({"a": 1, "b": {}}),
            ),
            (
                "union(parameters('list'), createArray('c'))",
                json!(["a", "b", "c"]),
            ),
            (
                "union(json('{\"a\": {\"x\": 1, \"l\": [1]}}'), json('{\"a\": {\"y\": 2, \"l\": [2]}, \"b\": 3}'))",
                json!({"a": {"x": 1, "l": [2], "y": 2}, "b": 3}),
            ),
            (
                "intersection(parameters('list'), createArray('a', 'z'))",
                json!(["a"]),
            ),
            (
                "intersection(json('{\"a\": 1, \"b\": 2}'), json('{\"a\": 1, \"b\": 3}'))",
                json!({"a": 1}),
            ),
            (
                "objectKeys(parameters('item'))",
                json!(["deep", "Name", "none"]),
            ),
            (
                "items(createObject('b', 1, 'a', 2))",
                json!([{"key": "a", "value": 2}, {"key": "b", "value": 1}]),
            ),
            ("tryGet(parameters('item'), 'deep', 'x', 1)", json!(2)),
            ("tryGet(parameters('item'), 'deep', 'y', 1)", json!(null)),
            (
                "shallowMerge(createArray(createObject('a', 1), createObject('a', 2)))",
                json!({"a": 2}),
            ),
            ("parameters('item').DEEP.x[add(0, 1)]", json!(2)),
            ("parameters('item')['name']", json!("n")),
            ("parameters('item').?missing.?deeper", json!(null)),
            (
                "map(parameters('list'), lambda('x', concat(lambdaVariables('x'), '!')))",
                json!(["a!", "b!", "a!"]),
            ),
            (
                "filter(range(0, 5), lambda('x', greater(lambdaVariables('x'), 2)))",
                json!([3, 4]),
            ),
            (
                "reduce(range(1, 4), 0, lambda('s', 'x', add(lambdaVariables('s'), lambdaVariables('x'))))",
                json!(10),
            ),
            (
                "sort(createArray(3, 1, 2), lambda('l', 'r', less(lambdaVariables('l'), lambdaVariables('r'))))",
                json!([1, 2, 3]),
            ),
            (
                "toObject(createArray('a'), lambda('x', lambdaVariables('x')), lambda('x', 1))",
                json!({"a": 1}),
            ),
            (
                "mapValues(createObject('a', 1), lambda('v', add(lambdaVariables('v'), 1)))",
                json!({"a": 2}),
            ),
            (
                "groupBy(createArray('ab', 'ac', 'b'), lambda('x', first(lambdaVariables('x'))))",
                json!({"a": ["ab", "ac"], "b": ["b"]}),
            ),
        ],
    );
}

#[test]
fn numbers_and_logic() {
    check(
        &at_group(),
        &[
            ("add(1, -3)", json!(-2)),
            ("sub(5, 3)", json!(2)),
            ("mul(4, 3)", json!(12)),
            ("div(-7, 2)", json!(-3)),
            ("mod(7, 3)", json!(1)),
            ("min(3, 1, 2)", json!(1)),
            ("max(createArray(3, 9))", json!(9)),
            ("int('42')", json!(42)),
            ("bool('TRUE')", json!(true)),
            ("bool(0)", json!(false)),
            ("not(false())", json!(true)),
            ("equals('a', 'A')", json!(false)),
            (
                "equals(createObject('a', 1, 'b', 2), createObject('b', 2, 'a', 1))",
                json!(true),
            ),
            ("equals(1, '1')", json!(false)),
            ("less(2, 10)", json!(true)),
            ("lessOrEquals('a', 'b')", json!(true)),
            ("greater('b', 'a')", json!(true)),
            ("greaterOrEquals(3, 3)", json!(true)),
            ("json('null')", json!(null)),
            ("null()", json!(null)),
            (
                "json('[1, {\"a\": 1.50}]')[1].a",
                serde_json::from_str("1.50").unwrap(),
            ),
            (
                "coalesce(null(), parameters('item').none, 'x', fail())",
                json!("x"),
            ),
            ("coalesce(null())", json!(null)),
            ("if(true(), 'yes', div(1, 0))", json!("yes")),
            ("if(equals('a', 'b'), fail(), 'no')", json!("no")),
            ("and(false(), fail())", json!(false)),
            ("and(true(), true(), true())", json!(true)),
            ("or(true(), fail())", json!(true)),
            ("or(false(), false())", json!(false)),
        ],
    );
}

#[test]
fn ids_depend_on_the_scope() {
    let definitions = "Microsoft.ManagedServices/registrationDefinitions";
    check(
        &at_subscription(),
        &[
            (
                &format!("resourceId('{definitions}/', 'a')"),
                json!(format!("{SUBSCRIPTION}/providers/{definitions}/a")),
            ),
            (
                &format!("resourceId('{OTHER}', 'A.B/c', 'a')"),
                json!(format!("/subscriptions/{OTHER}/providers/A.B/c/a")),
            ),
            (
                "resourceId('rg', 'A.B/c', 'a')",
                json!(format!(
                    "{SUBSCRIPTION}/resourceGroups/rg/providers/A.B/c/a"
                )),
            ),
            (
                "subscription().tenantId",
                json!("44444444-4444-4444-4444-444444444444"),
            ),
            ("subscription().displayName", json!("Owner")),
            ("deployment().location", json!("westeurope")),
            ("deployment().name", json!("main")),
            (
                "resourceId('Microsoft.Resources/resourceGroups/', 'x')",
                json!(format!("{SUBSCRIPTION}/resourceGroups/x")),
            ),
        ],
    );
    check(
        &at_group(),
        &[
            (
                "resourceId('A.B/c/d', 'x', 'y')",
                json!(format!("{GROUP}/providers/A.B/c/x/d/y")),
            ),
            (
                &format!("resourceId('{OTHER}', 'rg', 'A.B/c', 'a')"),
                json!(format!(
                    "/subscriptions/{OTHER}/resourceGroups/rg/providers/A.B/c/a"
                )),
            ),
            (
                "subscriptionResourceId('A.B/c', 'a')",
                json!(format!("{SUBSCRIPTION}/providers/A.B/c/a")),
            ),
            (
                &format!("subscriptionResourceId('{OTHER}', 'A.B/c', 'a')"),
                json!(format!("/subscriptions/{OTHER}/providers/A.B/c/a")),
            ),
            (
                "tenantResourceId('A.B/c', 'a')",
                json!("/providers/A.B/c/a"),
            ),
            (
                "managementGroupResourceId('mg', 'A.B/c', 'a')",
                json!("/providers/Microsoft.Management/managementGroups/mg/providers/A.B/c/a"),
            ),
            (
                "extensionResourceId(resourceId('A.B/c', 'a'), 'D.E/f', 'g')",
                json!(format!("{GROUP}/providers/A.B/c/a/providers/D.E/f/g")),
            ),
            (
                "resourceId('Microsoft.Resources/resourceGroups', 'x')",
                json!(format!("{SUBSCRIPTION}/resourceGroups/x")),
            ),
            ("resourceGroup().id", json!(GROUP)),
            ("resourceGroup().location", json!("northeurope")),
            ("subscription().id", json!(SUBSCRIPTION)),
            (
                "tenant().tenantId",
                json!("44444444-4444-4444-4444-444444444444"),
            ),
            ("environment().suffixes.storage", json!("core.windows.net")),
            (
                "deployment().properties.template.contentVersion",
                json!("1.0.0.0"),
            ),
        ],
    );
}

#[test]
fn a_wrong_call_says_what_is_wrong() {
    let cases = [
        (
            "nosuch('a')",
            "The template function 'nosuch' is not valid.",
        ),
        (
            "parameters('nosuch')",
            "The template parameter 'nosuch' is not found.",
        ),
        (
            "variables('nosuch')",
            "The template variable 'nosuch' is not found.",
        ),
        (
            "parameters('item').nosuch",
            "The language expression property 'nosuch' doesn't exist, available properties are 'Name, deep, none'.",
        ),
        (
            "parameters('list')[3]",
            "The language expression property array index '3' is out of bounds.",
        ),
        (
            "parameters('list').name",
            "property name must be an integer for an array",
        ),
        (
            "resourceId('A.B/c/d', 'x')",
            "Unable to evaluate template language function 'resourceId': the type 'A.B/c/d' requires '2' resource name argument(s).",
        ),
        (
            "resourceId('x', 'y')",
            "function requires exactly one multi-segmented argument which must be resource type",
        ),
        (
            "newGuid()",
            "The template function 'newGuid' is not expected at this location.",
        ),
        (
            "utcNow()",
            "The template function 'utcNow' is not expected at this location.",
        ),
        (
            "reference('x')",
            "The template function 'reference' is not expected at this location.",
        ),
        (
            "managementGroup().id",
            "The template function 'managementGroup' is not expected at this location.",
        ),
        (
            "copyIndex()",
            "The function can only be used in a resource with copy specified",
        ),
        (
            "concat('a', createArray())",
            "all parameters to be arrays or all parameters to be literals",
        ),
        ("div(1, 0)", "Attempted to divide by zero."),
        ("add(9223372036854775807, 1)", "overflow"),
        ("int('x')", "can be converted to an integer"),
        (
            "substring('abc', 2, 2)",
            "must refer to a location within the string",
        ),
        ("json('{')", "cannot be parsed as JSON"),
        (
            "if('x', 1, 2)",
            "expects its parameters to be of type 'Boolean'",
        ),
        ("if(true(), 1)", "must have 3 parameters"),
        (
            "length('a', 'b')",
            "must have 1 parameter(s). The function was invoked with '2'",
        ),
        ("equals('a')", "must have 2 parameter(s)"),
        ("extensionResourceId()", "at least 1 parameter(s)"),
        ("format('{1}', 'a')", "the format string is not valid"),
        ("format('{0', 'a')", "the format string is not valid"),
        ("format('{0:é}', 1)", "the format string is not valid"),
        ("range(0, 10001)", "a count between 0 and 10000"),
        (
            "concat('a'",
            "expected token 'RightParenthesis' and actual 'EndOfData'",
        ),
    ];
    for (expression, text) in cases {
        let message = evaluated(&at_group(), expression).unwrap_err();
        assert!(message.contains(text), "{expression}: {message}");
        assert!(message.starts_with("Deployment template validation failed: 'The template variable 'result' is not valid: "), "{message}");
    }
    let message = evaluated(&at_subscription(), "resourceGroup().id").unwrap_err();
    assert!(
        message.contains("The template function 'resourceGroup' is not expected at this location."),
        "{message}"
    );
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
    let outputs = expanded(&at_group(), members, json!({}))
        .unwrap()
        .outputs(&|_| None)
        .unwrap();
    assert_eq!(
        outputs["all"]["value"],
        json!([
            "[concat('a')]",
            "[a",
            "a]",
            "[concat('a')] tail",
            "[[x",
            "",
            "a]"
        ])
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
    let output = |body: &str| {
        expanded(&at_group(), members(body), json!({}))
            .unwrap()
            .outputs(&|_| None)
    };
    assert_eq!(
        output("[concat(parameters('prefix'), '-x')]").unwrap()["name"]["value"],
        "p-x"
    );
    assert!(
        output("[parameters('outside')]")
            .unwrap_err()
            .message
            .contains("'outside' is not found")
    );
    assert!(
        output("[variables('x')]")
            .unwrap_err()
            .message
            .contains("'variables' is not expected at this location")
    );
}
