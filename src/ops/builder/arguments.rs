//! What was written on the command line, judged as far as it can be without a call: all together.

use serde_json::Value;

use super::image_template;
use super::scenario::Place;
use crate::arm::{image_builder, managed_identity};
use crate::id::{ResourceId, Scope};
use crate::ops::change::findings::Findings;
use crate::ops::document;
use crate::ops::image::id::ImageId;

/// The arguments as they were written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments {
    /// Name or id of the identity.
    pub identity: Option<String>,
    pub resource_group: Option<String>,
    pub distribute_to: Vec<String>,
    /// Where images come from.
    pub source: Vec<String>,
    pub vnet: Vec<String>,
    pub storage_container: Vec<String>,
    /// The group that builds run in.
    pub staging_resource_group: Option<String>,
    /// An image template to derive the rest from: file or id.
    pub template: Option<String>,
    /// Only what is used.
    pub least_privilege: bool,
}

/// A name in a subscription that is not known yet, or a full id.
#[derive(Clone, Debug)]
pub(crate) enum Written<T> {
    /// A resource group's name, or an identity's group and name.
    Named(String),
    /// A full id.
    Full(T),
}

/// The identity that is meant.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// By id.
    Id(ResourceId),
    /// By resource group and name.
    Named(String, String),
}

/// An image template that is meant.
#[derive(Clone, Debug)]
pub(crate) enum Template {
    /// The content of a file, and its path.
    File(String, Value),
    /// One in Azure.
    Id(ResourceId),
}

/// Arguments that can be understood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    /// The identity; the template's own if none.
    pub who: Option<Who>,
    pub distribute_to: Vec<Written<Place>>,
    /// Where images come from.
    pub sources: Vec<Written<Place>>,
    pub networks: Vec<ResourceId>,
    pub containers: Vec<ResourceId>,
    /// The group that builds run in.
    pub staging: Option<Written<Scope>>,
    pub template: Option<Template>,
    /// Only what is used.
    pub least_privilege: bool,
}

/// Understands the arguments; what is wrong with them goes to `findings`.
pub(crate) fn judge(
    arguments: &Arguments,
    default_group: Option<&str>,
    findings: &mut Findings,
) -> Draft {
    let mut draft = Draft {
        who: who(arguments, default_group, findings),
        least_privilege: arguments.least_privilege,
        ..Draft::default()
    };
    for text in &arguments.distribute_to {
        let flag = "--distribute-to";
        draft.distribute_to.extend(place(flag, text, &TARGETS, findings));
    }
    for text in &arguments.source {
        draft.sources.extend(source(text, findings));
    }
    for text in &arguments.vnet {
        draft.networks.extend(network(text, findings));
    }
    for text in &arguments.storage_container {
        draft.containers.extend(resource("--storage-container", text, &[CONTAINER], findings));
    }
    if let Some(text) = &arguments.staging_resource_group {
        draft.staging = place("--staging-resource-group", text, &[], findings).map(group_only);
    }
    if let Some(text) = &arguments.template {
        draft.template = template(text, findings);
    }
    draft
}

/// Where an image comes from. What is open to the tenant or to everyone needs no role:
/// <https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#properties-source>
fn source(text: &str, findings: &mut Findings) -> Option<Written<Place>> {
    if let Ok(ImageId::Public(id)) = text.parse() {
        findings.note(image_template::open_source("--source", &id));
        return None;
    }
    let place = place("--source", text, &SOURCES, findings)?;
    Some(match place {
        Written::Full(Place::Resource(id)) => Written::Full(Place::Resource(id.newest())),
        other => other,
    })
}

fn group_only(written: Written<Place>) -> Written<Scope> {
    match written {
        Written::Named(name) => Written::Named(name),
        Written::Full(place) => Written::Full(place.group().clone()),
    }
}

fn who(arguments: &Arguments, default_group: Option<&str>, findings: &mut Findings) -> Option<Who> {
    let Some(text) = arguments.identity.as_deref() else {
        if arguments.template.is_none() {
            findings.input(
                "--identity",
                "is missing",
                "Name the user-assigned identity: `--identity NAME -g RG`, or its full id.",
            );
        }
        return None;
    };
    if text.starts_with('/') {
        return resource("--identity", text, &[managed_identity::TYPE], findings).map(Who::Id);
    }
    // Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if !starts_well || !is_plain || !(3..=128).contains(&text.len()) {
        findings.input(
            format!("--identity {text}"),
            "is not a valid identity name: 3 to 128 letters, digits, '-' and '_', starting with a letter or digit",
            "Choose another name.",
        );
    }
    match arguments.resource_group.as_deref().or(default_group) {
        None => {
            findings.input(
                "-g",
                "is missing: the identity is known by its name only",
                "Add the identity's resource group: `-g RG`.",
            );
            None
        }
        Some(group) if is_group_name(group) => Some(Who::Named(group.to_owned(), text.to_owned())),
        Some(group) => {
            findings.input(format!("-g {group}"), NO_GROUP, GIVE_GROUP);
            None
        }
    }
}

fn place(
    flag: &str,
    text: &str,
    kinds: &[&str],
    findings: &mut Findings,
) -> Option<Written<Place>> {
    if !text.starts_with('/') {
        if is_group_name(text) {
            return Some(Written::Named(text.to_owned()));
        }
        findings.input(format!("{flag} {text}"), NO_GROUP, GIVE_GROUP);
        return None;
    }
    let segments = text.trim_matches('/').split('/').count();
    if let (4, Ok(scope)) = (segments, text.parse::<Scope>()) {
        return Some(Written::Full(Place::Group(scope)));
    }
    resource(flag, text, kinds, findings).map(|id| Written::Full(Place::Resource(id)))
}

fn resource(flag: &str, text: &str, kinds: &[&str], findings: &mut Findings) -> Option<ResourceId> {
    let found = text.parse::<ResourceId>().ok().filter(|id| kinds.iter().any(|kind| id.is(kind)));
    if found.is_none() {
        let kinds = match kinds {
            [] => "a resource group".to_owned(),
            kinds => kinds.join(", "),
        };
        findings.input(
            format!("{flag} {text}"),
            format!("is not a full ID of what belongs there ({kinds})"),
            "Copy the id from the portal's Properties, or from `az resource list --query [].id -o tsv`.",
        );
    }
    found
}

/// A network, also by one of its subnets.
fn network(text: &str, findings: &mut Findings) -> Option<ResourceId> {
    let kinds = [NETWORK, "Microsoft.Network/virtualNetworks/subnets"];
    let mut id = resource("--vnet", text, &kinds, findings)?;
    id.segments.truncate(1);
    Some(id)
}

fn template(text: &str, findings: &mut Findings) -> Option<Template> {
    if text.to_lowercase().starts_with("/subscriptions/") {
        return resource("--template", text, &[image_builder::TYPE], findings).map(Template::Id);
    }
    let place = format!("--template {text}");
    match document::read(text) {
        Ok(value) if image_template::is_one(&value) => Some(Template::File(text.to_owned(), value)),
        Ok(_) => {
            findings.input(place, "holds no image template, or several", "Give a file with one resource of type Microsoft.VirtualMachineImages/imageTemplates.");
            None
        }
        Err(problem) => {
            findings.input(
                place,
                problem.rule,
                "Give a JSON file, or the full id of an image template.",
            );
            None
        }
    }
}

/// Source: <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>
fn is_group_name(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
    !text.is_empty()
        && text.chars().count() <= 90
        && !text.ends_with('.')
        && text.chars().all(plain)
}

const NO_GROUP: &str = "is neither a resource group's name nor a full id";
const GIVE_GROUP: &str =
    "Give a resource group's name, or a full id that starts with /subscriptions/.";
const NETWORK: &str = "Microsoft.Network/virtualNetworks";
const CONTAINER: &str = "Microsoft.Storage/storageAccounts/blobServices/containers";
const TARGETS: [&str; 3] = [
    "Microsoft.Compute/galleries",
    "Microsoft.Compute/galleries/images",
    "Microsoft.Compute/images",
];
const SOURCES: [&str; 4] = [
    "Microsoft.Compute/galleries",
    "Microsoft.Compute/galleries/images",
    "Microsoft.Compute/galleries/images/versions",
    "Microsoft.Compute/images",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_found_at_once() {
        let arguments = Arguments {
            identity: Some("a b".into()),
            distribute_to: vec!["x?".into(), "/subscriptions/x".into()],
            vnet: vec!["vnet1".into()],
            storage_container: vec!["https://a.blob.core.windows.net/c".into()],
            template: Some("/no/such/file".into()),
            ..Arguments::default()
        };
        let mut findings = Findings::default();
        let draft = judge(&arguments, None, &mut findings);
        assert!(draft.who.is_none());
        assert_eq!(findings.errors.len(), 7, "{:#?}", findings.errors);
    }

    #[test]
    fn names_groups_ids_and_subnets_are_told_apart() {
        let group = "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/a";
        let arguments = Arguments {
            identity: Some("aib".into()),
            distribute_to: vec![
                "b".into(),
                group.into(),
                format!("{group}/providers/Microsoft.Compute/galleries/g"),
            ],
            source: vec![
                format!("{group}/providers/Microsoft.Compute/galleries/g/images/i/versions/latest"),
                "/SharedGalleries/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101-G/Images/i/Versions/latest"
                    .into(),
                "/CommunityGalleries/contoso-1/Images/i".into(),
            ],
            vnet: vec![format!("{group}/providers/Microsoft.Network/virtualNetworks/v/subnets/s")],
            staging_resource_group: Some(group.into()),
            ..Arguments::default()
        };
        let mut findings = Findings::default();
        let draft = judge(&arguments, Some("default"), &mut findings);
        assert_eq!(findings.errors, []);
        assert!(
            matches!(draft.who, Some(Who::Named(group, name)) if group == "default" && name == "aib")
        );
        assert!(matches!(
            draft.distribute_to.as_slice(),
            [Written::Named(_), Written::Full(Place::Group(_)), Written::Full(Place::Resource(_))]
        ));
        // Azure/azure-cli#25148, and danielsollondon/azvmimagebuilder's community source.
        let [Written::Full(Place::Resource(source))] = draft.sources.as_slice() else { panic!() };
        assert!(source.is("Microsoft.Compute/galleries/images") && source.name() == "i");
        assert_eq!(findings.notes.len(), 2, "{:?}", findings.notes);
        assert_eq!(draft.networks[0].name(), "v");
        assert!(matches!(draft.staging, Some(Written::Full(_))));
    }
}
