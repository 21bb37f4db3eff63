//! `credential import`

use clap::Args;

use super::value;
use super::view::CredentialView;
use crate::app::App;
use crate::error::Result;
use crate::ops::import::{self, ImportPlan};
use crate::output::Output;

/// Move az's plaintext service principals into the keyring
///
/// Reads az's service_principal_entries.json (secrets and certificates), or with --from-environment
/// the AZURE_* variables, shows what it would import, and asks. Each stored secret is read back
/// first. az's file is left unchanged unless --remove-source is given; then each entry is removed
/// after it was verified. Entries already imported are skipped.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential import
  az-imageshare credential import --yes --remove-source
  az-imageshare credential import --from-environment -n pipeline --default --yes

Permissions: none in Azure; nothing is asked of it, but for a tenant that az knows by its domain.
API: https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc")]
pub(crate) struct CredentialImportArgs {
    /// Name for the credential, if it is only one [default: derived from the application id]
    #[arg(long, short, value_name = "NAME", value_parser = value::credential_name)]
    name: Option<String>,
    /// Take it from AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or its like)
    #[arg(long)]
    from_environment: bool,
    /// Remove each entry from az's file after it was stored and verified
    #[arg(long, conflicts_with = "from_environment")]
    remove_source: bool,
    /// Sign in with it whenever no other credential is chosen, if it is only one
    #[arg(long)]
    default: bool,
    /// Do not prompt for confirmation
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn import_credentials(args: &CredentialImportArgs, app: &App) -> Result<Output> {
    // Nobody should be asked about secrets that cannot be kept.
    app.secrets.probe()?;
    let name = args.name.as_deref();
    let mut plan = app.block_on(async {
        if args.from_environment {
            import::plan_from_environment(app, name).await
        } else {
            import::plan_from_az(app, name).await
        }
    })?;
    for line in plan.lines() {
        app.reporter.note(&line);
    }
    let removes = args.remove_source && plan.in_az() > 0;
    if plan.new_ones() == 0 && !removes {
        return Ok(Output::rows(&Vec::<CredentialView>::new()));
    }
    if let (true, [only]) = (args.default, &mut plan.candidates[..]) {
        only.draft.is_default = true;
    }
    app.block_on(app.confirm(&import_question(&plan, removes), args.yes))?;
    let made = import::carry_out(app, &plan, args.remove_source)?;
    advise_on_source(args, &plan, app);
    let rows: Vec<CredentialView> = made.into_iter().map(CredentialView::from).collect();
    Ok(Output::rows(&rows))
}

fn import_question(plan: &ImportPlan, removes: bool) -> String {
    let new = plan.new_ones();
    match (new, removes) {
        (0, _) => format!("Take {} entries out of az's file?", plan.in_az()),
        (_, false) => format!("Bring {new} credentials into the keyring?"),
        (_, true) => format!(
            "Bring {new} credentials into the keyring, and take {} entries out of az's file?",
            plan.in_az()
        ),
    }
}

/// Says what still lies in the clear.
fn advise_on_source(args: &CredentialImportArgs, plan: &ImportPlan, app: &App) {
    if args.from_environment {
        app.reporter.note("the secret is in the keyring; take it out of the environment: `unset AZURE_CLIENT_SECRET`");
    } else if !args.remove_source && plan.in_az() > 0 {
        app.reporter.note("az's file still holds the secrets; take them out: `az-imageshare credential import --remove-source`");
    }
}
