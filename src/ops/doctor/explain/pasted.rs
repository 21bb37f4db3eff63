//! A pasted text, freed of what terminals, JSON, HTML and addresses did to it.

/// A pasted text in two forms: in one line for codes, and without blanks for words.
pub(super) struct Pasted {
    /// In one line, without escapes.
    pub(super) line: String,
    /// Without blanks, in lower case, with one sort of quotes.
    pub(super) squeezed: String,
    /// For each byte of `squeezed` its place in `line`.
    origin: Vec<usize>,
    raw: String,
}

impl Pasted {
    pub(super) fn of(text: &str) -> Pasted {
        let raw = unquoted(&without_terminal(text));
        let mut line = unescaped(&raw);
        if line.contains("error_description=") {
            line = decoded(&line);
        }
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut squeezed = String::with_capacity(line.len());
        let mut origin = Vec::with_capacity(line.len());
        for (at, c) in line.char_indices() {
            if let Some(c) = squeeze(c) {
                squeezed.push(c);
                origin.resize(squeezed.len(), at);
            }
        }
        Pasted { line, squeezed, origin, raw }
    }

    /// What was at these bytes of the squeezed text.
    pub(super) fn original(&self, from: usize, to: usize) -> &str {
        let place = |at: usize| self.origin.get(at).copied().unwrap_or(self.line.len());
        self.line.get(place(from)..place(to)).unwrap_or_default().trim()
    }

    /// True if `code` is there as a word, whatever its case.
    pub(super) fn holds(&self, code: &str) -> bool {
        holds_word(&self.line.to_ascii_lowercase(), &code.to_ascii_lowercase())
    }

    /// True if `code` is there as a word, letter by letter.
    pub(super) fn holds_exactly(&self, code: &str) -> bool {
        holds_word(&self.line, code)
    }

    /// True if `code` is there with a line break in it.
    pub(super) fn holds_broken(&self, code: &str) -> bool {
        let code: String = code.chars().filter_map(squeeze).collect();
        // `AuthorizationFailed` is the end of `LinkedAuthorizationFailed`.
        let linked = format!("linked{code}");
        self.squeezed.replace(&linked, "").contains(&code)
            || (code.starts_with("linked") && self.squeezed.contains(&code))
    }

    /// The message and hint of an error of this program, as it was printed.
    pub(super) fn hint(&self) -> Option<(String, String)> {
        let value = |name: &str| {
            let lines = self.raw.lines();
            lines
                .map(str::trim)
                .find_map(|line| line.strip_prefix(name))
                .map(|rest| rest.trim().to_owned())
        };
        Some((value("ERROR:")?, value("Hint:")?))
    }
}

/// What a character is when words are compared; `None` for what does not count.
pub(super) fn squeeze(c: char) -> Option<char> {
    match c {
        '"' | '`' | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' => Some('\''),
        // Frames of terminals; zero-width characters of web pages.
        '|' | '\u{2500}'..='\u{257f}' | '\u{200b}'..='\u{200d}' | '\u{ad}' | '\u{feff}' => None,
        c if c.is_whitespace() => None,
        c => Some(c.to_ascii_lowercase()),
    }
}

fn holds_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Takes out colors, titles and links of terminals, and other control characters.
fn without_terminal(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => match rest.next() {
                Some('[') => skip_sequence(&mut rest),
                Some(']' | 'P' | '_' | '^') => skip_string(&mut rest),
                _ => {}
            },
            '\u{9b}' => skip_sequence(&mut rest),
            '\n' | '\t' => plain.push(c),
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

/// A mail that answers another has `> ` before each line of it.
fn unquoted(text: &str) -> String {
    let lines = text.lines();
    let lines = lines.map(|line| line.trim_start_matches(['>', ' ']));
    lines.collect::<Vec<_>>().join("\n")
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn skip_sequence(rest: &mut Rest<'_>) {
    for c in rest.by_ref() {
        if ('@'..='~').contains(&c) {
            return;
        }
    }
}

fn skip_string(rest: &mut Rest<'_>) {
    while let Some(c) = rest.next() {
        if c == '\u{7}' {
            return;
        }
        if c == '\u{1b}' {
            rest.next();
            return;
        }
    }
}

/// JSON within JSON is escaped several times; HTML has its own way.
fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..DEEPEST {
        let next = unescaped_once(&text);
        if next == text {
            break;
        }
        text = next;
    }
    for (entity, plain) in ENTITIES {
        text = text.replace(entity, plain);
    }
    text
}

fn unescaped_once(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let (c, length) = match escape.chars().next() {
            Some(c @ ('"' | '\'' | '/' | '\\')) => (c, 1),
            Some('r' | 'n' | 't') => (' ', 1),
            Some('u') => match escape.get(1..5).and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
                Some(code) => (char::from_u32(code).unwrap_or(' '), 5),
                None => ('\\', 0),
            },
            _ => ('\\', 0),
        };
        plain.push(c);
        rest = &escape[length..];
    }
    plain.push_str(rest);
    plain
}

/// The address that a consent page leads back to.
fn decoded(text: &str) -> String {
    let pairs = text.replace("error_description=", "&error_description=");
    url::form_urlencoded::parse(pairs.as_bytes())
        .map(|(name, value)| format!("{name}={value} "))
        .collect()
}

const DEEPEST: usize = 8;
const ENTITIES: [(&str, &str); 7] = [
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
];
