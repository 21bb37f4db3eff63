//! What a manifest wants of one publisher, item by item.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::item::{ItemKey, ShareMethod};
use super::manifest::{FleetGrant, Manifest, gallery_parts};
use super::observe::PublisherSite;
use super::observe::galleries::{GalleryIndex, selects_gallery};
use super::view::{CommunityStand, DirectStand, RoleStand};
use super::{ownership, view::ItemView};
use crate::arm::galleries::Gallery;
use crate::arm::managed_services::{RegistrationDefinitionProperties, definition_id};
use crate::id::{ClientId, PrincipalId, RoleId, SubscriptionId, TenantId};
use crate::ops::access::assignment;
use crate::ops::access::role::{self, RoleRef};
use crate::ops::expiry;
use crate::ops::offer::Offer;
use crate::ops::offer::definition_name;
use crate::ops::offer::properties::properties;

/// An offer as each subscription of a grant is to have it.
#[derive(Clone, Debug)]
pub(crate) struct WantedOffer {
    pub properties: RegistrationDefinitionProperties,
    /// Empty for the whole subscription.
    pub groups: Vec<String>,
    pub skips_missing_groups: bool,
    pub offer: Offer,
}

/// What is to exist.
#[derive(Clone, Debug)]
pub(crate) enum WantedThing {
    /// A definition with its assignments.
    Offer(Arc<WantedOffer>),
    /// Anything else.
    View(ItemView),
}

/// Why something whose grant says so goes.
const ABSENT: &str = "the grant says absent: true";

/// Why everything that `fleet destroy` is asked for goes.
pub(crate) const DESTROYED: &str = "`fleet destroy` removes it";

/// One item as the manifest wants it.
#[derive(Clone, Debug)]
pub(crate) struct WantedItem {
    pub key: ItemKey,
    pub via: ShareMethod,
    pub line: u32,
    pub grant: String,
    pub consumer: String,
    pub subscription: SubscriptionId,
    pub id: String,
    pub thing: WantedThing,
    /// Why the grant is to give nothing any more.
    pub absent: Option<&'static str>,
    /// Why it cannot be done, as far as the manifest and the directory show.
    pub blocked: Option<String>,
    /// Regions that the gallery's images have to be in.
    pub ready: Vec<String>,
}

/// What names became: tenants, roles, applications.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameBook {
    /// By the manifest's names of consumers.
    pub tenants: BTreeMap<String, TenantId>,
    /// The roles that came by a name which the built-in list does not have.
    pub roles: HashMap<String, RoleId>,
    /// None where the publisher's tenant does not know the application.
    pub applications: BTreeMap<ClientId, Option<PrincipalId>>,
    /// The smallest role that lets images be used.
    pub image_reader: Option<RoleId>,
}

impl NameBook {
    /// The role that a grant names, or the smallest that lets images be used.
    fn role_of(&self, grant: &FleetGrant) -> Option<RoleId> {
        let Some(given) = &grant.role else { return self.image_reader };
        match role::parse(&given.value) {
            Ok(RoleRef::Id(id)) => Some(id),
            Ok(RoleRef::Named(name)) => self.roles.get(&name).copied(),
            Err(_) => None,
        }
    }
}

/// Turns grants into items.
pub(crate) struct Expander<'a> {
    pub manifest: &'a Manifest,
    pub site: &'a PublisherSite,
    pub names: &'a NameBook,
    pub galleries: &'a GalleryIndex,
}

impl Expander<'_> {
    /// All items of the publisher, in the order of the manifest's grants.
    pub(crate) fn items(&self) -> Vec<WantedItem> {
        let mut items = Vec::new();
        for (at, grant) in self.manifest.grants.iter().enumerate() {
            if grant.from.value != self.site.name {
                continue;
            }
            match grant.via {
                ShareMethod::Delegation => self.offers(at, grant, &mut items),
                _ => self.of_galleries(grant, &mut items),
            }
        }
        items
    }

    fn offers(&self, at: usize, grant: &FleetGrant, items: &mut Vec<WantedItem>) {
        let selected = self.site.of_grant(grant);
        for made in self.manifest.offers.iter().filter(|made| made.grant == at) {
            let Some(tenant) = self.names.tenants.get(&made.consumer).copied() else { continue };
            let description = made.offer.description.clone();
            let wanted = Arc::new(WantedOffer {
                properties: properties(&made.offer, tenant, description, &self.names.roles),
                groups: made.offer.groups.iter().map(|group| group.value.clone()).collect(),
                skips_missing_groups: grant
                    .offer
                    .as_ref()
                    .is_some_and(|terms| terms.skips_missing_groups),
                offer: made.offer.clone(),
            });
            for subscription in selected.ids.iter().chain(&selected.unseen).copied() {
                let guid = definition_name(tenant, subscription, &made.offer.name);
                let id = subscription.to_string();
                let parts = [&*grant.name.value, &*self.site.name, &*id, &*made.consumer];
                let item = self.item(grant, &made.consumer, subscription, &parts);
                items.push(WantedItem {
                    id: definition_id(subscription, guid),
                    thing: WantedThing::Offer(Arc::clone(&wanted)),
                    blocked: selected.unseen.contains(&subscription).then(|| UNSEEN.to_owned()),
                    ..item
                });
            }
        }
    }

    fn of_galleries(&self, grant: &FleetGrant, items: &mut Vec<WantedItem>) {
        let selected = self.site.of_grant(grant);
        for subscription in &selected.ids {
            let known = self.galleries.by_subscription.get(subscription).into_iter().flatten();
            for gallery in known.filter(|known| selects_gallery(&grant.galleries, known)) {
                self.of_gallery(grant, *subscription, gallery, items);
            }
        }
        for id in &grant.galleries.ids {
            let Some((subscription, ..)) = gallery_parts(&id.value) else { continue };
            let Ok(subscription) = subscription.parse::<SubscriptionId>() else { continue };
            let known = self.galleries.by_subscription.get(&subscription).into_iter().flatten();
            if !known.into_iter().any(|known| known.id == id.value)
                || !selected.ids.contains(&subscription)
            {
                let gallery = Gallery { id: id.value.clone().into(), ..Gallery::default() };
                let from = items.len();
                self.of_gallery(grant, subscription, &gallery, items);
                for item in &mut items[from..] {
                    item.blocked = Some("the gallery does not exist in what the publisher selects, or cannot be seen".to_owned());
                }
            }
        }
    }

    fn of_gallery(
        &self,
        grant: &FleetGrant,
        subscription: SubscriptionId,
        gallery: &Gallery,
        items: &mut Vec<WantedItem>,
    ) {
        let Some((_, group, name)) = gallery_parts(&gallery.id) else { return };
        let id = subscription.to_string();
        let place = [&*grant.name.value, &*self.site.name, &*id, group, name];
        if let Some(terms) = &grant.community {
            let item = self.item(grant, "", subscription, &place);
            let view = ItemView::Community(CommunityStand {
                gallery: gallery.id.clone().into(),
                prefix: terms.prefix.value.clone(),
                publisher_uri: terms.publisher_uri.value.clone(),
                publisher_contact: terms.publisher_contact.value.clone(),
                eula: terms.eula.value.clone(),
            });
            let thing = WantedThing::View(view);
            items.push(WantedItem { id: gallery.id.clone().into(), thing, ..item });
            return;
        }
        for to in &grant.to {
            let parts: Vec<&str> = place.iter().copied().chain([&*to.value]).collect();
            match grant.via {
                ShareMethod::Direct => {
                    let Some(tenant) = self.names.tenants.get(&to.value) else { continue };
                    let (gallery, tenant) = (gallery.id.clone(), tenant.to_string());
                    let view =
                        ItemView::Direct(DirectStand { gallery: gallery.clone().into(), tenant });
                    let item = self.item(grant, &to.value, subscription, &parts);
                    items.push(WantedItem {
                        id: gallery.to_string(),
                        thing: WantedThing::View(view),
                        ..item
                    });
                }
                _ => self.roles(grant, &to.value, subscription, gallery, &parts, items),
            }
        }
    }

    /// The role of each principal at a gallery.
    fn roles(
        &self,
        grant: &FleetGrant,
        consumer: &str,
        subscription: SubscriptionId,
        gallery: &Gallery,
        parts: &[&str],
        items: &mut Vec<WantedItem>,
    ) {
        for (name, principal, kind) in self.principals(grant, consumer) {
            let parts: Vec<&str> =
                parts.iter().copied().chain((!name.is_empty()).then_some(&*name)).collect();
            let item = self.item(grant, consumer, subscription, &parts);
            let role = self.names.role_of(grant);
            let (Some(principal), Some(role)) = (principal, role) else {
                let why = match principal {
                    None => {
                        "the publisher's tenant does not know the application: `az-imageshare share app accept --help`"
                    }
                    Some(_) => "there is no such role in the publisher's tenant",
                };
                let thing = WantedThing::View(ItemView::Role(RoleStand::default()));
                items.push(WantedItem { thing, blocked: Some(why.to_owned()), ..item });
                continue;
            };
            let wanted = assignment::DesiredAssignment {
                scope: gallery.id.clone(),
                principal,
                principal_type: kind.unwrap_or_else(|| "ServicePrincipal".to_owned()),
                role,
                description: Some(self.description(grant)),
                delegated_identity: None,
            };
            let id = format!(
                "{}/providers/Microsoft.Authorization/roleAssignments/{}",
                gallery.id,
                assignment::name(&wanted)
            );
            let view = ItemView::Role(RoleStand {
                scope: wanted.scope.to_string(),
                principal_id: principal.to_string(),
                principal_type: Some(wanted.principal_type),
                role_definition_id: role.to_string(),
                description: wanted.description,
            });
            items.push(WantedItem { id, thing: WantedThing::View(view), ..item });
        }
    }

    /// Who gets a grant's role: name, id, type. An application has no name of its own.
    fn principals(
        &self,
        grant: &FleetGrant,
        consumer: &str,
    ) -> Vec<(String, Option<PrincipalId>, Option<String>)> {
        if let Some(application) = &grant.application {
            let found = self.names.applications.get(&application.value).copied().flatten();
            return vec![(String::new(), found, None)];
        }
        let known = self.manifest.consumers.get(consumer);
        let known = known.into_iter().flat_map(|known| &known.principals);
        known
            .filter(|(name, _)| grant.names(name))
            .map(|(name, found)| (name.clone(), Some(found.id.value), found.kind.clone()))
            .collect()
    }

    fn description(&self, grant: &FleetGrant) -> String {
        let text = grant.description.as_ref().map(|text| text.value.clone());
        let text = match &grant.expires {
            Some(day) => Some(expiry::record(text.as_deref().unwrap_or_default(), day.value)),
            None => text,
        };
        ownership::mark(text.as_deref(), &self.manifest.fleet)
    }

    fn item(
        &self,
        grant: &FleetGrant,
        consumer: &str,
        subscription: SubscriptionId,
        parts: &[&str],
    ) -> WantedItem {
        WantedItem {
            key: ItemKey::of(parts),
            via: grant.via,
            line: grant.at.line,
            grant: grant.name.value.clone(),
            consumer: consumer.to_owned(),
            subscription,
            id: String::new(),
            thing: WantedThing::View(ItemView::Role(RoleStand::default())),
            absent: grant.absent.then_some(ABSENT),
            blocked: None,
            ready: grant
                .ready
                .iter()
                .map(|region| region.value.replace(' ', "").to_lowercase())
                .collect(),
        }
    }
}

/// What is said of a subscription that is named and not to be seen.
pub(crate) const UNSEEN: &str = "the subscription does not exist, or this identity cannot see it";
