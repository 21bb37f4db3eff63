//! Resource ids as people name things: `rg-app` or `gallery/image/1.0.0`, without what all rows of a column share.

/// A resource id in its parts.
#[derive(Debug, PartialEq, Eq)]
struct ScopePath<'a> {
    subscription: Option<&'a str>,
    group: Option<&'a str>,
    /// What is below, from the outermost: the names without their types.
    names: Vec<&'a str>,
}

impl<'a> ScopePath<'a> {
    /// Takes an id apart; `None` for every other text.
    fn parse(id: &'a str) -> Option<ScopePath<'a>> {
        let inside = id.strip_prefix('/')?.trim_end_matches('/');
        let mut words = inside.split('/');
        let mut path = ScopePath { subscription: None, group: None, names: Vec::new() };
        let mut is_known = false;
        while let Some(kind) = words.next() {
            let name = words.next().filter(|name| !name.is_empty())?;
            match kind.to_ascii_lowercase().as_str() {
                "subscriptions" if !is_known => path.subscription = Some(name),
                "resourcegroups" if path.names.is_empty() => path.group = Some(name),
                "providers" => {}
                "sharedgalleries" | "communitygalleries" if !is_known => path.names.push(name),
                _ if !is_known => return None,
                _ => path.names.push(name),
            }
            is_known = true;
        }
        is_known.then_some(path)
    }

    fn shown(&self, without: Shared, label: impl Fn(&str) -> String) -> String {
        let below = self.group.is_some() || !self.names.is_empty();
        let subscription = self.subscription.filter(|_| !without.subscription || !below);
        let group = self.group.filter(|_| !without.group || self.names.is_empty());
        let mut parts: Vec<String> = subscription.map(label).into_iter().collect();
        parts.extend(group.into_iter().chain(self.names.iter().copied()).map(str::to_owned));
        parts.join("/")
    }
}

/// What all ids of a column have in common, and need not be said in each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shared {
    subscription: bool,
    group: bool,
}

impl Shared {
    /// Looks at all ids of a column; other texts do not count.
    pub(super) fn of<'a>(ids: impl Iterator<Item = &'a str>) -> Shared {
        let paths: Vec<ScopePath<'_>> = ids.filter_map(ScopePath::parse).collect();
        let same = |part: for<'b> fn(&'b ScopePath<'a>) -> Option<&'b str>| {
            let mut parts = paths.iter().map(part);
            let Some(Some(first)) = parts.next() else {
                return false;
            };
            parts.all(|other| other.is_some_and(|other| other.eq_ignore_ascii_case(first)))
        };
        let subscription = same(|path| path.subscription);
        Shared { subscription, group: subscription && same(|path| path.group) }
    }

    /// The id without that; `None` for a text that is not an id.
    pub(super) fn shorten(self, id: &str, label: impl Fn(&str) -> String) -> Option<String> {
        Some(ScopePath::parse(id)?.shown(self, label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortened(ids: &[&str]) -> Vec<String> {
        let shared = Shared::of(ids.iter().copied());
        let label = |id: &str| if id == "s1" { "Prod".to_owned() } else { id.to_owned() };
        ids.iter().map(|id| shared.shorten(id, label).unwrap_or_else(|| (*id).to_owned())).collect()
    }

    #[test]
    fn what_all_rows_share_is_left_out() {
        let image = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/i/versions/1.0.0";
        let gallery = "/subscriptions/s1/resourceGroups/RG/providers/Microsoft.Compute/galleries/g";
        assert_eq!(shortened(&[image, gallery]), ["g/i/1.0.0", "g"]);
        assert_eq!(shortened(&["/subscriptions/s1/resourceGroups/a"]), ["a"]);
        let other = "/subscriptions/s2/resourceGroups/rg/providers/Microsoft.Compute/galleries/h";
        assert_eq!(shortened(&[gallery, other]), ["Prod/RG/g", "s2/rg/h"]);
        assert_eq!(
            shortened(&["/subscriptions/s1", "/subscriptions/s1/resourceGroups/a"]),
            ["Prod", "a"]
        );
        assert_eq!(shortened(&[gallery, "/subscriptions/s1/resourceGroups/b"]), ["RG/g", "b"]);
    }

    #[test]
    fn other_texts_stay() {
        for text in ["/", "plain", "https://x/y", "/etc/passwd", "/subscriptions/", "a/b"] {
            assert_eq!(shortened(&[text]), [text]);
        }
        let group = "/providers/Microsoft.Management/managementGroups/mg";
        assert_eq!(shortened(&[group]), ["mg"]);
        assert_eq!(
            shortened(&["/CommunityGalleries/p-1/Images/i/Versions/1.0.0"]),
            ["p-1/i/1.0.0"]
        );
    }
}
