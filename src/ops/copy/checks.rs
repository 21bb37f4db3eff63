//! What Azure refuses a copy for, found before anything is written and reported together, each with its rule.

use serde_json::Value;

use super::advisory::told;
use super::destination::CopyPlace;
use super::job::{VersionJob, is_direct, wanted_regions};
use super::request::CopyRequest;
use super::source::CopySource;
use crate::arm::authorization::lacking_actions;
use crate::arm::shared_galleries::SharedPlace;
use crate::error::Result;
use crate::id::Scope;
use crate::ops::change::ChangeKind;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::findings::Findings;
use crate::ops::image::id::ImageId;
use crate::ops::provider::COMPUTE;
use crate::ops::site::Site;

/// Judges what can be judged without any call.
pub(super) fn words(wanted: &CopyRequest, findings: &mut Findings) {
    use super::request::VersionChoice;
    if wanted.destination.version.is_some() && wanted.versions != VersionChoice::Named {
        findings.input(
            "--to",
            "names one version, and several are copied",
            "Leave the version out: each copy gets the name of its source.",
        );
    }
    let names_version = match &wanted.source {
        ImageId::Own(id) => id.name_of("versions").is_some(),
        ImageId::Public(id) => id.version.is_some(),
    };
    if names_version && wanted.versions != VersionChoice::Named {
        findings.input(
            "--id",
            "names one version, and several are copied",
            "Leave `/versions/…` out of the id.",
        );
    }
}

/// Judges the image and the gallery by what was read of both.
pub(super) fn image(source: &CopySource, place: &CopyPlace, findings: &mut Findings) {
    let name = &source.details.image.name;
    if is_security(&source.details.definition, "ConfidentialVM") {
        findings.azure(
            format!("image '{name}'"),
            "is that of a confidential VM, whose disks no other tenant can open",
            "Ask its owner for an image with security type TrustedLaunchAndConfidentialVmSupported.",
        );
    }
    let permissions = place.gallery.as_ref().map_or("Private", |gallery| gallery.permissions());
    if !source.details.definition["purchasePlan"].is_null() && permissions == "Community" {
        findings.azure(
            format!("gallery '{}'", place.gallery_id.name()),
            format!("is open to the community, which takes no image of the marketplace, and '{name}' has a purchase plan"),
            "Copy it into a private gallery.",
        );
    }
    if let Some(standing) = &place.image {
        matching(source, &standing.properties, place, findings);
    }
}

/// A definition that exists has to match its source.
fn matching(source: &CopySource, has: &Value, place: &CopyPlace, findings: &mut Findings) {
    let wants = &source.details.definition;
    let text = |of: &Value, name: &str, or: &str| of[name].as_str().unwrap_or(or).to_owned();
    let mut differences = Vec::new();
    for (name, or) in
        [("osType", ""), ("osState", ""), ("hyperVGeneration", "V1"), ("architecture", "x64")]
    {
        let (has, wants) = (text(has, name, or), text(wants, name, or));
        if !has.eq_ignore_ascii_case(&wants) {
            differences.push(format!("{name} is {has}, and the source has {wants}"));
        }
    }
    let (own, other) = (security_of(has), security_of(wants));
    if !own.eq_ignore_ascii_case(other) {
        differences.push(format!("its security type is {own}, and the source has {other}"));
    }
    if plan_of(has) != plan_of(wants) {
        let told = |of: &Value| plan_of(of).unwrap_or_else(|| "none".to_owned());
        let (own, other) = (told(has), told(wants));
        differences.push(format!("its purchase plan is {own}, and the source has {other}"));
    }
    for difference in differences {
        findings.azure(
            format!("image definition '{}'", place.image_id.name()),
            difference,
            format!(
                "Copy into a new image definition: `--to {}/{}-copy`.",
                place.gallery_id.name(),
                place.image_id.name()
            ),
        );
    }
}

fn security_of(definition: &Value) -> &str {
    let features = definition["features"].as_array().into_iter().flatten();
    let mut named = features.filter(|feature| feature["name"] == "SecurityType");
    named.find_map(|feature| feature["value"].as_str()).unwrap_or("Standard")
}

fn is_security(definition: &Value, kind: &str) -> bool {
    security_of(definition).eq_ignore_ascii_case(kind)
}

fn plan_of(definition: &Value) -> Option<String> {
    let plan = definition["purchasePlan"].as_object()?;
    let part = |name: &str| plan.get(name).and_then(Value::as_str).unwrap_or_default();
    Some(format!("{}/{}/{}", part("publisher"), part("product"), part("name")).to_lowercase())
}

/// Judges the versions: Azure copies none that a customer's key encrypts. Source:
/// <https://learn.microsoft.com/azure/virtual-machines/image-version-encryption#limitations>
pub(super) fn versions(jobs: &[VersionJob], place: &CopyPlace, findings: &mut Findings) {
    for job in jobs.iter().filter(|job| job.change != ChangeKind::Keep) {
        let name = format!("version {}", job.from.name);
        let mut sets = job.from.regions.iter().flat_map(|known| &known.disk_encryption_sets);
        if let Some(set) = sets.next() {
            findings.azure(
                &name,
                format!("is encrypted with disk encryption set {set} of its owner, and Azure copies no image with a customer's key"),
                "Ask its owner for a version without one: `az sig image-version create …` without --target-region-encryption.",
            );
        }
        let state = job.from.provisioning_state.as_deref().unwrap_or("Succeeded");
        if !state.eq_ignore_ascii_case("Succeeded") {
            findings.azure(
                &name,
                format!("is {state}"),
                "Wait until it is Succeeded, or copy another version.",
            );
        }
        let home = job.body["location"].as_str().unwrap_or_default();
        let gallery = place.gallery.as_ref().filter(|gallery| gallery.permissions() == "Groups");
        if let Some(gallery) = gallery
            && !crate::ops::region::same_region(home, &gallery.location)
        {
            findings.azure(
                &name,
                format!("would be made in {home}, and a gallery for direct sharing takes versions of its own region only, {}", gallery.location),
                "Have its owner replicate the source there, or copy into a private gallery.",
            );
        }
    }
}

/// Judges what has to be asked of Azure: permissions, regions, quota, terms, and whether a share reaches the
/// subscription.
pub(super) async fn target(
    site: &Site<'_>,
    source: &CopySource,
    place: &CopyPlace,
    wanted: &CopyRequest,
    jobs: &[VersionJob],
    findings: &mut Findings,
) -> Result<()> {
    let subscription = place.subscription();
    let regions = wanted_regions(wanted, place);
    let known = told(site.client.locations(subscription).await)?.unwrap_or_default();
    for name in regions.iter().filter(|name| !known.is_empty() && !known.contains(name)) {
        findings.input(
            format!("--regions {name}"),
            format!("subscription {subscription} has no such region"),
            "See its regions with `az account list-locations --query \"[].name\" -o tsv`.",
        );
    }
    let fresh = jobs.iter().filter(|job| job.change != ChangeKind::Keep).count();
    if fresh == 0 {
        return Ok(());
    }
    rights(site, source, place, findings).await?;
    if place.must_register {
        // Until then nothing else can be asked.
        return registration(site, place, findings).await;
    }
    quota(site, place, &regions, jobs, findings).await?;
    terms(site, source, place, findings).await?;
    reach(site, source, place, jobs, findings).await
}

/// A provider is registered for a whole subscription.
async fn registration(site: &Site<'_>, place: &CopyPlace, findings: &mut Findings) -> Result<()> {
    let subscription = place.subscription();
    let read = site.client.permissions(&Scope::subscription(subscription)).await;
    let Some(held) = told(read)? else { return Ok(()) };
    if !lacking_actions(&held, ["Microsoft.Compute/register/action"]).is_empty() {
        findings.azure(
            format!("subscription {subscription}"),
            format!("has not registered {COMPUTE}, and this identity may not: it lacks {COMPUTE}/register/action"),
            format!("Have its owner register it: `az provider register -n {COMPUTE} --subscription {subscription}`."),
        );
    }
    Ok(())
}

async fn rights(
    site: &Site<'_>,
    source: &CopySource,
    place: &CopyPlace,
    findings: &mut Findings,
) -> Result<()> {
    let read = match &place.gallery {
        Some(_) => site.client.permissions(&place.gallery_id).await,
        None => site.client.permissions(&place.gallery_id.scope).await,
    };
    let Some(held) = told(read)? else { return Ok(()) };
    let mut needed = vec!["Microsoft.Compute/galleries/images/versions/write"];
    if place.gallery.is_none() {
        needed.push("Microsoft.Compute/galleries/write");
    }
    if place.image.is_none() {
        needed.push("Microsoft.Compute/galleries/images/write");
    }
    let lacking = lacking_actions(&held, needed);
    let group = place.gallery_id.resource_group();
    if !lacking.is_empty() {
        findings.azure(
            format!("resource group '{group}'"),
            format!("this identity may not write a copy there: it lacks {}", lacking.join(", ")),
            "Have its owner give Compute Gallery Artifacts Publisher: `az role assignment create --role \"Compute Gallery Artifacts Publisher\" --assignee WHO --scope …`.",
        );
    }
    if !is_direct(source) {
        return Ok(());
    }
    let Some(held) = told(site.client.permissions(&place.gallery_id.scope).await)? else {
        return Ok(());
    };
    let lacking =
        lacking_actions(&held, ["Microsoft.Compute/disks/write", "Microsoft.Compute/disks/delete"]);
    if !lacking.is_empty() {
        findings.azure(
            format!("resource group '{group}'"),
            format!("a directly shared image is copied by way of a disk, and this identity lacks {}", lacking.join(", ")),
            "Have its owner give Disk Restore Operator or Contributor on the group: `az role assignment create --role Contributor --assignee WHO --resource-group …`.",
        );
    }
    Ok(())
}

/// Azure's name of the quota is not documented: whatever counts versions of galleries is taken for it.
async fn quota(
    site: &Site<'_>,
    place: &CopyPlace,
    regions: &[String],
    jobs: &[VersionJob],
    findings: &mut Findings,
) -> Result<()> {
    let work = regions.iter().map(|name| site.client.usages(place.subscription(), name));
    for (name, read) in regions.iter().zip(fan_out(AT_ONCE, work).await) {
        let Some(usages) = told(read)? else { continue };
        let adds = jobs.iter().filter(|job| adds_to(job, name)).count();
        let counted = usages.iter().filter(|usage| {
            let name = usage.name.value.to_lowercase();
            name.contains("gallery") && name.contains("version")
        });
        for usage in counted {
            let more = i64::try_from(adds).unwrap_or(i64::MAX);
            if usage.limit >= 0 && usage.current_value.saturating_add(more) > usage.limit {
                findings.azure(
                    format!("region {name}"),
                    format!(
                        "has {} of {} versions of images, and {adds} more do not fit",
                        usage.current_value, usage.limit
                    ),
                    "Remove old copies with `az-imageshare image prune --keep 3`, choose other --regions, or ask Azure for more: https://aka.ms/ProdportalCRP/#blade/Microsoft_Azure_Capacity/UsageAndQuota.ReactView.",
                );
            }
        }
    }
    Ok(())
}

fn adds_to(job: &VersionJob, region: &str) -> bool {
    let targets = |of: &Value| {
        let all = of["properties"]["publishingProfile"]["targetRegions"].as_array().cloned();
        let mut all = all.unwrap_or_default().into_iter();
        all.any(|one| {
            crate::ops::region::same_region(one["name"].as_str().unwrap_or_default(), region)
        })
    };
    let had = job
        .standing
        .as_ref()
        .is_some_and(|found| targets(&serde_json::json!({"properties": found.properties})));
    job.change != ChangeKind::Keep && !had && targets(&job.body)
}

/// No one can make a machine of a copy whose plan was not bought.
async fn terms(
    site: &Site<'_>,
    source: &CopySource,
    place: &CopyPlace,
    findings: &mut Findings,
) -> Result<()> {
    let Some(plan) = &source.details.vm.plan else { return Ok(()) };
    let parts = (plan.publisher.as_deref(), plan.product.as_deref(), plan.name.as_deref());
    let (Some(publisher), Some(product), Some(name)) = parts else { return Ok(()) };
    let read = site.client.terms_accepted(place.subscription(), [publisher, product, name]).await;
    if told(read)? == Some(false) {
        findings.azure(
            format!("image '{}'", source.details.image.name),
            format!("has purchase plan {publisher}/{product}/{name}, whose terms are not accepted in subscription {}", place.subscription()),
            format!("Read and accept them once: `az vm image terms accept --publisher {publisher} --offer {product} --plan {name} --subscription {}`.", place.subscription()),
        );
    }
    Ok(())
}

/// What is shared with a subscription or with everyone is asked of the subscription that copies it.
async fn reach(
    site: &Site<'_>,
    source: &CopySource,
    place: &CopyPlace,
    jobs: &[VersionJob],
    findings: &mut Findings,
) -> Result<()> {
    let ImageId::Public(id) = &source.image else { return Ok(()) };
    for job in jobs.iter().filter(|job| job.change != ChangeKind::Keep) {
        let home = job.body["location"].as_str().unwrap_or_default();
        let seen_from =
            SharedPlace { subscription: place.subscription(), location: home, door: id.door };
        let name = [id.gallery.as_str(), &id.image, &job.from.name];
        if told(site.client.public_item(&seen_from, &name).await)?.flatten().is_none() {
            findings.azure(
                format!("version {}", job.from.name),
                format!("is not shared with subscription {} in {home}", place.subscription()),
                "Copy it into a subscription that it is shared with, or have its owner share it.",
            );
        }
    }
    Ok(())
}
