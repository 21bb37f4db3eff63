//! The delegations that all this program's identities gave or received, each once.

use std::collections::BTreeMap;

use super::sights::{IDENTITIES_AT_ONCE, Sight, add_name};
use crate::app::App;
use crate::error::Result;
use crate::ops::change::fan_out::fan_out;
pub(super) use crate::ops::delegation::bulk::delegated_subscriptions;
use crate::ops::delegation::bulk::{self, BulkSurvey};
pub(crate) use crate::ops::delegation::bulk::{Delegation, Entry, NOT_ASSIGNED, Side};
use crate::ops::gaps::Gaps;

/// Lists the delegations on these sides. What could not be read is noted.
///
/// # Errors
/// If nothing could be read at all.
pub(crate) async fn list(
    app: &App,
    sights: &[Sight],
    sides: &[Side],
    gaps: &mut Gaps,
) -> Result<Vec<Delegation>> {
    let work = sights.iter().map(|sight| {
        let Sight { identity, subscriptions } = sight;
        bulk::read(&identity.client, identity.tenant, subscriptions, sides)
    });
    let mut known: BTreeMap<(String, bool), (Entry, Vec<String>)> = BTreeMap::new();
    let mut all = fan_out(IDENTITIES_AT_ONCE, work).await;
    let answered =
        all.iter().filter(|found| found.failures.is_empty() || !found.read.is_empty()).count();
    let mut first = None;
    for unread in BulkSurvey::unread(&mut all) {
        gaps.note(unread.error.to_string(), &unread.error);
        first.get_or_insert(unread.error);
    }
    for (sight, found) in sights.iter().zip(all) {
        for entry in found.entries {
            let key = (entry.definition.id.to_lowercase(), entry.side == Side::Given);
            match known.get_mut(&key) {
                Some((same, seen_by)) => {
                    same.learn(entry);
                    add_name(seen_by, &sight.identity.name);
                }
                None => {
                    known.insert(key, (entry, vec![sight.identity.name.clone()]));
                }
            }
        }
    }
    match first {
        Some(err) if answered == 0 => return Err(err),
        _ => {}
    }
    let portal = &app.settings.cloud.portal;
    let view =
        |(entry, seen_by): (Entry, Vec<String>)| Delegation { seen_by, ..entry.view(portal) };
    let mut all: Vec<Delegation> = known.into_values().map(view).collect();
    all.sort_by_key(|found| {
        (found.name.to_lowercase(), found.scopes.first().cloned(), found.definition_id.clone())
    });
    Ok(all)
}
