//! Giving a role on a gallery: everything is looked up and planned first, so that no one is invited and nothing
//! given before the plan was agreed to.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::grant::RoleGrant;
use super::rows;
use crate::error::Result;
use crate::id::TenantId;
use crate::ops::access::assignee::{self, Assignee, Grantee, Wanted};
use crate::ops::access::image_role::{self, Role};
use crate::ops::access::{delegated_identity, rights};
use crate::ops::change::{ChangeKind, Plan, Run, Step, WriteKind};
use crate::ops::share::access::Access;
use crate::ops::share::place::{Level, Place};
use crate::ops::site::Site;

/// A role that someone is to have.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub place: Place,
    pub who: Wanted,
    /// Whether to invite who is not in the directory.
    pub invite: bool,
    /// Which role; the smallest that lets images be used if none is named.
    pub role: Option<String>,
    pub last_day: Option<Date>,
}

/// A role that someone is to have on a gallery or a part of it, and what of that has to be done.
#[derive(Debug)]
pub(crate) struct RoleAddition {
    place: Place,
    tenant: Option<TenantId>,
    who: Grantee,
    grant: RoleGrant,
    pub plan: Plan,
}

/// Works out what it takes that someone has a role.
///
/// # Errors
/// If something is wrong with the arguments, the gallery or this program's permissions.
pub(crate) async fn plan_addition(site: &Site<'_>, share: Share) -> Result<RoleAddition> {
    share.place.require(&site.client).await?;
    let scope = share.place.scope();
    rights::require(&site.client, &scope, rights::WRITE, rights::GIVES_ROLES).await?;
    let tenant = share.place.tenant(&site.client).await?;
    let subscription = share.place.id.subscription();
    let role = image_role::resolve(site, subscription, share.role.as_deref()).await?;
    let who = grantee(site, tenant, &share).await?;
    let mut plan = Plan {
        warnings: advice(&share.place, &role),
        nothing: Some(format!(
            "{} has the role '{}' there already; nothing is sent.",
            who.label(),
            role.name
        )),
        ..Plan::titled(format!("Role on {scope}:"))
    };
    let grant =
        RoleGrant::read(site, tenant, scope.into(), role, who.known(), share.last_day).await?;
    plan.warnings.extend(grant.warnings());
    if let Grantee::Guest(mail) = &who {
        plan.push(guest_step(tenant, mail));
    }
    plan.push(grant.step(who.known(), &who.label())?);
    Ok(RoleAddition { place: share.place, tenant, who, grant, plan })
}

async fn grantee(site: &Site<'_>, tenant: Option<TenantId>, share: &Share) -> Result<Grantee> {
    if let Some(known) = delegated_identity::named_identity(site, tenant, &share.who).await? {
        return Ok(Grantee::Known(known));
    }
    match (&share.who, share.invite) {
        (Wanted::Named(text), true) => assignee::resolve_or_guest(site.app, tenant, text).await,
        (who, _) => Ok(Grantee::Known(assignee::resolve(site.app, tenant, who).await?)),
    }
}

fn guest_step(tenant: Option<TenantId>, mail: &str) -> Step {
    let scope = tenant.map(|tenant| format!("/tenants/{tenant}")).unwrap_or_default();
    Step::new(ChangeKind::Create, WriteKind::Guest, "", format!("guest '{mail}', by invitation"))
        .at(&scope)
        .between(Value::Null, json!({"mail": mail, "tenantId": tenant}))
        .because("they cannot use anything before they have accepted")
}

impl RoleAddition {
    /// What becomes of the role.
    pub(crate) fn change(&self) -> ChangeKind {
        self.grant.change()
    }

    /// Invites who has to be invited, and gives the role.
    ///
    /// # Errors
    /// If Azure or the directory refuses or does not answer.
    pub(crate) async fn carry_out(&self, site: &Site<'_>, run: &Run<'_>) -> Result<Access> {
        let who = self.assignee(site, run).await?;
        // The role is the last step of the plan, whoever had to be invited before.
        let step = run.plan().steps.len() - 1;
        let given = self.grant.carry_out(site, run, step, &who).await?;
        let found = rows(site, self.tenant, &self.place, std::slice::from_ref(&given)).await?;
        let mut row = found.into_iter().next().expect("one assignment makes one row");
        row.principal_name = row.principal_name.or(who.name);
        Ok(row)
    }

    async fn assignee(&self, site: &Site<'_>, run: &Run<'_>) -> Result<Assignee> {
        match &self.who {
            Grantee::Known(known) => Ok(known.clone()),
            Grantee::Guest(mail) => {
                run.perform(0, async {
                    let guest = assignee::invite_guest(site.app, self.tenant, mail).await?;
                    run.made(0, guest.id.to_string());
                    Ok(guest)
                })
                .await
            }
        }
    }
}

/// What the sharing matrix says of a place and a role. Source: the table of the page above.
fn advice(place: &Place, role: &Role) -> Vec<String> {
    let mut advice = Vec::new();
    match place.level() {
        Level::Gallery => {}
        Level::Definition => advice.push(
            "An image definition was shared: the consumer uses it and its versions, but does not see the gallery and its other images; sharing the gallery is recommended.".to_owned(),
        ),
        Level::Version => advice.push(
            "A single version was shared, which Microsoft advises against: the consumer sees neither the definition nor later versions, and `latest` does not work. `vm create` needs --os-type then. Share the gallery or the definition instead.".to_owned(),
        ),
    }
    if !role.reads_images() {
        advice.push(format!(
            "Role '{}' does not allow images to be used; Compute Gallery Image Reader does.",
            role.name
        ));
    }
    if role.changes_images() {
        advice.push(format!(
            "Role '{}' also allows changes; Compute Gallery Image Reader is enough to use images.",
            role.name
        ));
    }
    advice
}
