//! Which of my images are copies, of what, and how far behind their source they are.

use std::collections::BTreeMap;

use serde::Serialize;

use super::standing::{StandingCopy, seen_by};
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::id::{ArmId, TenantId};
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::resume;
use crate::ops::gaps::Gaps;
use crate::ops::image::details::Details;
use crate::ops::image::id::ImageId;
use crate::ops::image::identities::{self, Identity};
use crate::ops::image::show::show_to_any;
use crate::ops::portal;

/// The copies of one image in one image of mine.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CopiedImage {
    /// The image definition that holds the copies.
    pub id: ArmId,
    pub name: String,
    /// The same as `GALLERY/IMAGE`.
    pub reference: String,
    /// The image that they are copies of.
    pub source: String,
    /// The same as `GALLERY/IMAGE`; of a shared image, with the name by which its gallery is shared.
    pub source_reference: Option<String>,
    /// The tenant that publishes it, if it can still be read.
    pub publisher_tenant_id: Option<TenantId>,
    /// The copies, the newest first.
    pub versions: Vec<String>,
    /// The version of the source that the newest copy is of.
    pub newest: String,
    /// The newest version of the source, if it can still be read.
    pub source_newest: Option<String>,
    /// How many versions of the source are newer than the newest copy.
    pub behind: Option<usize>,
    /// `current`, `behind`, or `unreadable` where the share has ended.
    pub state: &'static str,
    /// What copies the newer versions.
    pub update_command: Option<String>,
    /// Who sees it: the credential's name, `environment` or `az login`.
    pub credential: String,
    /// Where the portal shows it.
    pub portal_url: String,
}

/// Lists them. A tenant that cannot be asked is left out, and noted.
///
/// # Errors
/// If no one can be asked.
pub(crate) async fn copied_images(app: &App) -> Result<(Vec<CopiedImage>, Gaps)> {
    let identities = identities::all(app).await?;
    let work = identities.iter().map(|identity| seen_by(&identity.client));
    let mut groups: BTreeMap<(String, String), (&Identity, Vec<StandingCopy>)> = BTreeMap::new();
    let mut failure: Option<Error> = None;
    let (mut gaps, mut has_answer) = (Gaps::default(), false);
    for (identity, found) in identities.iter().zip(fan_out(TENANTS_AT_ONCE, work).await) {
        match found {
            Ok(found) => {
                has_answer = true;
                sort_in(identity, found, &mut groups);
            }
            Err(err) => {
                let what = format!("'{}' in tenant {}", identity.name, identity.tenant);
                identity.note_refusal(&mut gaps, what, &err);
                failure = Some(err);
            }
        }
    }
    if let (false, Some(failure)) = (has_answer, failure) {
        return Err(failure);
    }
    let mut sources: Vec<String> = groups.keys().map(|(_, source)| source.clone()).collect();
    sources.sort();
    sources.dedup();
    let work = sources.iter().map(|source| read_source(app, source));
    let read = fan_out(TENANTS_AT_ONCE, work).await;
    let mut known: BTreeMap<&String, Option<Details>> = BTreeMap::new();
    for (source, found) in sources.iter().zip(read) {
        known.insert(source, found?);
    }
    let rows = groups.iter().map(|((_, source), (identity, copies))| {
        let details = known.get(source).and_then(Option::as_ref);
        described(app, identity, copies, details)
    });
    Ok((rows.collect(), gaps))
}

/// Each copy once, no matter who sees it, the newest first.
fn sort_in<'a>(
    identity: &'a Identity,
    found: Vec<StandingCopy>,
    groups: &mut BTreeMap<(String, String), (&'a Identity, Vec<StandingCopy>)>,
) {
    for copy in found {
        let key = (copy.image().to_string().to_lowercase(), copy.mark.source.to_lowercase());
        let (_, copies) = groups.entry(key).or_insert((identity, Vec::new()));
        let is_it = |known: &StandingCopy| known.id.name().eq_ignore_ascii_case(copy.id.name());
        if !copies.iter().any(is_it) {
            copies.push(copy);
            copies.sort_by_key(|copy| std::cmp::Reverse(copy.age()));
        }
    }
}

/// The source as the first of us that can read it sees it; none where the share has ended.
async fn read_source(app: &App, source: &str) -> Result<Option<Details>> {
    let Ok(id) = source.parse::<ImageId>() else { return Ok(None) };
    match show_to_any(app, &id, None).await {
        Ok(details) => Ok(Some(details)),
        Err(err) if err.kind() == Kind::Network => Err(err),
        Err(_) => Ok(None),
    }
}

fn described(
    app: &App,
    identity: &Identity,
    copies: &[StandingCopy],
    details: Option<&Details>,
) -> CopiedImage {
    let first = &copies[0];
    let id = first.image();
    let source = details.and_then(spelled).unwrap_or_else(|| first.mark.source.clone());
    let behind = details.map(|details| behind(details, copies));
    let count = behind.unwrap_or_default().to_string();
    let to = id.to_string();
    let command = ["image", "copy", "--id", &source, "--to", &to, "--latest", &count];
    let reference = |id: ImageId| id.reference();
    CopiedImage {
        name: id.name().to_owned(),
        reference: reference(ImageId::Own(id.clone())),
        source_reference: source.parse().ok().map(reference),
        publisher_tenant_id: details.and_then(|details| details.image.publisher_tenant_id),
        versions: copies.iter().map(|copy| copy.id.name().to_owned()).collect(),
        newest: first.mark.version.clone(),
        source_newest: details.and_then(|details| details.image.version.clone()),
        behind,
        state: match behind {
            None => "unreadable",
            Some(0) => "current",
            Some(_) => "behind",
        },
        update_command: behind
            .filter(|count| *count > 0)
            .map(|_| resume::other_command(app, &command)),
        credential: identity.name.clone(),
        portal_url: portal::url(&app.settings.cloud.portal, Some(identity.tenant), &to),
        id: to.into(),
        source,
    }
}

/// The source's id as Azure spells it.
fn spelled(details: &Details) -> Option<String> {
    match details.image.id.parse().ok()? {
        ImageId::Own(id) if id.segments.len() == 3 => Some(id.parent()?.to_string()),
        ImageId::Own(id) => Some(id.to_string()),
        ImageId::Public(id) => Some(id.with_version(None)),
    }
}

/// How many versions that count as newest come before the first that was copied.
fn behind(details: &Details, copies: &[StandingCopy]) -> usize {
    let is_copied =
        |name: &str| copies.iter().any(|copy| copy.mark.version.eq_ignore_ascii_case(name));
    let newer = details.versions.iter().take_while(|version| !is_copied(&version.name));
    newer.filter(|version| !version.exclude_from_latest).count()
}

/// Each tenant sends several requests at the same time on its own.
const TENANTS_AT_ONCE: usize = 2;
