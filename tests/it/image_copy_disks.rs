//! `image copy` of a directly shared image: the disks that it goes by, and when they are removed.

use sandbox::Fault;
use serde_json::json;

use crate::support::copies::{copied, copy, disks, shared_source, shared_with_copier, version};
use crate::support::lab::Lab;

fn lab() -> Lab {
    let lab = Lab::consumer();
    shared_with_copier(&lab);
    lab
}

#[test]
fn each_disk_of_the_image_is_copied_and_none_is_left() {
    let lab = lab();
    copy(&lab, &shared_source(), &[]).json();
    assert_eq!((lab.azure.calls("PUT", "/disks/"), disks(&lab.azure)), (2, 0));
    let found = version(&lab.azure, "1.0.0").unwrap();
    let storage = &found["properties"]["storageProfile"];
    assert_eq!(storage["dataDiskImages"][0]["lun"], json!(2), "{found:#}");
    for part in ["/osDiskImage/source/id", "/dataDiskImages/0/source/id"] {
        let named = storage.pointer(part).and_then(|id| id.as_str()).unwrap_or_default();
        assert!(named.contains("/disks/az-imageshare-"), "{part}: {found:#}");
    }
}

#[test]
fn the_disks_stay_while_azure_may_still_read_them() {
    let lab = lab();
    lab.azure.knob(|knobs| knobs.replication_reads = 1000);
    let path = format!("{}/versions/1.0.0", copied());
    lab.azure.inject(Fault::status(403).method("GET").path(&path));
    let told = copy(&lab, &shared_source(), &[]);
    assert!(told.refused(7).contains("stays until the version is made"), "{told:?}");
    assert_eq!((disks(&lab.azure), lab.azure.calls("DELETE", "/disks/")), (2, 0));
    lab.azure.clear_faults();
    lab.azure.knob(|knobs| knobs.replication_reads = 1);
    lab.azure.state(|state| state.replicating.values_mut().for_each(|left| *left = 1));
    copy(&lab, &shared_source(), &[]).json();
    assert_eq!(disks(&lab.azure), 0);
}

#[test]
fn a_version_that_azure_refuses_leaves_no_disk() {
    let lab = lab();
    let path = format!("{}/versions/1.0.0", copied());
    lab.azure.inject(Fault::status(403).method("PUT").path(&path));
    copy(&lab, &shared_source(), &[]).refused(7);
    assert_eq!((lab.azure.calls("PUT", "/disks/"), disks(&lab.azure)), (2, 0));
}
