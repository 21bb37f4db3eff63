//! One delegation by what people call it: the offer's name, the definition's GUID or full id.
//!
//! The official samples make one definition for each resource group, all with one offer name: of
//! one consumer in one subscription they are one delegation.

use super::Delegation;
use super::inventory::{Entry, Side, Survey};
use crate::error::{Error, Kind, Result};
use crate::id::TenantId;

/// Which delegation is meant.
#[derive(Clone, Debug)]
pub(crate) struct OfferQuery {
    /// Its name or id.
    pub name: String,
    /// The consumer's tenant, to distinguish offers of one name.
    pub consumer: Option<TenantId>,
}

/// A delegation that was found: one entry or several, all of one consumer in one subscription.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// Its definitions with their assignments; never empty.
    pub entries: Vec<Entry>,
    /// The other entries of the subscription.
    pub others: Vec<Entry>,
}

impl Known {
    /// The first entry, which says what all have in common.
    pub(crate) fn first(&self) -> &Entry {
        self.entries.first().expect("a known delegation has an entry")
    }

    /// The consumer's tenant, if the definition may be read.
    pub(crate) fn consumer(&self) -> Option<TenantId> {
        crate::arm::Client::tenant_of(&self.first().definition)
    }

    /// Shows it as one delegation.
    pub(crate) fn view(&self, portal: &url::Url) -> Delegation {
        let mut views = self.entries.iter().map(|entry| entry.view(portal));
        let mut whole = views.next().unwrap_or_default();
        for part in views {
            if whole.definition_ids.is_empty() {
                whole.definition_ids.push(whole.definition_id.clone());
            }
            whole.definition_ids.push(part.definition_id);
            add_new(&mut whole.scopes, part.scopes);
            whole.assignments.extend(part.assignments);
            add_new(&mut whole.authorizations, part.authorizations);
            add_new(&mut whole.eligible_authorizations, part.eligible_authorizations);
        }
        whole
    }
}

fn add_new<T: PartialEq>(all: &mut Vec<T>, more: Vec<T>) {
    for item in more {
        if !all.contains(&item) {
            all.push(item);
        }
    }
}

/// Finds the one delegation that is meant.
///
/// # Errors
/// If there is none (exit code 3), or several of different consumers or subscriptions.
pub(crate) fn find(survey: Survey, wanted: &OfferQuery) -> Result<Known> {
    let name = &wanted.name;
    let Survey { entries, failures } = survey;
    let found = find_in(entries, wanted)?;
    found.ok_or_else(|| missing(name, failures))
}

/// Finds the one delegation that is meant; `None` if there surely is none.
///
/// # Errors
/// If several of different consumers or subscriptions are meant, or a part could not be read and it is not in the rest.
pub(crate) fn find_if_there(survey: Survey, wanted: &OfferQuery) -> Result<Option<Known>> {
    let Survey { entries, failures } = survey;
    match find_in(entries, wanted)? {
        None if !failures.is_empty() => Err(missing(&wanted.name, failures)),
        found => Ok(found),
    }
}

fn find_in(entries: Vec<Entry>, wanted: &OfferQuery) -> Result<Option<Known>> {
    let (matching, others): (Vec<Entry>, Vec<Entry>) = {
        let exact = entries.iter().any(|entry| matches(entry, wanted, true));
        entries.into_iter().partition(|entry| matches(entry, wanted, exact))
    };
    let Some(first) = matching.first() else {
        return Ok(None);
    };
    let (home, place) = (whose(first), first.subscription);
    if matching.iter().any(|entry| whose(entry) != home || entry.subscription != place) {
        return Err(ambiguous(&wanted.name, &matching));
    }
    Ok(Some(Known {
        others: others.into_iter().filter(|entry| entry.subscription == place).collect(),
        entries: matching,
    }))
}

/// Names are compared without case, as Azure does, unless one of them is written just so.
fn matches(entry: &Entry, wanted: &OfferQuery, exact: bool) -> bool {
    let (name, text) = (entry.name(), wanted.name.as_str());
    let named = if exact { name == text } else { name.to_lowercase() == text.to_lowercase() };
    let is_id = [entry.definition.id.as_str(), entry.definition.name.as_str()]
        .iter()
        .any(|id| id.eq_ignore_ascii_case(text.trim_end_matches('/')));
    let consumer = crate::arm::Client::tenant_of(&entry.definition);
    let fits = wanted.consumer.is_none() || consumer == wanted.consumer;
    (named || is_id) && fits
}

fn whose(entry: &Entry) -> (Side, String) {
    let tenant = &entry.definition.properties.managed_by_tenant_id;
    (entry.side, tenant.to_lowercase())
}

fn missing(name: &str, mut failures: Vec<Error>) -> Error {
    if failures.is_empty() {
        return Error::new(Kind::NotFound, format!("there is no delegation '{name}'"))
            .hint("See what there is with `az-imageshare delegation list -o table`.");
    }
    failures
        .swap_remove(0)
        .while_doing(format!("delegation '{name}' was not found in what could be read"))
}

fn ambiguous(name: &str, matching: &[Entry]) -> Error {
    let shown: Vec<String> = matching
        .iter()
        .map(|entry| {
            let properties = &entry.definition.properties;
            let tenant = &properties.managed_by_tenant_id;
            format!("{} (consumer tenant {tenant})", entry.definition.id)
        })
        .collect();
    Error::usage(format!(
        "several delegations are called '{name}': {}",
        shown.join(", ")
    ))
    .hint("Say which with --consumer-tenant or --subscription, or give the definition's id as --name.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ONE: &str = "5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101";
    const OTHER: &str = "6b1e8d4f-3052-4c9b-8f17-8e2d4c601102";
    const FABRIKAM: &str = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002";
    const TAILSPIN: &str = "b71e4d90-5a2c-4f18-8e63-2d9c7f0b3003";

    fn entry(name: &str, consumer: &str, subscription: &str, guid: &str) -> Entry {
        let id = format!(
            "/subscriptions/{subscription}/providers/Microsoft.ManagedServices/registrationDefinitions/{guid}"
        );
        let body = json!({"id": id, "name": guid, "properties": {
            "registrationDefinitionName": name, "managedByTenantId": consumer}});
        Entry {
            side: Side::Given,
            subscription: subscription.parse().unwrap(),
            publisher: None,
            definition: serde_json::from_value(body).unwrap(),
            assignments: Vec::new(),
        }
    }

    fn lookup(entries: Vec<Entry>, name: &str, consumer: Option<&str>) -> Result<Known> {
        let wanted = OfferQuery {
            name: name.into(),
            consumer: consumer.map(|tenant| tenant.parse().unwrap()),
        };
        let survey = Survey { entries, failures: Vec::new() };
        find(survey, &wanted)
    }

    #[test]
    fn names_ids_and_cases() {
        let all =
            || vec![entry("Images", FABRIKAM, ONE, "g-1"), entry("images", FABRIKAM, ONE, "g-2")];
        let found = lookup(all(), "images", None).unwrap();
        assert_eq!(found.entries.len(), 1);
        assert_eq!(found.first().definition.name, "g-2");
        assert_eq!(found.others.len(), 1);
        assert_eq!(lookup(all(), "IMAGES", None).unwrap().entries.len(), 2);
        assert_eq!(lookup(all(), "G-1", None).unwrap().first().definition.name, "g-1");
        let id = all()[0].definition.id.to_uppercase();
        assert_eq!(lookup(all(), &id, None).unwrap().entries.len(), 1);
        assert_eq!(lookup(all(), "x", None).unwrap_err().kind(), Kind::NotFound);
    }

    #[test]
    fn offers_of_one_name_are_told_apart_or_refused() {
        let all = || {
            vec![
                entry("images", FABRIKAM, ONE, "g-1"),
                entry("images", TAILSPIN, ONE, "g-2"),
                entry("images", FABRIKAM, OTHER, "g-3"),
            ]
        };
        let err = lookup(all(), "images", None).unwrap_err();
        assert_eq!(err.kind(), Kind::Usage);
        for id in ["g-1", "g-2", "g-3"] {
            assert!(err.to_string().contains(id), "{err}");
        }
        let found = lookup(all(), "images", Some(TAILSPIN)).unwrap();
        assert_eq!(found.first().definition.name, "g-2");
        assert!(lookup(all(), "images", Some(FABRIKAM)).is_err());
    }

    #[test]
    fn the_samples_one_definition_for_each_group_are_one_delegation() {
        let all =
            vec![entry("images", FABRIKAM, ONE, "g-1"), entry("images", FABRIKAM, ONE, "g-2")];
        let found = lookup(all, "images", None).unwrap();
        let portal = url::Url::parse("https://portal.azure.com/").unwrap();
        assert_eq!(found.view(&portal).definition_ids.len(), 2);
    }

    #[test]
    fn not_found_is_not_said_of_what_could_not_be_read() {
        let failure = Error::new(Kind::Network, "unreachable");
        let survey = Survey { entries: Vec::new(), failures: vec![failure] };
        let wanted = OfferQuery { name: "x".into(), consumer: None };
        assert_eq!(find(survey, &wanted).unwrap_err().kind(), Kind::Network);
    }
}
