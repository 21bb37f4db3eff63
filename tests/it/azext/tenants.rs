//! Other tenants: what the login of `az` reaches there, and what is said where it reaches nothing.

use sandbox::world;
use serde_json::json;

use crate::support::lab::Lab;
use crate::support::machines::KEY;

/// Makes a machine in the consumer's tenant from an image in the publisher's; gives the application of every
/// token of the publisher's tenant that was asked for.
fn make_a_machine(lab: &Lab) -> Vec<String> {
    let image = format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE);
    let fixed = ["imageshare", "vm", "create", "-n", "web-01", "-g", "apps-rg"];
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION, "--image", &image];
    let rest = ["--admin-username", "azureuser", "--ssh-key-value", KEY];
    lab.azure.clear_journal();
    let made = lab.run_az(&[&fixed[..], &place, &rest].concat()).json();
    let how = (&made["change"], &made["via"], &made["publisherTenantId"]);
    let expected = (&json!("create"), &json!("rbac"), &json!(world::PUBLISHER_TENANT));
    assert_eq!(how, expected, "{made:#}");
    let journal = lab.azure.journal();
    assert!(journal.iter().any(|call| call.method == "PUT"
        && call.path.contains("/deployments/")
        && call.header("x-ms-authorization-auxiliary").is_some()));
    let theirs = format!("/{}/oauth2/v2.0/token", world::PUBLISHER_TENANT);
    let tokens = journal.iter().filter(|call| call.path.ends_with(&theirs));
    tokens.map(|call| call.body["client_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_machine_across_tenants_needs_the_login_of_az_only() {
    let app = (world::MULTI_TENANT_CLIENT, world::MULTI_TENANT_SECRET);
    let lab = Lab::new().az_login(world::CONSUMER_TENANT, app.0, app.1);
    assert_eq!(make_a_machine(&lab), [app.0], "one token, and az keeps it");
}

#[test]
fn of_several_logins_the_one_that_az_has_for_a_tenant_signs_in_there() {
    let app = (world::MULTI_TENANT_CLIENT, world::MULTI_TENANT_SECRET);
    let deployer = (world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET);
    let lab = Lab::new().az_login(world::CONSUMER_TENANT, app.0, app.1).az_login(
        world::PUBLISHER_TENANT,
        deployer.0,
        deployer.1,
    );
    let default = lab.run_az(&["account", "show"]).json();
    assert_eq!(default["user"]["name"], deployer.0);
    let asked = make_a_machine(&lab);
    assert_eq!(asked, [""; 0], "az holds the deployer's since its login");
}

/// As `az login --identity` and Cloud Shell leave them; no request can be made for them here.
#[test]
fn a_managed_identity_and_cloud_shell_are_told_what_they_cannot_do() {
    let managed = json!({"name": "systemAssignedIdentity", "type": "servicePrincipal", "assignedIdentityInfo": "MSI"});
    let shell =
        json!({"name": "ada@contoso.onmicrosoft.com", "type": "user", "cloudShellID": true});
    let cases = [
        (managed, "a managed identity", "`az imageshare credential add -n NAME --tenant"),
        (shell, "the one of Cloud Shell", "`az login --tenant"),
    ];
    for (user, what, hint) in cases {
        let lab = Lab::new().env("ACC_CLOUD", "yes");
        let profile = json!({"subscriptions": [{
            "id": world::CONSUMER_SUBSCRIPTION, "name": "Fabrikam Apps", "state": "Enabled", "isDefault": true,
            "tenantId": world::CONSUMER_TENANT, "environmentName": sandbox::CLOUD, "user": user,
        }]});
        lab.file(".azure/azureProfile.json", &profile.to_string());
        let token = ["imageshare", "token", "get", "--tenant", world::PUBLISHER_TENANT];
        let header = ["imageshare", "token", "get", "--auxiliary", world::PUBLISHER_TENANT];
        for args in [token, header] {
            let refused = lab.run_az(&args);
            let told = refused.refused(1);
            assert!(told.contains(what) && told.contains(hint), "{told}");
        }
        assert!(lab.azure.journal().is_empty());
    }
}
