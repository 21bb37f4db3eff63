//! Microsoft.Features: previews a subscription was let into.

use serde_json::{Value, json};

use super::rbac;
use crate::arm::reply;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

/// The features there are; a registration of one that needs approval stays `Pending`.
const FEATURES: [(&str, &str); 2] = [
    ("Microsoft.Compute", "SIGSharing"),
    ("Microsoft.VirtualMachineImages", "FairfaxPublicPreview"),
];

/// Answers `/subscriptions/{id}/providers/Microsoft.Features/providers/{namespace}/features/{name}[/register]`.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    segments: &[&str],
) -> Result<Reply, ArmError> {
    let (subscription, namespace, name) = (segments[1], segments[5], segments[7]);
    let scope = format!("/subscriptions/{subscription}");
    let known = FEATURES.iter().find(|(space, feature)| {
        space.eq_ignore_ascii_case(namespace) && feature.eq_ignore_ascii_case(name)
    });
    let Some((namespace, name)) = known else {
        return Err(ArmError::missing(
            "FeatureNotFound",
            format!("The feature '{name}' could not be found."),
        ));
    };
    match (request.method.as_str(), segments.get(8)) {
        ("GET", None) => {
            rbac::require(core, caller, &scope, "Microsoft.Features/providers/features/read")?;
            Ok(Reply::json(200, &body(core, subscription, namespace, name, "NotRegistered")))
        }
        ("POST", Some(&"register")) => {
            let action = "Microsoft.Features/providers/features/register/action";
            rbac::require(core, caller, &scope, action)?;
            Ok(Reply::json(200, &body(core, subscription, namespace, name, "Pending")))
        }
        _ => Err(reply::method_not_allowed(request)),
    }
}

fn body(core: &Core, subscription: &str, namespace: &str, name: &str, otherwise: &str) -> Value {
    let full = format!("{namespace}/{name}");
    let state = if core.state.has_feature(subscription, &full) { "Registered" } else { otherwise };
    json!({"properties": {"state": state}, "name": full, "type": "Microsoft.Features/providers/features",
        "id": format!("/subscriptions/{subscription}/providers/Microsoft.Features/providers/{namespace}/features/{name}")})
}
