//! The cloud in use: known, complete, and the one that credentials were made for.

use super::check::Check;
use crate::app::App;
use crate::settings::SettingsError;
use crate::settings::ini::parse_boolean;

const NAME: &str = "cloud";

/// Judges the configuration of the cloud.
pub(super) fn check(app: &App) -> Check {
    let wrong = |problem: &&SettingsError| matches!(problem, SettingsError::Cloud(_));
    if let Some(problem) = app.settings.problems.iter().find(wrong) {
        return Check::refused(NAME, problem.clone());
    }
    let cloud = &app.settings.cloud;
    let described = format!(
        "{}: authority {}, Resource Manager {}",
        cloud.name,
        cloud.active_directory.origin().ascii_serialization(),
        cloud.resource_manager.origin().ascii_serialization()
    );
    let discovery = &app.settings.observed.instance_discovery;
    match discovery.as_deref().map(parse_boolean) {
        Some(None) => Check::failed(
            NAME,
            "[core] instance_discovery in az's config is not a boolean",
            "`az config set core.instance_discovery=true`, or `false` for a cloud that Microsoft does not know.",
        ),
        Some(Some(false)) if is_microsofts(&cloud.name) => Check::warning(
            NAME,
            format!(
                "{described}; instance discovery is switched off, which only a cloud of one's own needs"
            ),
            "`az config set core.instance_discovery=true`",
        ),
        _ => Check::ok(NAME, described),
    }
}

fn is_microsofts(name: &str) -> bool {
    crate::settings::Cloud::names(&crate::settings::ini::Ini::default())
        .iter()
        .any(|built_in| built_in == name)
}
