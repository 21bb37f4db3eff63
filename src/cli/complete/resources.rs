//! Resource ids, segment by segment, and names of resources.
//!
//! The words that are the same in every id (`resourceGroups`, `providers`, a type) are not a choice, so a segment
//! ends behind the next name; and where there is one way only, it is gone to its end.

use std::collections::BTreeMap;

use super::candidate::{Candidates, begins_with};
use super::context::CompletionContext;
use super::value_kind::IMAGE;
use crate::index::{IndexedName, NameKind, Next};

const SUBSCRIPTIONS: &str = "/subscriptions/";
const PROVIDERS: &str = "/providers/";

/// Full ids of resources of one of `types`, or of any: the next segment of each way; if there is one way
/// only, the one behind it.
pub(super) fn complete_resource_ids(
    types: &[&str],
    typed: &str,
    context: &CompletionContext<'_>,
    all: &mut Candidates,
) {
    let mut typed = typed.to_owned();
    loop {
        let ways = ways_onward(types, &typed, context);
        let mut only = ways.values().map(|(way, _)| way);
        match (only.next(), only.next()) {
            (Some(way), None) if way.ends_with('/') && way.len() > typed.len() => {
                typed.clone_from(way);
            }
            _ => {
                for (way, note) in ways.values() {
                    let place = || subscription_name(way, context);
                    let note = Some(note.clone()).filter(|note| !note.is_empty());
                    all.push(way, &note.unwrap_or_else(place));
                }
                return;
            }
        }
    }
}

/// Images as GALLERY/IMAGE, found by the name of either; ids where one is being typed.
pub(super) fn complete_images(typed: &str, context: &CompletionContext<'_>, all: &mut Candidates) {
    if !typed.starts_with('/') {
        let mut known = BTreeMap::new();
        context.walk(None, "", &mut |found| {
            let parts: Vec<&str> = found.name.trim_matches('/').split('/').collect();
            if let [.., galleries, gallery, images, image] = parts.as_slice()
                && GALLERIES.iter().any(|kind| galleries.eq_ignore_ascii_case(kind))
                && images.eq_ignore_ascii_case("images")
            {
                let reference = format!("{gallery}/{image}");
                if begins_with(&reference, typed) || begins_with(image, typed) {
                    known.insert(reference, found.note.to_owned());
                }
            }
            Next::Name
        });
        known.iter().for_each(|(name, note)| all.push(name, note));
        if !known.is_empty() {
            return;
        }
    }
    complete_resource_ids(IMAGE, typed, context, all);
}

/// What images are in, of one's own, shared directly, or with everyone.
const GALLERIES: [&str; 3] = ["galleries", "sharedgalleries", "communitygalleries"];

/// The ways on from what was typed, in small letters and as Azure writes them, with the note of one that
/// is an id already. Of each way one id is looked at.
fn ways_onward(
    types: &[&str],
    typed: &str,
    context: &CompletionContext<'_>,
) -> BTreeMap<String, (String, String)> {
    let mut ways = BTreeMap::new();
    let deepest = segments_of(types);
    let mut keep = |found: IndexedName<'_>| {
        if !is_wanted(types, found.name) {
            return past_deeper(deepest, &found);
        }
        let id = full_id(&found);
        let end = segment_end(&id, typed.len());
        let is_whole = end == id.len();
        let note = if is_whole { found.note } else { "" };
        let way = id[..end].to_owned();
        ways.entry(way.to_lowercase()).or_insert((way, note.to_owned()));
        // The part of the way that is in the name.
        let inside = end.checked_sub(id.len() - found.name.len());
        match inside.filter(|_| !is_whole) {
            Some(inside) => Next::Past(count_slashes(&found.name[..inside])),
            None => Next::Name,
        }
    };
    let inside = typed.get(SUBSCRIPTIONS.len()..).and_then(|rest| rest.split_once('/'));
    match inside.filter(|_| begins_with(typed, SUBSCRIPTIONS)) {
        Some((subscription, rest)) => {
            let (subscription, rest) = (subscription.to_lowercase(), format!("/{rest}"));
            context.walk(Some(subscription), &rest, &mut keep);
        }
        None => context.walk(None, "", &mut |found| {
            if begins_with(&full_id(&found), typed) {
                keep(found)
            } else if found.subscription.is_empty() {
                Next::Name
            } else {
                // Only a part of the subscription was typed, and this is another.
                Next::Past(0)
            }
        }),
    }
    ways
}

/// Where the segment ends that begins at or before `from`: behind the slash after the next name. A name
/// that can be an answer and has something inside of it is given both ways.
fn segment_end(id: &str, from: usize) -> usize {
    let mut ends = id.match_indices('/').map(|(at, _)| at).chain([id.len()]).skip(1);
    let provider = begins_with(id, SUBSCRIPTIONS).then_some(6);
    let is_name = |end: usize| {
        // subscriptions/S/resourceGroups/G/providers/P/type/name: P is no choice either.
        let number = id[..end].matches('/').count();
        number.is_multiple_of(2) && provider != Some(number)
    };
    let end = ends.find(|end| *end >= from && is_name(*end)).unwrap_or(id.len());
    if end < id.len() { end + 1 } else { end }
}

/// What the last name of an unfinished id is the name of.
fn subscription_name(way: &str, context: &CompletionContext<'_>) -> String {
    let parts: Vec<&str> = way.trim_matches('/').split('/').collect();
    let [kind, subscription] = parts.as_slice() else {
        return String::new();
    };
    let mut name = String::new();
    if kind.eq_ignore_ascii_case("subscriptions") {
        let of_az = context.profile().iter().find(|known| known.id == *subscription);
        name = of_az.map(|known| known.name.clone()).unwrap_or_default();
        context.names(NameKind::SubscriptionId, subscription, &mut |found| {
            name = found.note.to_owned();
        });
    }
    name
}

/// Names of resources of one of `types`, in what the other arguments name; ids if one is being typed.
pub(super) fn complete_resource_names(
    types: &[&str],
    typed: &str,
    context: &CompletionContext<'_>,
    all: &mut Candidates,
) {
    if typed.starts_with('/') {
        return complete_resource_ids(types, typed, context, all);
    }
    let said = |flags: &[&str]| flags.iter().find_map(|flag| context.typed.flag(flag));
    let places = [
        ("resourcegroups", said(&["--resource-group", "-g"])),
        ("galleries", said(&["--gallery", "--gallery-name"])),
        ("images", said(&["--image-definition"])),
    ];
    let parent = said(&["--gallery-id"]).unwrap_or_default();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let deepest = segments_of(types);
    context.walk(None, "", &mut |found| {
        let (_, name) = split_last(found.name);
        if known.contains_key(name) {
            return Next::Name;
        }
        if let Some(segments) = places.iter().find_map(|place| segments_outside(place, found.name))
        {
            return Next::Past(segments);
        }
        if !types.iter().any(|wanted| is_type(found.name, wanted)) {
            return past_deeper(deepest, &found);
        }
        if begins_with(name, typed) && (parent.is_empty() || begins_with(&full_id(&found), parent))
        {
            known.insert(name.to_owned(), found.note.to_owned());
        }
        Next::Name
    });
    known.iter().for_each(|(name, note)| all.push(name, note));
}

/// If the resource is in something of this kind, but not in that of the wanted name: how many segments of the id
/// lead there, past which nothing is of use.
fn segments_outside((kind, wanted): &(&str, Option<&str>), id: &str) -> Option<usize> {
    let wanted = (*wanted)?;
    let mut parts = id.split('/');
    let before = parts.position(|part| part.eq_ignore_ascii_case(kind))?;
    let name = parts.next()?;
    // The kind and the name are a segment each.
    (!wanted.eq_ignore_ascii_case(name)).then_some(before + 2)
}

/// How many segments an id of the deepest of `types` has behind its subscription.
fn segments_of(types: &[&str]) -> usize {
    // /resourceGroups/G/providers/P/ and two segments for each kind and its name.
    let depth = types.iter().map(|of| of.matches('/').count()).max();
    5 + 2 * depth.unwrap_or_default()
}

/// Past all that is inside of a resource which lies so deep: there is none of the wanted types.
fn past_deeper(deepest: usize, found: &IndexedName<'_>) -> Next {
    if found.subscription.is_empty() { Next::Name } else { Next::Past(deepest) }
}

fn full_id(found: &IndexedName<'_>) -> String {
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

fn count_slashes(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'/').count()
}

/// The last segment of an id, and what is before its slash. Segments are too short for the search that `rsplit` does.
fn split_last(id: &str) -> (&str, &str) {
    match id.bytes().rposition(|byte| byte == b'/') {
        Some(slash) => (&id[..slash], &id[slash + 1..]),
        None => ("", id),
    }
}

/// True if an id is that of a resource of this type, such as `microsoft.compute/galleries/images`.
fn is_type(id: &str, wanted: &str) -> bool {
    // Most are not, which the last kind tells at once.
    let (_, kind) = split_last(split_last(id).0);
    if !kind.eq_ignore_ascii_case(split_last(wanted).1) {
        return false;
    }
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
