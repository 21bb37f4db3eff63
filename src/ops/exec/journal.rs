//! `--log FILE`: who asked for which token, and what became of it, a line of JSON each; never a token.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::id::TenantId;

/// The file that requests are noted in.
pub(crate) struct RunJournal {
    file: Mutex<File>,
}

impl RunJournal {
    /// Opens the file, and goes on behind what is in it.
    pub(crate) fn open(path: &Path) -> Result<RunJournal> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|err| {
            Error::usage(format!("cannot write {}: {err}", path.display()))
                .hint("Name a file in a folder of your own with `--log FILE`.")
        })?;
        Ok(RunJournal { file: Mutex::new(file) })
    }
}

impl Endpoint {
    /// Notes a request, if that is wanted. A full disk must not make it refuse a token.
    pub(crate) fn note(
        &self,
        road: &str,
        tenant: Option<TenantId>,
        resource: &str,
        refused: Option<&Error>,
    ) {
        let Some(journal) = &self.journal else { return };
        let time = jiff::Timestamp::try_from((self.clock)()).unwrap_or_default();
        let line = json!({
            "time": time.to_string(),
            "protocol": road,
            "tenant": tenant.unwrap_or_else(|| self.loan.default_tenant()),
            "resource": resource,
            "outcome": refused.map_or_else(|| "lent".to_owned(), ToString::to_string),
        });
        let mut file = journal.file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(file, "{line}");
    }

    /// True if `client` is the application whose tokens are lent.
    pub(crate) fn is_own_client(&self, client: &str) -> bool {
        self.loan.lender.client.is_some_and(|own| own.to_string().eq_ignore_ascii_case(client))
    }
}
