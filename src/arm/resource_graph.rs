//! Azure Resource Graph: what the signed-in identity may read, over all subscriptions, in one question.
//!
//! Source: <https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources>, version
//! 2022-10-01, which is the first stable one with `authorizationScopeFilter`. Pages and truncation:
//! <https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data>. The client
//! keeps within the quota.

use std::pin::pin;

use futures_util::{StreamExt, stream};
use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{ArmError, Client};
use crate::id::SubscriptionId;
use crate::rest::{decode_reply, page};

const PATH: &str = "/providers/Microsoft.ResourceGraph/resources";
const VERSION: (&str, &str) = ("api-version", "2022-10-01");
/// Rows of one page: the most there may be.
const ROWS: usize = 1000;
/// Subscriptions that one question may name.
const MOST_SUBSCRIPTIONS: usize = 1000;
/// Questions about a thousand subscriptions each that are under way at the same time.
const BATCHES_AT_ONCE: usize = 2;

/// A question: what is read, and over which subscriptions.
#[derive(Clone, Debug)]
pub(crate) struct ResourceQuery<'a> {
    text: &'a str,
    subscriptions: &'a [SubscriptionId],
    with_inherited: bool,
    in_full: bool,
}

impl<'a> ResourceQuery<'a> {
    /// A question over everything that the identity sees. `text` is a table and its steps, and projects `id`: rows
    /// without it cannot be read beyond the first page. The order is added here, as pages lose rows without one.
    pub(crate) fn new(text: &'a str) -> ResourceQuery<'a> {
        ResourceQuery { text, subscriptions: &[], with_inherited: false, in_full: false }
    }

    /// Only over these, however many; all that is seen if there are none.
    pub(crate) fn in_subscriptions(self, subscriptions: &'a [SubscriptionId]) -> Self {
        ResourceQuery { subscriptions, ..self }
    }

    /// Role assignments and policies also from the management groups above.
    pub(crate) fn with_inherited(self) -> Self {
        ResourceQuery { with_inherited: true, ..self }
    }

    /// A part of the answer is of no use: where the identity sees more than one question reads, the first page says so,
    /// and the others are not asked for.
    pub(crate) fn in_full(self) -> Self {
        ResourceQuery { in_full: true, ..self }
    }

    fn body(&self, subscriptions: &[SubscriptionId], rows: usize) -> Value {
        let mut options = json!({"$top": rows, "resultFormat": "objectArray"});
        if self.with_inherited {
            options["authorizationScopeFilter"] = "AtScopeAboveAndBelow".into();
        }
        let mut body =
            json!({"query": format!("{} | order by id asc", self.text), "options": options});
        if !subscriptions.is_empty() {
            let ids: Vec<String> = subscriptions.iter().map(ToString::to_string).collect();
            body["subscriptions"] = ids.into();
        }
        body
    }
}

/// All rows of an answer.
#[derive(Clone, Debug)]
pub(crate) struct ResourceRows<T> {
    pub rows: Vec<T>,
    /// True if the identity sees more subscriptions than one question reads (10,000): name them.
    pub is_cut: bool,
}

#[derive(Deserialize)]
struct QueryAnswer<T> {
    data: Vec<T>,
    #[serde(rename = "$skipToken", default)]
    skip_token: Option<String>,
    #[serde(rename = "resultTruncated", default)]
    truncated: Option<String>,
}

impl Client {
    /// Asks a question and reads the answer to its last page.
    ///
    /// The rows are seconds to minutes old: no write is decided on them alone.
    ///
    /// # Errors
    /// What Azure refuses ([`ArmError::is_unknown_table`] among it); an answer that was cut off.
    pub(crate) async fn query_resources<T: DeserializeOwned>(
        &self,
        query: &ResourceQuery<'_>,
    ) -> Result<ResourceRows<T>, ArmError> {
        let mut batches: Vec<&[SubscriptionId]> =
            query.subscriptions.chunks(MOST_SUBSCRIPTIONS).collect();
        if batches.is_empty() {
            batches.push(&[]);
        }
        // One is read while the other is on its way.
        let answers = batches.into_iter().map(|batch| self.query_batch(query, batch));
        let mut answers = pin!(stream::iter(answers).buffered(BATCHES_AT_ONCE));
        let mut all = ResourceRows { rows: Vec::new(), is_cut: false };
        while let Some(found) = answers.next().await {
            let found = found?;
            all.rows.extend(found.rows);
            all.is_cut |= found.is_cut;
        }
        Ok(all)
    }

    async fn query_batch<T: DeserializeOwned>(
        &self,
        query: &ResourceQuery<'_>,
        batch: &[SubscriptionId],
    ) -> Result<ResourceRows<T>, ArmError> {
        let mut rows = ROWS;
        loop {
            match self.query_pages(query.body(batch, rows), query.in_full).await {
                // So many rows are too many bytes. From the beginning: a token is for the size it was given for.
                Err(err) if err.code() == "ResponsePayloadTooLarge" && rows > 1 => rows /= 2,
                other => return other,
            }
        }
    }

    async fn query_pages<T: DeserializeOwned>(
        &self,
        mut body: Value,
        in_full: bool,
    ) -> Result<ResourceRows<T>, ArmError> {
        let mut all = ResourceRows { rows: Vec::new(), is_cut: false };
        let mut limit = page::ListLimit::default();
        loop {
            let reply = self.request(Method::POST, PATH, &[VERSION], Some(&body)).await?;
            all.is_cut |= reply.headers.contains_key("x-ms-tenant-subscription-limit-hit");
            let size = reply.size;
            let answer: QueryAnswer<T> = decode_reply(PATH, reply.body)?;
            if !limit.allows(answer.data.len(), size) {
                break;
            }
            all.rows.extend(answer.data);
            if all.is_cut && in_full {
                return Ok(all);
            }
            match answer.skip_token.filter(|token| !token.is_empty()) {
                None if answer.truncated.as_deref() == Some("true") => {
                    return Err(malformed("an answer that was cut off, and no way to its rest"));
                }
                None => return Ok(all),
                // The same place again: the service goes round in a circle.
                Some(token) if body["options"]["$skipToken"] == token.as_str() => break,
                Some(token) => body["options"]["$skipToken"] = token.into(),
            }
        }
        Err(malformed("an endless list"))
    }
}

fn malformed(problem: &str) -> ArmError {
    ArmError::Malformed { what: PATH.to_owned(), problem: problem.to_owned() }
}

impl ArmError {
    /// True if Resource Graph has no such table, as in clouds that are behind: ask the provider itself.
    pub(crate) fn is_unknown_table(&self) -> bool {
        self.code() == "DisallowedLogicalTableName"
    }
}
