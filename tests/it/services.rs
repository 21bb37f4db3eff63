//! Whose failure it is: Resource Manager and Microsoft Graph are spoken to by one client, and each is
//! named when it is the one that fails.

use sandbox::{Fault, FaultKind, Listener, world};

use crate::support::galleries::shareable;
use crate::support::lab::{Lab, Ran};

const GALLERY: [&str; 4] = ["-g", world::IMAGES_GROUP, "--gallery", world::GALLERY];

/// Invites somebody, which is one POST to Graph, and gives what was said about `fault` there.
fn invite(fault: Fault) -> Ran {
    let lab = Lab::publisher();
    lab.azure.inject(fault.on(Listener::Graph).method("POST").path("/invitations").always());
    let add = ["share", "rbac", "add", "--assignee", "bob@partner.example", "--invite"];
    lab.publish(&[&add[..], &GALLERY[..]].concat())
}

/// Shares a new gallery, which ends with one POST to Resource Manager.
fn share(fault: Fault) -> Ran {
    let lab = Lab::publisher();
    lab.azure.inject(fault.on(Listener::Management).method("POST").path("/share").always());
    shareable(&lab.azure, "partners");
    let gallery = ["-g", world::IMAGES_GROUP, "--gallery", "partners"];
    let add = ["share", "direct", "add", "--tenant", world::CONSUMER_TENANT];
    lab.publish(&[&add[..], &gallery].concat())
}

#[test]
fn the_service_that_cannot_be_reached_is_named() {
    // A POST that broke off is not sent again, so nothing waits here.
    let graph = invite(Fault::new(FaultKind::Reset));
    let said = graph.refused(12);
    assert!(said.contains("cannot reach Microsoft Graph"), "{said}");
    assert!(!said.contains("Resource Manager"), "{said}");

    let manager = share(Fault::new(FaultKind::Reset));
    let said = manager.refused(12);
    assert!(said.contains("cannot reach Azure Resource Manager"), "{said}");
    assert!(!said.contains("Graph"), "{said}");
}

#[test]
fn a_page_of_a_proxy_is_said_to_stand_in_for_the_service_that_was_asked() {
    let page = || Fault::new(FaultKind::Html { status: 200 });
    assert!(invite(page()).refused(12).contains("answered instead of Microsoft Graph"));
    assert!(share(page()).refused(12).contains("answered instead of Azure:"));
}

#[test]
fn a_refusal_without_a_known_code_leads_to_the_rights_of_that_service() {
    let refusal = || {
        let (retry_after, code) = (None, Some("Unheard".to_owned()));
        Fault::new(FaultKind::Status { status: 403, retry_after, code })
    };
    let said = invite(refusal()).refused(1).to_owned();
    assert!(!said.contains("Owner of the subscription"), "{said}");
    assert!(share(refusal()).refused(1).contains("Owner of the subscription"));
}
