//! Scopes as people speak of them: gallery, group and subscription, where a plan has a path.

use crate::id::{ResourceId, Scope};

/// Puts scopes behind a preposition into words. The console puts the name of a subscription beside its id. A command
/// between backticks stays as it is typed.
pub(super) fn places_in_words(text: &str) -> String {
    let part = |(at, part): (usize, &str)| {
        if at % 2 == 1 { part.to_owned() } else { in_prose(part) }
    };
    text.split('`').enumerate().map(part).collect::<Vec<_>>().join("`")
}

fn in_prose(text: &str) -> String {
    let mut said = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(ROOT) {
        let (head, tail) = rest.split_at(at);
        let end = tail.find(|c: char| c.is_whitespace() || ",;:".contains(c));
        let (id, behind) = tail.split_at(end.unwrap_or(tail.len()));
        said.push_str(head);
        match in_words(id).filter(|_| LEADS.iter().any(|lead| head.ends_with(lead))) {
            Some(words) => said.push_str(&words),
            None => said.push_str(id),
        }
        rest = behind;
    }
    said.push_str(rest);
    said
}

/// `None` for what is neither a subscription, a group, nor in a gallery.
fn in_words(id: &str) -> Option<String> {
    let scope: Scope = id.parse().ok()?;
    let place = match &scope.resource_group {
        Some(group) => format!("resource group '{group}' of subscription {}", scope.subscription),
        None => format!("subscription {}", scope.subscription),
    };
    if scope.to_string().eq_ignore_ascii_case(id) {
        return Some(place);
    }
    let resource: ResourceId = id.parse().ok()?;
    let is_ours = resource.namespace.eq_ignore_ascii_case("Microsoft.Compute");
    let gallery = resource.name_of("galleries").filter(|_| is_ours)?;
    let gallery = format!("gallery '{gallery}' in {place}");
    Some(match resource.segments.as_slice() {
        [_] => gallery,
        [_, (_, image)] => format!("image '{image}' of {gallery}"),
        [_, (_, image), (_, version)] => {
            format!("version {version} of image '{image}' of {gallery}")
        }
        _ => return None,
    })
}

const ROOT: &str = "/subscriptions/";
/// What is in front of a scope that a sentence is about; behind other words an id is to be copied.
const LEADS: [&str; 4] = [" at ", " in ", " of ", " on "];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_in_prose_are_put_into_words_and_ids_to_copy_stay() {
        const GROUP: &str = "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/g";
        const GALLERY: &str = "GROUP/providers/Microsoft.Compute/galleries/partners";
        let said = |text: &str| {
            let text = text.replace("GALLERY", GALLERY).replace("GROUP", GROUP);
            let said = places_in_words(&text).replace(GROUP, "GROUP");
            said.replace(GALLERY, "GALLERY").replace("5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101", "ID")
        };
        for (text, wanted) in [
            (
                "role 'R' of 'ada' at GALLERY, until",
                "role 'R' of 'ada' at gallery 'partners' in resource group 'g' of subscription ID, until",
            ),
            ("Roles of 'a' at GROUP:", "Roles of 'a' at resource group 'g' of subscription ID:"),
            ("role at /subscriptions/ID", "role at /subscriptions/ID"),
            (
                "sharing of GALLERY/images/i/versions/1.0.0 with",
                "sharing of version 1.0.0 of image 'i' of gallery 'partners' in resource group 'g' of subscription ID with",
            ),
            ("run `a --at GALLERY` at GALLERYs/a", "run `a --at GALLERY` at GALLERYs/a"),
            ("assignment GROUP", "assignment GROUP"),
            (
                "set at GROUP/providers/Microsoft.Network/virtualNetworks/v",
                "set at GROUP/providers/Microsoft.Network/virtualNetworks/v",
            ),
            ("at GROUP/", "at GROUP/"),
        ] {
            assert_eq!(said(text), wanted, "{text}");
        }
        let subscription = "at /subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101";
        assert_eq!(said(&format!("role {subscription}")), "role at subscription ID");
    }
}
