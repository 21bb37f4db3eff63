//! Flags: principals with their names, key=value words, and what they win over.

use super::*;
use crate::ops::access::role::{DELETE_ROLE, READER};

mod files;

fn gathered(arguments: &Arguments) -> (OfferDraft, Vec<String>) {
    let mut findings = Findings::default();
    let draft = gather(arguments, None, &mut findings);
    let told =
        findings.errors.iter().map(|found| format!("{}: {}", found.place, found.rule)).collect();
    (draft, told)
}

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_principal_gets_reader_and_the_right_to_leave() {
    let arguments = Arguments {
        principals: vec![(1, "a".into()), (5, "b".into())],
        principal_names: vec![(7, "Bea".into())],
        ..Arguments::default()
    };
    let (draft, told) = gathered(&arguments);
    assert_eq!(told, Vec::<String>::new());
    let shown: Vec<_> = draft
        .grants
        .iter()
        .map(|grant| {
            let value = |placed: &Option<Placed<String>>| placed.as_ref().unwrap().value.clone();
            (value(&grant.principal), grant.name.clone(), value(&grant.role))
        })
        .collect();
    let bea = Some("Bea".to_owned());
    let expected = [
        ("a", None, READER),
        ("a", None, DELETE_ROLE),
        ("b", bea.clone(), READER),
        ("b", bea, DELETE_ROLE),
    ];
    assert_eq!(shown, expected.map(|(id, name, role)| (id.to_owned(), name, role.to_owned())));
    assert_eq!(draft.grants[2].place, "--principal-id 2");
    let without = Arguments { no_delete_role: true, ..arguments };
    assert_eq!(gathered(&without).0.grants.len(), 2);
}

#[test]
fn names_go_to_their_principals() {
    for (names, expected) in [
        (vec![(2, "A"), (4, "B")], [Some("A"), Some("B")]),
        // As many names as ids, in any place: in order. This is how the az extension hands them on.
        (vec![(8, "A"), (9, "B")], [Some("A"), Some("B")]),
        (vec![(2, "A")], [Some("A"), None]),
        (vec![], [None, None]),
    ] {
        let arguments = Arguments {
            principals: vec![(1, "a".into()), (3, "b".into())],
            principal_names: names.iter().map(|(at, name)| (*at, (*name).to_owned())).collect(),
            no_delete_role: true,
            ..Arguments::default()
        };
        let (draft, told) = gathered(&arguments);
        assert_eq!(told, Vec::<String>::new());
        let found: Vec<_> = draft.grants.iter().map(|grant| grant.name.as_deref()).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_name_without_a_principal_is_refused() {
    for names in [vec![(0, "A")], vec![(2, "A"), (4, "B")], vec![(2, " ")]] {
        let arguments = Arguments {
            principals: vec![(1, "a".into())],
            principal_names: names.iter().map(|(at, name)| (*at, (*name).to_owned())).collect(),
            ..Arguments::default()
        };
        let alone = names.len() == 1 && names[0].1 == "A";
        assert_eq!(gathered(&arguments).1.is_empty(), alone, "{names:?}");
    }
    let nobody = Arguments { principal_names: vec![(1, "A".into())], ..Arguments::default() };
    assert_eq!(gathered(&nobody).1.len(), 1);
}

#[test]
fn key_value_words_are_read() {
    let arguments = Arguments {
        authorizations: vec![words(&[
            "principal=a",
            "ROLE=User Access Administrator",
            "name=Image users = all",
            "delegated-roles=Contributor, Reader",
        ])],
        eligible_authorizations: vec![words(&[
            "principal=a",
            "role=Contributor",
            "max-duration=PT4H",
            "mfa=Azure",
            "approver=b",
            "approver=c",
        ])],
        ..Arguments::default()
    };
    let (draft, told) = gathered(&arguments);
    assert_eq!(told, Vec::<String>::new());
    let grant = &draft.grants[0];
    assert_eq!(grant.name.as_deref(), Some("Image users = all"));
    let delegated: Vec<&str> = grant.delegated.iter().map(|role| role.value.as_str()).collect();
    assert_eq!(delegated, ["Contributor", "Reader"]);
    let right = &draft.eligible[0];
    assert_eq!(right.duration.as_ref().unwrap().value, "PT4H");
    assert_eq!(right.mfa.as_ref().unwrap().place, "--eligible-authorization mfa");
    assert_eq!(right.approvers.len(), 2);
}

#[test]
fn wrong_words_are_named() {
    for (word, expected) in [
        ("principal", "'principal' is not of the form key=value"),
        ("principle=a", "did you mean 'principal'?"),
        ("max-duration=PT1H", "there is no key 'max-duration'"),
        ("role=", "--authorization role: is empty"),
        ("=x", "there is no key ''"),
        ("principal=b", "--authorization principal: is given twice"),
        ("delegated-roles=a,,b", "has an empty entry"),
    ] {
        let arguments = Arguments {
            authorizations: vec![words(&["principal=a", word])],
            ..Arguments::default()
        };
        let told = gathered(&arguments).1.join("\n");
        assert!(told.contains(expected), "{word}: {told}");
    }
}

#[test]
fn the_default_group_counts_only_if_nothing_else_says_what() {
    let mut findings = Findings::default();
    let bare = Arguments::default();
    let draft = gather(&bare, Some("images-rg"), &mut findings);
    assert_eq!(draft.groups, [Placed::new("images-rg", "[defaults] group")]);
    let whole = Arguments { whole_subscription: true, ..Arguments::default() };
    assert!(gather(&whole, Some("images-rg"), &mut findings).groups.is_empty());
    let named = Arguments { resource_groups: vec!["other".into()], ..Arguments::default() };
    assert_eq!(gather(&named, Some("images-rg"), &mut findings).groups[0].value, "other");
}
