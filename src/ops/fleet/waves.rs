//! In which wave each item is done: by subscription, so that one is never in two.

use std::collections::{BTreeMap, BTreeSet};

use super::item::{ItemPlan, ItemRoute};
use super::manifest::{FleetWave, Manifest};
use super::plan_file::PlanWave;
use super::view::hex_digest;
use crate::id::SubscriptionId;

/// Gives each item that is written its wave, and lists the waves that have one.
pub(crate) fn assign_waves(manifest: &Manifest, items: &mut [&mut ItemPlan]) -> Vec<PlanWave> {
    let mut left: BTreeSet<SubscriptionId> = items.iter().map(|item| item.subscription).collect();
    let mut waves = Vec::new();
    let mut of: BTreeMap<SubscriptionId, usize> = BTreeMap::new();
    let rest = FleetWave { name: Some("rest".to_owned()), ..FleetWave::default() };
    for wave in manifest.waves.iter().chain([&rest]) {
        let taken = members(wave, &left);
        if taken.is_empty() {
            continue;
        }
        let number = waves.len() + 1;
        for id in &taken {
            left.remove(id);
            of.insert(*id, number);
        }
        waves.push(PlanWave {
            name: wave.name.clone().unwrap_or_else(|| number.to_string()),
            items: 0,
            verify: wave.verify.as_ref().map(|consumer| consumer.value.clone()),
        });
    }
    for item in items {
        item.wave = of.get(&item.subscription).copied().unwrap_or_default();
        if let Some(wave) = waves.get_mut(item.wave.wrapping_sub(1)) {
            wave.items += 1;
        }
    }
    waves
}

/// Those of the subscriptions left that a wave takes.
fn members(wave: &FleetWave, left: &BTreeSet<SubscriptionId>) -> Vec<SubscriptionId> {
    if !wave.ids.is_empty() {
        return wave.ids.iter().map(|id| id.value).filter(|id| left.contains(id)).collect();
    }
    let all: Vec<SubscriptionId> = left.iter().copied().collect();
    match wave.take {
        // At least one: a share of few would be none.
        Some(share) if !all.is_empty() => all[..share.of(all.len()).clamp(1, all.len())].to_vec(),
        _ => all,
    }
}

/// One of several parts of a fleet, for several machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FleetShard {
    /// Counted from 1.
    pub number: u32,
    pub of: u32,
}

impl FleetShard {
    /// True if an item belongs to this part. What Azure Policy does is the first part's, as it does it for all.
    pub(crate) fn holds_item(self, item: &ItemPlan) -> bool {
        match item.route {
            ItemRoute::Policy => self.number == 1,
            ItemRoute::Direct => self.holds(item.subscription),
        }
    }

    /// True if a subscription belongs to this part: the same part in every run.
    pub(crate) fn holds(self, subscription: SubscriptionId) -> bool {
        let hash = hex_digest(subscription.to_string().as_bytes());
        let head = u64::from_str_radix(&hash[..12], 16).unwrap_or_default();
        head % u64::from(self.of) == u64::from(self.number - 1)
    }
}

impl std::fmt::Display for FleetShard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl std::str::FromStr for FleetShard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<FleetShard, Self::Err> {
        const FORM: &str =
            "not of the form 2/8: the part's number, a slash, and how many there are";
        let (number, of) = text.split_once('/').ok_or(FORM)?;
        let (number, of) = (number.parse().map_err(|_| FORM)?, of.parse().map_err(|_| FORM)?);
        if (1..=of).contains(&number) && of <= 256 {
            Ok(FleetShard { number, of })
        } else {
            Err(FORM)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_disjoint_complete_and_even() {
        let ids: Vec<SubscriptionId> =
            (1..=4_000u128).map(|number| SubscriptionId(uuid::Uuid::from_u128(number))).collect();
        let shards: Vec<FleetShard> = (1..=8).map(|number| FleetShard { number, of: 8 }).collect();
        let mut counts = [0usize; 8];
        for id in &ids {
            let holding: Vec<usize> = (0..8).filter(|at| shards[*at].holds(*id)).collect();
            assert_eq!(holding.len(), 1, "{id}");
            counts[holding[0]] += 1;
        }
        assert!(counts.iter().all(|count| *count <= 600), "{counts:?}");
    }

    #[test]
    fn a_shard_is_a_number_and_how_many_there_are() {
        assert_eq!("2/8".parse(), Ok(FleetShard { number: 2, of: 8 }));
        for bad in ["", "2", "0/8", "9/8", "1/0", "a/b", "1/1000"] {
            assert!(bad.parse::<FleetShard>().is_err(), "{bad}");
        }
    }
}
