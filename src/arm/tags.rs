//! Microsoft.Resources/tags: words kept with a resource, changed one by one without touching the others.
//!
//! Source: <https://learn.microsoft.com/rest/api/resources/tags/update-at-scope>, version 2021-04-01.

use std::collections::BTreeMap;

use http::Method;
use serde_json::json;

use super::{ArmError, Client, Reply};

const VERSION: (&str, &str) = ("api-version", "2021-04-01");

/// The action that changing tags is.
pub(crate) const WRITE: &str = "Microsoft.Resources/tags/write";

/// What to do with some tags of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagOperation {
    /// Add them, or give them another value.
    Merge,
    /// Remove those that have this name and value.
    Delete,
}

impl Client {
    /// Changes some tags of a resource, and leaves the others. The answer has to be waited for.
    pub async fn change_tags(
        &self,
        resource: &str,
        operation: TagOperation,
        tags: &BTreeMap<String, String>,
    ) -> Result<Reply, ArmError> {
        let operation = match operation {
            TagOperation::Merge => "Merge",
            TagOperation::Delete => "Delete",
        };
        let path = format!("{resource}/providers/Microsoft.Resources/tags/default");
        let body = json!({"operation": operation, "properties": {"tags": tags}});
        self.request(Method::PATCH, &path, &[VERSION], Some(&body)).await
    }
}
