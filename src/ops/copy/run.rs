//! Carrying out a copy: the gallery, the definition, then the versions, some at the same time.

use serde_json::Value;

use super::destination::CopyPlace;
use super::job::VersionJob;
use super::report::{self, CopyReport, VersionCopy};
use super::source::CopySource;
use super::{disk, replication};
use crate::arm::galleries::GalleryItem;
use crate::arm::{Client, Reply};
use crate::error::{Error, Result};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::{ChangeKind, Plan, Run, WriteKind, resume};
use crate::ops::provider::{self, COMPUTE};
use crate::ops::site::Site;
use crate::rest::auxiliary::AuxiliaryIdentity;
use crate::rest::poll::LONGEST;

/// A copy that was planned.
pub(crate) struct ImageCopy {
    pub(super) source: CopySource,
    pub(super) place: CopyPlace,
    pub(super) jobs: Vec<VersionJob>,
    /// The definition to make, if there is none.
    pub(super) definition: Option<Value>,
    /// Who vouches for the source in its own tenant.
    pub(super) auxiliary: Vec<AuxiliaryIdentity>,
    pub(super) plan: Plan,
    pub(super) waits: bool,
}

impl ImageCopy {
    /// The gallery, the definition, and a step for each version.
    pub(crate) fn plan(&self) -> Plan {
        self.plan.clone()
    }

    /// Makes the copy, at most eight versions at a time.
    ///
    /// # Errors
    /// If gallery or definition cannot be made. What becomes of a version keeps no other from being copied.
    pub(crate) async fn carry_out(&self, site: &Site<'_>, run: &Run<'_>) -> Result<CopyReport> {
        let step_of = |kind| run.plan().steps.iter().position(|step| step.kind == kind);
        if let Some(step) = step_of(WriteKind::ResourceProvider) {
            let subscription = self.place.subscription();
            run.perform(step, provider::register(site, subscription, COMPUTE)).await?;
        }
        if let Some(step) = step_of(WriteKind::Gallery) {
            run.perform(step, self.make_gallery(site)).await?;
        }
        if let (Some(step), Some(body)) = (step_of(WriteKind::ImageDefinition), &self.definition) {
            run.perform(step, self.make_definition(site, body)).await?;
        }
        let first = step_of(WriteKind::ImageVersion).unwrap_or_default();
        // Only what names the source carries tokens of its tenant.
        let linked = site.client.with_auxiliary(self.auxiliary.clone());
        let work = self.jobs.iter().enumerate().map(|(at, job)| {
            let linked = &linked;
            async move {
                let (mut found, mut error) = (None, None);
                let work = async {
                    let made = self.copy(site, linked, job, &mut found).await;
                    error = made.as_ref().err().map(ToString::to_string);
                    made
                };
                run.attempt(first + at, work).await;
                report::version(job, found.as_ref(), error)
            }
        });
        let done: Vec<VersionCopy> = fan_out(AT_ONCE, work).await;
        if !self.waits {
            run.goes_on();
            let command = resume::waiting_command(site.app);
            site.reporter.note(&format!("Wait for it with `{command}`."));
        }
        Ok(report::report(site, &self.source, &self.place, done))
    }

    async fn make_gallery(&self, site: &Site<'_>) -> Result<()> {
        let (id, location) = (&self.place.gallery_id, self.place.location());
        let reply = site.client.put_private_gallery(id, location).await?;
        settled(site, reply, &format!("Gallery '{}'", id.name())).await
    }

    async fn make_definition(&self, site: &Site<'_>, body: &Value) -> Result<()> {
        let id = &self.place.image_id;
        let reply = site.client.put_gallery_item(id, body).await?;
        settled(site, reply, &format!("Image definition '{}'", id.name())).await
    }

    /// `found` is the version as it was seen last, whatever became of it.
    async fn copy(
        &self,
        site: &Site<'_>,
        linked: &Client,
        job: &VersionJob,
        found: &mut Option<GalleryItem>,
    ) -> Result<()> {
        let made = self.make(site, linked, job, found).await;
        if job.change == ChangeKind::Keep || job.disks.is_empty() {
            return made;
        }
        match made {
            Err(err) if replication::is_under_way(site, &job.id).await => Err(err.hint(
                "Its disk stays until the version is made; the same command removes it then.",
            )),
            made => made.and(disk::remove(site, &job.disks).await),
        }
    }

    /// The version, as far as it was waited for.
    async fn make(
        &self,
        site: &Site<'_>,
        linked: &Client,
        job: &VersionJob,
        found: &mut Option<GalleryItem>,
    ) -> Result<()> {
        let reply = match job.change {
            ChangeKind::Keep => None,
            // Only a disk was left behind.
            _ if job.body.is_null() => None,
            _ => Some(self.send(site, linked, job).await?),
        };
        if self.waits {
            return replication::wait(site, &job.id, reply, found).await;
        }
        *found = job.standing.clone().filter(|_| job.change == ChangeKind::Keep);
        Ok(())
    }

    async fn send(&self, site: &Site<'_>, linked: &Client, job: &VersionJob) -> Result<Reply> {
        let name = job.id.name();
        site.reporter.step(&format!("Copying version {name}…"));
        let body = if job.disks.is_empty() {
            job.body.clone()
        } else {
            disk::make(site, &job.disks, &job.body).await?
        };
        let sent = linked.put_gallery_item(&job.id, &body).await;
        sent.map_err(|err| Error::from(err).while_doing(format!("version {name} was not copied")))
    }
}

async fn settled(site: &Site<'_>, reply: Reply, what: &str) -> Result<()> {
    let step = |state: &str| site.reporter.step(&format!("{what}: {state}"));
    site.client.wait(reply, LONGEST, &step).await?;
    Ok(())
}
