//! Reads `config` and `clouds.config` as Python's ConfigParser does, because `az` writes them so.
//!
//! Own code because the two INI crates read such files differently: one takes a continuation line
//! for a key, the other loses the section after a key without a value.

use std::collections::BTreeMap;

/// Sections, each with its options; option names are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ini(BTreeMap<String, BTreeMap<String, String>>);

impl Ini {
    /// Reads `text`; lines that make no sense are skipped.
    pub fn parse(text: &str) -> Ini {
        let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let mut section: Option<&mut BTreeMap<String, String>> = None;
        let mut option = String::new();
        for line in text.trim_start_matches('\u{feff}').lines() {
            let bare = line.trim();
            if bare.is_empty() || bare.starts_with('#') || bare.starts_with(';') {
                continue;
            }
            if line.starts_with([' ', '\t'])
                && let Some(value) = section.as_mut().and_then(|known| known.get_mut(&option))
            {
                value.push('\n');
                value.push_str(bare);
            } else if let Some(name) =
                bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))
            {
                section = Some(sections.entry(name.to_owned()).or_default());
                option.clear();
            } else if let (Some(section), Some((name, value))) =
                (&mut section, bare.split_once(['=', ':']))
            {
                option = name.trim().to_lowercase();
                section.insert(option.clone(), value.trim().to_owned());
            }
        }
        Ini(sections)
    }

    /// The value of an option, if it is set and not empty. `%%` stands for `%`.
    pub fn value(&self, section: &str, option: &str) -> Option<String> {
        let value = self.0.get(section)?.get(&option.to_lowercase())?;
        (!value.is_empty()).then(|| value.replace("%%", "%"))
    }

    /// Sets an option, over what was there.
    pub fn set(&mut self, section: &str, option: &str, value: &str) {
        let section = self.0.entry(section.to_owned()).or_default();
        section.insert(option.to_lowercase(), value.replace('%', "%%"));
    }

    /// These sections over `weaker` ones.
    pub fn over(self, mut weaker: Ini) -> Ini {
        for (name, options) in self.0 {
            weaker.0.entry(name).or_default().extend(options);
        }
        weaker
    }

    /// The names of all options of a section.
    pub fn options(&self, section: &str) -> impl Iterator<Item = &str> {
        let options = self.0.get(section).into_iter().flatten();
        options.map(|(name, _)| name.as_str())
    }

    /// The names of all sections.
    pub fn sections(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// What ConfigParser takes for a boolean; `None` for anything else.
pub(crate) fn parse_boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "1" | "yes" | "true" | "on" => Some(true),
        "0" | "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_az_writes() {
        let ini = Ini::parse(
            "\u{feff}[cloud]\nname = AzureCloud\n\n[Defaults]\nGroup : rg 1\nempty =\n; note\nlong = a\n  b\n[core]\noutput=table\npercent = 100%%\n",
        );
        assert_eq!(ini.value("cloud", "NAME").as_deref(), Some("AzureCloud"));
        assert_eq!(ini.value("Defaults", "group").as_deref(), Some("rg 1"));
        assert_eq!(ini.value("defaults", "group"), None, "sections keep their case");
        assert_eq!(ini.value("Defaults", "empty"), None);
        assert_eq!(ini.value("Defaults", "long").as_deref(), Some("a\nb"));
        assert_eq!(ini.value("core", "percent").as_deref(), Some("100%"));
        assert_eq!(ini.sections().collect::<Vec<_>>(), ["Defaults", "cloud", "core"]);
    }

    #[test]
    fn booleans_are_those_of_configparser() {
        assert_eq!(parse_boolean("Yes"), Some(true));
        assert_eq!(parse_boolean("off"), Some(false));
        assert_eq!(parse_boolean("maybe"), None);
    }
}
