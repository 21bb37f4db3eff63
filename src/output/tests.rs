//! The whole layer against `az`: goldens, and properties that hold for any value and query.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn render_text(
    input: &str,
    table: Option<&str>,
    how: &Rendering<'_>,
) -> Result<String, OutputError> {
    Output::text(input, table.map(str::to_owned))?.render(how)
}

fn golden_how(case: &Json) -> Rendering<'_> {
    Rendering {
        format: case["format"].as_str().unwrap().parse().unwrap(),
        query: case["query"].as_str(),
        color: case["color"].as_bool().unwrap_or(false),
        ..Rendering::default()
    }
}

#[test]
fn every_golden_of_az_is_met() {
    let goldens: Json = serde_json::from_str(GOLDENS).unwrap();
    let cases = goldens["cases"].as_array().unwrap();
    assert!(cases.len() >= 20);
    for case in cases {
        let input = case["input_json"].as_str().unwrap();
        let table = case["table_transformer"].as_str();
        let text = render_text(input, table, &golden_how(case)).unwrap();
        assert_eq!(text, case["expect"]["stdout"].as_str().unwrap(), "{}", case["name"]);
    }
}

#[test]
fn each_rule_of_the_query_language_answers_as_az_answered() {
    let recorded: Json = serde_json::from_str(QUERIES).unwrap();
    let how = |query| Rendering { query, ..Rendering::default() };
    for case in recorded["cases"].as_array().unwrap() {
        let input = recorded["documents"][case[0].as_str().unwrap()].as_str().unwrap();
        let text = render_text(input, None, &how(case[1].as_str())).ok();
        assert_eq!(text.as_deref(), case[2].as_str(), "{}", case[1]);
    }
}

#[test]
fn a_refused_function_is_named() {
    let too_large = format!("sum(`[1{}, 0.5]`)", "0".repeat(400));
    for (query, said) in [
        ("length(`1`)", "length(): an argument has the wrong type"),
        ("sort(@, @)", "sort(): wrong number of arguments"),
        (&too_large, "an integer is too large to become a float"),
    ] {
        let how = Rendering { query: Some(query), ..Rendering::default() };
        let refused = render_text("[]", None, &how).unwrap_err().to_string();
        assert!(refused.contains(said), "{query}: {refused}");
    }
}

#[test]
fn goldens_pass_through_output_as_through_text() {
    let goldens: Json = serde_json::from_str(GOLDENS).unwrap();
    for case in goldens["cases"].as_array().unwrap() {
        let input = serde_json::from_str(case["input_json"].as_str().unwrap()).unwrap();
        let table = case["table_transformer"].as_str().map(str::to_owned);
        let text = Output { table, ..Output::value(input) }.render(&golden_how(case)).unwrap();
        assert_eq!(text, case["expect"]["stdout"].as_str().unwrap(), "{}", case["name"]);
    }
}

#[test]
fn made_up_values_and_queries_print_as_az_printed_them() {
    let recorded: Json = serde_json::from_str(RECORDED).unwrap();
    let cases = recorded["cases"].as_array().unwrap();
    assert!(cases.len() > 200);
    for case in cases {
        let input = case["input_json"].as_str().unwrap();
        let table = case["table_transformer"].as_str();
        let text = render_text(input, table, &golden_how(case)).ok();
        assert_eq!(text.as_deref(), case["stdout"].as_str(), "{case}");
    }
}

#[derive(Serialize)]
struct SampleShare {
    name: &'static str,
    state: &'static str,
}

impl View for SampleShare {
    const TABLE: &'static str = "{State:state, Name:name}";
}

fn table(query: Option<&str>) -> Rendering<'_> {
    Rendering { format: Format::Table, query, ..Rendering::default() }
}

#[test]
fn a_view_brings_its_table() {
    let share = SampleShare { name: "a", state: "Succeeded" };
    let expected = "State      Name\n---------  ------\nSucceeded  a\n";
    assert_eq!(Output::of(&share).render(&table(None)).unwrap(), expected);
    assert_eq!(Output::rows(&[share]).render(&table(None)).unwrap(), expected);
    assert_eq!(Output::rows::<SampleShare>(&[]).render(&table(None)).unwrap(), "\n");
}

#[test]
fn a_query_replaces_the_table_of_the_view() {
    let share = SampleShare { name: "a", state: "Succeeded" };
    let text = Output::of(&share).render(&table(Some("{N:name}"))).unwrap();
    assert_eq!(text, "N\n---\na\n");
}

#[test]
fn an_output_can_fail_and_still_print() {
    let output = Output::value(json!({"ok": false})).failed(3);
    assert_eq!(output.exit_code(), 3);
    assert!(output.render(&Rendering::default()).unwrap().contains("false"));
    assert_eq!(Output::none().render(&Rendering::default()).unwrap(), "");
}

#[test]
fn a_transformer_that_fails_makes_the_table_unavailable() {
    let error = render_text("[1]", Some("keys(@)"), &table(None)).unwrap_err();
    assert_eq!(error, OutputError::TableUnavailable);
    assert!(error.to_string().starts_with("Table output unavailable. Use the --query option"));
}

#[test]
fn a_query_is_refused_before_any_work() {
    for query in ["", "[", "a b", "a.[", "foo(", "'a", "a = b", "{a}"] {
        assert!(matches!(check_query(query), Err(OutputError::BadQuery { .. })), "{query}");
    }
    for (query, said) in [
        ("a b", "unexpected token at column 3"),
        ("a.", "the expression is incomplete"),
        ("\"length\"(@)", "a function name cannot be quoted, at column 1"),
    ] {
        let refused = check_query(query).unwrap_err().to_string();
        assert!(refused.contains(said), "{query}: {refused}");
    }
    assert_eq!(check_query("[?state==`Succeeded`].{Name:name}"), Ok(()));
    assert_eq!(check_query("unknown(@)"), Ok(()));
}

#[test]
fn formats_are_named_in_any_case() {
    for name in Format::ALL {
        assert_eq!(name.to_uppercase().parse::<Format>(), name.parse::<Format>());
        assert!(name.parse::<Format>().is_ok());
    }
    assert!("xml".parse::<Format>().is_err());
}

#[test]
fn a_shared_list_is_written_once_in_yaml() {
    let how = Rendering { format: Format::Yaml, query: Some("[a, a, b]"), ..Rendering::default() };
    let text = render_text(r#"{"a":[1],"b":[1]}"#, None, &how).unwrap();
    assert_eq!(text, "- &id001\n  - 1\n- *id001\n- - 1\n");
}

#[test]
fn depth_ends_in_an_error_before_the_stack_does() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for format in Format::ALL {
        let how = Rendering {
            format: format.parse().unwrap(),
            query: None,
            color: true,
            on_terminal: false,
            for_people: false,
            ..Rendering::default()
        };
        assert!(render_text(&nested(400), None, &how).is_ok(), "{format}");
        assert!(render_text(&nested(401), None, &how).is_err(), "{format}");
    }
    let too_deep = [
        "!".repeat(100_000) + "a",
        "(".repeat(100_000),
        "a".to_owned() + &"||a".repeat(9_000),
        "a".to_owned() + &"||a".repeat(100_000),
        "[]".repeat(1_000),
    ];
    for query in &too_deep {
        let how = Rendering { query: Some(query), ..Rendering::default() };
        assert!(render_text(&nested(400), None, &how).is_err(), "{}", &query[..20]);
    }
    for (alternatives, is_taken) in [(480, true), (481, false)] {
        let query = "a".to_owned() + &"||a".repeat(alternatives);
        let how = Rendering { query: Some(&query), ..Rendering::default() };
        assert_eq!(render_text("{}", None, &how).is_ok(), is_taken, "{alternatives}");
    }
    let brackets = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    let operators = |count: usize| "a".to_owned() + &"||a".repeat(count);
    for (longest, too_long) in
        [(brackets(199), brackets(200)), (operators(10_000), operators(10_001))]
    {
        assert!(check_query(&longest).is_ok() && check_query(&too_long).is_err());
    }
    // What follows one another is not deep.
    for long in ["a".to_owned() + &".a".repeat(1_000), format!("[{}]", vec!["a"; 1_000].join(","))]
    {
        let how = Rendering { query: Some(&long), ..Rendering::default() };
        assert!(render_text("{}", None, &how).is_ok(), "{}", &long[..20]);
    }
}

proptest! {
    #[test]
    fn any_value_renders_in_any_format(
        value in values(), format in 0..7usize, color: bool, query in "\\PC{0,12}",
    ) {
        let format = Format::ALL[format].parse().unwrap();
        let output = Output::value(value);
        let plain = output.render(&Rendering { format, color, ..Rendering::default() });
        prop_assert!(plain.is_ok());
        let _ = output.render(&Rendering { format, query: Some(&query), color, ..Rendering::default() });
    }

    #[test]
    fn json_output_reads_back_as_the_same_value(value in values()) {
        let text = Output::value(value.clone()).render(&Rendering::default()).unwrap();
        if !value.is_null() {
            prop_assert_eq!(serde_json::from_str::<Json>(&text).unwrap(), value);
        }
    }

    #[test]
    fn any_tokens_make_a_query_or_an_error(
        value in values(), tokens in prop::collection::vec(prop::sample::select(TOKENS), 0..12),
    ) {
        let query = tokens.concat();
        let how = Rendering { query: Some(&query), ..Rendering::default() };
        let _ = Output::value(value).render(&how);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}\",:0-9eE.+tfn\\\\u -]{0,24}") {
        let _ = render_text(&text, None, &Rendering::default());
    }
}

fn values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(|n| json!(n)),
        "[a-z :#'\"\\-\n\t\u{1b}\u{1}\u{85}é😀]{0,12}".prop_map(Json::String),
        "\\PC{0,100}".prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::Array),
            prop::collection::vec(("[a-zA-Zé\n]{0,4}", inner), 0..5)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

const TOKENS: &[&str] = &[
    "a",
    "b",
    ".",
    "[",
    "]",
    "[]",
    "[*]",
    "*",
    "@",
    "{",
    "}",
    ":",
    ",",
    "(",
    ")",
    "|",
    "||",
    "&&",
    "&",
    "!",
    "==",
    "<",
    ">=",
    "0",
    "-1",
    "[?",
    "`1`",
    "`\"x\"`",
    "'r'",
    "length(",
    "sort_by(@, &a",
    "to_string(",
    "[::-1]",
    "max(",
    "sum(",
];

/// Recorded from azure-cli 2.91 with Python 3.11; a null `stdout` means that it refuses.
const RECORDED: &str = include_str!("../../tests/it/data/output-recorded.json");
const QUERIES: &str = include_str!("../../tests/it/data/query-recorded.json");
const GOLDENS: &str = include_str!("../../tests/it/data/output-goldens.json");
