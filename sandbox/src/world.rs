//! The default world: Contoso publishes images, Fabrikam consumes them, Tailspin is a bystander.
//!
//! Every value here is a constant that tests may rely on.

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
/// What opens the address at which a pipeline issues federated tokens: `pipeline/CLIENT` of the sign-in service.
pub const PIPELINE_BEARER: &str = "pipeline-bearer-Canary-7f3a9d";
/// The service connection of Azure Pipelines that [`FEDERATED_CLIENT`] trusts; its tokens are issued at
/// `contoso/images/_apis/distributedtask/hubs/build/plans/PLAN/jobs/JOB/oidctoken` of the sign-in service.
pub const SERVICE_CONNECTION: &str = "c4a1f0d2-7b35-4d5e-9a86-1f2e3d4c5b01";
/// Client id of the publisher's public client, with which people of any tenant sign in on `http://localhost`. No
/// tenant has consented to it yet.
pub const PERSON_CLIENT: &str = "5d0c7f16-93b2-4c5e-8e41-d0a2f7b61901";
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

/// The application that VM Image Builder once signed in as; every tenant that uses it has a service principal of it.
pub const IMAGE_BUILDER_CLIENT: &str = "cf32a0cc-373c-47c9-9156-0db11f6a6dfc";
/// Object id of its service principal in the publisher's tenant.
pub const IMAGE_BUILDER_OBJECT: &str = "5cafb722-b8e0-49b6-96a7-c918da833001";
/// A managed image in `images-rg`.
pub const MANAGED_IMAGE: &str = "ubuntu-base";
/// A virtual network in `other-rg`, with the subnet `builds`.
pub const BUILD_NETWORK: &str = "build-vnet";
/// A storage account in `other-rg`, with the container `scripts`.
pub const STORAGE_ACCOUNT: &str = "contosobuilds";
/// The container with the customization scripts.
pub const SCRIPTS_CONTAINER: &str = "scripts";

/// The id of the seeded gallery.
pub fn gallery_id() -> String {
    format!(
        "/subscriptions/{PUBLISHER_SUBSCRIPTION}/resourceGroups/{IMAGES_GROUP}/providers/Microsoft.Compute/galleries/{GALLERY}"
    )
}

/// The id of a resource in one of the publisher's groups.
fn publisher_resource(group: &str, rest: &str) -> String {
    format!("/subscriptions/{PUBLISHER_SUBSCRIPTION}/resourceGroups/{group}/providers/{rest}")
}

/// The id of the seeded managed image.
pub fn managed_image_id() -> String {
    publisher_resource(IMAGES_GROUP, &format!("Microsoft.Compute/images/{MANAGED_IMAGE}"))
}

/// The id of the seeded virtual network.
pub fn build_network_id() -> String {
    publisher_resource(OTHER_GROUP, &format!("Microsoft.Network/virtualNetworks/{BUILD_NETWORK}"))
}

/// The id of the seeded storage container.
pub fn scripts_container_id() -> String {
    let place = format!("{STORAGE_ACCOUNT}/blobServices/default/containers/{SCRIPTS_CONTAINER}");
    publisher_resource(OTHER_GROUP, &format!("Microsoft.Storage/storageAccounts/{place}"))
}
