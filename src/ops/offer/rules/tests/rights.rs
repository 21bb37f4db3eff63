//! The rules about roles, permanent and eligible.

use super::{
    Arguments, Findings, GROUP, OTHER, eligible, gather, judged, permanent, refused, sound,
    unremarked, warned, words,
};

const ROLES: [(&str, &str); 13] = [
    ("principal=G|role=Owner", "Owner can never be delegated"),
    ("principal=G|role=8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner can never be delegated"),
    ("principal=G|role=Storage Blob Data Reader", "has data actions"),
    ("principal=G|role=92aaf0da-9dab-42b6-94a3-d43ce8d16293", "has data actions"),
    ("principal=G|role=Storage Account Backup Contributor", "may change who may do what"),
    ("principal=G|role=Role Based Access Control Administrator", "may change who may do what"),
    ("principal=G|role=Media Services Media Operator", "is deprecated"),
    ("principal=G|role=Contributer", "did you mean 'Contributor'?"),
    ("principal=G|role=acdd72a7", "is not a GUID"),
    ("principal=G|role=User Access Administrator", "only together with the roles it may hand on"),
    (
        "principal=G|role=Contributor|delegated-roles=Reader",
        "which only User Access Administrator can hand on",
    ),
    (
        "principal=G|role=User Access Administrator|delegated-roles=Owner",
        "Owner can never be delegated",
    ),
    (
        "principal=G|role=User Access Administrator|delegated-roles=User Access Administrator",
        "cannot be handed on",
    ),
];

/// The example of <https://learn.microsoft.com/azure/lighthouse/how-to/deploy-policy-remediation>;
/// hashicorp/terraform-provider-azurerm#8749.
#[test]
fn a_role_with_data_actions_that_may_be_handed_on_is_a_warning() {
    let rights = "principal=G|role=User Access Administrator|delegated-roles=Contributor,92aaf0da-9dab-42b6-94a3-d43ce8d16293";
    warned(
        &permanent(rights),
        "role 'Log Analytics Contributor' has data actions: Azure may refuse",
    );
}

#[test]
fn roles() {
    for (rights, expected) in ROLES {
        refused(&permanent(rights), expected);
    }
    for sound in [
        "principal=G|role=Contributor",
        "principal=G|role=User Access Administrator|delegated-roles=Contributor,acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "principal=G|role=A Role That The List Does Not Have",
    ] {
        assert_eq!(judged(&permanent(sound), "AzureCloud").errors, [], "{sound}");
    }
}

const ELIGIBLE: [(&str, &str); 11] = [
    ("principal=G|role=Contributor|max-duration=PT15M", "is not between PT30M and PT8H"),
    ("principal=G|role=Contributor|max-duration=PT9H", "is not between PT30M and PT8H"),
    ("principal=G|role=Contributor|max-duration=8h", "is not a duration"),
    ("principal=G|role=Contributor|max-duration=PT", "is not a duration"),
    ("principal=G|role=Contributor|mfa=Always", "is neither Azure nor None"),
    ("principal=G|role=Contributor|approver=G", "approve its own activation"),
    ("principal=G|role=Contributor|approver=O|approver=O", "twice"),
    ("principal=G|role=Contributor|approver=x", "'x' is not a GUID"),
    ("principal=G|role=8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner can never be delegated"),
    ("principal=G|role=User Access Administrator", "cannot be eligible"),
    ("role=Contributor", "has no principal"),
];

#[test]
fn eligible_rights() {
    for (rights, expected) in ELIGIBLE {
        refused(&eligible(rights), expected);
    }
    let crowd = |approvers: usize| {
        let each = |at| format!("|approver=4b9ea611-a7df-48a5-85f6-b807c97326{at:02}");
        let approvers: String = (0..approvers).map(each).collect();
        eligible(&format!("principal=G|role=Contributor{approvers}"))
    };
    unremarked(&crowd(10));
    refused(&crowd(11), "has 11 approvers");
    warned(
        &eligible("principal=G|role=Contributor|max-duration=PT45M"),
        "whole number of half hours",
    );
    warned(&eligible("principal=O|role=Contributor"), "has no permanent Reader");
    warned(&eligible("principal=G|role=Reader"), "gives permanently");
    unremarked(&eligible("principal=G|role=Contributor|max-duration=PT1H30M|mfa=azure|approver=O"));
}

/// A role is given to a principal once; two roles are two permissions.
#[test]
fn a_role_is_eligible_once_for_a_principal() {
    let of = |rights: [&str; 2]| Arguments {
        eligible_authorizations: rights
            .map(|right| words(&right.replace('G', GROUP).replace('O', OTHER)))
            .to_vec(),
        principals: vec![(1, GROUP.into()), (2, OTHER.into())],
        ..sound()
    };
    let contributor = "principal=G|role=Contributor";
    refused(&of([contributor, contributor]), "gives role 'Contributor' to a principal");
    unremarked(&of([contributor, "principal=O|role=Contributor"]));
    unremarked(&of([contributor, "principal=G|role=Virtual Machine Contributor"]));
}

/// Azure applies to the activation what the offer says of it.
#[test]
fn an_eligible_right_keeps_its_policy() {
    let words = "principal=G|role=Contributor|max-duration=pt4h|mfa=azure|approver=O";
    let mut findings = Findings::default();
    let draft = gather(&eligible(words), None, &mut findings);
    let kept = super::super::eligible::read(&draft.eligible[0], &mut findings).unwrap();
    assert_eq!((kept.duration.as_deref(), kept.mfa), (Some("PT4H"), Some("Azure")));
    assert_eq!(kept.approvers.len(), 1);
}

#[test]
fn only_a_permanent_right_hands_roles_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("parameters.json");
    let file = serde_json::json!({"eligibleAuthorizations": {"value": [{
        "principalId": GROUP, "roleDefinitionId": "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "delegatedRoleDefinitionIds": ["acdd72a7-3385-48ef-bd42-f606fba81ae7"]}]}});
    std::fs::write(&path, file.to_string()).unwrap();
    let offer = Arguments { parameters: path.to_str().map(str::to_owned), ..sound() };
    refused(&offer, "has delegated roles, which an eligible authorization cannot have");
}

#[test]
fn national_clouds_have_no_eligible_rights() {
    let findings = judged(&eligible("principal=G|role=Contributor"), "AzureUSGovernment");
    assert!(findings.errors[0].rule.contains("not to be had in AzureUSGovernment"));
    assert_eq!(judged(&sound(), "AzureUSGovernment").errors, []);
}

#[test]
fn durations_are_read() {
    for (text, expected) in [
        ("PT30M", Some(30)),
        ("PT8H", Some(480)),
        ("pt1h30m", Some(90)),
        ("PT3600S", Some(60)),
        ("PT90S", None),
        ("P1D", None),
        ("PT1.5H", None),
        ("PT5M1H", None),
        // More than a number holds.
        ("PT18446744073709551615H", None),
        ("PT1H18446744073709551600S", None),
        ("PT", None),
        ("", None),
    ] {
        assert_eq!(super::super::eligible::minutes(text), expected, "{text}");
    }
}
