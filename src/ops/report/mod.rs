//! Who has access to what, for people who look rather than read: as a page, as rows, as a graph.
//!
//! Names come from Azure, and anyone may have chosen them: in every format they are data and never markup.

mod findings;
mod form;
mod gather;
mod markup;
mod model;
mod page;
mod picture;
mod text;

pub(crate) use findings::all_findings;
pub(crate) use form::ReportForm;
pub(crate) use gather::access_report;
