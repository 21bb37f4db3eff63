//! Resource ids, segment by segment, and names of resources.
//!
//! The words that are the same in every id (`resourceGroups`, `providers`, a type) are no choice, so a
//! segment ends behind the next name; and where there is one way only, it is gone to its end.

use std::collections::BTreeMap;

use super::around::Around;
use super::candidate::{Candidate, begins};
use crate::index::{Kind, Name};

const SUBSCRIPTIONS: &str = "/subscriptions/";
const PROVIDERS: &str = "/providers/";

/// Full ids of resources of one of `types`, or of any.
pub(super) fn ids(types: &[&str], typed: &str, around: &Around<'_>, all: &mut Vec<Candidate>) {
    let mut known: Vec<Known> = Vec::new();
    let mut keep = |found: Name<'_>| {
        if !is_wanted(types, found.name) {
            return;
        }
        let (id, note) = (full_id(&found), found.note.to_owned());
        if begins(&id, typed) {
            known.push(Known { id, note });
        }
    };
    let inside = typed
        .get(SUBSCRIPTIONS.len()..)
        .and_then(|rest| rest.split_once('/'));
    match inside.filter(|_| begins(typed, SUBSCRIPTIONS)) {
        Some((subscription, rest)) => {
            let (subscription, rest) = (subscription.to_lowercase(), format!("/{rest}"));
            around.names_in(Some(subscription), Kind::Resource, &rest, &mut keep);
        }
        None => around.names(Kind::Resource, "", &mut keep),
    }
    known.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    known.dedup_by(|later, first| later.id.eq_ignore_ascii_case(&first.id));
    offer(&known, typed, around, all);
}

struct Known {
    id: String,
    note: String,
}

/// Offers the next segment of each way; if there is one way only, the one behind it.
fn offer(known: &[Known], typed: &str, around: &Around<'_>, all: &mut Vec<Candidate>) {
    let mut from = typed.len();
    loop {
        let mut ways: BTreeMap<&str, &str> = BTreeMap::new();
        for found in known {
            let end = segment(&found.id, from);
            let note = if end == found.id.len() {
                found.note.as_str()
            } else {
                ""
            };
            ways.insert(&found.id[..end], note);
        }
        match ways.first_key_value() {
            Some((way, _)) if ways.len() == 1 && way.ends_with('/') => from = way.len(),
            _ => {
                for (way, note) in ways {
                    let note = if note.is_empty() {
                        place(way, around)
                    } else {
                        note.to_owned()
                    };
                    all.push(Candidate::new(way, note));
                }
                return;
            }
        }
    }
}

/// Where the segment ends that begins at or before `from`: behind the slash after the next name. A name
/// that can be an answer and has something inside of it is given both ways.
fn segment(id: &str, from: usize) -> usize {
    let mut ends = id
        .match_indices('/')
        .map(|(at, _)| at)
        .chain([id.len()])
        .skip(1);
    let provider = begins(id, SUBSCRIPTIONS).then_some(6);
    let is_name = |end: usize| {
        // subscriptions/S/resourceGroups/G/providers/P/type/name: P is no choice either.
        let number = id[..end].matches('/').count();
        number.is_multiple_of(2) && provider != Some(number)
    };
    let end = ends
        .find(|end| *end >= from && is_name(*end))
        .unwrap_or(id.len());
    if end < id.len() { end + 1 } else { end }
}

/// What the last name of an unfinished id is the name of.
fn place(way: &str, around: &Around<'_>) -> String {
    let parts: Vec<&str> = way.trim_matches('/').split('/').collect();
    let [kind, subscription] = parts.as_slice() else {
        return String::new();
    };
    let mut name = String::new();
    if kind.eq_ignore_ascii_case("subscriptions") {
        let of_az = around
            .profile()
            .iter()
            .find(|known| known.id == *subscription);
        name = of_az.map(|known| known.name.clone()).unwrap_or_default();
        around.names(Kind::SubscriptionId, subscription, &mut |found| {
            name = found.note.to_owned();
        });
    }
    name
}

/// Names of resources of one of `types`, in what the other arguments name; ids if one is being typed.
pub(super) fn names(types: &[&str], typed: &str, around: &Around<'_>, all: &mut Vec<Candidate>) {
    if typed.starts_with('/') {
        return ids(types, typed, around, all);
    }
    let said = |flags: &[&str]| flags.iter().find_map(|flag| around.typed.flag(flag));
    let places = [
        ("resourcegroups", said(&["--resource-group", "-g"])),
        ("galleries", said(&["--gallery", "--gallery-name"])),
        ("images", said(&["--image-definition"])),
    ];
    let parent = said(&["--gallery-id"]).unwrap_or_default();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    around.names(Kind::Resource, "", &mut |resource| {
        let name = resource.name.rsplit('/').next().unwrap_or_default();
        let is_in = |(kind, wanted): &(&str, Option<&str>)| {
            let mut parts = resource.name.split('/');
            let value = parts
                .find(|part| part.eq_ignore_ascii_case(kind))
                .and_then(|_| parts.next());
            wanted
                .zip(value)
                .is_none_or(|(wanted, value)| wanted.eq_ignore_ascii_case(value))
        };
        if begins(name, typed)
            && types.iter().any(|wanted| is_type(resource.name, wanted))
            && places.iter().all(is_in)
            && begins(&full_id(&resource), parent)
        {
            found.insert(name.to_owned(), resource.note.to_owned());
        }
    });
    all.extend(
        found
            .into_iter()
            .map(|(name, note)| Candidate::new(name, note)),
    );
}

fn full_id(found: &Name<'_>) -> String {
    if found.subscription.is_empty() {
        return found.name.to_owned();
    }
    format!("{SUBSCRIPTIONS}{}{}", found.subscription, found.name)
}

/// True if an argument that takes `types` takes the resource; one that was shared without an id of ARM's
/// is an image.
fn is_wanted(types: &[&str], id: &str) -> bool {
    let is_image = || types.iter().any(|wanted| wanted.ends_with("/versions"));
    types.is_empty()
        || types.iter().any(|wanted| is_type(id, wanted))
        || (!id.contains(PROVIDERS) && is_image())
}

/// True if an id is that of a resource of this type, such as `microsoft.compute/galleries/images`.
fn is_type(id: &str, wanted: &str) -> bool {
    let Some((_, rest)) = id.split_once(PROVIDERS) else {
        return false;
    };
    let (provider, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let mut kinds = std::iter::once(provider).chain(rest.split('/').step_by(2));
    let mut wanted = wanted.split('/');
    loop {
        match (kinds.next(), wanted.next()) {
            (None, None) => return true,
            (Some(kind), Some(wanted)) if kind.eq_ignore_ascii_case(wanted) => {}
            _ => return false,
        }
    }
}
