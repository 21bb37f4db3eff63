//! What `fuzz/` calls: one function for each parser that reads what others wrote.
//!
//! Each takes any bytes. It panics if the parser does, or if a promise does not hold that the parser
//! makes for every input. The inputs kept in `fuzz/corpus` are run by the test below.

use std::fmt::{Debug, Display};
use std::io::Write;
use std::str::FromStr;

use crate::arm::{ArmError, Refusal};
use crate::auth::validity;
use crate::error::Error;
use crate::id::{ResourceId, Scope, SubscriptionId, TenantRef};
use crate::index::{self, Index};
use crate::ops::change::findings::Findings;
use crate::ops::fleet::manifest::{self, ManifestSurroundings};
use crate::ops::offer::input::{self, Arguments};
use crate::output::{Format, Output, Rendering};
use crate::settings::cloud::Cloud;
use crate::settings::ini::Ini;

/// A fuzz target: its name, and what it does with an input.
pub type FuzzTarget = (&'static str, fn(&[u8]));

/// Every target; `fuzz/fuzz_targets` has a file for each.
pub const TARGETS: [FuzzTarget; 9] = [
    ("der", read_certificate),
    ("query", query_output),
    ("read", read_json),
    ("yaml", write_yaml),
    ("index", search_index),
    ("ids", parse_ids),
    ("refusal", explain_refusal),
    ("jsonc", read_offer),
    ("manifest", read_manifest),
];

/// The DER of a certificate.
pub fn read_certificate(data: &[u8]) {
    let _ = validity::certificate_end(data);
}

/// A `--query` on the first line, and behind it the JSON that it is asked of.
pub fn query_output(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (query, json) = text.split_once('\n').unwrap_or((&text, "null"));
    let Ok(output) = Output::text(json, None) else {
        return;
    };
    for format in [Format::Json, Format::Table, Format::Tsv] {
        let how = Rendering { format, query: Some(query), ..Rendering::default() };
        let _ = output.render(&how);
    }
}

/// JSON as Python reads it: what is written from it is read as the same.
pub fn read_json(data: &[u8]) {
    let Ok(output) = Output::text(&String::from_utf8_lossy(data), None) else {
        return;
    };
    let written = output.compact();
    let again = Output::text(&written, None).expect("JSON of this program is JSON");
    assert_eq!(again.compact(), written);
}

/// A text as a name and as a value: color changes nothing but the color.
pub fn write_yaml(data: &[u8]) {
    let text = String::from_utf8_lossy(data).replace('\u{1b}', "");
    let value = serde_json::json!({ text.as_str(): [text.as_str()], "other": text.as_str() });
    let output = Output::value(value);
    let render = |format, color| {
        let how = Rendering { format, color, ..Rendering::default() };
        output.render(&how).expect("these formats take every value")
    };
    for (plain, painted) in [(Format::Yaml, Format::Yamlc), (Format::Json, Format::Jsonc)] {
        assert_eq!(without_color(&render(painted, true)), render(plain, false));
    }
}

fn without_color(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or(part, |(_, rest)| rest))
}

/// The file of names: any bytes are read without harm, and of a whole file bisection finds what
/// going through it line by line would.
pub fn search_index(data: &[u8]) {
    const CLOUD: &str = "AzureCloud";
    let scope = index::IndexScope { cloud: CLOUD.to_owned(), ..index::IndexScope::default() };
    find_names(data, &scope, "");

    let Some((typed, data)) = data.split_first() else {
        return;
    };
    let prefix = &invented_name(*typed)[..usize::from(typed % 3)];
    let mut lines: Vec<(String, String)> = data.chunks_exact(2).map(invented_line).collect();
    lines.sort_unstable();
    lines.dedup();
    let wanted: Vec<&String> =
        lines.iter().filter(|(_, name)| name.starts_with(prefix)).map(|(_, name)| name).collect();
    let content: String = lines.iter().map(|(line, _)| line.as_str()).collect();
    let found = find_names(content.as_bytes(), &scope, prefix);
    assert!(found.iter().eq(wanted), "`{prefix}`: {found:?}");
}

/// A line of the index as two bytes say, with the name in it.
fn invented_line(bytes: &[u8]) -> (String, String) {
    let (place, name) = (bytes[0], invented_name(bytes[1]));
    let tenant = place % 3;
    let padding = "g".repeat(usize::from(place));
    let line = format!(
        "AzureCloud\tt{tenant}\tresource-group\ts{}\t{name}\t\t{name}\t{padding}\t0\n",
        place / 3 % 16
    );
    (line, name)
}

fn invented_name(byte: u8) -> String {
    let letter = |part: u8| char::from(b'a' + part);
    [byte % 4, byte / 4 % 4, byte / 16].map(letter).iter().collect()
}

fn find_names(lines: &[u8], scope: &index::IndexScope, prefix: &str) -> Vec<String> {
    let mut file = tempfile::tempfile().expect("a temporary file can be made");
    file.write_all(index::HEAD).and_then(|()| file.write_all(lines)).expect("it can be written");
    let mut found = Vec::new();
    let index = Index::of_file(file, 0);
    index.find(scope, index::NameKind::ResourceGroup, prefix, &mut |name| {
        found.push(name.name.to_owned());
    });
    found
}

/// Ids of every kind: what is written is read as the same id.
pub fn parse_ids(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    parse_again::<Scope>(&text);
    parse_again::<ResourceId>(&text);
    parse_again::<SubscriptionId>(&text);
    parse_again::<TenantRef>(&text);
}

fn parse_again<T: FromStr + Display + Debug + PartialEq>(text: &str)
where
    T::Err: Debug,
{
    if let Ok(id) = text.parse::<T>() {
        assert_eq!(id.to_string().parse::<T>().expect("an ID of this program is one"), id);
    }
}

/// The body of a refusal; the first two bytes say its status.
pub fn explain_refusal(data: &[u8]) {
    let Some((status, body)) = data.split_first_chunk::<2>() else {
        return;
    };
    let refusal = Refusal::parse(u16::from_be_bytes(*status), body, None);
    let _ = refusal.to_string();
    let err = Error::from(ArmError::Refused(Box::new(refusal)));
    let _ = (err.to_string(), err.hints().len(), err.causes());
    if let Ok(value) = serde_json::from_slice(body) {
        let _ = Refusal::of_operation(&value, None);
    }
}

/// A file that describes an offer, with comments, taken for each of the three kinds there are.
pub fn read_offer(data: &[u8]) {
    if input::document::parse(data).is_err() {
        return;
    }
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    file.write_all(data).expect("it can be written");
    let path = || Some(file.path().to_string_lossy().into_owned());
    for arguments in [
        Arguments { request: path(), ..Arguments::default() },
        Arguments { parameters: path(), ..Arguments::default() },
        Arguments { template_file: path(), ..Arguments::default() },
    ] {
        let _ = input::gather(&arguments, None, &mut Findings::default());
    }
}

/// A manifest of a fleet: it is read, or it is said why not.
pub fn read_manifest(data: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    file.write_all(data).expect("it can be written");
    let cloud = Cloud::find("AzureCloud", &Ini::default()).expect("it is built in");
    let around = ManifestSurroundings { cloud: &cloud, today: None };
    let mut findings = Findings::default();
    let read = manifest::read_manifest(&file.path().to_string_lossy(), around, &mut findings);
    assert_ne!(read.is_some(), !findings.errors.is_empty(), "read, or found fault with");
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// What a fuzzer once found, and the seeds it starts from.
    #[test]
    fn every_target_takes_the_inputs_that_are_kept() {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        for (name, target) in super::TARGETS {
            assert!(fuzz.join("fuzz_targets").join(format!("{name}.rs")).is_file(), "{name}");
            let inputs: Vec<_> = fs::read_dir(fuzz.join("corpus").join(name)).unwrap().collect();
            assert!(!inputs.is_empty(), "fuzz/corpus/{name} is empty");
            for input in inputs {
                let path = input.unwrap().path();
                let content = fs::read(&path).unwrap();
                let ran = std::panic::catch_unwind(|| target(&content));
                assert!(ran.is_ok(), "{}", path.display());
            }
        }
    }
}
