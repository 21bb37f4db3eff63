//! In which order the parts of the policy route are done: each stage is a wave of its own.

use crate::ops::fleet::item::{ItemChange, ItemPlan};
use crate::ops::fleet::plan_file::PlanWave;
use crate::ops::fleet::view::PolicyPart;

/// Stages before what is written directly. Nothing is deployed any more before the delegations go.
const FIRST: [(&str, PolicyPart, bool); 4] = [
    ("policy-tenants", PolicyPart::AllowedTenants, false),
    ("policy-unassign", PolicyPart::Assignment, true),
    ("policy-unrole", PolicyPart::Role, true),
    ("policy-undefine", PolicyPart::Definition, true),
];
/// Stages after it.
const LAST: [(&str, PolicyPart, bool); 6] = [
    ("policy-definition", PolicyPart::Definition, false),
    ("policy-assignment", PolicyPart::Assignment, false),
    ("policy-role", PolicyPart::Role, false),
    ("policy-remediation", PolicyPart::Remediation, false),
    ("policy-enforcement", PolicyPart::Enforcement, false),
    ("policy-untenants", PolicyPart::AllowedTenants, true),
];

/// Puts the parts of the policy route into waves before and after those of the direct writes.
pub(crate) fn place(items: &mut [&mut ItemPlan], direct: Vec<PlanWave>) -> Vec<PlanWave> {
    let mut waves = Vec::new();
    add_stages(items, &FIRST, &mut waves);
    let shift = waves.len();
    for item in items.iter_mut().filter(|item| is_direct(item) && item.wave > 0) {
        item.wave += shift;
    }
    waves.extend(direct);
    add_stages(items, &LAST, &mut waves);
    waves
}

/// True for what this program writes in a subscription.
pub(crate) fn is_direct(item: &ItemPlan) -> bool {
    item.policy_part().is_none() && !item.is_expected()
}

fn add_stages(
    items: &mut [&mut ItemPlan],
    stages: &[(&str, PolicyPart, bool)],
    waves: &mut Vec<PlanWave>,
) {
    for (name, part, removes) in stages {
        let number = waves.len() + 1;
        let mut count = 0;
        for item in items.iter_mut() {
            let is_in = item.policy_part() == Some(*part)
                && item.change.writes()
                && (item.change == ItemChange::Remove) == *removes;
            let is_brought = *part == PolicyPart::Remediation && item.is_expected();
            if is_in || is_brought {
                item.wave = number;
                count += 1;
            }
        }
        if count > 0 {
            waves.push(PlanWave { name: (*name).to_owned(), items: count, verify: None });
        }
    }
}
