//! What comes in as a secret: cleaned of what editors and shells add, and refused if it cannot be one.

use std::path::Path;

use zeroize::Zeroizing;

use super::Secret;

/// Why something cannot be a secret. No variant repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Nothing is left after cleaning.
    #[error("the secret is empty")]
    Empty,
    /// It is a GUID, and no secret of Entra is one.
    #[error("this looks like the Secret ID, not its Value")]
    SecretId,
    /// It is larger than any secret.
    #[error("the secret is larger than 64 KiB")]
    TooLarge,
    /// It is not text.
    #[error("the secret is not UTF-8 text")]
    NotText,
    /// Someone's quoting came along.
    #[error("the secret is in quotes, and secrets have none")]
    Quoted,
    /// It has line breaks or NUL inside.
    #[error("the secret has line breaks or control characters inside")]
    ControlCharacters,
    /// It is a document that holds a secret among other things.
    #[error("the secret is a JSON document, not a secret alone")]
    Document,
    /// Someone's rule is against it; the rule never repeats it.
    #[error("{0}")]
    Rule(&'static str),
}

/// The largest secret, in bytes.
pub(crate) const LARGEST: usize = 64 * 1024;

/// Makes a client secret of what was read: one line ending and a byte order mark are taken off.
pub(crate) fn client_secret(read: Vec<u8>) -> Result<Secret, InputError> {
    if is_document(&read) {
        return Err(InputError::Document);
    }
    let secret = clean_text(read)?;
    if uuid::Uuid::try_parse(&secret).is_ok() {
        return Err(InputError::SecretId);
    }
    if ['"', '\''].iter().any(|&quote| {
        let inside = secret.strip_prefix(quote);
        inside.is_some_and(|inside| inside.ends_with(quote))
    }) {
        return Err(InputError::Quoted);
    }
    Ok(Secret::new(secret.to_string()))
}

/// True of the document of `az ad sp create-for-rbac`, in one line or in several.
fn is_document(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read);
    let text = text.trim_start_matches('\u{feff}').trim();
    let keys = ["\"clientSecret\"", "\"password\"", "\"clientId\"", "\"appId\""];
    text.starts_with('{') && text.ends_with('}') && keys.iter().any(|key| text.contains(key))
}

/// Makes a password of what was read. It may be a GUID: people use them so.
pub(crate) fn read_password(read: Vec<u8>) -> Result<Secret, InputError> {
    Ok(Secret::new(clean_text(read)?.to_string()))
}

/// A path that leads nowhere is not repeated at all: it may be the secret, typed in its place.
pub(crate) fn shown_missing(path: &Path, err: &std::io::Error) -> String {
    match err.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::InvalidFilename => {
            "the file that was named".to_owned()
        }
        _ => shown_path(path),
    }
}

/// A path as messages may repeat it: where a file belongs, people put the key or token itself.
pub(crate) fn shown_path(path: &Path) -> String {
    let text = path.display().to_string();
    let is_value = |part: std::path::Component<'_>| {
        let part = part.as_os_str();
        // No file system has longer names; and every token begins so.
        part.len() > 255 || part.to_string_lossy().starts_with("eyJ")
    };
    if text.chars().any(char::is_control) || path.components().any(is_value) {
        return "what seems to be the key or token itself, not a file's name".to_owned();
    }
    text
}

/// Makes a password of what was read, unless a rule is against it.
pub(crate) fn password_by(
    read: Vec<u8>,
    broken: impl Fn(&str) -> Option<&'static str>,
) -> Result<Secret, InputError> {
    let text = clean_text(read)?;
    match broken(&text) {
        Some(rule) => Err(InputError::Rule(rule)),
        None => Ok(Secret::new(text.to_string())),
    }
}

fn clean_text(read: Vec<u8>) -> Result<Zeroizing<String>, InputError> {
    let read = Zeroizing::new(read);
    if read.len() > LARGEST {
        return Err(InputError::TooLarge);
    }
    let text = std::str::from_utf8(&read).map_err(|_| InputError::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text);
    if text.trim().is_empty() {
        return Err(InputError::Empty);
    }
    if text.chars().any(char::is_control) {
        return Err(InputError::ControlCharacters);
    }
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_cleaned_or_refused() {
        let large = "x".repeat(LARGEST + 1);
        let guid = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
        let table: [(&str, Result<&str, InputError>); 16] = [
            ("abc~1", Ok("abc~1")),
            ("abc\n", Ok("abc")),
            ("abc\r\n", Ok("abc")),
            ("\u{feff}abc\n", Ok("abc")),
            (" abc ", Ok(" abc ")),
            ("abc\n\n", Err(InputError::ControlCharacters)),
            ("a\nb", Err(InputError::ControlCharacters)),
            ("a\0b", Err(InputError::ControlCharacters)),
            ("", Err(InputError::Empty)),
            ("\r\n", Err(InputError::Empty)),
            ("   \n", Err(InputError::Empty)),
            (guid, Err(InputError::SecretId)),
            ("\"abc\"", Err(InputError::Quoted)),
            ("'abc'\n", Err(InputError::Quoted)),
            ("'abc", Ok("'abc")),
            (&large, Err(InputError::TooLarge)),
        ];
        for (read, expected) in table {
            let found = client_secret(read.as_bytes().to_vec());
            let expected = expected.map(|text| Secret::new(text.to_owned()));
            assert_eq!(found, expected);
        }
        assert_eq!(client_secret(vec![0xff]), Err(InputError::NotText));
        assert!(read_password(guid.into()).is_ok());
    }

    #[test]
    fn what_is_no_file_name_is_not_repeated() {
        let long = format!("keys/{}", "A".repeat(300));
        for value in ["-----BEGIN PRIVATE KEY-----\nMII", "keys/eyJhbGci.eyJhdWQi.c2ln", &long] {
            assert!(shown_path(Path::new(value)).starts_with("what seems"), "{value}");
        }
        assert_eq!(shown_path(Path::new("keys/key one.pem")), "keys/key one.pem");
    }
}
