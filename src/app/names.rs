//! Names of tenants and subscriptions from earlier answers of Azure or `az`.

use super::App;
use crate::id::TenantId;
use crate::index::{Index, IndexScope, NameKind};
use crate::settings::az::ProfileSubscription;

/// The names that are known without asking anybody.
pub(crate) struct KnownNames {
    index: Index,
    scope: IndexScope,
    profile: Vec<ProfileSubscription>,
}

impl App {
    /// The name of a tenant: from an answer of this run, or of an earlier one.
    pub(crate) fn tenant_name(&self, id: TenantId) -> Option<String> {
        let id = id.to_string();
        let known = self.learned.name_of(&id).or_else(|| KnownNames::open(self).tenant(&id));
        known.or_else(|| self.learned.domain_of(&id))
    }
}

impl KnownNames {
    /// Opens the index of names and the subscriptions of the `az` login.
    pub(crate) fn open(app: &App) -> KnownNames {
        let scope = IndexScope { cloud: app.settings.cloud.name.clone(), ..IndexScope::default() };
        KnownNames {
            index: Index::open(&app.settings.home, app.now()),
            scope,
            profile: app.settings.az_subscriptions(),
        }
    }

    /// What people call a tenant, whose domain may be all that is known.
    pub(crate) fn tenant_title(&self, id: &str) -> Option<String> {
        self.note_of(NameKind::Tenant, id)
    }

    /// The name of a tenant: what people call it, or else a domain of it.
    pub(crate) fn tenant(&self, id: &str) -> Option<String> {
        self.tenant_title(id).or_else(|| {
            let mut domain = None;
            self.index.find(&self.scope, NameKind::Domain, "", &mut |found| {
                if found.key.eq_ignore_ascii_case(id) {
                    domain = Some(found.name.to_owned());
                }
            });
            domain
        })
    }

    /// How a sentence names a tenant: `tenant Fabrikam (8d2b…)`, or by its id alone.
    pub(crate) fn tenant_in_words(&self, id: TenantId) -> String {
        match self.tenant(&id.to_string()) {
            Some(name) => format!("tenant {name} ({id})"),
            None => format!("tenant {id}"),
        }
    }

    /// A subscription's id and name, by either.
    pub(crate) fn subscription(&self, named: &str) -> (Option<String>, Option<String>) {
        if let Some(found) = self.profile.iter().find(|found| found.is(named)) {
            return (Some(found.id.clone()), Some(found.name.clone()));
        }
        if uuid::Uuid::try_parse(named).is_ok() {
            return (Some(named.to_lowercase()), self.note_of(NameKind::SubscriptionId, named));
        }
        let mut id = None;
        self.index.find(&self.scope, NameKind::Subscription, named, &mut |found| {
            if found.name.eq_ignore_ascii_case(named) {
                id = Some(found.key.to_owned());
            }
        });
        (id, Some(named.to_owned()))
    }

    /// The ids of the images, and of versions, that identities of these tenants have seen.
    pub(crate) fn images(&self, tenants: &[TenantId]) -> Vec<String> {
        let tenants = tenants.iter().map(ToString::to_string).collect();
        let scope = IndexScope { tenants, ..self.scope.clone() };
        let mut ids = Vec::new();
        self.index.find(&scope, NameKind::Resource, "", &mut |found| {
            if found.name.to_ascii_lowercase().contains("/images/") {
                ids.push(match found.subscription {
                    "" => found.name.to_owned(),
                    subscription => format!("/subscriptions/{subscription}{}", found.name),
                });
            }
        });
        ids
    }

    /// The default subscription of the `az` login.
    pub(crate) fn az_default(&self) -> Option<&ProfileSubscription> {
        self.profile.iter().find(|found| found.is_default)
    }

    fn note_of(&self, kind: NameKind, id: &str) -> Option<String> {
        let mut note = None;
        self.index.find(&self.scope, kind, id, &mut |found| {
            if found.name.eq_ignore_ascii_case(id) && !found.note.is_empty() {
                note = Some(found.note.to_owned());
            }
        });
        note
    }
}
