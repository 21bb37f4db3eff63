//! What VM Image Builder's identity needs: granted, verified, removed.
//!
//! The lists of actions are the documents' own. Source:
//! <https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-permissions-cli>

pub(crate) mod actions;
pub(crate) mod apply;
pub(crate) mod arguments;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod effective_roles;
pub(crate) mod facts;
pub(crate) mod grants;
pub(crate) mod image_template;
pub(crate) mod legacy;
pub(crate) mod plan;
pub(crate) mod removal;
pub(crate) mod rules;
pub(crate) mod scenario;
pub(crate) mod snippet;
pub(crate) mod steps;
pub(crate) mod submitter;
pub(crate) mod target;
pub(crate) mod teardown;
