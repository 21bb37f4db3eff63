//! Whether a gallery's images are where they are to be used, before anything is shared; and whether they have ended.

use jiff::civil::Date;

use super::compare::JudgedItem;
use super::drift_kind::DriftKind;
use super::item::ItemChange;
use super::observe::galleries::GalleryIndex;
use super::view::ItemView;

/// Blocks what is not ready yet, and marks what no longer is.
pub(crate) fn settle(galleries: &GalleryIndex, items: &mut [JudgedItem], today: Date) {
    for item in items.iter_mut().filter(|item| !item.ready.is_empty()) {
        let gallery = gallery_of(item);
        let newest = galleries.newest.get(&gallery.to_lowercase());
        let mut lacking = Vec::new();
        for version in newest.into_iter().flatten() {
            let missing: Vec<&str> = item
                .ready
                .iter()
                .filter(|region| !version.regions.contains(region))
                .map(String::as_str)
                .collect();
            if !missing.is_empty() {
                lacking.push(format!(
                    "{} {} is not in {}",
                    version.image,
                    version.version,
                    missing.join(", ")
                ));
            }
            if let Some(day) = version.ends.filter(|day| *day < today) {
                let text = format!("{} {} ended on {day}", version.image, version.version);
                item.mark(DriftKind::VersionEndOfLife, text);
            }
        }
        if newest.is_none() {
            lacking.push("the gallery has no image version".to_owned());
        }
        if lacking.is_empty() {
            continue;
        }
        let why = lacking.join("; ");
        item.mark(DriftKind::NotReplicated, &why);
        if matches!(item.plan.change, ItemChange::Create | ItemChange::Update) {
            let blocked = item.clone().blocked(why);
            *item = blocked;
        }
    }
}

/// The gallery of an item; a role's is its scope.
fn gallery_of(item: &JudgedItem) -> String {
    match &item.plan.after {
        Some(ItemView::Role(role)) => role.scope.clone(),
        _ => match item.plan.id.to_lowercase().find("/providers/microsoft.authorization/") {
            Some(end) => item.plan.id[..end].to_owned(),
            None => item.plan.id.clone(),
        },
    }
}
