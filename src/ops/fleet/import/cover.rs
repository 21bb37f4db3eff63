//! The shortest way found to name subscriptions: management groups where they cover them, ids for the rest.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::SubscriptionId;
use crate::ops::fleet::select::SubscriptionCensus;

/// What names some subscriptions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SelectorCover {
    pub groups: Vec<String>,
    pub ids: Vec<SubscriptionId>,
    pub except: Vec<SubscriptionId>,
}

/// Names the subscriptions of `wanted`: the largest groups first, each only if that is shorter than ids.
pub(super) fn cover(
    census: &SubscriptionCensus,
    wanted: &BTreeSet<SubscriptionId>,
) -> SelectorCover {
    let mut members: BTreeMap<&str, BTreeSet<SubscriptionId>> = BTreeMap::new();
    for (id, seen) in &census.all {
        for group in seen.groups.intersection(&census.groups) {
            members.entry(group).or_default().insert(*id);
        }
    }
    let mut groups: Vec<(&str, BTreeSet<SubscriptionId>)> = members.into_iter().collect();
    // Of two groups with the same members the lower one: it says more.
    groups.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(b.0)));
    let mut left = wanted.clone();
    let mut found = SelectorCover::default();
    let mut except = BTreeSet::new();
    for (name, ids) in groups {
        let gained = ids.intersection(&left).count();
        let foreign: Vec<SubscriptionId> = ids.difference(wanted).copied().collect();
        if gained <= SHORTEST || foreign.len() * 4 > gained {
            continue;
        }
        left.retain(|id| !ids.contains(id));
        except.extend(foreign);
        found.groups.push(name.to_owned());
    }
    found.ids = left.into_iter().collect();
    found.except = except.into_iter().collect();
    found
}

/// So few subscriptions are named by themselves.
const SHORTEST: usize = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::fleet::select::SeenSubscription;

    #[test]
    fn groups_are_found_where_they_fit() {
        let id = |number: u128| SubscriptionId(uuid::Uuid::from_u128(number));
        let groups = ["mg-a", "mg-b", "root"].map(str::to_owned).into();
        let mut census = SubscriptionCensus { groups, ..SubscriptionCensus::default() };
        for number in 1..=40 {
            let own = if number <= 20 { "mg-a" } else { "mg-b" };
            let groups = [own.to_owned(), "root".to_owned()].into();
            census
                .all
                .insert(id(number), SeenSubscription { groups, ..SeenSubscription::default() });
        }
        let of =
            |numbers: &[u128]| cover(&census, &numbers.iter().map(|number| id(*number)).collect());
        let all: Vec<u128> = (1..=40).collect();
        assert_eq!(of(&all).groups, ["root"]);
        let some = of(&all[..20]);
        assert_eq!((some.groups.len(), some.ids.len(), some.except.len()), (1, 0, 0));
        assert_eq!(some.groups, ["mg-a"]);
        let mut few = all[..20].to_vec();
        few.retain(|number| *number != 3);
        few.push(30);
        let few = of(&few);
        assert_eq!(
            (&few.groups, &few.ids, &few.except),
            (&vec!["mg-a".to_owned()], &vec![id(30)], &vec![id(3)])
        );
        assert_eq!(of(&[5]).ids, [id(5)]);
    }
}
