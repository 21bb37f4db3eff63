//! `-o yamlc` on a terminal: this program's own YAML text, painted as Pygments' `YamlLexer` splits it.
//!
//! Each state below is a state of that lexer with its rules in their order; what `safe_dump` never
//! writes (comments after text, tags, block scalars, filled flow collections) is left out.

use super::color::Paint;
use super::python::is_space;

/// Paints text that `yaml::document` wrote.
pub(super) fn paint_yaml(yaml: &str) -> String {
    let mut lexer = YamlPainter {
        text: yaml,
        at: 0,
        states: vec![PaintState::Root],
        indents: Vec::new(),
        indent: -1,
        next_indent: 0,
        out: String::new(),
    };
    lexer.run();
    lexer.out
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PaintState {
    Root,
    Indentation,
    BlockLine,
    SingleQuoted,
    DoubleQuoted,
    Plain,
    PlainNewLine,
}

struct YamlPainter<'a> {
    text: &'a str,
    at: usize,
    states: Vec<PaintState>,
    indents: Vec<i64>,
    indent: i64,
    next_indent: i64,
    out: String,
}

impl YamlPainter<'_> {
    fn run(&mut self) {
        let mut idle = 0;
        loop {
            let before = self.at;
            let matched = match self.states.last().copied().unwrap_or(PaintState::Root) {
                PaintState::Root => self.root(),
                PaintState::Indentation => self.indentation(),
                PaintState::BlockLine => self.block_line(),
                PaintState::SingleQuoted => self.single_quoted(),
                PaintState::DoubleQuoted => self.double_quoted(),
                PaintState::Plain => self.plain(),
                PaintState::PlainNewLine => self.plain_new_line(),
            };
            idle = if self.at == before { idle + 1 } else { 0 };
            if matched && idle <= MOST_IDLE {
                continue;
            }
            match self.peek() {
                None => return,
                Some('\n') => {
                    self.states = vec![PaintState::Root];
                    self.token(Paint::Bare, 1);
                }
                Some(c) => self.token(Paint::Mistake, c.len_utf8()),
            }
        }
    }

    fn root(&mut self) -> bool {
        let spaces = self.spaces();
        let after = self.rest()[spaces..].chars().next();
        if spaces > 0 && matches!(after, None | Some('\n' | '#')) {
            self.token(Paint::Space, spaces);
        } else if self.breaks() > 0 {
            self.token(Paint::Space, self.breaks());
        } else if self.rest().starts_with('#') {
            // No comment, but a text that begins with a space only Unicode knows.
            self.token(Paint::Space, self.run_of(|c| c != '\n'));
        } else if self.line_is_mark() {
            self.indents.clear();
            (self.indent, self.next_indent) = (-1, 0);
            self.token(Paint::Namespace, 3);
            self.states.push(PaintState::BlockLine);
        } else if after.is_some_and(|c| !is_space(c)) {
            self.begin_line(spaces);
            self.states.extend([PaintState::BlockLine, PaintState::Indentation]);
        } else {
            return false;
        }
        true
    }

    /// Goes back to the level of this line; what is left of an odd indentation is its own token.
    fn begin_line(&mut self, spaces: usize) {
        self.next_indent = spaces as i64;
        let mut known = spaces;
        if self.next_indent < self.indent {
            while self.next_indent < self.indent {
                self.indent = self.indents.pop().unwrap_or(-1);
            }
            if self.next_indent > self.indent {
                known = usize::try_from(self.indent).unwrap_or(0);
            }
        }
        self.token(Paint::Space, known);
        self.token(Paint::Space, spaces - known);
    }

    fn indentation(&mut self) -> bool {
        let spaces = self.spaces();
        let after = &self.rest()[spaces..];
        let indicator = is_indicator(after);
        if ends_line(after) {
            self.token(Paint::Space, spaces);
            self.pop(2);
        } else if spaces > 0 && indicator {
            self.next_indent += spaces as i64;
            self.token(Paint::Space, spaces);
        } else if indicator {
            self.set_indent();
            self.next_indent += 1;
            self.token(Paint::Bare, 1);
        } else {
            self.next_indent += spaces as i64;
            self.token(Paint::Space, spaces);
            self.pop(1);
        }
        true
    }

    fn block_line(&mut self) -> bool {
        let spaces = self.spaces();
        if ends_line(&self.rest()[spaces..]) || self.rest()[spaces..].starts_with('#') {
            self.token(Paint::Space, spaces);
            self.pop(1);
        } else if spaces > 0 {
            self.token(Paint::Space, spaces);
        } else if let Some(length) = self.key() {
            self.token(Paint::Tag, length);
            self.set_indent();
            self.token(Paint::Bare, 1);
        } else if self.rest().starts_with(['&', '*']) {
            let paint = if self.rest().starts_with('*') { Paint::Variable } else { Paint::Bare };
            let length = self.run_of(|c| !is_space(c));
            self.token(paint, length);
        } else if self.rest().starts_with(':') && is_indicator(self.rest()) {
            self.set_indent();
            self.token(Paint::Bare, 1);
        } else if self.rest().starts_with(['[', ']', '{', '}']) {
            self.token(Paint::Bare, 1);
        } else if self.rest().starts_with('\'') {
            self.token(Paint::Text, 1);
            self.states.push(PaintState::SingleQuoted);
        } else if self.rest().starts_with('"') {
            self.token(Paint::Text, 1);
            self.states.push(PaintState::DoubleQuoted);
        } else if self.begins_plain() {
            self.states.push(PaintState::Plain);
        } else {
            return false;
        }
        true
    }

    /// The length of a name before the last colon that ends one on this line.
    fn key(&self) -> Option<usize> {
        let length = self.run_of(|c| !"#,?[]{}\"'\n".contains(c));
        let colons = self.rest()[..length].rmatch_indices(':').map(|(at, _)| at);
        colons.into_iter().find(|at| *at > 0 && is_indicator(&self.rest()[*at..]))
    }

    fn begins_plain(&self) -> bool {
        let mut characters = self.rest().chars();
        let (first, second) = (characters.next(), characters.next());
        match first {
            None => false,
            Some('?' | ':' | '-') => second.is_some_and(|c| !is_space(c)),
            Some(c) => !is_space(c) && !",[]{}#&*!|>'\"%@`".contains(c),
        }
    }

    fn quoted_space(&mut self) -> bool {
        let spaces = self.spaces();
        if spaces > 0 && (self.begins_line() || ends_line(&self.rest()[spaces..])) {
            self.token(Paint::Space, spaces);
        } else if self.breaks() > 0 {
            self.token(Paint::Space, self.breaks());
        } else {
            let blanks = self.run_of(|c| c == ' ' || c == '\u{a0}');
            self.token(Paint::Variable, blanks);
            return blanks > 0;
        }
        true
    }

    fn single_quoted(&mut self) -> bool {
        if self.quoted_space() {
            return true;
        }
        let run = self.run_of(|c| !is_space(c) && c != '\'');
        if self.rest().starts_with("''") {
            self.token(Paint::Text, 2);
        } else if run > 0 {
            self.token(Paint::Text, run);
        } else if self.rest().starts_with('\'') {
            self.token(Paint::Text, 1);
            self.pop(1);
        } else {
            return false;
        }
        true
    }

    fn double_quoted(&mut self) -> bool {
        if self.quoted_space() {
            return true;
        }
        let run = self.run_of(|c| !is_space(c) && c != '"' && c != '\\');
        if let Some(escape) = self.rest().strip_prefix('\\') {
            let length = match escape.chars().next() {
                Some('x') => 4,
                Some('u') => 6,
                Some('U') => 10,
                _ => 2,
            };
            self.token(Paint::Text, length);
        } else if run > 0 {
            self.token(Paint::Text, run);
        } else if self.rest().starts_with('"') {
            self.token(Paint::Text, 1);
            self.pop(1);
        } else {
            return false;
        }
        true
    }

    fn plain(&mut self) -> bool {
        let spaces = self.spaces();
        let after = &self.rest()[spaces..];
        if after.starts_with(':') && is_indicator(after) || spaces > 0 && after.starts_with('#') {
            self.token(Paint::Space, spaces);
            self.pop(1);
        } else if spaces > 0 && ends_line(after) {
            self.token(Paint::Space, spaces);
        } else if self.breaks() > 0 {
            self.token(Paint::Space, self.breaks());
            self.states.push(PaintState::PlainNewLine);
        } else {
            let blanks = self.run_of(|c| c == ' ' || c == '\u{a0}');
            let length = if blanks > 0 { blanks } else { self.plain_run() };
            self.token(Paint::Bare, length);
            return length > 0;
        }
        true
    }

    /// Characters other than spaces, and colons before such a one.
    fn plain_run(&self) -> usize {
        let mut characters = self.rest().char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            let colon_ends = c == ':' && characters.peek().is_some_and(|(_, next)| is_space(*next));
            if is_space(c) || colon_ends {
                return at;
            }
        }
        self.rest().len()
    }

    fn plain_new_line(&mut self) -> bool {
        let spaces = self.spaces();
        if spaces > 0 && ends_line(&self.rest()[spaces..]) {
            self.token(Paint::Space, spaces);
        } else if self.breaks() > 0 {
            self.token(Paint::Space, self.breaks());
        } else if self.rest().starts_with("---") || self.rest().starts_with("...") {
            self.pop(3);
        } else if (spaces as i64) <= self.indent {
            self.pop(2);
            self.pop(1);
        } else {
            self.token(Paint::Space, spaces);
            self.pop(1);
        }
        true
    }

    fn token(&mut self, paint: Paint, length: usize) {
        let text = &self.text[self.at..self.at + length];
        paint.write(&mut self.out, text);
        self.at += length;
    }

    fn set_indent(&mut self) {
        if self.indent < self.next_indent {
            self.indents.push(self.indent);
            self.indent = self.next_indent;
        }
    }

    /// The first state stays.
    fn pop(&mut self, count: usize) {
        self.states.truncate(self.states.len().saturating_sub(count).max(1));
    }

    fn line_is_mark(&self) -> bool {
        let mark = self.rest().strip_prefix("---").or_else(|| self.rest().strip_prefix("..."));
        self.begins_line() && mark.is_some_and(|after| after.starts_with(' ') || ends_line(after))
    }

    fn begins_line(&self) -> bool {
        self.at == 0 || self.text[..self.at].ends_with('\n')
    }

    fn spaces(&self) -> usize {
        self.run_of(|c| c == ' ')
    }

    fn breaks(&self) -> usize {
        self.run_of(|c| c == '\n')
    }

    fn run_of(&self, belongs: impl Fn(char) -> bool) -> usize {
        self.rest().find(|c| !belongs(c)).unwrap_or(self.rest().len())
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }
}

/// How many states may follow each other without reading anything.
const MOST_IDLE: usize = 8;

/// Whether the line ends here.
fn ends_line(text: &str) -> bool {
    text.is_empty() || text.starts_with('\n')
}

/// Whether `?`, `:` or `-` is here alone.
fn is_indicator(text: &str) -> bool {
    text.strip_prefix(['?', ':', '-'])
        .is_some_and(|after| after.starts_with(' ') || ends_line(after))
}
