//! What this identity may write at the management group, asked when a plan is made: an identity that may assign a
//! policy often may not give a role.
//!
//! Source: <https://learn.microsoft.com/azure/governance/policy/overview#azure-rbac-permissions-in-azure-policy>.

use std::collections::BTreeSet;

use super::names;
use crate::arm::Client;
use crate::arm::authorization::is_allowed;
use crate::error::Result;
use crate::ops::access::rights::WRITE;
use crate::ops::change::observe::Observed;
use crate::ops::fleet::compare::JudgedItem;
use crate::ops::fleet::item::ItemChange;
use crate::ops::fleet::manifest::PublisherPolicy;
use crate::ops::fleet::view::PolicyPart;

/// Blocks what this identity may not write, and what needs a role that it may not give.
///
/// # Errors
/// If Azure does not answer.
pub(crate) async fn settle(
    client: &Client,
    policy: Option<&PublisherPolicy>,
    items: &mut [JudgedItem],
) -> Result<()> {
    let group = policy.and_then(|policy| policy.management_group.as_ref());
    let Some(scope) = group.map(|group| names::group_scope(&group.value)) else { return Ok(()) };
    if !items.iter().any(is_written) {
        return Ok(());
    }
    // Azure refuses the write itself then.
    let read = Observed::visible(client.permissions(&scope).await)?;
    let Some(permissions) = read.told() else { return Ok(()) };
    let mut without_role = BTreeSet::new();
    for item in items.iter_mut().filter(|item| is_written(item)) {
        let Some(part) = item.plan.policy_part() else { continue };
        let action = action_of(part);
        if !is_allowed(&permissions, action) {
            let more = match part {
                PolicyPart::Role => ": let someone who may apply it with --select 'role/*'",
                _ => "",
            };
            *item = item.clone().blocked(format!("this identity lacks {action} at {scope}{more}"));
            if part == PolicyPart::Role {
                without_role.insert((item.plan.grant.clone(), item.plan.consumer.clone()));
            }
        }
    }
    for item in items.iter_mut().filter(|item| is_written(item)) {
        let needs_role = matches!(
            item.plan.policy_part(),
            Some(PolicyPart::Remediation | PolicyPart::Enforcement)
        );
        let of = (item.plan.grant.clone(), item.plan.consumer.clone());
        if needs_role && without_role.contains(&of) {
            *item = item.clone().blocked("the identity of the policy has to get its role first");
        }
    }
    Ok(())
}

fn is_written(item: &JudgedItem) -> bool {
    item.plan.policy_part().is_some()
        && matches!(item.plan.change, ItemChange::Create | ItemChange::Update)
}

fn action_of(part: PolicyPart) -> &'static str {
    match part {
        PolicyPart::Definition => "Microsoft.Authorization/policyDefinitions/write",
        PolicyPart::Assignment | PolicyPart::AllowedTenants | PolicyPart::Enforcement => {
            "Microsoft.Authorization/policyAssignments/write"
        }
        PolicyPart::Role => WRITE,
        PolicyPart::Remediation => "Microsoft.PolicyInsights/remediations/write",
    }
}
