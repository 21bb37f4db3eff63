//! Which version and security a machine gets where no one said.

use super::machine::DesiredMachine;
use super::plan::is_same;
use crate::arm::ProvisioningState;
use crate::id::{ResourceId, SubscriptionId};
use crate::ops::change::findings::Findings;
use crate::ops::image::details::{Details, Version};
use crate::ops::region::folded_region;

/// The version to make the machine from: the one that was named, else the newest that is in the region.
pub(super) fn version<'a>(
    image: &'a Details,
    named: Option<&str>,
    location: &str,
    findings: &mut Findings,
) -> Option<&'a Version> {
    let (place, wanted) = ("--image", folded_region(location));
    let found = match named {
        Some(name) => image.versions.iter().find(|version| version.name.eq_ignore_ascii_case(name)),
        None => image
            .versions
            .iter()
            .filter(|version| {
                !version.exclude_from_latest && is_ready(version) && is_in(version, &wanted)
            })
            .max_by_key(|version| (version.published_date.clone(), numbers(&version.name))),
    };
    let everywhere = regions(&image.versions);
    let Some(found) = found else {
        findings.input(
            place,
            if everywhere.is_empty() {
                format!("image '{}' has no version that can be used", image.image.name)
            } else {
                format!(
                    "no version of image '{}' is in {wanted}, only in {}",
                    image.image.name,
                    everywhere.join(", ")
                )
            },
            "Choose a region with --location, or have the owner replicate the image version there.",
        );
        return None;
    };
    if !is_ready(found) {
        findings.azure(
            place,
            format!(
                "version {} is {}",
                found.name,
                found.provisioning_state.as_deref().unwrap_or("unfinished")
            ),
            "Wait until it is Succeeded, or name another version.",
        );
    } else if !is_in(found, &wanted) {
        findings.input(
            place,
            format!(
                "version {} is not in {wanted}, only in {}",
                found.name,
                regions(std::slice::from_ref(found)).join(", ")
            ),
            "Choose one of these regions with --location, or have the owner replicate the image.",
        );
    }
    Some(found)
}

/// A disk encryption set works only in its own subscription. Source:
/// <https://learn.microsoft.com/azure/virtual-machines/image-version-encryption#limitations>
pub(super) fn encryption(
    version: &Version,
    location: &str,
    target: SubscriptionId,
    findings: &mut Findings,
) {
    let wanted = folded_region(location);
    let here = version.regions.iter().filter(|known| folded_region(&known.region) == wanted);
    let sets = here.flat_map(|known| &known.disk_encryption_sets);
    for set in sets {
        let Some(owner) = set.parse::<ResourceId>().ok().map(|id| id.subscription()) else {
            continue;
        };
        if owner != target {
            findings.azure(
                "--image",
                format!("version {} is encrypted with disk encryption set {set} of another subscription, and only machines of that subscription can use it", version.name),
                "Ask the owner for a version without encryption set: `az sig image-version create …` without --target-region-encryption.",
            );
        }
    }
}

fn is_ready(version: &Version) -> bool {
    let state = version.provisioning_state.as_deref();
    state.is_none_or(|state| ProvisioningState::from(state) == ProvisioningState::Succeeded)
}

/// A replica that is still on its way is none; where Azure reports no state there is one.
fn is_in(version: &Version, wanted: &str) -> bool {
    version.regions.iter().any(|known| {
        let there =
            known.state.as_deref().is_none_or(|state| state.eq_ignore_ascii_case("Completed"));
        folded_region(&known.region) == wanted && there
    })
}

fn regions(versions: &[Version]) -> Vec<String> {
    let mut names: Vec<String> = versions
        .iter()
        .flat_map(|version| version.regions.iter().map(|known| folded_region(&known.region)))
        .collect();
    names.sort();
    names.dedup();
    names
}

fn numbers(name: &str) -> Vec<u64> {
    name.split('.').filter_map(|part| part.parse().ok()).collect()
}

/// The security type: what was asked for where the image can do it, else the best the image offers.
pub(super) fn security(
    wanted: &DesiredMachine,
    image: &Details,
    findings: &mut Findings,
) -> Option<String> {
    let possible = possible(image);
    let is_first_generation = is_same(image.image.hyper_v_generation.as_ref(), "V1");
    let Some(asked) = &wanted.security_type else {
        let best = if is_first_generation { "Standard" } else { possible[0] };
        return (best != "Standard").then(|| best.to_owned());
    };
    let fits = possible.iter().find(|name| name.eq_ignore_ascii_case(asked));
    match fits {
        Some(name) => (*name != "Standard").then(|| (*name).to_owned()),
        None => {
            findings.input(
                format!("--security-type {asked}"),
                format!("the image can only be used with {}", possible.join(" or ")),
                format!("Leave it out, or use --security-type {}.", possible[0]),
            );
            None
        }
    }
}

fn possible(image: &Details) -> &'static [&'static str] {
    // Whoever may read one version only is not told what the definition offers.
    if image.vm.os_profile == "unknown" {
        return &["Standard", "TrustedLaunch", "ConfidentialVM"];
    }
    let offered = image.image.security_type.as_deref().unwrap_or("Standard");
    let known = OFFERS.iter().find(|(name, _)| name.eq_ignore_ascii_case(offered));
    known.map_or(&["Standard"][..], |(_, possible)| possible)
}

/// True if machines from the image need no security of any kind.
pub(super) fn may_be_standard(image: &Details) -> bool {
    possible(image).contains(&"Standard")
}

/// What the `SecurityType` feature of a definition allows, the best first. Source:
/// <https://learn.microsoft.com/azure/virtual-machines/trusted-launch#azure-compute-gallery>
const OFFERS: [(&str, &[&str]); 6] = [
    ("TrustedLaunch", &["TrustedLaunch"]),
    ("TrustedLaunchSupported", &["TrustedLaunch", "Standard"]),
    ("TrustedLaunchAndConfidentialVmSupported", &["TrustedLaunch", "ConfidentialVM", "Standard"]),
    ("ConfidentialVmSupported", &["Standard", "ConfidentialVM"]),
    ("ConfidentialVM", &["ConfidentialVM"]),
    ("Standard", &["Standard"]),
];
