//! What speaks against a set-up: everything together, before the first write.

use super::facts::Facts;
use super::plan::{Change, SetupDraft};
use crate::arm::authorization::is_allowed;
use crate::id::Scope;
use crate::ops::change::findings::Findings;
use crate::ops::change::resume::posix_word;

/// Judges what is in Azure.
pub(crate) fn check(facts: &Facts, home: &Scope, findings: &mut Findings) {
    let own = facts.tenants.iter().find(|(id, _)| *id == home.subscription);
    let own = own.and_then(|(_, tenant)| tenant.clone());
    for (id, tenant) in &facts.tenants {
        let place = format!("subscription {id}");
        match tenant {
            None => findings.azure(place, "does not exist, or this identity cannot see it", "Check the id, and sign in with a credential that has access: `--credential NAME`."),
            Some(_) if *tenant != own => findings.azure(
                place,
                "belongs to another tenant, where a managed identity can never have a role",
                "Share the image with a direct shared gallery, or copy it to a gallery of this tenant.",
            ),
            Some(_) => {}
        }
    }
    for (scope, found) in &facts.groups {
        if found.is_none() {
            let name = scope.resource_group.as_deref().unwrap_or_default();
            findings.azure(
                format!("resource group '{name}'"),
                format!("does not exist in subscription {}", scope.subscription),
                format!("Check its name, or create it: `az group create -n {} -l LOCATION --subscription {}`.", posix_word(name), scope.subscription),
            );
        }
    }
    for id in &facts.absent {
        findings.azure(
            id.to_string(),
            "does not exist",
            format!(
                "Check the id: `az resource list -g {} -o table`.",
                posix_word(id.resource_group())
            ),
        );
    }
}

/// Judges whether the caller may do what has to be done.
pub(crate) fn check_rights(facts: &Facts, plan: &SetupDraft, findings: &mut Findings) {
    let mut require = |scope: &str, action: &str, role: &str| {
        let known = facts.permissions.iter().find(|(at, _)| at.eq_ignore_ascii_case(scope));
        if known.is_some_and(|(_, permissions)| !is_allowed(permissions, action)) {
            findings.azure(
                scope.to_owned(),
                format!("you may not do {action} there"),
                format!("Ask its Owner for the role '{role}' there, or to run this command."),
            );
        }
    };
    let home = plan.identity.scope.to_string();
    if plan.known.is_none() {
        require(
            &home,
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            "Managed Identity Contributor",
        );
    }
    for namespace in &plan.register {
        require(&home, &format!("{namespace}/register/action"), "Contributor");
    }
    for role in plan.roles.iter().filter(|role| role.change != Change::Keep) {
        require(
            &role.role.scope,
            "Microsoft.Authorization/roleDefinitions/write",
            "User Access Administrator",
        );
    }
    for grant in plan.grants.iter().filter(|grant| grant.change != Change::Keep) {
        require(
            &grant.scope,
            "Microsoft.Authorization/roleAssignments/write",
            "User Access Administrator",
        );
    }
}
