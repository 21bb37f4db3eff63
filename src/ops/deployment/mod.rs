//! One deployment of Azure Resource Manager: what it would change, and how it ends.

pub(crate) mod wait;
pub(crate) mod what_if;
