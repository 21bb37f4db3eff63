//! The colors of Pygments' terminal formatter (2.21, light background), as `az` paints with them.

use super::python::lines_with_ends;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    /// Not painted.
    Bare,
    /// Spaces and line breaks.
    Space,
    /// `true`, `false`, `null` and numbers.
    Constant,
    /// Names of members.
    Tag,
    /// Quoted text.
    Text,
    /// Plain YAML text.
    Variable,
    /// The mark at the end of a YAML document.
    Namespace,
    /// What Pygments' lexer does not understand.
    Mistake,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Paint::Bare => "",
            Paint::Space => "\x1b[37m",
            Paint::Constant => "\x1b[34m",
            Paint::Tag => "\x1b[94m",
            Paint::Text => "\x1b[33m",
            Paint::Variable => "\x1b[31m",
            Paint::Namespace => "\x1b[04m\x1b[36m",
            Paint::Mistake => "\x1b[04m\x1b[91m",
        }
    }

    /// Writes a text line by line, so that no color reaches over a line end.
    pub(super) fn write(self, out: &mut String, text: &str) {
        for line in lines_with_ends(text) {
            let shown = line.strip_suffix('\n').unwrap_or(line);
            if self == Paint::Bare {
                out.push_str(shown);
            } else {
                out.push_str(self.code());
                out.push_str(shown);
                out.push_str("\x1b[39;49;00m");
            }
            if line.ends_with('\n') {
                out.push('\n');
            }
        }
    }
}
