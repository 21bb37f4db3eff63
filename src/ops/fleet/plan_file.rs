//! A plan on the disk: JSON Lines, for the user alone, its last line the hash of all above.
//!
//! What is approved is that hash, so nothing in the file can change between the approval and the run. Two plans of
//! the same manifest and the same world differ in the times of the first line only.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::item::{ItemChange, ItemPlan};
use super::manifest::FleetLimits;
use super::view::hex_digest;
use crate::error::{Error, Kind, Result};

/// The only version there is.
pub(crate) const PLAN_VERSION: u32 = 1;
/// No line of a plan comes near this many bytes.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;
/// Hex digits of an approval.
const APPROVAL: usize = 12;

/// The first line: for whom and from what the plan was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanHead {
    /// The version of the form.
    pub plan: u32,
    pub fleet: String,
    /// When it was made, and until when it may be applied; RFC 3339 in UTC.
    pub made: String,
    pub until: String,
    /// The version of this program.
    pub tool: String,
    pub cloud: String,
    pub manifest: PlanManifest,
    /// Who read the world, per publisher: the same has to apply the plan.
    pub who: Vec<PlanSigner>,
    pub selected: Vec<PlanSelection>,
    pub limits: FleetLimits,
    /// The waves in their order, with how many items each has.
    pub waves: Vec<PlanWave>,
    /// The part of the fleet: `1/1` for all of it.
    pub shard: String,
    /// What the probe of the first items found; a plan with problems is applied with `--force-probe` only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probe: Vec<String>,
}

/// The manifest that a plan was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlanManifest {
    pub path: String,
    pub sha256: String,
}

/// Who signed in for a publisher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlanSigner {
    pub publisher: String,
    pub tenant: String,
    /// The stored credential that the manifest names; none for the one who signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// The object id, if the token says so it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oid: Option<String>,
}

/// What the selectors of a publisher found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlanSelection {
    pub publisher: String,
    pub count: usize,
    /// Everything that was named was found, and nothing was left out of the answers.
    pub complete: bool,
    /// The digest of the subscriptions' ids.
    pub sha256: String,
}

/// A wave as the plan has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlanWave {
    /// The manifest's name of it, or its number.
    pub name: String,
    /// How many items it writes.
    pub items: usize,
    /// The consumer whose side verifies a sample before the next wave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<String>,
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlanEnd {
    pub end: bool,
    /// How many items of each kind; those to keep are not in the file.
    pub counts: BTreeMap<ItemChange, usize>,
    /// The digest of the keys to keep, one a line, in their order.
    pub keeps: String,
    /// SHA-256 of all lines above, each with its line feed.
    pub sha256: String,
    /// SHA-256 of this line with nothing here: the counts are not to change unseen either.
    pub line: String,
}

impl PlanEnd {
    fn sealed(mut self) -> PlanEnd {
        self.line.clear();
        self.line = hex_digest(&line_of(&self));
        self
    }
}

/// A plan as it was read, or as it is to be written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FleetPlan {
    pub head: PlanHead,
    /// All items but those to keep, in the order of their keys within their wave.
    pub items: Vec<ItemPlan>,
    pub end: PlanEnd,
}

impl FleetPlan {
    /// The plan of these items; those to keep are counted and hashed.
    pub(crate) fn of(head: PlanHead, all: Vec<ItemPlan>) -> FleetPlan {
        let mut counts: BTreeMap<ItemChange, usize> =
            [ItemChange::Create, ItemChange::Update, ItemChange::Remove, ItemChange::Keep]
                .map(|change| (change, 0))
                .into();
        let (mut keeps, mut items) = (Vec::new(), Vec::new());
        for item in all {
            *counts.entry(item.change).or_default() += 1;
            if item.change == ItemChange::Keep {
                keeps.push(item.key);
            } else {
                items.push(item);
            }
        }
        keeps.sort();
        items.sort_by(|a: &ItemPlan, b| (a.wave, &a.key).cmp(&(b.wave, &b.key)));
        let mut hash = Sha256::new();
        for key in &keeps {
            hash.update(key.as_str().as_bytes());
            hash.update(b"\n");
        }
        let keeps = format!("sha256:{}", hex_of(hash));
        let mut plan = FleetPlan {
            head,
            items,
            end: PlanEnd { end: true, counts, keeps, sha256: String::new(), line: String::new() },
        };
        let mut hash = Sha256::new();
        plan.each_line(|line| hash.update(line));
        plan.end.sha256 = hex_of(hash);
        plan.end = plan.end.sealed();
        plan
    }

    /// The first 12 hex digits of the hash: what people approve.
    pub(crate) fn approval(&self) -> &str {
        &self.end.sha256[..APPROVAL]
    }

    /// How many items there are of a kind.
    pub(crate) fn count(&self, change: ItemChange) -> usize {
        self.end.counts.get(&change).copied().unwrap_or_default()
    }

    /// Every line but the last, each with its line feed.
    fn each_line(&self, mut take: impl FnMut(&[u8])) {
        take(&line_of(&self.head));
        self.items.iter().for_each(|item| take(&line_of(item)));
    }

    /// Puts the plan into a file for the user alone: the whole of it, or none.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let write = || -> std::io::Result<()> {
            // `tempfile` creates with O_EXCL and 0600.
            let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
            let mut out = std::io::BufWriter::new(file);
            let mut written = Ok(());
            self.each_line(|line| {
                if written.is_ok() {
                    written = out.write_all(line);
                }
            });
            written?;
            out.write_all(&line_of(&self.end))?;
            let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|err| {
            Error::new(Kind::Failure, format!("cannot write the plan to {}", path.display()))
                .caused_by(err)
                .hint("Give --out a file in a folder that exists and that you may write to.")
        })
    }

    /// Reads a plan, and refuses one that is not as it was written.
    ///
    /// # Errors
    /// [`Kind::NotApproved`] if a byte of it has changed or its version is another.
    pub(crate) fn read(path: &Path) -> Result<FleetPlan> {
        let file = File::open(path).map_err(|err| {
            let kind = match err.kind() {
                std::io::ErrorKind::NotFound => Kind::NotFound,
                _ => Kind::Failure,
            };
            Error::new(kind, format!("cannot read the plan {}", path.display()))
                .caused_by(err)
                .hint("Make one with `az-imageshare fleet plan -f fleet.yaml --out fleet.plan`.")
        })?;
        read_lines(BufReader::new(file)).map_err(|fault| fault.into_error(path))
    }
}

/// Why a file is not a plan that may be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlanFault {
    NotPlan,
    Version,
    Unfinished,
    Changed,
}

impl PlanFault {
    fn into_error(self, path: &Path) -> Error {
        let shown = path.display();
        let what = match self {
            PlanFault::NotPlan => format!("{shown} is not a plan of a fleet"),
            PlanFault::Version => {
                format!(
                    "plan {shown} has another version than {PLAN_VERSION}, which this program reads"
                )
            }
            PlanFault::Unfinished => format!("plan {shown} has no last line: it is cut off"),
            PlanFault::Changed => format!("plan {shown} was changed after it was made"),
        };
        Error::new(Kind::NotApproved, format!("{what}; nothing was written"))
            .hint("Make it again with `az-imageshare fleet plan -f fleet.yaml --out fleet.plan`.")
    }
}

fn read_lines(mut source: impl BufRead) -> Result<FleetPlan, PlanFault> {
    let mut hash = Sha256::new();
    let mut line = Vec::new();
    let mut next = |line: &mut Vec<u8>| -> Result<bool, PlanFault> {
        line.clear();
        let read = (&mut source).take(LONGEST_LINE).read_until(b'\n', line);
        read.map_err(|_| PlanFault::NotPlan).map(|length| length > 0)
    };
    next(&mut line)?;
    let told: serde_json::Value = serde_json::from_slice(&line).map_err(|_| PlanFault::NotPlan)?;
    match told["plan"].as_u64() {
        Some(version) if version == u64::from(PLAN_VERSION) => {}
        Some(_) => return Err(PlanFault::Version),
        None => return Err(PlanFault::NotPlan),
    }
    let head: PlanHead = serde_json::from_value(told).map_err(|_| PlanFault::Changed)?;
    hash.update(&line);
    let mut items = Vec::new();
    while next(&mut line)? {
        if let Ok(end) = serde_json::from_slice::<PlanEnd>(&line) {
            let is_whole = end.sha256 == hex_of(hash) && line == line_of(&end.clone().sealed());
            if !is_whole || next(&mut line)? {
                return Err(PlanFault::Changed);
            }
            return Ok(FleetPlan { head, items, end });
        }
        hash.update(&line);
        items.push(serde_json::from_slice(&line).map_err(|_| PlanFault::Changed)?);
    }
    Err(PlanFault::Unfinished)
}

fn line_of(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("strings and numbers are JSON");
    line.push(b'\n');
    line
}

fn hex_of(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::fleet::item::{ItemKey, ItemRoute, ShareMethod};
    use crate::ops::fleet::view::{DirectStand, ItemView, digest_of};

    const SUBSCRIPTION: &str = "5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101";

    fn item(change: ItemChange, consumer: &str) -> ItemPlan {
        ItemPlan {
            key: ItemKey::of(&["readers", "contoso", SUBSCRIPTION, consumer]),
            change,
            via: ShareMethod::Direct,
            route: ItemRoute::Direct,
            wave: 1,
            line: 41,
            publisher: "contoso".into(),
            grant: "readers".into(),
            consumer: consumer.into(),
            subscription: SUBSCRIPTION.parse().unwrap(),
            id: "/subscriptions/x".into(),
            seen: digest_of(None),
            before: None,
            after: Some(ItemView::Direct(DirectStand::default())),
            why: vec!["+ it".into()],
        }
    }

    fn sample() -> FleetPlan {
        let head = PlanHead {
            plan: PLAN_VERSION,
            fleet: "images-prod".into(),
            made: "2026-11-29T04:18:00Z".into(),
            until: "2026-11-30T04:18:00Z".into(),
            tool: "0.1.0".into(),
            cloud: "AzureCloud".into(),
            manifest: PlanManifest { path: "fleet.yaml".into(), sha256: "00".into() },
            who: Vec::new(),
            selected: Vec::new(),
            limits: FleetLimits::default(),
            waves: Vec::new(),
            shard: "1/1".into(),
            probe: Vec::new(),
        };
        let all = vec![
            item(ItemChange::Create, "northwind"),
            item(ItemChange::Keep, "tailspin"),
            item(ItemChange::Remove, "fabrikam"),
        ];
        FleetPlan::of(head, all)
    }

    #[test]
    fn a_plan_is_read_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleet.plan");
        let plan = sample();
        plan.write(&path).unwrap();
        assert_eq!(FleetPlan::read(&path).unwrap(), plan);
        assert_eq!(plan.items.len(), 2, "what is kept is only counted");
        assert_eq!(plan.count(ItemChange::Keep), 1);
        assert!(plan.items.iter().all(|item| item.change.writes()));
        assert_eq!(plan.approval().len(), APPROVAL);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_plan_with_any_byte_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleet.plan");
        sample().write(&path).unwrap();
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(read_lines(bad.as_slice()).is_err(), "byte {at} of {}", good.len());
        }
        for cut in [1, 2, 40, good.len() / 2, good.len() - 1] {
            assert!(read_lines(&good[..good.len() - cut]).is_err(), "{cut} bytes short");
        }
        let longer = [good.as_slice(), b"{}\n"].concat();
        assert_eq!(read_lines(longer.as_slice()), Err(PlanFault::Changed));
        assert_eq!(read_lines(&b"{\"plan\":2}\n"[..]), Err(PlanFault::Version));
        assert_eq!(read_lines(&b""[..]), Err(PlanFault::NotPlan));
    }

    #[test]
    fn the_order_in_which_items_come_does_not_count() {
        let plan = sample();
        let mut all = plan.items.clone();
        all.reverse();
        all.push(item(ItemChange::Keep, "tailspin"));
        assert_eq!(FleetPlan::of(plan.head.clone(), all), plan);
    }
}
