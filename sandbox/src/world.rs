//! The default world: Contoso publishes images, Fabrikam consumes them, Tailspin is a bystander.
//!
//! Every value here is a constant that tests may rely on.

use std::collections::BTreeMap;

use serde_json::json;

use crate::arm::roles;
use crate::state::{
    Application, ClientSecret, Principal, PrincipalKind, Registration, ResourceGroup, State,
    Subscription, Tenant,
};

/// Contoso, the publisher's tenant.
pub const PUBLISHER_TENANT: &str = "3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001";
/// Contoso's domain.
pub const PUBLISHER_DOMAIN: &str = "contoso.onmicrosoft.com";
/// Fabrikam, the consumer's tenant.
pub const CONSUMER_TENANT: &str = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002";
/// Fabrikam's domain.
pub const CONSUMER_DOMAIN: &str = "fabrikam.onmicrosoft.com";
/// Tailspin, a third tenant.
pub const THIRD_TENANT: &str = "b71e4d90-5a2c-4f18-8e63-2d9c7f0b3003";
/// Tailspin's domain.
pub const THIRD_DOMAIN: &str = "tailspin.onmicrosoft.com";

/// Contoso's subscription with the gallery; Microsoft.ManagedServices is registered in it.
pub const PUBLISHER_SUBSCRIPTION: &str = "5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101";
/// Contoso's second subscription; Microsoft.ManagedServices is not registered in it.
pub const SECOND_SUBSCRIPTION: &str = "6b1e8d4f-3052-4c9b-8f17-8e2d4c601102";
/// Fabrikam's subscription.
pub const CONSUMER_SUBSCRIPTION: &str = "7c2f9e50-4163-4dac-a028-9f3e5d712201";

/// The resource group with the gallery.
pub const IMAGES_GROUP: &str = "images-rg";
/// A resource group without anything to share.
pub const OTHER_GROUP: &str = "other-rg";
/// The gallery in `images-rg`.
pub const GALLERY: &str = "sharedGallery";
/// A Linux Gen2 TrustedLaunch generalized image with versions 1.0.0 and 1.1.0.
pub const LINUX_IMAGE: &str = "ubuntu-hardened";
/// A Windows specialized image with version 2.0.0.
pub const WINDOWS_IMAGE: &str = "windows-golden";

/// Client id of the publisher's deployer, Owner of both publisher subscriptions.
pub const DEPLOYER_CLIENT: &str = "a1f40c77-0d35-4e0b-8b5c-1e6d2f901301";
/// Object id of the deployer's service principal.
pub const DEPLOYER_OBJECT: &str = "a1f40c77-0d35-4e0b-8b5c-1e6d2f901302";
/// Object id of the deployer's app registration, which is not its service principal.
pub const DEPLOYER_APPLICATION: &str = "a1f40c77-0d35-4e0b-8b5c-1e6d2f901303";
/// The deployer's secret.
pub const DEPLOYER_SECRET: &str = "dep8Q~sandbox.deployer.secret-0001";
/// An expired secret of the deployer.
pub const DEPLOYER_EXPIRED_SECRET: &str = "exp8Q~sandbox.deployer.expired-001";
/// Client id of a Contributor.
pub const CONTRIBUTOR_CLIENT: &str = "b2051d88-1e46-4f1c-9c6d-2f7e30a11401";
/// Object id of the Contributor.
pub const CONTRIBUTOR_OBJECT: &str = "b2051d88-1e46-4f1c-9c6d-2f7e30a11402";
/// The Contributor's secret.
pub const CONTRIBUTOR_SECRET: &str = "con8Q~sandbox.contributor.secret-1";
/// Client id of a Reader.
pub const READER_CLIENT: &str = "c3162e99-2f57-402d-ad7e-308f41b21501";
/// Object id of the Reader.
pub const READER_OBJECT: &str = "c3162e99-2f57-402d-ad7e-308f41b21502";
/// The Reader's secret.
pub const READER_SECRET: &str = "rea8Q~sandbox.reader.secret-000001";
/// Client id of the consumer's app, a member of the consumer group and Owner of the consumer subscription.
pub const CONSUMER_CLIENT: &str = "d4273faa-3068-413e-be8f-4190520c2301";
/// Object id of the consumer's service principal.
pub const CONSUMER_OBJECT: &str = "d4273faa-3068-413e-be8f-4190520c2302";
/// The consumer's secret.
pub const CONSUMER_SECRET: &str = "csm8Q~sandbox.consumer.secret-0001";
/// Client id of an app of the publisher with service principals in both tenants.
pub const MULTI_TENANT_CLIENT: &str = "e53840bb-4179-424f-8f90-52a1631d1601";
/// Object id of its service principal in the publisher's tenant.
pub const MULTI_TENANT_PUBLISHER_OBJECT: &str = "e53840bb-4179-424f-8f90-52a1631d1602";
/// Object id of its service principal in the consumer's tenant.
pub const MULTI_TENANT_CONSUMER_OBJECT: &str = "e53840bb-4179-424f-8f90-52a1631d2402";
/// Its secret.
pub const MULTI_TENANT_SECRET: &str = "mul8Q~sandbox.multitenant.secret-1";
/// Client id of an app without a secret: register a certificate for it. Owner of the publisher subscription.
pub const CERTIFICATE_CLIENT: &str = "f64951cc-528a-4350-90a1-63b2742e1701";
/// Object id of its service principal.
pub const CERTIFICATE_OBJECT: &str = "f64951cc-528a-4350-90a1-63b2742e1702";
/// Client id of an app that trusts the sandbox's federation issuer. Owner of the publisher subscription.
pub const FEDERATED_CLIENT: &str = "075a62dd-639b-4461-81b2-74c3853f1801";
/// Object id of its service principal.
pub const FEDERATED_OBJECT: &str = "075a62dd-639b-4461-81b2-74c3853f1802";

/// The consumer's security group; the consumer's app and user are members.
pub const CONSUMER_GROUP: &str = "186b73ee-74ac-4572-92c3-85d496402501";
/// The consumer group's name.
pub const CONSUMER_GROUP_NAME: &str = "image-users";
/// A Microsoft 365 group of the consumer, which Lighthouse refuses.
pub const CONSUMER_M365_GROUP: &str = "297c84ff-85bd-4683-a3d4-96e5a7512502";
/// A user of the publisher, Owner of the publisher subscription.
pub const PUBLISHER_USER: &str = "3a8d9500-96ce-4794-b4e5-a7f6b8621901";
/// The publisher user's login name.
pub const PUBLISHER_USER_NAME: &str = "ada@contoso.onmicrosoft.com";
/// A user of the consumer, member of the consumer group.
pub const CONSUMER_USER: &str = "4b9ea611-a7df-48a5-85f6-b807c9732601";
/// The consumer user's login name.
pub const CONSUMER_USER_NAME: &str = "grace@fabrikam.onmicrosoft.com";

/// The id of the seeded gallery.
pub fn gallery_id() -> String {
    format!(
        "/subscriptions/{PUBLISHER_SUBSCRIPTION}/resourceGroups/{IMAGES_GROUP}/providers/Microsoft.Compute/galleries/{GALLERY}"
    )
}

/// Builds the default world.
pub fn contoso_and_fabrikam() -> State {
    let mut state = State::default();
    seed_tenants(&mut state);
    seed_applications(&mut state);
    seed_people(&mut state);
    seed_subscriptions(&mut state);
    seed_roles(&mut state);
    seed_gallery(&mut state);
    state
}

fn seed_tenants(state: &mut State) {
    for (id, domain, name) in [
        (PUBLISHER_TENANT, PUBLISHER_DOMAIN, "Contoso"),
        (CONSUMER_TENANT, CONSUMER_DOMAIN, "Fabrikam"),
        (THIRD_TENANT, THIRD_DOMAIN, "Tailspin Toys"),
    ] {
        state.tenants.push(Tenant {
            id: id.to_owned(),
            domain: domain.to_owned(),
            name: name.to_owned(),
        });
    }
}

fn seed_applications(state: &mut State) {
    let apps = [
        (
            DEPLOYER_CLIENT,
            DEPLOYER_OBJECT,
            PUBLISHER_TENANT,
            "image-publisher",
            DEPLOYER_SECRET,
        ),
        (
            CONTRIBUTOR_CLIENT,
            CONTRIBUTOR_OBJECT,
            PUBLISHER_TENANT,
            "image-contributor",
            CONTRIBUTOR_SECRET,
        ),
        (
            READER_CLIENT,
            READER_OBJECT,
            PUBLISHER_TENANT,
            "image-reader",
            READER_SECRET,
        ),
        (
            CONSUMER_CLIENT,
            CONSUMER_OBJECT,
            CONSUMER_TENANT,
            "image-consumer",
            CONSUMER_SECRET,
        ),
        (
            MULTI_TENANT_CLIENT,
            MULTI_TENANT_PUBLISHER_OBJECT,
            PUBLISHER_TENANT,
            "image-bridge",
            MULTI_TENANT_SECRET,
        ),
        (
            CERTIFICATE_CLIENT,
            CERTIFICATE_OBJECT,
            PUBLISHER_TENANT,
            "image-certificate",
            "",
        ),
        (
            FEDERATED_CLIENT,
            FEDERATED_OBJECT,
            PUBLISHER_TENANT,
            "image-federated",
            "",
        ),
    ];
    for (client_id, object_id, tenant, name, secret) in apps {
        let application = if client_id == DEPLOYER_CLIENT {
            DEPLOYER_APPLICATION.to_owned()
        } else {
            uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, client_id.as_bytes()).to_string()
        };
        let secrets = if secret.is_empty() {
            Vec::new()
        } else {
            vec![client_secret(secret, FAR_FUTURE)]
        };
        state.principals.push(principal(
            &application,
            tenant,
            PrincipalKind::Application,
            name,
            client_id,
        ));
        state.principals.push(principal(
            object_id,
            tenant,
            PrincipalKind::ServicePrincipal,
            name,
            client_id,
        ));
        state.applications.push(Application {
            client_id: client_id.to_owned(),
            object_id: application,
            tenant: tenant.to_owned(),
            name: name.to_owned(),
            secrets,
            certificates: Vec::new(),
            federated: client_id == FEDERATED_CLIENT,
            multi_tenant: client_id == MULTI_TENANT_CLIENT,
            redirect_uris: Vec::new(),
        });
    }
    let visitor = principal(
        MULTI_TENANT_CONSUMER_OBJECT,
        CONSUMER_TENANT,
        PrincipalKind::ServicePrincipal,
        "image-bridge",
        MULTI_TENANT_CLIENT,
    );
    state.principals.push(visitor);
    let deployer = state
        .application_mut(DEPLOYER_CLIENT)
        .expect("seeded above");
    deployer
        .secrets
        .push(client_secret(DEPLOYER_EXPIRED_SECRET, 1_600_000_000));
}

fn seed_people(state: &mut State) {
    for (id, tenant, name, login) in [
        (PUBLISHER_USER, PUBLISHER_TENANT, "Ada", PUBLISHER_USER_NAME),
        (CONSUMER_USER, CONSUMER_TENANT, "Grace", CONSUMER_USER_NAME),
    ] {
        state
            .principals
            .push(principal(id, tenant, PrincipalKind::User, name, login));
    }
    let mut group = principal(
        CONSUMER_GROUP,
        CONSUMER_TENANT,
        PrincipalKind::SecurityGroup,
        CONSUMER_GROUP_NAME,
        "",
    );
    group.members = vec![CONSUMER_OBJECT.to_owned(), CONSUMER_USER.to_owned()];
    state.principals.push(group);
    state.principals.push(principal(
        CONSUMER_M365_GROUP,
        CONSUMER_TENANT,
        PrincipalKind::Microsoft365Group,
        "All Fabrikam",
        "",
    ));
}

fn seed_subscriptions(state: &mut State) {
    for (id, name, tenant, managed_services) in [
        (
            PUBLISHER_SUBSCRIPTION,
            "Contoso Images",
            PUBLISHER_TENANT,
            true,
        ),
        (SECOND_SUBSCRIPTION, "Contoso Lab", PUBLISHER_TENANT, false),
        (
            CONSUMER_SUBSCRIPTION,
            "Fabrikam Production",
            CONSUMER_TENANT,
            true,
        ),
    ] {
        let mut registered = vec![
            "microsoft.resources",
            "microsoft.authorization",
            "microsoft.compute",
            "microsoft.network",
            "microsoft.managedidentity",
            "microsoft.virtualmachineimages",
            "microsoft.storage",
        ];
        if managed_services {
            registered.push("microsoft.managedservices");
        }
        let providers: BTreeMap<String, Registration> = registered
            .into_iter()
            .map(|namespace| (namespace.to_owned(), Registration::Registered))
            .collect();
        state.subscriptions.push(Subscription {
            id: id.to_owned(),
            name: name.to_owned(),
            tenant: tenant.to_owned(),
            providers,
        });
    }
    for (subscription, name, location) in [
        (PUBLISHER_SUBSCRIPTION, IMAGES_GROUP, "westeurope"),
        (PUBLISHER_SUBSCRIPTION, OTHER_GROUP, "northeurope"),
        (SECOND_SUBSCRIPTION, "lab-rg", "westeurope"),
        (CONSUMER_SUBSCRIPTION, "apps-rg", "westeurope"),
    ] {
        state.groups.push(ResourceGroup {
            subscription: subscription.to_owned(),
            name: name.to_owned(),
            location: location.to_owned(),
            tags: json!({}),
        });
    }
}

fn seed_roles(state: &mut State) {
    let publisher = format!("/subscriptions/{PUBLISHER_SUBSCRIPTION}");
    let second = format!("/subscriptions/{SECOND_SUBSCRIPTION}");
    let consumer = format!("/subscriptions/{CONSUMER_SUBSCRIPTION}");
    for principal in [DEPLOYER_OBJECT, PUBLISHER_USER] {
        state.assign_role(&publisher, roles::OWNER, principal);
        state.assign_role(&second, roles::OWNER, principal);
    }
    for principal in [
        CERTIFICATE_OBJECT,
        FEDERATED_OBJECT,
        MULTI_TENANT_PUBLISHER_OBJECT,
    ] {
        state.assign_role(&publisher, roles::OWNER, principal);
    }
    state.assign_role(&publisher, roles::CONTRIBUTOR, CONTRIBUTOR_OBJECT);
    state.assign_role(&publisher, roles::READER, READER_OBJECT);
    state.assign_role(&consumer, roles::OWNER, CONSUMER_OBJECT);
    state.assign_role(&consumer, roles::OWNER, CONSUMER_USER);
    state.assign_role(&consumer, roles::CONTRIBUTOR, MULTI_TENANT_CONSUMER_OBJECT);
}

fn seed_gallery(state: &mut State) {
    let gallery = gallery_id();
    let body = json!({"location": "westeurope", "tags": {}, "properties": {
        "description": "Images for partners",
        "identifier": {"uniqueName": format!("{PUBLISHER_SUBSCRIPTION}-{}", GALLERY.to_uppercase())},
        "provisioningState": "Succeeded"}});
    state.put_resource(&gallery, "Microsoft.Compute/galleries", body);
    seed_image(
        state,
        LINUX_IMAGE,
        "Linux",
        "Generalized",
        "canonical-hardened",
        "TrustedLaunch",
    );
    seed_image(
        state,
        WINDOWS_IMAGE,
        "Windows",
        "Specialized",
        "windows-golden",
        "Standard",
    );
    seed_version(state, LINUX_IMAGE, "1.0.0", &["westeurope"]);
    seed_version(state, LINUX_IMAGE, "1.1.0", &["westeurope", "northeurope"]);
    seed_version(state, WINDOWS_IMAGE, "2.0.0", &["westeurope"]);
}

fn seed_image(
    state: &mut State,
    name: &str,
    os: &str,
    os_state: &str,
    offer: &str,
    security: &str,
) {
    let body = json!({"location": "westeurope", "tags": {}, "properties": {
        "osType": os, "osState": os_state, "hyperVGeneration": "V2", "architecture": "x64",
        "identifier": {"publisher": "contoso", "offer": offer, "sku": "gen2"},
        "features": [{"name": "SecurityType", "value": security}],
        "provisioningState": "Succeeded"}});
    state.put_resource(
        &format!("{}/images/{name}", gallery_id()),
        "Microsoft.Compute/galleries/images",
        body,
    );
}

fn seed_version(state: &mut State, image: &str, version: &str, regions: &[&str]) {
    let targets: Vec<_> = regions
        .iter()
        .map(|region| json!({"name": region, "regionalReplicaCount": 1, "storageAccountType": "Standard_LRS"}))
        .collect();
    let body = json!({"location": "westeurope", "tags": {}, "properties": {
        "publishingProfile": {"targetRegions": targets, "replicaCount": 1, "excludeFromLatest": false,
            "publishedDate": "2026-01-15T10:00:00+00:00", "storageAccountType": "Standard_LRS"},
        "storageProfile": {"osDiskImage": {"sizeInGB": 30, "hostCaching": "ReadWrite"}},
        "safetyProfile": {"allowDeletionOfReplicatedLocations": true, "reportedForPolicyViolation": false},
        "provisioningState": "Succeeded"}});
    let id = format!("{}/images/{image}/versions/{version}", gallery_id());
    state.put_resource(&id, "Microsoft.Compute/galleries/images/versions", body);
}

fn principal(id: &str, tenant: &str, kind: PrincipalKind, name: &str, login: &str) -> Principal {
    Principal {
        id: id.to_owned(),
        tenant: tenant.to_owned(),
        kind,
        name: name.to_owned(),
        login: login.to_owned(),
        members: Vec::new(),
    }
}

fn client_secret(value: &str, expires_on: i64) -> ClientSecret {
    ClientSecret {
        id: uuid::Uuid::new_v4().to_string(),
        value: value.to_owned(),
        expires_on,
    }
}

const FAR_FUTURE: i64 = 4_000_000_000;
