//! Who may do what: roles, those who have them, and the tenants they come from.

pub(crate) mod assignee;
pub(crate) mod assignment;
pub(crate) mod built_in;
pub(crate) mod delegated_identity;
pub(crate) mod home_tenant;
pub(crate) mod image_role;
pub(crate) mod objection;
pub(crate) mod people;
pub(crate) mod principal;
pub(crate) mod rights;
pub(crate) mod role;
pub(crate) mod similar;
pub(crate) mod tenant;
