//! Microsoft.Management: what lies below a management group.
//!
//! Source: <https://learn.microsoft.com/rest/api/managementgroups/management-groups/get-descendants>, version 2020-05-01.

use serde::Deserialize;

use super::{ArmError, Client};
use crate::id::path_segment;

const VERSION: (&str, &str) = ("api-version", "2020-05-01");

/// Something below a management group, however deep.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct GroupDescendant {
    /// The subscription's id, or the group's name.
    #[serde(default)]
    pub name: String,
}

impl Client {
    /// Lists all that lies below a management group; `None` if there is no such group, or it may not be read.
    pub(crate) async fn group_descendants(
        &self,
        group: &str,
    ) -> Result<Option<Vec<GroupDescendant>>, ArmError> {
        let path = format!(
            "/providers/Microsoft.Management/managementGroups/{}/descendants",
            path_segment(group)
        );
        match self.list(&path, &[VERSION]).await {
            Ok(found) => Ok(Some(found)),
            // Both are said of a group that exists and one that does not.
            Err(err) if err.is_forbidden() || err.is_not_found() => Ok(None),
            Err(err) => Err(err),
        }
    }
}
