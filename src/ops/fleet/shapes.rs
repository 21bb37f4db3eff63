//! A plan for people: items of one shape in one line, however many there are.

use std::collections::BTreeMap;

use serde::Serialize;

use super::item::{ItemChange, ItemPlan};
use super::plan_file::FleetPlan;
use super::view::{DelegationStand, ItemView};
use crate::id::Scope;
use crate::ops::access::role::{self, DELETE_ROLE};
use crate::ops::expiry;

/// Items that are done alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PlanShape {
    pub count: usize,
    #[serde(rename = "do")]
    pub change: ItemChange,
    pub grant: String,
    pub consumer: String,
    /// What becomes of each, or why nothing does.
    pub what: String,
}

/// The shapes of these items: what is written first, the most frequent on top.
pub(crate) fn shapes_of<'a>(items: impl IntoIterator<Item = &'a ItemPlan>) -> Vec<PlanShape> {
    let mut counts: BTreeMap<(ItemChange, String, String, String), usize> = BTreeMap::new();
    for item in items {
        let (grant, consumer) = match item.change {
            // What is kept is of no interest one by one.
            ItemChange::Keep => (String::new(), String::new()),
            _ => (item.grant.clone(), item.consumer.clone()),
        };
        *counts.entry((item.change, grant, consumer, what_of(item))).or_default() += 1;
    }
    let shape = |((change, grant, consumer, what), count)| PlanShape {
        count,
        change,
        grant,
        consumer,
        what,
    };
    let mut shapes: Vec<PlanShape> = counts.into_iter().map(shape).collect();
    shapes.sort_by(|a, b| (a.change, b.count).cmp(&(b.change, a.count)));
    shapes
}

/// The shapes of a plan that was read: what it keeps is only a number there.
pub(crate) fn shapes_of_plan(plan: &FleetPlan) -> Vec<PlanShape> {
    let mut shapes = shapes_of(&plan.items);
    let count = plan.count(ItemChange::Keep);
    if count > 0 {
        let (change, nothing) = (ItemChange::Keep, String::new);
        let at = shapes.iter().position(|shape| shape.change > change).unwrap_or(shapes.len());
        let keep =
            PlanShape { count, change, grant: nothing(), consumer: nothing(), what: nothing() };
        shapes.insert(at, keep);
    }
    shapes
}

impl PlanShape {
    /// The shape in one line.
    pub(crate) fn line(&self) -> String {
        let whose = match (&*self.grant, &*self.consumer) {
            ("", "") => String::new(),
            ("", consumer) => format!("  {consumer}"),
            (grant, "") => format!("  {grant}"),
            (grant, consumer) => format!("  {grant} for {consumer}"),
        };
        let what = if self.what.is_empty() { String::new() } else { format!(": {}", self.what) };
        let count = with_commas(self.count);
        format!("{} {count:>6} {}{whose}{what}", self.change.sign(), self.change.word())
    }
}

/// A number as people read it: `4,812`.
pub(crate) fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn what_of(item: &ItemPlan) -> String {
    match (item.change, &item.after) {
        (ItemChange::Keep, _) => String::new(),
        _ if item.policy_part().is_some() => item.why.join("; "),
        (ItemChange::Create, Some(after)) => summary(after),
        _ => item.why.join("; "),
    }
}

/// What is made, without anything that is one subscription's alone.
fn summary(view: &ItemView) -> String {
    match view {
        ItemView::Delegation(stand) => offer_summary(stand),
        ItemView::Assignment(one) => format!("delegates {}", place(&one.scope)),
        ItemView::Role(role) => {
            let label = role_label(&role.role_definition_id);
            let until = until(role.description.as_deref());
            format!("role {label} for {}{until}", role.principal_id)
        }
        ItemView::Direct(share) => format!("shared with tenant {}", share.tenant),
        ItemView::Community(info) => format!("open to the public as {}", info.prefix),
        ItemView::Policy(_) => String::new(),
    }
}

fn offer_summary(stand: &DelegationStand) -> String {
    // Principals with the same roles stand together.
    let mut roles: Vec<(String, Vec<String>)> = Vec::new();
    let permanent = stand.authorizations.iter().map(|right| {
        let who = right.principal_id_display_name.as_deref().unwrap_or(&right.principal_id);
        (who, role_label(&right.role_definition_id))
    });
    let eligible = stand.eligible_authorizations.iter().map(|right| {
        let who = right.principal_id_display_name.as_deref().unwrap_or(&right.principal_id);
        (who, format!("{} (eligible)", role_label(&right.role_definition_id)))
    });
    for (who, role) in permanent.chain(eligible) {
        match roles.iter_mut().find(|(known, _)| known == who) {
            Some((_, list)) => list.push(role),
            None => roles.push((who.to_owned(), vec![role])),
        }
    }
    let mut groups: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for (who, list) in roles {
        match groups.iter_mut().find(|(known, _)| *known == list) {
            Some((_, people)) => people.push(who),
            None => groups.push((list, vec![who])),
        }
    }
    let rights: Vec<String> = groups
        .iter()
        .map(|(roles, people)| format!("{} for {}", roles.join(", "), people.join(" and ")))
        .collect();
    let places: Vec<&str> = stand.assignments.iter().map(|one| place(&one.scope)).collect();
    let until = until(stand.description.as_deref());
    format!("{} on {}{until}", rights.join("; "), places.join(", "))
}

fn until(description: Option<&str>) -> String {
    let day = description.and_then(expiry::recorded);
    day.map(|day| format!(", until {day}")).unwrap_or_default()
}

fn role_label(id: &str) -> String {
    if id.eq_ignore_ascii_case(DELETE_ROLE) {
        return "Delete role".to_owned();
    }
    id.parse().map_or_else(|_| id.to_owned(), role::label)
}

/// A scope without its subscription.
fn place(scope: &str) -> &str {
    let is_group = scope.parse::<Scope>().is_ok_and(|scope| scope.resource_group.is_some());
    if is_group { crate::id::resource_name(scope) } else { "the subscription" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(with_commas(number), text);
        }
    }
}
