//! The command that takes a run up again, quoted once for every verb.
//!
//! Every verb goes on where it stopped when it is run again, so the way to go on is the command line that
//! was typed, with everything that decided who signs in and where. Only where waiting is all that is left
//! does a verb name another command.

use crate::app::App;

/// How words are quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShellSyntax {
    /// sh, bash, zsh, fish.
    Posix,
    /// PowerShell on any system.
    PowerShell,
}

/// The syntax of the shell that the program was started from, as far as it can be known.
fn syntax_in_use(app: &App) -> ShellSyntax {
    if app.settings.observed.in_powershell { ShellSyntax::PowerShell } else { ShellSyntax::Posix }
}

/// The command line of this run, to be pasted; it does not ask again what was agreed to.
pub(crate) fn same_command(app: &App, agreed: bool) -> String {
    let mut words = app.command_line.clone();
    let answers = |word: &String| word == "--yes" || word == "-y";
    if agreed && !words.iter().any(answers) {
        words.push("--yes".to_owned());
    }
    in_words(app, &words)
}

/// The command line of this run, as one that waits for the end of what was started.
pub(crate) fn waiting_command(app: &App) -> String {
    let only_of_this_run = ["--no-wait", "--dry-run", "--detailed-exitcode"];
    let stays = |word: &&String| !only_of_this_run.contains(&word.as_str());
    let words: Vec<String> = app.command_line.iter().filter(stays).cloned().collect();
    in_words(app, &words)
}

/// A command line of this program as it was typed once.
pub(crate) fn typed_command(app: &App, words: &[String]) -> String {
    in_words(app, words)
}

/// Another command of this program, with the global flags of this run that decide who signs in and where.
pub(crate) fn other_command(app: &App, words: &[&str]) -> String {
    let mut all: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    for flag in ["--credential", "--subscription", "--cloud"] {
        if !words.contains(&flag)
            && let Some(value) = flag_value(&app.command_line, flag)
        {
            all.extend([flag.to_owned(), value.to_owned()]);
        }
    }
    in_words(app, &all)
}

/// The command line of this run with another value of the flag that has one of these names; `None` if it has none.
pub(crate) fn command_with(app: &App, flags: &[&str], value: &str) -> Option<String> {
    Some(in_words(app, &line_with(&app.command_line, flags, value)?))
}

fn line_with(line: &[String], flags: &[&str], value: &str) -> Option<Vec<String>> {
    let is_it = |name: &str| flags.iter().any(|flag| is_flag(name, flag));
    let mut words = line.to_vec();
    for place in 0..line.len() {
        match line[place].split_once('=') {
            Some((name, _)) if is_it(name) => {
                words[place] = format!("{name}={value}");
                return Some(words);
            }
            None if is_it(&line[place]) => {
                value.clone_into(words.get_mut(place + 1)?);
                return Some(words);
            }
            _ => {}
        }
    }
    None
}

/// True if a word of the line is this flag, whole or shortened.
fn is_flag(word: &str, flag: &str) -> bool {
    word.len() > "--c".len() && flag.starts_with(word)
}

/// The last value of a global flag, as clap understood it: given whole, by `=`, or shortened.
fn flag_value<'a>(line: &'a [String], flag: &str) -> Option<&'a str> {
    let is_it = |name: &str| is_flag(name, flag);
    let mut found = None;
    for (place, word) in line.iter().enumerate() {
        match word.split_once('=') {
            Some((name, value)) if is_it(name) => found = Some(value),
            None if is_it(word) => found = line.get(place + 1).map(String::as_str).or(found),
            _ => {}
        }
    }
    found
}

fn in_words(app: &App, words: &[String]) -> String {
    let syntax = syntax_in_use(app);
    let quoted = words.iter().map(|word| quoted_word(word, syntax));
    std::iter::once("az-imageshare".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

/// A word that the shell hands on as it is.
pub(crate) fn quoted_word(word: &str, syntax: ShellSyntax) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@+,".contains(c);
    // PowerShell takes `@name` for splatting and `,` for a list.
    let is_plain = !word.is_empty()
        && word.chars().all(plain)
        && (syntax == ShellSyntax::Posix || !word.contains(['@', ',']));
    if is_plain {
        return word.to_owned();
    }
    match syntax {
        ShellSyntax::Posix => format!("'{}'", word.replace('\'', r"'\''")),
        // PowerShell reads the typographic quotes as quotes, too.
        ShellSyntax::PowerShell => {
            let doubled = |c: char| match c {
                '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' => format!("{c}{c}"),
                other => other.to_string(),
            };
            format!("'{}'", word.chars().map(doubled).collect::<String>())
        }
    }
}

/// A word for a command in a hint. Names and ids of Azure have no quote in them, so that PowerShell takes it, too.
pub(crate) fn posix_word(word: &str) -> String {
    quoted_word(word, ShellSyntax::Posix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_word_in_a_shell() {
        let quoted = |word| quoted_word(word, ShellSyntax::Posix);
        assert_eq!(quoted("images-1"), "images-1");
        assert_eq!(quoted("Contoso's $(rm) images"), r"'Contoso'\''s $(rm) images'");
        assert_eq!(quoted("rg(1)"), "'rg(1)'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn powershell_doubles_its_quotes() {
        let quoted = |word| quoted_word(word, ShellSyntax::PowerShell);
        assert_eq!(quoted("Contoso's"), "'Contoso''s'");
        assert_eq!(quoted("@file"), "'@file'");
        assert_eq!(quoted("plain"), "plain");
    }

    #[test]
    fn one_value_of_a_line_is_another() {
        let line = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let with = |text: &str| {
            line_with(&line(text), &["--image", "--id"], "b").map(|words| words.join(" "))
        };
        for (typed, wanted) in [
            ("image show --id a -o table", "image show --id b -o table"),
            ("vm create -n a --image=a", "vm create -n a --image=b"),
            ("vm create --im a", "vm create --im b"),
        ] {
            assert_eq!(with(typed).as_deref(), Some(wanted));
        }
        assert_eq!(with("image show --card a"), None);
    }

    #[test]
    fn a_flag_is_found_in_each_way_it_can_be_given() {
        let line = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(flag_value(&line("share list --credential a"), "--credential"), Some("a"));
        assert_eq!(flag_value(&line("share list --cred=b"), "--credential"), Some("b"));
        assert_eq!(flag_value(&line("share list --cloud c"), "--credential"), None);
        assert_eq!(flag_value(&line("--subscription s share list"), "--subscription"), Some("s"));
    }
}
