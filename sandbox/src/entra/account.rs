//! Who a person is: at home in one tenant, and a guest in those whose invitation was accepted.

use super::refusal::Refusal;
use crate::core::Core;
use crate::state::{Principal, PrincipalKind, State};

/// A person who signs in to a tenant.
pub(super) struct Account {
    /// As the own tenant knows the person.
    pub(super) home: Principal,
    /// As the tenant that is signed in to does; the same at home.
    pub(super) here: Principal,
}

/// Finds a person by the sign-in name, in the tenant `issuer` or at home if that is no tenant.
pub(super) fn find(
    core: &Core,
    login: &str,
    issuer: &str,
    client: &str,
) -> Result<Account, Refusal> {
    let state = &core.state;
    let home = users(state).find(|user| {
        user.login.eq_ignore_ascii_case(login) && state.directory.guest(&user.id).is_none()
    });
    let home = home.ok_or_else(|| {
        Refusal::new(
            "invalid_grant",
            50034,
            format!("The user account {login} does not exist in the directory. To sign into this application, the account must be added to the directory."),
        )
    })?;
    let tenant = match state.tenant(issuer) {
        Some(tenant) => tenant,
        None => {
            return Ok(Account { home: home.clone(), here: home.clone() });
        }
    };
    let here = in_tenant(state, &tenant.id, login).ok_or_else(|| {
        Refusal::new(
            "invalid_grant",
            50020,
            format!(
                "User account '{login}' from identity provider '{}/{}/' does not exist in tenant '{}' and cannot access \
                 the application '{client}'(Microsoft Azure CLI) in that tenant. The account needs to be added as an \
                 external user in the tenant first. Sign out and sign in again with a different Azure Active Directory \
                 user account.",
                core.endpoints.login, home.tenant, tenant.name
            ),
        )
    })?;
    Ok(Account { home: home.clone(), here: here.clone() })
}

/// How a tenant knows a person by the sign-in name: as its own user, or as a guest who has accepted.
pub(crate) fn in_tenant<'a>(state: &'a State, tenant: &str, login: &str) -> Option<&'a Principal> {
    let mut here = users(state).filter(|user| user.tenant == tenant);
    here.find(|user| match state.directory.guest(&user.id) {
        Some(guest) => !guest.pending && guest.has_address(login),
        None => user.login.eq_ignore_ascii_case(login),
    })
}

fn users(state: &State) -> impl Iterator<Item = &Principal> {
    let all = state.principals.iter();
    all.filter(|principal| principal.kind == PrincipalKind::User)
}
