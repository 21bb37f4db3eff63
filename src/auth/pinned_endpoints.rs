//! The endpoints that a credential was made for: its tokens go to no others.

use serde::{Deserialize, Serialize};

use crate::settings::Cloud;

/// Everything of a cloud that a token's way depends on, besides the authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PinnedEndpoints {
    pub resource_manager: String,
    pub graph: String,
    /// What a token for Resource Manager is asked for.
    pub audience: String,
}

impl PinnedEndpoints {
    /// The endpoints of a cloud as they are now.
    pub(crate) fn of_cloud(cloud: &Cloud) -> PinnedEndpoints {
        PinnedEndpoints {
            resource_manager: cloud.resource_manager.to_string(),
            graph: cloud.graph.to_string(),
            audience: cloud.audience.clone(),
        }
    }

    /// The first endpoint that another cloud's configuration leads elsewhere: now and then.
    pub(super) fn first_difference(
        &self,
        now: &PinnedEndpoints,
    ) -> Option<(&'static str, String, String)> {
        [
            ("Resource Manager", &now.resource_manager, &self.resource_manager),
            ("Microsoft Graph", &now.graph, &self.graph),
            ("the audience of its tokens", &now.audience, &self.audience),
        ]
        .into_iter()
        .find(|(_, now, pinned)| now != pinned)
        .map(|(what, now, pinned)| (what, now.clone(), pinned.clone()))
    }
}
