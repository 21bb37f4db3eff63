//! What a report says: a row for each item, and what they are about.

use crate::ops::fleet::item::ItemPlan;

/// How a row counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ReportLevel {
    /// It is as it should be.
    Well,
    /// It was not reached.
    Skipped,
    /// It is not as it should be, and nothing is broken.
    Warning,
    /// It failed.
    Error,
}

/// One item of a report.
#[derive(Clone, Debug)]
pub(crate) struct ReportRow {
    pub key: String,
    pub publisher: String,
    pub grant: String,
    pub consumer: String,
    pub subscription: String,
    /// What was to become of it: `create`, `update` and so on.
    pub change: String,
    pub level: ReportLevel,
    /// `done`, `failed`, `moved`, or a kind of drift: the rule's id in SARIF.
    pub rule: String,
    /// Azure's code, or a word of this program; empty if it is well.
    pub code: String,
    pub message: String,
    pub ms: u64,
    /// The line of the manifest; 0 if it does not ask for it.
    pub line: u32,
}

impl ReportRow {
    /// An item as it was planned: well until something is known of it.
    pub(crate) fn of_item(item: &ItemPlan) -> ReportRow {
        ReportRow {
            key: item.key.to_string(),
            publisher: item.publisher.clone(),
            grant: item.grant.clone(),
            consumer: item.consumer.clone(),
            subscription: item.subscription.to_string(),
            change: item.change.word().to_owned(),
            level: ReportLevel::Well,
            rule: item.change.word().to_owned(),
            code: String::new(),
            message: String::new(),
            ms: 0,
            line: item.line,
        }
    }
}

/// All items, and what they are about.
#[derive(Clone, Debug)]
pub(crate) struct FleetReport {
    /// `Fleet 'images-prod', plan 3f1c9a0be2d4`
    pub title: String,
    /// The manifest's path as it was given.
    pub manifest: String,
    pub rows: Vec<ReportRow>,
}

impl FleetReport {
    /// Rows that are not well by their rule and code, the most frequent first.
    pub(super) fn causes(&self) -> Vec<(&ReportRow, Vec<&ReportRow>)> {
        let mut causes: Vec<(&ReportRow, Vec<&ReportRow>)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for row in self.rows.iter().filter(|row| row.level >= ReportLevel::Warning) {
            let place = *places.entry((row.level, &row.rule, &row.code)).or_insert_with(|| {
                causes.push((row, Vec::new()));
                causes.len() - 1
            });
            causes[place].1.push(row);
        }
        causes.sort_by_key(|(row, same)| std::cmp::Reverse((row.level, same.len())));
        causes
    }
}
