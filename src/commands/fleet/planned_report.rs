//! Plans and drift as reports: what is to be done, and what differs, item by item.

use std::collections::{HashMap, HashSet};

use crate::ops::fleet::drift_kind::DriftKind;
use crate::ops::fleet::item::{ItemChange, ItemPlan};
use crate::ops::fleet::planner::{ItemDrift, PlannedFleet};
use crate::ops::fleet::report::{FleetReport, ReportLevel, ReportRow};

/// A row for each item; what is blocked, or left the manifest, is not well.
pub(super) fn plan_report(planned: &PlannedFleet) -> FleetReport {
    let row = |item: &ItemPlan| {
        let level = match item.change {
            ItemChange::Blocked | ItemChange::Orphan => ReportLevel::Warning,
            _ => ReportLevel::Well,
        };
        ReportRow { level, message: item.why.join("; "), ..ReportRow::of_item(item) }
    };
    let head = &planned.plan.head;
    FleetReport {
        title: format!("Fleet '{}', plan {}", head.fleet, planned.plan.approval()),
        manifest: head.manifest.path.clone(),
        rows: planned.items.iter().map(row).collect(),
    }
}

/// A row for each difference, and one for each item without any.
pub(super) fn drift_report(planned: &PlannedFleet, manifest: &str) -> FleetReport {
    let differing: HashSet<&str> = planned.drift.iter().map(|found| found.key.as_str()).collect();
    let items: HashMap<&str, &ItemPlan> =
        planned.items.iter().map(|item| (item.key.as_str(), item)).collect();
    let publisher_of = |found: &ItemDrift| {
        let item = items.get(found.key.as_str());
        item.map(|item| (item.publisher.clone(), item.grant.clone())).unwrap_or_default()
    };
    let row = |found: &ItemDrift| {
        let (publisher, grant) = publisher_of(found);
        let kind = found.mark.kind;
        ReportRow {
            key: found.key.to_string(),
            publisher,
            grant,
            consumer: found.consumer.clone(),
            subscription: found.subscription.clone(),
            change: String::new(),
            level: if kind.is_mild() { ReportLevel::Warning } else { ReportLevel::Error },
            rule: kind.word(),
            code: String::new(),
            message: found.mark.text.clone(),
            ms: 0,
            line: found.line,
        }
    };
    let unfit = planned.objections.iter().map(|objection| ReportRow {
        key: objection.grant.clone(),
        publisher: String::new(),
        grant: objection.grant.clone(),
        consumer: String::new(),
        subscription: String::new(),
        change: String::new(),
        level: ReportLevel::Error,
        rule: DriftKind::RoleNotAllowed.word(),
        code: String::new(),
        message: objection.rule.clone(),
        ms: 0,
        line: objection.place.rsplit(':').nth(1).and_then(|line| line.parse().ok()).unwrap_or(0),
    });
    let well = planned.items.iter().filter(|item| !differing.contains(item.key.as_str()));
    let well =
        well.map(|item| ReportRow { rule: "as-planned".to_owned(), ..ReportRow::of_item(item) });
    FleetReport {
        title: format!("Drift of fleet '{}'", planned.plan.head.fleet),
        manifest: manifest.to_owned(),
        rows: planned.drift.iter().map(row).chain(unfit).chain(well).collect(),
    }
}
