//! `credential store use`

use clap::Args;

use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::passphrase::PassphraseArgs;
use crate::error::{Error, Result};
use crate::ops::credential::store::{self, StoreKind};
use crate::output::Output;

/// Keep secrets in another store, and move them there
///
/// Each secret is written to the new store and read back before that store is in use; then the old
/// copies go. `passphrase` needs no desktop: it seals files with a key that Argon2id wraps. `boot` needs
/// no passphrase either, and its key is gone when the computer restarts.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential store use passphrase
  pass show az-imageshare | az-imageshare credential store use passphrase --passphrase-stdin
  az-imageshare credential store use boot --yes
  az-imageshare credential store use keyring

Permissions: none, nothing is called.
See: https://www.rfc-editor.org/rfc/rfc9106")]
pub(crate) struct StoreUseArgs {
    /// Store to use
    #[arg(value_name = "STORE", value_enum)]
    store: StoreWord,
    /// Choose a new passphrase for the store `passphrase`
    #[arg(long)]
    new_passphrase: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

/// A store, as it is typed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum StoreWord {
    /// The keyring of the operating system
    Keyring,
    /// Files under a passphrase
    Passphrase,
    /// Files whose key the kernel has until the computer restarts
    Boot,
}

impl From<StoreWord> for StoreKind {
    fn from(word: StoreWord) -> StoreKind {
        match word {
            StoreWord::Keyring => StoreKind::Keyring,
            StoreWord::Passphrase => StoreKind::Passphrase,
            StoreWord::Boot => StoreKind::Boot,
        }
    }
}

pub(super) fn use_store(args: &StoreUseArgs, app: &App) -> Result<Output> {
    let wanted = StoreKind::from(args.store);
    if args.new_passphrase && wanted != StoreKind::Passphrase {
        let word = wanted.word();
        return Err(Error::usage(format!("--new-passphrase: the store '{word}' has none"))
            .hint("Run `az-imageshare credential store use passphrase --new-passphrase`."));
    }
    let plan = store::relocation_plan(app, wanted, args.new_passphrase)?;
    let asks =
        args.change.dry_run().is_none() && store::moves_to(app, wanted, args.new_passphrase)?;
    let passphrase = if asks && wanted == StoreKind::Passphrase {
        Some(args.passphrase.chosen(app)?)
    } else {
        None
    };
    app.block_on(args.change.carry_out(app, plan, async |run| {
        if !run.plan().is_settled() {
            let work = async { store::relocate_secrets(app, wanted, passphrase.as_ref()) };
            run.perform_every(work).await?;
        }
        Ok(Output::of(&store::store_status(app)?))
    }))
}
