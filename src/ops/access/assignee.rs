//! Who is to have a role: from a name, mail address or id to what a role assignment wants.

use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::graph::{Directory, DirectoryObject, ObjectSort};
use crate::id::{PrincipalId, TenantId};
use crate::ops::access::principal::{self, Meant};

/// Someone as the user names them.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// By whatever people call them.
    Named(String),
    /// By object id, and of this type: the directory is not asked.
    Known(PrincipalId, Option<PrincipalType>),
}

/// What Azure calls the kinds of principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrincipalType {
    /// A person.
    User,
    /// A group.
    Group,
    /// An application, or a managed identity.
    ServicePrincipal,
    /// A group of another tenant.
    ForeignGroup,
}

impl PrincipalType {
    /// Azure's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            PrincipalType::User => "User",
            PrincipalType::Group => "Group",
            PrincipalType::ServicePrincipal => "ServicePrincipal",
            PrincipalType::ForeignGroup => "ForeignGroup",
        }
    }
}

/// Someone who can be given a role.
#[derive(Clone, Debug)]
pub(crate) struct Assignee {
    /// The object id in the gallery's tenant.
    pub id: PrincipalId,
    /// What they are; always known before a role is given.
    pub kind: Option<PrincipalType>,
    /// The name for people, if the directory was asked.
    pub name: Option<String>,
    /// The full id of the managed identity that it is, if it was named so.
    pub managed_identity: Option<String>,
}

/// Finds an assignee in the directory of `tenant`.
///
/// # Errors
/// If no one is found, several could be meant, or what is found can have no role.
pub(crate) async fn resolve(
    app: &App,
    tenant: Option<TenantId>,
    wanted: &Wanted,
) -> Result<Assignee> {
    match wanted {
        Wanted::Known(id, kind) => {
            Ok(Assignee { id: *id, kind: *kind, name: None, managed_identity: None })
        }
        Wanted::Named(text) => {
            let directory = Directory::new(app.graph(tenant)?);
            find(app, &directory, text).await?.ok_or_else(|| unknown(text))
        }
    }
}

/// Someone who is to get a role.
#[derive(Clone, Debug)]
pub(crate) enum Grantee {
    /// Someone whom the directory knows.
    Known(Assignee),
    /// The mail address of someone who has to be invited first.
    Guest(String),
}

impl Grantee {
    /// Who it is, if the directory knows them.
    pub(crate) fn known(&self) -> Option<&Assignee> {
        match self {
            Grantee::Known(known) => Some(known),
            Grantee::Guest(_) => None,
        }
    }

    /// What people call them.
    pub(crate) fn label(&self) -> String {
        match self {
            Grantee::Known(known) => known.name.clone().unwrap_or_else(|| known.id.to_string()),
            Grantee::Guest(mail) => mail.clone(),
        }
    }
}

/// Finds someone by name, or takes the name for a mail address that is to be invited if no one here has it.
pub(crate) async fn resolve_or_guest(
    app: &App,
    tenant: Option<TenantId>,
    text: &str,
) -> Result<Grantee> {
    let directory = Directory::new(app.graph(tenant)?);
    if let Some(known) = find(app, &directory, text).await? {
        return Ok(Grantee::Known(known));
    }
    let (local, domain) = text.split_once('@').unwrap_or((text, ""));
    if local.is_empty() || !domain.contains('.') {
        return Err(unknown(text).hint("--invite takes a mail address."));
    }
    Ok(Grantee::Guest(text.to_owned()))
}

/// Invites someone as a guest.
///
/// # Errors
/// If the directory refuses or does not answer.
pub(crate) async fn invite_guest(
    app: &App,
    tenant: Option<TenantId>,
    mail: &str,
) -> Result<Assignee> {
    let directory = Directory::new(app.graph(tenant)?);
    let portal = app.settings.cloud.portal.as_str().trim_end_matches('/');
    let landing = match tenant {
        Some(tenant) => format!("{portal}/{tenant}"),
        None => portal.to_owned(),
    };
    let invitation = directory.invite(mail, &landing).await.map_err(|err| {
        Error::from(err)
            .while_doing(format!("'{mail}' could not be invited as a guest; nothing was shared"))
            .hint("Inviting takes the directory role Guest Inviter, or User.Invite.All for an application.")
    })?;
    app.reporter.warn(&format!(
        "{mail} was invited and has to accept first: {}",
        invitation.invite_redeem_url
    ));
    Ok(Assignee {
        id: id_of(&invitation.invited_user.id)?,
        kind: Some(PrincipalType::User),
        name: Some(mail.to_owned()),
        managed_identity: None,
    })
}

async fn find(app: &App, directory: &Directory, text: &str) -> Result<Option<Assignee>> {
    let reporter = app.reporter.as_ref();
    match principal::meant(directory, reporter, text).await? {
        Meant::Nobody => Ok(None),
        Meant::Unread(id) => Err(Error::new(
            Kind::Failure,
            format!("Microsoft Graph may not be read with this sign-in, so the type of {id} is unknown"),
        )
        .hint(format!(
            "Say what it is: `--assignee-object-id {id} --assignee-principal-type User|Group|ServicePrincipal`."
        ))),
        Meant::One(ObjectSort::Application, registration) => {
            let app_id = registration.app_id.as_deref().unwrap_or_default();
            let found = directory.having(ObjectSort::ServicePrincipal, "appId", app_id).await?;
            let Some(principal) = found.into_iter().next() else {
                return Err(no_service_principal(text, app_id));
            };
            app.reporter.note(&format!(
                "{text} is an app registration; its service principal {} is taken",
                principal.id
            ));
            accept(app, text, ObjectSort::ServicePrincipal, &principal).map(Some)
        }
        Meant::One(sort, object) => accept(app, text, sort, &object).map(Some),
    }
}

fn accept(app: &App, text: &str, sort: ObjectSort, object: &DirectoryObject) -> Result<Assignee> {
    let kind = match sort {
        ObjectSort::User => PrincipalType::User,
        ObjectSort::ServicePrincipal | ObjectSort::Application => PrincipalType::ServicePrincipal,
        ObjectSort::Group if object.security_enabled == Some(false) => {
            return Err(Error::usage(format!(
                "group '{text}' is not security-enabled, so no role can be given to it"
            ))
            .hint("Create a security group: `az ad group create --display-name NAME --mail-nickname NAME`."));
        }
        ObjectSort::Group => PrincipalType::Group,
    };
    if object.external_user_state.as_deref() == Some("PendingAcceptance") {
        app.reporter.warn(&format!(
            "{text} is a guest who has not accepted the invitation yet and cannot sign in before that"
        ));
    }
    let name = object.display_name.clone();
    app.reporter.step(&format!(
        "{text} is the {} '{}' with object id {}",
        kind.name(),
        name.as_deref().unwrap_or_default(),
        object.id
    ));
    Ok(Assignee { id: id_of(&object.id)?, kind: Some(kind), name, managed_identity: None })
}

fn id_of(text: &str) -> Result<PrincipalId> {
    text.parse().map_err(|_| {
        Error::new(
            Kind::Failure,
            format!("Graph answered with the id '{text}', which is not a GUID"),
        )
    })
}

fn no_service_principal(text: &str, app_id: &str) -> Error {
    Error::new(
        Kind::NotFound,
        format!("'{text}' is an app registration without a service principal in this tenant"),
    )
    .hint(format!("Create it: `az ad sp create --id {app_id}`."))
}

fn unknown(text: &str) -> Error {
    let err = Error::new(
        Kind::NotFound,
        format!("the gallery's tenant knows no user, guest, group or service principal '{text}'"),
    );
    if text.contains('@') {
        err.hint("Check the address, or invite its owner as a guest with --invite.")
    } else {
        err.hint("Check the spelling; search with `az ad group list --filter \"startswith(displayName, 'NAME')\" -o table`.")
    }
}
