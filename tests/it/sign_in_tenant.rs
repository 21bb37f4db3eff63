//! Which tenant a command signs in to: that of the subscription it works on, if who signs in has several.

use sandbox::{Listener, world};

use crate::support::lab::{Lab, Ran};
use crate::support::offers::TERMS;

/// The application that both tenants know, at home in the consumer's and, if it is said, also in the publisher's.
fn bridge(also: bool) -> Lab {
    let lab = Lab::new();
    let add = ["credential", "add", "--no-test", "-n", "bridge", "--secret-stdin"];
    let client = ["--client-id", world::MULTI_TENANT_CLIENT, "--default"];
    let (home, other) = if also {
        (world::CONSUMER_TENANT, &["--also-tenant", world::PUBLISHER_TENANT][..])
    } else {
        (world::PUBLISHER_TENANT, &[][..])
    };
    let args = [&add[..], &client, &["--tenant", home], other].concat();
    lab.run_with_input(&args, world::MULTI_TENANT_SECRET).json();
    lab
}

/// How often somebody without a token asked whose a subscription is.
fn discoveries(lab: &Lab) -> usize {
    let journal = lab.azure.journal();
    let asked = journal.iter().filter(|call| {
        call.listener == Listener::Management && call.status == 401 && call.principal.is_none()
    });
    asked.count()
}

/// Runs a command that has to get through to the publisher's tenant.
#[track_caller]
fn works(lab: &Lab, args: &[&str]) -> Ran {
    lab.azure.clear_journal();
    let ran = lab.run(args);
    assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
    let journal = lab.azure.journal();
    // The consumer's directory is asked for the principals of an offer, as the consumer.
    let mut signed_in = journal.iter().filter(|call| {
        let of_directory = args.contains(&"plan") && call.listener == Listener::Graph;
        call.principal.is_some() && !of_directory
    });
    assert!(
        signed_in.all(|call| call.tenant.as_deref() == Some(world::PUBLISHER_TENANT)),
        "{args:?}: {journal:#?}"
    );
    ran
}

#[test]
fn a_credential_of_several_tenants_signs_in_to_that_of_the_subscription() {
    let lab = bridge(true);
    let gallery = world::gallery_id();
    let place = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    let named = ["-g", world::IMAGES_GROUP, "--gallery", world::GALLERY];
    let identity = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aib",
        world::PUBLISHER_SUBSCRIPTION,
        world::IMAGES_GROUP
    );
    let offer = [&["-n", "Images"][..], &TERMS].concat();
    for args in [
        &["share", "list", "--gallery-id", &gallery][..],
        &[&["share", "list"], &named[..], &place].concat(),
        &[&["share", "list"], &place[..]].concat(),
        &["share", "rbac", "list", "--gallery-id", &gallery],
        &["share", "direct", "list", "--gallery-id", &gallery],
        &["share", "card", "--gallery-id", &gallery],
        &[&["share", "prune"], &place[..]].concat(),
        &[&["delegation", "list"], &place[..]].concat(),
        // The consumer's tenant comes first in the credential, and is not the one to delegate from.
        &[&["delegation", "plan"], &offer[..], &place].concat(),
        &[
            "builder",
            "setup",
            "--dry-run",
            "--identity",
            &identity,
            "--distribute-to",
            &gallery,
            "-l",
            "westeurope",
        ],
    ] {
        works(&lab, args);
        assert_eq!(discoveries(&lab), 1, "{args:?}");
    }
}

#[test]
fn with_one_tenant_nobody_is_asked_whose_the_subscription_is() {
    let lab = bridge(false);
    let gallery = world::gallery_id();
    works(&lab, &["share", "list", "--gallery-id", &gallery]);
    assert_eq!(discoveries(&lab), 0);
}

#[test]
fn a_subscription_is_found_by_its_name_in_whichever_tenant() {
    let lab = bridge(true);
    let named = ["--subscription", "Contoso Images"];
    let ran = lab.run(&[&["share", "list"], &named[..]].concat());
    assert!(!ran.json().as_array().unwrap().is_empty());
    let ran = lab.run(&["share", "list", "--subscription", "Nobody's"]);
    assert!(ran.refused(3).contains("subscription 'Nobody's' does not exist"), "{ran:?}");
}
