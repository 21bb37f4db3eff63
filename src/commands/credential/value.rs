//! What may be behind an option of `credential`. What was typed is not repeated: it may be the secret.

use crate::id::{ClientId, TenantRef};
use crate::output::escape::escape_line;

/// A name may be in a file name, a table and a shell word without surprises.
pub(crate) fn credential_name(text: &str) -> Result<String, &'static str> {
    // Letters of every script; a blank would have to be quoted in each command that names it.
    let harmless = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let starts_well = text.starts_with(char::is_alphanumeric);
    let is_visible = escape_line(text) == text;
    if starts_well && is_visible && text.chars().count() <= 64 && text.chars().all(harmless) {
        Ok(text.to_owned())
    } else {
        Err(
            "a name is up to 64 letters, digits, '-', '_' and '.', and starts with a letter or digit",
        )
    }
}

/// Reads a tenant.
pub(super) fn tenant_value(text: &str) -> Result<TenantRef, &'static str> {
    text.parse().map_err(|_| "neither a tenant id (GUID) nor a domain name of a tenant")
}

/// Reads a client id.
pub(super) fn client_value(text: &str) -> Result<ClientId, &'static str> {
    text.parse()
        .map_err(|_| "not the application (client) id of an app registration, which is a GUID")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words() {
        for good in ["a", "Contoso-prod_2.x", "東京", "Zürich-2", &"é".repeat(64)] {
            assert_eq!(credential_name(good), Ok(good.to_owned()));
        }
        for bad in
            ["", "-a", ".a", "a b", "a/b", "a!", "a\n", "a\u{3164}", "e\u{301}", &"n".repeat(65)]
        {
            assert!(credential_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_was_typed_is_not_repeated() {
        let typed = "CANARY-7f3a9d";
        assert!(!tenant_value(typed).unwrap_err().contains(typed));
        assert!(!client_value(typed).unwrap_err().contains(typed));
    }
}
