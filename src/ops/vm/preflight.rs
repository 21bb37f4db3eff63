//! Everything Azure would refuse a machine for, found before anything is written, and reported together.

use super::facts::{self, Facts};
use super::machine::DesiredMachine;
use super::plan::MachinePlan;
use super::size::{self, Region};
use super::{choice, login, template};
use crate::app::App;
use crate::arm::authorization::{is_allowed, lacking_actions};
use crate::arm::virtual_machines::VirtualMachine;
use crate::error::Result;
use crate::id::TenantId;
use crate::ops::change::findings::Findings;
use crate::ops::change::resume::posix_word;
use crate::ops::change::resume::{ShellSyntax, quoted_word};
use crate::ops::image::details::{Details, Version};
use crate::ops::image::id::ImageId;
use crate::ops::image::identities;
use crate::ops::region::{folded_region, same_region};
use crate::ops::site::{ChosenSubscription, Site};
use crate::rest::auxiliary::{AuxiliaryIdentity, MOST};

/// Judges what can be judged without any call.
pub(super) fn words(app: &App, wanted: &DesiredMachine) -> Result<()> {
    let mut findings = Findings::default();
    if let Some(rule) = wrong_machine_name(&wanted.name) {
        findings.input(format!("--name '{}'", wanted.name), rule, "Choose another name.");
    }
    if let Some(subnet) = &wanted.subnet
        && !subnet.is("Microsoft.Network/virtualNetworks/subnets")
    {
        findings.input(
            "--subnet",
            "is not the id of a subnet",
            "See it with `az network vnet subnet show --query id`.",
        );
    }
    if wanted.instances.is_none() && wanted.zones.len() > 1 {
        findings.input("--zone", "a machine is in one zone", "Name one zone.");
    }
    if wanted.auxiliary_tenants.len() > MOST {
        findings.input(
            "--auxiliary-tenant",
            "Resource Manager takes tokens of three other tenants at most",
            "Name fewer.",
        );
    }
    login::check(&wanted.login, &mut findings);
    findings.settle(app.reporter.as_ref(), "nothing was changed")
}

/// Source: <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>
fn wrong_machine_name(name: &str) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty() || name.len() > 64 {
        return Some("has to have 1 to 64 characters");
    }
    let edges = name.starts_with('-') || name.ends_with('-');
    (edges || !name.chars().all(plain))
        .then_some("may hold letters, digits and '-', and '-' not at its ends")
}

/// Windows takes no computer name of digits alone. Source as of [`wrong_machine_name`].
fn windows_name(name: &str, findings: &mut Findings) {
    let computer = template::computer_name(name, true);
    if computer.chars().all(|c| c.is_ascii_digit()) {
        findings.input(
            format!("--name '{name}'"),
            format!(
                "would make the computer name {computer}, and Windows takes none of digits alone"
            ),
            "Choose a name with a letter among the first 15 characters.",
        );
    }
}

/// Reads what exists, and decides everything; also gives the machine that exists already.
pub(super) async fn plan<'a>(
    site: &Site<'_>,
    wanted: &'a DesiredMachine,
    image: &ImageId,
) -> Result<(MachinePlan<'a>, Option<VirtualMachine>)> {
    let target = site.subscription().await?.clone();
    let facts = facts::read(site, wanted, image, &target).await?;
    let stands = matches!(facts.standing, Ok(Some(_)));
    let (details, location) = (&facts.image, &facts.location);
    let mut findings = Findings::default();
    let version = choice::version(details, version_of(image), location, &mut findings);
    if let Some(version) = version {
        choice::encryption(version, location, target.id, &mut findings);
    }
    let security_type = choice::security(wanted, details, &mut findings);
    let demand = (details, security_type.as_deref());
    let size = size::choose(wanted, demand, &facts.region, stands, &mut findings);
    remarks(site.app, details, version, &mut findings);
    if !stands {
        purchase(&facts, &target, &mut findings);
        untold(&facts.region, &mut findings);
        reachability(wanted, &mut findings);
    }
    rights(wanted, &facts, &mut findings);
    subnet(wanted, &facts, &target, &mut findings);
    let auxiliary = auxiliary(site.app, wanted, &target, details, &mut findings)?;
    let plan = MachinePlan {
        reference: version.map(|version| version.id.clone()).unwrap_or_default().to_string(),
        wanted,
        subscription: target,
        location: facts.location,
        size,
        image: facts.image,
        security_type,
        auxiliary,
    };
    let (is_windows, is_specialized) = (plan.is_windows(), plan.is_specialized());
    untold_image(wanted, &plan.image, &mut findings);
    login::check_fit(&wanted.login, is_windows, is_specialized, &mut findings);
    if is_specialized && wanted.custom_data.is_some() {
        findings.input(
            "--custom-data",
            "the image is specialized: Azure hands nothing to its first start",
            "Leave out --custom-data.",
        );
    }
    if is_windows && !is_specialized {
        windows_name(&wanted.name, &mut findings);
    }
    findings.settle(site.reporter, "nothing was changed")?;
    Ok((plan, facts.standing?))
}

/// What only the definition says, if that cannot be read or says something else than the flags.
fn untold_image(wanted: &DesiredMachine, details: &Details, findings: &mut Findings) {
    let image = &details.image;
    if image.os_type.is_none() {
        findings.input(
            "--os-type",
            "is missing: only the image version can be read, and it does not say for which system it is",
            "Add --os-type Linux (or Windows) and --hyper-v-generation V2 (or V1), or ask for a role on the image definition.",
        );
    }
    for (flag, given, known) in [
        ("--os-type", &wanted.told.os_type, &image.os_type),
        ("--hyper-v-generation", &wanted.told.generation, &image.hyper_v_generation),
    ] {
        if let (Some(given), Some(known)) = (given, known)
            && !given.eq_ignore_ascii_case(known)
        {
            findings.input(flag, format!("is {given}, and the image is {known}"), "Leave it out.");
        }
    }
}

fn version_of(image: &ImageId) -> Option<&str> {
    match image {
        ImageId::Own(id) => {
            id.name_of("versions").filter(|name| !name.eq_ignore_ascii_case("latest"))
        }
        ImageId::Public(id) => id.version.as_deref(),
    }
}

/// What is allowed, but worth knowing.
fn remarks(app: &App, image: &Details, version: Option<&Version>, findings: &mut Findings) {
    let name = &image.image.name;
    let of_version = version.map(|version| {
        let end = version.end_of_life_date.as_ref();
        (format!("version {} of image '{name}'", version.name), end)
    });
    let of_image = (format!("image '{name}'"), image.end_of_life_date.as_ref());
    for (what, end) in of_version.into_iter().chain([of_image]) {
        if let Some(Ok(end)) = end.map(|end| end.parse::<jiff::Timestamp>())
            && end.as_second() < app.now()
        {
            findings.warn(format!(
                "The owner stopped caring for {what} on {}.",
                end.strftime("%Y-%m-%d")
            ));
        }
    }
    if let Some(eula) = &image.eula {
        findings.note(format!("By using the image you accept its terms: {eula}"));
    }
}

/// Terms that are not accepted are in the way; where Azure does not say, a warning is printed.
fn purchase(facts: &Facts, target: &ChosenSubscription, findings: &mut Findings) {
    let Some(plan) = &facts.image.vm.plan else {
        return;
    };
    let [publisher, offer, name] =
        facts::parts(plan).unwrap_or_default().map(|word| quoted_word(word, ShellSyntax::Posix));
    let accept = format!(
        "az vm image terms accept --publisher {publisher} --offer {offer} --plan {name} --subscription {}",
        target.id
    );
    match facts.terms {
        Some(true) => {}
        Some(false) => findings.azure(
            "--image",
            format!(
                "carries a purchase plan, whose terms are not accepted in subscription '{}'",
                target.name
            ),
            format!("Read and accept them once: `{accept}`."),
        ),
        None => findings.note(format!(
            "The image carries a purchase plan; its terms must be accepted once: `{accept}`."
        )),
    }
}

fn reachability(wanted: &DesiredMachine, findings: &mut Findings) {
    let ports = match wanted.subnet {
        Some(_) => "",
        None => " and no open port",
    };
    if !wanted.public_ip {
        let (who, whom) = match wanted.alike {
            1 => ("The machine gets", "it"),
            _ => ("The machines get", "each"),
        };
        findings
            .note(format!("{who} no public address{ports}; --public-ip gives {whom} an address."));
    }
}

fn untold(region: &Region, findings: &mut Findings) {
    let unknown = match (&region.sizes, &region.usages) {
        (Some(_), Some(_)) => return,
        (None, Some(_)) => "which sizes it has",
        (Some(_), None) => "how much quota is left",
        (None, None) => "which sizes it has and how much quota is left",
    };
    findings.note(format!(
        "Azure does not show this identity {} {unknown}: that needs Reader on the subscription. It is checked when the VM is created.",
        region.name
    ));
}

fn rights(wanted: &DesiredMachine, facts: &Facts, findings: &mut Findings) {
    let mut needed = NEEDED.to_vec();
    if wanted.subnet.is_none() {
        needed.extend(OWN_NETWORK);
    }
    if wanted.public_ip {
        needed.extend(OWN_ADDRESS);
    }
    let lacking = lacking_actions(&facts.rights, needed);
    if !lacking.is_empty() {
        findings.azure(format!("resource group '{}'", wanted.group), format!("this identity may not make a machine there: it lacks {}", lacking.join(", ")),
            "Have its owner give Virtual Machine Contributor and Network Contributor: `az role assignment create --role … --resource-group …`.");
    }
}

/// A subnet that exists has to be where the machine is, and to be open to this identity.
fn subnet(
    wanted: &DesiredMachine,
    facts: &Facts,
    target: &ChosenSubscription,
    findings: &mut Findings,
) {
    let (Some(id), Some(subnet)) = (&wanted.subnet, &facts.subnet) else {
        return;
    };
    let see = "See the subnets with `az network vnet list --query \"[].{location: location, subnets: subnets[].id}\"`.";
    if id.subscription() != target.id {
        findings.input(
            "--subnet",
            format!("belongs to another subscription than the machine, {}", target.id),
            see,
        );
    } else if subnet.stands == Some(false) {
        findings.input("--subnet", format!("there is no subnet {id}"), see);
    }
    if let Some(location) =
        subnet.location.as_ref().filter(|known| !same_region(known, &facts.location))
    {
        findings.input(
            "--subnet",
            format!(
                "is in {}, and the machine would be in {}",
                folded_region(location),
                facts.region.name
            ),
            see,
        );
    }
    if let Some(rights) = &subnet.rights
        && !is_allowed(rights, JOIN)
    {
        findings.azure("--subnet", format!("this identity may not use it: it lacks {JOIN}"),
            format!("Have its owner give Network Contributor on it: `az role assignment create --role \"Network Contributor\" --assignee WHO --scope {}`.", posix_word(&id.to_string())));
    }
}

/// Who signs in to the tenants that the request refers to.
fn auxiliary(
    app: &App,
    wanted: &DesiredMachine,
    target: &ChosenSubscription,
    image: &Details,
    findings: &mut Findings,
) -> Result<Vec<AuxiliaryIdentity>> {
    let foreign = image
        .image
        .publisher_tenant_id
        .filter(|tenant| image.image.via == "rbac" && Some(*tenant) != target.home_tenant);
    let mut tenants: Vec<TenantId> = foreign.into_iter().collect();
    for named in &wanted.auxiliary_tenants {
        if !tenants.contains(named) {
            tenants.push(*named);
        }
    }
    if tenants.is_empty() {
        return Ok(Vec::new());
    }
    if tenants.len() > MOST {
        findings.input(
            "--auxiliary-tenant",
            format!(
                "with the image's own there are {} other tenants, and Resource Manager takes tokens of {MOST}",
                tenants.len()
            ),
            "Name fewer.",
        );
    }
    let reader = identities::tokens_of(app, &image.image.credential)?;
    let own = app.tokens()?;
    let sign_in = |tenant: TenantId| AuxiliaryIdentity {
        tenant,
        // Whoever could read the image can prove it to the request too.
        tokens: if Some(tenant) == foreign { reader.clone() } else { own.clone() },
    };
    Ok(tenants.into_iter().map(sign_in).collect())
}

/// What making a machine takes.
const NEEDED: [&str; 5] = [
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Compute/disks/write",
    "Microsoft.Network/networkInterfaces/write",
    "Microsoft.Network/networkInterfaces/join/action",
    "Microsoft.Resources/deployments/write",
];

/// What using a subnet takes.
const JOIN: &str = "Microsoft.Network/virtualNetworks/subnets/join/action";

/// What a network of the machine's own takes.
const OWN_NETWORK: [&str; 4] = [
    "Microsoft.Network/virtualNetworks/write",
    JOIN,
    "Microsoft.Network/networkSecurityGroups/write",
    "Microsoft.Network/networkSecurityGroups/join/action",
];

/// What a public address takes.
const OWN_ADDRESS: [&str; 2] = [
    "Microsoft.Network/publicIPAddresses/write",
    "Microsoft.Network/publicIPAddresses/join/action",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_takes_no_name_of_digits() {
        for (name, expected) in [("web-01", 0), ("42", 1), ("123456789012345-a", 1)] {
            let mut findings = Findings::default();
            windows_name(name, &mut findings);
            assert_eq!(findings.errors.len(), expected, "{name}");
        }
    }

    #[test]
    fn names_are_those_azure_takes() {
        assert_eq!(wrong_machine_name("web-01"), None);
        for bad in ["", "-web", "web-", "web_1", "a.b", &"x".repeat(65)] {
            assert!(wrong_machine_name(bad).is_some(), "{bad}");
        }
    }
}
