//! A fleet's plan as every changing verb has it: steps, totals, and consent by what it does.

use crate::app::App;
use crate::error::{Kind, Result};
use crate::ops::change::consent::ask_for;
use crate::ops::change::{ChangeKind, Plan, Risk, Step, WriteKind};
use crate::ops::fleet::apply::rehearsal::ComparedItem;
use crate::ops::fleet::item::{ItemChange, ItemPlan, ShareMethod};
use crate::ops::fleet::outcome::ItemState;
use crate::ops::fleet::plan_file::FleetPlan;
use crate::ops::fleet::view::{ItemView, PolicyPart};

/// What takes something away, or opens it to everyone, has to be agreed to: by the plan's hash, by `--yes`, or at
/// the terminal.
///
/// # Errors
/// If no one agrees, or no one can be asked.
pub(super) async fn consent(app: &App, plan: &FleetPlan, is_agreed: bool) -> Result<()> {
    let steps = plan.items.iter().filter(|item| item.change.writes()).map(|item| step(plan, item));
    let change = Plan { steps: steps.collect(), ..titled(plan) };
    let lines = change.lines();
    match lines.len() {
        0..=MOST_LINES => lines.iter().for_each(|line| app.reporter.plan_line(line)),
        // Thousands of items are in the plan's file, and `fleet show` groups them.
        _ => {
            [&change.title, &change.summary()].iter().for_each(|line| app.reporter.plan_line(line))
        }
    }
    if is_agreed {
        return Ok(());
    }
    ask_for(app, &change).await.map_err(|err| match err.kind() {
        Kind::Usage => {
            err.hint(format!("Or agree to this plan alone with `--approve {}`.", plan.approval()))
        }
        _ => err,
    })
}

/// What carrying out the plan would change now, for a dry run.
pub(super) fn rehearsed_change(plan: &FleetPlan, items: &[ComparedItem]) -> Plan {
    let mut change = titled(plan);
    for (index, state) in items {
        let item = &plan.items[*index];
        match state {
            None => change.steps.push(step(plan, item)),
            Some(ItemState::Kept) => {
                change.steps.push(Step {
                    change: ChangeKind::Keep,
                    risk: Risk::None,
                    ..step(plan, item)
                });
            }
            Some(state) => change.stays.push(format!("{}: {}", item.key, state.word())),
        }
    }
    change
}

fn titled(plan: &FleetPlan) -> Plan {
    let fleet = &plan.head.fleet;
    Plan {
        whom: Some(format!("fleet '{fleet}'")),
        ..Plan::titled(format!("Fleet '{fleet}', plan {}:", plan.approval()))
    }
}

fn step(plan: &FleetPlan, item: &ItemPlan) -> Step {
    let change = match item.change {
        ItemChange::Create => ChangeKind::Create,
        ItemChange::Update => ChangeKind::Update,
        ItemChange::Remove => ChangeKind::Remove,
        ItemChange::Keep | ItemChange::Blocked | ItemChange::Orphan | ItemChange::Foreign => {
            ChangeKind::Keep
        }
    };
    let kind = match item.via {
        ShareMethod::Delegation => WriteKind::DelegationDefinition,
        ShareMethod::Rbac | ShareMethod::App => WriteKind::RoleAssignment,
        ShareMethod::Direct => WriteKind::DirectShare,
        ShareMethod::Community => WriteKind::CommunityShare,
    };
    let what = format!("{} {}", kind.noun(), item.key);
    let step = Step::new(change, kind, &item.id, what)
        .at(&format!("/subscriptions/{}", item.subscription));
    let takes_away = item.why.iter().any(|why| why.starts_with('-'));
    let risk = match (opens(item), takes_away) {
        // The fleet's name stands for all that it opens: nobody types hundreds of galleries' names.
        (true, _) => Risk::Opens(plan.head.fleet.clone()),
        (false, true) => Risk::TakesAway,
        (false, false) => step.risk.clone(),
    };
    Step { risk, why: item.why.clone(), ..step }
}

/// True if an item opens a gallery to everyone, or gives a role that can give roles.
fn opens(item: &ItemPlan) -> bool {
    let is_strong = |id: &str| {
        [OWNER, USER_ACCESS_ADMINISTRATOR].iter().any(|role| id.eq_ignore_ascii_case(role))
    };
    if !item.change.writes() {
        return false;
    }
    match &item.after {
        Some(ItemView::Community(_)) => true,
        Some(ItemView::Delegation(after)) => {
            after.authorizations.iter().any(|right| is_strong(&right.role_definition_id))
        }
        Some(ItemView::Role(after)) => is_strong(&after.role_definition_id),
        // The identity of a policy becomes Owner.
        Some(ItemView::Policy(after)) => after.part == PolicyPart::Role,
        _ => false,
    }
}

/// Lines of a plan that are still read.
const MOST_LINES: usize = 60;

/// Built-in roles that can give roles. Source:
/// <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const USER_ACCESS_ADMINISTRATOR: &str = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";
