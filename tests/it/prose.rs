//! How the program and its pages speak: short US English. Phrases that make readers stumble are counted over help texts,
//! string literals, pages and doc comments; the counts may only go down.
//!
//! Spelling is checked by `make spelling`, so there is no rule for it here.

mod texts;

use texts::Text;

/// A kind of phrase, and how often it may still occur in help, in literals of `src`, in pages and in doc comments.
struct Rule {
    name: &'static str,
    says: &'static str,
    /// Sequences of words, in lower case.
    banned: &'static [&'static str],
    /// Longer sequences with a banned one inside that are good English.
    fine: &'static [&'static str],
    allowed: [usize; 4],
}

const RULES: [Rule; 8] = [
    Rule {
        name: "is no",
        says: "write `is not a` or `is not a valid`",
        banned: &["is no", "are no", "was no"],
        fine: &["there is no", "there are no", "there was no", "is no longer", "are no longer"],
        allowed: [0, 0, 0, 0],
    },
    Rule {
        name: "stands",
        says: "write `exists`, `is active` or `current`",
        banned: &["stands", "stand", "stood"],
        fine: &["stands for", "stand in", "stand ins"],
        allowed: [0, 0, 0, 0],
    },
    Rule {
        name: "nobody",
        says: "name the actor: `no identity is signed in`, `anyone`, `the person who …`",
        banned: &["nobody", "whoever", "everybody", "somebody"],
        fine: &[],
        allowed: [0, 0, 0, 0],
    },
    Rule {
        name: "tells",
        says: "programs report, return, show and print",
        banned: &["tells", "told", "tell", "knows of", "says nothing"],
        fine: &[],
        allowed: [0, 0, 0, 0],
    },
    Rule {
        name: "idioms",
        says: "write `instead of`, `automatically`, `in plaintext`, `fix`, `remove`, `skip`, `together`",
        banned: &[
            "in place of",
            "in the place of",
            "by itself",
            "in the clear",
            "mend",
            "mended",
            "taken back",
            "take back",
            "takes back",
            "passed over",
            "at once",
            "is proven",
            "by the way",
            "goes by",
        ],
        fine: &[],
        allowed: [0, 0, 0, 0],
    },
    Rule {
        name: "words of the trade",
        says: "write `permission`, `URL`, `VM`",
        banned: &[
            "a right",
            "the right to",
            "rights",
            "a machine from",
            "make a virtual machine",
            "the address at",
        ],
        fine: &[],
        allowed: [0, 0, 0, 0],
    },
    Rule {
        name: "defaults",
        says: "write `[default: …]`",
        banned: &["if left out", "if nothing else", "where left out", "if not given"],
        fine: &[],
        allowed: [0, 0, 0, 0],
    },
    Rule {
        name: "first person",
        says: "name the program, or use the passive",
        banned: &["we", "ours", "our"],
        fine: &[],
        allowed: [0, 0, 0, 0],
    },
];

/// Sentences of help and pages with more than 25 words.
const LONG_ALLOWED: [usize; 2] = [0, 0];

/// Which column of a rule's numbers a text counts in.
const KINDS: [&str; 4] = ["help", "literals", "pages", "doc comments"];

#[test]
fn phrases_that_make_readers_stumble_become_fewer() {
    let all = [texts::of_help(), texts::of_literals(), texts::of_pages(), texts::of_comments()];
    assert!(all.iter().all(|texts| texts.len() > 50), "the texts were found");
    let mut wrong = Vec::new();
    for rule in &RULES {
        for (at, texts) in all.iter().enumerate() {
            let hits = texts.iter().filter(|text| hits(rule, &text.content) > 0);
            let count: usize = texts.iter().map(|text| self::hits(rule, &text.content)).sum();
            wrong.extend(complaint(rule, KINDS[at], count, rule.allowed[at], hits));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is wrong if there are more than allowed; if there are far fewer, the number has to follow.
fn complaint<'a>(
    rule: &Rule,
    kind: &str,
    count: usize,
    allowed: usize,
    hits: impl Iterator<Item = &'a Text>,
) -> Option<String> {
    if count > allowed {
        let shown: Vec<String> =
            hits.map(|text| format!("  {}: {}", text.place, text.content)).collect();
        return Some(format!(
            "rule '{}', {kind}: {count}, allowed {allowed}; {}\n{}",
            rule.name,
            rule.says,
            shown.join("\n")
        ));
    }
    (count + 25 < allowed).then(|| {
        format!("rule '{}', {kind}: lower the number from {allowed} to {count}", rule.name)
    })
}

fn hits(rule: &Rule, text: &str) -> usize {
    let text = words(text);
    let count = |phrases: &[&str]| -> usize {
        phrases.iter().map(|phrase| text.matches(&format!(" {phrase} ")).count()).sum()
    };
    count(rule.banned).saturating_sub(count(rule.fine))
}

/// Its words in lower case without placeholders, a space around each two: neighbors share none, so that both can be found.
fn words(text: &str) -> String {
    let mut said = String::new();
    for (at, part) in text.split('{').enumerate() {
        // The name of a variable is not read by anyone.
        said.push_str(if at == 0 {
            part
        } else {
            part.split_once('}').map_or(part, |(_, rest)| rest)
        });
        said.push(' ');
    }
    let words = said.split(|c: char| !c.is_alphanumeric() && c != '\'');
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    format!(" {} ", words.join(" "))
}

#[test]
fn progress_begins_with_a_capital_and_a_gerund() {
    let literals = texts::of_literals();
    let wrong: Vec<String> = literals
        .iter()
        .filter(|text| is_progress(&text.content) && !is_gerund(&text.content))
        .map(|text| format!("  {}: {}", text.place, text.content))
        .collect();
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

fn is_progress(text: &str) -> bool {
    let is_sentence =
        text.trim_start().starts_with(char::is_alphabetic) && text.trim().contains(' ');
    text.ends_with('…') && is_sentence && !text.contains(['`', '\n'])
}

fn is_gerund(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    first.starts_with(char::is_uppercase) && first.ends_with("ing") && !text.ends_with(" …")
}

#[test]
fn sentences_have_at_most_25_words() {
    let long =
        |texts: Vec<Text>| -> Vec<String> { texts.iter().flat_map(long_sentences).collect() };
    let mut wrong = Vec::new();
    for (at, sentences) in [long(texts::of_help()), long(texts::of_pages())].iter().enumerate() {
        let allowed = LONG_ALLOWED[at];
        let (kind, count) = (["help", "pages"][at], sentences.len());
        if count > allowed {
            let shown = sentences.join("\n");
            wrong.push(format!("{kind}: {count}, allowed {allowed}:\n{shown}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn long_sentences(text: &Text) -> Vec<String> {
    let sentences = text
        .content
        .split_inclusive(['.', ':', ';', '?', texts::PARAGRAPH])
        .filter(|sentence| words(sentence).split_whitespace().count() > 25);
    sentences.map(|sentence| format!("  {}: {}", text.place, sentence.trim())).collect()
}

#[test]
fn what_is_banned_would_be_seen() {
    assert_eq!(hits(&RULES[0], "that is no name; there is no gallery; it is no longer there"), 1);
    assert_eq!(hits(&RULES[1], "Offer 'X' stands as wanted, and understands"), 1);
    assert_eq!(hits(&RULES[7], "remove secrets of our applications"), 1);
    assert!(
        is_progress("signing in to tenant {tenant}…")
            && !is_gerund("signing in to tenant {tenant}…")
    );
    assert!(is_gerund("Reading the gallery…") && !is_gerund("Reading the gallery …"));
    let complaint = complaint(&RULES[0], "help", 3, 2, std::iter::empty());
    assert!(complaint.unwrap().contains("allowed 2"));
}
