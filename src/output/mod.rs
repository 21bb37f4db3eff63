//! What a command prints on standard output: `--query` first, then `--output`, byte for byte as `az`.
//!
//! Follows knack 0.14 (`knack/output.py`) and the libraries under it: `jmespath`, `tabulate`,
//! `PyYAML` and `Pygments`, in the versions of azure-cli 2.91. A null result prints nothing at all.

mod color;
pub(crate) mod escape;
mod json;
mod jsonc;
mod number;
mod people;
mod python;
mod query;
mod read;
mod spoken;
mod table;
mod tsv;
mod value;
mod yaml;
mod yamlc;

use std::str::FromStr;

use serde::Serialize;
use serde_json::Value as Json;

pub(crate) use people::painted_line;
use query::Query;
pub(crate) use spoken::speak_of_ids;
pub(crate) use table::Labels;
use value::Value;

/// The formats of `--output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Indented JSON with sorted names.
    #[default]
    Json,
    /// The same with colors, on a terminal.
    Jsonc,
    /// YAML with sorted names.
    Yaml,
    /// The same with colors, on a terminal.
    Yamlc,
    /// Columns for people.
    Table,
    /// Values between tabs, without a header.
    Tsv,
    /// Nothing.
    None,
}

impl Format {
    /// The names as `--output` takes them.
    pub const ALL: [&str; 7] = ["json", "jsonc", "yaml", "yamlc", "table", "tsv", "none"];
}

impl FromStr for Format {
    type Err = OutputError;

    /// Reads a name in any case.
    fn from_str(name: &str) -> Result<Format, OutputError> {
        match name.to_lowercase().as_str() {
            "json" => Ok(Format::Json),
            "jsonc" => Ok(Format::Jsonc),
            "yaml" => Ok(Format::Yaml),
            "yamlc" => Ok(Format::Yamlc),
            "table" => Ok(Format::Table),
            "tsv" => Ok(Format::Tsv),
            "none" => Ok(Format::None),
            _ => Err(OutputError::UnknownFormat(name.to_owned())),
        }
    }
}

/// A result type of a command.
pub(crate) trait View: Serialize {
    /// JMESPath from one value to its table row, such as `{Name:name, State:provisioningState}`.
    const TABLE: &'static str;
}

/// What a command returns: a value, how it becomes a table, and the exit code.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    value: Value,
    table: Option<String>,
    exit_code: u8,
    verbatim: Option<String>,
    people: Option<Vec<String>>,
    /// The table is this program's own, and not what `az` makes of the value.
    is_own: bool,
    /// The lines below the table.
    remarks: Vec<String>,
    /// What is said of an empty list.
    if_empty: Option<&'static str>,
    /// It says itself what became of each part of a change.
    lists_outcomes: bool,
}

impl Output {
    /// One value.
    pub(crate) fn of<V: View>(view: &V) -> Output {
        let table = Some(V::TABLE.to_owned());
        Output { table, is_own: true, ..Output::value(serialize_view(view)) }
    }

    /// A list; its table has a row for each.
    pub(crate) fn rows<V: View>(list: &[V]) -> Output {
        let table = Some(format!("[].{}", V::TABLE));
        Output { table, is_own: true, ..Output::value(serialize_view(list)) }
    }

    /// A value that was written as JSON before, with its table.
    pub(crate) fn of_json(text: &str, table: &str) -> Output {
        let value = serde_json::from_str(text).unwrap_or_default();
        Output { table: Some(table.to_owned()), is_own: true, ..Output::value(value) }
    }

    /// Nothing: no format prints anything.
    pub(crate) fn none() -> Output {
        Output::value(Json::Null)
    }

    /// A value whose table shows all its plain members.
    pub(crate) fn value(value: Json) -> Output {
        Output {
            value: Value::from(&value),
            table: None,
            exit_code: 0,
            verbatim: None,
            people: None,
            is_own: false,
            remarks: Vec::new(),
            if_empty: None,
            lists_outcomes: false,
        }
    }

    /// A text for another program, such as a script: no format and no query touches it.
    pub(crate) fn verbatim(text: String) -> Output {
        Output { verbatim: Some(text), ..Output::none() }
    }

    /// JSON text, whose numbers are read as Python reads them, and how it becomes a table.
    pub(crate) fn text(input: &str, table: Option<String>) -> Result<Output, OutputError> {
        let value = read::read_json(input).map_err(OutputError::BadInput)?;
        Ok(Output { value, table, ..Output::none() })
    }

    /// The same output with lines for people, which a terminal gets where no format was asked for.
    pub(crate) fn for_people(self, lines: Vec<String>) -> Output {
        Output { people: Some(lines), ..self }
    }

    /// The same output, whose table is drawn as `az` draws it: no cell is ever broken.
    pub(crate) fn unbroken(self) -> Output {
        Output { is_own: false, ..self }
    }

    /// The same output with lines below its table.
    pub(crate) fn remarks(self, remarks: Vec<String>) -> Output {
        Output { remarks, ..self }
    }

    /// The same output, each of its lines for people put by `word`; values stay as they are.
    pub(crate) fn reworded(self, word: impl Fn(&str) -> String) -> Output {
        let all = |lines: Vec<String>| lines.iter().map(|line| word(line)).collect();
        Output { people: self.people.map(all), remarks: all(self.remarks), ..self }
    }

    /// The same output, which says this if it is an empty list: what was looked at, and what to try.
    pub(crate) fn if_empty(self, said: &'static str) -> Output {
        Output { if_empty: Some(said), ..self }
    }

    /// The same output, which says what became of each part of a change: an error need not repeat that.
    pub(crate) fn listing_outcomes(self) -> Output {
        Output { lists_outcomes: true, ..self }
    }

    /// True if it says itself what became of each part of a change.
    pub(crate) fn lists_outcomes(&self) -> bool {
        self.lists_outcomes
    }

    /// JMESPath from the value to its table; empty if it has none of its own.
    pub(crate) fn table(&self) -> &str {
        self.table.as_deref().unwrap_or_default()
    }

    /// The same output from a command that ends with another exit code.
    pub(crate) fn failed(self, exit_code: u8) -> Output {
        Output { exit_code, ..self }
    }

    /// The exit code of the command, 0 unless it failed.
    pub(crate) fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// The value as JSON on one line, its members in the order the command gave them.
    pub(crate) fn compact(&self) -> String {
        json::compact_text(&self.value)
    }

    /// JMESPath from the value to its table rows, if the command has one: rows of this program are in it as they are.
    pub(crate) fn az_table(&self, how: &Rendering<'_>) -> Option<String> {
        let table = self.table.as_deref().filter(|table| !table.is_empty())?;
        let rows = || own_rows(&self.value, table).ok();
        let own = if self.is_own {
            rows().and_then(|rows| table::own_rows_literal(&rows, &how.page()))
        } else {
            None
        };
        Some(own.unwrap_or_else(|| table.to_owned()))
    }

    /// What is said below the table: of an empty one nothing but that, on the way to the reader.
    pub(crate) fn said_below(&self) -> &[String] {
        if self.said_of_nothing().is_some() { &[] } else { &self.remarks }
    }

    /// What is said of a list in which there is nothing.
    pub(crate) fn said_of_nothing(&self) -> Option<&'static str> {
        let is_empty = matches!(&self.value, Value::List(items) if items.is_empty());
        self.if_empty.filter(|_| is_empty)
    }

    /// The text for standard output.
    pub(crate) fn render(&self, how: &Rendering) -> Result<String, OutputError> {
        if let Some(text) = &self.verbatim {
            return Ok(text.clone());
        }
        if let (true, Some(lines)) = (how.for_people, &self.people) {
            return Ok(people::painted(lines, how.color, how.width));
        }
        if let (true, Format::Table, None, Some(table)) =
            (self.is_own, how.format, how.query, &self.table)
        {
            let rows = own_rows(&self.value, table)?;
            return Ok(table::draw_own_table(&rows, self.said_below(), &how.page()));
        }
        render_value(&self.value, self.table.as_deref(), how)
    }
}

/// How to print an output.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rendering<'a> {
    pub format: Format,
    pub query: Option<&'a str>,
    /// Standard output and standard error are terminals and colors are on.
    pub color: bool,
    /// Standard output is a terminal: what others wrote must not steer it.
    pub on_terminal: bool,
    /// A person reads standard output and asked for no format: text, where the command has some.
    pub for_people: bool,
    /// Columns of the window, if there is one.
    pub width: Option<usize>,
    /// The names of tenants, subscriptions and principals.
    pub labels: Labels<'a>,
}

impl<'a> Rendering<'a> {
    fn page(&self) -> table::TablePage<'a> {
        table::TablePage::new(self.width, self.labels, self.on_terminal)
    }
}

/// Why an output cannot be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// `--query` is not JMESPath, or does not fit the result.
    #[error("invalid JMESPath in --query `{query}`: {reason}")]
    BadQuery {
        query: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The text to print is not JSON.
    #[error("the input is not JSON: {0}")]
    BadInput(String),
    /// The result has no table form. The words are `az`'s own.
    #[error(
        "Table output unavailable. Use the --query option to specify an appropriate query. \
         Use --debug for more info."
    )]
    TableUnavailable,
    /// `--output` names no format.
    #[error("unknown output format `{0}`")]
    UnknownFormat(String),
}

/// Refuses a `--query` that can never work, before the command does anything.
pub(crate) fn check_query(query: &str) -> Result<(), OutputError> {
    compile_query(query).map(|_| ())
}

fn render_value(
    value: &Value,
    table: Option<&str>,
    how: &Rendering,
) -> Result<String, OutputError> {
    let queried = how.query.map(|query| search_value(query, value)).transpose()?;
    let value = queried.as_ref().unwrap_or(value);
    if value.is_null() {
        return Ok(String::new());
    }
    // Through a pipe, every byte is as az prints it.
    let shown = |text: String| if how.on_terminal { escape::escape_lines(&text) } else { text };
    Ok(match how.format {
        Format::Jsonc if how.color => jsonc::paint_json(&shown(json::indented_text(value))),
        Format::Json | Format::Jsonc => shown(json::indented_text(value)),
        Format::Yamlc if how.color => yamlc::paint_yaml(&shown(yaml::write_document(value))),
        Format::Yaml | Format::Yamlc => shown(yaml::write_document(value)),
        Format::Table => table_text(
            value,
            table.filter(|t| !t.is_empty()),
            how.query.is_some(),
            how.on_terminal,
        )?,
        Format::Tsv => tsv::write_lines(value, how.on_terminal),
        Format::None => String::new(),
    })
}

/// A query makes knack ignore the transformer; only without both are columns sorted.
fn table_text(
    value: &Value,
    transformer: Option<&str>,
    queried: bool,
    on_terminal: bool,
) -> Result<String, OutputError> {
    match transformer {
        Some(transformer) if !queried => {
            Ok(table::draw_table(&own_rows(value, transformer)?, false, on_terminal))
        }
        transformer => Ok(table::draw_table(value, !queried && transformer.is_none(), on_terminal)),
    }
}

/// The rows of this program's own table.
fn own_rows(value: &Value, table: &str) -> Result<Value, OutputError> {
    let query = Query::parse(table).map_err(|_| OutputError::TableUnavailable)?;
    query.search(value).map_err(|_| OutputError::TableUnavailable)
}

fn compile_query(query: &str) -> Result<Query, OutputError> {
    Query::parse(query).map_err(|reason| OutputError::BadQuery { query: query.to_owned(), reason })
}

fn search_value(query: &str, value: &Value) -> Result<Value, OutputError> {
    let bad = |reason| OutputError::BadQuery { query: query.to_owned(), reason };
    compile_query(query)?.search(value).map_err(bad)
}

fn serialize_view<T: Serialize + ?Sized>(view: &T) -> Json {
    serde_json::to_value(view).expect("views have text keys and no custom serialization")
}

#[cfg(test)]
mod tests;
