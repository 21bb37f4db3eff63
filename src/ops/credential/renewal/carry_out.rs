//! Carrying out a renewal, each step so that the next run can take it up.

use std::sync::Arc;
use std::time::Duration;

use super::{CredentialRenewal, not_permitted};
use crate::app::App;
use crate::auth::AuthError;
use crate::auth::certificate::Certificate;
use crate::auth::credential_source::ClientCredential;
use crate::error::{Error, Kind, Result};
use crate::graph::GraphError;
use crate::ops::change::Run;
use crate::ops::change::wait::Deadline;
use crate::ops::credential::proof::sign_in;
use crate::ops::credential::{self, Record};
use crate::ops::expiry;

/// A new secret or certificate that Entra has.
struct NewClientCredential {
    credential: ClientCredential,
    key_id: String,
}

impl CredentialRenewal {
    /// Does its steps, which begin at `first` in the plan of the run. Gives the record as it is then; nothing if the
    /// credential was not renewed, which the run reports.
    pub(crate) async fn carry_out(&self, app: &App, run: &Run<'_>, first: usize) -> Option<Record> {
        let mut step = first;
        let mut proof = self.shown.clone();
        if self.makes_new {
            let work = async {
                let made = self.make(app).await?;
                run.made(step, made.key_id.clone());
                Ok(made)
            };
            let made = run.attempt(step, work).await?;
            let switched = run.attempt_all(&[step + 1, step + 2], self.switch(app, &made)).await;
            if switched.is_none() {
                self.take_back(app, &made).await;
                return None;
            }
            if let Err(err) = credential::forget_replaced(app, &self.record.name) {
                app.reporter.warn(&err.to_string());
            }
            proof = made.credential;
            step += 3;
        }
        let mut all_gone = true;
        for (offset, key) in self.leaving.iter().enumerate() {
            let gone = run.attempt(step + offset, self.remove(app, key, &proof)).await;
            all_gone &= gone.is_some();
        }
        if all_gone && let Err(err) = credential::settle_renewal(app, &self.record.name) {
            app.reporter.warn(&err.to_string());
        }
        credential::find_record(app, &self.record.name).ok()
    }

    /// Makes the new one in Entra.
    async fn make(&self, app: &App) -> Result<NewClientCredential> {
        match &self.shown {
            ClientCredential::Certificate(old) => {
                let first = expiry::today(app).yesterday().unwrap_or(jiff::civil::Date::MIN);
                let made = Certificate::generate(&self.mark, first, self.last_day)?;
                let proof = old.key_proof(&self.object_id, app.now())?;
                let added =
                    self.directory.add_key(&self.object_id, &made.public_text(), &proof).await;
                let key_id = added.map_err(|err| self.refused(err))?;
                let credential = ClientCredential::Certificate(Arc::new(made));
                Ok(NewClientCredential { credential, key_id })
            }
            _ => {
                let end = format!("{}T23:59:59Z", self.last_day);
                let added = self.directory.add_password(&self.object_id, &self.mark, &end).await;
                let made = added.map_err(|err| self.refused(err))?;
                let credential = ClientCredential::Secret(made.secret);
                Ok(NewClientCredential { credential, key_id: made.key_id })
            }
        }
    }

    /// Waits until the new one signs in, and replaces the old one.
    async fn switch(&self, app: &App, made: &NewClientCredential) -> Result<Record> {
        let record = &self.record;
        let mut deadline = Deadline::new(app, LONGEST_WAIT);
        loop {
            let signed = sign_in(app, record.client_id, record.tenant_id, &made.credential).await;
            match signed {
                Ok(_) => break,
                Err(AuthError::Refused { codes, .. })
                    if codes.iter().any(|code| NOT_SEEN_YET.contains(code)) =>
                {
                    app.reporter.step("Waiting until Entra takes the new one everywhere…");
                    deadline.pause().await?;
                }
                Err(err) => return Err(err.into()),
            }
        }
        let retiring = self.old_key.clone().filter(|key| self.leaving.contains(key));
        credential::replace_secret(app, &record.name, &made.credential, |kept| {
            kept.secret_expires_on = Some(self.last_day.to_string());
            kept.application_object_id = Some(self.object_id.clone());
            if self.keep_old {
                kept.kept_keys.extend(kept.key_id.take());
            }
            kept.key_id = Some(made.key_id.clone());
            kept.retiring = retiring;
        })
    }

    /// What was made and is not used does not stay in Entra, as far as that can be helped.
    async fn take_back(&self, app: &App, made: &NewClientCredential) {
        match self.remove(app, &made.key_id, &self.shown).await {
            Ok(()) => app.reporter.note("What was made in Entra was removed."),
            Err(err) => app.reporter.warn(&format!(
                "key {} was made in Entra and is not used ({err}); the next renewal removes it",
                made.key_id
            )),
        }
    }

    /// Takes a key out of Entra; one that is gone already is as good.
    async fn remove(&self, app: &App, key: &str, proof: &ClientCredential) -> Result<()> {
        let removed = match proof {
            ClientCredential::Certificate(certificate) => {
                let proof = certificate.key_proof(&self.object_id, app.now())?;
                self.directory.remove_key(&self.object_id, key, &proof).await
            }
            _ => self.directory.remove_password(&self.object_id, key).await.map(drop),
        };
        match removed {
            Err(GraphError::Refused(refusal)) if refusal.message.contains(NO_SUCH_KEY) => Ok(()),
            other => Ok(other?),
        }
    }

    /// A policy's own words, and what can be done about it.
    fn refused(&self, err: GraphError) -> Error {
        let name = &self.record.name;
        match err.code() {
            "CredentialInvalidLifetimeAsPerAppPolicy" => Error::new(
                Kind::Failure,
                format!("the tenant's policy does not allow a life until {}", self.last_day),
            )
            .hint(format!("Ask for less: `az-imageshare credential renew -n {name} --days 90`."))
            .caused_by(err),
            "CredentialTypeNotAllowedAsPerAppPolicy" => Error::new(
                Kind::Failure,
                "the tenant's policy does not allow client secrets",
            )
            .hint(format!("Use a certificate: `az-imageshare credential rotate -n {name} --certificate FILE`."))
            .caused_by(err),
            _ if err.is_forbidden() && matches!(self.shown, ClientCredential::Secret(_)) => {
                not_permitted(&self.record).caused_by(err)
            }
            _ if err.is_forbidden() => Error::from(err).hint("Check the object ID: it is that of the application, not of its service principal (`az ad app show --id APPID --query id -o tsv`)."),
            _ => err.into(),
        }
    }
}

/// A secret that no replica has yet, and a certificate that none has.
const NOT_SEEN_YET: [i64; 2] = [7_000_215, 700_027];
const LONGEST_WAIT: Duration = Duration::from_secs(180);
/// Graph has no code for a key that is gone already.
const NO_SUCH_KEY: &str = "No key credential found";
