//! What the value of each argument is: one table for the whole command line.
//!
//! An argument is known by its name, and where names differ in meaning, by its command; a new one that no
//! row fits is found by its value's name, and if that does not say either, a test asks for a row.

use clap::Arg;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// Anything: nothing is offered.
    Free,
    /// A cloud.
    Cloud,
    /// A credential of this program.
    Credential,
    /// A delegation, by its offer's name.
    Delegation,
    /// A file.
    File,
    /// A file, or a resource of one of these types by its full id.
    FileOrResource(&'static [&'static str]),
    /// A folder.
    Folder,
    /// An image by its id, or as GALLERY/IMAGE.
    Image,
    /// A location.
    Location,
    /// `key=value` texts that describe a permission.
    Pairs,
    /// A user, group or service principal by name, or by object id.
    Principal,
    /// The same by object id only.
    PrincipalId,
    /// A resource of one of these types, by its full id.
    Resource(&'static [&'static str]),
    /// The same by name, where other arguments say in what; an id is taken too.
    ResourceName(&'static [&'static str]),
    /// A resource group.
    ResourceGroup,
    /// A role, by name or GUID.
    Role,
    /// A size of virtual machines.
    Size,
    /// A subscription, by name or id.
    Subscription,
    /// A subscription, by id only.
    SubscriptionId,
    /// A tenant, by id or domain.
    Tenant,
}

use ValueKind::{
    Cloud, Credential, Delegation, File, FileOrResource, Folder, Free, Image, Location, Pairs,
    Principal, PrincipalId, Resource, ResourceGroup, ResourceName, Role, Size, Subscription,
    SubscriptionId, Tenant,
};

const GALLERY: &[&str] = &["microsoft.compute/galleries"];
const DEFINITION: &[&str] = &["microsoft.compute/galleries/images"];
const VERSION: &[&str] = &["microsoft.compute/galleries/images/versions"];
pub(super) const IMAGE: &[&str] = &[
    "microsoft.compute/galleries/images",
    "microsoft.compute/galleries/images/versions",
    "microsoft.compute/images",
];
const IDENTITY: &[&str] = &["microsoft.managedidentity/userassignedidentities"];
const NETWORK: &[&str] = &["microsoft.network/virtualnetworks"];
const SUBNET: &[&str] = &["microsoft.network/virtualnetworks/subnets"];
const STORAGE: &[&str] = &[
    "microsoft.storage/storageaccounts",
    "microsoft.storage/storageaccounts/blobservices/containers",
];
const TEMPLATE: &[&str] = &["microsoft.virtualmachineimages/imagetemplates"];
const ANY: &[&str] = &[];

/// Command, argument, kind; the first row that fits counts. An empty command fits all.
const ARGUMENTS: &[(&str, &str, ValueKind)] = &[
    ("", "admin-username", Free),
    ("", "also-tenant", Tenant),
    ("", "aux-tenant", Tenant),
    ("", "application-object-id", Free),
    ("", "as", Credential),
    ("", "assignee", Principal),
    ("", "assignee-object-id", PrincipalId),
    ("", "authorization", Pairs),
    ("", "certificate", File),
    ("", "claims", Free),
    ("", "client-id", Free),
    ("", "auxiliary-tenant", Tenant),
    ("", "cloud", Cloud),
    ("", "community", Free),
    ("exec", "command", Free),
    ("fleet import", "consumer", Tenant),
    ("fleet", "consumer", Free),
    ("", "consumer", Credential),
    ("", "consumer-subscription", SubscriptionId),
    ("", "consumer-tenant", Tenant),
    ("", "credential", Credential),
    ("", "credential-name", Free),
    ("", "days", Free),
    ("", "deployment-name", Free),
    ("", "description", Free),
    ("", "distribute-to", Resource(IMAGE)),
    ("", "due", Free),
    ("", "eligible-authorization", Pairs),
    ("", "error", Free),
    ("", "eula", Free),
    ("", "expires", Free),
    ("", "federated-token-file", File),
    ("fleet", "approve", Free),
    ("fleet", "events", File),
    ("fleet", "file", File),
    ("fleet", "plan", File),
    ("fleet", "report", Free),
    ("fleet", "wave", Free),
    ("", "from-file", File),
    ("", "service-connection", Free),
    ("", "gallery", ResourceName(GALLERY)),
    ("", "gallery-id", Resource(GALLERY)),
    ("", "gallery-name", ResourceName(GALLERY)),
    ("image", "id", Image),
    ("fleet", "grant", Free),
    ("", "identity", ResourceName(IDENTITY)),
    ("image copy", "image", Image),
    ("image show", "image", Image),
    ("vm", "image", Image),
    ("", "image", Resource(IMAGE)),
    ("", "image-definition", ResourceName(DEFINITION)),
    ("", "image-version", ResourceName(VERSION)),
    ("", "mail", Principal),
    ("", "management-group", Free),
    ("builder template", "name", ResourceName(TEMPLATE)),
    ("", "key-id", Free),
    ("", "keep", Free),
    ("", "latest", Free),
    ("", "location", Location),
    ("", "older-than", Free),
    ("credential add", "name", Free),
    ("credential import", "name", Free),
    ("credential", "name", Credential),
    ("token", "name", Credential),
    ("delegation", "name", Delegation),
    ("share app", "name", Principal),
    ("", "name", Free),
    ("", "output-dir", Folder),
    ("", "output-file", File),
    ("", "parameters", File),
    ("", "principal", Principal),
    ("", "principal-id", PrincipalId),
    ("", "principal-name", Free),
    ("", "public-name-prefix", Free),
    ("", "publisher-contact", Free),
    ("", "publisher-uri", Free),
    ("", "query", Free),
    ("", "request", File),
    ("", "regions", Location),
    ("", "replicas", Free),
    ("exec", "resource", Free),
    ("token get", "resource", Free),
    ("", "passphrase-fd", Free),
    ("", "resource-group", ResourceGroup),
    ("", "role", Role),
    ("token get", "scope", Free),
    ("", "secret-file", File),
    ("", "size", Size),
    ("", "source", Resource(IMAGE)),
    ("", "ssh-key-value", File),
    ("", "staging-resource-group", ResourceGroup),
    ("", "storage-container", Resource(STORAGE)),
    ("", "submitter", Principal),
    ("", "subnet", Resource(SUBNET)),
    ("", "subscription", Subscription),
    ("builder", "template", FileOrResource(TEMPLATE)),
    ("", "template-file", File),
    ("", "tenant", Tenant),
    ("image copy", "to", Resource(DEFINITION)),
    ("", "vnet", Resource(NETWORK)),
];

/// What a value's name says about an argument that the table above does not have.
const VALUE_NAMES: &[(&str, ValueKind)] = &[
    ("CREDENTIAL", Credential),
    ("DATE", Free),
    ("DURATION", Free),
    ("FILE", File),
    ("FOLDER", Folder),
    ("GLOB", Free),
    ("GUID|DOMAIN", Tenant),
    ("I/N", Free),
    ("ID", Resource(ANY)),
    ("JMESPATH", Free),
    ("KEY=VALUE", Pairs),
    ("LOCATION", Location),
    ("NUMBER", Free),
    ("RG", ResourceGroup),
    ("RUN", Free),
    ("SCOPE", Resource(ANY)),
    ("TEXT", Free),
    ("TIME", Free),
    ("URL", Free),
];

/// The argument's long name, or the name of its place.
pub(super) fn argument_name(arg: &Arg) -> &str {
    arg.get_long().unwrap_or(arg.get_id().as_str())
}

/// What the value of an argument of `command` is. `None` if it takes none, if clap knows all values that
/// are allowed, or if no one said what it is.
pub(super) fn kind_of_argument(command: &str, arg: &Arg) -> Option<ValueKind> {
    let takes_value = arg.get_action().takes_values();
    if !takes_value || arg.get_value_parser().possible_values().is_some() {
        return None;
    }
    let name = argument_name(arg);
    let row = ARGUMENTS.iter().find(|(of, known, _)| *known == name && command.starts_with(of));
    let value_name = || arg.get_value_names()?.first().map(|name| name.as_str());
    row.map(|(_, _, kind)| *kind).or_else(|| {
        let value_name = value_name()?;
        let row = VALUE_NAMES.iter().find(|(known, _)| *known == value_name);
        row.map(|(_, kind)| *kind)
    })
}
