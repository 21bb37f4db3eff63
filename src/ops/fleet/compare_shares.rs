//! The same for what is shared gallery by gallery: roles, direct shares, community galleries.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::compare::{JudgedItem, described, gone, wanted_view};
use super::drift_kind::DriftKind;
use super::expand::WantedItem;
use super::item::ItemChange;
use super::view::{CommunityStand, ItemView, RoleStand};
use crate::arm::galleries::Gallery;
use crate::arm::role_assignments::RoleAssignment;

/// The kind of sharing with whole tenants.
const TENANTS: &str = "AADTenants";

/// Judges an item by a role.
pub(crate) fn judge_role(
    item: &WantedItem,
    publisher: &str,
    standing: &[RoleAssignment],
    today: Date,
) -> JudgedItem {
    let mut judged = JudgedItem::of(item, publisher);
    if let Some(why) = &item.blocked {
        return judged.blocked(why);
    }
    let Some(ItemView::Role(wanted)) = wanted_view(item) else { return judged };
    let own = standing.iter().find(|found| found.id == item.id);
    let before = own.map(|found| ItemView::Role(role_stand(found)));
    if let Some(why) = item.absent {
        return gone(judged, why, before, (DriftKind::ShareExtra, "the role is assigned"));
    }
    let same = standing.iter().find(|found| {
        found.is_at(&wanted.scope)
            && found.properties.principal_id == wanted.principal_id
            && found.role().is_some_and(|role| role.to_string() == wanted.role_definition_id)
    });
    let after = Some(ItemView::Role(wanted.clone()));
    match (own, same) {
        (Some(found), _) => {
            let description = found.properties.description.as_deref();
            described(description, wanted.description.as_deref(), today, &mut judged);
            if description == wanted.description.as_deref() {
                return judged.becoming(ItemChange::Keep, before, after);
            }
            let shown = |text: Option<&str>| text.unwrap_or_default().to_owned();
            judged.plan.why.push(format!(
                "~ description: '{}' becomes '{}'",
                shown(description),
                shown(wanted.description.as_deref())
            ));
            judged.becoming(ItemChange::Update, before, after)
        }
        // Azure takes no second one, and the first is not ours to change.
        (None, Some(_)) => {
            judged.plan.why.push("the role is assigned already, under another name".to_owned());
            judged.becoming(ItemChange::Keep, None, None)
        }
        (None, None) => {
            judged.mark(DriftKind::ShareMissing, "the role is not given");
            judged.becoming(ItemChange::Create, None, after)
        }
    }
}

/// Judges an item by direct sharing.
pub(crate) fn judge_direct(
    item: &WantedItem,
    publisher: &str,
    shares: &BTreeMap<String, Gallery>,
) -> JudgedItem {
    let mut judged = JudgedItem::of(item, publisher);
    let Some(ItemView::Direct(wanted)) = wanted_view(item) else { return judged };
    let gallery = match (&item.blocked, shares.get(&item.id.to_lowercase())) {
        (Some(why), _) => return judged.blocked(why),
        (None, None) => return judged.blocked("the gallery cannot be read"),
        (None, Some(gallery)) => gallery,
    };
    let is_shared = gallery
        .shared_with(TENANTS)
        .iter()
        .any(|tenant| tenant.eq_ignore_ascii_case(&wanted.tenant));
    let view = Some(ItemView::Direct(wanted.clone()));
    if let Some(why) = item.absent {
        let before = view.filter(|_| is_shared);
        return gone(judged, why, before, (DriftKind::ShareExtra, "it is shared"));
    }
    if is_shared {
        return judged.becoming(ItemChange::Keep, view.clone(), view);
    }
    judged.mark(DriftKind::ShareMissing, "the gallery is not shared with the tenant");
    if gallery.permissions() != "Groups" {
        let kind = gallery.permissions().to_lowercase();
        return judged.blocked(format!(
            "the gallery was made {kind}, and cannot be switched to direct sharing afterwards"
        ));
    }
    judged.becoming(ItemChange::Create, None, view)
}

/// Judges an item by the community.
pub(crate) fn judge_community(
    item: &WantedItem,
    publisher: &str,
    shares: &BTreeMap<String, Gallery>,
) -> JudgedItem {
    let mut judged = JudgedItem::of(item, publisher);
    let Some(ItemView::Community(wanted)) = wanted_view(item) else { return judged };
    let gallery = match (&item.blocked, shares.get(&item.id.to_lowercase())) {
        (Some(why), _) => return judged.blocked(why),
        (None, None) => return judged.blocked("the gallery cannot be read"),
        (None, Some(gallery)) => gallery,
    };
    let info = gallery.community().filter(|info| info.community_gallery_enabled);
    let before = info.map(|info| {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        ItemView::Community(CommunityStand {
            gallery: gallery.id.clone().into(),
            prefix: text(&info.public_name_prefix),
            publisher_uri: text(&info.publisher_uri),
            publisher_contact: text(&info.publisher_contact),
            eula: text(&info.eula),
        })
    });
    if let Some(why) = item.absent {
        return gone(judged, why, before, (DriftKind::ShareExtra, "it is public"));
    }
    if before.is_some() {
        // What strangers are told is fixed once a gallery is open.
        return judged.becoming(ItemChange::Keep, before.clone(), before);
    }
    judged.mark(DriftKind::ShareMissing, "the gallery is not public");
    if gallery.permissions() == "Groups" {
        return judged.blocked(
            "the gallery was made for direct sharing, and cannot be switched to the community",
        );
    }
    judged.becoming(ItemChange::Create, None, Some(ItemView::Community(wanted.clone())))
}

/// A role assignment as it is.
pub(crate) fn role_stand(found: &RoleAssignment) -> RoleStand {
    let properties = &found.properties;
    RoleStand {
        scope: properties.scope.to_string(),
        principal_id: properties.principal_id.clone().into(),
        principal_type: properties.principal_type.clone(),
        role_definition_id: found.role().map(|role| role.to_string()).unwrap_or_default(),
        description: properties.description.clone(),
    }
}
