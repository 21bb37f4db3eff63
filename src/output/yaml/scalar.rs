//! Scalars: which style a text allows, and writing it with folding at 80 columns. Follows PyYAML's
//! `analyze_scalar`, `write_plain`, `write_single_quoted` and `write_double_quoted` step by step.

use super::{Context, Emitter, WIDTH};

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
}

/// What a text is made of.
pub(super) struct Analysis {
    /// In characters.
    pub(super) length: usize,
    pub(super) multiline: bool,
    plain: bool,
    single: bool,
}

impl Analysis {
    /// Looks at every character and its neighbors.
    pub(super) fn of(text: &str) -> Analysis {
        let characters: Vec<char> = text.chars().collect();
        let length = characters.len();
        let (mut indicators, mut special, mut multiline) = (false, false, false);
        let (mut break_space, mut space_break) = (false, false);
        indicators |= text.starts_with("---") || text.starts_with("...");
        for (at, &c) in characters.iter().enumerate() {
            let previous = at.checked_sub(1).map(|before| characters[before]);
            let spaced_before = previous.is_none_or(is_spacing);
            let spaced_after = characters.get(at + 1).copied().is_none_or(is_spacing);
            indicators |= match c {
                '?' | '-' if at == 0 => spaced_after,
                ':' => spaced_after,
                '#' => spaced_before,
                c => at == 0 && LEADING_INDICATORS.contains(c),
            };
            multiline |= is_break(c);
            special |= !(c == '\n' || (' '..='~').contains(&c) || is_printable(c));
            break_space |= c == ' ' && previous.is_some_and(is_break);
            space_break |= is_break(c) && previous == Some(' ');
        }
        let edge = |c: Option<&char>| c.is_some_and(|c| *c == ' ' || is_break(*c));
        let edges = edge(characters.first()) || edge(characters.last());
        let single = !(break_space || space_break || special);
        Analysis { length, multiline, plain: single && !edges && !multiline && !indicators, single }
    }

    /// The style PyYAML chooses for a text that reads back as a text.
    pub(super) fn style(&self, simple_key: bool) -> Style {
        if self.plain && !(simple_key && self.length == 0) {
            Style::Plain
        } else if self.single && !(simple_key && self.multiline) {
            Style::Single
        } else {
            Style::Double
        }
    }
}

impl Emitter {
    /// Writes without quotes; such texts have no line breaks.
    pub(super) fn plain(&mut self, text: &str, split: bool, context: Context) {
        self.open_ended |= context == Context::Root;
        if !self.whitespace {
            self.write(" ");
        }
        self.whitespace = false;
        self.indention = false;
        let mut rest = text;
        while !rest.is_empty() {
            let (run, spaces) = if rest.starts_with(' ') {
                (rest.find(|c| c != ' ').unwrap_or(rest.len()), true)
            } else {
                (rest.find(' ').unwrap_or(rest.len()), false)
            };
            if spaces && run == 1 && self.column > WIDTH && split {
                self.write_indent();
                self.whitespace = false;
                self.indention = false;
            } else {
                self.write(&rest[..run]);
            }
            rest = &rest[run..];
        }
    }

    /// Writes between single quotes: a line break becomes an empty line.
    pub(super) fn single_quoted(&mut self, text: &str, split: bool) {
        self.indicator("'", true, false);
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let kind = CharClass::of(rest);
            let run = rest.find(|c| CharClass::at(c) != kind).unwrap_or(rest.len());
            let end = at + run;
            match kind {
                CharClass::Space if run == 1 && self.folds(split) && at > 0 && end < text.len() => {
                    self.write_indent();
                }
                CharClass::Break => self.breaks(&rest[..run]),
                CharClass::Quote => self.write(&"''".repeat(run)),
                CharClass::Space | CharClass::Other => self.write(&rest[..run]),
            }
            at = end;
        }
        self.indicator("'", false, false);
    }

    fn folds(&self, split: bool) -> bool {
        split && self.column > WIDTH
    }

    fn breaks(&mut self, run: &str) {
        if run.starts_with('\n') {
            self.line_break('\n');
        }
        run.chars().for_each(|c| self.line_break(c));
        self.write_indent();
    }

    /// Writes between double quotes: everything special is escaped, folds end in a backslash.
    pub(super) fn double_quoted(&mut self, text: &str, split: bool) {
        self.indicator("\"", true, false);
        let characters: Vec<char> = text.chars().collect();
        let run =
            |from: usize, to: usize| characters[from..to.max(from)].iter().collect::<String>();
        let (mut start, mut end) = (0, 0);
        while end <= characters.len() {
            let c = characters.get(end).copied();
            if c.is_none_or(is_escaped) {
                if start < end {
                    self.write(&run(start, end));
                    start = end;
                }
                if let Some(c) = c {
                    self.write(&escape_char(c));
                    start = end + 1;
                }
            }
            let inside = 0 < end && end + 1 < characters.len();
            let pending = end.saturating_sub(start);
            // After an escape `start` is one past `end`: PyYAML then counts one column less.
            let column = self.column + pending - usize::from(start > end);
            if inside && (c == Some(' ') || start >= end) && column > WIDTH && split {
                self.write(&(run(start, end) + "\\"));
                start = start.max(end);
                self.write_indent();
                self.whitespace = false;
                self.indention = false;
                if characters[start] == ' ' {
                    self.write("\\");
                }
            }
            end += 1;
        }
        self.indicator("\"", false, false);
    }
}

/// What the single-quoted writer treats alike.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CharClass {
    Space,
    Break,
    Quote,
    Other,
}

impl CharClass {
    fn of(text: &str) -> CharClass {
        text.chars().next().map_or(CharClass::Other, CharClass::at)
    }

    fn at(c: char) -> CharClass {
        match c {
            ' ' => CharClass::Space,
            '\'' => CharClass::Quote,
            c if is_break(c) => CharClass::Break,
            _ => CharClass::Other,
        }
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_spacing(c: char) -> bool {
    matches!(c, '\0' | ' ' | '\t' | '\r') || is_break(c)
}

/// Printable beyond ASCII; the last code point of all is not, by PyYAML's comparison.
fn is_printable(c: char) -> bool {
    c != '\u{feff}'
        && matches!(c, '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'
            | '\u{10000}'..='\u{10fffe}')
}

fn is_escaped(c: char) -> bool {
    let plain = matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}');
    !plain || matches!(c, '"' | '\\' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn escape_char(c: char) -> String {
    let letter = match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c if c <= '\u{ff}' => return format!("\\x{:02X}", u32::from(c)),
        c if c <= '\u{ffff}' => return format!("\\u{:04X}", u32::from(c)),
        c => return format!("\\U{:08X}", u32::from(c)),
    };
    format!("\\{letter}")
}

/// Characters that mean something at the start of a plain scalar.
const LEADING_INDICATORS: &str = "#,[]{}&*!|>'\"%@`";
