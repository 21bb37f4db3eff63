//! Plans of fleets, saved and not yet carried out.

use sandbox::{UnknownPrincipal, world};
use serde_json::json;

use super::rows::words;
use crate::fleet_apply::apply;
use crate::fleet_policy;
use crate::support::builder::identity_id;
use crate::support::fleets::manifest_of;
use crate::support::lab::Lab;

const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const READERS: &str = "  - {name: readers, from: contoso, to: [fabrikam], via: delegation, offer: Fleet images, resourceGroups: [images-rg], authorizations: [{principals: [grace], role: Reader}]}\n";

fn planned(lab: &Lab, grant: &str, more: &[&str]) {
    lab.azure.knob(|knobs| knobs.unknown_principal = UnknownPrincipal::Accept);
    lab.planned(&manifest_of(grant), more);
}

pub(super) fn offer_planned(lab: &Lab) {
    planned(lab, READERS, &[]);
}

/// What an earlier plan made leaves again.
pub(super) fn removal_planned(lab: &Lab) {
    planned(lab, READERS, &[]);
    let made = apply(lab, &saved_plan(lab)[0], &[]);
    assert_eq!(made.code, 0, "{made:?}");
    std::fs::remove_dir_all(lab.files().join("history")).unwrap();
    let absent = READERS.replacen("from: contoso", "absent: true, from: contoso", 1);
    planned(lab, &absent, &["--remove"]);
}

/// Somebody becomes Owner of a gallery.
pub(super) fn owner_planned(lab: &Lab) {
    let gallery = world::GALLERY;
    let grant = format!(
        "  - {{name: owners, from: contoso, to: [fabrikam], via: rbac, galleries: {{names: [{gallery}]}}, role: Owner}}\n"
    );
    planned(lab, &grant, &[]);
}

/// A policy of the management group delegates by an identity that outlives it.
pub(super) fn policy_planned(lab: &Lab) {
    let identity = identity_id();
    lab.azure.state(|state| {
        state.add_management_group(world::PUBLISHER_TENANT, "mg-images", None);
        state.assign_role(fleet_policy::GROUP, OWNER, world::DEPLOYER_OBJECT);
        let images = state.subscription_mut(world::PUBLISHER_SUBSCRIPTION).unwrap();
        images.management_group = Some("mg-images".to_owned());
        let body = json!({"location": "westeurope", "properties": {"principalId": world::READER_OBJECT,
            "clientId": world::READER_CLIENT}});
        state.put_resource(&identity, "Microsoft.ManagedIdentity/userAssignedIdentities", body);
    });
    lab.azure.knob(|knobs| knobs.unknown_principal = UnknownPrincipal::Accept);
    let by = format!("acceptOwner: true, identity: {identity}");
    lab.planned(&fleet_policy::manifest("both").replace("acceptOwner: true", &by), &[]);
}

pub(super) fn saved_plan(lab: &Lab) -> Vec<String> {
    words(&[lab.home.path().join("fleet.plan").to_str().unwrap()])
}
