//! The tags that say what a version is a copy of: nothing else identifies it.

use std::collections::BTreeMap;

/// What a version is a copy of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CopyMark {
    /// The id of the image, without a version: that of its owner, of a direct share, or of the community.
    pub source: String,
    /// The name of its version.
    pub version: String,
}

impl CopyMark {
    /// The tags of a copy. A long id takes more than one.
    pub(crate) fn tags(&self) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::new();
        let letters: Vec<char> = self.source.chars().collect();
        for (at, part) in letters.chunks(LONGEST_VALUE).enumerate() {
            tags.insert(source_tag(at), part.iter().collect());
        }
        tags.insert(VERSION.to_owned(), self.version.clone());
        tags
    }

    /// What these tags say, if they are those of a copy. Names of tags are not case-sensitive.
    pub(crate) fn of(tags: Option<&BTreeMap<String, String>>) -> Option<CopyMark> {
        let tags = tags?;
        let value = |name: &str| {
            let mut known = tags.iter();
            known.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let parts = (0..).map_while(|at| value(&source_tag(at)));
        let source: String = parts.map(String::as_str).collect();
        let version = value(VERSION)?.clone();
        (!source.is_empty()).then_some(CopyMark { source, version })
    }

    /// True if both are the same version of the same image.
    pub(crate) fn is(&self, other: &CopyMark) -> bool {
        self.source.eq_ignore_ascii_case(&other.source)
            && self.version.eq_ignore_ascii_case(&other.version)
    }
}

fn source_tag(at: usize) -> String {
    if at == 0 { SOURCE.to_owned() } else { format!("{SOURCE}-{}", at + 1) }
}

const SOURCE: &str = "az-imageshare-source";
const VERSION: &str = "az-imageshare-source-version";

/// Source: <https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations>
const LONGEST_VALUE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back_however_long_its_id() {
        for length in [40, 256, 257, 600] {
            let mark =
                CopyMark { source: format!("/{}", "x".repeat(length)), version: "1.0.0".into() };
            let tags = mark.tags();
            assert!(tags.values().all(|value| value.len() <= LONGEST_VALUE));
            assert_eq!(CopyMark::of(Some(&tags)), Some(mark));
        }
    }

    #[test]
    fn other_tags_are_no_mark() {
        let tags = |name: &str| BTreeMap::from([(name.to_owned(), "1.0.0".to_owned())]);
        assert_eq!(CopyMark::of(Some(&tags("owner"))), None);
        assert_eq!(CopyMark::of(Some(&tags(VERSION))), None);
        assert_eq!(CopyMark::of(None), None);
    }
}
