//! A virtual machine from an image that someone shared: what the image demands is read from it.
//!
//! One deployment at resource group scope, because Azure checks images of other tenants only there.
//! Source: <https://learn.microsoft.com/azure/virtual-machines/share-gallery>

mod choice;
mod create;
mod facts;
pub(crate) mod login;
mod machine;
mod plan;
mod preflight;
mod said_once;
mod series;
mod size;
pub(crate) mod ssh_key_pair;
mod template;

pub(crate) use machine::{DesiredMachine, Machine, ToldImage};
pub(crate) use said_once::SaidOnce;
pub(crate) use series::{numbered_machines, plan_series};
