//! What an empty list says: where it looked, and what to try.

use crate::app::App;
use crate::ops::estate::sights::Sight;

/// Says on standard error that nothing was found, and where.
pub(super) fn tell_nothing(app: &App, what: &str, sights: &[Sight], all: bool, otherwise: &str) {
    let subscriptions: usize = sights.iter().map(|sight| sight.subscriptions.len()).sum();
    let who = match sights {
        [only] => format!("'{}' in tenant {}", only.identity.name, only.identity.tenant),
        several => format!("{} identities", several.len()),
    };
    let places = if subscriptions == 1 { "subscription" } else { "subscriptions" };
    let next = if all { otherwise } else { "Ask with all your identities: add `--all`." };
    app.reporter
        .note(&format!("No {what} found in {subscriptions} {places} that {who} can see. {next}"));
}
