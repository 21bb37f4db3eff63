//! `-o jsonc` on a terminal: this program's own JSON text, painted as Pygments' `JsonLexer` splits it.

use super::color::Paint;

/// Paints text that `json::indented` wrote.
pub(super) fn paint_json(json: &str) -> String {
    let mut out = String::new();
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let (paint, length) = match first {
            '"' => quoted_length(rest),
            ' ' | '\n' => (Paint::Space, run_length(rest, |c| c == ' ' || c == '\n')),
            '-' | '0'..='9' => {
                (Paint::Constant, run_length(rest, |c| "-0123456789.eE+".contains(c)))
            }
            'f' | 'n' | 't' => (Paint::Constant, run_length(rest, |c| "truefalsn".contains(c))),
            '{' | '}' | '[' | ']' | ',' | ':' => (Paint::Bare, 1),
            other => (Paint::Mistake, other.len_utf8()),
        };
        let (piece, after) = rest.split_at(length);
        paint.write(&mut out, piece);
        rest = after;
    }
    out
}

/// A text in quotes: a name if a colon follows.
fn quoted_length(rest: &str) -> (Paint, usize) {
    let mut escaped = false;
    let end = rest[1..].find(|c| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    });
    let length = end.map_or(rest.len(), |end| end + 2);
    let paint = if rest[length..].starts_with(':') { Paint::Tag } else { Paint::Text };
    (paint, length)
}

fn run_length(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}
