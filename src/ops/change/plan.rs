//! What a verb is going to do, as a value: shown, asked about, written to a file, read back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::places::places_in_words;
use super::step::{ChangeKind, Risk, Step, WriteKind};

/// Everything that one run of a verb changes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    /// What it is about, as one line.
    pub title: String,
    pub steps: Vec<Step>,
    /// What the user should know before agreeing.
    pub warnings: Vec<String>,
    /// What was asked for and cannot be done: it stays, and makes the run end with 7.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stays: Vec<String>,
    /// Whom it concerns, for the question: `Fabrikam (8d2b…)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whom: Option<String>,
    /// What to say where nothing has to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nothing: Option<String>,
    /// How to go on after an interruption, where that is another command than this run's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    /// The names of those who write, where they are others than who signs in for the run; for its record alone.
    #[serde(skip)]
    pub signers: Vec<String>,
}

/// How many steps do what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct PlanTotals {
    pub create: usize,
    pub update: usize,
    pub replace: usize,
    pub remove: usize,
    pub keep: usize,
}

/// A plan with its totals, as it is printed.
#[derive(Serialize)]
pub(crate) struct PlanReport<'a> {
    #[serde(flatten)]
    pub plan: &'a Plan,
    pub totals: PlanTotals,
}

impl Plan {
    /// A plan without steps.
    pub(crate) fn titled(title: impl Into<String>) -> Plan {
        Plan { title: title.into(), ..Plan::default() }
    }

    /// Adds a step and gives its place.
    pub(crate) fn push(&mut self, step: Step) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// True if no step changes anything.
    pub(crate) fn is_settled(&self) -> bool {
        !self.steps.iter().any(|step| step.change.writes())
    }

    /// How many steps do what.
    pub(crate) fn totals(&self) -> PlanTotals {
        let mut totals = PlanTotals::default();
        for step in &self.steps {
            match step.change {
                ChangeKind::Create => totals.create += 1,
                ChangeKind::Update => totals.update += 1,
                ChangeKind::Replace => totals.replace += 1,
                ChangeKind::Remove => totals.remove += 1,
                ChangeKind::Keep => totals.keep += 1,
            }
        }
        totals
    }

    /// The plan as it is printed.
    pub(crate) fn report(&self) -> PlanReport<'_> {
        PlanReport { plan: self, totals: self.totals() }
    }

    /// The plan for people: one line a step, its details below it, the totals last.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![places_in_words(&self.title)];
        for step in &self.steps {
            lines.push(format!("{} {}", step.change.sign(), places_in_words(step.title())));
            lines.extend(step.what.iter().skip(1).map(|line| format!("    {line}")));
            lines.extend(step.why.iter().map(|line| format!("    {line}")));
        }
        lines.extend(self.stays.iter().map(|line| format!("! stays: {}", places_in_words(line))));
        lines.push(self.summary());
        lines
    }

    /// `1 to create, 0 to change, 2 to remove.`
    pub(crate) fn summary(&self) -> String {
        let PlanTotals { create, update, replace, remove, .. } = self.totals();
        format!("{create} to create, {} to change, {remove} to remove.", update + replace)
    }

    /// True if a step takes something away.
    pub(crate) fn takes_away(&self) -> bool {
        self.writing().any(|step| step.risk == Risk::TakesAway)
    }

    /// True if someone has to agree to it.
    pub(crate) fn must_be_agreed_to(&self) -> bool {
        self.takes_away() || !self.words_to_type().is_empty()
    }

    /// The words that have to be typed before the plan is carried out, each once.
    pub(crate) fn words_to_type(&self) -> Vec<(&str, &Step)> {
        let mut words: Vec<(&str, &Step)> = Vec::new();
        for step in self.writing() {
            if let Risk::Opens(word) = &step.risk
                && !words.iter().any(|(known, _)| known == word)
            {
                words.push((word, step));
            }
        }
        words
    }

    /// The question for a plan that takes something away: `Remove 3 roles and 1 delegation of …?`
    pub(crate) fn question(&self) -> String {
        let counted = |change: fn(ChangeKind) -> bool| {
            let mut kinds: BTreeMap<WriteKind, usize> = BTreeMap::new();
            for step in self.writing().filter(|step| step.risk == Risk::TakesAway) {
                if change(step.change) {
                    *kinds.entry(step.kind).or_default() += 1;
                }
            }
            let parts: Vec<String> = kinds.iter().map(|(kind, n)| kind.counted(*n)).collect();
            joined_with_and(&parts)
        };
        let gone = counted(|change| change == ChangeKind::Remove);
        let changed = counted(|change| change != ChangeKind::Remove);
        let what = match (gone.is_empty(), changed.is_empty()) {
            (false, true) => format!("Remove {gone}"),
            (true, _) => format!("Change {changed}"),
            (false, false) => format!("Remove {gone} and change {changed}"),
        };
        match &self.whom {
            Some(whom) => format!("{what} of {whom}?"),
            None => format!("{what}?"),
        }
    }

    fn writing(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.change.writes())
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn joined_with_and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Plan {
        let mut plan = Plan::titled("Tenant Fabrikam loses gallery 'golden'");
        for name in ["a", "b"] {
            let what = format!("role Reader of {name}");
            plan.push(Step::new(ChangeKind::Remove, WriteKind::RoleAssignment, name, what));
        }
        plan.push(Step::new(ChangeKind::Remove, WriteKind::DelegationAssignment, "d", "d".into()));
        plan.push(Step::new(ChangeKind::Keep, WriteKind::Gallery, "g", "gallery".into()));
        plan.whom = Some("Fabrikam (8d2b…)".to_owned());
        plan
    }

    #[test]
    fn a_plan_says_what_goes_and_asks_with_counts_and_tenant() {
        let plan = sample();
        assert_eq!(plan.question(), "Remove 2 roles and 1 delegation of Fabrikam (8d2b…)?");
        assert_eq!(plan.lines()[1], "- role Reader of a");
        assert_eq!(plan.lines().last().unwrap(), "0 to create, 0 to change, 3 to remove.");
        assert!(plan.takes_away() && !plan.is_settled());
    }

    #[test]
    fn a_plan_is_read_back_as_it_was_written() {
        let text = serde_json::to_string(&sample().report()).unwrap();
        let read: Plan = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&read.report()).unwrap(), text);
        assert!(
            text.contains(r#""totals":{"create":0,"update":0,"replace":0,"remove":3,"keep":1}"#)
        );
    }

    #[test]
    fn plurals_of_words_in_y() {
        assert_eq!(WriteKind::Gallery.counted(2), "2 galleries");
        assert_eq!(WriteKind::Tags.counted(3), "3 sets of tags");
        assert_eq!(WriteKind::ManagedIdentity.counted(1), "1 managed identity");
    }
}
