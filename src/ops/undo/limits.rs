//! What cannot be put back, and what putting back asks of the user.

use serde_json::Value;

use super::restoration::Restoration;
use crate::id::resource_name;
use crate::ops::access::role;
use crate::ops::change::{ChangeKind, Risk, Step, WriteKind};
use crate::ops::history::RecordedRun;

/// Kinds that are put back from what the record says of them.
const RECORDED: [WriteKind; 8] = [
    WriteKind::RoleAssignment,
    WriteKind::RoleDefinition,
    WriteKind::DelegationAssignment,
    WriteKind::DirectShare,
    WriteKind::CommunityShare,
    WriteKind::PolicyDefinition,
    WriteKind::PolicyAssignment,
    WriteKind::Tags,
];

/// Why what this step did cannot be undone; none if it can.
pub(super) fn of_restoring(done: &Step, run: &RecordedRun) -> Option<&'static str> {
    let (made, gone) = (done.change == ChangeKind::Create, done.change == ChangeKind::Remove);
    Some(match done.kind {
        WriteKind::RoleAssignment if gone && has_lost_its_principal(done, run) => {
            "its principal was removed too, and would come back as another one"
        }
        kind if RECORDED.contains(&kind) => {
            return (!made && done.before.is_null()).then_some(THIN);
        }
        WriteKind::DelegationDefinition => return of_definition(done),
        WriteKind::Gallery => return of_gallery(done),
        WriteKind::DefaultCredential => return None,
        WriteKind::Application | WriteKind::ServicePrincipal if made => return None,
        WriteKind::Application if !gone => return done.before.is_null().then_some(THIN),
        WriteKind::Credential if made => return None,
        WriteKind::Credential if !gone => {
            let is_new_secret = has(run, WriteKind::KeyringEntry, &done.id);
            return is_new_secret.then_some("its secret was replaced, and the old one is gone");
        }
        WriteKind::ResourceProvider => {
            "it stays registered, which gives no access; others may use it by now"
        }
        WriteKind::Remediation => {
            "what Azure Policy has deployed stays; `az-imageshare fleet destroy` plans its removal"
        }
        WriteKind::ResourceGroup => "the resource group stays; others may use it by now",
        WriteKind::Deployment => "Azure keeps what a deployment made",
        WriteKind::ImageVersion if gone => {
            "a version that was deleted cannot come back; copy it again"
        }
        WriteKind::ImageVersion | WriteKind::ImageDefinition => {
            "it stays, because machines may be made of it; `az-imageshare image prune` removes copies"
        }
        WriteKind::NetworkResource if made => "it stays with the machine that uses it",
        WriteKind::AzLogin => "an entry that was taken out of az's file cannot come back",
        WriteKind::VirtualMachine if made => {
            "a machine is not deleted, because data may be on it; do that with `az vm delete`"
        }
        WriteKind::ManagedIdentity if gone => {
            "an identity that is made again is another one, with another object ID"
        }
        WriteKind::ManagedIdentity => "the identity stays; others may have given it roles by now",
        WriteKind::SecretStore => {
            "secrets do not move by themselves; `az-imageshare credential store use` moves them back"
        }
        WriteKind::ClientSecret if made => {
            "the new secret stays valid; remove it with `az-imageshare share app secret remove`"
        }
        WriteKind::ClientSecret if gone => "a secret that was deleted cannot come back",
        WriteKind::Credential if gone => {
            "its secret was deleted and cannot come back; add it with `az-imageshare credential add`"
        }
        WriteKind::Application if gone => {
            "Entra keeps it for 30 days: restore it in the portal, under deleted applications"
        }
        WriteKind::ServicePrincipal => "only the tenant itself can withdraw its consent",
        WriteKind::Guest => "the invitation was sent; remove the guest with `az ad user delete`",
        _ => "it cannot be put back from a record",
    })
}

fn of_definition(done: &Step) -> Option<&'static str> {
    match &done.before["plan"] {
        Value::Null if done.change != ChangeKind::Create && done.before.is_null() => Some(THIN),
        Value::Null => None,
        _ => Some("it was bought in the marketplace, and can only be bought again there"),
    }
}

/// True if the same run took away the principal that had the role.
fn has_lost_its_principal(done: &Step, run: &RecordedRun) -> bool {
    let Some(principal) = done.before["properties"]["principalId"].as_str() else {
        return false;
    };
    run.steps.iter().map(|step| &step.intent).filter(|step| step.change == ChangeKind::Remove).any(
        |step| {
            let gone = match step.kind {
                WriteKind::ServicePrincipal => Some(step.id.as_str()),
                WriteKind::ManagedIdentity => step.before["principalId"].as_str(),
                _ => None,
            };
            gone.is_some_and(|gone| gone.eq_ignore_ascii_case(principal))
        },
    )
}

/// True for what goes and comes with another thing of the same run.
pub(super) fn is_part_of_another(done: &Step, run: &RecordedRun) -> bool {
    let is_made = |kind| {
        run.steps
            .iter()
            .any(|step| step.intent.kind == kind && step.intent.change == ChangeKind::Create)
    };
    match done.kind {
        WriteKind::KeyringEntry => has(run, WriteKind::Credential, &done.id),
        WriteKind::ClientSecret | WriteKind::FederatedCredential
            if done.change == ChangeKind::Create =>
        {
            is_made(WriteKind::Application)
        }
        _ => false,
    }
}

fn has(run: &RecordedRun, kind: WriteKind, id: &str) -> bool {
    run.steps.iter().any(|step| step.intent.kind == kind && step.intent.id == id)
}

const THIN: &str = "the record does not say how it was";

fn of_gallery(done: &Step) -> Option<&'static str> {
    match done.change {
        ChangeKind::Create => None,
        ChangeKind::Remove if done.before["holds"] == 0 => None,
        ChangeKind::Remove => Some("a gallery that was deleted cannot come back"),
        _ if done.before.is_null() => Some(THIN),
        _ if done.before["permissions"] != "Community" => {
            Some("Azure does not turn a community gallery into another kind")
        }
        _ => None,
    }
}

/// Why a thing that is as the run made it cannot go: it holds others, such as those that the same run made.
pub(super) fn of_held(of: &Restoration, found: &Value) -> Option<&'static str> {
    let holds = found["holds"].as_u64().unwrap_or_default() > 0;
    let is_to_go = of.kind == WriteKind::Gallery && of.wanted.is_null();
    (is_to_go && holds).then_some("it stays, because images are in it")
}

/// What the step of the plan is called.
pub(super) fn title(of: &Restoration, done: &Step) -> String {
    match of.kind {
        WriteKind::CommunityShare => {
            format!("gallery '{}' open to everyone in Azure", resource_name(&of.id))
        }
        WriteKind::Tags => format!("tags of gallery '{}', as they were", resource_name(&of.id)),
        _ => done.title().to_owned(),
    }
}

/// What the step asks of the user, where that is more than its kind of change does.
pub(super) fn risk(of: &Restoration, change: ChangeKind) -> Option<Risk> {
    let opens = |word: String| Some(Risk::Opens(word));
    match (change, of.kind) {
        (ChangeKind::Keep, _) => Some(Risk::None),
        (ChangeKind::Create, WriteKind::CommunityShare) => opens(resource_name(&of.id).to_owned()),
        (ChangeKind::Create, WriteKind::RoleAssignment) => {
            let role = of.wanted["properties"]["roleDefinitionId"].as_str().unwrap_or_default();
            gives_roles(role).and_then(opens)
        }
        (ChangeKind::Remove, _) => None,
        (_, WriteKind::DelegationDefinition) => {
            let rights = of.wanted["properties"]["authorizations"].as_array();
            let roles = rights.into_iter().flatten();
            let mut roles = roles.filter_map(|right| right["roleDefinitionId"].as_str());
            let taking = (change != ChangeKind::Create).then_some(Risk::TakesAway);
            roles.find_map(gives_roles).and_then(opens).or(taking)
        }
        _ => None,
    }
}

/// The name of a role that lets its holder give roles to anybody.
fn gives_roles(role: &str) -> Option<String> {
    let label = resource_name(role).parse().ok().map(role::label)?;
    ["Owner", "User Access Administrator", "Role Based Access Control Administrator"]
        .contains(&label.as_str())
        .then_some(label)
}
