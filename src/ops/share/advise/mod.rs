//! Which way of sharing fits: from what is known to a ranked answer. Only computes.

mod advice;
mod methods;

pub(crate) use advice::{Advice, Audience, Situation, Verdict};
use methods::{Judged, app, community, delegation, direct, marketplace, rbac};

/// Ranks the five methods, and the marketplace, which is not a way of sharing a gallery.
pub(crate) fn advise(situation: &Situation) -> Vec<Advice> {
    let mut judged = [
        delegation(situation),
        rbac(situation),
        app(situation),
        direct(situation),
        community(situation),
        marketplace(situation),
    ];
    judged.sort_by_key(|one| (!one.advice.fits, -one.score));
    let verdict = |at: usize, one: &Judged| match (at, one.score) {
        _ if !one.advice.fits => Verdict::Not,
        (0, _) => Verdict::Best,
        (_, 1..) => Verdict::Well,
        _ => Verdict::Poorly,
    };
    let ranked = judged.into_iter().enumerate();
    ranked
        .map(|(at, one)| Advice { rank: at + 1, verdict: verdict(at, &one), ..one.advice })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(audience: Audience, portal: bool, national: bool) -> Vec<&'static str> {
        let situation = Situation {
            audience,
            tenant: Some("fabrikam.com".into()),
            mail: None,
            portal,
            national,
            gallery: "ID".into(),
        };
        let advice = advise(&situation);
        assert_eq!(advice.len(), 6);
        assert!(advice.iter().all(|one| !one.why().is_empty()), "{advice:?}");
        let own = || advice.iter().filter(|one| one.method != "marketplace");
        assert!(own().all(|one| !one.commands.is_empty()));
        own().filter(|one| one.fits).map(|one| one.method).collect()
    }

    #[test]
    fn each_audience_has_its_method() {
        assert_eq!(first(Audience::People, false, false)[0], "rbac");
        assert_eq!(first(Audience::People, true, false)[0], "delegation");
        assert_eq!(first(Audience::Pipeline, false, false)[0], "app");
        assert_eq!(first(Audience::Tenant, false, true)[0], "delegation");
        assert_eq!(first(Audience::Public, false, false), ["community"]);
        assert!(first(Audience::Public, false, true).is_empty());
    }

    #[test]
    fn why_is_what_decides() {
        let situation = Situation {
            audience: Audience::Tenant,
            tenant: None,
            mail: None,
            portal: false,
            national: false,
            gallery: "ID".into(),
        };
        let advice = advise(&situation);
        let of = |method: &str| advice.iter().find(|one| one.method == method).unwrap();
        assert_eq!(of("direct").verdict, Verdict::Best);
        assert_eq!(of("rbac").verdict, Verdict::Poorly);
        assert_eq!(of("rbac").why(), "every person would have to become a guest");
        assert_eq!(of("community").verdict, Verdict::Not);
        assert!(of("community").why().starts_with("everyone in Azure would have"));
    }

    #[test]
    fn what_cannot_be_is_last_and_says_so() {
        assert!(!first(Audience::Pipeline, true, false).contains(&"app"));
        assert!(!first(Audience::Tenant, true, true).contains(&"direct"));
    }
}
