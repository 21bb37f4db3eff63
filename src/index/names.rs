//! The other way round: which name belongs to an id, for tables and text.

use super::{Index, IndexScope, NameKind};

impl Index {
    /// The name of the tenant, subscription, principal or role with this id in a cloud, as far as an answer of Azure
    /// had it.
    pub fn name_of(&self, cloud: &str, id: &str) -> Option<String> {
        let scope = IndexScope { cloud: cloud.to_owned(), ..IndexScope::default() };
        let by_id =
            [NameKind::Tenant, NameKind::SubscriptionId, NameKind::PrincipalId, NameKind::RoleId];
        by_id.into_iter().find_map(|kind| self.note_of(&scope, kind, id)).or_else(|| {
            let mut name = None;
            self.find(&scope, NameKind::Domain, "", &mut |domain| {
                if domain.key.eq_ignore_ascii_case(id) {
                    name = Some(domain.name.to_owned());
                }
            });
            name
        })
    }

    /// What is noted for people on what has exactly this name.
    fn note_of(&self, scope: &IndexScope, kind: NameKind, name: &str) -> Option<String> {
        let mut note = None;
        self.find(scope, kind, name, &mut |found| {
            if found.name.eq_ignore_ascii_case(name) && !found.note.is_empty() {
                note = Some(found.note.to_owned());
            }
        });
        note
    }
}
