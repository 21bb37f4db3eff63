//! One write: what becomes of one thing, and how much that asks of the user.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What happens to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ChangeKind {
    /// It is made.
    Create,
    /// A part of it changes.
    Update,
    /// Another takes its place.
    Replace,
    /// It goes.
    Remove,
    /// It is as it should be.
    Keep,
}

impl ChangeKind {
    /// The sign in front of its line; colors come besides, never in its place.
    pub(crate) fn sign(self) -> char {
        match self {
            ChangeKind::Create => '+',
            ChangeKind::Update | ChangeKind::Replace => '~',
            ChangeKind::Remove => '-',
            ChangeKind::Keep => '=',
        }
    }

    /// True unless everything stays as it is.
    pub(crate) fn writes(self) -> bool {
        self != ChangeKind::Keep
    }
}

/// The kinds of writes there are. Nothing else in the program writes to Azure, Entra or the keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum WriteKind {
    RoleAssignment,
    RoleDefinition,
    DelegationAssignment,
    DelegationDefinition,
    Deployment,
    ResourceProvider,
    ResourceGroup,
    Gallery,
    DirectShare,
    CommunityShare,
    Tags,
    ManagedIdentity,
    ImageTemplate,
    ImageDefinition,
    ImageVersion,
    VirtualMachine,
    NetworkResource,
    Application,
    ClientSecret,
    FederatedCredential,
    AppCertificate,
    ServicePrincipal,
    Guest,
    Credential,
    KeyringEntry,
    DefaultCredential,
    SecretStore,
    AzLogin,
    File,
    PolicyDefinition,
    PolicyAssignment,
    Remediation,
}

impl WriteKind {
    /// The word for one of it, in questions and totals.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            WriteKind::RoleAssignment => "role",
            WriteKind::RoleDefinition => "custom role",
            WriteKind::DelegationAssignment => "delegation",
            WriteKind::DelegationDefinition => "offer",
            WriteKind::Deployment => "deployment",
            WriteKind::ResourceProvider => "resource provider",
            WriteKind::ResourceGroup => "resource group",
            WriteKind::Gallery => "gallery",
            WriteKind::DirectShare => "direct share",
            WriteKind::CommunityShare => "community gallery",
            WriteKind::Tags => "set of tags",
            WriteKind::ManagedIdentity => "managed identity",
            WriteKind::ImageTemplate => "image template",
            WriteKind::ImageDefinition => "image definition",
            WriteKind::ImageVersion => "image version",
            WriteKind::VirtualMachine => "virtual machine",
            WriteKind::NetworkResource => "network resource",
            WriteKind::Application => "application",
            WriteKind::ClientSecret => "client secret",
            WriteKind::FederatedCredential => "federated credential",
            WriteKind::AppCertificate => "certificate",
            WriteKind::ServicePrincipal => "service principal",
            WriteKind::Guest => "guest",
            WriteKind::Credential => "credential",
            WriteKind::KeyringEntry => "keyring entry",
            WriteKind::DefaultCredential => "default credential",
            WriteKind::SecretStore => "store of secrets",
            WriteKind::AzLogin => "az login entry",
            WriteKind::File => "file",
            WriteKind::PolicyDefinition => "policy definition",
            WriteKind::PolicyAssignment => "policy assignment",
            WriteKind::Remediation => "remediation",
        }
    }

    /// So many of it, in words.
    pub(crate) fn counted(self, count: usize) -> String {
        let noun = self.noun();
        match (count, noun) {
            (1, _) => format!("1 {noun}"),
            (_, "set of tags") => format!("{count} sets of tags"),
            (_, "store of secrets") => format!("{count} stores of secrets"),
            _ if noun.ends_with('y') => {
                format!("{count} {}ies", noun.strip_suffix('y').unwrap_or(noun))
            }
            _ => format!("{count} {noun}s"),
        }
    }
}

/// How much a step asks of the user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Risk {
    /// It only adds.
    #[default]
    None,
    /// It replaces, removes, or takes a permission or a tenant away.
    TakesAway,
    /// It opens something to everyone or gives a role that can give roles; the word has to be typed.
    Opens(String),
}

/// One write.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Step {
    #[serde(rename = "do")]
    pub change: ChangeKind,
    pub kind: WriteKind,
    /// The full id; empty where only Azure can give it.
    pub id: String,
    /// Where it applies, as a full id; empty for what lives on this computer.
    pub scope: String,
    /// What it is, for people; details in further lines.
    pub what: Vec<String>,
    /// Why it is done, or what follows from it.
    pub why: Vec<String>,
    /// The thing as it was, without secrets; null if there was none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// The thing as it will be, without secrets; null if it goes.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub after: Value,
    #[serde(default)]
    pub risk: Risk,
}

impl Step {
    /// A step on the thing called `id`; what is removed or replaced takes something away.
    pub(crate) fn new(change: ChangeKind, kind: WriteKind, id: &str, what: String) -> Step {
        let risk = match change {
            ChangeKind::Remove | ChangeKind::Replace => Risk::TakesAway,
            _ => Risk::None,
        };
        Step {
            change,
            kind,
            id: id.to_owned(),
            scope: String::new(),
            what: vec![what],
            why: Vec::new(),
            before: Value::Null,
            after: Value::Null,
            risk,
        }
    }

    /// The same at a scope.
    pub(crate) fn at(self, scope: &str) -> Step {
        Step { scope: scope.to_owned(), ..self }
    }

    /// The same with how the thing was and will be; neither may hold a secret.
    pub(crate) fn between(self, before: Value, after: Value) -> Step {
        Step { before, after, ..self }
    }

    /// The same with one more reason.
    pub(crate) fn because(mut self, why: impl Into<String>) -> Step {
        self.why.push(why.into());
        self
    }

    /// The same with one more detail.
    pub(crate) fn detail(mut self, line: impl Into<String>) -> Step {
        self.what.push(line.into());
        self
    }

    /// The same, asking that much of the user.
    pub(crate) fn risking(self, risk: Risk) -> Step {
        Step { risk, ..self }
    }

    /// What it is, in one line.
    pub(crate) fn title(&self) -> &str {
        self.what.first().map_or(&*self.id, String::as_str)
    }
}
