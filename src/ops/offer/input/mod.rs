//! What `plan` and `create` are given, gathered into one [`OfferDraft`]: flags over the consumer's
//! request over a parameter file over the defaults of an own template.
//!
//! Nothing is judged here but form. Each value keeps its place, so that a finding can name it.

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::ops::change::findings::Findings;

mod flags;
mod layer;
mod own_template;
mod parameter_names;
mod parameters;
pub(crate) mod principal_names;
mod request;
mod template_offer;

#[cfg(any(test, fuzzing))]
pub(crate) use crate::ops::document;
use layer::Layer;
pub(crate) use layer::{Arguments, Placed, RawEligible, RawGrant};
pub(crate) use own_template::OwnTemplate;
pub(crate) use parameter_names::usual_name;

/// Everything that was given, merged.
#[derive(Clone, Debug, Default)]
pub(crate) struct OfferDraft {
    pub name: Option<Placed<String>>,
    pub description: Option<Placed<String>>,
    pub consumer: Option<Placed<String>>,
    /// The cloud that the consumer's request was made in.
    pub cloud: Option<Placed<String>>,
    /// Resource groups to delegate.
    pub groups: Vec<Placed<String>>,
    /// Delegate all of the subscription.
    pub whole_subscription: bool,
    pub grants: Vec<RawGrant>,
    /// Permissions that have to be activated.
    pub eligible: Vec<RawEligible>,
    /// The user knows that the consumer will not be able to leave.
    pub no_delete_role: bool,
    /// A template instead of the embedded one.
    pub template: Option<OwnTemplate>,
    /// Parameters that only an own template knows.
    pub extras: Map<String, Value>,
    pub expires: Option<Date>,
    pub location: Option<Placed<String>>,
    pub deployment_name: Option<Placed<String>>,
    /// Update an offer that someone else made.
    pub adopts: bool,
}

/// Reads all files and merges everything; `default_group` is az's `[defaults] group`.
pub(crate) fn gather(
    arguments: &Arguments,
    default_group: Option<&str>,
    findings: &mut Findings,
) -> OfferDraft {
    let with_delete_role = !arguments.no_delete_role;
    let request = arguments
        .request
        .as_deref()
        .and_then(|path| request::read(path, with_delete_role, findings));
    let template =
        arguments.template_file.as_deref().and_then(|path| own_template::read(path, findings));
    let parameters = arguments
        .parameters
        .as_deref()
        .and_then(|path| parameters::read(path, template.as_ref(), findings));
    findings.has_unread_file = (arguments.request.is_some() && request.is_none())
        || (arguments.parameters.is_some() && parameters.is_none())
        || (arguments.template_file.is_some() && template.is_none());
    let flags = flags::layer(arguments, findings);
    contradiction(&flags, request.as_ref(), findings);
    let is_complete = template.is_none()
        && parameters.as_ref().is_some_and(|file| file.consumer.is_some() && file.grants.is_some());
    let mut merged = flags.over(request.unwrap_or_default()).over(parameters.unwrap_or_default());
    // The official subscription sample names no group because it delegates all of the subscription.
    let implied = is_complete && merged.groups.is_none() && !arguments.whole_subscription;
    if implied {
        findings.note("The parameter file names no resource group: the whole subscription is delegated, as the official sample does.");
    }
    let mut whole_subscription = arguments.whole_subscription || implied;
    let asks_for_groups = template.as_ref().is_none_or(OwnTemplate::needs_groups);
    let default_group = default_group.filter(|_| asks_for_groups);
    merged.groups = groups(merged.groups, whole_subscription, default_group);
    let extras = own_template::extras(template.as_ref(), &merged.rest, findings);
    if let Some(template) = &template {
        let given = std::mem::take(&mut merged);
        (merged, whole_subscription) =
            own_template::complete(template, given, whole_subscription, &extras, findings);
    }
    let flag = |value: &Option<String>, name: &str| {
        value.as_ref().map(|value| Placed::new(value.trim(), name))
    };
    OfferDraft {
        name: merged.name,
        description: merged.description,
        consumer: merged.consumer,
        cloud: merged.cloud,
        groups: merged.groups.unwrap_or_default(),
        whole_subscription,
        grants: merged.grants.unwrap_or_default(),
        eligible: merged.eligible.unwrap_or_default(),
        no_delete_role: arguments.no_delete_role,
        template,
        extras,
        expires: arguments.expires,
        location: flag(&arguments.location, "--location"),
        deployment_name: flag(&arguments.deployment_name, "--deployment-name"),
        adopts: arguments.adopt,
    }
}

fn groups(
    given: Option<Vec<Placed<String>>>,
    whole_subscription: bool,
    default_group: Option<&str>,
) -> Option<Vec<Placed<String>>> {
    if whole_subscription {
        return None;
    }
    given.or_else(|| default_group.map(|group| vec![Placed::new(group, "[defaults] group")]))
}

/// A request's principals exist in the request's tenant only, so another tenant is a mistake.
fn contradiction(flags: &Layer, request: Option<&Layer>, findings: &mut Findings) {
    let Some((flag, request)) =
        flags.consumer.as_ref().zip(request.and_then(|request| request.consumer.as_ref()))
    else {
        return;
    };
    let is_guid = |text: &str| text.parse::<crate::id::TenantId>().is_ok();
    if is_guid(&flag.value) && !flag.value.eq_ignore_ascii_case(&request.value) {
        findings.input(
            &flag.place,
            format!("names another tenant than {} ({})", request.place, request.value),
            "Leave --consumer-tenant out: the request names the tenant its principals belong to.",
        );
    }
}

#[cfg(test)]
mod tests;
