//! The methods one by one: what speaks for each, what against it, its limits, and what to run.
//!
//! Source of the comparison: <https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery#sharing>.

use super::advice::{Advice, Audience, Situation, Verdict};

/// A method, and what all that speaks for it and against it comes to.
pub(super) struct Judged {
    pub(super) advice: Advice,
    pub(super) score: i32,
}

/// Puts a method together: each reason with what it adds to the score, and whether it excludes the method.
fn judged(
    method: &'static str,
    grounds: &[(bool, i32, &str)],
    limits: &[&'static str],
    commands: Vec<String>,
) -> Judged {
    let mut holding: Vec<_> = grounds.iter().filter(|(holds, ..)| *holds).collect();
    let fits = holding.iter().all(|(_, score, _)| *score > EXCLUDED);
    // What excludes a method comes before what only speaks against it.
    holding.sort_by_key(|(_, score, _)| *score > EXCLUDED);
    let said = |speaks_for: bool| -> Vec<String> {
        let chosen = holding.iter().filter(|(_, score, _)| (*score > 0) == speaks_for);
        chosen.map(|(.., reason)| (*reason).to_owned()).collect()
    };
    Judged {
        score: holding.iter().map(|(_, score, _)| score).sum(),
        advice: Advice {
            rank: 0,
            method,
            fits,
            verdict: Verdict::Not,
            reasons: said(true),
            against: said(false),
            limits: limits.to_vec(),
            commands,
        },
    }
}

/// A ground with this score or less means that the method cannot do it.
const EXCLUDED: i32 = -100;

pub(super) fn delegation(known: &Situation) -> Judged {
    let tenant = known.tenant.as_deref().unwrap_or("TENANT");
    let grounds = [
        (known.portal, 60, "the portal shows the images to the consumer as its own"),
        (
            known.audience == Audience::People,
            30,
            "the consumer keeps its own accounts; no invitations",
        ),
        (
            known.audience == Audience::Pipeline,
            45,
            "one token is enough, and managed identities can use it",
        ),
        (known.audience == Audience::Tenant, 35, "a group of the consumer's can hold all users"),
        (known.audience == Audience::Public, EXCLUDED, "it names one tenant; the public has none"),
        (
            known.tenant.is_some(),
            10,
            "the consumer's tenant is known, which is all it takes to name it",
        ),
    ];
    let commands = vec![
        "az-imageshare delegation request --principal GROUP --output-file request.json".to_owned(),
        format!(
            "az-imageshare delegation create -n \"Images\" --consumer-tenant {tenant} --request request.json -g RESOURCE-GROUP"
        ),
        "az-imageshare delegation verify -n \"Images\" --as CREDENTIAL".to_owned(),
    ];
    judged(
        "delegation",
        &grounds,
        &[
            "opens a whole resource group or subscription, never a single gallery: give the gallery a group of its own",
            "takes an Owner of the publisher's subscription who is not a guest",
            "the portal may take 15 minutes to show it",
        ],
        commands,
    )
}

pub(super) fn rbac(known: &Situation) -> Judged {
    let who = match (&known.mail, known.audience) {
        (Some(mail), _) => format!("{mail} --invite"),
        (None, Audience::Pipeline) => "CLIENT-ID".to_owned(),
        (None, _) => "MAIL --invite".to_owned(),
    };
    let gallery = &known.gallery;
    let grounds = [
        (
            known.audience == Audience::People,
            50,
            "a role for each person or group, at one gallery or even one image",
        ),
        (
            known.audience == Audience::People && known.mail.is_some(),
            15,
            "the e-mail address is known, so a guest can be invited and given the role in one step",
        ),
        (
            known.audience == Audience::Pipeline,
            5,
            "a program needs an account in the publisher's tenant: see the method 'app'",
        ),
        (known.audience == Audience::Tenant, -20, "every person would have to become a guest"),
        (
            known.audience == Audience::Public,
            EXCLUDED,
            "every stranger would have to become a guest",
        ),
        (
            known.portal,
            -60,
            "the portal cannot create a VM from an image of another tenant by a role alone",
        ),
    ];
    let commands = vec![
        format!("az-imageshare share rbac add --gallery-id {gallery} --assignee {who}"),
        format!("az-imageshare share card --gallery-id {gallery} --output-file images.json"),
    ];
    judged(
        "rbac",
        &grounds,
        &[
            "people become guests of the publisher's tenant and have to accept the invitation",
            "the consumer needs a token of both tenants: `az-imageshare vm create` fetches both",
            "4000 role assignments to a subscription: prefer groups",
        ],
        commands,
    )
}

pub(super) fn app(known: &Situation) -> Judged {
    let tenant = known.tenant.as_deref().unwrap_or("TENANT");
    let gallery = &known.gallery;
    let grounds = [
        (
            known.audience == Audience::Pipeline,
            60,
            "an application signs in to both tenants without a person",
        ),
        (
            known.audience == Audience::People,
            -20,
            "people would have to share the application's secret",
        ),
        (known.audience == Audience::Tenant, -30, "all users would share the application's secret"),
        (
            known.audience == Audience::Public,
            EXCLUDED,
            "each consumer has to consent to the application",
        ),
        (known.portal, EXCLUDED, "an application cannot use the portal"),
    ];
    let commands = vec![
        "az-imageshare share app create -n image-bridge".to_owned(),
        format!("az-imageshare share app grant --client-id CLIENT-ID --gallery-id {gallery}"),
        format!(
            "az-imageshare share app accept --client-id CLIENT-ID --tenant {tenant} -g RESOURCE-GROUP"
        ),
    ];
    judged(
        "app",
        &grounds,
        &[
            "a secret or a federated credential has to be kept and rotated",
            "an administrator of the consumer has to consent",
            "at most three other tenants in one request",
        ],
        commands,
    )
}

pub(super) fn direct(known: &Situation) -> Judged {
    let tenant = known.tenant.as_deref().unwrap_or("TENANT");
    let gallery = &known.gallery;
    let grounds = [
        (
            known.audience == Audience::Tenant,
            60,
            "every subscription of the tenant is reached with one share, with its own accounts",
        ),
        (
            known.audience == Audience::People,
            15,
            "no invitations, but everyone in the subscription sees the images",
        ),
        (
            known.audience == Audience::Pipeline,
            30,
            "no second token: the image has an id of its own for the consumer",
        ),
        (known.audience == Audience::Public, EXCLUDED, "at most 30 subscriptions and 5 tenants"),
        (known.portal, 40, "the portal shows the images in the machine wizard"),
        (known.national, EXCLUDED, "this cloud does not have it"),
        (true, -15, "it is a preview: the publisher's subscription has to be accepted first"),
    ];
    let commands = vec![
        format!("az-imageshare share direct add --gallery-id {gallery} --consumer-tenant {tenant}"),
        format!("az-imageshare share direct list --gallery-id {gallery} -o table"),
    ];
    judged(
        "direct",
        &grounds,
        &[
            "only for a gallery that was created for it",
            "30 subscriptions and 5 tenants to a gallery; always the whole gallery",
            "no images encrypted with a key of one's own",
        ],
        commands,
    )
}

pub(super) fn community(known: &Situation) -> Judged {
    let gallery = &known.gallery;
    let grounds = [
        (
            known.audience == Audience::Public,
            90,
            "everyone in Azure finds the images by a public name",
        ),
        (
            known.audience != Audience::Public,
            EXCLUDED,
            "everyone in Azure would have the images, not only the intended users",
        ),
        (known.portal, 20, "the portal shows community images in the machine wizard"),
        (known.national, EXCLUDED, "this cloud does not have it"),
    ];
    let commands = vec![format!(
        "az-imageshare share community enable --gallery-id {gallery} --publisher-uri URI --publisher-contact MAIL --eula TEXT --public-name-prefix WORD"
    )];
    judged(
        "community",
        &grounds,
        &[
            "only for a gallery that was created for it",
            "no images encrypted with a key of one's own, and none made from the marketplace",
            "closing it stops scale sets everywhere from growing",
        ],
        commands,
    )
}

/// Source: <https://learn.microsoft.com/partner-center/marketplace-offers/azure-vm-plan-technical-configuration>.
pub(super) fn marketplace(known: &Situation) -> Judged {
    let grounds = [
        (
            known.audience == Audience::Public,
            30,
            "customers find it in every portal, and can be billed",
        ),
        (
            known.audience != Audience::Public,
            -40,
            "a private offer takes days of certification for every image",
        ),
        (known.portal, 10, "the portal shows it in the machine wizard"),
        (known.audience == Audience::Pipeline, -10, "every subscription has to accept the terms"),
    ];
    judged(
        "marketplace",
        &grounds,
        &["publishing there is done in Partner Center, not by this program"],
        Vec::new(),
    )
}
