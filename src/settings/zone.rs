//! The time zone that the clock on the wall shows, as the system's own library reads `TZ`.
//!
//! `az` prints local time without saying which: a tool that reads it back takes the system's. Source: tzset(3),
//! and POSIX.1-2024, "Other Environment Variables".

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::env;
use crate::process::{Process, file};

/// The zone that `TZ` names in any of its forms; without it, the computer's own.
pub(crate) fn local_zone(process: &Process) -> TimeZone {
    if cfg!(windows) {
        return TimeZone::system();
    }
    match process.raw(env::TZ) {
        None => zone_file(Path::new("/etc/localtime")).unwrap_or_else(TimeZone::system),
        Some(value) => value.to_str().and_then(zone_of).unwrap_or(TimeZone::UTC),
    }
}

fn zone_of(value: &str) -> Option<TimeZone> {
    let (is_file, name) = match value.strip_prefix(':') {
        Some(name) => (true, name),
        None => (false, value),
    };
    if name.is_empty() {
        return None;
    }
    if name.starts_with('/') {
        return zone_file(Path::new(name));
    }
    let is_inside = !name.split('/').any(|part| part == "..");
    let named = || FOLDERS.iter().find_map(|folder| zone_file(&PathBuf::from(folder).join(name)));
    let found = if is_inside { named() } else { None };
    found.or_else(|| if is_file { None } else { zone_of_rules(name) })
}

/// `CET-1CEST,M3.5.0,M10.5.0/3`; without rules, those of the United States hold, as in every C library.
fn zone_of_rules(text: &str) -> Option<TimeZone> {
    TimeZone::posix(text).or_else(|_| TimeZone::posix(&format!("{text},M3.2.0,M11.1.0"))).ok()
}

fn zone_file(path: &Path) -> Option<TimeZone> {
    let data = file::read_regular(path, file::LARGEST).ok()?;
    TimeZone::tzif(&path.display().to_string(), &data).ok()
}

const FOLDERS: [&str; 3] = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo"];

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn offset(value: &str) -> i32 {
        let zone = zone_of(value).unwrap_or(TimeZone::UTC);
        // 29 November 2026, noon in Greenwich.
        let moment = jiff::Timestamp::from_second(1_796_126_400).expect("a moment of 2026");
        zone.to_offset(moment).seconds() / 60
    }

    #[test]
    fn a_zone_is_read_in_every_form_that_the_system_takes() {
        // bugs F03, azure-sdk-for-python issue 14345: some forms silently gave UTC.
        let zone = "/usr/share/zoneinfo/Asia/Kolkata";
        assert!(Path::new(zone).exists(), "install tzdata");
        for (value, minutes) in [
            ("Asia/Kolkata", 330),
            (":Asia/Kolkata", 330),
            (zone, 330),
            (&format!(":{zone}"), 330),
            ("IST-5:30", 330),
            ("<+0530>-5:30", 330),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 60),
            ("CET-1CEST", 60),
            ("America/New_York", -300),
            ("EST5EDT", -300),
            ("UTC", 0),
            ("", 0),
            (":", 0),
            ("Nowhere/At_All", 0),
            ("../../etc/passwd", 0),
        ] {
            assert_eq!(offset(value), minutes, "TZ={value}");
        }
    }
}
