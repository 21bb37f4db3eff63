//! One grant to one consumer by Azure Policy: what has to exist at the management group.

use serde_json::{Value, json};

use super::{names, rule};
use crate::ops::fleet::expand::WantedOffer;
use crate::ops::fleet::manifest::{FleetGrant, GrantRoute, PublisherPolicy};
use crate::ops::fleet::view::{ItemView, PolicyPart, hex_digest};

use super::stands::view;

/// One grant to one consumer by Azure Policy.
pub(crate) struct GroupPolicy<'a> {
    pub fleet: &'a str,
    pub grant: &'a FleetGrant,
    pub consumer: &'a str,
    pub policy: &'a PublisherPolicy,
    pub offer: &'a WantedOffer,
    /// Subscriptions of the group that the grant leaves out.
    pub excluded: Vec<String>,
}

impl GroupPolicy<'_> {
    /// The management group.
    pub(crate) fn group(&self) -> &str {
        self.policy.management_group.as_ref().map_or("", |group| &group.value)
    }

    fn location(&self) -> &str {
        self.policy.location.as_ref().map_or("", |location| &location.value)
    }

    /// The assignment's name; the definition's follows from it.
    pub(crate) fn name(&self) -> String {
        names::assignment_name(self.fleet, &self.grant.name.value, self.consumer)
    }

    /// True if it also brings the subscriptions that are there.
    pub(crate) fn remediates(&self) -> bool {
        self.grant.route == GrantRoute::Policy
    }

    fn shown(&self) -> String {
        let name = self.offer.properties.registration_definition_name.as_deref();
        let text = format!("{} ({})", name.unwrap_or_default(), self.fleet);
        text.chars().take(LONGEST_TITLE).collect()
    }

    fn mark(&self, of: &Value) -> Value {
        let digest = hex_digest(of.to_string().as_bytes());
        json!({"fleet": self.fleet, "grant": self.grant.name.value, "consumer": self.consumer,
            "digest": &digest[..12]})
    }

    /// The wanted definition.
    pub(crate) fn definition(&self) -> ItemView {
        let offer = &self.offer.properties;
        let made = |mark: &Value| {
            rule::definition(&self.shown(), mark, offer, self.location(), self.policy.is_simple)
        };
        let bare = made(&Value::Null);
        view(PolicyPart::Definition, made(&self.mark(&bare)))
    }

    /// The wanted assignment, without its mode.
    pub(crate) fn assignment(&self) -> ItemView {
        let identity = match &self.policy.identity {
            None => json!({"type": "SystemAssigned"}),
            Some(id) => json!({"type": "UserAssigned", "userAssignedIdentities": {&id.value: {}}}),
        };
        let values = rule::values(&self.offer.properties);
        let body = json!({"identity": identity, "properties": {
            "displayName": self.shown(),
            "policyDefinitionId": names::definition_id(self.group(), &self.name()),
            "parameters": values,
            "notScopes": self.excluded,
            "metadata": {"azImageshare": self.mark(&values)},
        }});
        view(PolicyPart::Assignment, body)
    }

    /// The assignment as it is sent the first time.
    pub(crate) fn first_assignment(&self) -> Value {
        let ItemView::Policy(stand) = self.assignment() else { return Value::Null };
        let mut body = stand.body;
        body["location"] = json!(self.location());
        body["properties"]["enforcementMode"] = json!("DoNotEnforce");
        body
    }
}

/// Azure's limit for what an assignment is called.
const LONGEST_TITLE: usize = 128;
