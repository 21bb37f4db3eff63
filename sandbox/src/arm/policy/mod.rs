//! Azure Policy, as far as Lighthouse is governed by it: one kind of rule that deploys per subscription, the two
//! built-in policies about managing tenants, compliance by a clock of its own, remediations.
//!
//! APIs: <https://learn.microsoft.com/rest/api/policyauthorization/>,
//! <https://learn.microsoft.com/rest/api/policyinsights/>. When what happens:
//! <https://learn.microsoft.com/azure/governance/policy/how-to/get-compliance-data>.

pub(crate) mod assignments;
mod built_in;
mod clock;
mod conditions;
pub(crate) mod definitions;
mod engine;
mod places;
mod remediations;
mod rule;
mod run;
mod states;

pub(crate) use clock::is_due;
pub(crate) use engine::pump;

use super::reply;
use super::target::Target;
use super::{rbac, versions};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

/// Whether a target is Azure Policy's.
pub(crate) fn serves(target: &Target) -> bool {
    let kind = target.types[0].to_ascii_lowercase();
    match target.namespace.to_ascii_lowercase().as_str() {
        "microsoft.authorization" => {
            ["policydefinitions", "policyassignments"].contains(&kind.as_str())
        }
        "microsoft.policyinsights" => ["policystates", "remediations"].contains(&kind.as_str()),
        _ => false,
    }
}

/// Answers a request; the right to it is checked here, since its actions are named otherwise than by their methods.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    versions::require(target, request.api_version())?;
    if !is_open(request, target) {
        let scope = target.authorization_scope();
        rbac::require(core, caller, &scope, &action(request, target))?;
    }
    pump(core);
    let is_insight = target.namespace.eq_ignore_ascii_case("Microsoft.PolicyInsights");
    if is_insight {
        core.state.policies.ahead += core.knobs.policy_seconds_per_read;
        pump(core);
    }
    match target.types[0].to_ascii_lowercase().as_str() {
        "policydefinitions" => definitions::answer(core, request, target),
        "policyassignments" => assignments::answer(core, request, target),
        "remediations" => remediations::answer(core, request, target),
        "policystates" => states::answer(core, request, target),
        _ => Err(reply::method_not_allowed(request)),
    }
}

/// Everybody may read what is built in.
fn is_open(request: &Request, target: &Target) -> bool {
    target.scope.is_empty()
        && request.method == "GET"
        && target.is("Microsoft.Authorization/policyDefinitions")
}

fn action(request: &Request, target: &Target) -> String {
    let kind = target.full_type();
    match target.action.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("queryresults") => format!("{kind}/queryResults/read"),
        Some("summarize") => format!("{kind}/summarize/read"),
        Some("listdeployments") => format!("{kind}/listDeployments/read"),
        _ => target.action(&request.method),
    }
}
