//! What the policy route wants at a management group, compared with what is there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::grouped::GroupPolicy;
use super::{denial, names, stands};
use crate::arm::role_assignments::RoleAssignment;
use crate::error::{Error, Kind, Result};
use crate::ops::fleet::compare::JudgedItem;
use crate::ops::fleet::drift_kind::DriftKind;
use crate::ops::fleet::expand::{NameBook, WantedItem, WantedThing};
use crate::ops::fleet::item::{ItemChange, ItemKey, ItemPlan, ItemRoute, NOWHERE, ShareMethod};
use crate::ops::fleet::manifest::{FleetGrant, GrantRoute, Manifest, PublisherPolicy};
use crate::ops::fleet::observe::PublisherSite;
use crate::ops::fleet::view::{DelegationStand, ItemView, PolicyPart, digest_of};

/// Most scopes that an assignment may leave out.
const MOST_EXCLUDED: usize = 400;

/// Everything that the judging of a management group needs.
pub(super) struct GroupSurvey<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) site: &'a PublisherSite,
    pub(super) policy: &'a PublisherPolicy,
    pub(super) group: String,
    /// The assignments at the group.
    standing: Vec<Value>,
    pub(super) found: Vec<JudgedItem>,
}

/// Judges what exists at the publisher's management group, and hands what Azure Policy is to write over to it.
///
/// # Errors
/// If Azure does not answer, or the manifest leaves out more than an assignment can.
pub(crate) async fn settle(
    manifest: &Manifest,
    site: &PublisherSite,
    wanted: &[WantedItem],
    names: &NameBook,
    items: &mut Vec<JudgedItem>,
) -> Result<()> {
    let mut own_allowed = None;
    if let Some(policy) = manifest.policies.get(&site.name)
        && let Some(group) = &policy.management_group
    {
        let scope = names::group_scope(&group.value);
        let standing = site.client.policy_assignments(&scope).await.map_err(|err| {
            Error::from(err).while_doing(format!("cannot read the policies of '{}'", group.value))
        })?;
        let (group, found) = (group.value.clone(), Vec::new());
        let mut survey = GroupSurvey { manifest, site, policy, group, standing, found };
        own_allowed = survey.allowed_tenants(wanted, names);
        for grant in &manifest.grants {
            if grant.route != GrantRoute::Direct && grant.from.value == site.name {
                survey.grant(grant, wanted, items).await?;
            }
        }
        survey.orphans().await?;
        items.extend(survey.found);
    }
    denial::settle(site, items, own_allowed.as_deref()).await
}

impl GroupSurvey<'_> {
    async fn grant(
        &mut self,
        grant: &FleetGrant,
        wanted: &[WantedItem],
        items: &mut [JudgedItem],
    ) -> Result<()> {
        for to in &grant.to {
            let mut own = wanted.iter().filter(|item| is_of(item, grant, &to.value));
            let Some(first) = own.next() else { continue };
            let WantedThing::Offer(offer) = &first.thing else { continue };
            let made = GroupPolicy {
                fleet: &self.manifest.fleet,
                grant,
                consumer: &to.value,
                policy: self.policy,
                offer,
                excluded: self.excluded(grant)?,
            };
            if let Some(why) = first.absent {
                let name = made.name();
                self.removal(&grant.name.value, &to.value, grant.at.line, &name, why).await?;
            } else {
                self.presence(&made, items).await?;
            }
        }
        Ok(())
    }

    /// What is in the group and not selected.
    fn excluded(&self, grant: &FleetGrant) -> Result<Vec<String>> {
        let selected = self.site.of_grant(grant).ids;
        let group = self.group.to_lowercase();
        let inside = self.site.census.all.iter().filter(|(_, seen)| seen.groups.contains(&group));
        let excluded: Vec<String> = inside
            .filter(|(id, _)| !selected.contains(id))
            .map(|(id, _)| format!("/subscriptions/{id}"))
            .collect();
        if excluded.len() > MOST_EXCLUDED {
            let text = format!(
                "grant '{}' leaves out {} subscriptions of '{}', and Azure Policy at most {MOST_EXCLUDED}",
                grant.name.value,
                excluded.len(),
                self.group
            );
            return Err(Error::new(Kind::Usage, text)
                .hint("Move them into a management group of their own, or leave 'route' out."));
        }
        Ok(excluded)
    }

    pub(super) fn standing(&self, name: &str) -> Option<&Value> {
        self.standing.iter().find(|found| {
            found["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name))
        })
    }

    async fn presence(&mut self, made: &GroupPolicy<'_>, items: &mut [JudgedItem]) -> Result<()> {
        let name = made.name();
        let standing = self.standing(&name).cloned();
        let definition = names::definition_id(&self.group, &name);
        let assignment = names::assignment_id(&self.group, &name);
        let found = self.site.client.policy(&definition).await?.as_ref().map(stands::of_definition);
        let shown = made.offer.properties.registration_definition_name.clone().unwrap_or_default();
        self.part(
            made,
            PolicyPart::Definition,
            &definition,
            (found, made.definition()),
            format!("policy that delegates each subscription by '{shown}'"),
        );
        let before = standing.as_ref().map(stands::of_assignment);
        let excluded_differs = differs(before.as_ref(), &made.assignment(), "notScopes");
        let text = format!("policy assignment {name} at management group '{}'", self.group);
        self.part(made, PolicyPart::Assignment, &assignment, (before, made.assignment()), text);
        if excluded_differs && let Some(last) = self.found.last_mut() {
            last.drift.clear();
            last.mark(DriftKind::PolicyExcluded, "other subscriptions are left out of the policy");
        }
        let role = match &standing {
            Some(assignment) => stands::role_of(&self.site.client, assignment).await?,
            None => None,
        };
        let scope = names::group_scope(&self.group);
        let wanted = stands::of_role(&scope, &assignment);
        let before = role.map(|_| wanted.clone());
        let text =
            format!("creates an identity that is Owner of {} and everything below it", self.group);
        self.part(
            made,
            PolicyPart::Role,
            &names::role_collection(&self.group),
            (before, wanted),
            text,
        );
        let brought = if made.remediates() { self.hand_over(made, items) } else { 0 };
        if brought > 0 {
            self.remediation(made, standing.is_some(), brought).await?;
        }
        let before = standing.as_ref().and_then(stands::of_mode);
        let is_held_back = standing.is_some() && before.is_none();
        let text = "new subscriptions of the group follow by themselves".to_owned();
        let both = (before, stands::enforced());
        self.part(made, PolicyPart::Enforcement, &assignment, both, text);
        if is_held_back && let Some(last) = self.found.last_mut() {
            last.mark(DriftKind::PolicyNotEnforced, "the policy is assigned and not enforced");
        }
        Ok(())
    }

    async fn remediation(
        &mut self,
        made: &GroupPolicy<'_>,
        is_assigned: bool,
        brought: usize,
    ) -> Result<()> {
        let name = made.name();
        let assignment = names::assignment_id(&self.group, &name);
        let body = json!({"policyAssignmentId": assignment, "resources": brought});
        let wanted = stands::view(PolicyPart::Remediation, body);
        let text = format!("Azure Policy brings {brought} subscriptions, 30 at a time");
        let id = names::remediation_base(&self.group, &name);
        self.part(made, PolicyPart::Remediation, &id, (None, wanted), text);
        let failed = if is_assigned {
            stands::failed_remediation(&self.site.client, &assignment).await?
        } else {
            None
        };
        if let Some(last) = self.found.last_mut() {
            last.drift.clear();
            failed.into_iter().for_each(|why| last.mark(DriftKind::RemediationFailed, why));
        }
        Ok(())
    }

    /// Gives what is to be made or changed over to Azure Policy; what it cannot see is blocked. Gives their number.
    fn hand_over(&self, made: &GroupPolicy<'_>, items: &mut [JudgedItem]) -> usize {
        let mut count = 0;
        let own = items.iter_mut().filter(|item| {
            item.plan.grant == made.grant.name.value && item.plan.consumer == made.consumer
        });
        for item in own {
            let is_written = matches!(item.plan.change, ItemChange::Create | ItemChange::Update);
            if is_written && !is_visible(&item.plan, made.policy.is_simple) {
                *item = item.clone().blocked(UNSEEN_BY_POLICY);
            } else if is_written {
                count += 1;
            }
            if item.plan.line > 0 {
                item.plan.route = ItemRoute::Policy;
            }
        }
        count
    }

    /// One wanted part.
    fn part(
        &mut self,
        made: &GroupPolicy<'_>,
        part: PolicyPart,
        id: &str,
        (before, wanted): (Option<ItemView>, ItemView),
        text: String,
    ) {
        let grant = (&*made.grant.name.value, made.consumer, made.grant.at.line);
        let change = match &before {
            None => ItemChange::Create,
            Some(found) if digest_of(Some(found)) == digest_of(Some(&wanted)) => ItemChange::Keep,
            Some(_) => ItemChange::Update,
        };
        let mut item = self.item(grant, part, id);
        let kind = match (change, part) {
            (ItemChange::Keep, _) => None,
            (_, PolicyPart::Role) => Some(DriftKind::IdentityRoleMissing),
            (_, PolicyPart::Enforcement) => None,
            (ItemChange::Create, PolicyPart::Definition | PolicyPart::Assignment) => {
                Some(DriftKind::PolicyMissing)
            }
            (ItemChange::Update, _) => Some(DriftKind::PolicyChanged),
            _ => None,
        };
        if let Some(kind) = kind {
            item.mark(kind, &text);
        }
        if change != ItemChange::Keep {
            item.plan.why = vec![text];
        }
        let mut wanted = wanted;
        if let (PolicyPart::Assignment, ItemView::Policy(stand)) = (part, &mut wanted)
            && before.is_none()
        {
            // What is sent the first time has a place and a mode, too.
            item.plan.why.push("it deploys nothing until it is enforced".to_owned());
            stand.body["location"] = made.first_assignment()["location"].clone();
        }
        let after = (change != ItemChange::Keep).then(|| wanted.clone());
        let mut judged = item.becoming(change, before, after);
        if change == ItemChange::Keep {
            judged.plan.after = Some(wanted);
        }
        self.found.push(judged);
    }

    pub(super) fn item(
        &self,
        (grant, consumer, line): (&str, &str, u32),
        part: PolicyPart,
        id: &str,
    ) -> JudgedItem {
        let parts = [part.word(), grant, &self.site.name, &self.group, consumer];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        JudgedItem {
            plan: ItemPlan {
                key: ItemKey::of(&parts),
                change: ItemChange::Keep,
                via: ShareMethod::Delegation,
                route: ItemRoute::Policy,
                wave: 0,
                line,
                publisher: self.site.name.clone(),
                grant: grant.to_owned(),
                consumer: consumer.to_owned(),
                subscription: NOWHERE,
                id: id.to_owned(),
                seen: String::new(),
                before: None,
                after: None,
                why: Vec::new(),
            },
            drift: Vec::new(),
            offer: None,
            ready: Vec::new(),
        }
    }

    /// What is to go: the assignment, the role of its identity, the definition.
    async fn removal(
        &mut self,
        grant: &str,
        consumer: &str,
        line: u32,
        name: &str,
        why: &str,
    ) -> Result<()> {
        let of = (grant, consumer, line);
        let assignment = names::assignment_id(&self.group, name);
        if let Some(found) = self.standing(name).cloned() {
            let before = stands::of_assignment(&found);
            let item = self.item(of, PolicyPart::Assignment, &assignment);
            self.found.push(left(item, before, why));
            let role: Option<RoleAssignment> = stands::role_of(&self.site.client, &found).await?;
            if let Some(role) = role {
                let before = stands::of_role(&names::group_scope(&self.group), &assignment);
                let item = self.item(of, PolicyPart::Role, &role.id.to_string());
                self.found.push(left(item, before, why));
            }
        }
        let definition = names::definition_id(&self.group, name);
        if let Some(found) = self.site.client.policy(&definition).await? {
            let item = self.item(of, PolicyPart::Definition, &definition);
            self.found.push(left(item, stands::of_definition(&found), why));
        }
        Ok(())
    }

    /// Assignments with this fleet's mark that no grant wants any more.
    async fn orphans(&mut self) -> Result<()> {
        let known: BTreeSet<String> =
            self.found.iter().map(|item| item.plan.id.to_lowercase()).collect();
        for found in self.standing.clone() {
            let mark = &found["properties"]["metadata"]["azImageshare"];
            let id = found["id"].as_str().unwrap_or_default().to_lowercase();
            if mark["fleet"] != self.manifest.fleet.as_str() || known.contains(&id) {
                continue;
            }
            let text = |name: &str| mark[name].as_str().unwrap_or_default().to_owned();
            let name = found["name"].as_str().unwrap_or_default().to_owned();
            if text("grant").is_empty() {
                let item = self.item(("", "", 0), PolicyPart::AllowedTenants, &id);
                self.found.push(left(item, stands::of_allowed(&found), LEFT));
            } else {
                self.removal(&text("grant"), &text("consumer"), 0, &name, LEFT).await?;
            }
        }
        Ok(())
    }
}

fn is_of(item: &WantedItem, grant: &FleetGrant, consumer: &str) -> bool {
    item.grant == grant.name.value && item.consumer == consumer
}

/// A part that goes if removals are asked for.
pub(super) fn left(item: JudgedItem, before: ItemView, why: &str) -> JudgedItem {
    let mut item = item.orphaned(before, why);
    item.mark(DriftKind::Orphan, why);
    item
}

fn differs(before: Option<&ItemView>, wanted: &ItemView, name: &str) -> bool {
    let of = |view: &ItemView| match view {
        ItemView::Policy(stand) => {
            let list = stand.body["properties"][name].as_array().cloned().unwrap_or_default();
            list.iter().map(|one| one.to_string().to_lowercase()).collect::<BTreeSet<_>>()
        }
        _ => BTreeSet::new(),
    };
    before.is_some_and(|before| of(before) != of(wanted))
}

/// True if the policy's condition distinguishes what is there from what is wanted: Azure has no aliases for eligible
/// authorizations, for the roles that may be handed on, and for where an offer is accepted.
fn is_visible(plan: &ItemPlan, is_simple: bool) -> bool {
    let (Some(ItemView::Delegation(before)), Some(ItemView::Delegation(after))) =
        (&plan.before, &plan.after)
    else {
        return true;
    };
    let seen = |stand: &DelegationStand| {
        let rights = stand.authorizations.iter().map(|right| {
            format!("{} {}", right.principal_id, right.role_definition_id).to_lowercase()
        });
        let more = (!is_simple).then(|| {
            let text = stand.description.clone().unwrap_or_default().to_lowercase();
            (text, rights.collect::<BTreeSet<String>>())
        });
        (stand.name.to_lowercase(), stand.managed_by_tenant_id.to_lowercase(), more)
    };
    seen(before) != seen(after)
}

const LEFT: &str = "left the manifest";
const UNSEEN_BY_POLICY: &str =
    "Azure Policy cannot see this difference: say route: both, which writes it directly";
