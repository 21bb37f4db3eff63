//! Limits of a subscription, where they are not everybody's.

use std::collections::BTreeMap;

/// What a subscription may have, where it is not what everybody may.
#[derive(Clone, Debug, Default)]
pub struct Capacity {
    /// Limits by subscription, region and the name of the usage (`cores`, `virtualMachines` or a family).
    pub limits: BTreeMap<(String, String, String), u64>,
    /// Subscription, region and size that is not open to it.
    pub closed: Vec<(String, String, String)>,
}

impl Capacity {
    /// Sets the limit of a usage.
    pub fn limit(&mut self, subscription: &str, region: &str, usage: &str, most: u64) {
        self.limits.insert(limit_key(subscription, region, usage), most);
    }

    /// Closes a size to a subscription.
    pub fn close(&mut self, subscription: &str, region: &str, size: &str) {
        let words = [subscription, region, size].map(str::to_owned);
        self.closed.push(words.into());
    }

    /// Whether a size is closed to a subscription.
    pub(crate) fn is_closed(&self, subscription: &str, region: &str, size: &str) -> bool {
        self.closed.iter().any(|(whose, place, name)| {
            whose.eq_ignore_ascii_case(subscription)
                && place.eq_ignore_ascii_case(region)
                && name.eq_ignore_ascii_case(size)
        })
    }

    /// The limit of a usage.
    pub(crate) fn most(&self, subscription: &str, region: &str, usage: &str) -> u64 {
        let otherwise = match usage {
            MACHINES => 25_000,
            IMAGE_VERSIONS => 10_000,
            _ => 100,
        };
        let set = self.limits.get(&limit_key(subscription, region, usage));
        set.copied().unwrap_or(otherwise)
    }
}

fn limit_key(subscription: &str, region: &str, usage: &str) -> (String, String, String) {
    let words = [subscription, region, usage].map(str::to_ascii_lowercase);
    words.into()
}

/// The usage that counts machines instead of cores.
pub(crate) const MACHINES: &str = "virtualMachines";
/// The usage that counts versions of images; how Azure calls it nobody has told.
pub(crate) const IMAGE_VERSIONS: &str = "galleryImageVersions";
