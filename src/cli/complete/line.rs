//! The command line at a TAB: its words without quotes, and which part of the last one stays.
//!
//! Bash hands over text, because its own split into words depends on COMP_WORDBREAKS; the other
//! shells know their words. Source: readline's `_rl_find_completion_word`.

/// What was typed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CommandLine {
    /// The words of the command, unquoted; the first is the program.
    pub(super) words: Vec<String>,
    /// The index of the word at the cursor, which ends at the cursor.
    pub(super) at: usize,
    /// How much of that word the shell keeps and must not be given again, in bytes.
    pub(super) kept: usize,
    /// The quote that is open at the cursor.
    pub(super) quote: Option<char>,
}

impl CommandLine {
    /// Takes over words that the shell has unquoted.
    pub(super) fn new(mut words: Vec<String>, at: usize) -> CommandLine {
        if at >= words.len() {
            words.resize(at + 1, String::new());
        }
        CommandLine { words, at, ..CommandLine::default() }
    }

    /// Reads a line of bash, up to the cursor and behind it.
    pub(super) fn of_line(before: &str, behind: &str, breaks: &str) -> CommandLine {
        let mut lexer = ShellLexer::new(breaks);
        before.chars().for_each(|c| lexer.take(c));
        let mut typed = lexer.typed();
        let mut rest = ShellLexer::new(breaks);
        behind.chars().for_each(|c| rest.take(c));
        let rest = rest.typed().words;
        // What touches the cursor is the rest of the word that is being completed.
        let touching = usize::from(!behind.starts_with(char::is_whitespace));
        typed.words.extend(rest.into_iter().skip(touching));
        typed
    }

    /// The word at the cursor, up to it.
    pub(super) fn current(&self) -> &str {
        &self.words[self.at]
    }

    /// The value of `flag`, wherever it exists.
    pub(super) fn flag(&self, flag: &str) -> Option<&str> {
        let others = || self.words.iter().enumerate().filter(|(at, _)| *at != self.at);
        let next = others()
            .find(|(_, word)| *word == flag)
            .and_then(|(at, _)| self.words.get(at + 1).filter(|_| at + 1 != self.at));
        let joined = || others().find_map(|(_, word)| word.strip_prefix(flag)?.strip_prefix('='));
        let value = next.map(String::as_str).or_else(joined);
        value.filter(|value| !value.is_empty())
    }
}

/// Takes a word of a shell's line out of its quotes.
pub(super) fn unquote_word(text: &str) -> String {
    let mut lexer = ShellLexer::new("");
    text.chars().for_each(|c| lexer.take(c));
    lexer.typed().words.pop().unwrap_or_default()
}

/// Reads a line as a shell does, character by character.
struct ShellLexer<'a> {
    breaks: &'a str,
    words: Vec<String>,
    word: String,
    in_word: bool,
    quote: Option<char>,
    escaped: bool,
    kept: usize,
}

impl ShellLexer<'_> {
    fn new(breaks: &str) -> ShellLexer<'_> {
        ShellLexer {
            breaks,
            words: Vec::new(),
            word: String::new(),
            in_word: false,
            quote: None,
            escaped: false,
            kept: 0,
        }
    }

    fn take(&mut self, c: char) {
        match (self.quote, c) {
            _ if self.escaped => self.escape(c),
            (Some(quote), _) if c == quote => self.turn(None),
            (Some('"') | None, '\\') => {
                self.escaped = true;
                self.in_word = true;
            }
            (Some(_), _) => self.word.push(c),
            (None, '"' | '\'') => self.turn(Some(c)),
            (None, _) if c.is_whitespace() => self.end(),
            // A new command begins; what stood before it is none of ours.
            (None, ';' | '|' | '&' | '(' | '`') => {
                self.end();
                self.words.clear();
            }
            (None, '<' | '>') => self.end(),
            (None, _) => {
                self.in_word = true;
                self.word.push(c);
                if self.breaks.contains(c) {
                    self.kept = self.word.len();
                }
            }
        }
    }

    fn escape(&mut self, c: char) {
        if self.quote == Some('"') && !"\"\\$`".contains(c) {
            self.word.push('\\');
        }
        self.word.push(c);
        self.escaped = false;
    }

    /// A quote opens or closes: what is before it is kept.
    fn turn(&mut self, quote: Option<char>) {
        self.quote = quote;
        self.in_word = true;
        self.kept = self.word.len();
    }

    fn end(&mut self) {
        if self.in_word {
            self.words.push(std::mem::take(&mut self.word));
        }
        self.in_word = false;
        self.kept = 0;
    }

    fn typed(mut self) -> CommandLine {
        let at = self.words.len();
        self.words.push(self.word);
        CommandLine { words: self.words, at, kept: self.kept, quote: self.quote }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREAKS: &str = " \t\n\"'@><=;|&(:";

    fn line(text: &str) -> CommandLine {
        let (before, behind) = text.split_once('^').unwrap();
        CommandLine::of_line(before, behind, BREAKS)
    }

    #[test]
    fn words_are_those_that_the_program_would_get() {
        for (text, words) in [
            ("p a^", vec!["p", "a"]),
            ("p a ^", vec!["p", "a", ""]),
            ("p 'a b' c\\ d \"e\\\"f\\x\" ^", vec!["p", "a b", "c d", "e\"f\\x", ""]),
            ("p '' ^", vec!["p", "", ""]),
            ("x; y | p a^", vec!["p", "a"]),
            ("x $(p a^", vec!["p", "a"]),
            ("p a^bc d", vec!["p", "a", "d"]),
            ("p ^ d 'e f'", vec!["p", "", "d", "e f"]),
            ("p --a=b:c@d^", vec!["p", "--a=b:c@d"]),
            ("p Bü^", vec!["p", "Bü"]),
        ] {
            assert_eq!(line(text).words, words, "{text}");
        }
        assert_eq!(unquote_word("\"a b"), "a b");
        assert_eq!(unquote_word(""), "");
    }

    #[test]
    fn what_readline_keeps_is_known() {
        for (text, kept, quote) in [
            ("p abc^", "", None),
            ("p --a=b^", "--a=", None),
            ("p a:b:^", "a:b:", None),
            ("p a\\:b\\=c^", "", None),
            ("p a\\ b:c^", "a b:", None),
            ("p 'a b:c^", "", Some('\'')),
            ("p --a=\"b c^", "--a=", Some('"')),
            ("p \"a b\"^", "a b", None),
        ] {
            let typed = line(text);
            assert_eq!(&typed.current()[..typed.kept], kept, "{text}");
            assert_eq!(typed.quote, quote, "{text}");
        }
        let other = CommandLine::of_line("p --a=b:c", "", " \t\n");
        assert_eq!(other.kept, 0, "without = and : among the breaks, all is given again");
    }

    #[test]
    fn flags_are_found_on_both_sides_of_the_cursor() {
        assert_eq!(line("p --s x ^").flag("--s"), Some("x"));
        assert_eq!(line("p ^ --s=x").flag("--s"), Some("x"));
        assert_eq!(line("p --s ^").flag("--s"), None);
        assert_eq!(line("p --s^").flag("--s"), None);
        assert_eq!(line("p --s=^").flag("--s"), None);
        assert_eq!(line("p --sx y ^").flag("--s"), None);
    }
}
