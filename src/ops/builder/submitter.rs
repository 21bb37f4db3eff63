//! Those who submit templates with an identity, by what people call them.

use crate::error::Result;
use crate::graph::Directory;
use crate::ops::access::principal::{self, Principal};
use crate::ops::site::Site;

/// Finds the principal, if one is named.
pub(crate) async fn resolve(site: &Site<'_>, named: Option<&str>) -> Result<Option<Principal>> {
    let Some(name) = named else {
        return Ok(None);
    };
    let directory = Directory::new(site.app.graph(site.client.tenant())?);
    let wanted = [name.to_owned()];
    let mut found = principal::resolve_all(&directory, site.reporter, &wanted).await?;
    Ok(found.pop())
}
