//! The names that parameters have in the samples of all years, in the registry's modules and in the
//! policies: one meaning, several spellings.

use serde_json::Value;

use super::layer::Placed;
use crate::ops::access::similar;
use crate::ops::change::findings::Findings;
use crate::template::reading::Field;

/// The parameters of the samples, which are those of this program's own templates.
pub(super) const KNOWN: [&str; 7] = [
    "mspOfferName",
    "mspOfferDescription",
    "managedByTenantId",
    "authorizations",
    "eligibleAuthorizations",
    "rgName",
    GROUPS,
];

/// The parameter for several resource groups.
pub(super) const GROUPS: &str = "resourceGroups";

/// What others call them: the samples before 2021 (`mspName`), the samples' policies
/// (`managedByName`), and the registry's module `managed-services/registration-definition`.
const ALIASES: [(&str, &str); 17] = [
    ("mspName", "mspOfferName"),
    ("offerName", "mspOfferName"),
    ("managedByName", "mspOfferName"),
    ("registrationDefinitionName", "mspOfferName"),
    ("name", "mspOfferName"),
    ("mspDescription", "mspOfferDescription"),
    ("offerDescription", "mspOfferDescription"),
    ("managedByDescription", "mspOfferDescription"),
    ("registrationDescription", "mspOfferDescription"),
    ("description", "mspOfferDescription"),
    ("managingTenantId", "managedByTenantId"),
    ("mspTenantId", "managedByTenantId"),
    ("managedByAuthorizations", "authorizations"),
    ("managedByEligibleAuthorizations", "eligibleAuthorizations"),
    ("resourceGroupName", "rgName"),
    ("resourceGroup", "rgName"),
    ("resourceGroupNames", GROUPS),
];

/// What the samples call a property of the definition.
pub(crate) const fn usual_name(field: Field) -> &'static str {
    match field {
        Field::Name => KNOWN[0],
        Field::Description => KNOWN[1],
        Field::Tenant => KNOWN[2],
        Field::Authorizations => KNOWN[3],
        Field::Eligible => KNOWN[4],
    }
}

/// The name that the samples have today, for any of the spellings.
pub(super) fn usual_spelling(name: &str) -> Option<&'static str> {
    let plain = name.replace(['_', '-'], "");
    let aliases = ALIASES.iter().map(|(alias, usual)| (*alias, *usual));
    KNOWN
        .iter()
        .map(|known| (*known, *known))
        .chain(aliases)
        .find(|(known, _)| known.eq_ignore_ascii_case(&plain))
        .map(|(_, usual)| usual)
}

/// Parameters of old samples that say nothing about the offer. `publisherName` went with the first
/// form of the templates; those of the Marketplace count only if `marketplaceOffer` is `Yes`.
pub(super) fn is_without_meaning(name: &str, all: &[(Placed<String>, Value)]) -> bool {
    let marketplace = all.iter().find(|(known, _)| known.value == "marketplaceOffer");
    let is_offered = marketplace.is_none_or(|(_, value)| value == "Yes");
    name == "publisherName" || (name.starts_with("marketplace") && !is_offered)
}

/// Reports a parameter that is not known under any name.
pub(super) fn unknown(name: &Placed<String>, findings: &mut Findings) {
    let place = name.place.trim_end_matches(".value");
    if name.value.starts_with("marketplace") {
        findings.input(
            place,
            "belongs to an offer of the Marketplace, which the built-in template does not make",
            "Set marketplaceOffer to \"No\", or give the template that belongs to the file with --template-file.",
        );
        return;
    }
    let meant =
        nearest(&name.value).map(|word| format!(": did you mean '{word}'?")).unwrap_or_default();
    findings.input(
        place,
        format!("there is no parameter '{}'{meant}", name.value),
        format!("Use those of the official samples: {}.", KNOWN.join(", ")),
    );
}

/// The spelling that a name is a slip of, if there is one.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let spellings = KNOWN.into_iter().chain(ALIASES.iter().map(|(alias, _)| *alias));
    similar::nearest(name, spellings)
}
