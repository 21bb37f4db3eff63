//! What is lent: tokens of which tenants, for which resources.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::resources;
use crate::app::App;
use crate::auth::{AccessToken, Lender, TokenRequest, TokenSource};
use crate::error::{Error, Kind, Result};
use crate::id::{TenantId, TenantRef};
use crate::settings::cloud::default_scope;

/// Tokens of one identity, for one command.
pub(crate) struct Loan {
    pub lender: Lender,
    /// The tenants whose tokens are lent, the default first.
    pub tenants: Vec<TenantId>,
    /// Domains that those of them were named by.
    domains: Vec<(String, TenantId)>,
    /// The resources they are for, without the slash at their end; any if `None`.
    resources: Option<BTreeSet<String>>,
    source: Arc<dyn TokenSource>,
}

/// What a token is lent for: a resource, or a scope made of one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LoanTarget<'a> {
    Resource(&'a str),
    Scope(&'a str),
}

/// What may be borrowed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    /// All tenants of the identity if empty.
    pub tenants: Vec<TenantRef>,
    /// The usual four if empty.
    pub resources: Vec<String>,
    pub any_resource: bool,
}

impl Loan {
    /// Finds out who lends, and signs in once: a secret that has ended is to end the run before the command
    /// starts, not as an error in the middle of it.
    pub(crate) async fn prepare(app: &App, limits: &Limits) -> Result<Loan> {
        let source = app.tokens()?;
        let cloud = &app.settings.cloud;
        let named = limits.resources.first().map(|name| resources::urls_of(name, cloud));
        let first = named.transpose()?.map(|urls| default_scope(&urls[0]));
        let mut tenants = Vec::new();
        let mut domains = Vec::new();
        for tenant in &limits.tenants {
            let id = app.tenant_id(tenant).await?;
            if let TenantRef::Domain(domain) = tenant {
                domains.push((domain.clone(), id));
            }
            if !tenants.contains(&id) {
                tenants.push(id);
            }
        }
        for tenant in &tenants {
            let request =
                TokenRequest { tenant: Some(*tenant), scope: cloud.arm_scope(), renew: false };
            // Only whether it may be asked for: a tenant that is not the identity's is refused here.
            source.cached(&request)?;
        }
        let request = TokenRequest {
            tenant: tenants.first().copied(),
            scope: first.unwrap_or_else(|| cloud.arm_scope()),
            renew: false,
        };
        let token = source.token(&request).await?;
        if tenants.is_empty() {
            // The environment may name its tenant by a domain; the token says which one that is.
            tenants.push(token.tenant);
            let others = source.tenants();
            tenants.extend(others.into_iter().filter(|other| *other != token.tenant));
        }
        let resources = if limits.any_resource {
            None
        } else {
            Some(resources::allowed(&limits.resources, cloud)?)
        };
        Ok(Loan { lender: source.lender(), tenants, domains, resources, source })
    }

    /// The tenant that is meant when none is named.
    pub(crate) fn default_tenant(&self) -> TenantId {
        self.tenants[0]
    }

    /// The tenant that is named by its id, or by the domain that `--tenant` has named.
    pub(crate) fn tenant_named(&self, name: &str) -> Result<TenantId> {
        let by_domain = self.domains.iter().find(|(domain, _)| domain.eq_ignore_ascii_case(name));
        if let Some((_, id)) = by_domain {
            return Ok(*id);
        }
        name.parse().map_err(|_| {
            let name = shown(name);
            Error::new(Kind::SignIn, format!("this run does not know tenant '{name}'"))
                .hint(format!("Start it with `az-imageshare exec --tenant {name} -- COMMAND`."))
        })
    }

    /// Lends a token.
    ///
    /// # Errors
    /// If the tenant or the resource is not lent, or the identity cannot sign in any more.
    pub(crate) async fn token(
        &self,
        tenant: Option<TenantId>,
        audience: LoanTarget<'_>,
    ) -> Result<AccessToken> {
        let tenant = tenant.unwrap_or_else(|| self.default_tenant());
        if !self.tenants.contains(&tenant) {
            return Err(self.foreign_tenant(tenant));
        }
        let (resource, scope) = match audience {
            LoanTarget::Resource(resource) => (resource, default_scope(resource)),
            LoanTarget::Scope(scope) => {
                let resource = scope.strip_suffix("/.default").ok_or_else(|| {
                    Error::usage(format!("scope '{}' does not end in /.default", shown(scope)))
                        .hint("Ask for `RESOURCE/.default`: an application has no other scopes.")
                })?;
                (resource, scope.to_owned())
            }
        };
        if !self.is_lent(resource) {
            return Err(not_lent(resource));
        }
        Ok(self.source.token(&TokenRequest { tenant: Some(tenant), scope, renew: false }).await?)
    }

    /// The command that signs in with what a service asks for beyond the token, if a person lends.
    pub(crate) fn stronger_login(
        &self,
        tenant: TenantId,
        scope: &str,
        claims: &str,
    ) -> Option<String> {
        // azd hands on what the service wrote, which is base64, and some of its callers the JSON in it.
        let is_base64 = claims.bytes().all(|c| c.is_ascii_alphanumeric() || b"+/=_-".contains(&c));
        let claims = if is_base64 { claims.to_owned() } else { STANDARD.encode(claims) };
        self.source.stronger_login(Some(tenant), &shown(scope), &claims)
    }

    /// True if that command needs a program that is missing.
    pub(crate) fn lacks_az(&self) -> bool {
        self.source.lacks_az()
    }

    /// What is lent, for people.
    pub(crate) fn resources_shown(&self) -> String {
        match &self.resources {
            None => "any resource".to_owned(),
            Some(all) => all.iter().cloned().collect::<Vec<_>>().join(", "),
        }
    }

    fn is_lent(&self, resource: &str) -> bool {
        self.resources.as_ref().is_none_or(|all| all.contains(&resources::comparable(resource)))
    }

    fn foreign_tenant(&self, tenant: TenantId) -> Error {
        let lent: Vec<String> = self.tenants.iter().map(ToString::to_string).collect();
        Error::new(
            Kind::SignIn,
            format!("this run lends no tokens of tenant {tenant}, only of {}", lent.join(", ")),
        )
        .hint(format!("Start it with `az-imageshare exec --tenant {tenant} -- COMMAND`."))
    }
}

fn not_lent(resource: &str) -> Error {
    let resource = shown(resource);
    Error::new(Kind::SignIn, format!("this run lends no tokens for {resource}"))
        .hint(format!("Start it with `az-imageshare exec --resource {resource} -- COMMAND`."))
}

/// What someone asked for, fit for a message: of a moderate length, and nothing that a shell would run.
fn shown(text: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || ":/.-_~".contains(*c);
    text.chars().filter(is_plain).take(120).collect()
}
