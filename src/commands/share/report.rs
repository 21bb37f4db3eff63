//! `share report`: who has access to what, as one page, as rows, or as a graph.

use serde::Serialize;

use crate::app::App;
use crate::commands::file_argument::FileArgument;
use crate::commands::partial;
use crate::error::Result;
use crate::ops::report::{self, ReportForm};
use crate::output::{Output, View};

/// Write a report on who has access to all galleries: a page, a table or a graph
///
/// Looks at the same as `share list --all`. A page (.html) is one file that loads nothing from
/// anywhere: it has a picture, a table to filter, what ends when, and findings. A table (.csv) is
/// for spreadsheets, a graph (.dot) for Graphviz.
///
/// Exit code 7 means that a part could not be read, which the report says.
///
/// Findings are galleries open to everyone, and outsiders who may assign roles. Others are
/// permissions past their last day, deleted principals, guests who never came, and offers that are
/// not assigned.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share report --output-file access.html
  az-imageshare share report --output-file access.csv --query findings
  az-imageshare share report --output-file access.dot

Permissions: Reader of the galleries' subscriptions; names need Graph's Directory.Read.All.
API: https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope")]
pub(crate) struct ShareReportArgs {
    /// File to write, ending in .html, .csv or .dot; an older report is replaced
    #[arg(long, value_name = "FILE")]
    output_file: FileArgument,
}

/// What was written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportSummary {
    file: String,
    galleries: usize,
    permissions: usize,
    findings: Vec<String>,
}

impl View for ReportSummary {
    const TABLE: &'static str =
        "{File:file, Galleries:galleries, Permissions:permissions, Findings:length(findings)}";
}

pub(super) fn write_report(args: &ShareReportArgs, app: &App) -> Result<Output> {
    let path = args.output_file.path(app);
    let form = ReportForm::of_file(&path)?;
    let report = app.block_on(report::access_report(app))?;
    form.write(&report, &path)?;
    let summary = ReportSummary {
        file: path.display().to_string(),
        galleries: report.galleries.len(),
        permissions: report.rows.len(),
        findings: report::all_findings(&report).into_iter().map(|finding| finding.text).collect(),
    };
    Ok(partial::with_gaps(app, Output::of(&summary), &report.gaps))
}
