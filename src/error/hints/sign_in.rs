//! What to do where no identity signs in.

use super::super::{Error, Kind};

/// The error, with what helps here: a credential that is kept and not the default only has to be named.
pub(super) fn nobody_signed_in(told: String, has_az: bool, kept: Option<&str>) -> Error {
    let told = Error::new(Kind::SignIn, told).hint(match kept {
        Some(name) => format!(
            "Let the credential that is kept sign in: `az-imageshare credential use -n {name}`, or `--credential {name}` this time."
        ),
        None => "Keep a credential: see `az-imageshare credential add --help`.".to_owned(),
    });
    if has_az { told.hint("Or log in to az: `az login`.") } else { told }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::AuthError;

    /// What a person is advised whose refresh token Entra refuses with these words.
    fn advice(said: &str, claims: Option<&str>) -> String {
        let tenant = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002".parse().unwrap();
        let (name, said) = ("me".to_owned(), said.to_owned());
        let claims = claims.map(str::to_owned);
        Error::from(AuthError::PersonNeeded { name, tenant, claims, said }).hints().join(" ")
    }

    #[test]
    fn a_person_signs_in_again_unless_the_device_or_the_place_is_refused() {
        for code in ["AADSTS50076", "AADSTS50079", "AADSTS70043", "AADSTS700082"] {
            let told = advice(&format!("{code}: …"), Some("{}"));
            assert!(told.contains("`az-imageshare credential login -n me --tenant"), "{told}");
            assert!(told.contains("--claims e30="), "{told}");
        }
        for code in ["AADSTS53000", "AADSTS53003", "AADSTS530084"] {
            let told = advice(&format!("{code}: …"), Some("{}"));
            assert!(
                told.contains("managed devices") && told.contains("`az login --tenant"),
                "{told}"
            );
            assert!(!told.contains("credential login"), "{told}");
        }
    }

    #[test]
    fn a_refusal_by_conditional_access_is_explained_and_never_answered_by_a_code() {
        for (code, words) in [
            (53_000, "managed device"),
            (53_003, "Conditional access blocks"),
            (530_003, "managed device"),
        ] {
            let refused = AuthError::Refused {
                status: 400,
                error: "invalid_grant".to_owned(),
                codes: vec![code],
                description: String::new(),
                correlation_id: String::new(),
                claims: None,
            };
            let told = Error::from(refused).hints().join(" ");
            assert!(told.contains(words) && !told.contains("device-code"), "{code}: {told}");
        }
    }
}
