//! `fleet drift`: how what exists differs from the manifest. Reads only.

use std::collections::BTreeMap;

use serde::Serialize;

use super::manifest_file::{ManifestArgs, PastDays};
use super::planned_report::drift_report;
use super::report_args::FleetReportArgs;
use crate::app::App;
use crate::error::Result;
use crate::ops::fleet::consumers::look_for_principals;
use crate::ops::fleet::drift_kind::DriftKind;
use crate::ops::fleet::planner::{FleetRequest, ItemDrift, PlannedFleet, plan_fleet};
use crate::ops::fleet::shapes::with_commas;
use crate::output::{Output, View};

/// Find what differs from a manifest
///
/// Lists each difference with its kind, a stable word such as `missing-definition`. Ends with exit
/// code 8 if there is one. Only the consumer's own tenant knows whether its principals still exist:
/// --as names a stored credential of it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare fleet drift -f fleet.yaml -o table
  az-imageshare fleet drift -f fleet.yaml --as consumer
  az-imageshare fleet drift -f fleet.yaml --query '[?kind==`orphan`].id' -o tsv

Permissions: Reader of the subscriptions and of the management groups that the manifest names.
API: https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources")]
pub(crate) struct FleetDriftArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Also read permissions and the resource provider of each subscription (slow)
    #[arg(long)]
    full: bool,
    /// Also look for a consumer's principals with this stored credential; repeatable
    #[arg(long = "as", value_name = "CREDENTIAL")]
    as_: Vec<String>,
    #[command(flatten)]
    report: FleetReportArgs,
}

/// A difference as it is printed.
#[derive(Serialize)]
struct DriftRow {
    kind: DriftKind,
    key: String,
    subscription: String,
    consumer: String,
    id: String,
    /// Where the manifest asks for it; empty for what it does not know.
    place: String,
    message: String,
}

impl View for DriftRow {
    const TABLE: &'static str = "{Kind:kind, Key:key, Message:message}";
}

pub(super) fn find_drift(args: &FleetDriftArgs, app: &App) -> Result<Output> {
    let manifest = args.manifest.read(app, PastDays::Allowed)?;
    let request = FleetRequest { full: args.full, ..FleetRequest::default() };
    args.report.check()?;
    let (mut planned, look) = app.block_on(async {
        let look = look_for_principals(app, &manifest, &args.as_).await?;
        Ok((plan_fleet(app, &manifest, &request).await?, look))
    })?;
    planned.remarks.iter().for_each(|remark| app.reporter.warn(remark));
    planned.drift.extend(look.drift);
    if !look.unseen.is_empty() {
        app.reporter.note(&format!(
            "Whether the principals of {} still exist is not checked: name a credential of their tenant with --as.",
            look.unseen.join(", ")
        ));
    }
    let path = args.manifest.path(app);
    let rows = rows(&planned, &path);
    args.report.write(app, &drift_report(&planned, &path))?;
    let lines = lines(&rows);
    let code = if rows.is_empty() { 0 } else { 8 };
    Ok(Output::rows(&rows).for_people(lines).failed(code))
}

fn rows(planned: &PlannedFleet, path: &str) -> Vec<DriftRow> {
    let of_items = planned.drift.iter().map(|found| row(found, path));
    let of_roles = planned.objections.iter().map(|objection| DriftRow {
        kind: DriftKind::RoleNotAllowed,
        key: objection.grant.clone(),
        subscription: String::new(),
        consumer: String::new(),
        id: String::new(),
        place: objection.place.clone(),
        message: objection.rule.clone(),
    });
    let mut rows: Vec<DriftRow> = of_items.chain(of_roles).collect();
    rows.sort_by(|a, b| (a.kind, &a.key, &a.message).cmp(&(b.kind, &b.key, &b.message)));
    rows
}

fn row(found: &ItemDrift, path: &str) -> DriftRow {
    DriftRow {
        kind: found.mark.kind,
        key: found.key.to_string(),
        subscription: found.subscription.clone(),
        consumer: found.consumer.clone(),
        id: found.id.clone(),
        place: if found.line == 0 { String::new() } else { format!("{path}:{}", found.line) },
        message: found.mark.text.clone(),
    }
}

/// Differences of one kind and text in one line.
fn lines(rows: &[DriftRow]) -> Vec<String> {
    let mut counts: BTreeMap<(DriftKind, &str), (usize, &str)> = BTreeMap::new();
    for row in rows {
        counts.entry((row.kind, &row.message)).or_insert((0, &row.key)).0 += 1;
    }
    let line = |((kind, message), (count, key)): ((DriftKind, &str), (usize, &str))| {
        let kind = kind.word();
        let more = match count {
            1 => String::new(),
            _ => format!(" and {} more", with_commas(count - 1)),
        };
        format!("! {kind}: {message} ({key}{more})")
    };
    let mut lines: Vec<String> = counts.into_iter().map(line).collect();
    lines.push(match rows.len() {
        0 => "Nothing differs from the manifest.".to_owned(),
        1 => "1 difference.".to_owned(),
        count => format!("{} differences.", with_commas(count)),
    });
    lines
}
