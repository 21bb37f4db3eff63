//! What VM Image Builder's identity needs: given, proved, taken back.
//!
//! The lists of actions are the documents' own. Source:
//! <https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-permissions-cli>

pub mod actions;
pub mod apply;
pub mod arguments;
pub mod check;
pub mod facts;
pub mod grants;
pub mod held;
pub mod image_template;
pub mod legacy;
pub mod plan;
pub mod removal;
pub mod rules;
pub mod scenario;
pub mod snippet;
pub mod subject;
pub mod submitter;
pub mod teardown;
pub mod verdict;
