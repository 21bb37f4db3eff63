//! Whoever submits templates with an identity, by what people call them.

use crate::app::App;
use crate::arm::Client;
use crate::error::Result;
use crate::graph::Directory;
use crate::ops::access::principal::{self, Principal};

/// Finds the principal, if one is named.
pub(crate) async fn resolve(
    app: &App,
    client: &Client,
    named: Option<&str>,
) -> Result<Option<Principal>> {
    let Some(name) = named else {
        return Ok(None);
    };
    let directory = Directory::new(app.graph(client.tenant())?);
    let wanted = [name.to_owned()];
    let mut found = principal::resolve_all(&directory, app.reporter.as_ref(), &wanted).await?;
    Ok(found.pop())
}
