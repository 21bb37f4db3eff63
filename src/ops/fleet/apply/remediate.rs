//! A remediation from its start to its end, and what became of each subscription that it is to bring.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;

use super::conduct::Conduct;
use super::record::EarlierState;
use super::stand;
use crate::arm::policy::{RemediatedResource, Remediation};
use crate::arm::{ArmError, Client};
use crate::id::{SubscriptionId, resource_name};
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::{ChangeKind, Step, WriteKind};
use crate::ops::fleet::item::ItemPlan;
use crate::ops::fleet::outcome::{ItemFailure, ItemFault, ItemOutcome, ItemState};
use crate::ops::fleet::policy::causes::{fault_of, not_deployed};
use crate::ops::fleet::policy::names::scope_of;
use crate::ops::fleet::shapes::with_commas;
use crate::ops::fleet::view::{ItemView, digest_of};
use crate::ops::provider::is_registered;

/// The provider of delegations.
const NAMESPACE: &str = "Microsoft.ManagedServices";
/// Deployments at the same time: the most that Azure takes.
const PARALLEL: usize = 30;
/// The most resources that a remediation may name.
const MOST_RESOURCES: usize = 50_000;
/// Between two looks.
const PAUSE: Duration = Duration::from_secs(30);
/// Looks until compliance has to be known: two hours.
const MOST_LOOKS: usize = 240;
/// Looks until a remediation has to have ended: a day.
const MOST_WATCHES: usize = 2_880;

/// Brings what a policy is to write, and gives what became of each of it.
pub(super) async fn remediate(
    conduct: &Conduct<'_>,
    client: &Client,
    item: &ItemPlan,
) -> (Result<ItemState, ItemFailure>, Vec<ItemOutcome>) {
    let expected = expected_of(conduct, item);
    if expected.is_empty() {
        return (Ok(ItemState::Kept), Vec::new());
    }
    let watch = Watch { conduct, client, item, expected: &expected };
    match watch.whole().await {
        Err(failure) => (Err(failure), Vec::new()),
        Ok(None) => (Ok(ItemState::Skipped), Vec::new()),
        Ok(Some(results)) => {
            let outcomes = watch.outcomes(&results).await;
            let failed = outcomes.iter().filter(|one| one.state == ItemState::Failed).count();
            let allowed = conduct.plan.head.limits.failures.of(expected.len());
            let verdict = if failed > allowed {
                let text = format!(
                    "{} of {} subscriptions were not brought",
                    with_commas(failed),
                    with_commas(expected.len())
                );
                Err(ItemFailure::new("RemediationFailed", text))
            } else {
                Ok(ItemState::Done)
            };
            (verdict, outcomes)
        }
    }
}

/// The places of the items that a remediation is to bring and no earlier run has brought.
fn expected_of(conduct: &Conduct<'_>, item: &ItemPlan) -> Vec<usize> {
    let is_own = |other: &ItemPlan| {
        other.is_expected()
            && other.change.writes()
            && (&other.publisher, &other.grant, &other.consumer)
                == (&item.publisher, &item.grant, &item.consumer)
            && conduct.earlier.items.get(other.key.as_str()) != Some(&EarlierState::Done)
    };
    let items = conduct.plan.items.iter().enumerate();
    items.filter(|(_, other)| is_own(other)).map(|(index, _)| index).collect()
}

/// What became of a subscription: Azure's own account, or why there is none.
type Results = BTreeMap<SubscriptionId, RemediatedResource>;

struct Watch<'a, 'b> {
    conduct: &'a Conduct<'b>,
    client: &'a Client,
    item: &'a ItemPlan,
    expected: &'a [usize],
}

impl Watch<'_, '_> {
    fn assignment(&self) -> String {
        match &self.item.after {
            Some(ItemView::Policy(stand)) => {
                stand.body["policyAssignmentId"].as_str().unwrap_or_default().to_owned()
            }
            _ => String::new(),
        }
    }

    fn subscriptions(&self) -> BTreeSet<SubscriptionId> {
        self.expected.iter().map(|index| self.conduct.plan.items[*index].subscription).collect()
    }

    /// From the registrations to the results; none if the user wants the run to end.
    async fn whole(&self) -> Result<Option<Results>, ItemFailure> {
        let assignment = self.assignment();
        if self.client.policy(&assignment).await?.is_none() {
            let text = format!("policy assignment {assignment} does not exist");
            return Err(ItemFailure::new("PolicyAssignmentMissing", text));
        }
        self.register_all().await?;
        let id = match self.under_way(&assignment).await? {
            Some(found) => found.id,
            None => {
                if !self.wait_until_known(&assignment).await? {
                    return Ok(None);
                }
                self.start(&assignment).await?
            }
        };
        let Some(ended) = self.watch(&id).await? else { return Ok(None) };
        let results = self.client.remediated_resources(&id).await?;
        let counts = ended.properties.deployment_status;
        if counts.total_deployments < self.expected.len() {
            self.conduct.app.reporter.warn(&format!(
                "Azure Policy made {} deployments, and {} were expected",
                with_commas(counts.total_deployments),
                with_commas(self.expected.len())
            ));
        }
        let keyed = results.into_iter().filter_map(|result| {
            let id = resource_name(&result.remediated_resource_id).parse().ok()?;
            Some((id, result))
        });
        Ok(Some(keyed.collect()))
    }

    /// A policy's deployment registers nothing: what is missing is registered here, and recorded.
    async fn register_all(&self) -> Result<(), ItemFailure> {
        let subscriptions: Vec<SubscriptionId> = self.subscriptions().into_iter().collect();
        let states = subscriptions.iter().map(|id| self.client.provider_state(*id, NAMESPACE));
        let states = fan_out(self.conduct.at_once, states).await;
        // Where the state cannot be read, the deployment tells.
        let missing: Vec<SubscriptionId> = subscriptions
            .iter()
            .zip(states)
            .filter(|(_, state)| state.as_ref().is_ok_and(|state| !is_registered(state)))
            .map(|(id, _)| *id)
            .collect();
        let steps: Vec<Step> = missing
            .iter()
            .map(|id| {
                let scope = format!("/subscriptions/{id}");
                let path = format!("{scope}/providers/{NAMESPACE}");
                let what = format!("resource provider {NAMESPACE}");
                Step::new(ChangeKind::Create, WriteKind::ResourceProvider, &path, what).at(&scope)
            })
            .collect();
        let numbers = self.conduct.record.intend(&self.item.key, &steps).await?;
        let writes = missing.iter().map(|id| self.register(*id));
        for (number, written) in
            numbers.into_iter().zip(fan_out(self.conduct.at_once, writes).await)
        {
            let failure = written.err().map(crate::error::Error::from);
            self.conduct.record.conclude(number, failure.as_ref());
        }
        Ok(())
    }

    async fn register(&self, id: SubscriptionId) -> Result<(), ArmError> {
        let mut state = self.client.register_provider(id, NAMESPACE).await?;
        let mut looks = 0;
        while !is_registered(&state) && looks < MOST_LOOKS && self.pause().await {
            state = self.client.provider_state(id, NAMESPACE).await?;
            looks += 1;
        }
        Ok(())
    }

    /// A remediation that someone else has begun, or an earlier run: that one may have ended by now.
    async fn under_way(&self, assignment: &str) -> Result<Option<Remediation>, ItemFailure> {
        if let Some(id) = self.conduct.earlier.remediations.get(self.item.key.as_str())
            && let Some(found) = self.client.remediation(id).await?
        {
            return Ok(Some(found));
        }
        let all = self.client.remediations(scope_of(assignment)).await?;
        Ok(all.into_iter().find(|found| {
            found.properties.policy_assignment_id.eq_ignore_ascii_case(assignment)
                && !found.is_over()
        }))
    }

    /// Waits until Azure Policy knows what it is to bring: a remediation before that does nothing, and succeeds.
    async fn wait_until_known(&self, assignment: &str) -> Result<bool, ItemFailure> {
        let wanted = self.subscriptions();
        let mut known = 0;
        for _ in 0..MOST_LOOKS {
            let open =
                self.client.policy_states(scope_of(assignment), assignment, "NonCompliant").await?;
            let open: BTreeSet<SubscriptionId> = open
                .iter()
                .filter_map(|state| resource_name(&state.resource_id).parse().ok())
                .collect();
            known = wanted.intersection(&open).count();
            if known == wanted.len() {
                return Ok(true);
            }
            self.conduct.app.reporter.step(&format!(
                "Waiting for Azure Policy: {} of {} subscriptions evaluated…",
                with_commas(known),
                with_commas(wanted.len())
            ));
            if !self.pause().await {
                return Ok(false);
            }
        }
        if known == 0 {
            let text = "Azure Policy has not looked at the subscriptions in two hours";
            return Err(ItemFailure::new("ComplianceUnknown", text));
        }
        Ok(true)
    }

    async fn start(&self, assignment: &str) -> Result<String, ItemFailure> {
        let conduct = self.conduct;
        let mut number = conduct.app.now();
        let id = loop {
            let id = format!("{}-{number}", self.item.id);
            if self.client.remediation(&id).await?.is_none() {
                break id;
            }
            number += 1;
        };
        let properties = json!({
            "policyAssignmentId": assignment,
            "resourceDiscoveryMode": "ExistingNonCompliant",
            "resourceCount": MOST_RESOURCES,
            "parallelDeployments": PARALLEL,
            "failureThreshold": {"percentage": 1},
        });
        let what = format!("remediation of {} subscriptions", with_commas(self.expected.len()));
        let step = Step::new(ChangeKind::Create, WriteKind::Remediation, &id, what)
            .at(scope_of(assignment))
            .between(serde_json::Value::Null, json!({"properties": properties}));
        let numbers = conduct.record.intend(&self.item.key, std::slice::from_ref(&step)).await?;
        let started = self.client.start_remediation(&id, &properties).await;
        let failure = started.as_ref().err().map(ToString::to_string);
        for number in numbers {
            let failure = failure
                .clone()
                .map(|text| crate::error::Error::new(crate::error::Kind::Failure, text));
            conduct.record.conclude(number, failure.as_ref());
        }
        started?;
        Ok(id)
    }

    /// Watches until it has ended; none if the user wants the run to end. It goes on in Azure then.
    async fn watch(&self, id: &str) -> Result<Option<Remediation>, ItemFailure> {
        for _ in 0..MOST_WATCHES {
            let Some(found) = self.client.remediation(id).await? else {
                let text = format!("remediation {id} is gone");
                return Err(ItemFailure::new("RemediationGone", text));
            };
            if found.is_over() {
                return Ok(Some(found));
            }
            let counts = found.properties.deployment_status;
            let ended = counts.successful_deployments + counts.failed_deployments;
            self.conduct.app.reporter.step(&format!(
                "Remediating {} of {} subscriptions, {} failed…",
                with_commas(ended),
                with_commas(counts.total_deployments),
                with_commas(counts.failed_deployments)
            ));
            if !self.pause().await {
                return Ok(None);
            }
        }
        Err(ItemFailure::new(
            "RemediationEndless",
            format!("remediation {id} did not end in a day"),
        ))
    }

    /// Waits a while; false if the user wants the run to end.
    async fn pause(&self) -> bool {
        let is_stopped = || self.conduct.is_stopped.get();
        if self.conduct.app.settings.poll_interval.is_zero() {
            tokio::task::yield_now().await;
            return !is_stopped();
        }
        let mut left = PAUSE;
        while !left.is_zero() && !is_stopped() {
            let part = left.min(Duration::from_secs(1));
            tokio::time::sleep(part).await;
            left -= part;
        }
        !is_stopped()
    }

    /// What exists of each, read from Azure itself: an account of a deployment is not enough.
    async fn outcomes(&self, results: &Results) -> Vec<ItemOutcome> {
        let conduct = self.conduct;
        let reads = self.expected.iter().map(|index| async {
            let item = &conduct.plan.items[*index];
            let result = results.get(&item.subscription);
            if let Some(failed) = result.filter(|result| !result.error.is_null()) {
                return (*index, ItemState::Failed, Some(fault_of(&failed.error)));
            }
            let (state, fault) = settled(conduct, self.client, item).await;
            match result {
                None if state == ItemState::Failed => {
                    let fault =
                        not_deployed("NotEvaluated", "Azure Policy made no deployment there");
                    (*index, state, Some(fault))
                }
                _ => (*index, state, fault),
            }
        });
        let read = fan_out(conduct.at_once, reads).await;
        read.into_iter()
            .map(|(index, state, fault)| ItemOutcome { index, state, fault, ms: 0 })
            .collect()
    }
}

/// What exists of an item that someone else was to write.
pub(super) async fn settled(
    conduct: &Conduct<'_>,
    client: &Client,
    item: &ItemPlan,
) -> (ItemState, Option<ItemFault>) {
    match stand::settled(conduct.app, client, item).await {
        Err(failure) => (ItemState::Failed, Some(failure.fault())),
        Ok(view) if digest_of(view.as_ref()) == digest_of(item.after.as_ref()) => {
            (ItemState::Done, None)
        }
        Ok(_) => {
            let text = "Azure Policy has not brought it";
            (ItemState::Failed, Some(not_deployed("NotDeployed", text)))
        }
    }
}
