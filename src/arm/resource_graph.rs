//! Azure Resource Graph: what the signed-in identity may read, over all subscriptions, in one question.
//!
//! Source: <https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources>, version 2021-03-01.

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{ArmError, Client};
use crate::rest::{decode_reply, page};

const PATH: &str = "/providers/Microsoft.ResourceGraph/resources";
const VERSION: (&str, &str) = ("api-version", "2021-03-01");
/// Rows of one page: the most there may be.
const ROWS: usize = 1000;

#[derive(Deserialize)]
struct QueryAnswer<T> {
    data: Vec<T>,
    #[serde(rename = "$skipToken", default)]
    skip_token: Option<String>,
}

impl Client {
    /// Asks a question and reads the answer to its last page.
    pub async fn query_resources<T: DeserializeOwned>(
        &self,
        query: &str,
    ) -> Result<Vec<T>, ArmError> {
        let mut rows = Vec::new();
        let mut options = json!({"$top": ROWS, "resultFormat": "objectArray"});
        while rows.len() < page::MOST_ROWS {
            let body = json!({"query": query, "options": options});
            let reply = self.request(Method::POST, PATH, &[VERSION], Some(&body)).await?;
            let answer: QueryAnswer<T> = decode_reply(PATH, reply.body)?;
            rows.extend(answer.data);
            match answer.skip_token.filter(|token| !token.is_empty()) {
                None => return Ok(rows),
                // The same place again: the service goes round in a circle.
                Some(token) if options["$skipToken"] == token.as_str() => break,
                Some(token) => options["$skipToken"] = token.into(),
            }
        }
        Err(ArmError::Malformed { what: PATH.to_owned(), problem: "an endless list".into() })
    }
}
