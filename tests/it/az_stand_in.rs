//! A stand-in for `az`: what it is started with, and when it is not started at all.

use sandbox::world;
use serde_json::{Value, json};

use crate::support::lab::Lab;

/// A login as `az` leaves it, and an `az` that answers `answer` in a folder of its own.
fn az_login(answer: &str) -> Lab {
    az_login_of(&ADA.parse().unwrap(), answer)
}

const ADA: &str = r#"{"name": "ada@contoso.onmicrosoft.com", "type": "user"}"#;

const TOKEN_OF_AZ: &str =
    r#"echo '{"accessToken": "of-az", "expires_on": 4000000000, "tokenType": "Bearer"}'"#;

fn az_login_of(user: &Value, answer: &str) -> Lab {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new();
    let profile = serde_json::json!({"subscriptions": [{
        "id": world::PUBLISHER_SUBSCRIPTION, "name": "Contoso Images", "state": "Enabled", "isDefault": true,
        "tenantId": world::PUBLISHER_TENANT, "environmentName": sandbox::CLOUD,
        "user": user,
    }]});
    lab.file(".azure/azureProfile.json", &profile.to_string());
    let bin = lab.home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let az = bin.join("az");
    std::fs::write(&az, format!("#!/bin/sh\nprintf '%s ' \"$@\" > \"$0.args\"\n{answer}\n"))
        .unwrap();
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!(".:{}:/usr/bin:/bin", bin.display());
    lab.env("PATH", &path)
}

#[test]
fn the_az_login_is_the_last_resort() {
    let lab = az_login(TOKEN_OF_AZ);
    lab.file("az", "#!/bin/sh\necho evil");
    let token = lab.run(&["token", "get"]).json();
    assert_eq!(token["accessToken"], "of-az");
    assert_eq!(token["tenant"], world::PUBLISHER_TENANT);
    assert_eq!(token["subscription"], world::PUBLISHER_SUBSCRIPTION);
    // Not by the tenant: that would be the default login's, which may be somebody else.
    let mine = format!("--subscription {} ", world::PUBLISHER_SUBSCRIPTION);
    assert!(az_arguments(&lab).unwrap().ends_with(&mine));
    lab.run(&["token", "get", "--tenant", world::CONSUMER_TENANT]).json();
    let theirs = format!("--tenant {} ", world::CONSUMER_TENANT);
    assert!(az_arguments(&lab).unwrap().ends_with(&theirs));
    assert!(Lab::contents(&lab.files()).is_empty(), "its tokens stay in memory");
    let out = az_login("echo 'ERROR: Please run az login' >&2; exit 1");
    let refused = out.run(&["token", "get"]);
    assert!(refused.refused(4).contains("Please run az login"), "{refused:?}");
}

/// What the `az` of [`az_login_of`] was started with.
fn az_arguments(lab: &Lab) -> Option<String> {
    std::fs::read_to_string(lab.home.path().join("bin/az.args")).ok()
}

/// The shapes that `az login --identity` and Cloud Shell leave in `azureProfile.json`.
#[test]
fn a_login_that_is_good_for_one_tenant_is_not_asked_for_another() {
    let assigned = "MSIClient-1a2b3c4d-0000-4000-8000-000000000001";
    let identity = "Hint: Keep an application of that tenant with `az-imageshare credential add -n NAME --tenant";
    let cases = [
        (
            json!({"name": "systemAssignedIdentity", "type": "servicePrincipal", "assignedIdentityInfo": "MSI"}),
            "a managed identity",
            identity,
        ),
        (
            json!({"name": "userAssignedIdentity", "type": "servicePrincipal", "assignedIdentityInfo": assigned}),
            "a managed identity",
            identity,
        ),
        (
            json!({"name": "ada@contoso.onmicrosoft.com", "type": "user", "cloudShellID": true}),
            "the one of Cloud Shell",
            "Hint: Run `az login --tenant",
        ),
    ];
    for (user, what, hint) in cases {
        let lab = az_login_of(&user, TOKEN_OF_AZ);
        let other = lab.run(&["token", "get", "--tenant", world::CONSUMER_TENANT]);
        let told = other.refused(4);
        let expected = format!(
            "the az login is {what}: it gets tokens of tenant {}, and none of {}",
            world::PUBLISHER_TENANT,
            world::CONSUMER_TENANT
        );
        assert!(told.contains(&expected) && told.contains(hint), "{told}");
        assert_eq!(az_arguments(&lab), None, "az is not even asked");
        assert!(lab.azure.journal().is_empty());
        let own = ["token", "get", "--tenant", world::PUBLISHER_TENANT];
        assert_eq!(lab.run(&own).json()["accessToken"], "of-az");
        let asked = az_arguments(&lab).unwrap();
        assert!(!asked.contains("--tenant"), "az 2.60 refuses it: {asked}");
        let seen = lab.run(&["doctor", "--query", "[].detail", "-o", "tsv"]);
        assert!(seen.stdout.contains("which gets tokens of no other tenant"), "{seen:?}");
        assert!(!seen.stdout.contains("no longer good"), "{seen:?}");
    }
}
