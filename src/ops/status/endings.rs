//! What ends soon: secrets and certificates of credentials, and shares whose last day an earlier run recorded.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::credentials::{CredentialStatus, EARLY_DAYS};
use crate::app::App;
use crate::id::resource_name;
use crate::ops::change::{ChangeKind, WriteKind};
use crate::ops::expiry;
use crate::ops::history::{RecordedRun, RecordedStep};
use crate::ops::share::expiry_tags::TAG;

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ending {
    /// `secret`, `certificate` or `share`.
    pub what: &'static str,
    /// Which one.
    pub name: String,
    /// The last day.
    pub ends_on: String,
    /// Days from today; negative if it has passed.
    pub days_left: i32,
    /// The command that looks after it.
    pub next: String,
}

/// Everything that ends within 30 days, or has ended, the next first.
pub(super) fn all(
    app: &App,
    credentials: &[CredentialStatus],
    runs: &[RecordedRun],
) -> Vec<Ending> {
    let today = expiry::today(app);
    let mut found: Vec<Ending> =
        credentials.iter().filter_map(|status| of_credential(status, today)).collect();
    found.extend(of_runs(runs, today));
    found.sort_by(|one, other| (&one.ends_on, &one.name).cmp(&(&other.ends_on, &other.name)));
    found
}

fn ending(what: &'static str, name: &str, last: Date, today: Date, next: String) -> Option<Ending> {
    let days_left = (last - today).get_days();
    (days_left <= EARLY_DAYS).then(|| Ending {
        what,
        name: name.to_owned(),
        ends_on: last.to_string(),
        days_left,
        next,
    })
}

fn of_credential(status: &CredentialStatus, today: Date) -> Option<Ending> {
    let last = status.ends_on.as_ref()?.parse().ok()?;
    ending(status.what_ends(), &status.name, last, today, status.renewal())
}

/// The shares that runs of this computer made and no later run took away. Runs come newest first.
fn of_runs(runs: &[RecordedRun], today: Date) -> Vec<Ending> {
    let mut latest: BTreeMap<String, Option<(String, Date)>> = BTreeMap::new();
    for step in runs.iter().flat_map(|run| run.steps.iter().rev()) {
        if step.outcome == "done" && !step.intent.id.is_empty() {
            latest.entry(key_of(step)).or_insert_with(|| last_day(step));
            // The last day of a share stands in the gallery's tags, and goes with the share.
            let is_share =
                matches!(step.intent.kind, WriteKind::DirectShare | WriteKind::CommunityShare);
            if is_share && step.intent.change == ChangeKind::Remove {
                latest.entry(key(WriteKind::Tags, &step.intent.id)).or_insert(None);
            }
        }
    }
    let ended = latest.into_values().flatten();
    let next = || "az-imageshare share prune --dry-run".to_owned();
    ended.filter_map(|(name, last)| ending("share", &name, last, today, next())).collect()
}

/// A gallery has one id for several kinds of writes.
fn key_of(step: &RecordedStep) -> String {
    key(step.intent.kind, &step.intent.id)
}

fn key(kind: WriteKind, id: &str) -> String {
    format!("{kind:?} {}", id.to_lowercase())
}

fn last_day(step: &RecordedStep) -> Option<(String, Date)> {
    if matches!(step.intent.change, ChangeKind::Remove | ChangeKind::Keep) {
        return None;
    }
    let last = recorded_in(&step.intent.after)?;
    // A step on a gallery's tags says nothing of which gallery.
    let name = match step.intent.kind {
        WriteKind::Tags => format!("gallery '{}'", resource_name(&step.intent.id)),
        _ => step.intent.title().to_owned(),
    };
    Some((name, last))
}

/// The last day in a description, or in a tag, of what was written; the nearest if there are several.
fn recorded_in(body: &Value) -> Option<Date> {
    match body {
        Value::String(text) => expiry::recorded(text),
        Value::Array(list) => list.iter().filter_map(recorded_in).min(),
        Value::Object(members) => {
            let is_day = |name: &str| name.starts_with(TAG) || name == "lastDay";
            let tags = members.iter().filter(|(name, _)| is_day(name));
            let tags = tags.filter_map(|(_, day)| day.as_str()?.parse().ok());
            tags.chain(members.values().filter_map(recorded_in)).min()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn last_days_are_found_in_descriptions_and_tags() {
        let day = |text: &str| Some(text.parse::<Date>().unwrap());
        let role = json!({"properties": {"description": "x az-imageshare expires=2026-12-31"}});
        assert_eq!(recorded_in(&role), day("2026-12-31"));
        let tags =
            json!({"tags": {"az-imageshare-expires-community": "2027-01-01", "a": "2020-01-01"}});
        assert_eq!(recorded_in(&tags), day("2027-01-01"));
        assert_eq!(recorded_in(&json!({"tags": {"other": "2027-01-01"}})), None);
    }
}
