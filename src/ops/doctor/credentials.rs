//! Every stored credential: for this cloud and its authority, its secret there, and not about to end.

use super::check::Check;
use crate::app::App;
use crate::auth;
use crate::auth::credential_source::{ClientCredential, CredentialSource};
use crate::auth::records::{CredentialKind, Record, Records};

/// From so many days before its end, a secret or certificate is spoken of.
const EARLY_DAYS: i64 = 30;
const DAY: i64 = 24 * 3600;

/// Judges all credentials of the cloud in use; `unlocked` says that the keyring can be read in silence.
pub(super) fn checks(app: &App, unlocked: bool) -> Vec<Check> {
    let records = match Records::load(&app.settings.home) {
        Ok(records) => records,
        Err(err) => return vec![Check::refused("credentials", err)],
    };
    if records.credentials.is_empty() {
        let none = Check::skipped("credentials", "there are none");
        return vec![none.hint("Keep one: `az-imageshare credential add --help`.")];
    }
    let judged = records.credentials.iter();
    judged.map(|record| check(app, record, unlocked)).collect()
}

fn check(app: &App, record: &Record, unlocked: bool) -> Check {
    let name = format!("credential {}", record.name);
    if record.cloud != app.settings.cloud.name {
        return Check::skipped(name, format!("is for cloud {}", record.cloud));
    }
    if let Err(err) = auth::application_of(record, &app.settings.cloud) {
        return Check::refused(name, err);
    }
    let asks_keyring = record.kind != CredentialKind::Federated;
    if asks_keyring && !unlocked {
        let ends = stated_end(record);
        return ending(app, record, ends)
            .unwrap_or_else(|| Check::skipped(name, "its store is not open"));
    }
    let shown = CredentialSource::of_record(record)
        .and_then(|source| source.fetch(&record.name, &app.settings.home, &*app.secrets));
    let ends = match shown {
        Err(err) => return Check::refused(name, err),
        Ok(ClientCredential::Certificate(certificate)) => certificate.ends(),
        Ok(_) => stated_end(record),
    };
    ending(app, record, ends).unwrap_or_else(|| {
        let kept = match record.kind {
            CredentialKind::Secret => "its secret is where it was kept",
            CredentialKind::Certificate => "its certificate opens",
            CredentialKind::Federated if record.token_issuer.is_some() => {
                "a pipeline issues its tokens"
            }
            CredentialKind::Federated => "its token file is readable",
            CredentialKind::User => "its sign-in opens",
        };
        let until = ends
            .map_or_else(String::new, |ends| format!(", good until {}", super::check::day(ends)));
        Check::ok(name, format!("{kept}{until}"))
    })
}

/// Speaks of an end that is near or past.
fn ending(app: &App, record: &Record, ends: Option<i64>) -> Option<Check> {
    let ends = ends?;
    let what = match record.kind {
        CredentialKind::Certificate => "certificate",
        _ => "secret",
    };
    let name = format!("credential {}", record.name);
    let day = super::check::day(ends);
    let hint = format!(
        "Make a new {what} in Entra and run `az-imageshare credential rotate -n {}`.",
        record.name
    );
    let left = ends - app.now();
    if left < 0 {
        Some(Check::failed(name, format!("its {what} ended on {day}"), hint))
    } else if left < EARLY_DAYS * DAY {
        Some(Check::warning(name, format!("its {what} ends on {day}"), hint))
    } else {
        None
    }
}

/// The end of the day that the user gave: the secret itself does not say.
fn stated_end(record: &Record) -> Option<i64> {
    let day: jiff::civil::Date = record.secret_expires_on.as_ref()?.parse().ok()?;
    let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_second() + DAY - 1)
}
