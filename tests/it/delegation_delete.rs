//! `delegation delete`: from both sides, whoever made it, interrupted, half forbidden, with lost answers.

use sandbox::{Fault, FaultKind, world};
use serde_json::json;

use crate::support::faults::forbidden;
use crate::support::lab::{Lab, Ran};
use crate::support::offers::{CONTRIBUTOR, IMAGES, READER, Standing, stand, standing};

const DELETE: [&str; 5] = ["delegation", "delete", "-n", "images", "--yes"];
const DEFINITIONS: &str = "/registrationDefinitions/";
const ASSIGNMENTS: &str = "/registrationAssignments/";

#[track_caller]
fn done(ran: &Ran) {
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
}

#[test]
fn assignments_go_first_and_are_really_gone_before_the_definition_goes() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    lab.azure.knob(|knobs| {
        knobs.assignment_polls = 2;
        knobs.assignment_linger_reads = 3;
        knobs.definition_delete_refusals = 2;
    });
    done(&lab.run(&DELETE));
    assert_eq!(standing(&lab.azure), (0, 0));
    let journal = lab.azure.journal();
    let last_look = journal
        .iter()
        .rposition(|call| call.method == "GET" && call.path.contains(ASSIGNMENTS))
        .unwrap();
    let first_delete = journal
        .iter()
        .position(|call| call.method == "DELETE" && call.path.contains(DEFINITIONS))
        .unwrap();
    assert_eq!(journal[last_look].status, 404);
    assert!(last_look < first_delete);
    assert_eq!(lab.azure.calls("DELETE", DEFINITIONS), 3);
}

#[test]
fn what_create_made_is_taken_back() {
    let lab = Lab::publisher();
    let create = ["delegation", "create", "-n", "images", "-g", world::IMAGES_GROUP];
    let whom =
        ["--consumer-tenant", world::CONSUMER_TENANT, "--principal-id", world::CONSUMER_GROUP];
    lab.publish(&[&create[..], &whom[..]].concat()).json();
    assert_eq!(standing(&lab.azure), (1, 1));
    done(&lab.run(&DELETE));
    assert_eq!(standing(&lab.azure), (0, 0));
}

#[test]
fn the_samples_definition_for_each_group_all_go() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    stand(&lab.azure, &Standing { groups: &[world::OTHER_GROUP], ..IMAGES });
    stand(&lab.azure, &Standing { groups: &[], ..IMAGES });
    stand(&lab.azure, &Standing { name: "another", ..IMAGES });
    done(&lab.run(&DELETE));
    assert_eq!(standing(&lab.azure), (1, 1));
}

#[test]
fn one_definition_for_many_groups_goes_as_a_whole() {
    let lab = Lab::publisher();
    stand(&lab.azure, &Standing { groups: &[world::IMAGES_GROUP, world::OTHER_GROUP], ..IMAGES });
    assert_eq!(standing(&lab.azure), (1, 2));
    done(&lab.run(&DELETE));
    assert_eq!(standing(&lab.azure), (0, 0));
}

#[test]
fn without_terminal_and_without_yes_nothing_is_removed() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    let ran = lab.run(&["delegation", "delete", "-n", "images"]);
    assert!(
        ran.refused(2)
            .contains("ERROR: Unable to prompt for confirmation as no tty available. Use --yes.")
    );
    assert_eq!(lab.azure.calls("DELETE", "/"), 0);
}

#[test]
fn the_question_says_what_goes_and_an_answer_decides() {
    let lab = Lab::publisher();
    let id = stand(&lab.azure, &IMAGES);
    let args = ["delegation", "delete", "-n", "images"];
    for answer in ["n\n", "", "maybe\nperhaps\nhm\n"] {
        let ran = lab.run_at_terminal(&args, answer);
        let stderr = ran.refused(9);
        assert!(stderr.contains(&id), "{stderr}");
        assert!(stderr.contains("'image-users'"), "{stderr}");
        assert!(stderr.contains("the role Reader"), "{stderr}");
    }
    assert_eq!(lab.azure.calls("DELETE", "/"), 0);
    done(&lab.run_at_terminal(&args, "what?\nYes\n"));
    assert_eq!(standing(&lab.azure), (0, 0));
}

#[test]
fn the_consumer_leaves_and_the_definition_stays() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    let lab = lab.at_consumer();
    let ran = lab.run(&DELETE);
    done(&ran);
    assert!(ran.stderr.contains("definition stays"), "{}", ran.stderr);
    assert_eq!(standing(&lab.azure), (1, 0));
    assert_eq!(lab.azure.calls("DELETE", DEFINITIONS), 0);
}

#[test]
fn a_consumer_without_the_role_to_leave_is_told_so() {
    let lab = Lab::publisher();
    stand(&lab.azure, &Standing { roles: &[READER], ..IMAGES });
    let lab = lab.at_consumer();
    let ran = lab.run(&DELETE);
    assert!(ran.refused(1).contains("ask the publisher"), "{}", ran.stderr);
    assert_eq!(standing(&lab.azure), (1, 1));
}

#[test]
fn half_done_says_what_stands_and_the_next_run_goes_on() {
    let lab = Lab::publisher();
    let id = stand(&lab.azure, &IMAGES);
    lab.azure.inject(forbidden("DELETE", DEFINITIONS));
    let ran = lab.run(&DELETE);
    let stderr = ran.refused(7);
    assert!(stderr.contains("1 of 2 done; not done: offer 'images'"), "{stderr}");
    assert!(stderr.contains(&id), "{stderr}");
    let command = stderr.split('`').find(|part| part.starts_with("az-imageshare delegation"));
    let command: Vec<&str> = command.unwrap().split(' ').skip(1).collect();
    assert_eq!(standing(&lab.azure), (1, 0));
    lab.azure.clear_faults();
    done(&lab.run(&command));
    assert_eq!(standing(&lab.azure), (0, 0));
    let again = lab.run(&command);
    done(&again);
    assert!(again.stderr.contains("There is no delegation"), "{again:?}");
}

#[test]
fn one_of_many_groups_that_cannot_go_is_named() {
    let lab = Lab::publisher();
    stand(&lab.azure, &Standing { groups: &[world::IMAGES_GROUP, world::OTHER_GROUP], ..IMAGES });
    lab.azure.inject(forbidden("DELETE", &format!("{}/providers", world::OTHER_GROUP)));
    let ran = lab.run(&DELETE);
    let stderr = ran.refused(7);
    let standing_line = stderr.lines().find(|line| line.starts_with("ERROR:")).unwrap();
    assert!(standing_line.contains(world::OTHER_GROUP), "{stderr}");
    assert!(!standing_line.contains(world::IMAGES_GROUP), "{stderr}");
    assert_eq!(lab.azure.calls("DELETE", DEFINITIONS), 0);
}

#[test]
fn nothing_done_is_a_plain_failure() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    lab.azure.inject(forbidden("DELETE", ASSIGNMENTS));
    lab.run(&DELETE).refused(1);
    assert_eq!(standing(&lab.azure), (1, 1));
}

#[test]
fn an_answer_that_was_lost_is_no_failure() {
    for path in [ASSIGNMENTS, DEFINITIONS] {
        for kind in [FaultKind::Reset, FaultKind::Close, FaultKind::Truncate] {
            let lab = Lab::publisher();
            lab.azure.knob(|knobs| {
                knobs.definition_delete_refusals = 0;
                knobs.assignment_polls = 0;
            });
            stand(&lab.azure, &IMAGES);
            let shown = format!("{path} {kind:?}");
            lab.azure.inject(Fault::new(kind).method("DELETE").path(path).applied());
            let ran = lab.run(&DELETE);
            assert_eq!(ran.code, 0, "{shown}: {ran:?}");
            assert_eq!(standing(&lab.azure), (0, 0), "{shown}");
        }
    }
}

#[test]
fn a_status_that_was_forgotten_is_no_failure() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    let polled = Fault::status(404).method("GET").path("operationStatuses").nth(2);
    lab.azure.inject(polled);
    done(&lab.run(&DELETE));
    assert_eq!(standing(&lab.azure), (0, 0));
}

#[test]
fn the_definition_can_be_kept_and_deleted_later() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    let keep = [&DELETE[..], &["--keep-definition"]].concat();
    let ran = lab.run(&keep);
    done(&ran);
    assert!(ran.stderr.contains("--keep-definition"), "{}", ran.stderr);
    assert_eq!(standing(&lab.azure), (1, 0));
    done(&lab.run(&DELETE));
    assert_eq!(standing(&lab.azure), (0, 0));
    done(&lab.run(&DELETE));
}

#[test]
fn an_offer_with_the_same_right_is_warned_of() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    stand(&lab.azure, &Standing { name: "twin", roles: &[READER], ..IMAGES });
    stand(&lab.azure, &Standing { name: "other right", roles: &[CONTRIBUTOR], ..IMAGES });
    let ran = lab.run(&DELETE);
    done(&ran);
    assert!(ran.stderr.contains("offer 'twin' gives"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("other right"), "{}", ran.stderr);
}

#[test]
fn a_marketplace_offer_loses_its_assignments_only() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    lab.azure.state(|state| {
        for definition in state.definitions.values_mut() {
            definition.plan =
                Some(json!({"name": "p", "publisher": "q", "product": "r", "version": "1"}));
        }
    });
    let ran = lab.run(&DELETE);
    done(&ran);
    assert!(ran.stderr.contains("marketplace"), "{}", ran.stderr);
    assert_eq!(standing(&lab.azure), (1, 0));
}

#[test]
fn a_tenant_tells_offers_of_one_name_apart() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    stand(&lab.azure, &Standing { tenant: world::THIRD_TENANT, ..IMAGES });
    lab.run(&DELETE).refused(2);
    assert_eq!(lab.azure.calls("DELETE", "/"), 0);
    done(&lab.run(&[&DELETE[..], &["--consumer-tenant", world::THIRD_DOMAIN]].concat()));
    let left = lab.azure.state(|state| {
        let mut left = state.definitions.values();
        left.next().map(|found| found.managed_by_tenant_id.clone())
    });
    assert_eq!(left.as_deref(), Some(world::CONSUMER_TENANT));
}
