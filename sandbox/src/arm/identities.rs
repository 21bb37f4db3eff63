//! User-assigned identities and the principals behind them.

use serde_json::Value;

use super::target;
use crate::core::Core;

/// Their type.
pub(super) const TYPE: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

/// Forgets the principals of every identity that goes with a scope. Their assignments stay behind.
pub(crate) fn forget_below(core: &mut Core, scope: &str) {
    let gone: Vec<String> = core
        .state
        .resources
        .iter()
        .filter(|(id, found)| found.type_.eq_ignore_ascii_case(TYPE) && target::contains(scope, id))
        .filter_map(|(_, found)| Some(ids_of(&found.body)?.0))
        .collect();
    core.state.principals.retain(|known| !gone.contains(&known.id));
}

/// Principal and client id.
pub(super) fn ids_of(body: &Value) -> Option<(String, String)> {
    let text = |name: &str| body["properties"][name].as_str().map(str::to_owned);
    Some((text("principalId")?, text("clientId")?))
}
