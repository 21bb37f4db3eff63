//! The flags that say where reports and events go.

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::app::App;
use crate::commands::file_argument::expanded_path;
use crate::error::{Error, Result};
use crate::ops::fleet::events::EventLog;
use crate::ops::fleet::report::{
    FleetReport, ReportForm, ReportTarget, annotations, check_targets,
};

/// Standard output, which others may write to as well.
struct SharedOutput(Arc<Mutex<dyn Write + Send>>);

impl Write for SharedOutput {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut sink = self.0.lock().map_err(|_| std::io::ErrorKind::Other)?;
        sink.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.lock().map_err(|_| std::io::ErrorKind::Other)?.flush()
    }
}

#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct FleetReportArgs {
    /// Also write a report as FORMAT=FILE: junit, sarif, github, markdown or csv
    #[arg(long, value_name = "FORMAT=FILE")]
    report: Vec<ReportTarget>,
}

impl FleetReportArgs {
    /// Refuses reports where there is nothing to report.
    pub(crate) fn refuse_beside(&self, flag: &str) -> Result<()> {
        if self.report.is_empty() {
            return Ok(());
        }
        Err(Error::usage(format!("--report cannot be used with {flag}"))
            .hint(format!("Leave out one of --report and {flag}.")))
    }

    /// Refuses what cannot be written, before the work begins.
    pub(crate) fn check(&self) -> Result<()> {
        check_targets(&self.report)
    }

    /// Writes all reports.
    pub(crate) fn write(&self, app: &App, report: &FleetReport) -> Result<()> {
        for target in &self.report {
            report.write(target)?;
            if target.form == ReportForm::Github {
                annotations(report).iter().for_each(|line| app.reporter.note(line));
            }
        }
        Ok(())
    }
}

#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct FleetEventArgs {
    /// Write what happens as JSON lines into this file, or to standard output with -
    #[arg(long, value_name = "FILE|-")]
    events: Option<String>,
}

impl FleetEventArgs {
    /// True if standard output belongs to the events.
    pub(crate) fn take_stdout(&self) -> bool {
        self.events.as_deref() == Some("-")
    }

    /// Opens the log.
    ///
    /// # Errors
    /// A usage error if it cannot be written.
    pub(crate) fn open(&self, app: &App) -> Result<EventLog> {
        let sink: Option<Box<dyn Write>> = match self.events.as_deref() {
            None => None,
            Some("-") if app.inside_az => {
                return Err(Error::usage("--events - has no standard output inside az")
                    .hint("Give --events a file."));
            }
            Some("-") => Some(Box::new(SharedOutput(app.stdout.clone()))),
            Some(path) => {
                let path = expanded_path(path, app);
                let file = std::fs::File::create(&path).map_err(|err| {
                    Error::usage(format!("the events cannot be written to {path}: {err}")).hint(
                        "Give --events a file in a folder that exists and that you may write to.",
                    )
                })?;
                Some(Box::new(file))
            }
        };
        Ok(EventLog::new(sink, app.clock.clone()))
    }
}
