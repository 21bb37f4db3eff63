//! The last day of a share, kept where the service has room for it: in the description of a role
//! assignment or of a Lighthouse offer, as the words `az-imageshare expires=2026-12-31`, among whatever else stands there.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::app::App;
use crate::error::Result;
use crate::ops::change::findings::Findings;

/// The day that it is now, in UTC.
pub fn today(app: &App) -> Date {
    Timestamp::from_second(app.now())
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(TimeZone::UTC)
        .date()
}

/// Refuses the last day that `flag` gives if it has passed.
pub fn check(app: &App, flag: &str, last_day: Option<Date>) -> Result<()> {
    let mut findings = Findings::default();
    judge(app, flag, last_day, &mut findings);
    findings.settle(app.reporter.as_ref(), "nothing was called")
}

/// Finds a last day that has passed.
pub fn judge(app: &App, flag: &str, last_day: Option<Date>, findings: &mut Findings) {
    let today = today(app);
    if let Some(day) = last_day.filter(|day| *day < today) {
        findings.input(
            format!("{flag} {day}"),
            format!("has passed, today is {today} in UTC"),
            "Give the last day on which it is to hold, such as 2027-01-31.",
        );
    }
}

/// The last day that a description records.
pub fn recorded(description: &str) -> Option<Date> {
    let (_, rest) = description.split_once(MARK)?;
    rest.get(..DAY)?.parse().ok()
}

/// A description that records `last_day`, with all else that stood in it.
pub fn record(description: &str, last_day: Date) -> String {
    match description.split_once(MARK) {
        Some((before, rest)) if recorded(description).is_some() => {
            format!("{before}{MARK}{last_day}{}", &rest[DAY..])
        }
        _ if description.trim().is_empty() => format!("{MARK}{last_day}"),
        _ => format!("{} {MARK}{last_day}", description.trim_end()),
    }
}

/// What stands before the day. It is documented and never changes: other tools may read it.
pub const MARK: &str = "az-imageshare expires=";

/// Letters of a day.
const DAY: usize = "2026-12-31".len();

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_recorded_is_read_again() {
        for before in ["", "for Fabrikam, ticket 42", "  "] {
            let text = record(before, day("2026-12-31"));
            assert_eq!(recorded(&text), Some(day("2026-12-31")), "{text}");
            assert!(text.starts_with(before.trim()), "{text}");
        }
    }

    #[test]
    fn a_new_day_takes_the_place_of_the_old_one() {
        let text = record("a az-imageshare expires=2026-12-31 b", day("2027-01-31"));
        assert_eq!(text, "a az-imageshare expires=2027-01-31 b");
    }

    #[test]
    fn the_day_is_found_among_other_words() {
        for text in [
            "for Ada; az-imageshare expires=2027-01-31",
            "az-imageshare expires=2027-01-31 ticket 5",
        ] {
            assert_eq!(recorded(text), Some(day("2027-01-31")), "{text}");
        }
    }

    #[test]
    fn other_texts_record_nothing() {
        for text in [
            "",
            "expires=2026-12-31",
            "az-imageshare expires=soon",
            "az-imageshare expires=2026-13-01",
            "az-imageshare expires=",
        ] {
            assert_eq!(recorded(text), None, "{text}");
        }
    }
}
