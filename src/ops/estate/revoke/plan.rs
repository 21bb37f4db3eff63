//! Works out what a tenant has of everything of the publisher.

use crate::app::App;
use crate::app::names::KnownNames;
use crate::arm::Client;
use crate::arm::galleries::Gallery;
use crate::error::{Error, Result};
use crate::id::{
    PrincipalId, ResourceId, SubscriptionId, TenantId, scope_contains, subscription_of,
};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::{Plan, Step};
use crate::ops::delegation::bulk::{self, Entry, Known, OfferRemoval, Side};
use crate::ops::gaps::Gaps;
use crate::ops::share::access::Access;
use crate::ops::share::direct::{self, Whom};
use crate::ops::share::revoke as of_gallery;

use crate::ops::estate::shares::{self, Publisher, PublisherShares};
use crate::ops::estate::sights::{self, Sight};

use super::directory;
use super::writer::Writers;

/// What a tenant has of everything of the publisher, and the plan that removes it.
pub(crate) struct EstateRevocation {
    pub plan: Plan,
    pub(super) writers: Writers,
    pub(super) acts: Vec<Act>,
    /// The guests whose accounts an earlier run could not delete.
    undeleted: Vec<PrincipalId>,
}

/// One thing to take away; its steps begin at `first` in the plan.
pub(super) struct Act {
    pub(super) first: usize,
    /// Who does it, among the writers.
    pub(super) writer: usize,
    pub(super) what: ActKind,
}

pub(super) enum ActKind {
    /// The assignment with this id.
    Role(String),
    Direct(ResourceId, Whom),
    Delegation(Box<OfferRemoval>),
    /// The registration and the service principal, by their object ids; the credentials here follow as steps.
    Application(String, Option<String>, usize),
    /// The account with this object id.
    Guest(String),
}

impl Act {
    /// Roles and direct shares first, then delegations, then what else lives in the directory.
    pub(super) fn rank(&self) -> usize {
        match &self.what {
            ActKind::Role(_) => 0,
            ActKind::Direct(..) => 1,
            ActKind::Delegation(_) => 2,
            ActKind::Guest(_) => 3,
            // Last: it may be one of us who does the rest.
            ActKind::Application(..) => 4,
        }
    }
}

/// How guests are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guests {
    /// Their accounts go.
    Remove,
    /// Their accounts stay, without roles of their own on galleries.
    Keep,
}

/// Works out what a tenant has.
///
/// # Errors
/// If nothing could be read, or the tenant is the publisher's only one.
pub(crate) async fn plan(app: &App, tenant: TenantId, guests: Guests) -> Result<EstateRevocation> {
    let mut gaps = Gaps::default();
    // What is seen of the tenant itself is not ours to take.
    let sights = sights::provider_sights_outside(app, tenant, &mut gaps).await?;
    let publishers = shares::publishers(&sights);
    if publishers.is_empty() {
        return Err(Error::usage(format!("{tenant} is the only tenant that you can sign in to"))
            .hint(
                "Name the tenant that is to lose access, or add a credential of the publisher's.",
            ));
    }
    let names = KnownNames::open(app);
    let whom = names.tenant_in_words(tenant);
    let of = match publishers.as_slice() {
        [only] => names.tenant_in_words(only.tenant),
        several => format!("{} tenants", several.len()),
    };
    let mut found = EstateRevocation {
        plan: Plan {
            nothing: Some(format!("Nothing of {of} is left that {whom} could lose.")),
            ..Plan::titled(format!("Everything of {of} is taken from {whom}:"))
        },
        writers: Writers::default(),
        acts: Vec::new(),
        undeleted: directory::undeleted_guests(app).unwrap_or_else(|err| {
            gaps.note("the records of earlier runs", &err);
            Vec::new()
        }),
    };
    found.plan.whom = Some(whom);
    for publisher in &publishers {
        found.add_publisher(app, publisher, tenant, guests, &mut gaps).await;
    }
    found.plan.warnings.extend(gaps.limits());
    // What could not be looked into may still be open.
    found.plan.stays.extend(gaps.lines());
    Ok(found)
}

impl EstateRevocation {
    async fn add_publisher(
        &mut self,
        app: &App,
        publisher: &Publisher<'_>,
        tenant: TenantId,
        guests: Guests,
        gaps: &mut Gaps,
    ) {
        let read = tokio::join!(shares::of_provider(app, publisher), offers(publisher, tenant),);
        let shares = match read.0 {
            Ok((shares, missing)) => {
                gaps.join(missing);
                shares
            }
            Err(err) => {
                gaps.note(format!("shares of tenant {}", publisher.tenant), &err);
                PublisherShares {
                    tenant: publisher.tenant,
                    galleries: Vec::new(),
                    rows: Vec::new(),
                }
            }
        };
        let (removals, missing) = read.1;
        gaps.join(missing);
        self.add_roles(publisher, &shares, tenant).await;
        self.add_direct(publisher, &shares, tenant).await;
        for (subscription, removal) in removals {
            let writer = self.writers.at(publisher, Some(subscription)).await;
            self.plan.warnings.extend(removal.warnings());
            let steps = removal.steps();
            self.add(writer, steps, ActKind::Delegation(Box::new(removal)));
        }
        self.plan.stays.extend(shares.galleries.iter().filter_map(of_gallery::of_community));
        let unknown =
            shares.rows.iter().filter(|row| row.made_for.as_ref().is_some_and(Vec::is_empty));
        let below = |row: &Access| {
            let gallery = shares.galleries.iter().find(|gallery| {
                scope_contains(&row.scope, &gallery.id) || scope_contains(&gallery.id, &row.scope)
            });
            of_gallery::unknown_application(row, gallery.map_or(&row.scope, |gallery| &gallery.id))
        };
        self.plan.stays.extend(unknown.map(below));
        self.plan.stays.extend(of_gallery::unknown_subscriptions(&shares.rows));
        let writer = self.writers.at(publisher, None).await;
        let (site, undeleted) = (self.writers.site(app, writer), &self.undeleted);
        match directory::read(app, &site, &shares.rows, undeleted, tenant).await {
            Ok(found) => self.add_directory(app, writer, found, guests, gaps),
            Err(err) => gaps.note(format!("the directory of tenant {}", publisher.tenant), &err),
        }
    }

    async fn add_roles(
        &mut self,
        publisher: &Publisher<'_>,
        shares: &PublisherShares,
        tenant: TenantId,
    ) {
        let theirs = shares.rows.iter().filter(|row| row.via == "rbac" && row.is_of(tenant));
        for row in theirs {
            let writer = self.writers.at(publisher, subscription_of(&row.scope)).await;
            let step = of_gallery::role_step(row, tenant);
            self.add(writer, vec![step], ActKind::Role(row.id.clone().into()));
        }
    }

    async fn add_direct(
        &mut self,
        publisher: &Publisher<'_>,
        shares: &PublisherShares,
        tenant: TenantId,
    ) {
        for gallery in &shares.galleries {
            let rows: Vec<Access> =
                shares.rows.iter().filter(|row| is_about(row, gallery)).cloned().collect();
            let whom = of_gallery::of_direct(&rows, tenant);
            let (Some(step), Ok(id)) =
                (direct::removal_step(gallery, &whom), gallery.id.parse::<ResourceId>())
            else {
                continue;
            };
            let writer = self.writers.at(publisher, Some(id.subscription())).await;
            self.add(writer, vec![step], ActKind::Direct(id, whom));
        }
    }

    fn add_directory(
        &mut self,
        app: &App,
        writer: usize,
        found: directory::TheirObjects,
        guests: Guests,
        gaps: &mut Gaps,
    ) {
        for application in found.applications {
            match application.steps(app) {
                Ok(steps) => {
                    let (id, principal) = (application.id.to_string(), application.principal);
                    let kept = steps.len() - 1;
                    self.add(writer, steps, ActKind::Application(id, principal, kept));
                }
                Err(err) => gaps.note("the credentials here", &err),
            }
        }
        self.plan.stays.extend(found.unreadable_groups);
        for guest in found.guests {
            match guests {
                Guests::Remove => {
                    let step = guest.step();
                    self.add(writer, vec![step], ActKind::Guest(guest.id.to_string()));
                }
                Guests::Keep => self.plan.stays.extend(guest.through_groups()),
            }
        }
    }

    fn add(&mut self, writer: usize, steps: Vec<Step>, what: ActKind) {
        if !steps.is_empty() {
            let first = self.plan.steps.len();
            let name = self.writers.name(writer);
            if !self.plan.signers.iter().any(|known| known == name) {
                self.plan.signers.push(name.to_owned());
            }
            self.plan.steps.extend(steps);
            self.acts.push(Act { first, writer, what });
        }
    }
}

fn is_about(row: &Access, gallery: &Gallery) -> bool {
    row.via == "direct" && row.scope == gallery.id
}

/// What the publisher's subscriptions offered to the tenant: accepted or not, with or without a gallery in it.
async fn offers(
    publisher: &Publisher<'_>,
    tenant: TenantId,
) -> (Vec<(SubscriptionId, OfferRemoval)>, Gaps) {
    let mut gaps = Gaps::default();
    let mut entries: Vec<Entry> = Vec::new();
    let work = publisher.sights.iter().map(|sight| own_offers(sight));
    let mut all = fan_out(AT_ONCE, work).await;
    for unread in bulk::BulkSurvey::unread(&mut all) {
        gaps.note(unread.error.to_string(), &unread.error);
    }
    for found in all {
        for entry in found.entries {
            let same = |known: &&mut Entry| known.definition.id == entry.definition.id;
            match entries.iter_mut().find(same) {
                Some(known) => known.learn(entry),
                None => entries.push(entry),
            }
        }
    }
    let all = entries.clone();
    let theirs =
        entries.into_iter().filter(|entry| Client::tenant_of(&entry.definition) == Some(tenant));
    let removal = |entry: Entry| {
        let is_other = |other: &&Entry| {
            other.subscription == entry.subscription
                && other.definition.id != entry.definition.id
                && Client::tenant_of(&other.definition) != Some(tenant)
        };
        let others = all.iter().filter(is_other).cloned().collect();
        let subscription = entry.subscription;
        (subscription, OfferRemoval::of(&Known { entries: vec![entry], others }, false))
    };
    (theirs.map(removal).collect(), gaps)
}

async fn own_offers(sight: &Sight) -> bulk::BulkSurvey {
    let own: Vec<_> =
        sight.subscriptions.iter().filter(|known| sight.is_at_home(known)).cloned().collect();
    let identity = &sight.identity;
    bulk::read_provider(&identity.client, identity.tenant, &own, &[Side::Given]).await
}
