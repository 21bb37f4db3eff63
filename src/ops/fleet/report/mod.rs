//! What became of items, for the programs and people that read reports: JUnit, SARIF, GitHub, Markdown, CSV.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::{Error, Kind, Result};

mod csv;
mod github;
mod junit;
mod markdown;
mod rows;
mod sarif;

pub(crate) use github::annotations;
pub(crate) use rows::{FleetReport, ReportLevel, ReportRow};

/// The forms there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportForm {
    /// A suite for each publisher, a case for each item.
    Junit,
    /// A result for each item that is not well, at the manifest's line.
    Sarif,
    /// The summary of a step; annotations are lines of the log.
    Github,
    /// A page for people.
    Markdown,
    /// A row for each item.
    Csv,
}

/// `FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportTarget {
    pub form: ReportForm,
    pub path: PathBuf,
}

impl FromStr for ReportTarget {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<ReportTarget, Self::Err> {
        const FORMS: &str = "not FORMAT=FILE with junit, sarif, github, markdown or csv as FORMAT";
        let (form, path) = text.split_once('=').ok_or(FORMS)?;
        let form = match form.to_ascii_lowercase().as_str() {
            "junit" => ReportForm::Junit,
            "sarif" => ReportForm::Sarif,
            "github" => ReportForm::Github,
            "markdown" => ReportForm::Markdown,
            "csv" => ReportForm::Csv,
            _ => return Err(FORMS),
        };
        if path.is_empty() {
            return Err(FORMS);
        }
        Ok(ReportTarget { form, path: path.into() })
    }
}

impl FleetReport {
    /// The report in a form.
    pub(crate) fn text(&self, form: ReportForm) -> String {
        match form {
            ReportForm::Junit => junit::text(self),
            ReportForm::Sarif => sarif::text(self),
            ReportForm::Github => github::summary(self),
            ReportForm::Markdown => markdown::text(self, usize::MAX),
            ReportForm::Csv => csv::text(self),
        }
    }

    /// Writes the report; a step's summary is added to what is there, as GitHub asks for.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn write(&self, target: &ReportTarget) -> Result<()> {
        let text = self.text(target.form);
        let written = match target.form {
            ReportForm::Github => append(&target.path, &text),
            _ => std::fs::write(&target.path, text),
        };
        written.map_err(|err| unwritable(&target.path, &err))
    }
}

/// Refuses a report that cannot be written, before the work begins.
///
/// # Errors
/// A usage error that names the file.
pub(crate) fn check_targets(targets: &[ReportTarget]) -> Result<()> {
    for target in targets {
        append(&target.path, "")
            .map_err(|err| unwritable(&target.path, &err).of_kind(Kind::Usage))?;
    }
    Ok(())
}

fn append(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())
}

fn unwritable(path: &Path, err: &std::io::Error) -> Error {
    Error::new(Kind::Failure, format!("the report {} cannot be written: {err}", path.display()))
        .hint("Give --report a file in a folder that exists and that you may write to.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(index: usize, level: ReportLevel) -> ReportRow {
        let (rule, code, message) = match level {
            ReportLevel::Well => ("done", "", ""),
            ReportLevel::Skipped => ("skipped", "", ""),
            ReportLevel::Warning => ("moved", "Moved", "it moved"),
            ReportLevel::Error => {
                ("failed", "AuthorizationFailed", "<no> \"right\" & | \n::error::x")
            }
        };
        ReportRow {
            key: format!("readers/contoso/{index}/fabrikam"),
            publisher: "contoso".into(),
            grant: "readers".into(),
            consumer: "fabrikam".into(),
            subscription: format!("{index}"),
            change: "create".into(),
            level,
            rule: rule.into(),
            code: code.into(),
            message: message.into(),
            ms: 1_500,
            line: 41,
        }
    }

    fn report(errors: usize) -> FleetReport {
        let mut rows: Vec<ReportRow> =
            (0..errors).map(|index| row(index, ReportLevel::Error)).collect();
        rows.push(row(errors, ReportLevel::Warning));
        rows.push(row(errors + 1, ReportLevel::Well));
        rows.push(row(errors + 2, ReportLevel::Skipped));
        FleetReport { title: "Fleet 'images'".into(), manifest: "fleet.yaml".into(), rows }
    }

    #[test]
    fn five_thousand_failures_are_one_annotation_and_a_summary_below_a_megabyte() {
        let report = report(5_000);
        let lines = annotations(&report);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("::error file=fleet.yaml,line=41,title="), "{}", lines[0]);
        assert!(lines.iter().all(|line| !line.contains('\n')), "{lines:?}");
        let summary = report.text(ReportForm::Github);
        assert!(summary.len() < 1 << 20, "{}", summary.len());
        assert!(summary.contains("5,000"), "{}", &summary[..400]);
    }

    #[test]
    fn at_most_ten_annotations_of_each_level() {
        let mut report = report(0);
        for index in 0..40 {
            let level = if index % 2 == 0 { ReportLevel::Error } else { ReportLevel::Warning };
            report.rows.push(ReportRow { code: format!("C{index}"), ..row(index, level) });
        }
        let lines = annotations(&report);
        let count = |what: &str| lines.iter().filter(|line| line.starts_with(what)).count();
        assert_eq!((count("::error "), count("::warning ")), (10, 10));
    }

    #[test]
    fn texts_of_others_stay_text_in_every_form() {
        let report = report(1);
        let junit = report.text(ReportForm::Junit);
        assert!(junit.contains("&lt;no&gt; &quot;right&quot; &amp; |"), "{junit}");
        let sarif: serde_json::Value =
            serde_json::from_str(&report.text(ReportForm::Sarif)).unwrap();
        assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
        let csv = report.text(ReportForm::Csv);
        assert!(csv.contains("\"<no> \"\"right\"\" & | \n::error::x\""), "{csv}");
        let page = report.text(ReportForm::Markdown);
        assert!(page.contains("&lt;no&gt;") && page.contains("\\|"), "{page}");
    }

    #[test]
    fn a_target_is_a_form_and_a_file() {
        let target: ReportTarget = "junit=a=b.xml".parse().unwrap();
        assert_eq!((target.form, target.path), (ReportForm::Junit, "a=b.xml".into()));
        for bad in ["", "junit", "junit=", "html=x"] {
            assert!(bad.parse::<ReportTarget>().is_err(), "{bad}");
        }
    }
}
