//! Takes away what was planned; what cannot be taken does not keep the rest from going.

use crate::app::App;
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::{Run, WriteKind};
use crate::ops::credential;
use crate::ops::share::direct;

use super::plan::{Act, ActKind, EstateRevocation};

/// Takes it away, method by method; several of one method at the same time.
pub(crate) async fn carry_out(app: &App, run: &Run<'_>, what: &EstateRevocation) {
    let last = what.acts.iter().map(Act::rank).max().unwrap_or_default();
    for rank in 0..=last {
        let acts = what.acts.iter().filter(|act| act.rank() == rank);
        fan_out(WRITES_AT_ONCE, acts.map(|act| take(app, run, what, act))).await;
    }
}

async fn take(app: &App, run: &Run<'_>, what: &EstateRevocation, act: &Act) {
    let site = what.writers.site(app, act.writer);
    match &act.what {
        ActKind::Role(id) => {
            let work = async {
                site.client.delete_role_assignment(id).await?;
                Ok(())
            };
            run.attempt(act.first, work).await;
        }
        ActKind::Direct(gallery, whom) => {
            run.attempt(act.first, direct::take_from(&site, gallery, whom)).await;
        }
        ActKind::Delegation(removal) => {
            removal.carry_out(&site.client, site.reporter, run, act.first).await;
        }
        ActKind::Application(id, principal, kept) => {
            let work = async {
                let directory = site.directory()?;
                if let Some(principal) = principal {
                    directory.delete_service_principal(principal).await?;
                }
                directory.delete_application(id).await?;
                Ok(())
            };
            if run.attempt(act.first, work).await.is_some() {
                forget(app, run, act.first + 1..=act.first + kept).await;
            }
        }
        ActKind::Guest(id) => {
            let work = async {
                site.directory()?.delete_user(id).await?;
                Ok(())
            };
            run.attempt(act.first, work).await;
        }
    }
}

/// Removes the credentials here of an application that is gone.
async fn forget(app: &App, run: &Run<'_>, steps: std::ops::RangeInclusive<usize>) {
    for place in steps {
        let step = &run.plan().steps[place];
        let work = async {
            match step.kind {
                WriteKind::Credential => credential::remove_record(app, &step.id),
                _ => credential::forget_removed(app),
            }
        };
        if run.attempt(place, work).await.is_none() {
            return;
        }
    }
}

const WRITES_AT_ONCE: usize = 4;
