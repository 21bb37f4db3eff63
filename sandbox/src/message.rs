//! One request as it came in and one answer as it goes out, free of the HTTP library.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ArmError;

/// Where a request came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Listener {
    /// Entra ID.
    Login,
    /// Azure Resource Manager.
    Management,
    /// Microsoft Graph.
    Graph,
    /// A host that is not Azure; it only journals.
    Elsewhere,
}

/// A request, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) listener: Listener,
    pub(crate) method: String,
    /// Percent-decoded path.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Request {
    /// The value of a query parameter, whose name is not case-sensitive.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The api-version asked for, or the empty string.
    pub(crate) fn api_version(&self) -> &str {
        self.query("api-version").unwrap_or_default()
    }

    /// The body as strict JSON.
    pub(crate) fn json(&self) -> Result<Value, ArmError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            ArmError::bad(
                "InvalidRequestContent",
                format!(
                    "The request content was invalid and could not be deserialized: '{error}'."
                ),
            )
        })
    }

    /// The body as form fields.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

/// An answer before faults are laid over it.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(status: u16, value: &Value) -> Reply {
        Reply {
            status,
            headers: vec![(
                "Content-Type".to_owned(),
                "application/json; charset=utf-8".to_owned(),
            )],
            body: Bytes::from(value.to_string()),
        }
    }

    pub(crate) fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: Bytes::new() }
    }

    pub(crate) fn text(status: u16, content_type: &str, body: impl Into<Bytes>) -> Reply {
        Reply {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl From<ArmError> for Reply {
    fn from(error: ArmError) -> Reply {
        let reply = Reply::json(error.status, &error.body());
        match error.challenge {
            Some(challenge) => reply.header("WWW-Authenticate", challenge),
            None => reply,
        }
    }
}
