//! Which item is next: in the plan's order, but never two of one subscription at the same time.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::id::SubscriptionId;

/// Items of a wave that wait, by subscription.
#[derive(Debug, Default)]
pub(super) struct ItemQueue {
    waiting: HashMap<SubscriptionId, VecDeque<usize>>,
    /// Subscriptions that have something to do and nothing under way, in their order.
    ready: VecDeque<SubscriptionId>,
    busy: HashSet<SubscriptionId>,
    left: usize,
}

impl ItemQueue {
    /// The items of these subscriptions, in their order.
    pub(super) fn of(items: impl IntoIterator<Item = (usize, SubscriptionId)>) -> ItemQueue {
        let mut queue = ItemQueue::default();
        for (index, subscription) in items {
            let list = queue.waiting.entry(subscription).or_default();
            if list.is_empty() {
                queue.ready.push_back(subscription);
            }
            list.push_back(index);
            queue.left += 1;
        }
        queue
    }

    /// The next item that may begin.
    pub(super) fn next(&mut self) -> Option<usize> {
        let subscription = self.ready.pop_front()?;
        let index = self.waiting.get_mut(&subscription)?.pop_front()?;
        self.busy.insert(subscription);
        self.left -= 1;
        Some(index)
    }

    /// Nothing is under way in this subscription any more.
    pub(super) fn release(&mut self, subscription: SubscriptionId) {
        self.busy.remove(&subscription);
        if self.waiting.get(&subscription).is_some_and(|list| !list.is_empty()) {
            self.ready.push_back(subscription);
        }
    }

    /// An item comes again before the others of its subscription.
    pub(super) fn put_back(&mut self, index: usize, subscription: SubscriptionId) {
        self.waiting.entry(subscription).or_default().push_front(index);
        self.left += 1;
        self.release(subscription);
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.left
    }

    /// Those that wait, when nothing more begins.
    pub(super) fn into_rest(self) -> Vec<usize> {
        let mut rest: Vec<usize> = self.waiting.into_values().flatten().collect();
        rest.sort_unstable();
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_of_a_subscription_at_a_time() {
        let [a, b]: [SubscriptionId; 2] = [
            "5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101".parse().unwrap(),
            "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2001".parse().unwrap(),
        ];
        let mut queue = ItemQueue::of([(0, a), (1, a), (2, b)]);
        assert_eq!((queue.next(), queue.next(), queue.next()), (Some(0), Some(2), None));
        queue.release(b);
        assert_eq!(queue.next(), None);
        queue.put_back(0, a);
        assert_eq!((queue.len(), queue.next()), (2, Some(0)));
        queue.release(a);
        assert_eq!(queue.next(), Some(1));
        assert!(queue.into_rest().is_empty());
    }
}
