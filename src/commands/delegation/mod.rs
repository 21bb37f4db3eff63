//! `delegation`: let another tenant use images through Azure Lighthouse, check it, take it back.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::ops::delegation::Delegation;
use crate::output::{Output, View};

mod create;
mod delete;
pub(crate) mod duration;
mod list;
mod offer;
mod plan;
mod request;
mod show;
mod template;
mod verify;
mod wait;
mod wanted;

/// Let another tenant use images through Azure Lighthouse
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Request(request::RequestArgs),
    Plan(Box<plan::PlanArgs>),
    Create(Box<create::CreateArgs>),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Wait(wait::WaitArgs),
    Verify(verify::VerifyArgs),
    Delete(delete::DeleteArgs),
    Template(template::TemplateArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Request(args) => request::run(args, app),
            Command::Plan(args) => plan::run(*args, app),
            Command::Create(args) => create::run(*args, app),
            Command::List(args) => list::run(args, app),
            Command::Show(args) => show::run(args, app),
            Command::Wait(args) => wait::run(args, app),
            Command::Verify(args) => verify::run(args, app),
            Command::Delete(args) => delete::run(args, app),
            Command::Template(args) => template::run(args, app),
        }
    }
}

impl View for Delegation {
    const TABLE: &'static str = "{Name:name, Consumer:consumerTenantId, Scopes:join(', ', scopes), State:provisioningState, Change:change}";
}
