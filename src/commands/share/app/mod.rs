//! `share app`: a multi-tenant application as the bridge between publisher and consumer.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod accept;
mod consent_url;
mod create;
mod delete;
mod grant;
mod secret;
mod selector;
mod show;

/// Share a gallery with pipelines of other tenants through an application
///
/// The publisher registers a multi-tenant application and lets it read the gallery; the consumer
/// accepts it and lets it deploy. It then signs in to both tenants with one secret, or with none.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Create(Box<create::AppCreateArgs>),
    Grant(grant::AppGrantArgs),
    ConsentUrl(consent_url::AppConsentUrlArgs),
    Accept(accept::AppAcceptArgs),
    #[command(subcommand)]
    Secret(secret::Command),
    Show(show::AppShowArgs),
    #[command(visible_alias = "remove")]
    Delete(delete::AppDeleteArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Create(args) => create::create_application(*args, app),
            Command::Grant(args) => grant::grant_to_application(args, app),
            Command::ConsentUrl(args) => consent_url::print_consent_url(args, app),
            Command::Accept(args) => accept::accept_application(args, app),
            Command::Secret(command) => command.run(app),
            Command::Show(args) => show::show_application(args, app),
            Command::Delete(args) => delete::delete_application(args, app),
        }
    }
}
