//! Microsoft.MarketplaceOrdering: whether a subscription has accepted the terms of what it is about to use.
//!
//! Source: <https://learn.microsoft.com/rest/api/marketplaceordering/marketplace-agreements>, version 2021-01-01.
//! Users report both codes below: `ResourcePurchaseValidationFailed` from a machine's own PUT (threads neonKUBE
//! 1673, terraform-provider-azurerm 1145), `MarketplacePurchaseEligibilityFailed` from a deployment (azure-docs
//! 25359). That the second one comes before the deployment is accepted, and what is said of an offer that does not
//! exist, are guesses.

use serde_json::{Value, json};

use super::providers;
use super::target::Target;
use crate::arm::reply;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::State;

const TYPE: &str = "Microsoft.MarketplaceOrdering/offerTypes/publishers/offers/plans/agreements";

/// Whether a target is answered here.
pub(crate) fn serves(target: &Target) -> bool {
    target.is(TYPE)
}

/// Answers `…/offerTypes/virtualmachine/publishers/{p}/offers/{o}/plans/{plan}/agreements/current`.
pub(crate) fn answer(
    core: &mut Core,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    providers::require_registered(core, target)?;
    let [kind, publisher, offer, plan, current] = target.names.as_slice() else {
        return Err(reply::method_not_allowed(request));
    };
    let is_known = kind.eq_ignore_ascii_case("virtualmachine")
        && current.eq_ignore_ascii_case("current")
        && is_sold(&core.state, [publisher, offer, plan]);
    if !is_known {
        return Err(ArmError::bad(
            "BadRequest",
            format!(
                "Offer with PublisherId: '{publisher}', OfferId: '{offer}', PlanId: '{plan}' could not be found."
            ),
        ));
    }
    let subscription = target.subscription().unwrap_or_default().to_owned();
    let terms = key(&subscription, [publisher, offer, plan]);
    match request.method.as_str() {
        "GET" => {}
        "PUT" => {
            let sent = &request.json()?["properties"];
            // What was not read cannot be accepted.
            if sent["signature"] != signature(&terms) {
                return Err(ArmError::bad(
                    "BadRequest",
                    "The signature of the terms is not valid.",
                ));
            }
            core.state.accepted_terms.retain(|known| *known != terms);
            if sent["accepted"] == true {
                core.state.accepted_terms.push(terms.clone());
            }
        }
        _ => return Err(reply::method_not_allowed(request)),
    }
    let accepted = core.state.accepted_terms.contains(&terms);
    Ok(Reply::json(
        200,
        &json!({"id": target.id(), "name": plan,
        "type": "Microsoft.MarketplaceOrdering/offertypes", "properties": {
            "publisher": publisher, "product": offer, "plan": plan,
            "licenseTextLink": format!("https://mpcprodsa.blob.core.windows.net/legalterms/{publisher}.txt"),
            "privacyPolicyLink": "https://www.example.com/privacy",
            "marketplaceTermsLink": "https://mpcprodsa.blob.core.windows.net/marketplaceterms/3EDEF_AZUREAPPLICATIONS.txt",
            "retrieveDatetime": core.timestamp(), "signature": signature(&terms), "accepted": accepted}}),
    ))
}

/// Refuses to deploy a machine whose plan's terms are not accepted.
pub(crate) fn check_deployed(core: &Core, target: &Target, body: &Value) -> Result<(), ArmError> {
    let Some((subscription, parts)) = open_terms(core, target, body) else {
        return Ok(());
    };
    let [publisher, offer, _] = parts;
    Err(ArmError::bad(
        "MarketplacePurchaseEligibilityFailed",
        "Marketplace purchase eligibilty check returned errors. See inner errors for details.",
    )
    .detail(ArmError::bad(
        "BadRequest",
        format!("Offer with PublisherId: '{publisher}', OfferId: '{offer}' cannot be purchased due to validation errors. For more information see details. Correlation Id: '{}' You have not accepted the legal terms on this subscription: '{subscription}' for this plan.", uuid::Uuid::new_v4()),
    )))
}

/// Refuses to make a machine whose plan's terms are not accepted.
pub(crate) fn check(core: &Core, target: &Target, body: &Value) -> Result<(), ArmError> {
    let Some((subscription, [publisher, offer, plan])) = open_terms(core, target, body) else {
        return Ok(());
    };
    Err(ArmError::bad(
        "ResourcePurchaseValidationFailed",
        format!(
            "User failed validation to purchase resources. Error message: 'You have not accepted the legal terms on this subscription: '{subscription}' for this plan. Before the subscription can be used, you need to accept the legal terms of the image. To read and accept legal terms, use the Azure CLI commands described at https://go.microsoft.com/fwlink/?linkid=2110637 or the PowerShell commands available at https://go.microsoft.com/fwlink/?linkid=862451. Alternatively, deploying via the Azure portal provides a UI experience for reading and accepting the legal terms. Offer details: publisher='{publisher}' offer = '{offer}', sku = '{plan}', Correlation Id: '{}'.'",
            uuid::Uuid::new_v4()
        ),
    ))
}

/// The subscription and the plan whose terms it has not accepted; `None` if nothing is in the way.
fn open_terms(core: &Core, target: &Target, body: &Value) -> Option<(String, [String; 3])> {
    if !target.is("Microsoft.Compute/virtualMachines") || !body["plan"].is_object() {
        return None;
    }
    let subscription = target.subscription()?;
    let parts = ["publisher", "product", "name"].map(|part| text(&body["plan"], part));
    let terms = key(subscription, [&parts[0], &parts[1], &parts[2]]);
    let accepted = core.state.accepted_terms.contains(&terms);
    (!accepted).then(|| (subscription.to_owned(), parts))
}

/// Only what an image here carries is on sale.
fn is_sold(state: &State, parts: [&str; 3]) -> bool {
    state.resources.values().any(|known| {
        let plan = &known.body["properties"]["purchasePlan"];
        let told = ["publisher", "product", "name"].map(|part| text(plan, part));
        plan.is_object()
            && told.iter().zip(parts).all(|(one, other)| one.eq_ignore_ascii_case(other))
    })
}

fn text(plan: &Value, part: &str) -> String {
    plan[part].as_str().unwrap_or_default().to_owned()
}

fn key(subscription: &str, [publisher, offer, plan]: [&str; 3]) -> String {
    format!("{subscription}/{publisher}/{offer}/{plan}").to_ascii_lowercase()
}

fn signature(terms: &str) -> String {
    let digest = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, terms.as_bytes());
    digest.simple().to_string().to_uppercase()
}
