//! `share rbac`: roles on a gallery, an image definition or a version.

use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use crate::app::App;
use crate::error::Result;
use crate::id::PrincipalId;
use crate::ops::access::assignee::{PrincipalType, Wanted};
use crate::ops::share::access::Access;
use crate::ops::share::rbac::Change;
use crate::output::{Output, View};

mod add;
mod list;
mod remove;

/// Share a gallery with people, groups and applications by roles
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Add(add::RbacAddArgs),
    List(list::RbacListArgs),
    #[command(visible_alias = "delete")]
    Remove(remove::RbacRemoveArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Add(args) => add::add_role_share(args, app),
            Command::List(args) => list::list_role_shares(args, app),
            Command::Remove(args) => remove::remove_role_share(args, app),
        }
    }
}

/// A role that was given, or was there.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoleShareView {
    #[serde(flatten)]
    access: Access,
    change: &'static str,
}

impl RoleShareView {
    pub(super) fn new(access: Access, change: &Change) -> RoleShareView {
        let change = change.name();
        RoleShareView { access, change }
    }
}

impl View for RoleShareView {
    const TABLE: &'static str = "{Principal:principalName || principalId, Type:principalType, Role:role, Scope:scope, ExpiresOn:expiresOn, Change:change}";
}

/// Who is meant: by name, or by object id and without asking the directory.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
#[command(group(
    clap::ArgGroup::new("one_assignee").args(["assignee", "assignee_object_id"]).required(true).multiple(true)
))]
pub(super) struct AssigneeArgs {
    /// User, guest, group or service principal: name, mail address, application id or object id
    #[arg(long, value_name = "NAME|MAIL|ID", conflicts_with_all = ["assignee_object_id", "assignee_principal_type"])]
    assignee: Option<String>,
    /// Object id; Microsoft Graph is not asked
    #[arg(long, value_name = "GUID")]
    assignee_object_id: Option<PrincipalId>,
    /// What the object id is
    #[arg(long, value_name = "TYPE", requires = "assignee_object_id", ignore_case = true)]
    assignee_principal_type: Option<PrincipalTypeWord>,
}

/// The words of `--assignee-principal-type`, as `az` spells them.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum PrincipalTypeWord {
    User,
    Group,
    ServicePrincipal,
    ForeignGroup,
}

impl AssigneeArgs {
    pub(super) fn wanted(&self) -> Wanted {
        let kind = self.assignee_principal_type.map(|kind| match kind {
            PrincipalTypeWord::User => PrincipalType::User,
            PrincipalTypeWord::Group => PrincipalType::Group,
            PrincipalTypeWord::ServicePrincipal => PrincipalType::ServicePrincipal,
            PrincipalTypeWord::ForeignGroup => PrincipalType::ForeignGroup,
        });
        match (self.assignee_object_id, &self.assignee) {
            (Some(id), _) => Wanted::Known(id, kind),
            (None, text) => Wanted::Named(text.clone().unwrap_or_default()),
        }
    }
}
