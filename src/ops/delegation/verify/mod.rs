//! Proves a delegation from the consumer's side, waiting while it may still be on its way.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::inventory::{self, Side};
pub(crate) use super::lookup::OfferQuery;
use super::lookup::{self, Known};
use crate::app::App;
use crate::arm::Client;
use crate::auth::{AccessToken, AuthError, TokenRequest, TokenSource};
use crate::error::{Error, Kind, Result};
use crate::graph::Directory;
use crate::id::TenantId;

mod access;
mod check;
mod probe;

use crate::ops::site::Site;
pub(crate) use check::VerifyCheck;
use probe::Probe;

/// What was found out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verification {
    pub name: String,
    /// True if every check is.
    pub ok: bool,
    /// From cause to effect; they end where the first one fails.
    pub checks: Vec<VerifyCheck>,
}

/// What counts as right, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VerifyOptions {
    /// How long to wait for what is still on its way.
    pub timeout: Duration,
    /// Whether a scope without images is a failure.
    pub require_images: bool,
}

/// Looks at a delegation as the consumer's `credential`, again and again until all is right, nothing
/// more can come, or the timeout is over.
///
/// # Errors
/// If there is no such delegation or credential, or no answer at all.
pub(crate) async fn verify(
    app: &App,
    subscription: Option<&str>,
    wanted: &OfferQuery,
    credential: &str,
    options: VerifyOptions,
) -> Result<Verification> {
    let tokens = app.tokens_of(credential)?;
    let publisher = Publisher::look(app, subscription, wanted, tokens.home_tenant()).await?;
    let VerifyOptions { timeout, require_images } = options;
    let consumer = Consumer { app, tokens, subscription, publisher, wanted, require_images };
    let started = Instant::now();
    let mut round = 0;
    loop {
        let checks = consumer.round(round).await?;
        let pause = pause(app, round);
        let on_its_way = is_on_its_way(&checks);
        // Without a pause (tests) a service that never gets there would be asked for ever.
        let over = started.elapsed() + pause > timeout || round >= MOST_ROUNDS;
        if !on_its_way || over {
            return Ok(consumer.verdict(checks));
        }
        let missing = checks.iter().find(|check| !check.ok);
        let missing = missing.map_or("", |check| check.detail.as_str());
        let seconds = pause.as_secs();
        app.reporter.step(&format!("Waiting for {missing}; next check in {seconds} s…"));
        tokio::time::sleep(pause).await;
        round += 1;
    }
}

/// True if something is missing, and all that is missing may still arrive.
fn is_on_its_way(checks: &[VerifyCheck]) -> bool {
    let mut wrong = checks.iter().filter(|check| !check.ok).peekable();
    wrong.peek().is_some() && wrong.all(|check| check.passing)
}

/// Longer each time, up to half a minute: Lighthouse takes up to 15 minutes.
fn pause(app: &App, round: u32) -> Duration {
    app.settings.poll_interval * (round + 1).min(6)
}

/// What the run's own identity can read of the delegation.
enum Publisher<'a> {
    /// It is in the publisher's tenant and sees it.
    Sees(Box<(Site<'a>, Known)>),
    /// It could look, and there is none.
    Misses,
    /// There is none, or it is another identity, or the consumer.
    Blind,
}

impl<'a> Publisher<'a> {
    async fn look(
        app: &'a App,
        subscription: Option<&str>,
        wanted: &OfferQuery,
        consumer: Option<TenantId>,
    ) -> Result<Publisher<'a>> {
        let site = match Site::open(app, subscription).await {
            Ok(site) => site,
            Err(err) if err.kind() == Kind::SignIn => return Ok(Publisher::Blind),
            Err(err) => return Err(err),
        };
        let found = match inventory::survey(&site, &[Side::Given]).await {
            Ok(found) => found,
            Err(err) => {
                let why = format!("Cannot look from the publisher's side: {err}");
                app.reporter.step(&why);
                return Ok(Publisher::Blind);
            }
        };
        match lookup::find(found, wanted) {
            Ok(known) => Ok(Publisher::Sees(Box::new((site, known)))),
            Err(err) if err.kind() == Kind::Usage => Err(err),
            // The consumer's own tenant has given nothing, and knows nothing of the publisher's.
            Err(_) if site.client.tenant() == consumer => Ok(Publisher::Blind),
            Err(_) => Ok(Publisher::Misses),
        }
    }
}

struct Consumer<'a> {
    app: &'a App,
    tokens: Arc<dyn TokenSource>,
    subscription: Option<&'a str>,
    publisher: Publisher<'a>,
    wanted: &'a OfferQuery,
    require_images: bool,
}

impl Consumer<'_> {
    async fn round(&self, round: u32) -> Result<Vec<VerifyCheck>> {
        let token = match self.sign_in(round % ROUNDS_PER_TOKEN == ROUNDS_PER_TOKEN - 1).await? {
            Ok(token) => token,
            Err(check) => return Ok(vec![check]),
        };
        let mut checks = vec![VerifyCheck::right("sign-in", "the credential signs in")];
        let tenant = Some(token.tenant);
        let client = self.app.arm_as(self.tokens.clone(), tenant)?;
        let directory = Directory::new(self.app.graph_as(self.tokens.clone(), tenant)?);
        let known = match self.delegation(&client, token.tenant).await? {
            Ok(known) => known,
            Err(check) => {
                checks.push(check);
                return Ok(checks);
            }
        };
        let probe = Probe {
            app: self.app,
            client: &client,
            directory: &directory,
            me: token.object_id(),
            tenant: token.tenant,
            known: &known,
            require_images: self.require_images,
        };
        checks.extend(probe.look().await?);
        Ok(checks)
    }

    /// Into the delegation's tenant where it is known, else into the credential's own.
    async fn sign_in(&self, renew: bool) -> Result<Result<AccessToken, VerifyCheck>> {
        let tenant = match &self.publisher {
            Publisher::Sees(seen) => seen.1.consumer(),
            _ => self.wanted.consumer,
        };
        let request = TokenRequest { tenant, scope: self.app.settings.cloud.arm_scope(), renew };
        match self.tokens.token(&request).await {
            Ok(token) => Ok(Ok(token)),
            Err(AuthError::OtherTenant { name, tenant }) => Ok(Err(VerifyCheck::wrong(
                "tenant",
                format!(
                    "credential '{name}' is not for tenant {tenant}, which the delegation is for"
                ),
                format!("Use a credential of tenant {tenant} with --as."),
            ))),
            Err(err) => refused(err.into()).map(Err),
        }
    }

    /// The delegation as it is now: from the publisher's side if possible, else as it has arrived.
    async fn delegation(
        &self,
        client: &Client,
        tenant: TenantId,
    ) -> Result<Result<Known, VerifyCheck>> {
        if let Publisher::Sees(seen) = &self.publisher {
            let (publisher, known) = seen.as_ref();
            return Ok(Ok(refreshed(&publisher.client, known).await?));
        }
        let survey = inventory::survey(
            &Site::with(self.app, client.clone(), self.subscription),
            &[Side::Received],
        )
        .await;
        let found = survey.and_then(|survey| lookup::find(survey, self.wanted));
        match (found, &self.publisher) {
            (Ok(known), _) => Ok(Ok(known)),
            (Err(err), Publisher::Misses) if err.kind() == Kind::NotFound => Err(err),
            (Err(err), _) if matches!(err.kind(), Kind::NotFound | Kind::Failure) => {
                Ok(Err(VerifyCheck::not_yet(
                    "subscription",
                    format!(
                        "tenant {tenant} has received no delegation '{}' that the credential can see",
                        self.wanted.name
                    ),
                    "It can take 15 minutes to arrive; else check the name, and that the credential's identity is in the group that was given access, and have the publisher run `az-imageshare delegation list`.",
                )))
            }
            (Err(err), _) => Err(err),
        }
    }

    fn verdict(&self, checks: Vec<VerifyCheck>) -> Verification {
        let name = match &self.publisher {
            Publisher::Sees(seen) => seen.1.first().name().to_owned(),
            _ => self.wanted.name.clone(),
        };
        Verification { name, ok: checks.iter().all(|check| check.ok), checks }
    }
}

/// A refused sign-in is a finding with its own cause; no answer is a failure.
fn refused(err: Error) -> Result<VerifyCheck> {
    if err.kind() != Kind::SignIn {
        return Err(err);
    }
    let mut detail = err.to_string();
    for cause in err.causes() {
        detail.push_str(&format!(": {cause}"));
    }
    let hint = err.hints().first().cloned().unwrap_or_default();
    Ok(VerifyCheck::wrong("sign-in", detail, hint))
}

/// Reads again how far the assignments are.
async fn refreshed(publisher: &Client, known: &Known) -> Result<Known> {
    let mut now = known.clone();
    for entry in &mut now.entries {
        let mut assignments = Vec::new();
        for assignment in &entry.assignments {
            assignments.extend(publisher.assignment(&assignment.id).await?);
        }
        entry.assignments = assignments;
    }
    Ok(now)
}

const MOST_ROUNDS: u32 = 10_000;
/// Permissions that are new may be missing in a token from before.
const ROUNDS_PER_TOKEN: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_ends_when_nothing_more_can_come() {
        let right = VerifyCheck::right("a", "");
        let not_yet = VerifyCheck::not_yet("b", "", "");
        let wrong = VerifyCheck::wrong("c", "", "");
        assert!(!is_on_its_way(std::slice::from_ref(&right)));
        assert!(is_on_its_way(&[right.clone(), not_yet.clone()]));
        assert!(!is_on_its_way(&[right, not_yet, wrong]));
    }
}
