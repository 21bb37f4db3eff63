//! Fills a state with the default world, whose constants are in [`crate::world`].

pub(crate) mod builder;
pub(crate) mod fleet;

use std::collections::BTreeMap;

use serde_json::json;

use crate::arm::roles;
use crate::state::{
    Application, ClientSecret, Principal, PrincipalKind, Registration, ResourceGroup, State,
    Subscription, Tenant,
};
use crate::world::{
    CERTIFICATE_CLIENT, CERTIFICATE_OBJECT, CONSUMER_CLIENT, CONSUMER_DOMAIN, CONSUMER_GROUP,
    CONSUMER_GROUP_NAME, CONSUMER_M365_GROUP, CONSUMER_OBJECT, CONSUMER_SECRET,
    CONSUMER_SUBSCRIPTION, CONSUMER_TENANT, CONSUMER_USER, CONSUMER_USER_NAME, CONTRIBUTOR_CLIENT,
    CONTRIBUTOR_OBJECT, CONTRIBUTOR_SECRET, DEPLOYER_APPLICATION, DEPLOYER_CLIENT,
    DEPLOYER_EXPIRED_SECRET, DEPLOYER_OBJECT, DEPLOYER_SECRET, FEDERATED_CLIENT, FEDERATED_OBJECT,
    GALLERY, IMAGES_GROUP, LINUX_IMAGE, MULTI_TENANT_CLIENT, MULTI_TENANT_CONSUMER_OBJECT,
    MULTI_TENANT_PUBLISHER_OBJECT, MULTI_TENANT_SECRET, OTHER_GROUP, PERSON_CLIENT,
    PUBLISHER_DOMAIN, PUBLISHER_SUBSCRIPTION, PUBLISHER_TENANT, PUBLISHER_USER,
    PUBLISHER_USER_NAME, READER_CLIENT, READER_OBJECT, READER_SECRET, SECOND_SUBSCRIPTION,
    THIRD_DOMAIN, THIRD_TENANT, WINDOWS_IMAGE, gallery_id,
};

mod directory;

/// Builds the default world.
pub fn contoso_and_fabrikam() -> State {
    let mut state = State::default();
    seed_tenants(&mut state);
    seed_applications(&mut state);
    seed_people(&mut state);
    directory::permissions(&mut state);
    seed_subscriptions(&mut state);
    seed_roles(&mut state);
    seed_gallery(&mut state);
    builder::seed(&mut state);
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
        state.add_management_group(id, id, None);
    }
}

fn seed_applications(state: &mut State) {
    for (client_id, object_id, tenant, name, secret) in APPLICATIONS {
        seed_application(state, [client_id, object_id, tenant, name, secret]);
    }
    let visitor = principal(
        MULTI_TENANT_CONSUMER_OBJECT,
        CONSUMER_TENANT,
        PrincipalKind::ServicePrincipal,
        "image-bridge",
        MULTI_TENANT_CLIENT,
    );
    state.principals.push(visitor);
    seed_public_client(state);
    let deployer = state.application_mut(DEPLOYER_CLIENT).expect("seeded above");
    deployer.secrets.push(client_secret(DEPLOYER_EXPIRED_SECRET, 1_600_000_000));
}

fn seed_application(state: &mut State, [client_id, object_id, tenant, name, secret]: [&str; 5]) {
    let application = if client_id == DEPLOYER_CLIENT {
        DEPLOYER_APPLICATION.to_owned()
    } else {
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, client_id.as_bytes()).to_string()
    };
    let secrets =
        if secret.is_empty() { Vec::new() } else { vec![client_secret(secret, FAR_FUTURE)] };
    for (id, kind) in [
        (application.as_str(), PrincipalKind::Application),
        (object_id, PrincipalKind::ServicePrincipal),
    ] {
        state.principals.push(principal(id, tenant, kind, name, client_id));
    }
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

/// Without a service principal: the first person who consents makes one.
fn seed_public_client(state: &mut State) {
    let object_id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, PERSON_CLIENT.as_bytes());
    state.applications.push(Application {
        client_id: PERSON_CLIENT.to_owned(),
        object_id: object_id.to_string(),
        tenant: PUBLISHER_TENANT.to_owned(),
        name: "image-people".to_owned(),
        secrets: Vec::new(),
        certificates: Vec::new(),
        federated: false,
        multi_tenant: true,
        redirect_uris: vec!["http://localhost".to_owned()],
    });
}

fn seed_people(state: &mut State) {
    for (id, tenant, name, login) in [
        (PUBLISHER_USER, PUBLISHER_TENANT, "Ada", PUBLISHER_USER_NAME),
        (CONSUMER_USER, CONSUMER_TENANT, "Grace", CONSUMER_USER_NAME),
    ] {
        state.principals.push(principal(id, tenant, PrincipalKind::User, name, login));
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
        (PUBLISHER_SUBSCRIPTION, "Contoso Images", PUBLISHER_TENANT, true),
        (SECOND_SUBSCRIPTION, "Contoso Lab", PUBLISHER_TENANT, false),
        (CONSUMER_SUBSCRIPTION, "Fabrikam Production", CONSUMER_TENANT, true),
    ] {
        let mut registered = vec![
            "microsoft.resources",
            "microsoft.authorization",
            "microsoft.compute",
            "microsoft.network",
            "microsoft.managedidentity",
            "microsoft.marketplaceordering",
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
        state.subscriptions.push(Subscription { providers, ..Subscription::new(id, name, tenant) });
    }
    // Only one of the publisher's subscriptions was let into the preview of direct sharing.
    let feature = "Microsoft.Compute/SIGSharing".to_owned();
    state.features.push((PUBLISHER_SUBSCRIPTION.to_owned(), feature));
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
    for principal in [CERTIFICATE_OBJECT, FEDERATED_OBJECT, MULTI_TENANT_PUBLISHER_OBJECT] {
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
    seed_image(state, LINUX_IMAGE, "Linux", "Generalized", "canonical-hardened", "TrustedLaunch");
    seed_image(state, WINDOWS_IMAGE, "Windows", "Specialized", "windows-golden", "Standard");
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
    ClientSecret { id: uuid::Uuid::new_v4().to_string(), value: value.to_owned(), expires_on }
}

const FAR_FUTURE: i64 = 4_000_000_000;

/// Client id, object id, tenant, name, secret.
const APPLICATIONS: [(&str, &str, &str, &str, &str); 7] = [
    (DEPLOYER_CLIENT, DEPLOYER_OBJECT, PUBLISHER_TENANT, "image-publisher", DEPLOYER_SECRET),
    (
        CONTRIBUTOR_CLIENT,
        CONTRIBUTOR_OBJECT,
        PUBLISHER_TENANT,
        "image-contributor",
        CONTRIBUTOR_SECRET,
    ),
    (READER_CLIENT, READER_OBJECT, PUBLISHER_TENANT, "image-reader", READER_SECRET),
    (CONSUMER_CLIENT, CONSUMER_OBJECT, CONSUMER_TENANT, "image-consumer", CONSUMER_SECRET),
    (
        MULTI_TENANT_CLIENT,
        MULTI_TENANT_PUBLISHER_OBJECT,
        PUBLISHER_TENANT,
        "image-bridge",
        MULTI_TENANT_SECRET,
    ),
    (CERTIFICATE_CLIENT, CERTIFICATE_OBJECT, PUBLISHER_TENANT, "image-certificate", ""),
    (FEDERATED_CLIENT, FEDERATED_OBJECT, PUBLISHER_TENANT, "image-federated", ""),
];
