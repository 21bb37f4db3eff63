//! A wait that a person would notice is said.

use sandbox::Fault;

use crate::support::lab::Lab;

#[test]
fn a_retry_that_takes_longer_than_two_seconds_is_said_and_a_short_one_is_not() {
    let lab = Lab::publisher();
    lab.azure.inject(Fault::throttled(3).method("GET").path("/subscriptions"));
    let ran = lab.publish(&["delegation", "list"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("answered 429 Too Many Requests; asking again in 3 s."), "{ran:?}");
    lab.azure.inject(Fault::throttled(0).method("GET").path("/subscriptions"));
    let ran = lab.publish(&["delegation", "list"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.stderr.contains("asking again"), "{ran:?}");
}

#[test]
fn the_sign_in_service_is_no_exception() {
    let lab = Lab::publisher();
    lab.azure.inject(Fault::throttled(3).method("POST").path("/token"));
    let ran = lab.run(&["token", "get"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("the sign-in service is asked again in 3 s"), "{ran:?}");
    let lab = Lab::publisher();
    lab.azure.inject(Fault::throttled(3).method("GET").path("/subscriptions"));
    let quiet = lab.publish(&["delegation", "list", "--only-show-errors"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""), "{quiet:?}");
}
