//! The other way round: which name belongs to an id, for tables and text.

use std::collections::BTreeMap;

use super::{Index, IndexScope, NameKind};

/// What is found by an id, the first before the others.
const BY_ID: [NameKind; 4] =
    [NameKind::Tenant, NameKind::SubscriptionId, NameKind::PrincipalId, NameKind::RoleId];

impl Index {
    /// The name of the tenant, subscription, principal or role with this id in a cloud, as far as an answer of Azure
    /// had it.
    pub fn name_of(&self, cloud: &str, id: &str) -> Option<String> {
        let scope = IndexScope { cloud: cloud.to_owned(), ..IndexScope::default() };
        BY_ID.into_iter().find_map(|kind| self.note_of(&scope, kind, id)).or_else(|| {
            let mut name = None;
            self.find(&scope, NameKind::Domain, "", &mut |domain| {
                if domain.key.eq_ignore_ascii_case(id) {
                    name = Some(domain.name.to_owned());
                }
            });
            name
        })
    }

    /// Every name that [`Index::name_of`] may give in a cloud, by id in lower case: for a table of thousands of ids, each
    /// of which would be looked for in the file.
    pub fn all_names(&self, cloud: &str) -> BTreeMap<String, String> {
        let scope = IndexScope { cloud: cloud.to_owned(), ..IndexScope::default() };
        let mut names = BTreeMap::new();
        self.find(&scope, NameKind::Domain, "", &mut |domain| {
            names.insert(domain.key.to_lowercase(), domain.name.to_owned());
        });
        for kind in BY_ID.into_iter().rev() {
            self.find(&scope, kind, "", &mut |found| {
                if !found.note.is_empty() {
                    names.insert(found.name.to_lowercase(), found.note.to_owned());
                }
            });
        }
        names
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
