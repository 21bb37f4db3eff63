//! GitHub Actions: a few annotations, and the summary of the step. Sources:
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>,
//! <https://docs.github.com/rest/checks/runs>

use super::markdown;
use super::rows::{FleetReport, ReportLevel, ReportRow};

/// A step shows so many errors, and so many warnings.
const MOST_ANNOTATIONS: usize = 10;
/// A step's summary is at most 1 MiB; the items named in it are at most so many.
const MOST_ITEMS: usize = 2_000;
const MOST_BYTES: usize = 1_000_000;

/// One annotation for each cause, errors first.
pub(crate) fn annotations(report: &FleetReport) -> Vec<String> {
    let causes = report.causes();
    let of = |level: ReportLevel| {
        causes.iter().filter(move |(first, _)| first.level == level).take(MOST_ANNOTATIONS)
    };
    of(ReportLevel::Error)
        .chain(of(ReportLevel::Warning))
        .map(|(first, rows)| annotation(report, first, rows.len()))
        .collect()
}

fn annotation(report: &FleetReport, row: &ReportRow, count: usize) -> String {
    let command = if row.level == ReportLevel::Error { "error" } else { "warning" };
    let title = format!("{count} × {}", row.code);
    let message = format!("{}: {} (first: {})", row.rule, row.message, row.key);
    format!(
        "::{command} file={},line={},title={}::{}",
        property(&report.manifest),
        row.line.max(1),
        property(&title),
        data(&message)
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The page for people, as long as a step's summary may be.
pub(super) fn summary(report: &FleetReport) -> String {
    let text = markdown::text(report, MOST_ITEMS);
    if text.len() <= MOST_BYTES {
        return text;
    }
    markdown::text(report, 0)
}
