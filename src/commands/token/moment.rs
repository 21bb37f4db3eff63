//! Moments as `az` prints them.

/// A moment as `az` prints it: local time, without saying so.
pub(crate) fn local_time(seconds: i64) -> String {
    let zone = jiff::tz::TimeZone::system();
    jiff::Timestamp::from_second(seconds)
        .map(|moment| moment.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S.%6f").to_string())
        .unwrap_or_default()
}
