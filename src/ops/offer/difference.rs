//! The difference between the offer that is wanted and the one that exists, for people.
//!
//! A PUT replaces the whole set of authorizations, so what is not in the new offer is taken away.

use crate::arm::managed_services::{
    Authorization, EligibleAuthorization, JustInTimeAccessPolicy, RegistrationDefinitionProperties,
};
use crate::id::ArmId;
use crate::ops::access::role;

/// What changes, line by line: `+` is new, `-` goes away, `~` becomes different.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub lines: Vec<String>,
}

impl Difference {
    /// True if the definition that exists has to change.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// True if someone loses a permission.
    pub(crate) fn takes_away(&self) -> bool {
        self.lines.iter().any(|line| line.starts_with('-'))
    }

    /// True if someone gets this role.
    pub(crate) fn gives(&self, role: &str) -> bool {
        let given = format!("+ {role} for ");
        self.lines.iter().any(|line| line.starts_with(&given))
    }

    /// Compares an offer with the one that exists, or with nothing.
    pub(crate) fn between(
        before: Option<&RegistrationDefinitionProperties>,
        wanted: &RegistrationDefinitionProperties,
    ) -> Difference {
        let mut lines = Vec::new();
        let nothing = RegistrationDefinitionProperties::default();
        let old = before.unwrap_or(&nothing);
        if before.is_some() {
            texts(old, wanted, &mut lines);
        }
        permanent(&old.authorizations, &wanted.authorizations, &mut lines);
        eligible(&old.eligible_authorizations, &wanted.eligible_authorizations, &mut lines);
        Difference { lines }
    }
}

fn texts(
    old: &RegistrationDefinitionProperties,
    new: &RegistrationDefinitionProperties,
    lines: &mut Vec<String>,
) {
    for (what, old, new) in [
        ("name", &old.registration_definition_name, &new.registration_definition_name),
        ("description", &old.description, &new.description),
    ] {
        let shown = |text: &Option<String>| text.clone().unwrap_or_default();
        if shown(old) != shown(new) {
            lines.push(format!("~ {what}: '{}' becomes '{}'", shown(old), shown(new)));
        }
    }
}

fn permanent(old: &[Authorization], new: &[Authorization], lines: &mut Vec<String>) {
    let is_same = |a: &Authorization, b: &Authorization| {
        a.principal_id == b.principal_id && a.role_definition_id == b.role_definition_id
    };
    for right in new {
        let what = right_of(
            &right.principal_id,
            right.principal_id_display_name.as_deref(),
            &right.role_definition_id,
        );
        let Some(before) = old.iter().find(|before| is_same(before, right)) else {
            lines.push(format!("+ {what}{}", handed_on(right)));
            continue;
        };
        if sorted(&before.delegated_role_definition_ids)
            != sorted(&right.delegated_role_definition_ids)
        {
            lines.push(format!("~ {what}:{} becomes{}", handed_on(before), handed_on(right)));
        }
        named(
            &what,
            before.principal_id_display_name.as_deref(),
            right.principal_id_display_name.as_deref(),
            lines,
        );
    }
    for gone in old.iter().filter(|before| !new.iter().any(|right| is_same(right, before))) {
        let what = right_of(
            &gone.principal_id,
            gone.principal_id_display_name.as_deref(),
            &gone.role_definition_id,
        );
        lines.push(format!("- {what}{}", handed_on(gone)));
    }
}

fn named(what: &str, old: Option<&str>, new: Option<&str>, lines: &mut Vec<String>) {
    if old != new {
        let shown = |name: Option<&str>| {
            name.map_or_else(|| "no name".to_owned(), |name| format!("'{name}'"))
        };
        lines.push(format!("~ {what}: shown with {} instead of {}", shown(new), shown(old)));
    }
}

fn eligible(old: &[EligibleAuthorization], new: &[EligibleAuthorization], lines: &mut Vec<String>) {
    let is_same = |a: &EligibleAuthorization, b: &EligibleAuthorization| {
        a.principal_id == b.principal_id && a.role_definition_id == b.role_definition_id
    };
    let what_of = |right: &EligibleAuthorization| {
        let what = right_of(
            &right.principal_id,
            right.principal_id_display_name.as_deref(),
            &right.role_definition_id,
        );
        format!("{what}, to be activated")
    };
    for right in new {
        let what = what_of(right);
        let policy = Policy::of(right.just_in_time_access_policy.as_ref());
        let Some(before) = old.iter().find(|before| is_same(before, right)) else {
            lines.push(format!("+ {what} {policy}"));
            continue;
        };
        let old_policy = Policy::of(before.just_in_time_access_policy.as_ref());
        if old_policy != policy {
            lines.push(format!("~ {what}: {old_policy} becomes {policy}"));
        }
        named(
            &what,
            before.principal_id_display_name.as_deref(),
            right.principal_id_display_name.as_deref(),
            lines,
        );
    }
    for gone in old.iter().filter(|before| !new.iter().any(|right| is_same(right, before))) {
        lines.push(format!("- {}", what_of(gone)));
    }
}

fn right_of(principal: &str, name: Option<&str>, role: &str) -> String {
    let who = name.map_or_else(|| principal.to_owned(), |name| format!("{name} ({principal})"));
    let role = role.parse().map_or_else(|_| role.to_owned(), role::label);
    format!("{role} for {who}")
}

fn handed_on(right: &Authorization) -> String {
    let roles: Vec<String> = right
        .delegated_role_definition_ids
        .iter()
        .map(|role| role.parse().map_or_else(|_| role.clone().into(), role::label))
        .collect();
    if roles.is_empty() { String::new() } else { format!(" handing on {}", roles.join(", ")) }
}

fn sorted(ids: &[ArmId]) -> Vec<ArmId> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids.dedup();
    ids
}

/// Fills in Azure's defaults, so that two policies that are one also look so.
pub(crate) fn fill_in_defaults(right: &mut EligibleAuthorization) {
    let policy = Policy::of(right.just_in_time_access_policy.as_ref());
    let known = right.just_in_time_access_policy.take();
    right.just_in_time_access_policy = Some(JustInTimeAccessPolicy {
        multi_factor_auth_provider: policy.mfa,
        maximum_activation_duration: Some(policy.duration),
        managed_by_tenant_approvers: known
            .map(|known| known.managed_by_tenant_approvers)
            .unwrap_or_default(),
    });
}

/// A policy with Azure's defaults filled in. Source: the API page, `justInTimeAccessPolicy`.
#[derive(PartialEq, Eq)]
struct Policy {
    minutes: Option<u64>,
    duration: String,
    mfa: String,
    approvers: Vec<ArmId>,
}

impl Policy {
    fn of(policy: Option<&JustInTimeAccessPolicy>) -> Policy {
        let duration = policy.and_then(|policy| policy.maximum_activation_duration.clone());
        let duration = duration.unwrap_or_else(|| "PT8H".to_owned());
        let minutes = super::rules::eligible::minutes(&duration);
        let approvers: Vec<ArmId> = policy
            .iter()
            .flat_map(|policy| &policy.managed_by_tenant_approvers)
            .map(|approver| approver.principal_id.clone())
            .collect();
        Policy {
            // PT60M and PT1H are the same; a duration we cannot read is compared as text.
            duration: minutes.map_or(duration, |minutes| format!("PT{minutes}M")),
            minutes,
            mfa: policy.map_or_else(
                || "None".to_owned(),
                |policy| policy.multi_factor_auth_provider.clone(),
            ),
            approvers: sorted(&approvers),
        }
    }
}

impl std::fmt::Display for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.minutes {
            Some(minutes) if minutes % 60 == 0 => write!(f, "for up to {} h", minutes / 60)?,
            Some(minutes) => write!(f, "for up to {minutes} min")?,
            None => write!(f, "for up to {}", self.duration)?,
        }
        match self.approvers.len() {
            0 => write!(f, ", MFA {}, without approval", self.mfa),
            1 => write!(f, ", MFA {}, 1 approver", self.mfa),
            many => write!(f, ", MFA {}, {many} approvers", self.mfa),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(principal: &str, role: &str) -> Authorization {
        Authorization {
            principal_id: principal.into(),
            role_definition_id: role.into(),
            ..Authorization::default()
        }
    }

    fn offer(authorizations: Vec<Authorization>) -> RegistrationDefinitionProperties {
        RegistrationDefinitionProperties {
            registration_definition_name: Some("n".into()),
            authorizations,
            ..RegistrationDefinitionProperties::default()
        }
    }

    #[test]
    fn order_and_case_do_not_count() {
        let old = offer(vec![right("A", role::READER), right("b", role::DELETE_ROLE)]);
        let new =
            offer(vec![right("B", role::DELETE_ROLE), right("a", &role::READER.to_uppercase())]);
        assert!(Difference::between(Some(&old), &new).is_empty());
    }

    #[test]
    fn each_right_is_told() {
        let mut changed = right("a", role::USER_ACCESS_ADMINISTRATOR);
        let old = offer(vec![right("a", role::READER), changed.clone()]);
        changed.delegated_role_definition_ids = vec![role::READER.into()];
        let new = offer(vec![changed, right("c", role::READER)]);
        let difference = Difference::between(Some(&old), &new);
        assert_eq!(
            difference.lines,
            [
                "~ User Access Administrator for a: becomes handing on Reader",
                "+ Reader for c",
                "- Reader for a",
            ]
        );
        assert!(difference.takes_away());
    }

    #[test]
    fn defaults_of_a_policy_are_no_difference() {
        let bare = EligibleAuthorization {
            principal_id: "a".into(),
            role_definition_id: role::READER.into(),
            ..EligibleAuthorization::default()
        };
        let mut full = bare.clone();
        full.just_in_time_access_policy = Some(JustInTimeAccessPolicy {
            multi_factor_auth_provider: "None".into(),
            maximum_activation_duration: Some("PT480M".into()),
            managed_by_tenant_approvers: Vec::new(),
        });
        let old = RegistrationDefinitionProperties {
            eligible_authorizations: vec![bare.clone()],
            ..RegistrationDefinitionProperties::default()
        };
        let mut new = RegistrationDefinitionProperties {
            eligible_authorizations: vec![full.clone()],
            ..RegistrationDefinitionProperties::default()
        };
        assert!(Difference::between(Some(&old), &new).is_empty());
        if let Some(policy) = &mut new.eligible_authorizations[0].just_in_time_access_policy {
            policy.multi_factor_auth_provider = "Azure".into();
        }
        assert_eq!(
            Difference::between(Some(&old), &new).lines,
            [
                "~ Reader for a, to be activated: for up to 8 h, MFA None, without approval becomes for up to 8 h, MFA Azure, without approval"
            ]
        );
    }
}
