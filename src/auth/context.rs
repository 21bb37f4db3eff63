//! What signing in needs of the program that does it.

use std::sync::Arc;

use super::bridge::LoginInHand;
use crate::process::Clock;
use crate::secrets::SecretStore;
use crate::settings::Settings;
use crate::transport::Connect;

/// Reports that something is wrong, but not so wrong that the work ends.
pub(crate) type Warn = Arc<dyn Fn(&str) + Send + Sync>;

/// What signing in needs from the program.
#[derive(Clone)]
pub struct SignInContext {
    pub settings: Settings,
    pub secrets: Arc<dyn SecretStore>,
    /// What time it is.
    pub clock: Clock,
    /// The way to the network, opened when it is needed.
    pub connect: Connect,
    pub warn: Warn,
    /// Shows a person at a terminal what was chosen for them.
    pub tell: Warn,
    /// `az` runs us: its login comes right behind what was named.
    pub inside_az: bool,
    /// The login of the `az` that runs us, if it hands its tokens over.
    pub in_hand: Option<Arc<dyn LoginInHand>>,
}
