//! Reads an example as a POSIX shell would: words, quotes, variables, pipes and redirections.
//!
//! What a shell would do something surprising with (a backtick or `!` in double quotes, a bare `(`)
//! is refused, so that every example can be pasted.

use std::collections::BTreeMap;

/// Where the program's standard input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A person at the keyboard.
    Terminal,
    /// Another program.
    Pipe,
    /// A file.
    File(String),
}

/// One call of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// The arguments, without the program's name.
    pub(crate) args: Vec<String>,
    pub(crate) input: Input,
    /// The file its answer goes to.
    pub(crate) output: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Operator(char),
}

/// The one call of the program in a line.
pub(crate) fn call(line: &str, variables: &BTreeMap<String, String>) -> Result<Call, String> {
    let tokens = tokens(line, variables)?;
    let mut segments: Vec<&[Token]> =
        tokens.split(|token| *token == Token::Operator('|')).collect();
    let is_ours =
        |segment: &&[Token]| segment.first() == Some(&Token::Word("az-imageshare".to_owned()));
    let at = segments.iter().position(is_ours).ok_or("az-imageshare is not called")?;
    let mut call = Call {
        args: Vec::new(),
        input: if at == 0 { Input::Terminal } else { Input::Pipe },
        output: None,
    };
    let mut rest = segments.remove(at)[1..].iter();
    if segments.iter().any(is_ours) {
        return Err("az-imageshare is called twice".to_owned());
    }
    while let Some(token) = rest.next() {
        match (token, rest.as_slice().first()) {
            (Token::Word(word), _) => call.args.push(word.clone()),
            (Token::Operator(sign), Some(Token::Word(file))) => {
                rest.next();
                match sign {
                    '<' => call.input = Input::File(file.clone()),
                    _ => call.output = Some(file.clone()),
                }
            }
            (Token::Operator(sign), _) => return Err(format!("no file after {sign}")),
        }
    }
    Ok(call)
}

fn tokens(line: &str, variables: &BTreeMap<String, String>) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '#' {
            break;
        }
        if matches!(first, '|' | '<' | '>') {
            found.push(Token::Operator(first));
            rest = rest[1..].trim_start();
            continue;
        }
        let (word, after) = word(rest, variables)?;
        found.push(Token::Word(word));
        rest = after.trim_start();
    }
    Ok(found)
}

fn word<'a>(
    text: &'a str,
    variables: &BTreeMap<String, String>,
) -> Result<(String, &'a str), String> {
    let mut word = String::new();
    let mut rest = text;
    if let Some(after) = rest.strip_prefix("~/") {
        word.push_str(variables.get("HOME").ok_or("no HOME")?);
        word.push('/');
        rest = after;
    }
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            ' ' | '|' | '<' | '>' => break,
            '\'' => {
                let end = after.find('\'').ok_or("a quote is not closed")?;
                word.push_str(&after[..end]);
                rest = &after[end + 1..];
            }
            '"' => rest = quoted(after, &mut word, variables)?,
            '$' => rest = variable(after, &mut word, variables)?,
            '\\' => {
                let escaped = after.chars().next().ok_or("a line ends in \\")?;
                word.push(escaped);
                rest = &after[escaped.len_utf8()..];
            }
            '`' | '(' | ')' | ';' | '&' | '*' | '?' | '[' | '{' | '!' => {
                return Err(format!("{c} needs single quotes"));
            }
            _ => {
                word.push(c);
                rest = after;
            }
        }
    }
    Ok((word, rest))
}

/// What is in double quotes; gives what follows them.
fn quoted<'a>(
    text: &'a str,
    word: &mut String,
    variables: &BTreeMap<String, String>,
) -> Result<&'a str, String> {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            '"' => return Ok(after),
            '`' | '!' => return Err(format!("{c} in double quotes: take single quotes")),
            '$' => rest = variable(after, word, variables)?,
            '\\' if after.starts_with(['"', '\\', '$']) => {
                word.push_str(&after[..1]);
                rest = &after[1..];
            }
            _ => {
                word.push(c);
                rest = after;
            }
        }
    }
    Err("a quote is not closed".to_owned())
}

/// The variable whose name begins here.
fn variable<'a>(
    text: &'a str,
    word: &mut String,
    variables: &BTreeMap<String, String>,
) -> Result<&'a str, String> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let name = &text[..end];
    let value = variables.get(name).ok_or_else(|| format!("the set-up has no variable ${name}"))?;
    word.push_str(value);
    Ok(&text[end..])
}

#[test]
fn words_are_split_as_a_shell_does() {
    let variables = [("FILE".to_owned(), "a b".to_owned())].into();
    let args = |line: &str| call(line, &variables).map(|call| call.args);
    let words = |list: &[&str]| Ok(list.iter().map(|word| (*word).to_owned()).collect());
    let line = r#"az-imageshare -n "Contoso images" --query '[?a == `0`]' x\ y "$FILE" # why"#;
    let expected = ["-n", "Contoso images", "--query", "[?a == `0`]", "x y", "a b"];
    assert_eq!(args(line), words(&expected));
    for refused in [
        r#"az-imageshare --query "[?a == `0`]""#,
        r#"az-imageshare --query "checks[?!ok]""#,
        "az-imageshare --query [0]",
        "az-imageshare $NOBODY",
        "az-imageshare 'open",
        "az account show",
        "az-imageshare a | az-imageshare b",
    ] {
        assert!(args(refused).is_err(), "{refused}");
    }
}

#[test]
fn pipes_and_redirections_are_seen() {
    let call = |line: &str| call(line, &BTreeMap::new()).unwrap();
    assert_eq!(call("pass show x | az-imageshare a -o b").input, Input::Pipe);
    assert_eq!(call("az-imageshare a | head -1").args, ["a"]);
    let both = call("az-imageshare a < in.json > out.json");
    assert_eq!(both.input, Input::File("in.json".to_owned()));
    assert_eq!(both.output.as_deref(), Some("out.json"));
    assert_eq!(call("az-imageshare a").input, Input::Terminal);
}
