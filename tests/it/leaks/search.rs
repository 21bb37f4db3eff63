//! Looks for secrets in what a run left behind, as they are and as they might be written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::support::lab::Lab;

/// The files of a laboratory before a run, so that what a run wrote can be told from what lay there.
pub(super) struct Search {
    before: BTreeMap<PathBuf, Vec<u8>>,
}

/// A text that was seen, and what it is called in a complaint.
pub(super) struct Seen<'a> {
    pub(super) what: &'a str,
    pub(super) text: &'a str,
    /// It is what the command is for.
    pub(super) may_hold_tokens: bool,
}

/// Names a text.
pub(super) fn seen<'a>(what: &'a str, text: &'a str, may_hold_tokens: bool) -> Seen<'a> {
    Seen { what, text, may_hold_tokens }
}

impl Search {
    pub(super) fn begin(lab: &Lab) -> Search {
        Search { before: Lab::contents(lab.home.path()).into_iter().collect() }
    }

    /// The first secret or token that is where none may be.
    pub(super) fn end(&self, lab: &Lab, seen: &[Seen<'_>]) -> Option<String> {
        let secrets = secrets(lab);
        let texts = seen.iter().find_map(|seen| {
            let found = secret_in(seen.text, &secrets);
            let found = found.or_else(|| token_in(seen.text).filter(|_| !seen.may_hold_tokens))?;
            Some(format!("{found} in {}:\n{}", seen.what, around(seen.text, &found)))
        });
        texts.or_else(|| self.in_files(lab, &secrets))
    }

    /// What our own folder holds counts also if it was there before the run.
    fn in_files(&self, lab: &Lab, secrets: &[String]) -> Option<String> {
        let files = Lab::contents(lab.home.path()).into_iter();
        let mut written = files.filter(|(path, content)| {
            path.starts_with(lab.files()) || self.before.get(path) != Some(content)
        });
        written.find_map(|(path, content)| {
            let text = String::from_utf8_lossy(&content);
            let found = secret_in(&text, secrets).or_else(|| token_in(&text))?;
            Some(format!("{found} in {}", path.display()))
        })
    }
}

/// Every secret of every application, also those that were made during the run.
fn secrets(lab: &Lab) -> Vec<String> {
    let of_applications = lab.azure.state(|state| {
        let secrets = state.applications.iter().flat_map(|app| &app.secrets);
        secrets.map(|secret| secret.value.clone()).collect::<Vec<_>>()
    });
    let of_pipeline = sandbox::world::PIPELINE_BEARER.to_owned();
    let set = of_applications.into_iter().chain([of_pipeline]).filter(|secret| !secret.is_empty());
    set.flat_map(|secret| forms(&secret)).collect()
}

/// A secret as it is and as it might be written: base64, hex, percent-encoded, reversed.
pub(super) fn forms(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    vec![
        secret.to_owned(),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        hex,
        secret.replace('~', "%7E"),
        secret.chars().rev().collect(),
    ]
}

fn secret_in(text: &str, secrets: &[String]) -> Option<String> {
    let key = ["PRIVATE KEY-----".to_owned()];
    let found = secrets.iter().chain(&key).find(|form| text.contains(form.as_str()));
    found.cloned()
}

/// Anything that is written like an access token: two parts of base64url, the first of which is a JSON object.
fn token_in(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.match_indices("eyJ").find_map(|(at, _)| {
        let rest = &text[at..];
        let head = rest.find(|c| !is_part(c))?;
        let body = rest[head..].strip_prefix('.')?;
        let end = body.find(|c| !is_part(c)).unwrap_or(body.len());
        (head > 16 && end > 16).then(|| rest[..head + 1 + end].to_owned())
    })
}

fn around(text: &str, found: &str) -> String {
    let at = text.find(found).unwrap_or(0);
    let from = text.floor_char_boundary(at.saturating_sub(400));
    let to = text.floor_char_boundary(text.len().min(at + found.len() + 200));
    text[from..to].to_owned()
}

#[test]
fn a_planted_secret_is_found_in_every_form_and_place() {
    let lab = Lab::new();
    let search = Search::begin(&lab);
    assert_eq!(search.end(&lab, &[]), None);
    for form in forms(sandbox::world::DEPLOYER_SECRET) {
        let text = format!("a line\nx{form}y");
        assert!(search.end(&lab, &[seen("stdout", &text, false)]).is_some(), "{form} in a text");
        let path = lab.file("log.txt", &text);
        assert!(search.end(&lab, &[]).is_some(), "{form} in a file");
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_planted_token_is_found_except_where_it_belongs() {
    let lab = Lab::publisher();
    let got = lab.run(&["token", "get", "--query", "accessToken", "-o", "tsv"]);
    assert_eq!(got.code, 0, "{got:?}");
    let search = Search::begin(&lab);
    let seen = |may_hold_tokens| [seen("stdout", &got.stdout, may_hold_tokens)];
    assert!(search.end(&lab, &seen(false)).is_some());
    assert_eq!(search.end(&lab, &seen(true)), None);
    lab.file("log.txt", &got.stdout);
    assert!(search.end(&lab, &seen(true)).is_some());
}

#[test]
fn what_lay_there_before_counts_only_in_our_own_folder() {
    let lab = Lab::new();
    lab.file("password", sandbox::world::DEPLOYER_SECRET);
    let search = Search::begin(&lab);
    assert_eq!(search.end(&lab, &[]), None);
    std::fs::create_dir_all(lab.files()).unwrap();
    std::fs::write(lab.files().join("old"), sandbox::world::DEPLOYER_SECRET).unwrap();
    assert!(Search::begin(&lab).end(&lab, &[]).is_some());
}
