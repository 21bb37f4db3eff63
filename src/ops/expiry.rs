//! The last day of a share, kept where the service has room for it: in the description of a role
//! assignment or of a Lighthouse offer, as the words `az-imageshare expires=2026-12-31`, among whatever else is there.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::app::App;
use crate::error::Result;
use crate::ops::change::findings::Findings;

/// The last day of something, as people type it: a date, or a time from today.
#[derive(Clone, Copy, Debug)]
pub enum Expiry {
    /// On this day.
    On(Date),
    /// So long from today.
    After(Span),
}

impl FromStr for Expiry {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Expiry, Self::Err> {
        // Entra's portal shows a moment; its day is what counts.
        let day = text.get(..DAY).filter(|_| {
            text.get(DAY..).is_some_and(|rest| rest.is_empty() || rest.starts_with('T'))
        });
        if let Some(Ok(day)) = day.map(str::parse) {
            return Ok(Expiry::On(day));
        }
        let unit = text.len().checked_sub(1).filter(|end| text.is_char_boundary(*end));
        let (number, unit) = text.split_at(unit.ok_or(FORMS)?);
        let number: u16 = number.parse().map_err(|_| FORMS)?;
        let span = match unit {
            "d" => Span::new().days(number),
            "w" => Span::new().weeks(number),
            "y" if number <= 100 => Span::new().years(number),
            _ => return Err(FORMS),
        };
        if number == 0 { Err(FORMS) } else { Ok(Expiry::After(span)) }
    }
}

impl Expiry {
    /// The day it means today.
    pub fn last_day(self, today: Date) -> Date {
        match self {
            Expiry::On(day) => day,
            Expiry::After(span) => today.saturating_add(span),
        }
    }
}

const FORMS: &str = "not a date like 2027-01-31, nor a time from today like 30d, 12w or 1y";

/// The last day as it is kept.
pub(crate) fn last_day_text(app: &App, expiry: Option<Expiry>) -> Option<String> {
    expiry.map(|expiry| expiry.last_day(today(app)).to_string())
}

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

/// A description that records `last_day`, with all else that was in it.
pub fn record(description: &str, last_day: Date) -> String {
    match description.split_once(MARK) {
        Some((before, rest)) if recorded(description).is_some() => {
            format!("{before}{MARK}{last_day}{}", &rest[DAY..])
        }
        _ if description.trim().is_empty() => format!("{MARK}{last_day}"),
        _ => format!("{} {MARK}{last_day}", description.trim_end()),
    }
}

/// What is before the day. It is documented and never changes: other tools may read it.
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

    #[test]
    fn a_last_day_is_a_date_or_a_time_from_today() {
        // bugs F12: errors spoke the library's words, and every argument had a parser of its own.
        let today: Date = "2026-11-29".parse().unwrap();
        let read = |text: &str| text.parse::<Expiry>().map(|read| read.last_day(today).to_string());
        for (text, day) in [
            ("2027-01-31", "2027-01-31"),
            ("2027-01-31T10:00:00Z", "2027-01-31"),
            ("1d", "2026-11-30"),
            ("30d", "2026-12-29"),
            ("12w", "2027-02-21"),
            ("1y", "2027-11-29"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(day), "{text}");
        }
        for bad in [
            "",
            "soon",
            "31.1.2027",
            "2027-02-30",
            "2027-01-31x",
            "30",
            "0d",
            "-1d",
            "1m",
            "999999d",
            "101y",
            "1ü",
            "é",
        ] {
            assert_eq!(read(bad), Err(FORMS), "{bad}");
        }
    }
}
