//! The arguments that name an identity and what it is to do, shared by `setup`, `check` and `template`.

use crate::app::App;
use crate::commands::file_argument::expanded_path;
use crate::error::{Error, Result};
use crate::ops::builder::arguments::{Arguments, Draft};
use crate::ops::builder::target::{self, Subject};
use crate::ops::change::findings::Findings;
use crate::ops::site::Site;

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ScenarioArgs {
    /// User-assigned identity, by name with --resource-group or by full ID [default: the template's own]
    #[arg(long, value_name = "NAME|ID")]
    identity: Option<String>,
    /// Resource group of the identity
    #[arg(long, short = 'g', value_name = "RG")]
    resource_group: Option<String>,
    /// Where images go: a resource group, a gallery or an image definition; may be repeated
    #[arg(long, value_name = "RG|ID")]
    distribute_to: Vec<String>,
    /// Where images come from: a resource group, gallery, definition, version or managed image; may be repeated
    #[arg(long, value_name = "RG|ID")]
    source: Vec<String>,
    /// Virtual network that builds run in; may be repeated
    #[arg(long, value_name = "ID")]
    vnet: Vec<String>,
    /// Blob container with scripts; may be repeated
    #[arg(long, value_name = "ID")]
    storage_container: Vec<String>,
    /// Resource group that builds run in, instead of one that Image Builder creates
    #[arg(long, value_name = "RG")]
    staging_resource_group: Option<String>,
    /// Image template to read all this from: a JSON file, or the id of one in Azure
    #[arg(long, value_name = "FILE|ID")]
    template: Option<String>,
    /// Only the actions that are used, where they are used, instead of the documents' whole roles
    #[arg(long)]
    least_privilege: bool,
}

/// Arguments that were understood.
pub(super) struct UnderstoodScenario {
    draft: Draft,
    pub(super) findings: Findings,
}

impl ScenarioArgs {
    /// Judges the arguments by everything that can be known without a call.
    pub(super) fn judged(self, app: &App) -> Result<UnderstoodScenario> {
        let arguments = Arguments {
            identity: self.identity,
            resource_group: self.resource_group,
            distribute_to: self.distribute_to,
            source: self.source,
            vnet: self.vnet,
            storage_container: self.storage_container,
            staging_resource_group: self.staging_resource_group,
            template: self.template.map(|typed| expanded_path(&typed, app)),
            least_privilege: self.least_privilege,
        };
        Ok(UnderstoodScenario {
            draft: target::judged(app, &arguments)?,
            findings: Findings::default(),
        })
    }
}

impl UnderstoodScenario {
    /// Signs in, and finds out what the names mean; what is wrong then is still in the findings.
    pub(super) async fn subject<'a>(&mut self, app: &'a App) -> Result<(Site<'a>, Subject)> {
        let site = self.draft.open_site(app, app.settings.subscription.as_deref()).await?;
        let subject = target::resolve(&site, &self.draft, &mut self.findings).await?;
        Ok((site, subject))
    }
}

/// Nothing that an identity is to do would be nothing to compare with.
pub(super) fn require_some(subject: &Subject) -> Result<()> {
    if subject.scenario.is_empty() {
        Err(Error::usage("nothing says what the identity is to do (nothing was changed)")
            .hint("Add one or more of --distribute-to, --source, --vnet, --storage-container, --staging-resource-group, or --template."))
    } else {
        Ok(())
    }
}
