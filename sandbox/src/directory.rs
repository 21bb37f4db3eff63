//! What a directory knows beyond names: mail addresses and guests, the rest of an app registration,
//! who may change what, and what was made so recently that it is not seen everywhere.

use std::collections::BTreeMap;

/// The part of all directories that only Microsoft Graph shows.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Object id of a caller (lower case) to its Graph permissions (`Application.ReadWrite.All`) or
    /// directory roles (`Application Administrator`).
    pub permissions: BTreeMap<String, Vec<String>>,
    /// Object id of a user (lower case) to its addresses.
    pub people: BTreeMap<String, Person>,
    /// Client id of an application (lower case) to the rest of its registration.
    pub registrations: BTreeMap<String, AppRegistration>,
    /// Object id (lower case) of a new object to the reads that still do not see it.
    pub unseen: BTreeMap<String, u32>,
    /// Tenants whose users may not consent to applications themselves.
    pub admin_consent_only: Vec<String>,
    /// Tenants whose app management policy allows no client secret.
    pub secrets_forbidden: Vec<String>,
    /// The longest life of a certificate or client secret that a policy allows, in days; any if `None`.
    pub longest_certificate_days: Option<i64>,
    /// How many sign-ins with a client secret that was just made still fail, as Entra's replicas do.
    pub fresh_secret_refusals: u32,
    /// Tenants that ask for a second factor, which nobody shows who signed in at another one.
    pub second_factor: Vec<String>,
    /// Id of an invitation to whom it was sent.
    pub invitations: BTreeMap<String, Invitation>,
}

/// An invitation that can be accepted.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Object id of the guest.
    pub guest: String,
    /// Where the guest is sent afterwards.
    pub redirect: String,
}

/// How a person can be reached, and whether the person belongs to the tenant.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// The ordinary mail address.
    pub mail: Option<String>,
    /// Other addresses.
    pub other_mails: Vec<String>,
    /// True for a guest.
    pub guest: bool,
    /// True for a guest who has not redeemed the invitation.
    pub pending: bool,
}

/// What an app registration holds besides its name, audience and secrets.
#[derive(Clone, Debug, Default)]
pub struct AppRegistration {
    /// The alternate key; it never changes.
    pub unique_name: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Object ids of its owners.
    pub owners: Vec<String>,
    /// Identifier URIs.
    pub identifier_uris: Vec<String>,
    /// Issuers that may sign in for it.
    pub federated: Vec<FederatedCredential>,
    /// Key id of a client secret to its name and begin.
    pub passwords: BTreeMap<String, (Option<String>, i64)>,
}

/// An outside identity that may sign in as an application.
#[derive(Clone, Debug)]
pub struct FederatedCredential {
    /// Its id.
    pub id: String,
    /// Its name; it never changes.
    pub name: String,
    /// Who issues the tokens.
    pub issuer: String,
    /// Whom they are for.
    pub subject: String,
    /// Their audience.
    pub audience: String,
    /// Free text.
    pub description: Option<String>,
}

impl Person {
    /// True if mail to this address reaches the person.
    pub fn has_address(&self, address: &str) -> bool {
        let mut known = self.mail.iter().chain(&self.other_mails);
        known.any(|known| known.eq_ignore_ascii_case(address))
    }
}

impl Directory {
    /// The guest with this object id; `None` for a member of the tenant.
    pub fn guest(&self, object_id: &str) -> Option<&Person> {
        let known = self.people.get(&object_id.to_ascii_lowercase());
        known.filter(|person| person.guest)
    }

    /// The rest of a registration.
    pub fn registration(&self, client_id: &str) -> AppRegistration {
        let known = self.registrations.get(&client_id.to_ascii_lowercase());
        known.cloned().unwrap_or_default()
    }

    /// The rest of a registration, to change.
    pub fn registration_mut(&mut self, client_id: &str) -> &mut AppRegistration {
        let key = client_id.to_ascii_lowercase();
        self.registrations.entry(key).or_default()
    }

    /// Gives a caller Graph permissions or directory roles.
    pub fn permit(&mut self, object_id: &str, permissions: &[&str]) {
        let known = self.permissions.entry(object_id.to_ascii_lowercase()).or_default();
        known.extend(permissions.iter().map(|&name| name.to_owned()));
    }

    /// True if a caller has one of these permissions or roles.
    pub fn permits(&self, object_id: &str, any_of: &[&str]) -> bool {
        let held = self.permissions.get(&object_id.to_ascii_lowercase());
        held.is_some_and(|held| held.iter().any(|name| any_of.contains(&name.as_str())))
    }
}
