//! What a copy takes, worked out before anything is written.

use serde_json::{Value, json};

use super::bodies;
use super::checks;
use super::destination::{self, CopyPlace};
use super::job::{self, VersionJob, is_direct};
use super::request::CopyRequest;
use super::run::ImageCopy;
use super::source::{self, CopySource};
use super::{disk, replication};
use crate::app::App;
use crate::error::Result;
use crate::id::TenantId;
use crate::ops::change::findings::Findings;
use crate::ops::change::{ChangeKind, Plan, Step, WriteKind};
use crate::ops::image::id::ImageId;
use crate::ops::image::identities;
use crate::ops::provider::{COMPUTE, registration_step};
use crate::ops::site::Site;
use crate::rest::auxiliary::AuxiliaryIdentity;

/// Reads both sides, refuses what Azure would refuse, and plans the rest.
///
/// # Errors
/// If something speaks against it: all of it together, and nothing was written.
pub(crate) async fn plan_copy(site: &Site<'_>, wanted: CopyRequest) -> Result<ImageCopy> {
    let mut findings = Findings::default();
    checks::words(&wanted, &mut findings);
    findings.settle(site.reporter, NOTHING_CHANGED)?;
    let group = wanted.resource_group.as_deref();
    let source = source::read(site.app, &wanted).await?;
    let place = destination::read(site, &wanted.destination, group).await?;
    let mut jobs: Vec<VersionJob> = Vec::new();
    for version in &source.versions {
        jobs.extend(job::decide(&source, &place, &wanted, version, &mut findings));
    }
    checks::image(&source, &place, &mut findings);
    checks::versions(&jobs, &place, &mut findings);
    if is_direct(&source) && !wanted.waits {
        findings.input(
            "--no-wait",
            "a directly shared image is copied by way of a disk, which has to be removed afterwards",
            "Leave --no-wait out.",
        );
    }
    checks::target(site, &source, &place, &wanted, &jobs, &mut findings).await?;
    findings.settle(site.reporter, NOTHING_CHANGED)?;
    for job in jobs.iter_mut().filter(|job| job.change == ChangeKind::Keep) {
        if disk::are_left(site, &job.disks).await? {
            job.change = ChangeKind::Update;
        }
    }
    let definition = definition(site, &source, &place).await?;
    let auxiliary = auxiliary(site.app, site.client.tenant(), &source)?;
    let plan = plan(site, &source, &place, &jobs, definition.as_ref());
    Ok(ImageCopy { source, place, jobs, definition, auxiliary, plan, waits: wanted.waits })
}

/// The definition to make, if there is none.
async fn definition(
    site: &Site<'_>,
    source: &CopySource,
    place: &CopyPlace,
) -> Result<Option<Value>> {
    if place.image.is_some() {
        return Ok(None);
    }
    let taken = match &place.gallery {
        Some(_) => site.client.gallery_items(&place.gallery_id.to_string(), "images").await?,
        None => Vec::new(),
    };
    let name = place.image_id.name();
    Ok(Some(bodies::definition(source, place.location(), name, &taken)))
}

/// Who vouches for the source where it belongs to another tenant than the one that is written in. A source
/// that is lent by a delegation to that tenant needs no one.
fn auxiliary(
    app: &App,
    writer: Option<TenantId>,
    source: &CopySource,
) -> Result<Vec<AuxiliaryIdentity>> {
    let image = &source.details.image;
    let (ImageId::Own(_), Some(publisher)) = (&source.image, image.publisher_tenant_id) else {
        return Ok(Vec::new());
    };
    let is_lent = image.via == "delegation";
    let reader = if is_lent { image.tenant_id.unwrap_or(publisher) } else { publisher };
    if Some(reader) == writer {
        return Ok(Vec::new());
    }
    let tokens = identities::tokens_of(app, &image.credential)?;
    Ok(vec![AuxiliaryIdentity { tenant: reader, tokens }])
}

fn plan(
    site: &Site<'_>,
    source: &CopySource,
    place: &CopyPlace,
    jobs: &[VersionJob],
    definition: Option<&Value>,
) -> Plan {
    let (gallery, image) = (place.gallery_id.name(), place.image_id.name());
    let mut plan = Plan {
        nothing: Some("Every version is copied already; nothing is sent.".to_owned()),
        warnings: warnings(site.app, source),
        ..Plan::titled(format!(
            "Copy of image '{}' to {gallery}/{image}:",
            source.details.image.name
        ))
    };
    if place.must_register && jobs.iter().any(|job| job.change.writes()) {
        plan.push(registration_step(place.subscription(), COMPUTE));
    }
    if place.gallery.is_none() {
        let what = format!("private gallery '{gallery}' in {}", place.location());
        let id = place.gallery_id.to_string();
        plan.push(
            Step::new(ChangeKind::Create, WriteKind::Gallery, &id, what)
                .at(&place.gallery_id.scope.to_string())
                .between(Value::Null, json!({"location": place.location()})),
        );
    }
    if let Some(body) = definition {
        let said = &source.details.image;
        let parts = [&said.os_type, &said.os_state, &said.hyper_v_generation, &said.architecture];
        let mut parts: Vec<&str> = parts.iter().filter_map(|part| part.as_deref()).collect();
        parts.extend(said.security_type.as_deref());
        let what = format!("image definition '{image}' ({})", parts.join(", "));
        let id = place.image_id.to_string();
        plan.push(
            Step::new(ChangeKind::Create, WriteKind::ImageDefinition, &id, what)
                .at(&place.gallery_id.to_string())
                .between(Value::Null, body.clone()),
        );
    }
    for job in jobs {
        plan.push(version_step(source, job));
    }
    plan
}

fn version_step(source: &CopySource, job: &VersionJob) -> Step {
    let id = job.id.to_string();
    let regions = job.regions.join(", ");
    let what = format!("version {} in {regions}", job.id.name());
    let scope = job.id.parent().map(|image| image.to_string()).unwrap_or_default();
    let before = job.standing.as_ref().map_or(Value::Null, |found| {
        json!({"location": found.location, "tags": found.tags, "properties": found.properties})
    });
    let mut step = Step::new(job.change, WriteKind::ImageVersion, &id, what)
        .at(&scope)
        .between(before, job.body.clone());
    if job.change == ChangeKind::Keep {
        return step;
    }
    step = step.because(format!("from version {} of {}", job.from.name, source.id()));
    if !job.disks.is_empty() {
        let names: Vec<&str> = job.disks.iter().map(|disk| disk.id.name()).collect();
        step = step
            .detail(format!("by way of disk {}, which is removed afterwards", names.join(", ")));
    }
    if let Some(found) = &job.standing
        && replication::state(found).eq_ignore_ascii_case("Failed")
    {
        step = step.because("it failed before and is tried again");
    }
    step
}

fn warnings(app: &App, source: &CopySource) -> Vec<String> {
    let details = &source.details;
    let mut warnings = Vec::new();
    let ends = source
        .versions
        .iter()
        .map(|version| (format!("version {}", version.name), version.end_of_life_date.as_deref()));
    let image = (format!("image '{}'", details.image.name), details.end_of_life_date.as_deref());
    for (what, end) in ends.chain([image]) {
        if let Some(Ok(end)) = end.map(|end| end.parse::<jiff::Timestamp>())
            && end.as_second() < app.now()
        {
            let day = end.strftime("%Y-%m-%d");
            warnings.push(format!("The owner stopped caring for {what} on {day}."));
        }
    }
    if let Some(eula) = &details.eula {
        warnings.push(format!("By copying the image you accept its terms: {eula}"));
    }
    warnings
}

const NOTHING_CHANGED: &str = "nothing was changed";
