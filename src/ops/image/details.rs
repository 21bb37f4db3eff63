//! What `image show` shows: versions, where they are, and what a machine made from the image needs.

use serde::Serialize;
use serde_json::Value;

use super::describe::{Image, publication_order, security_type, text};
use crate::id::{ArmId, TenantId};

/// An image as `show` prints it: the list's keys and more.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    /// What lists have, too.
    #[serde(flatten)]
    pub image: Image,
    /// What the publisher says of it.
    pub description: Option<String>,
    pub eula: Option<String>,
    /// The day after which it is not cared for.
    pub end_of_life_date: Option<String>,
    /// All versions, the newest first.
    pub versions: Vec<Version>,
    /// What a machine made from it needs.
    pub vm: Needs,
    /// Everything that its definition says, as Azure has it.
    #[serde(skip)]
    pub definition: Value,
}

/// One version.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Version {
    /// What a machine is made from.
    pub id: ArmId,
    pub name: String,
    /// When it was published.
    pub published_date: Option<String>,
    /// True if "latest" passes it over.
    pub exclude_from_latest: bool,
    /// True for the one that "latest" means.
    pub latest: bool,
    /// The state of its creation; only its owner sees it.
    pub provisioning_state: Option<String>,
    /// `Completed`, `InProgress`, `Failed` or `Unknown`; only its owner sees it.
    pub replication_state: Option<String>,
    /// The day after which it is not cared for.
    pub end_of_life_date: Option<String>,
    pub regions: Vec<Regional>,
    /// True if a disk encryption set binds it to the publisher's subscription.
    pub encrypted: bool,
    /// The size of the system's disk.
    pub os_disk_size_gb: Option<u64>,
    /// The places of its data disks.
    #[serde(skip)]
    pub data_disks: Vec<i64>,
    /// Where the portal shows it.
    pub portal_url: String,
}

/// One region of a version.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Regional {
    /// The region, as ids have it.
    pub region: String,
    /// `Completed` and so on, if known.
    pub state: Option<String>,
    pub progress: Option<i64>,
    /// The disk encryption sets its disks are encrypted with; only its owner sees them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disk_encryption_sets: Vec<String>,
}

/// What a machine needs.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Needs {
    /// The image to name.
    pub image: String,
    /// `required` for generalized images, `not allowed` for specialized ones; `unknown` if only the version can be
    /// read.
    pub os_profile: &'static str,
    /// The machine's security type.
    pub security_type: Option<String>,
    /// The generation its size must support.
    #[serde(rename = "hyperVGeneration")]
    pub hyper_v_generation: Option<String>,
    /// The processor its size must have.
    pub architecture: Option<String>,
    /// What has to be bought in the marketplace first.
    pub plan: Option<PurchasePlan>,
    /// Tenants whose token has to go along, if the machine is in another one.
    pub auxiliary_tenants: Vec<TenantId>,
}

/// A purchase plan.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct PurchasePlan {
    pub name: Option<String>,
    pub publisher: Option<String>,
    pub product: Option<String>,
}

/// Puts together what is shown of an image and its versions.
pub(super) fn details(
    image: Image,
    properties: &Value,
    mut versions: Vec<Version>,
    auxiliary_tenants: Vec<TenantId>,
) -> Details {
    versions.sort_by(|one, other| {
        other.published_date.cmp(&one.published_date).then(other.name.cmp(&one.name))
    });
    let order = |version: &Version| {
        publication_order(version.published_date.as_deref().unwrap_or_default(), &version.name)
    };
    let counting = versions.iter_mut().filter(|version| !version.exclude_from_latest);
    if let Some(latest) = counting.max_by_key(|version| order(version)) {
        latest.latest = true;
    }
    let plan = properties["purchasePlan"].as_object().map(|_| {
        let plan = &properties["purchasePlan"];
        PurchasePlan {
            name: text(plan, "name"),
            publisher: text(plan, "publisher"),
            product: text(plan, "product"),
        }
    });
    let os_state = image.os_state.as_deref();
    let is_specialized = os_state.map(|state| state.eq_ignore_ascii_case("Specialized"));
    Details {
        vm: Needs {
            image: image.id.clone().into(),
            os_profile: match is_specialized {
                None => "unknown",
                Some(true) => "not allowed",
                Some(false) => "required",
            },
            security_type: security_type(properties),
            hyper_v_generation: image.hyper_v_generation.clone(),
            architecture: image.architecture.clone(),
            plan,
            auxiliary_tenants,
        },
        description: text(properties, "description"),
        eula: text(properties, "eula"),
        end_of_life_date: text(properties, "endOfLifeDate"),
        versions,
        image,
        definition: properties.clone(),
    }
}

/// The places of a version's data disks.
pub(super) fn data_disks(version: &Value) -> Vec<i64> {
    let disks = version["storageProfile"]["dataDiskImages"].as_array();
    disks.into_iter().flatten().filter_map(|disk| disk["lun"].as_i64()).collect()
}
