//! Galleries to be shared, and people of another tenant in the publisher's directory.

use sandbox::world;
use sandbox::{Principal, PrincipalKind, RoleAssignment, Sandbox};
use serde_json::{Value, json};

use super::lab::{Lab, Ran};

/// The GUID of Compute Gallery Image Reader.
pub(crate) const IMAGE_READER: &str = "cf7c76d2-98a3-4358-a134-615aa78bf44d";
/// A guest in the publisher's tenant who comes from the consumer's.
pub(crate) const GUEST: &str = "5c0fb722-b8e0-49b6-9607-c918da842101";
/// The consumer's application as the publisher's tenant knows it.
pub(crate) const VISITOR: &str = "5c0fb722-b8e0-49b6-9607-c918da842102";

/// The face that a community gallery shows.
pub(crate) const FACE: [&str; 8] = [
    "--publisher-uri",
    "https://contoso.com",
    "--publisher-contact",
    "images@contoso.com",
    "--eula",
    "https://contoso.com/eula",
    "--public-name-prefix",
    "contoso",
];

/// The id of a gallery in the publisher's images group.
pub(crate) fn gallery(name: &str) -> String {
    world::gallery_id().replace(world::GALLERY, name)
}

/// Puts a gallery in place that was made for direct sharing, with one image in two regions.
pub(crate) fn shareable(azure: &Sandbox, name: &str) -> String {
    let id = gallery(name);
    place(azure, &id, &json!({"permissions": "Groups", "groups": []}));
    image(azure, &id, "shared", "Linux");
    id
}

/// Puts a community gallery in place, with one image for Windows; it is not enabled yet.
pub(crate) fn community(azure: &Sandbox, name: &str, windows_image: &str) -> String {
    let id = gallery(name);
    let info = json!({"communityGalleryEnabled": false, "publicNamePrefix": "contoso",
        "publicNames": ["contoso-1"], "publisherUri": "https://contoso.com",
        "publisherContact": "images@contoso.com", "eula": "https://contoso.com/eula"});
    let profile = json!({"permissions": "Community", "communityGalleryInfo": info});
    place(azure, &id, &profile);
    image(azure, &id, windows_image, "Windows");
    id
}

fn place(azure: &Sandbox, id: &str, profile: &Value) {
    let name = id.rsplit('/').next().unwrap().to_uppercase();
    let unique = format!("{}-{name}", world::PUBLISHER_SUBSCRIPTION);
    let body = json!({"location": "westeurope", "properties": {"identifier": {"uniqueName": unique},
        "provisioningState": "Succeeded", "sharingProfile": profile}});
    azure.state(|state| state.put_resource(id, "Microsoft.Compute/galleries", body));
}

/// An image definition with one version, in two regions.
fn image(azure: &Sandbox, gallery: &str, name: &str, os: &str) {
    let id = format!("{gallery}/images/{name}");
    let image = json!({"location": "westeurope", "properties": {"osType": os, "osState": "Generalized",
        "hyperVGeneration": "V2", "architecture": "x64", "provisioningState": "Succeeded",
        "features": [{"name": "SecurityType", "value": "TrustedLaunch"}],
        "identifier": {"publisher": "contoso", "offer": name, "sku": "gen2"}}});
    let version = json!({"location": "westeurope", "properties": {"provisioningState": "Succeeded",
        "storageProfile": {"osDiskImage": {"sizeInGB": 30}}, "publishingProfile": {"excludeFromLatest": false,
        "publishedDate": "2026-02-01T00:00:00Z", "targetRegions": [{"name": "West Europe"}, {"name": "eastus"}]}}});
    azure.state(|state| {
        state.put_resource(&id, "Microsoft.Compute/galleries/images", image);
        let id = format!("{id}/versions/1.0.0");
        state.put_resource(&id, "Microsoft.Compute/galleries/images/versions", version);
    });
}

/// Opens a gallery that does not exist yet to everybody, and gives what the command says of it.
pub(crate) fn opened(lab: &Lab, id: &str, more: &[&str]) -> Value {
    let enable = ["share", "community", "enable", "--gallery-id", id];
    let face = [
        "--publisher-uri",
        "https://c.com",
        "--publisher-contact",
        "a@c.com",
        "--eula",
        "free",
        "--public-name-prefix",
        "c",
        "--location",
        "westeurope",
        "--yes",
    ];
    lab.run(&[&enable[..], &face, more].concat()).json()
}

/// Runs `share rbac VERB` on the publisher's gallery.
pub(crate) fn rbac(lab: &Lab, verb: &str, rest: &[&str]) -> Ran {
    let place = ["-g", world::IMAGES_GROUP, "--gallery", world::GALLERY];
    lab.publish(&[&["share", "rbac", verb], &place[..], rest].concat())
}

/// The role assignments at the publisher's gallery itself.
pub(crate) fn gallery_roles(azure: &Sandbox) -> Vec<RoleAssignment> {
    azure.state(|state| {
        let all = state.role_assignments.iter();
        all.filter(|known| known.scope == world::gallery_id()).cloned().collect()
    })
}

/// What stands in a gallery's sharing profile.
pub(crate) fn profile(azure: &Sandbox, id: &str) -> Value {
    let id = id.to_lowercase();
    azure.state(|state| state.resources[&id].body["properties"]["sharingProfile"].clone())
}

/// Makes the guest and the visiting application known to the publisher's tenant.
pub(crate) fn admit_foreigners(azure: &Sandbox) {
    let guest = format!("grace_{}#EXT#@{}", world::CONSUMER_DOMAIN, world::PUBLISHER_DOMAIN);
    azure.state(|state| {
        for (id, kind, name, login) in [
            (GUEST, PrincipalKind::User, "Grace (guest)", guest.as_str()),
            (VISITOR, PrincipalKind::ServicePrincipal, "image-consumer", world::CONSUMER_CLIENT),
        ] {
            state.principals.push(Principal {
                id: id.to_owned(),
                tenant: world::PUBLISHER_TENANT.to_owned(),
                kind,
                name: name.to_owned(),
                login: login.to_owned(),
                members: Vec::new(),
            });
        }
    });
}
