//! How many items may be under way: slow start, Azure's throttling, and a strict limit of failures.
//!
//! Strict as in AWS StackSets: with so few slots as failures are left, a wave never fails more than its limit
//! and one. Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stackset-ops-options.html>

/// The slots of one wave.
#[derive(Clone, Debug)]
pub(super) struct Admission {
    at_once: usize,
    limit: usize,
    failed: usize,
    window: usize,
    in_flight: usize,
    closed: bool,
}

impl Admission {
    /// The slots of a wave that may fail so often; `window` is how far an earlier one had got.
    pub(super) fn new(at_once: usize, limit: usize, window: usize) -> Admission {
        let at_once = at_once.max(1);
        let window = window.clamp(1, at_once);
        Admission { at_once, limit, failed: 0, window, in_flight: 0, closed: false }
    }

    /// True if one more may begin.
    pub(super) fn may_admit(&self) -> bool {
        !self.closed && self.in_flight < self.slots()
    }

    fn slots(&self) -> usize {
        self.window.min((self.limit + 1).saturating_sub(self.failed))
    }

    /// One more is under way.
    pub(super) fn begin(&mut self) {
        self.in_flight += 1;
    }

    /// One has ended. While nothing fails, each that ends makes room for two.
    pub(super) fn end(&mut self, has_failed: bool) {
        self.in_flight -= 1;
        if has_failed {
            self.failed += 1;
        } else {
            self.window = (self.window + 1).min(self.at_once);
        }
    }

    /// One has ended without a verdict, and comes again.
    pub(super) fn put_back(&mut self) {
        self.in_flight -= 1;
    }

    /// Several allowances are used up: half as many at the same time.
    pub(super) fn halve(&mut self) {
        self.window = (self.window / 2).max(1);
    }

    /// Nothing more begins.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// True if so many have failed that nothing more begins.
    pub(super) fn is_exhausted(&self) -> bool {
        self.failed > self.limit
    }

    /// True if nothing more begins, whatever ends.
    pub(super) fn is_closed(&self) -> bool {
        self.closed || self.is_exhausted()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub(super) fn failed(&self) -> usize {
        self.failed
    }

    pub(super) fn window(&self) -> usize {
        self.window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_slowly_and_ends_at_its_limit() {
        let mut slots = Admission::new(8, 100, 1);
        let mut rounds = Vec::new();
        for _ in 0..5 {
            while slots.may_admit() {
                slots.begin();
            }
            rounds.push(slots.in_flight());
            for _ in 0..slots.in_flight() {
                slots.end(false);
            }
        }
        assert_eq!(rounds, [1, 2, 4, 8, 8]);
        slots.halve();
        assert_eq!(slots.window(), 4);
    }

    #[test]
    fn failures_never_exceed_the_limit_and_one_whatever_is_under_way() {
        for limit in 0..6 {
            let mut slots = Admission::new(64, limit, 64);
            let mut all = 0;
            while slots.may_admit() {
                while slots.may_admit() {
                    slots.begin();
                }
                for _ in 0..slots.in_flight() {
                    slots.end(true);
                    all += 1;
                }
            }
            assert_eq!(all, limit + 1);
            assert!(slots.is_exhausted() && slots.is_closed());
        }
    }

    #[test]
    fn a_small_canary_without_allowance_is_serial() {
        let mut slots = Admission::new(64, 0, 64);
        slots.begin();
        assert!(!slots.may_admit());
        slots.end(false);
        assert!(slots.may_admit());
    }
}
