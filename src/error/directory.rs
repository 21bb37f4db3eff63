//! What Microsoft Graph refuses: codes worth more than their status. Source:
//! <https://learn.microsoft.com/graph/errors> and the catalogue of app management policies.

/// Code, message, hint.
pub(super) const REFUSALS: [(&str, &str, &str); 4] = [
    (
        "Authorization_RequestDenied",
        "this identity may not do that in the directory",
        "Have an administrator give it the directory role, or the Graph permission, that the command's --help names.",
    ),
    (
        "CredentialTypeNotAllowedAsPerAppPolicy",
        "the tenant's policy allows no client secrets",
        "Do without one: `az-imageshare share app create --federated-issuer URL --federated-subject TEXT`.",
    ),
    (
        "CredentialInvalidLifetimeAsPerAppPolicy",
        "the tenant's policy allows no client secret for so long",
        "Give an earlier day: `az-imageshare share app create --secret-expires DATE`.",
    ),
    (
        "RoleAssignmentLimitExceeded",
        "the subscription has as many role assignments as it may have",
        "Share with a group in place of its members, or remove old ones: `az-imageshare share prune`.",
    ),
];
