//! Moments as `az` prints them.

use jiff::tz::TimeZone;

/// A moment as `az` prints it: local time, without saying so.
pub(crate) fn local_time(zone: &TimeZone, seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map(|moment| moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S.%6f").to_string())
        .unwrap_or_default()
}
