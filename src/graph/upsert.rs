//! Objects of Microsoft Graph that are named by a key of this program, and made by the one who writes them first.
//!
//! Source: <https://learn.microsoft.com/graph/api/application-upsert>

use serde_json::Value;

use super::{Client, GraphError};
use crate::rest::Reply;

impl Client {
    /// Changes an object of Graph that is named by an alternate key, or creates it.
    pub(crate) async fn upsert(&self, path: &str, body: &Value) -> Result<Reply, GraphError> {
        self.patch_preferring(path, body, "create-if-missing").await
    }
}
