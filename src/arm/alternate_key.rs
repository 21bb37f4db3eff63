//! Objects of Microsoft Graph that are named by a key of ours, and made by whoever writes them first.
//!
//! Source: <https://learn.microsoft.com/graph/api/application-upsert>

use http::Method;
use serde_json::Value;

use super::{ArmError, Call, Client, Reply};

impl Client {
    /// Changes an object of Graph that is named by an alternate key, or creates it.
    pub async fn upsert(&self, path: &str, body: &Value) -> Result<Reply, ArmError> {
        let (method, url) = (Method::PATCH, self.address(path, &[])?);
        let (body, prefer) = (Some(body), Some("create-if-missing"));
        self.send(Call { method, url, body, prefer }).await
    }
}
