//! Times on the command line, such as `90s`, `15m` or `1h`.

use std::time::Duration;

/// Reads a number with `s`, `m` or `h` behind it; without any it is seconds.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    const REFUSED: &str = "not a time such as 90s, 15m or 1h";
    let text_only = text.trim();
    let number = text_only.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text_only[number.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        _ => return Err(REFUSED),
    };
    let number: u64 = number.parse().or(Err(REFUSED))?;
    number
        .checked_mul(unit)
        .filter(|seconds| *seconds <= LONGEST)
        .map(Duration::from_secs)
        .ok_or(REFUSED)
}

const LONGEST: u64 = 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_unit() {
        let seconds = |text: &str| parse_duration(text).map(|time| time.as_secs());
        assert_eq!(seconds("15m"), Ok(900));
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("1h"), Ok(3600));
        assert_eq!(seconds("0"), Ok(0));
        assert_eq!(seconds("45"), Ok(45));
        for bad in ["", "m", "-1", "1.5h", "1d", "15 minutes", "5é", "99999999999999999999h", "25h"]
        {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
