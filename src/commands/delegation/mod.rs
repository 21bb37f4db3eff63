//! `delegation`: let another tenant use images through Azure Lighthouse, check it, take it back.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::ops::delegation::Delegation;
use crate::output::{Output, View};

mod create;
mod delete;
pub(crate) mod duration;
mod export;
mod list;
mod offer;
mod plan;
mod request;
mod roles;
mod selector;
mod show;
mod template;
mod verify;
mod wait;

/// Let another tenant use images through Azure Lighthouse
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Request(request::DelegationRequestArgs),
    Plan(Box<plan::DelegationPlanArgs>),
    Create(Box<create::DelegationCreateArgs>),
    List(list::DelegationListArgs),
    Roles(roles::DelegationRolesArgs),
    Show(show::DelegationShowArgs),
    Wait(wait::DelegationWaitArgs),
    Verify(verify::DelegationVerifyArgs),
    Delete(delete::DelegationDeleteArgs),
    Template(template::DelegationTemplateArgs),
    Export(export::DelegationExportArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Request(args) => request::request_delegation(args, app),
            Command::Plan(args) => plan::plan_delegation(*args, app),
            Command::Create(args) => create::create_delegation(*args, app),
            Command::List(args) => list::list_delegations(args, app),
            Command::Roles(args) => roles::list_roles(&args, app),
            Command::Show(args) => show::show_delegation(args, app),
            Command::Wait(args) => wait::wait_for_delegation(args, app),
            Command::Verify(args) => verify::verify_delegation(args, app),
            Command::Delete(args) => delete::delete_delegation(args, app),
            Command::Template(args) => template::write_lighthouse_template(args, app),
            Command::Export(args) => export::export_delegation(args, app),
        }
    }
}

impl View for Delegation {
    const TABLE: &'static str = "{Name:name, Direction:direction, Consumer:consumerTenantId, Scopes:join(', ', scopes), State:provisioningState, Change:change}";
}
