//! `share rbac`: who can be named, what is checked first, what a second run does, what is never removed.

use sandbox::{Fault, Person, Principal, PrincipalKind, world};

use crate::support::galleries::rbac;
use crate::support::lab::{Lab, Ran};

const ASSIGNMENTS: &str = "/roleAssignments/";
const GUEST: &str = "33333333-0000-4000-8000-000000000001";

fn add(lab: &Lab, rest: &[&str]) -> Ran {
    rbac(lab, "add", rest)
}

/// The role assignments at the gallery or below it.
fn given(lab: &Lab) -> Vec<sandbox::RoleAssignment> {
    let gallery = world::gallery_id().to_lowercase();
    lab.azure.state(|state| {
        let all = state.role_assignments.iter();
        all.filter(|known| known.scope.to_lowercase().starts_with(&gallery)).cloned().collect()
    })
}

fn person(lab: &Lab, id: &str, name: &str, login: &str, person: Option<Person>) {
    lab.azure.state(|state| {
        state.principals.push(Principal {
            id: id.to_owned(),
            tenant: world::PUBLISHER_TENANT.to_owned(),
            kind: PrincipalKind::User,
            name: name.to_owned(),
            login: login.to_owned(),
            members: Vec::new(),
        });
        if let Some(person) = person {
            state.directory.people.insert(id.to_owned(), person);
        }
    });
}

fn guest(lab: &Lab, mail: Option<&str>, other: &[&str]) {
    let facts = Person {
        mail: mail.map(str::to_owned),
        other_mails: other.iter().map(|&mail| mail.to_owned()).collect(),
        guest: true,
        pending: false,
    };
    let login = "grace_fabrikam.onmicrosoft.com#EXT#@contoso.onmicrosoft.com";
    person(lab, GUEST, "Grace (guest)", login, Some(facts));
}

#[test]
fn a_role_is_given_once_whoever_is_named_and_however() {
    for (name, id, kind) in [
        (world::PUBLISHER_USER_NAME, world::PUBLISHER_USER, "User"),
        ("image-reader", world::READER_OBJECT, "ServicePrincipal"),
        (world::READER_CLIENT, world::READER_OBJECT, "ServicePrincipal"),
        (world::READER_OBJECT, world::READER_OBJECT, "ServicePrincipal"),
        (world::DEPLOYER_APPLICATION, world::DEPLOYER_OBJECT, "ServicePrincipal"),
    ] {
        let lab = Lab::publisher();
        let first = add(&lab, &["--assignee", name]).json();
        assert_eq!(first["change"], "create", "{first}");
        assert_eq!(first["principalId"], id);
        assert_eq!(first["principalType"], kind);
        assert_eq!(first["role"], "Compute Gallery Image Reader");
        assert_eq!(first["scope"], world::gallery_id());
        assert_eq!(first["tenantId"], world::PUBLISHER_TENANT);
        let second = add(&lab, &["--assignee", name]).json();
        assert_eq!(second["change"], "keep");
        assert_eq!(second["id"], first["id"]);
        assert_eq!(lab.azure.calls("PUT", ASSIGNMENTS), 1, "{name}");
    }
}

#[test]
fn a_guest_is_found_by_any_ordinary_address() {
    for (mail, other) in [
        (Some("grace@fabrikam.onmicrosoft.com"), &[][..]),
        (None, &["grace@fabrikam.onmicrosoft.com"][..]),
    ] {
        let lab = Lab::publisher();
        guest(&lab, mail, other);
        let row = add(&lab, &["--assignee", world::CONSUMER_USER_NAME]).json();
        assert_eq!(row["principalId"], GUEST);
        assert_eq!(row["principalName"], "Grace (guest)");
    }
}

#[test]
fn a_guests_home_is_the_tenant_of_the_address() {
    let lab = Lab::publisher();
    guest(&lab, Some(world::CONSUMER_USER_NAME), &[]);
    let row = add(&lab, &["--assignee", world::CONSUMER_USER_NAME]).json();
    assert_eq!(row["tenantId"], world::CONSUMER_TENANT);
}

#[test]
fn two_of_one_name_are_refused_and_both_are_shown() {
    let lab = Lab::publisher();
    let (one, two) =
        ("33333333-0000-4000-8000-000000000002", "33333333-0000-4000-8000-000000000003");
    person(&lab, one, "Alex", "alex1@contoso.onmicrosoft.com", None);
    person(&lab, two, "Alex", "alex2@contoso.onmicrosoft.com", None);
    let ran = add(&lab, &["--assignee", "Alex"]);
    let stderr = ran.refused(2);
    assert!(stderr.contains(one) && stderr.contains(two), "{stderr}");
    assert_eq!(lab.azure.calls("PUT", ASSIGNMENTS), 0);
}

#[test]
fn an_object_id_with_its_type_needs_no_directory() {
    let lab = Lab::publisher();
    let row = add(
        &lab,
        &[
            "--assignee-object-id",
            world::READER_OBJECT,
            "--assignee-principal-type",
            "ServicePrincipal",
        ],
    );
    assert_eq!(row.json()["principalId"], world::READER_OBJECT);
    let journal = lab.azure.journal();
    let looked_up = journal
        .iter()
        .filter(|call| call.listener == sandbox::Listener::Graph && call.method == "GET");
    assert_eq!(looked_up.count(), 0);
    let ran = add(&lab, &["--assignee-object-id", world::READER_OBJECT]);
    assert!(ran.refused(2).contains("--assignee-principal-type"), "{ran:?}");
}

#[test]
fn a_wrong_type_is_told_with_the_way_out() {
    let lab = Lab::publisher();
    let ran = add(
        &lab,
        &["--assignee-object-id", world::READER_OBJECT, "--assignee-principal-type", "User"],
    );
    let stderr = ran.refused(3);
    assert!(stderr.contains("UnmatchedPrincipalType"), "{stderr}");
    assert!(stderr.contains("--assignee NAME"), "{stderr}");
}

#[test]
fn somebody_unknown_is_invited_only_on_request() {
    let lab = Lab::publisher();
    let mail = "bob@partner.example";
    let ran = add(&lab, &["--assignee", mail]);
    assert!(ran.refused(3).contains("--invite"), "{ran:?}");
    assert_eq!(lab.azure.calls("POST", "/invitations"), 0);
    let ran = add(&lab, &["--assignee", mail, "--invite"]);
    assert!(ran.stderr.contains("/redeem"), "{ran:?}");
    let row = ran.json();
    assert_eq!(row["principalType"], "User");
    assert_eq!(row["change"], "create");
    let again = add(&lab, &["--assignee", mail, "--invite"]);
    assert!(again.stderr.contains("has not accepted"), "{again:?}");
    assert_eq!(again.json()["change"], "keep");
    assert_eq!(lab.azure.calls("POST", "/invitations"), 1);
}

#[test]
fn without_the_right_to_invite_nothing_happens() {
    let lab = Lab::publisher();
    lab.azure.state(|state| state.directory.permissions.clear());
    let ran = add(&lab, &["--assignee", "bob@partner.example", "--invite"]);
    assert!(ran.refused(1).contains("Guest Inviter"), "{ran:?}");
    assert_eq!(lab.azure.calls("PUT", ASSIGNMENTS), 0);
}

#[test]
fn a_cloud_without_the_role_gets_reader() {
    let lab = Lab::publisher();
    let missing = Fault::status(404).method("GET").path("cf7c76d2-98a3-4358-a134-615aa78bf44d");
    lab.azure.inject(missing.always());
    let ran = add(&lab, &["--assignee", "image-reader"]);
    assert!(ran.stderr.contains("does not know the role"), "{ran:?}");
    assert_eq!(ran.json()["role"], "Reader");
}

#[test]
fn a_principal_made_a_moment_ago_is_waited_for() {
    let lab = Lab::publisher();
    lab.azure.knob(|knobs| knobs.principal_replication_puts = 3);
    lab.azure.principal_created(world::READER_OBJECT);
    assert_eq!(add(&lab, &["--assignee", "image-reader"]).json()["change"], "create");
    assert_eq!(lab.azure.calls("PUT", ASSIGNMENTS), 4);
}

#[test]
fn a_role_given_under_another_name_is_success() {
    let lab = Lab::publisher();
    lab.azure.state(|state| {
        let role = "cf7c76d2-98a3-4358-a134-615aa78bf44d";
        state.assign_role(&world::gallery_id(), role, world::READER_OBJECT);
    });
    assert_eq!(add(&lab, &["--assignee", "image-reader"]).json()["change"], "keep");
    assert_eq!(lab.azure.calls("PUT", ASSIGNMENTS), 0);
}

#[test]
fn who_may_not_give_roles_is_told_before_anything_is_asked_of_graph() {
    let lab = Lab::contributor();
    let ran = add(&lab, &["--assignee", "image-reader"]);
    let stderr = ran.refused(1);
    assert!(stderr.contains("Microsoft.Authorization/roleAssignments/write"), "{stderr}");
    assert!(stderr.contains("az role assignment create"), "{stderr}");
    assert_eq!(lab.azure.calls("PUT", "/"), 0);
    assert_eq!(lab.azure.calls("GET", "/v1.0/"), 0);
}

#[test]
fn what_is_to_be_shared_has_to_exist() {
    let lab = Lab::publisher();
    let other = ["share", "rbac", "add", "-g", world::IMAGES_GROUP, "--gallery", "nope"];
    let ran = lab.publish(&[&other[..], &["--assignee", "image-reader"]].concat());
    assert!(ran.refused(3).contains("gallery '"), "{ran:?}");
    let ran = add(&lab, &["--image-definition", "nope", "--assignee", "image-reader"]);
    assert!(ran.refused(3).contains("image definition '"), "{ran:?}");
}

#[test]
fn parts_of_a_gallery_are_shared_with_a_word_of_advice() {
    let lab = Lab::publisher();
    let image = ["--image-definition", world::LINUX_IMAGE];
    let ran = add(&lab, &[&image[..], &["--assignee", "image-reader"]].concat());
    assert!(ran.stderr.contains("sharing the gallery is recommended"), "{ran:?}");
    let scope = format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE);
    assert_eq!(ran.json()["scope"], scope);
    let version = ["--image-version", "1.0.0", "--assignee", "image-reader"];
    let ran = add(&lab, &[&image[..], &version[..]].concat());
    assert!(ran.stderr.contains("advises against"), "{ran:?}");
    assert_eq!(ran.json()["scope"], format!("{scope}/versions/1.0.0"));
    let ran = add(&lab, &["--assignee", "image-reader", "--role", "Contributor"]);
    assert!(ran.stderr.contains("also allows changes"), "{ran:?}");
}

#[test]
fn the_last_day_is_recorded_listed_and_changed() {
    let lab = Lab::publisher();
    let until = |day: &str| add(&lab, &["--assignee", "image-reader", "--expires", day]);
    let ran = until("2020-01-31");
    assert!(ran.refused(2).contains("has passed"), "{ran:?}");
    assert_eq!(lab.azure.journal().len(), 0, "{:?}", lab.azure.journal());
    assert_eq!(until("2099-01-31").json()["expiresOn"], "2099-01-31");
    assert_eq!(given(&lab)[0].description.as_deref(), Some("az-imageshare expires=2099-01-31"));
    assert_eq!(until("2099-01-31").json()["change"], "keep");
    let changed = until("2099-02-28").json();
    assert_eq!(
        (&changed["change"], &changed["expiresOn"]),
        (&"update".into(), &"2099-02-28".into())
    );
    assert_eq!(given(&lab).len(), 1);
    let ran = add(&lab, &["--assignee", "image-reader"]);
    assert!(ran.stderr.contains("until 2099-02-28"), "{ran:?}");
}
