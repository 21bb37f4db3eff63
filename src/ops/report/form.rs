//! The forms of a report, and the file that it is written to.

use std::path::Path;

use super::model::AccessReport;
use super::{page, text};
use crate::error::{Error, Kind, Result};
use crate::ops::exchange_file::{Readers, replace_file};

/// In which form a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportForm {
    Page,
    Table,
    Graph,
}

impl ReportForm {
    /// The form that a file's name asks for.
    ///
    /// # Errors
    /// If there is none by that ending, no such folder, or something else is in the file already.
    pub(crate) fn of_file(path: &Path) -> Result<ReportForm> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let form = match ending.to_ascii_lowercase().as_str() {
            "html" | "htm" => ReportForm::Page,
            "csv" => ReportForm::Table,
            "dot" | "gv" => ReportForm::Graph,
            _ => {
                let shown = path.display();
                return Err(Error::usage(format!("'{shown}' does not say which form is wanted"))
                    .hint("End its name in .html, .csv or .dot."));
            }
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(Error::usage(format!("there is no folder {}", folder.display())));
        }
        if path.symlink_metadata().is_ok() && !form.is_in(path) {
            let what = format!("{} exists and is not a report", path.display());
            return Err(
                Error::usage(what).hint("Choose another --output-file, or remove that file.")
            );
        }
        Ok(form)
    }

    /// True if such a report is in the file.
    fn is_in(self, path: &Path) -> bool {
        let text = std::fs::read(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text[..text.len().min(LOOKED_AT)]).into_owned();
        match self {
            ReportForm::Page => text.contains(page::GENERATOR),
            ReportForm::Table => text.starts_with(&text::table_head()),
            ReportForm::Graph => text.starts_with(text::GRAPH_HEAD),
        }
    }

    /// Writes the report; only the user may read the file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn write(self, report: &AccessReport, path: &Path) -> Result<()> {
        let text = match self {
            ReportForm::Page => page::report_page(report),
            ReportForm::Table => text::report_table(report),
            ReportForm::Graph => text::report_graph(report),
        };
        replace_file(path, text.as_bytes(), Readers::Owner).map_err(|err| {
            Error::new(Kind::Failure, format!("cannot write {}", path.display()))
                .caused_by(err)
                .hint("Give --output-file a folder that you may write to.")
        })
    }
}

/// Bytes in which a report says that it is one.
const LOOKED_AT: usize = 2048;
