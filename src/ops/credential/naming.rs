//! What the store of the secrets is called in the records.

use crate::app::App;
use crate::auth::records::Records;
use crate::error::Result;

/// The records, with the store that is in use now.
pub(super) fn current_records(app: &App) -> Result<Records> {
    let mut records = Records::load(&app.settings.home)?;
    name_store(app, &mut records);
    Ok(records)
}

/// Notes where all secrets are: a move that was killed may not have come to that.
pub(super) fn name_store(app: &App, records: &mut Records) {
    let name = app.secrets.name();
    for record in records.credentials.iter_mut().filter(|record| record.item.is_some()) {
        name.clone_into(&mut record.store);
    }
}
