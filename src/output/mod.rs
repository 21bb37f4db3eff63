//! Placeholder of the output layer: the interface only.
#![allow(missing_docs)]
use std::str::FromStr;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Jsonc,
    Yaml,
    Yamlc,
    Table,
    Tsv,
    None,
}
impl Format {
    pub const ALL: [&'static str; 7] = ["json", "jsonc", "yaml", "yamlc", "table", "tsv", "none"];
}
impl FromStr for Format {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text.to_lowercase().as_str() {
            "json" => Self::Json,
            "jsonc" => Self::Jsonc,
            "yaml" => Self::Yaml,
            "yamlc" => Self::Yamlc,
            "table" => Self::Table,
            "tsv" => Self::Tsv,
            "none" => Self::None,
            _ => return Err(text.to_owned()),
        })
    }
}
pub trait View: serde::Serialize {
    const TABLE: &'static str;
}
#[derive(Debug)]
pub struct Output {
    value: Option<serde_json::Value>,
    code: u8,
}
impl Output {
    pub fn of<V: View>(view: &V) -> Output {
        Output {
            value: serde_json::to_value(view).ok(),
            code: 0,
        }
    }
    pub fn rows<V: View>(views: &[V]) -> Output {
        Output {
            value: serde_json::to_value(views).ok(),
            code: 0,
        }
    }
    pub fn value(value: serde_json::Value) -> Output {
        Output {
            value: Some(value),
            code: 0,
        }
    }
    pub fn none() -> Output {
        Output {
            value: None,
            code: 0,
        }
    }
    pub fn failed(self, code: u8) -> Output {
        Output { code, ..self }
    }
    pub fn exit_code(&self) -> u8 {
        self.code
    }
    pub fn render(&self, _how: &Rendering<'_>) -> Result<String, OutputError> {
        Ok(self
            .value
            .as_ref()
            .map(|v| format!("{v:#}\n"))
            .unwrap_or_default())
    }
}
pub struct Rendering<'a> {
    pub format: Format,
    pub query: Option<&'a str>,
    pub color: bool,
}
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error("bad query '{query}': {reason}")]
    BadQuery { query: String, reason: String },
    #[error("{0}")]
    BadInput(String),
    #[error(
        "Table output unavailable. Use the --query option to specify an appropriate query. Use --debug for more info."
    )]
    TableUnavailable,
}
pub fn check_query(_query: &str) -> Result<(), OutputError> {
    Ok(())
}
pub fn render_text(
    input: &str,
    _table: Option<&str>,
    _how: &Rendering<'_>,
) -> Result<String, OutputError> {
    Ok(input.to_owned())
}
