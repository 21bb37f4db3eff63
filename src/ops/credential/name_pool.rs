//! Names for credentials that no one named.

use std::collections::BTreeSet;

use crate::app::App;
use crate::auth::records::Records;
use crate::error::Result;

/// The names that are taken.
pub(crate) struct NamePool(BTreeSet<String>);

impl NamePool {
    /// Those of all credentials.
    pub(crate) fn of(app: &App) -> Result<NamePool> {
        let records = Records::load(&app.settings.home)?;
        Ok(NamePool(records.credentials.into_iter().map(|record| record.name).collect()))
    }

    /// The name, with a number behind it if it is taken.
    pub(crate) fn next(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{wanted}-{number}");
            number += 1;
        }
        name
    }
}
