//! `credential import`

use clap::Args;

use super::value;
use super::view::CredentialView;
use crate::app::App;
use zeroize::Zeroizing;

use crate::commands::change_args::ChangeArgs;
use crate::commands::file_argument::FileArgument;
use crate::commands::secret_input::SecretInput;
use crate::error::Result;
use crate::ops::import::{self, ImportPlan};
use crate::output::Output;
use crate::secrets::Secret;

/// Move az's plaintext service principals into the keyring
///
/// Reads az's service_principal_entries.json (secrets and certificates). With --from-environment it
/// reads the AZURE_* variables, and with --from-file what `az ad sp create-for-rbac` printed. Each
/// stored secret is read back first. az's file is left unchanged unless --remove-source is given;
/// then it asks, and removes each entry after it was verified. Entries already imported are skipped.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential import
  az-imageshare credential import --yes --remove-source
  az-imageshare credential import --from-environment -n pipeline --default --yes
  az-imageshare credential import --from-file credentials.json -n pipeline

Permissions: none in Azure; nothing is asked of it, but for a tenant that az knows by its domain.
API: https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc")]
pub(crate) struct CredentialImportArgs {
    /// Name for the credential, if it is only one [default: derived from the application id]
    #[arg(long, short, value_name = "NAME", value_parser = value::credential_name)]
    name: Option<String>,
    /// Take it from AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or its like)
    #[arg(long)]
    from_environment: bool,
    /// Take it from the JSON that `az ad sp create-for-rbac` printed; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "from_environment")]
    from_file: Option<FileArgument>,
    /// Remove each entry from az's file after it was stored and verified
    #[arg(long, conflicts_with_all = ["from_environment", "from_file"])]
    remove_source: bool,
    /// Sign in with it whenever no other credential is chosen, if it is only one
    #[arg(long)]
    default: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn import_credentials(args: &CredentialImportArgs, app: &App) -> Result<Output> {
    if args.change.dry_run().is_none() {
        // Nobody should be asked about secrets that cannot be kept.
        app.secrets.probe()?;
    }
    let name = args.name.as_deref();
    let document = args.from_file.as_ref().map(|file| read_document_file(file, app)).transpose()?;
    let mut found = app.block_on(async {
        if let Some(document) = &document {
            import::plan_from_document(app, document, name).await
        } else if args.from_environment {
            import::plan_from_environment(app, name).await
        } else {
            import::plan_from_az(app, name).await
        }
    })?;
    if let (true, [only]) = (args.default, &mut found.candidates[..]) {
        only.draft.is_default = true;
    }
    let plan = found.change_plan(app, args.remove_source)?;
    app.block_on(args.change.carry_out(app, plan, async |run| {
        let made = import::carry_out(app, run, &found).await?;
        if !run.plan().is_settled() {
            advise_on_source(args, &found, app);
        }
        let rows: Vec<CredentialView> = made.into_iter().map(CredentialView::from).collect();
        Ok(Output::rows(&rows))
    }))
}

fn read_document_file(file: &FileArgument, app: &App) -> Result<Secret> {
    let path = file.path(app);
    let is_stdin = path.as_os_str() == "-";
    let source = SecretInput {
        file: Some(path.as_path()).filter(|_| !is_stdin),
        stdin: is_stdin,
        flags: ("--from-file", "--from-file -"),
    };
    let read = Zeroizing::new(source.read_piped(app)?);
    Ok(Secret::new(String::from_utf8_lossy(&read).into_owned()))
}

/// Says what still lies in plaintext.
fn advise_on_source(args: &CredentialImportArgs, plan: &ImportPlan, app: &App) {
    if args.from_environment {
        let name = app.settings.environment.secret_variable();
        app.reporter.note(&format!(
            "the secret is in {}; take it out of the environment: `unset {name}`",
            app.stores.title()
        ));
    } else if args.from_file.is_some() {
        let store = app.stores.title();
        app.reporter.note(&format!("the secret is in {store}; delete the file that it came from"));
    } else if !args.remove_source && plan.in_az() > 0 {
        app.reporter.note("az's file still holds the secrets; take them out: `az-imageshare credential import --remove-source`");
    }
}
