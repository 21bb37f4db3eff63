//! Reminds of a secret or certificate that ends: one that ends unnoticed stops a pipeline at night.
//!
//! Thirty days before, seven days before, and then every day; never twice on one day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::context::SignInContext;
use super::records::{CredentialKind, Record};
use crate::secrets::folder::PrivateFolder;

const FILE: &str = "reminders.json";

/// When someone was last reminded of a credential, and how near its end was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ReminderMark {
    day: String,
    /// 30, 7 or 1.
    level: i32,
}

/// Says that a credential ends soon, if it is time to say so.
pub(super) fn remind_of_end(context: &SignInContext, record: &Record) {
    let day = |text: &String| text.parse::<Date>().ok();
    let Some(last) = record.secret_expires_on.as_ref().and_then(day) else {
        return;
    };
    let now = jiff::Timestamp::try_from((context.clock)()).unwrap_or_default();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let left = (last - today).get_days();
    let Some(level) = level_of(left) else {
        return;
    };
    let mark = ReminderMark { day: today.to_string(), level };
    let mut marks = known_marks(context);
    if !is_due(marks.get(&record.name), &mark) {
        return;
    }
    (context.warn)(&reminder_text(record, last, left));
    marks.insert(record.name.clone(), mark);
    keep_marks(context, &marks);
}

/// How near the end is; nothing while it is far.
fn level_of(left: i32) -> Option<i32> {
    match left {
        ..=1 => Some(1),
        2..=7 => Some(7),
        8..=30 => Some(30),
        _ => None,
    }
}

fn is_due(known: Option<&ReminderMark>, now: &ReminderMark) -> bool {
    match known {
        None => true,
        Some(known) if known.day == now.day => false,
        // A new secret may end later than the one that was spoken of.
        Some(known) => known.level != now.level || now.level <= 7,
    }
}

fn reminder_text(record: &Record, last: Date, left: i32) -> String {
    let name = &record.name;
    let what = match record.kind {
        CredentialKind::Certificate => "certificate",
        _ => "secret",
    };
    let when = match left {
        ..0 => format!("ended on {last}"),
        0 => "ends today".to_owned(),
        1 => format!("ends tomorrow, on {last}"),
        days => format!("ends on {last}, in {days} days"),
    };
    let rotate =
        format!("make a new one in Entra and run `az-imageshare credential rotate -n {name}`");
    if left < 0 {
        return format!("the {what} of credential '{name}' {when}: {rotate}");
    }
    format!(
        "the {what} of credential '{name}' {when}: run `az-imageshare credential renew -n {name}`, or {rotate}"
    )
}

/// A file that cannot be read only means that someone is reminded once more.
fn known_marks(context: &SignInContext) -> BTreeMap<String, ReminderMark> {
    let folder = PrivateFolder::open(&context.settings.home).ok().flatten();
    let content = folder.and_then(|folder| folder.read(FILE).ok().flatten());
    content.and_then(|content| serde_json::from_slice(&content).ok()).unwrap_or_default()
}

fn keep_marks(context: &SignInContext, marks: &BTreeMap<String, ReminderMark>) {
    if let Ok(Some(folder)) = PrivateFolder::open(&context.settings.home) {
        let content = serde_json::to_vec(marks).unwrap_or_default();
        let _ = folder.write(FILE, &content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reminders_come_at_thirty_and_seven_days_and_then_daily() {
        let mark =
            |day: &str, left| ReminderMark { day: day.to_owned(), level: level_of(left).unwrap() };
        assert_eq!(level_of(31), None);
        let table = [
            (None, mark("a", 30), true),
            (Some(mark("a", 30)), mark("a", 30), false),
            (Some(mark("a", 30)), mark("b", 29), false),
            (Some(mark("b", 8)), mark("c", 7), true),
            (Some(mark("c", 7)), mark("d", 6), true),
            (Some(mark("d", 2)), mark("d", 1), false),
            (Some(mark("d", 1)), mark("e", -3), true),
        ];
        for (known, now, due) in table {
            assert_eq!(is_due(known.as_ref(), &now), due, "{known:?} {now:?}");
        }
    }
}
