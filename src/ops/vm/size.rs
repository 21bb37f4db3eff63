//! Which size a machine gets: by what Azure reports of the region's sizes and of the quota, and by the
//! names of sizes where it does not say.

use super::choice;
use super::machine::DesiredMachine;
use super::plan::is_same;
use crate::arm::sizes::{MachineSize, QuotaUsage};
use crate::ops::access::similar::nearest;
use crate::ops::change::findings::Findings;
use crate::ops::image::details::Details;

/// A region and what it has for this subscription; nothing where that is not known.
pub(super) struct Region {
    /// Its name, as ids have it.
    pub(super) name: String,
    /// The sizes of machines.
    pub(super) sizes: Option<Vec<MachineSize>>,
    /// What is used of the quota.
    pub(super) usages: Option<Vec<QuotaUsage>>,
}

/// What the image and its way to start demand of a size.
struct Demand<'a> {
    region: &'a str,
    is_arm: bool,
    generation: Option<&'a str>,
    security: Option<&'a str>,
    may_be_standard: bool,
}

/// The size: the one that was asked for, else the first small one that fits the image, is open to the
/// subscription and within its quota. For a machine that exists already nothing is judged.
pub(super) fn choose(
    wanted: &DesiredMachine,
    (image, security): (&Details, Option<&str>),
    region: &Region,
    stands: bool,
    findings: &mut Findings,
) -> String {
    let demand = Demand {
        region: &region.name,
        is_arm: is_same(image.image.architecture.as_ref(), "Arm64"),
        generation: image.image.hyper_v_generation.as_deref(),
        security,
        may_be_standard: choice::may_be_standard(image),
    };
    let mut ignored = Findings::default();
    let findings = if stands { &mut ignored } else { findings };
    let Some(sizes) = &region.sizes else {
        return by_name(wanted, &demand, findings);
    };
    let chosen = match &wanted.size {
        Some(name) => match asked(name, sizes, &demand, findings) {
            Some(size) => size,
            None => return name.clone(),
        },
        None => match first(sizes, region, &demand, wanted.machines()) {
            Some(size) => size,
            None => {
                findings.input("--size", format!("is missing: none of the sizes that would be taken by themselves ({}) can be used with this image in {}", demand.usual().join(", "), region.name), see(&region.name));
                return demand.usual()[0].to_owned();
            }
        },
    };
    if let Some(shortage) = shortage(chosen, region, wanted.machines()) {
        findings.azure(format!("quota of {}", region.name), shortage, format!("See it with `az vm list-usage --location {} -o table`; ask for more under Quotas in the portal, or choose another --size or --location.", region.name));
    }
    chosen.name.clone()
}

fn asked<'a>(
    name: &str,
    sizes: &'a [MachineSize],
    demand: &Demand<'_>,
    findings: &mut Findings,
) -> Option<&'a MachineSize> {
    let place = format!("--size {name}");
    let Some(size) = sizes.iter().find(|size| size.name.eq_ignore_ascii_case(name)) else {
        let meant = nearest(name, sizes.iter().map(|size| size.name.as_str()));
        let meant = meant.map_or_else(String::new, |meant| format!(": did you mean '{meant}'?"));
        findings.input(
            place,
            format!("is not a size of {}{meant}", demand.region),
            see(demand.region),
        );
        return None;
    };
    for (rule, fix) in demand.obstacles(size) {
        findings.input(&place, rule, fix);
    }
    Some(size)
}

/// The first of the usual sizes that is possible, best one with quota left.
fn first<'a>(
    sizes: &'a [MachineSize],
    region: &Region,
    demand: &Demand<'_>,
    machines: u32,
) -> Option<&'a MachineSize> {
    let usual = demand.usual().iter().filter_map(|name| {
        let mut here = sizes.iter();
        here.find(|size| size.name.eq_ignore_ascii_case(name))
    });
    let mut possible = usual.filter(|size| demand.obstacles(size).is_empty());
    let first = possible.next()?;
    let with_quota = std::iter::once(first)
        .chain(possible)
        .find(|size| shortage(size, region, machines).is_none());
    with_quota.or(Some(first))
}

/// What the quota lacks for so many machines of that size.
fn shortage(size: &MachineSize, region: &Region, machines: u32) -> Option<String> {
    let usages = region.usages.as_ref()?;
    let machines = i64::from(machines);
    let cores = size.cores().unwrap_or(0).saturating_mul(machines);
    let needs = [(size.family.as_str(), cores), ("cores", cores), ("virtualMachines", machines)];
    needs.into_iter().find_map(|(name, more)| {
        let mut known = usages.iter();
        let usage = known.find(|usage| usage.name.value.eq_ignore_ascii_case(name))?;
        let (used, limit) = (usage.current_value, usage.limit);
        let people = match usage.name.localized_value.as_str() {
            "" => name,
            people => people,
        };
        (limit >= 0 && used.saturating_add(more) > limit).then(|| {
            format!(
                "a machine of size {} needs {more} of '{people}', and {used} of {limit} are in use",
                size.name
            )
        })
    })
}

impl Demand<'_> {
    fn is_confidential(&self) -> bool {
        self.security == Some("ConfidentialVM")
    }

    /// What is taken where no one says: small, in most regions, and not of the sixth generation, whose
    /// disks not every image can read.
    fn usual(&self) -> &'static [&'static str] {
        match (self.is_confidential(), self.is_arm) {
            (true, _) => &["Standard_DC2as_v5", "Standard_DC2ads_v5", "Standard_EC2as_v5"],
            (_, true) => &["Standard_D2ps_v5", "Standard_D2pds_v5", "Standard_B2ps_v2"],
            _ => &[
                "Standard_D2s_v5",
                "Standard_D2as_v5",
                "Standard_D2ds_v5",
                "Standard_D2s_v4",
                "Standard_D2s_v3",
                "Standard_B2s",
            ],
        }
    }

    /// Everything that speaks against a size, with what to do about it. Source:
    /// <https://learn.microsoft.com/rest/api/compute/resource-skus/list>
    fn obstacles(&self, size: &MachineSize) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let region = self.region;
        if size.is_closed() {
            found.push((format!("is not open to this subscription in {region}"), see(region)));
        }
        if let Some(has) = size.capability("CpuArchitectureType") {
            let needs = if self.is_arm { "Arm64" } else { "x64" };
            if !has.eq_ignore_ascii_case(needs) {
                found.push(other_processor(has, needs, region));
            }
        }
        let generations = size.capability("HyperVGenerations");
        let starts = |wanted: &str| {
            generations
                .is_none_or(|all| all.split(',').any(|one| one.trim().eq_ignore_ascii_case(wanted)))
        };
        if let Some(generation) = self.generation.filter(|generation| !starts(generation)) {
            let has = generations.unwrap_or_default();
            found.push((
                format!("starts machines of generation {has}, and the image is of {generation}"),
                see(region),
            ));
        }
        if let Some(rule) = self.insecurity(size, starts("V2")) {
            let fix = if self.may_be_standard {
                format!("Add --security-type Standard, or choose another size: `{}`.", list(region))
            } else {
                see(region)
            };
            found.push((rule, fix));
        }
        found
    }

    fn insecurity(&self, size: &MachineSize, is_second_generation: bool) -> Option<String> {
        let is_off = size
            .capability("TrustedLaunchDisabled")
            .is_some_and(|off| off.eq_ignore_ascii_case("True"));
        let fits = match self.security {
            Some("TrustedLaunch") => is_second_generation && !is_off,
            Some("ConfidentialVM") => size.capability("ConfidentialComputingType").is_some(),
            _ => true,
        };
        let kind = self.security.unwrap_or_default();
        (!fits).then(|| format!("cannot start machines as {kind}"))
    }
}

fn other_processor(has: &str, needs: &str, region: &str) -> (String, String) {
    (
        format!("has {has} processors, and the image is for {needs}"),
        format!("Leave out --size, or see the sizes with `{}`.", list(region)),
    )
}

fn see(region: &str) -> String {
    format!("Choose another size: `{}`.", list(region))
}

fn list(region: &str) -> String {
    format!("az vm list-skus -l {region} --resource-type virtualMachines -o table")
}

/// The same without any knowledge but names.
fn by_name(wanted: &DesiredMachine, demand: &Demand<'_>, findings: &mut Findings) -> String {
    let Some(size) = &wanted.size else {
        if demand.is_confidential() {
            findings.input(
                "--size",
                "is missing: a confidential machine needs a size of the DC or EC series",
                "Add for example --size Standard_DC2as_v5.",
            );
        }
        return demand.usual()[0].to_owned();
    };
    if let Some(fits_arm) = is_arm_size(size)
        && fits_arm != demand.is_arm
    {
        let (has, needs) = if fits_arm { ("Arm64", "x64") } else { ("x64", "Arm64") };
        let (rule, fix) = other_processor(has, needs, demand.region);
        findings.input(format!("--size {size}"), rule, fix);
    }
    size.clone()
}

/// In the names of sizes a `p` among the letters after the number stands for Arm processors. Source:
/// <https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions>
fn is_arm_size(size: &str) -> Option<bool> {
    let family = size.split('_').nth(1)?;
    let letters: String = family
        .chars()
        .skip_while(char::is_ascii_alphabetic)
        .skip_while(|c| c.is_ascii_digit() || *c == '-')
        .collect();
    Some(letters.contains('p'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sizes_tell_their_processor() {
        for (size, expected) in [
            ("Standard_D2ps_v5", Some(true)),
            ("Standard_B2pts_v2", Some(true)),
            ("Standard_D2s_v5", Some(false)),
            ("Standard_PB6s", Some(false)),
            ("Standard_E4-2ads_v5", Some(false)),
            ("Basic", None),
        ] {
            assert_eq!(is_arm_size(size), expected, "{size}");
        }
    }

    fn size(capabilities: &[(&str, &str)], restriction: Option<&str>) -> MachineSize {
        let told = |(name, value): &(&str, &str)| json!({"name": name, "value": value});
        let capabilities: Vec<_> = capabilities.iter().map(told).collect();
        let restrictions: Vec<_> = restriction.iter().map(|kind| json!({"type": kind})).collect();
        let text = json!({"name": "Standard_X", "resourceType": "virtualMachines", "family": "x",
            "capabilities": capabilities, "restrictions": restrictions});
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn every_obstacle_is_told_and_silence_is_none() {
        let demand = Demand {
            region: "westeurope",
            is_arm: false,
            generation: Some("V2"),
            security: Some("TrustedLaunch"),
            may_be_standard: true,
        };
        let whole = [("CpuArchitectureType", "x64"), ("HyperVGenerations", "V1,V2")];
        for (capabilities, restriction, expected) in [
            (&whole[..], None, 0),
            // Other zones are open.
            (&whole[..], Some("Zone"), 0),
            (&whole[..], Some("Location"), 1),
            (&[][..], None, 0),
            (&[("CpuArchitectureType", "Arm64")][..], None, 1),
            // Neither the image's generation nor Trusted Launch.
            (&[("HyperVGenerations", "V1")][..], None, 2),
            (&[("TrustedLaunchDisabled", "True")][..], None, 1),
        ] {
            let found = demand.obstacles(&size(capabilities, restriction));
            assert_eq!(found.len(), expected, "{capabilities:?} {found:?}");
        }
    }

    #[test]
    fn the_quota_is_that_of_the_family_of_all_cores_and_of_machines() {
        let size = size(&[("vCPUs", "2")], None);
        let short = |usages: &[(&str, i64, i64)]| {
            let told = |(name, used, limit): &(&str, i64, i64)| {
                let usage = json!({"name": {"value": name}, "currentValue": used, "limit": limit});
                serde_json::from_value(usage).unwrap()
            };
            let region = Region {
                name: "westeurope".into(),
                sizes: None,
                usages: Some(usages.iter().map(told).collect()),
            };
            shortage(&size, &region, 1).is_some()
        };
        assert!(!short(&[("X", 8, 10), ("cores", 98, 100), ("virtualMachines", 0, 1)]));
        assert!(short(&[("X", 9, 10)]) && short(&[("cores", 99, 100)]));
        assert!(short(&[("virtualMachines", 1, 1)]));
        // No limit, and nothing told.
        assert!(!short(&[("cores", 99, -1)]) && !short(&[]));
    }
}
