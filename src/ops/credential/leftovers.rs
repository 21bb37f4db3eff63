//! What a change of credentials leaves to be cleared away behind it. That it fails denies nothing of the change.

use crate::app::App;
use crate::auth::cache::TokenCache;
use crate::auth::records::{CERTIFICATES, Record, RecordsChange};
use crate::error::{Kind, Result};
use crate::secrets::folder::PrivateFolder;

/// Takes away what a rotation replaced: the old secret and its tokens.
///
/// # Errors
/// If it is not gone; the next change of a credential takes it away.
pub(crate) fn forget_replaced(app: &App, name: &str) -> Result<()> {
    let mut change = RecordsChange::begin(&app.settings.home)?;
    let tidied = clear_tokens(app, name).and_then(|()| drop_pending(app, &mut change));
    change.sweep();
    tidied.map_err(|err| {
        err.while_doing(format!("the new secret of '{name}' is kept, but what it replaced is not gone"))
            .of_kind(Kind::Partial)
            .hint(format!("The next change of a credential removes it; check with `az-imageshare credential test -n {name}`."))
    })
}

/// Removes the cached tokens of a credential that is gone.
///
/// # Errors
/// If they are still there; the credential is gone all the same.
pub(crate) fn forget_tokens(app: &App, name: &str) -> Result<()> {
    clear_tokens(app, name).map_err(|err| {
        err.while_doing(format!("credential '{name}' is removed, but its cached tokens are not"))
            .of_kind(Kind::Partial)
            .hint("Remove them with `az-imageshare token clear --all`.")
    })
}

pub(super) fn drop_pending(app: &App, change: &mut RecordsChange) -> Result<()> {
    if change.records.pending.is_empty() {
        return Ok(());
    }
    let certificates = PrivateFolder::open(&app.settings.home.join(CERTIFICATES))?;
    for item in change.records.pending.clone() {
        app.secrets.forget(&item)?;
        if let Some(folder) = &certificates {
            folder.remove(&Record::sealed_file(&item))?;
        }
        change.records.pending.retain(|pending| *pending != item);
    }
    change.save()?;
    Ok(())
}

pub(super) fn clear_tokens(app: &App, name: &str) -> Result<()> {
    if let Some(cache) = TokenCache::open(&app.settings.home)? {
        cache.clear(|label| label.identity.credential == name)?;
        cache.forget_refusals();
    }
    Ok(())
}
