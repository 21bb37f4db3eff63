//! Whom a role is given to, or taken from.

use clap::ValueEnum;

use crate::id::PrincipalId;
use crate::ops::access::assignee::{PrincipalType, Wanted};

/// Who is meant: by name, or by object id and without asking the directory.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
#[command(group(
    clap::ArgGroup::new("one_assignee").args(["assignee", "assignee_object_id"]).required(true).multiple(true)
))]
pub(super) struct AssigneeArgs {
    /// User, guest, group or service principal: name, mail address, application id or object id; or
    /// the full id of a managed identity
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
