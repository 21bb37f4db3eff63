//! One source of an offer as it was written, before anything is merged or judged: flags, a request, a
//! parameter file, a template.

use jiff::civil::Date;
use serde_json::Value;

pub(crate) use crate::ops::change::findings::Located as Placed;

/// The arguments as typed. Positions are clap's, and show which name belongs to which principal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments {
    pub name: Option<String>,
    pub description: Option<String>,
    pub consumer_tenant: Option<String>,
    pub resource_groups: Vec<String>,
    pub whole_subscription: bool,
    pub principals: Vec<(usize, String)>,
    pub principal_names: Vec<(usize, String)>,
    pub no_delete_role: bool,
    /// `--authorization`: the words of each.
    pub authorizations: Vec<Vec<String>>,
    /// `--eligible-authorization`: the words of each.
    pub eligible_authorizations: Vec<Vec<String>>,
    pub request: Option<String>,
    pub parameters: Option<String>,
    pub template_file: Option<String>,
    pub expires: Option<Date>,
    pub location: Option<String>,
    pub deployment_name: Option<String>,
    /// Update an offer that someone else made.
    pub adopt: bool,
}

/// One permanent right as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawGrant {
    pub place: String,
    pub principal: Option<Placed<String>>,
    /// What people see instead of the id.
    pub name: Option<String>,
    pub role: Option<Placed<String>>,
    /// Which roles User Access Administrator may hand on.
    pub delegated: Vec<Placed<String>>,
}

/// One right that has to be activated, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawEligible {
    /// Whose right, and which.
    pub grant: RawGrant,
    /// `PT8H` and so on.
    pub duration: Option<Placed<String>>,
    pub mfa: Option<Placed<String>>,
    /// Who has to agree, with a name.
    pub approvers: Vec<(Placed<String>, Option<String>)>,
}

/// What one source says; what it does not say is `None`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    pub(super) name: Option<Placed<String>>,
    pub(super) description: Option<Placed<String>>,
    pub(super) consumer: Option<Placed<String>>,
    pub(super) cloud: Option<Placed<String>>,
    pub(super) groups: Option<Vec<Placed<String>>>,
    pub(super) grants: Option<Vec<RawGrant>>,
    pub(super) eligible: Option<Vec<RawEligible>>,
    pub(super) rest: Vec<(Placed<String>, Value)>,
}

impl Layer {
    /// This layer, and the weaker one where this has no value.
    pub(super) fn over(self, weaker: Layer) -> Layer {
        let mut rest = self.rest;
        let fresh = |(name, _): &(Placed<String>, Value), known: &[(Placed<String>, Value)]| {
            !known.iter().any(|(other, _)| other.value.eq_ignore_ascii_case(&name.value))
        };
        for entry in weaker.rest {
            if fresh(&entry, &rest) {
                rest.push(entry);
            }
        }
        Layer {
            name: self.name.or(weaker.name),
            description: self.description.or(weaker.description),
            consumer: self.consumer.or(weaker.consumer),
            cloud: self.cloud.or(weaker.cloud),
            groups: self.groups.or(weaker.groups),
            grants: self.grants.or(weaker.grants),
            eligible: self.eligible.or(weaker.eligible),
            rest,
        }
    }
}
