//! The tenants of which a deployment needs tokens: those that are named, and those whose subscriptions the
//! template or its parameters name.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::app::App;
use crate::error::Result;
use crate::id::{SubscriptionId, TenantId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::findings::Findings;
use crate::ops::image::identities;
use crate::rest::auxiliary::{AuxiliaryIdentity, MOST};

/// Who signs in to which other tenants.
///
/// # Errors
/// If there is no connection: whose a subscription is, Azure is asked.
pub(super) async fn identities_for(
    app: &App,
    writer: Option<TenantId>,
    named: &[TenantId],
    subscriptions: &BTreeSet<SubscriptionId>,
    findings: &mut Findings,
) -> Result<Vec<AuxiliaryIdentity>> {
    let own = app.tokens()?;
    let work = subscriptions.iter().map(|id| app.tenant_of_subscription(*id));
    let mut found = BTreeSet::new();
    for tenant in fan_out(AT_ONCE, work).await {
        found.extend(tenant?);
    }
    let is_other = |tenant: &TenantId| Some(*tenant) != writer;
    let mut tenants: Vec<TenantId> = Vec::new();
    for tenant in named.iter().filter(|tenant| is_other(tenant)) {
        if !tenants.contains(tenant) {
            tenants.push(*tenant);
        }
    }
    found.retain(|tenant| is_other(tenant) && !tenants.contains(tenant));
    let known = if found.is_empty() && tenants.is_empty() {
        Vec::new()
    } else {
        let mut known = identities::all(app).await.unwrap_or_default();
        known.extend(identities::beside(app)?);
        known
    };
    let mut vouching = Vec::new();
    for tenant in tenants.iter().chain(&found) {
        let is_at_hand = own.tenants().contains(tenant) || tenants.contains(tenant);
        let other = known.iter().find(|identity| identity.tenant == *tenant);
        let tokens = match other {
            _ if own.tenants().contains(tenant) => own.clone(),
            Some(identity) => identities::tokens_of(app, &identity.name)?,
            None if is_at_hand => own.clone(),
            None => {
                findings.warn(format!(
                    "The template names a subscription of tenant {tenant}, and none of your credentials signs in there: no token of it goes along. Where that tenant has delegated the resource to yours, none is needed."
                ));
                continue;
            }
        };
        vouching.push(AuxiliaryIdentity { tenant: *tenant, tokens });
    }
    if vouching.len() > MOST {
        findings.input(
            "--aux-tenant",
            format!(
                "{} other tenants are needed, and Resource Manager takes tokens of {MOST}",
                vouching.len()
            ),
            "Split the template, or have images shared in a way that needs no token (`az-imageshare share advise`).",
        );
    }
    Ok(vouching)
}

/// The subscriptions that a template and its parameters name, but for the one that is written to.
pub(super) fn subscriptions_in(
    template: &Value,
    parameters: &Map<String, Value>,
    own: SubscriptionId,
) -> BTreeSet<SubscriptionId> {
    let mut found = BTreeSet::new();
    collect(template, "", &mut found);
    for (name, value) in parameters {
        collect(value, name, &mut found);
    }
    found.remove(&own);
    found
}

/// `name` is that of the parameter or member that a text is under.
fn collect(value: &Value, name: &str, found: &mut BTreeSet<SubscriptionId>) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                let inner = if ["value", "defaultValue"].contains(&member.as_str()) {
                    name
                } else {
                    member.as_str()
                };
                collect(value, inner, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
        Value::String(text) => {
            if name.to_lowercase().contains("subscription")
                && let Ok(id) = text.parse()
            {
                found.insert(id);
            }
            found.extend(of_text(text));
        }
        _ => {}
    }
}

/// Ids behind `/subscriptions/`, and the quoted GUIDs of an expression such as `[resourceId('…', …)]`.
fn of_text(text: &str) -> Vec<SubscriptionId> {
    let lower = text.to_lowercase();
    let mut found: Vec<SubscriptionId> = lower
        .split("/subscriptions/")
        .skip(1)
        .filter_map(|rest| rest.get(..36)?.parse().ok())
        .collect();
    if lower.starts_with('[') && lower.contains("resourceid(") {
        let quoted = lower.split('\'').skip(1).step_by(2);
        found.extend(quoted.filter_map(|part| part.parse::<SubscriptionId>().ok()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const A: &str = "5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101";
    const B: &str = "7c2f9e50-4163-4dac-a028-9f3e5d712201";

    #[test]
    fn subscriptions_are_found_in_ids_in_calls_and_under_their_names() {
        let own: SubscriptionId = B.parse().unwrap();
        let of = |template: Value, parameters: Value| {
            let parameters = parameters.as_object().cloned().unwrap_or_default();
            let found = subscriptions_in(&template, &parameters, own);
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let id = format!("/Subscriptions/{A}/resourceGroups/g");
        for template in [
            json!({"resources": [{"properties": {"id": id}}]}),
            json!({"variables": {"id": format!("[resourceId('{A}', 'g', 'a/b', 'c')]")}}),
            json!({"parameters": {"imageSubscriptionId": {"type": "string", "defaultValue": A}}}),
        ] {
            assert_eq!(of(template, json!({})), [A]);
        }
        assert_eq!(of(json!({}), json!({"image": {"value": id}})), [A]);
        assert_eq!(
            of(json!({"id": format!("/subscriptions/{B}")}), json!({})),
            Vec::<String>::new()
        );
        // Any other GUID is none.
        assert_eq!(of(json!({"principalId": A}), json!({})), Vec::<String>::new());
    }
}
