//! Which application a command means.

use crate::id::ClientId;
use crate::ops::share::app::Wanted;

/// Which application: by the name that `create` was given, or by client id.
#[derive(clap::Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct AppSelector {
    /// Name that the application was created with
    #[arg(long, short, value_name = "NAME")]
    name: Option<String>,
    /// Application (client) id
    #[arg(long, value_name = "GUID")]
    client_id: Option<ClientId>,
}

impl AppSelector {
    pub(super) fn wanted(&self) -> Wanted {
        match (self.client_id, &self.name) {
            (Some(client), _) => Wanted::Client(client),
            (None, name) => Wanted::Named(name.clone().unwrap_or_default()),
        }
    }
}
