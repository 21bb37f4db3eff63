//! Texts as they are pasted: every form of the same error gives the same explanation.

use super::*;

fn first(text: &str) -> Explanation {
    explain(text).unwrap().swap_remove(0)
}

fn code(text: &str) -> String {
    first(text).code
}

const LINKED: &str = "The client 'x' with object id '11111111-2222-3333-4444-555555555555' has permission to perform action 'Microsoft.Compute/galleries/images/versions/read' on scope '/subscriptions/s/x'; however, it does not have permission to perform action 'read' on the linked scope(s) '/subscriptions/p/resourceGroups/g/providers/Microsoft.Compute/galleries/G' or the linked scope(s) are invalid.";

#[test]
fn one_error_in_every_form() {
    let json =
        serde_json::json!({"error": {"code": "LinkedAuthorizationFailed", "message": LINKED}});
    let nested = serde_json::json!({"status": "Failed", "error": {"code": "DeploymentFailed",
        "message": "At least one resource deployment operation failed. Please list deployment operations for details.",
        "details": [{"code": "Forbidden", "message": json.to_string()}]}});
    let twice = serde_json::json!({"message": nested.to_string()});
    let broken: String = LINKED
        .chars()
        .enumerate()
        .flat_map(|(at, c)| if at % 37 == 36 { vec!['\n', ' ', c] } else { vec![c] })
        .collect();
    for text in [
        LINKED.to_owned(),
        json.to_string(),
        format!("{json:#}"),
        nested.to_string(),
        twice.to_string(),
        format!(
            "(LinkedAuthorizationFailed) {LINKED}\nCode: LinkedAuthorizationFailed\nMessage: {LINKED}"
        ),
        format!("\u{1b}[31mERROR: (LinkedAuthorizationFailed) {LINKED}\u{1b}[0m"),
        format!("\u{2502} {} \u{2502}", broken),
        format!("> > ERROR: {}", broken.replace('\n', "\n> > ")),
        LINKED.replace('\'', "&#39;"),
        LINKED.replace('\'', "\u{2019}"),
        LINKED.to_uppercase(),
    ] {
        let found = first(&text);
        assert_eq!(found.title, "no role on the image", "{text}");
    }
    let fix = &first(LINKED).fixes[0];
    assert!(fix.contains("--assignee 11111111-2222-3333-4444-555555555555`"), "{fix}");
}

#[test]
fn wrappers_come_after_the_reason() {
    let text = "{\"code\":\"DeploymentFailed\",\"details\":[{\"code\":\"BadRequest\",\"message\":\"{\\r\\n  \\\"error\\\": {\\r\\n \\\"code\\\": \\\"InvalidRegistrationDefinitionCreateRequest\\\"}}\"}]}";
    let codes: Vec<String> = explain(text).unwrap().into_iter().map(|found| found.code).collect();
    assert_eq!(codes[0], "InvalidRegistrationDefinitionCreateRequest");
    assert!(codes.contains(&"DeploymentFailed".to_owned()), "{codes:?}");
}

#[test]
fn a_code_is_no_part_of_another() {
    assert_eq!(code("LinkedAuthorizationFailed"), "LinkedAuthorizationFailed");
    assert_eq!(explain("LinkedAuthorizationFailed").unwrap().len(), 1);
    assert_eq!(code("Linked\nAuthoriz\nationFailed"), "LinkedAuthorizationFailed");
    assert_eq!(code("(Authoriz\nationFailed) The cl"), "AuthorizationFailed");
}

#[test]
fn numbers_of_entra_are_found_wherever_they_stand() {
    for text in [
        "AADSTS50076: Due to a configuration change made by your administrator",
        "aadsts50076",
        "50076",
        "{\"error\":\"interaction_required\",\"error_codes\":[50076],\"suberror\":\"basic_action\"}",
        "Sign-in error code: 50076",
        "https://login.microsoftonline.com/error?code=50076",
        "https://localhost/?error=interaction_required&error_description=AADSTS50076%3a+Due+to+a+configuration+change",
        "AADSTS50\n076: Due to",
        "Please run 'az login'\nAADSTS50076: Due",
    ] {
        assert_eq!(code(text), "AADSTS50076", "{text}");
    }
    assert_eq!(
        code(
            "AADSTS700082: The refresh token has expired due to inactivity. The token was issued on 2026"
        ),
        "AADSTS700082"
    );
    assert_eq!(
        explain("AADSTS700082: The refresh token has expired due to inactivity.").unwrap().len(),
        1
    );
}

#[test]
fn what_is_unknown_is_an_error_with_a_way_on() {
    for text in ["", "it does not work", "an error forbidden by fate", "\u{1b}[0m"] {
        let err = explain(text).unwrap_err();
        assert_eq!((err.kind(), err.hints().len()), (Kind::NotFound, 1), "{text}");
    }
    let err = explain("AADSTS123456: something new").unwrap_err();
    assert!(err.hints()[0].contains("error?code=123456"), "{err:?}");
}

#[test]
fn what_a_service_says_cannot_smuggle_a_command() {
    let text = "The subscription is not registered to use namespace 'x; rm -rf ~; '.";
    let found = first(text);
    assert_eq!(found.code, "MissingSubscriptionRegistration");
    assert!(!found.fixes.concat().contains("rm -rf"), "{found:?}");
    assert!(found.fixes[1].contains("-n NAMESPACE"), "{found:?}");
}

#[test]
fn an_error_of_ours_that_is_not_listed_gives_its_own_hint() {
    let text = "ERROR: ~/.azure/imageshare can be written to by other users\nHint: Close it: `chmod 700 x`.";
    let found = first(text);
    assert_eq!(found.fixes, ["Close it: `chmod 700 x`."]);
}

#[test]
fn our_own_errors_are_known_by_their_words() {
    for entry in program::program_errors() {
        let text = entry.text.replace(['{', '}'], "");
        let found = first(&format!("ERROR: {text}"));
        assert_eq!(found.code, entry.code, "{text}");
    }
}
