//! What a path of Microsoft Graph points at: a collection, one of its objects, something below it.

/// A parsed path, without the version.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The collection as the caller wrote it.
    pub(super) collection: String,
    /// Which of its objects.
    pub(super) key: Option<Key>,
    /// What comes after the object.
    pub(super) rest: Vec<String>,
}

/// How an object is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The property that is the key; `id` unless an alternate key is used.
    pub(super) name: String,
    /// Its value.
    pub(super) value: String,
}

impl Place {
    /// Reads `/v1.0/COLLECTION/ID/…` and `/v1.0/COLLECTION(KEY='VALUE')/…`.
    pub(super) fn parse(path: &str) -> Option<Place> {
        let mut segments = path.trim_matches('/').split('/').map(str::to_owned);
        let version = segments.next()?;
        if version != "v1.0" {
            return None;
        }
        let first = segments.next().filter(|first| !first.is_empty())?;
        let (collection, key) = match first.split_once('(') {
            Some((collection, key)) => (collection.to_owned(), Some(Key::parse(key)?)),
            None => (first, segments.next().map(Key::id)),
        };
        Some(Place { collection, key, rest: segments.collect() })
    }

    /// What comes after the object, for matching.
    pub(super) fn tail(&self) -> Vec<&str> {
        self.rest.iter().map(String::as_str).collect()
    }
}

impl Key {
    fn id(value: String) -> Key {
        Key { name: "id".to_owned(), value }
    }

    /// Reads `NAME='VALUE')` or `'VALUE')`.
    fn parse(text: &str) -> Option<Key> {
        let text = text.strip_suffix(')')?;
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, value),
            None => ("id", text),
        };
        let value = value.strip_prefix('\'')?.strip_suffix('\'')?;
        Some(Key { name: name.to_owned(), value: value.replace("''", "'") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_by_id_or_alternate_key() {
        let place = Place::parse("/v1.0/applications(appId='a-b')/addPassword").unwrap();
        assert_eq!(place.collection, "applications");
        let key = place.key.clone().unwrap();
        assert_eq!((key.name.as_str(), key.value.as_str()), ("appId", "a-b"));
        assert_eq!(place.tail(), ["addPassword"]);
        let plain = Place::parse("/v1.0/users/x@y").unwrap();
        assert_eq!(plain.key.unwrap().name, "id");
        assert!(Place::parse("/beta/users").is_none());
        assert!(Place::parse("/v1.0/applications(appId=a)").is_none());
    }
}
