//! Operations that go on after the answer: asked about until they end.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations>

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use super::call::{Call, Reply};
use super::client::ServiceClient;
use super::error::{Refusal, RestError};
use super::service::Service;
use super::state::ProvisioningState;
use super::{answer, page};
use crate::transport::retry;

/// Hears of each state an operation passes through.
pub(crate) type Progress<'a> = dyn Fn(&str) + Send + Sync + 'a;

/// How long an operation is waited for, unless the caller says otherwise.
pub(crate) const LONGEST: Duration = Duration::from_secs(60 * 60);

impl<S: Service> ServiceClient<S> {
    /// Waits until the operation that `reply` started has ended, and gives its last answer.
    ///
    /// Asks as often as the service says. Giving up does not cancel: the operation goes on.
    ///
    /// # Errors
    /// - [`RestError::Refused`] with the operation's own reason if it fails or is cancelled.
    /// - [`RestError::StillRunning`] after `limit`.
    /// - [`RestError::UntrustedOrigin`] if the status address is elsewhere.
    pub async fn wait(
        &self,
        reply: Reply,
        limit: Duration,
        progress: &Progress<'_>,
    ) -> Result<Reply, RestError<S>> {
        let started = Instant::now();
        let Some(mut status_url) = self.status_address(&reply)? else {
            return ended_reply(reply);
        };
        // The first pause comes before the first question: the answer that started the operation has just said, in
        // `Retry-After`, when asking is worth it.
        let mut rounds = 0;
        let mut pause = self.pause(&reply, rounds);
        loop {
            // Checked before the pause: waiting without asking afterwards would be in vain.
            if started.elapsed() + pause > limit {
                return Err(RestError::StillRunning { seconds: started.elapsed().as_secs() });
            }
            tokio::time::sleep(pause).await;
            let call =
                Call { method: Method::GET, url: status_url.clone(), body: None, prefer: None };
            let reply = self.send(call).await?;
            let state = state_of(&reply);
            progress(&state);
            if ProvisioningState::from(state.as_str()).is_final() {
                return ended_reply(reply);
            }
            rounds += 1;
            pause = self.pause(&reply, rounds);
            // A 202 may name a new address for the next question (what-if does, every time).
            if let Some(next) = self.status_address(&reply)? {
                status_url = next;
            }
        }
    }

    /// As long as the service says; else from a second upwards, so that short work ends soon.
    fn pause(&self, reply: &Reply, rounds: u32) -> Duration {
        let pace = match rounds {
            0 if self.is_for_many => self.connection.poll_interval * LONG_JOB,
            _ if self.is_for_many => self.connection.poll_interval,
            _ => self.pace(rounds),
        };
        paced(retry::retry_after(&reply.headers, (self.connection.clock)()), pace)
    }

    /// How long to wait before question number `rounds` + 1 about something no operation stands for.
    pub fn pace(&self, rounds: u32) -> Duration {
        Duration::from_secs(1 << rounds.min(5)).min(self.connection.poll_interval)
    }

    /// Where the operation that `reply` started can be asked about, without what signs the address: its query, and a
    /// last segment that is not a GUID, since some services keep a token there.
    pub(crate) fn operation_path(&self, reply: &Reply) -> Option<String> {
        let url = self.status_address(reply).ok().flatten()?;
        let (above, last) = url.path().rsplit_once('/')?;
        let shown = if Uuid::try_parse(last).is_ok() { last } else { "…" };
        Some(format!("{above}/{shown}"))
    }

    fn status_address(&self, reply: &Reply) -> Result<Option<Url>, RestError<S>> {
        for (header, name) in
            [("azure-asyncoperation", "Azure-AsyncOperation"), ("location", "Location")]
        {
            // `Azure-AsyncOperation` goes first where both are there: it tells the state in every answer, `Location`
            // only by its HTTP status. Beside another status than 202, `Location` may be the address of what was
            // made (RFC 9110, 10.2.2). Source: the page at the head of this file.
            let accepted = name != "Location" || reply.status == StatusCode::ACCEPTED;
            if let Some(text) = reply.headers.get(header).and_then(|value| value.to_str().ok())
                && accepted
            {
                return page::trusted_url(&self.connection.endpoint, name, text).map(Some);
            }
        }
        Ok(None)
    }
}

/// How long to wait if the service said so much, or nothing, and the usual pace is this.
fn paced(told: Option<Duration>, pace: Duration) -> Duration {
    match told {
        // "At once", or a date that has passed: without a pause of our own, that is a busy loop.
        Some(wait) if wait < Duration::from_secs(1) => wait.max(pace),
        // A service that asks for an hour does not decide how long we seem to hang.
        Some(wait) => wait.min(LONGEST_PAUSE),
        None => pace.min(LONGEST_PAUSE),
    }
}

/// The state in an answer: its `status`, its resource's state, or what its HTTP status means.
fn state_of(reply: &Reply) -> String {
    // A status document has `status`; some services answer with the resource itself, whose state is one level
    // deeper; and a `Location` answers 202 without any body until the work is done.
    let told = reply
        .body
        .get("status")
        .or_else(|| reply.body.pointer("/properties/provisioningState"))
        .and_then(Value::as_str);
    match (told, reply.status) {
        (Some(state), _) => state.to_owned(),
        (None, StatusCode::ACCEPTED) => "Running".to_owned(),
        // Not the service's word: it is asked again.
        (None, _) if reply.body.get("error").is_some() => "Failed".to_owned(),
        (None, _) if answer::is_hollow(reply) => "Running".to_owned(),
        (None, _) => "Succeeded".to_owned(),
    }
}

fn ended_reply<S: Service>(reply: Reply) -> Result<Reply, RestError<S>> {
    let state = state_of(&reply);
    if ProvisioningState::from(state.as_str()).has_failed() {
        let error = reply.body.get("error").or_else(|| reply.body.pointer("/properties/error"));
        let mut refusal = Refusal::of_operation(
            error.unwrap_or(&Value::Null),
            answer::correlation_id(&reply.headers),
        );
        if error.is_none() {
            refusal.message = format!("the operation ended as {state}");
        }
        return Err(RestError::Refused(Box::new(refusal)));
    }
    Ok(reply)
}

/// Where there are many jobs, the first question comes after so many intervals: with the usual one after 15 s,
/// when a job of Lighthouse may have ended.
const LONG_JOB: u32 = 3;
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_is_in_a_hurry_is_not_asked_without_a_pause() {
        // adversary A10: `Retry-After: 0` was 6,000 questions in 10 s.
        let seconds = Duration::from_secs;
        assert_eq!(paced(Some(Duration::ZERO), seconds(2)), seconds(2));
        assert_eq!(paced(Some(Duration::from_millis(1)), seconds(2)), seconds(2));
        assert_eq!(paced(Some(seconds(5)), seconds(2)), seconds(5));
        assert_eq!(paced(Some(seconds(3_600)), seconds(2)), LONGEST_PAUSE);
        assert_eq!(paced(None, seconds(2)), seconds(2));
    }
}
