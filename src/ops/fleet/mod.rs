//! Sharing over thousands of subscriptions: one manifest says what is wanted, Azure says what exists, and a plan
//! of items says what becomes of it.
//!
//! There is no state of this program's own: ids are computed, and what belongs to a fleet carries a mark.

pub(crate) mod apply;
pub(crate) mod compare;
pub(crate) mod compare_offers;
pub(crate) mod compare_shares;
pub(crate) mod consumers;
pub(crate) mod drift_kind;
pub(crate) mod events;
pub(crate) mod expand;
pub(crate) mod exporting;
pub(crate) mod full;
pub(crate) mod glob;
pub(crate) mod import;
pub(crate) mod item;
pub(crate) mod manifest;
pub(crate) mod names;
pub(crate) mod observe;
pub(crate) mod outcome;
pub(crate) mod ownership;
pub(crate) mod plan_file;
pub(crate) mod planner;
pub(crate) mod policy;
pub(crate) mod probe;
pub(crate) mod ready;
pub(crate) mod removal;
pub(crate) mod report;
pub(crate) mod select;
pub(crate) mod shapes;
pub(crate) mod standing_groups;
pub(crate) mod survey;
pub(crate) mod view;
pub(crate) mod waves;
