//! Functions that make names: `guid`, `newGuid` and `uniqueString`.

use super::Answer;
use super::arguments::Arguments;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::{Uuid, uuid};

/// The namespace of `guid()`, proved by real deployments (Lighthouse facts, section 2.1).
const NAMESPACE: Uuid = uuid!("11fb06fb-712d-4ddd-98c7-e71bbd588830");
/// The letters of `uniqueString()`: names made with them are valid everywhere.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// How long a `uniqueString()` is.
const LENGTH: usize = 13;

/// Makes the id that the template function `guid()` makes of the same arguments.
pub fn guid(args: &[&str]) -> String {
    Uuid::new_v5(&NAMESPACE, args.join("-").as_bytes()).to_string()
}

/// Answers the naming functions.
pub(super) fn call(function: &str, arguments: &Arguments<'_>) -> Answer {
    Some(match function {
        "guid" => arguments
            .count(1, usize::MAX)
            .and_then(|()| arguments.texts())
            .map(|texts| Value::from(guid(&texts))),
        "uniquestring" => arguments
            .count(1, usize::MAX)
            .and_then(|()| arguments.texts())
            .map(|texts| Value::from(unique_string(&texts))),
        "newguid" => arguments.count(0, 0).map(|()| Value::from(Uuid::new_v4().to_string())),
        _ => return None,
    })
}

/// Makes 13 letters that depend on nothing but the arguments.
///
/// Microsoft does not publish how the real function hashes, so the letters differ from Azure's;
/// their number and alphabet are the documented ones.
fn unique_string(texts: &[&str]) -> String {
    let hash = Sha256::digest(texts.join("-").as_bytes());
    hash.iter().take(LENGTH).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

#[cfg(test)]
mod tests {
    use super::{guid, unique_string};

    #[test]
    fn guid_agrees_with_azure() {
        let definition = guid(&[
            "78643a83-bcc9-4a3b-ab7e-eeede0b3384e",
            "2b0de10d-6f29-4736-9952-f4a99e684c35",
            "acdd72a7-3385-48ef-bd42-f606fba81ae7",
            "Azawslab Release 2 Lighthouse Reader Delegation",
        ]);
        assert_eq!(definition, "fb8f2924-6706-5603-aeaa-c2756d7f3e42");
        assert_eq!(
            guid(&["bee0b8d3-954e-4ee0-a2a8-9861b3bbcacb", &definition]),
            "ba7d65bc-258b-5276-b1f3-0a4e4fd77787"
        );
        assert_eq!(guid(&["Relecloud Managed Services"]), "a284898a-fc04-581d-aca0-047861d06160");
    }

    #[test]
    fn a_unique_string_is_stable_and_has_the_documented_shape() {
        let one = unique_string(&["a", "b"]);
        assert_eq!(one, unique_string(&["a", "b"]));
        assert_ne!(one, unique_string(&["a", "c"]));
        assert_eq!(one.len(), 13);
        assert!(one.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit()));
    }
}
