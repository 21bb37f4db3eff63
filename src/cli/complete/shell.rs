//! The shells: how each says what was typed, and how it wants to be answered.

use super::candidate::{Candidates, CompletionCandidate};
use super::line::{CommandLine, unquote_word};
use super::value_kind::ValueKind;

/// How a shell asks and wants to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Bash,
    Elvish,
    Fish,
    Nushell,
    PowerShell,
    Zsh,
}

impl Dialect {
    pub(super) fn named(name: &str) -> Option<Dialect> {
        match name {
            "bash" => Some(Dialect::Bash),
            "elvish" => Some(Dialect::Elvish),
            "fish" => Some(Dialect::Fish),
            "nushell" => Some(Dialect::Nushell),
            "powershell" => Some(Dialect::PowerShell),
            "zsh" => Some(Dialect::Zsh),
            _ => None,
        }
    }

    /// Reads what the shell's script says: bash the line before and behind the cursor and its breaks;
    /// PowerShell an index and the words up to the cursor; fish the word at the cursor as it is written, an
    /// index and the words before; the others that word, its index and all words, unquoted.
    pub(super) fn read(self, args: &[String]) -> Option<CommandLine> {
        if self == Dialect::Bash {
            let [before, behind, breaks] = args else {
                return None;
            };
            return Some(CommandLine::of_line(before, behind, breaks));
        }
        let (current, args) = match self {
            Dialect::PowerShell => (None, args),
            _ => args.split_first().map(|(current, args)| (Some(current), args))?,
        };
        let (at, words) = args.split_first()?;
        let at = at.parse().ok().filter(|at| *at <= words.len())?;
        let mut words = words.to_vec();
        match (self, current) {
            (Dialect::Fish, Some(current)) => words.insert(at, unquote_word(current)),
            (_, Some(current)) if at < words.len() => words[at].clone_from(current),
            (_, Some(current)) => words.push(current.clone()),
            (_, None) => {}
        }
        Some(CommandLine::new(words, at))
    }

    /// What to answer where the shell knows best: only zsh's own files may begin with `~/`.
    pub(super) fn completes_itself(self, kind: ValueKind) -> Option<&'static str> {
        match (self, kind) {
            (Dialect::Zsh, ValueKind::File) => Some(":files\n"),
            (Dialect::Zsh, ValueKind::Folder) => Some(":folders\n"),
            _ => None,
        }
    }

    /// Writes the candidates for the shell's script.
    pub(super) fn answer(self, all: &Candidates, typed: &CommandLine) -> String {
        match self {
            Dialect::Bash => bash_answer(all, typed),
            Dialect::Zsh => zsh_answer(all),
            Dialect::Fish | Dialect::Elvish | Dialect::PowerShell => tabbed_answer(all),
            Dialect::Nushell => nushell_answer(all),
        }
    }
}

/// The first line says whether a blank may follow; then the text to insert, a line each.
fn bash_answer(all: &Candidates, typed: &CommandLine) -> String {
    let open = all.iter().any(|found| found.is_open());
    let mut text = String::from(if open { "nospace\n" } else { "space\n" });
    let kept = &typed.current()[..typed.kept];
    for found in all.iter() {
        if let Some(rest) = found.value.strip_prefix(kept) {
            quote_for_bash(rest, typed, &mut text);
            text.push('\n');
        }
    }
    text
}

fn quote_for_bash(value: &str, typed: &CommandLine, text: &mut String) {
    if value.bytes().all(is_plain) {
        return text.push_str(value);
    }
    for (at, c) in value.char_indices() {
        match typed.quote {
            Some('\'') if c == '\'' => text.push_str("'\\'"),
            Some('"') if "\"\\$`".contains(c) => text.push('\\'),
            // Only single quotes keep it from being taken for history; a backslash would stay in the word.
            Some('"') if c == '!' => {
                text.push_str("\"'!'\"");
                continue;
            }
            Some(_) => {}
            // `~/` stays: the shell is to make a folder of it.
            None if c == '~' && at == 0 && value[1..].starts_with('/') => {}
            None if " \t\"'\\$`&;|()<>*?[]{}!#^~".contains(c) => text.push('\\'),
            None => {}
        }
        text.push(c);
    }
}

/// True for what stands for itself everywhere on a line, as most names are made of.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/' | b'=' | b'_')
}

/// What may be followed by a blank, a colon alone, what may not; as `_describe` takes them.
fn zsh_answer(all: &Candidates) -> String {
    let mut text = String::new();
    for open in [false, true] {
        for found in all.iter().filter(|found| found.is_open() == open) {
            escape_for_zsh(found.value, true, &mut text);
            if !found.note.is_empty() {
                text.push(':');
                escape_for_zsh(found.note, false, &mut text);
            }
            text.push('\n');
        }
        if !open {
            text.push_str(":\n");
        }
    }
    text
}

fn escape_for_zsh(value: &str, colon: bool, text: &mut String) {
    for c in value.chars() {
        if c == '\\' || (colon && c == ':') {
            text.push('\\');
        }
        text.push(c);
    }
}

/// A value, a tab and a note on each line.
fn tabbed_answer(all: &Candidates) -> String {
    let mut text = String::new();
    for found in all.iter() {
        text.push_str(found.value);
        if !found.note.is_empty() {
            text.push('\t');
            text.push_str(found.note);
        }
        text.push('\n');
    }
    text
}

/// JSON, as Nushell's external completers give it.
fn nushell_answer(all: &Candidates) -> String {
    let text = |text: &str| serde_json::to_string(text).expect("a text is JSON");
    let record = |found: CompletionCandidate<'_>| {
        let (value, note) = (text(found.value), text(found.note));
        format!("{{\"value\":{value},\"description\":{note}}}")
    };
    let records: Vec<String> = all.iter().map(record).collect();
    format!("[{}]\n", records.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(before: &str) -> CommandLine {
        CommandLine::of_line(before, "", " \t\n\"'@><=;|&(:")
    }

    #[test]
    fn bash_is_given_what_it_does_not_keep_and_quoted_as_it_began() {
        let text = |before: &str, value: &str| {
            let all = [(value, "note")].into_iter().collect();
            bash_answer(&all, &typed(before)).split_off("space\n".len())
        };
        assert_eq!(text("p Con", "Contoso Dev"), "Contoso\\ Dev\n");
        assert_eq!(text("p 'Con", "Contoso Dev's"), "Contoso Dev'\\''s\n");
        assert_eq!(text("p \"Con", "Con $x \"y\""), "Con \\$x \\\"y\\\"\n");
        assert_eq!(text("p fab:", "fab:eu"), "eu\n");
        // adversary A24: `!!` is the last command, except in single quotes.
        assert_eq!(text("p \"he", "hey!!you"), "hey\"'!'\"\"'!'\"you\n");
        assert_eq!(text("p he", "hey!you"), "hey\\!you\n");
        assert_eq!(text("p --a=b", "--a=b c"), "b\\ c\n");
        assert_eq!(text("p \"Contoso Dev\"", "Contoso Dev"), "\n");
        assert_eq!(text("p ~/a", "~/ab~c"), "~/ab\\~c\n");
        assert_eq!(text("p Fab:", "fab:eu"), "", "what is kept cannot be changed");
    }

    #[test]
    fn a_word_that_goes_on_gets_no_blank() {
        let answer = |value| bash_answer(&[(value, "")].into_iter().collect(), &typed("p "));
        assert_eq!(answer("role="), "nospace\nrole=\n");
        assert_eq!(answer("x"), "space\nx\n");
        let all = ["a:b\\c", "d/"].map(|value| (value, "n:\\"));
        assert_eq!(zsh_answer(&all.into_iter().collect()), "a\\:b\\\\c:n:\\\\\n:\nd/:n:\\\\\n");
    }

    #[test]
    fn other_shells_say_word_index_and_words() {
        let args = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
        let read = Dialect::Fish.read(&args(&["\"a b", "1", "p"])).unwrap();
        assert_eq!((read.words, read.at), (args(&["p", "a b"]), 1));
        let read = Dialect::Zsh.read(&args(&["", "1", "p"])).unwrap();
        assert_eq!((read.words, read.at), (args(&["p", ""]), 1));
        for bad in [&["", "x", "p"][..], &["", "2", "p"], &["a"], &[]] {
            assert_eq!(Dialect::Zsh.read(&args(bad)), None, "{bad:?}");
        }
        assert_eq!(
            nushell_answer(&[("a\"", "b")].into_iter().collect()),
            "[{\"value\":\"a\\\"\",\"description\":\"b\"}]\n"
        );
    }
}
