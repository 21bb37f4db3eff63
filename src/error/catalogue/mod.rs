//! Every error that is known by its code or by its words: what it means, why it comes, what to do.
//!
//! One source for the hints of this program's errors, for `doctor --error`, and for docs/errors.md. An entry's first
//! fix is its hint. Names in braces match whatever the message has there; a fix may repeat them.

mod az;
mod builder;
mod computer;
mod entra;
mod entry;
mod graph;
mod lighthouse;
pub mod program;
mod resource_manager;
mod roles;
mod sharing;
mod template;

pub use entry::KnownError;

/// The subjects of the catalogue with their entries, in the order of docs/errors.md.
pub static SUBJECTS: [(&str, &[KnownError]); 10] = [
    ("Sign-in (Microsoft Entra)", entra::ENTRIES),
    ("Resource Manager", resource_manager::ENTRIES),
    ("Deployments and templates", template::ENTRIES),
    ("Azure Lighthouse", lighthouse::ENTRIES),
    ("Roles", roles::ENTRIES),
    ("Galleries and virtual machines", sharing::ENTRIES),
    ("Image Builder", builder::ENTRIES),
    ("Microsoft Graph", graph::ENTRIES),
    ("Azure CLI", az::ENTRIES),
    ("This computer", computer::ENTRIES),
];

/// All entries.
pub fn all_entries() -> impl Iterator<Item = &'static KnownError> {
    SUBJECTS.iter().flat_map(|(_, entries)| entries.iter())
}

/// The entry that stands for `code`: the first one; later ones with the same code go by their words.
pub fn by_code(code: &str) -> Option<&'static KnownError> {
    all_entries().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

/// The entry of an `AADSTS` number.
pub fn by_number(number: i64) -> Option<&'static KnownError> {
    by_code(&format!("AADSTS{number}"))
}

/// The entry of the first `AADSTS` number in a text.
pub fn entry_by_number(text: &str) -> Option<&'static KnownError> {
    let (_, rest) = text.split_once("AADSTS")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    by_number(rest[..end].parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_complete_and_in_the_house_style() {
        for entry in all_entries() {
            let KnownError { code, title, cause, .. } = entry;
            assert!(!title.ends_with('.') && !title.is_empty(), "{code}: {title}");
            assert!(cause.ends_with('.'), "{code}: {cause}");
            assert!(!entry.fixes.is_empty(), "{code}");
            for fix in entry.fixes {
                assert!(fix.ends_with('.') || fix.ends_with('`'), "{code}: {fix}");
            }
            for link in entry.links {
                assert!(link.starts_with("https://"), "{code}: {link}");
            }
            assert!(!code.contains(' '), "{code}");
        }
    }

    #[test]
    fn a_later_entry_of_a_code_has_words_to_go_by() {
        let mut seen = std::collections::BTreeSet::new();
        for entry in all_entries() {
            let first = seen.insert(entry.code);
            assert!(first || !entry.texts.is_empty(), "{} twice", entry.code);
        }
    }

    #[test]
    fn every_name_in_a_fix_is_in_a_text() {
        for entry in all_entries() {
            for fix in entry.fixes {
                let names = fix.split('{').skip(1).filter_map(|rest| rest.split('}').next());
                for name in names.filter(|name| name.chars().all(char::is_alphabetic)) {
                    let placed = format!("{{{name}}}");
                    let found = entry.texts.iter().any(|text| text.contains(&placed));
                    assert!(found, "{}: {placed} in '{fix}'", entry.code);
                }
            }
        }
    }
}
