//! Lists from which something may be missing.

use crate::app::App;
use crate::error::Kind;
use crate::ops::gaps::Gaps;
use crate::output::Output;

/// Says what could not be read, one line for each cause. If that was a failure, the command has done a part only.
pub(super) fn with_gaps(app: &App, output: Output, gaps: &Gaps) -> Output {
    gaps.report(app.reporter.as_ref());
    if gaps.is_partial() { output.failed(Kind::Partial.exit_code()) } else { output }
}
