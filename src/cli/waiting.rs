//! How long work goes on: said once where someone watches, with the time on the same line, and every half minute
//! where no one does.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Where progress goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProgressAudience {
    /// A terminal whose lines can be written anew.
    Screen,
    /// Someone who wants every step, on lines that stay.
    Reader,
    /// No one in particular, such as the log of a pipeline.
    Log,
}

/// What a step amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProgressLine {
    /// A line of its own.
    Fresh(String),
    /// The same line again, over the last one.
    Again(String),
}

/// Remembers what was said last, and when.
pub(crate) struct WaitClock {
    audience: ProgressAudience,
    began: Instant,
    last: Mutex<LastStep>,
}

struct LastStep {
    text: String,
    /// Since when the same is said.
    since: Instant,
    said: Instant,
    /// Whether no other line came behind it.
    is_lowest: bool,
}

impl WaitClock {
    /// A clock that starts now.
    pub(crate) fn start(audience: ProgressAudience, now: Instant) -> WaitClock {
        let last = LastStep { text: String::new(), since: now, said: now, is_lowest: false };
        WaitClock { audience, began: now, last: Mutex::new(last) }
    }

    /// What is to be written for this step, if anything.
    pub(crate) fn step(&self, text: &str, now: Instant) -> Option<ProgressLine> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if self.audience == ProgressAudience::Log {
            let is_due = now - last.said >= EVERY;
            return is_due.then(|| {
                last.said = now;
                ProgressLine::Fresh(timed(text, now - self.began))
            });
        }
        if last.text != text {
            let is_lowest = text.chars().count() + ROOM_FOR_TIME < NARROWEST;
            *last = LastStep { text: text.to_owned(), since: now, said: now, is_lowest };
            return Some(ProgressLine::Fresh(text.to_owned()));
        }
        let elapsed = now - last.since;
        if self.audience == ProgressAudience::Screen && last.is_lowest {
            let is_new = elapsed.as_secs() != (last.said - last.since).as_secs();
            last.said = now;
            return is_new.then(|| ProgressLine::Again(timed(text, elapsed)));
        }
        let is_due = now - last.said >= EVERY;
        is_due.then(|| {
            last.said = now;
            ProgressLine::Fresh(timed(text, elapsed))
        })
    }

    /// Another line was written: the last step is not the lowest line any more.
    pub(crate) fn passed(&self, now: Instant) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_lowest = false;
        if self.audience == ProgressAudience::Log {
            last.said = now;
        }
    }
}

/// `Deployment 'x': Running (45 s)`, from a minute on `(2 min 5 s)`.
fn timed(text: &str, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0..60 => format!("{text} ({seconds} s)"),
        _ => format!("{text} ({} min {} s)", seconds / 60, seconds % 60),
    }
}

/// A reader of a log wants to see that the work goes on, and no line for each question.
const EVERY: Duration = Duration::from_secs(30);
/// A line that would be broken by a terminal cannot be written anew.
const NARROWEST: usize = 80;
const ROOM_FOR_TIME: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn said(audience: ProgressAudience, steps: &[(u64, &str)]) -> Vec<ProgressLine> {
        let start = Instant::now();
        let clock = WaitClock::start(audience, start);
        let at = |seconds: &u64| start + Duration::from_secs(*seconds);
        steps.iter().filter_map(|(seconds, text)| clock.step(text, at(seconds))).collect()
    }

    #[test]
    fn a_terminal_shows_one_line_with_the_time() {
        let steps = [(0, "Running"), (0, "Running"), (2, "Running"), (65, "Running"), (66, "Done")];
        assert_eq!(
            said(ProgressAudience::Screen, &steps),
            [
                ProgressLine::Fresh("Running".into()),
                ProgressLine::Again("Running (2 s)".into()),
                ProgressLine::Again("Running (1 min 5 s)".into()),
                ProgressLine::Fresh("Done".into()),
            ]
        );
    }

    #[test]
    fn a_log_hears_of_it_every_half_minute() {
        let steps = [(0, "a"), (1, "b"), (29, "b"), (31, "b"), (45, "c"), (62, "c")];
        assert_eq!(
            said(ProgressAudience::Log, &steps),
            [ProgressLine::Fresh("b (31 s)".into()), ProgressLine::Fresh("c (1 min 2 s)".into())]
        );
    }

    #[test]
    fn lines_that_stay_are_not_repeated_for_each_question() {
        let steps = [(0, "a"), (2, "a"), (4, "a"), (33, "a"), (40, "b")];
        assert_eq!(
            said(ProgressAudience::Reader, &steps),
            [
                ProgressLine::Fresh("a".into()),
                ProgressLine::Fresh("a (33 s)".into()),
                ProgressLine::Fresh("b".into())
            ]
        );
    }

    #[test]
    fn nothing_is_written_over_another_line() {
        let start = Instant::now();
        let clock = WaitClock::start(ProgressAudience::Screen, start);
        assert!(clock.step("a", start).is_some());
        clock.passed(start);
        assert_eq!(clock.step("a", start + Duration::from_secs(5)), None);
        let later = start + Duration::from_secs(31);
        assert_eq!(clock.step("a", later), Some(ProgressLine::Fresh("a (31 s)".into())));
    }
}
