//! `-o yaml`: PyYAML's `safe_dump(result, default_flow_style=False, allow_unicode=True)`.
//!
//! Block style with sorted names, `- ` not indented under its name, lines folded at 80 columns. A
//! list or an object that a query returns twice is written once and referred to (`&id001`, `*id001`).

mod resolver;
mod scalar;

use std::collections::HashMap;

use super::number::float_repr;
use super::value::Value;
use scalar::{Analysis, Style};

/// Writes the document.
pub(super) fn write_document(value: &Value) -> String {
    let mut emitter = Emitter::new();
    // knack copies a result with an `OrderedDict` through JSON: nothing is shared any more.
    if !value.holds_ordered() {
        emitter.count(value);
    }
    emitter.node(value, Context::Root);
    emitter.write_indent();
    if emitter.open_ended {
        emitter.indicator("...", true, false);
        emitter.write_indent();
    }
    emitter.out
}

/// What a node is to its parent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Root,
    Item,
    Member,
}

/// PyYAML's `Emitter`, reduced to the events and options of this one call.
struct Emitter {
    out: String,
    column: usize,
    indent: Option<usize>,
    /// The last character was white space.
    whitespace: bool,
    /// The line holds nothing but indentation and indicators so far.
    indention: bool,
    /// The document is one plain scalar and needs `...`.
    open_ended: bool,
    anchors: HashMap<usize, Anchor>,
    named: usize,
}

/// What is known of a list or object by its identity.
enum Anchor {
    /// Occurs once so far.
    Single,
    /// Occurs again; the number of its name.
    Named(usize),
    /// The same, and it is in the document already.
    Written(usize),
}

impl Emitter {
    fn new() -> Emitter {
        Emitter {
            out: String::new(),
            column: 0,
            indent: None,
            whitespace: true,
            indention: true,
            open_ended: false,
            anchors: HashMap::new(),
            named: 0,
        }
    }

    /// Names what occurs more than once, in the order in which it occurs again.
    fn count(&mut self, value: &Value) {
        let Some(identity) = value.identity() else {
            return;
        };
        match self.anchors.get_mut(&identity) {
            Some(anchor @ Anchor::Single) => {
                self.named += 1;
                *anchor = Anchor::Named(self.named);
                return;
            }
            Some(_) => return,
            None => self.anchors.insert(identity, Anchor::Single),
        };
        match value {
            Value::List(items) => items.iter().for_each(|item| self.count(item)),
            Value::Object(object) => {
                object.sorted().into_iter().for_each(|(_, member)| self.count(member));
            }
            _ => {}
        }
    }

    fn node(&mut self, value: &Value, context: Context) {
        if self.alias(value) {
            return;
        }
        match value {
            Value::Null => self.plain_word("null", context),
            Value::Bool(flag) => self.plain_word(if *flag { "true" } else { "false" }, context),
            Value::Int(int) => self.plain_word(&int.to_string(), context),
            Value::Float(float) => self.plain_word(&float_text(*float), context),
            Value::Text(text) => self.text(text, context),
            Value::List(items) if items.is_empty() => self.empty("[", "]"),
            Value::List(items) => {
                let indentless = context == Context::Member && !self.indention;
                let outer = self.indent;
                self.increase_indent(indentless);
                for item in items.iter() {
                    self.write_indent();
                    self.indicator("-", true, true);
                    self.node(item, Context::Item);
                }
                self.indent = outer;
            }
            Value::Object(object) if object.members().is_empty() => self.empty("{", "}"),
            Value::Object(object) => {
                let outer = self.indent;
                self.increase_indent(false);
                for (name, member) in object.sorted() {
                    self.member(name, member);
                }
                self.indent = outer;
            }
        }
    }

    /// Writes `*id001` and is done, or `&id001` before what follows.
    fn alias(&mut self, value: &Value) -> bool {
        let Some(identity) = value.identity() else {
            return false;
        };
        match self.anchors.get(&identity) {
            Some(&Anchor::Written(number)) => {
                self.indicator(&format!("*id{number:03}"), true, false);
                true
            }
            Some(&Anchor::Named(number)) => {
                self.anchors.insert(identity, Anchor::Written(number));
                self.indicator(&format!("&id{number:03}"), true, false);
                false
            }
            Some(Anchor::Single) | None => false,
        }
    }

    fn member(&mut self, name: &str, value: &Value) {
        self.write_indent();
        let analysis = Analysis::of(name);
        // PyYAML counts the tag `!!str` too.
        if analysis.length + "!!str".len() < 128 && analysis.length > 0 && !analysis.multiline {
            self.scalar(name, &analysis, true, Context::Member);
            self.indicator(":", false, false);
        } else {
            self.indicator("?", true, true);
            self.scalar(name, &analysis, false, Context::Member);
            self.write_indent();
            self.indicator(":", true, true);
        }
        self.node(value, Context::Member);
    }

    fn text(&mut self, text: &str, context: Context) {
        self.scalar(text, &Analysis::of(text), false, context);
    }

    fn scalar(&mut self, text: &str, analysis: &Analysis, simple_key: bool, context: Context) {
        let style = match analysis.style(simple_key) {
            Style::Plain if resolver::is_text(text) => Style::Plain,
            Style::Plain => Style::Single,
            style => style,
        };
        let outer = self.indent;
        self.indent = Some(outer.map_or(INDENT, |indent| indent + INDENT));
        match style {
            Style::Plain => self.plain(text, !simple_key, context),
            Style::Single => self.single_quoted(text, !simple_key),
            Style::Double => self.double_quoted(text, !simple_key),
        }
        self.indent = outer;
    }

    fn plain_word(&mut self, word: &str, context: Context) {
        self.plain(word, false, context);
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true, false);
        self.indicator(close, false, false);
    }

    fn increase_indent(&mut self, indentless: bool) {
        self.indent = match self.indent {
            None => Some(0),
            Some(indent) if !indentless => Some(indent + INDENT),
            same => same,
        };
    }

    fn indicator(&mut self, text: &str, need_whitespace: bool, indention: bool) {
        if need_whitespace && !self.whitespace {
            self.write(" ");
        }
        self.whitespace = text.ends_with(['[', '{']);
        self.indention = self.indention && indention;
        self.open_ended = false;
        self.write(text);
    }

    fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        let spaced = self.whitespace;
        if !self.indention || self.column > indent || (self.column == indent && !spaced) {
            self.line_break('\n');
        }
        if self.column < indent {
            self.whitespace = true;
            let spaces = indent - self.column;
            self.write(&" ".repeat(spaces));
        }
    }

    fn line_break(&mut self, character: char) {
        self.whitespace = true;
        self.indention = true;
        self.column = 0;
        self.out.push(character);
    }

    fn write(&mut self, text: &str) {
        self.column += text.chars().count();
        self.out.push_str(text);
    }
}

/// YAML's spelling of a float: an exponent needs a point before it.
fn float_text(float: f64) -> String {
    match float {
        f if f.is_nan() => ".nan".to_owned(),
        f64::INFINITY => ".inf".to_owned(),
        f64::NEG_INFINITY => "-.inf".to_owned(),
        f => {
            let text = float_repr(f);
            if text.contains('.') { text } else { text.replacen('e', ".0e", 1) }
        }
    }
}

/// Columns per level.
const INDENT: usize = 2;
/// The column after which a line may be folded.
const WIDTH: usize = 80;
