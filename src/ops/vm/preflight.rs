//! Everything Azure would refuse a machine for, found before anything is written, and told at once.

use super::{Plan, Wanted, choice, login};
use crate::app::App;
use crate::arm::Client;
use crate::arm::authorization::lacking;
use crate::arm::auxiliary::{Auxiliary, MOST};
use crate::error::{Error, Kind, Result};
use crate::id::{Scope, TenantId};
use crate::ops::delegation::finding::Findings;
use crate::ops::image::details::Details;
use crate::ops::image::id::ImageId;
use crate::ops::image::identities;
use crate::ops::image::show::show;
use crate::ops::subscription::{self, Found};

/// Judges what can be judged without any call.
///
/// # Errors
/// With all that is wrong.
pub(super) fn words(app: &App, wanted: &Wanted) -> Result<()> {
    let mut findings = Findings::default();
    if let Some(rule) = wrong_machine_name(&wanted.name) {
        findings.input(
            format!("--name '{}'", wanted.name),
            rule,
            "Choose another name.",
        );
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

/// Reads what stands, and decides everything.
///
/// # Errors
/// If anything speaks against the machine: all of it at once.
pub(super) async fn plan<'a>(
    app: &App,
    client: &Client,
    wanted: &'a Wanted,
    image: &ImageId,
) -> Result<Plan<'a>> {
    let target = subscription::resolve(app, client).await?;
    let scope = Scope::resource_group(target.id, &wanted.group);
    let group = client.resource_group(target.id, &wanted.group).await?;
    let group = group.ok_or_else(|| no_group(wanted, &target))?;
    let asked = wanted
        .location
        .clone()
        .or_else(|| app.settings.location.clone());
    let location = asked.unwrap_or(group.location);
    app.reporter.step("Reading the image…");
    let details = show(app, image, Some(&location)).await?;
    let mut findings = Findings::default();
    let named = version_of(image);
    let version = choice::version(&details, named, &location, &mut findings);
    let reference = version
        .map(|version| version.id.clone())
        .unwrap_or_default();
    let size = choice::size(wanted, &details, &mut findings);
    let security_type = choice::security(wanted, &details, &mut findings);
    if security_type.as_deref() == Some("ConfidentialVM") && wanted.size.is_none() {
        findings.input(
            "--size",
            "is missing: a confidential machine needs a size of the DC or EC series",
            "Add for example --size Standard_DC2as_v5.",
        );
    }
    remarks(app, &details, wanted, &mut findings);
    let rights = client.permissions(&scope).await?;
    let lacking = lacking(&rights, NEEDED);
    if !lacking.is_empty() {
        findings.azure(format!("resource group '{}'", wanted.group), format!("this identity may not make a machine there: it lacks {}", lacking.join(", ")),
            "Have its owner give Virtual Machine Contributor and Network Contributor: `az role assignment create --role … --resource-group …`.");
    }
    let auxiliary = auxiliary(app, wanted, &target, &details, &mut findings)?;
    let plan = Plan {
        wanted,
        subscription: target,
        location,
        size,
        image: details,
        reference,
        security_type,
        auxiliary,
    };
    login::check_fit(
        &wanted.login,
        plan.is_windows(),
        plan.is_specialized(),
        &mut findings,
    );
    findings.settle(app.reporter.as_ref(), "nothing was changed")?;
    Ok(plan)
}

fn no_group(wanted: &Wanted, target: &Found) -> Error {
    Error::new(
        Kind::NotFound,
        format!(
            "there is no resource group '{}' in subscription '{}'",
            wanted.group, target.name
        ),
    )
    .hint(format!(
        "Make it with `az group create -n {} -l REGION --subscription {}`.",
        wanted.group, target.id
    ))
}

fn version_of(image: &ImageId) -> Option<&str> {
    match image {
        ImageId::Own(id) => id
            .name_of("versions")
            .filter(|name| !name.eq_ignore_ascii_case("latest")),
        ImageId::Public(id) => id.version.as_deref(),
    }
}

/// What is allowed, but worth knowing.
fn remarks(app: &App, image: &Details, wanted: &Wanted, findings: &mut Findings) {
    if let Some(end) = &image.end_of_life_date
        && let Ok(end) = end.parse::<jiff::Timestamp>()
        && end.as_second() < app.now()
    {
        findings.warn(format!(
            "The owner stopped caring for image '{}' on {}.",
            image.image.name,
            end.strftime("%Y-%m-%d")
        ));
    }
    if let Some(plan) = &image.vm.plan {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        findings.note(format!(
            "The image carries a purchase plan; its terms must be accepted once: `az vm image terms accept --publisher {} --offer {} --plan {}`.",
            text(&plan.publisher), text(&plan.product), text(&plan.name)
        ));
    }
    if let Some(eula) = &image.eula {
        findings.note(format!("By using the image you accept its terms: {eula}"));
    }
    if !wanted.public_ip {
        findings.note(
            "The machine gets no public address and no open port; --public-ip gives it an address.",
        );
    }
}

/// Who signs in to the tenants that the request refers to.
fn auxiliary(
    app: &App,
    wanted: &Wanted,
    target: &Found,
    image: &Details,
    findings: &mut Findings,
) -> Result<Vec<Auxiliary>> {
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
    let sign_in = |tenant: TenantId| Auxiliary {
        tenant,
        // Whoever could read the image can prove it to the request too.
        tokens: if Some(tenant) == foreign {
            reader.clone()
        } else {
            own.clone()
        },
    };
    Ok(tenants.into_iter().map(sign_in).collect())
}

/// What making a machine and its network takes.
const NEEDED: [&str; 5] = [
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Network/networkInterfaces/write",
    "Microsoft.Network/networkInterfaces/join/action",
    "Microsoft.Network/virtualNetworks/subnets/join/action",
    "Microsoft.Resources/deployments/write",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_azure_takes() {
        assert_eq!(wrong_machine_name("web-01"), None);
        for bad in ["", "-web", "web-", "web_1", "a.b", &"x".repeat(65)] {
            assert!(wrong_machine_name(bad).is_some(), "{bad}");
        }
    }
}
