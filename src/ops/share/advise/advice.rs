//! What is known of a wish to share, and what is advised.

use serde::Serialize;

/// Who is to use the images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Some people of the other tenant.
    People,
    /// A program: a pipeline, a build, a scale-out.
    Pipeline,
    /// Everyone in the other tenant who may create machines.
    Tenant,
    /// Everyone in Azure.
    Public,
}

/// What is known.
#[derive(Clone, Debug)]
pub(crate) struct Situation {
    /// Who is to use the images.
    pub audience: Audience,
    /// The consumer's tenant, by id or domain.
    pub tenant: Option<String>,
    /// A consumer's e-mail address.
    pub mail: Option<String>,
    /// True if machines are to be made in the portal.
    pub portal: bool,
    /// True in the clouds that are kept apart from the public one.
    pub national: bool,
    /// The gallery's id, as commands name it.
    pub gallery: String,
}

/// One method and how it fits: the shape that scripts rely on.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Advice {
    /// 1 is the best.
    pub rank: usize,
    /// `delegation`, `rbac`, `app`, `direct` or `community`.
    pub method: &'static str,
    /// False if it cannot do what is asked.
    pub fits: bool,
    /// `best`, `well`, `poorly` or `not`.
    pub verdict: Verdict,
    /// What speaks for it, or excludes it: why it exists where it is.
    pub reasons: Vec<String>,
    /// What speaks against it.
    pub against: Vec<String>,
    /// What it cannot do, and what it costs.
    pub limits: Vec<&'static str>,
    /// What to run, in this order.
    pub commands: Vec<String>,
}

/// How well a method fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// Nothing fits better.
    Best,
    /// More speaks for it than against it.
    Well,
    /// It can be done, but more speaks against it.
    Poorly,
    /// It cannot do what is asked.
    Not,
}

impl Advice {
    /// The one thing to know: what excludes it or speaks against it, where that decides.
    pub(crate) fn why(&self) -> &str {
        let decides = match self.verdict {
            Verdict::Best | Verdict::Well => &self.reasons,
            Verdict::Poorly | Verdict::Not => &self.against,
        };
        let other = self.reasons.first().or(self.against.first());
        decides.first().or(other).map_or("", String::as_str)
    }
}
