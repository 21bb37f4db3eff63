//! `share direct`: with whole subscriptions and tenants.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::ops::share::direct::Entry;
use crate::ops::share::gallery::Sharing;
use crate::output::{Output, View};

mod add;
mod consumer;
mod list;
mod remove;
mod reset;

/// Share a gallery with whole subscriptions and tenants (a preview of Azure's)
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Add(add::DirectAddArgs),
    Remove(remove::DirectRemoveArgs),
    Reset(reset::DirectResetArgs),
    List(list::DirectListArgs),
}

impl Command {
    pub(super) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Add(args) => add::add_direct_share(args, app),
            Command::Remove(args) => remove::remove_direct_share(args, app),
            Command::Reset(args) => reset::reset_direct_shares(args, app),
            Command::List(args) => list::list_direct_shares(args, app),
        }
    }
}

impl View for Sharing {
    const TABLE: &'static str = "{Gallery:galleryId, Subscriptions:join(', ', subscriptionIds), Tenants:join(', ', tenantIds), State:state, Change:change}";
}

impl View for Entry {
    const TABLE: &'static str =
        "{Kind:kind, Id:id, Tenant:tenantId, State:state, ExpiresOn:expiresOn}";
}
