//! From a file to a manifest: its text, its tree, its sections, its rules; every finding together.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::members::NodeMembers;
use super::node::{ManifestNode, ManifestProblems, NodeContent};
use super::types::{FleetWave, Manifest, ManifestPosition, ManifestSurroundings};
use super::{conduct, grants, json, parties, policies, rules, yaml};
use crate::ops::change::findings::Findings;
use crate::ops::fleet::view::hex_digest;

/// Twenty thousand subscriptions named by their ids take a quarter of it.
const LARGEST: u64 = 4 << 20;
/// Of a file that is not a manifest at all, a few findings say enough.
const MOST_TOLD: usize = 100;
const VERSION: &str = "1";

/// Reads the manifest in the file `path`. What is wrong with it is found together; `None` if it cannot be used.
pub(crate) fn read_manifest(
    path: &str,
    around: ManifestSurroundings<'_>,
    findings: &mut Findings,
) -> Option<Manifest> {
    let bytes = match read_limited(Path::new(path)) {
        Ok(bytes) => bytes,
        Err(err) if err.kind() == std::io::ErrorKind::FileTooLarge => {
            findings.input(
                path,
                format!("is larger than {} MiB", LARGEST >> 20),
                "Select subscriptions by managementGroups, names or tags instead of ids, or split the manifest into several fleets.",
            );
            return None;
        }
        Err(err) => {
            let fix = "Check the path; `az-imageshare fleet import --output-file fleet.yaml` writes one of what exists.";
            findings.input(path, format!("cannot be read: {err}"), fix);
            return None;
        }
    };
    let text = match std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)) {
        Ok(text) => text,
        Err(err) => {
            let rule = format!("is not UTF-8 text (byte {})", err.valid_up_to());
            findings.input(path, rule, "Save it as UTF-8.");
            return None;
        }
    };
    let mut problems = ManifestProblems::default();
    let read = of_text(path, text, &mut problems);
    let manifest = read.map(|mut manifest| {
        manifest.sha256 = hex_digest(&bytes);
        rules::check(&mut manifest, around, &mut problems, findings);
        manifest
    });
    let is_sound = problems.is_empty();
    let problems = problems.sorted();
    let more = problems.len().saturating_sub(MOST_TOLD);
    for problem in problems.into_iter().take(MOST_TOLD) {
        findings.input(format!("{path}:{}", problem.at), problem.rule, problem.fix);
    }
    findings.errors.sort_by_key(|found| place_in(path, &found.place));
    if more > 0 {
        findings.input(path, format!("has {more} more findings"), "Correct these first.");
    }
    manifest.filter(|_| is_sound && findings.errors.is_empty())
}

/// Never more than a manifest may hold, whatever the file is.
fn read_limited(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut content)?;
    if u64::try_from(content.len()).is_ok_and(|length| length > LARGEST) {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    Ok(content)
}

/// The line and column of a place in the manifest.
fn place_in(path: &str, place: &str) -> (u32, u32) {
    let numbers = place.strip_prefix(path).and_then(|rest| rest.strip_prefix(':'));
    let mut numbers = numbers.unwrap_or_default().split(':').map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// The manifest that a text is, as far as it can be read.
pub(super) fn of_text(path: &str, text: &str, problems: &mut ManifestProblems) -> Option<Manifest> {
    let root = if path.ends_with(".json") || json::is_json(text) {
        json::read_json(text, problems)
    } else {
        yaml::read_yaml(text, problems)
    };
    let start = ManifestPosition { line: 1, column: 1 };
    match root {
        Some(ManifestNode { content: NodeContent::Null, .. }) => {}
        Some(root) => return whole(path, &root, problems),
        None if !problems.is_empty() => return None,
        None => {}
    }
    problems.add(start, "is empty", "Write a manifest; docs/fleet.md has an example.");
    None
}

fn whole(path: &str, root: &ManifestNode, problems: &mut ManifestProblems) -> Option<Manifest> {
    let members = NodeMembers::of(root, "the manifest", &KEYS, problems)?;
    version(&members, problems);
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let fleet = members
        .need("fleet", "the manifest", FLEET, problems)
        .and_then(|node| super::members::text(node, "'fleet'", problems));
    if let Some(name) = &fleet
        && !is_fleet_name(&name.value)
    {
        let rule = format!(
            "'{}' is not a fleet's name: a to z, 0 to 9 and '-', at most 16, a letter first",
            name.value
        );
        problems.add(name.at, rule, FLEET);
    }
    let publishers = members
        .need("publishers", "the manifest", "Name the tenants that own galleries.", problems)
        .map(|node| (names_of(node), parties::publishers(node, problems)));
    let consumers = members
        .need("consumers", "the manifest", "Name the tenants that use images.", problems)
        .map(|node| (names_of(node), parties::consumers(node, folder, problems)));
    let grants = members
        .need("grants", "the manifest", "Say who shares what with whom.", problems)
        .map(|node| grants::grants(node, problems));
    let limits = members.get("limits").map(|node| conduct::limits(node, problems));
    let mut waves =
        members.get("waves").map(|node| conduct::waves(node, problems)).unwrap_or_default();
    if waves.is_empty() {
        waves.push(FleetWave::default());
    }
    let policies = members.get("policy").map(|node| policies::policies(node, problems));
    let (publisher_names, publishers) = publishers.unwrap_or_default();
    let (consumer_names, consumers) = consumers.unwrap_or_default();
    Some(Manifest {
        path: path.to_owned(),
        sha256: String::new(),
        fleet: fleet.map(|name| name.value).unwrap_or_default(),
        cloud: members.text("cloud", problems),
        publisher_names,
        publishers,
        consumer_names,
        consumers,
        grants: grants.unwrap_or_default(),
        offers: Vec::new(),
        limits: limits.unwrap_or_default(),
        waves,
        policies: policies.unwrap_or_default(),
    })
}

fn version(members: &NodeMembers<'_>, problems: &mut ManifestProblems) {
    let fix = "Write version: 1.";
    let Some(node) = members.need("version", "the manifest", fix, problems) else { return };
    if node.content != NodeContent::Number(VERSION.to_owned()) {
        problems.add(node.at, "this program reads manifests of version 1 only", fix);
    }
}

/// The names that are given, also of what could not be read.
fn names_of(node: &ManifestNode) -> Vec<String> {
    match &node.content {
        NodeContent::Map(members) => members.iter().map(|member| member.key.clone()).collect(),
        _ => Vec::new(),
    }
}

fn is_fleet_name(name: &str) -> bool {
    let mut letters = name.chars();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(fits)
        && name.len() <= 16
}

const KEYS: [&str; 9] =
    ["cloud", "consumers", "fleet", "grants", "limits", "policy", "publishers", "version", "waves"];
const FLEET: &str = "Choose a short name that stays: fleet: images-prod.";

#[cfg(test)]
mod tests {
    use super::*;

    const BASES: [&str; 2] = [
        include_str!("../../../../tests/it/data/fleet/base.yaml"),
        include_str!("../../../../tests/it/data/fleet/base.json"),
    ];

    /// Cuts, doublings and strange letters at places that a small generator chooses: always the same ones.
    #[test]
    fn no_mutation_of_a_manifest_makes_the_reader_panic() {
        let mut seed: u64 = 42;
        let mut random = |below: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % below.max(1)
        };
        const STRANGE: [&str; 14] = [
            "{",
            "}",
            "[",
            "]",
            ":",
            "- ",
            "\"",
            "'",
            "\t",
            "\n",
            "&a ",
            "*a",
            "!!x ",
            "\u{1f680}",
        ];
        for round in 0..600 {
            let mut text: Vec<char> = BASES[round % 2].chars().collect();
            for _ in 0..1 + random(4) {
                let (from, length) = (random(text.len()), random(40));
                let to = (from + length).min(text.len());
                match random(3) {
                    0 => drop(text.drain(from..to)),
                    1 => {
                        let part: Vec<char> = text[from..to].to_vec();
                        text.splice(from..from, part);
                    }
                    _ => drop(text.splice(from..from, STRANGE[random(STRANGE.len())].chars())),
                }
            }
            let text: String = text.into_iter().collect();
            let mut problems = ManifestProblems::default();
            let read = of_text("fleet.yaml", &text, &mut problems);
            assert!(read.is_some() || !problems.is_empty(), "{text}");
        }
    }
}
