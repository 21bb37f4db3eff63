//! The sections `limits` and `waves`: how carefully it is done.

use super::members::{NodeMembers, all_parsed, count, mistyped, parsed, text};
use super::node::{ManifestNode, ManifestProblems, NodeContent};
use super::types::{Allowance, FleetLimits, FleetWave, Positioned};

/// The limits, with the defaults for what is not said.
pub(super) fn limits(node: &ManifestNode, problems: &mut ManifestProblems) -> FleetLimits {
    let mut limits = FleetLimits::default();
    let known = ["atOnce", "failures", "removals"];
    let Some(members) = NodeMembers::of(node, "'limits'", &known, problems) else {
        return limits;
    };
    if let Some(node) = members.get("atOnce") {
        limits.at_once = count(node, "'atOnce'", 1..=MOST_AT_ONCE, problems).unwrap_or(64);
    }
    if let Some(node) = members.get("failures") {
        limits.failures = allowance(node, "'failures'", problems).unwrap_or(limits.failures);
    }
    if let Some(node) = members.get("removals") {
        limits.removals = count(node, "'removals'", 0..=MOST_REMOVALS, problems).unwrap_or(0);
    }
    limits
}

fn allowance(
    node: &ManifestNode,
    what: &str,
    problems: &mut ManifestProblems,
) -> Option<Allowance> {
    let word = match &node.content {
        NodeContent::Number(word) | NodeContent::Text(word) => word.clone(),
        other => {
            mistyped(node.at, what, other, "a count or a share", problems);
            return None;
        }
    };
    let fix = "Give a count such as 5, or a share such as 2%.";
    parsed(Positioned::new(word, node.at), what, fix, problems).map(|read| read.value)
}

/// The waves in their order.
pub(super) fn waves(node: &ManifestNode, problems: &mut ManifestProblems) -> Vec<FleetWave> {
    let NodeContent::List(items) = &node.content else {
        mistyped(node.at, "'waves'", &node.content, "a list", problems);
        return Vec::new();
    };
    let mut read: Vec<FleetWave> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let Some(wave) = wave(item, problems) else { continue };
        if let Some(name) = &wave.name
            && read.iter().any(|other| other.name.as_ref() == Some(name))
        {
            let rule = format!("there is a wave '{name}' already");
            problems.add(item.at, rule, "Give each wave a name of its own.");
        }
        if wave.ids.is_empty() && wave.take.is_none() && at + 1 < items.len() {
            problems.add(
                items[at + 1].at,
                "follows a wave that takes all the rest",
                "Put the wave without 'ids' and 'take' at the end.",
            );
        }
        read.push(wave);
    }
    read
}

fn wave(node: &ManifestNode, problems: &mut ManifestProblems) -> Option<FleetWave> {
    let members = NodeMembers::of(node, "a wave", &["ids", "name", "take", "verify"], problems)?;
    if let (Some(_), Some(take)) = (members.get("ids"), members.get("take")) {
        problems.add(take.at, "a wave has both 'ids' and 'take'", "Make two waves of it.");
    }
    let verify = members.get("verify").and_then(|node| {
        let verify = NodeMembers::of(node, "'verify'", &["as"], problems)?;
        let named = verify.need("as", "'verify'", "Name a consumer: {as: fabrikam}.", problems)?;
        text(named, "'as'", problems)
    });
    let ids = members.texts("ids", problems);
    Some(FleetWave {
        name: members.text("name", problems).map(|name| name.value),
        ids: all_parsed(ids, "'ids'", "Give the subscription's id.", problems),
        take: members.get("take").and_then(|node| allowance(node, "'take'", problems)),
        verify,
    })
}

/// More would only be throttled.
const MOST_AT_ONCE: usize = 256;
const MOST_REMOVALS: usize = 1_000_000;
