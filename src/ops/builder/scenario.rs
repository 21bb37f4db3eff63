//! What an identity is to do, and which actions that takes where.

use super::actions::{
    BuiltIn, CONTRIBUTOR, DISTRIBUTE_TO_GALLERY, DISTRIBUTE_TO_IMAGE, HAND_ON, IMAGE_CREATION,
    MANAGED_IDENTITY_OPERATOR, NETWORKING, READ_BLOBS, READ_CONTAINER, READ_GALLERY, READ_IMAGE,
    STAGE, STORAGE_BLOB_DATA_READER,
};
use crate::id::{ResourceId, Scope};
use crate::ops::change::resume::posix_word;

/// A resource group, or something in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A whole resource group.
    Group(Scope),
    /// One resource.
    Resource(ResourceId),
}

impl Place {
    /// The resource group.
    pub(crate) fn group(&self) -> &Scope {
        match self {
            Place::Group(scope) => scope,
            Place::Resource(id) => &id.scope,
        }
    }

    /// The full id.
    pub(crate) fn id(&self) -> String {
        match self {
            Place::Group(scope) => scope.to_string(),
            Place::Resource(id) => id.to_string(),
        }
    }
}

/// What an identity is to do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scenario {
    /// Where images go: resource groups, galleries, image definitions or managed images.
    pub distribute_to: Vec<Place>,
    /// Where images come from: the same, and image versions.
    pub sources: Vec<Place>,
    /// Virtual networks that builds run in.
    pub networks: Vec<ResourceId>,
    pub containers: Vec<ResourceId>,
    /// Resource groups that builds run in.
    pub staging: Vec<Scope>,
    /// Identities that the build machine gets.
    pub machine_identities: Vec<ResourceId>,
    /// Only what is used, instead of the documents' whole roles.
    pub least_privilege: bool,
}

/// What a permission is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Writing images.
    Distribute,
    /// Reading images.
    Source,
    /// Joining a network.
    Network,
    /// Reading scripts.
    Storage,
    /// Building in a group of one's own.
    Staging,
    /// Handing an identity to the build machine.
    Machine,
    /// Handing the identity itself to a template.
    Submit,
}

impl Purpose {
    /// The built-in role that the documents give for it; none where they make one.
    pub(crate) fn built_in(self) -> Option<BuiltIn> {
        match self {
            Purpose::Distribute | Purpose::Source | Purpose::Network => None,
            Purpose::Storage => Some(STORAGE_BLOB_DATA_READER),
            Purpose::Staging => Some(CONTRIBUTOR),
            Purpose::Machine | Purpose::Submit => Some(MANAGED_IDENTITY_OPERATOR),
        }
    }

    /// The actions that the documents give for it, used or not.
    pub(crate) fn documented(self) -> &'static [&'static str] {
        match self {
            Purpose::Distribute => &IMAGE_CREATION,
            Purpose::Source => &READ_ALL,
            Purpose::Network => &NETWORKING,
            Purpose::Storage => &READ_CONTAINER,
            Purpose::Staging => &STAGE,
            Purpose::Machine | Purpose::Submit => &HAND_ON,
        }
    }
}

/// Actions that are needed at a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// What they are for.
    pub purpose: Purpose,
    /// Full id of exactly what they are used on.
    pub scope: String,
    pub group: Scope,
    pub actions: Vec<&'static str>,
    /// The actions on data.
    pub data_actions: Vec<&'static str>,
    /// The argument of `builder setup` that brings them; empty if none does.
    pub argument: String,
}

impl Scenario {
    /// True if nothing is to be done.
    pub(crate) fn is_empty(&self) -> bool {
        self.needs().is_empty()
    }

    /// Every need, at the narrowest scope that it has.
    pub(crate) fn needs(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        for place in &self.distribute_to {
            self.distribution(place, &mut needs);
        }
        for place in &self.sources {
            source(place, &mut needs);
        }
        for id in &self.networks {
            add(
                &mut needs,
                Purpose::Network,
                &Place::Resource(id.clone()),
                &NETWORKING,
                format!("--vnet {id}"),
            );
        }
        for id in &self.containers {
            let place = Place::Resource(id.clone());
            add(
                &mut needs,
                Purpose::Storage,
                &place,
                &READ_CONTAINER,
                format!("--storage-container {id}"),
            );
        }
        for scope in &self.staging {
            let place = Place::Group(scope.clone());
            add(
                &mut needs,
                Purpose::Staging,
                &place,
                &STAGE,
                format!("--staging-resource-group {scope}"),
            );
        }
        for id in &self.machine_identities {
            add(
                &mut needs,
                Purpose::Machine,
                &Place::Resource(id.clone()),
                &HAND_ON,
                String::new(),
            );
        }
        needs
    }

    fn distribution(&self, place: &Place, needs: &mut Vec<Need>) {
        let argument = format!("--distribute-to {}", posix_word(&place.id()));
        let group = Place::Group(place.group().clone());
        match place {
            // A group may hold galleries as well; only `--least-privilege` says that they do not count.
            Place::Group(_) if !self.least_privilege => {
                add(needs, Purpose::Distribute, &group, &IMAGE_CREATION, argument);
            }
            Place::Resource(id) if id.name_of("galleries").is_some() => {
                add(
                    needs,
                    Purpose::Distribute,
                    &gallery(id),
                    &DISTRIBUTE_TO_GALLERY,
                    argument.clone(),
                );
                add(needs, Purpose::Distribute, &group, &DISTRIBUTE_TO_IMAGE, argument);
            }
            _ => add(needs, Purpose::Distribute, &group, &DISTRIBUTE_TO_IMAGE, argument),
        }
    }
}

fn source(place: &Place, needs: &mut Vec<Need>) {
    let argument = format!("--source {}", posix_word(&place.id()));
    match place {
        Place::Group(_) => add(needs, Purpose::Source, place, &READ_ALL, argument),
        Place::Resource(id) if id.name_of("galleries").is_some() => {
            add(needs, Purpose::Source, &gallery(id), &READ_GALLERY, argument);
        }
        Place::Resource(_) => add(needs, Purpose::Source, place, &READ_IMAGE, argument),
    }
}

/// The gallery that a definition or version is in.
fn gallery(id: &ResourceId) -> Place {
    let mut id = id.clone();
    id.segments.truncate(1);
    Place::Resource(id)
}

fn add(
    needs: &mut Vec<Need>,
    purpose: Purpose,
    place: &Place,
    actions: &[&'static str],
    argument: String,
) {
    let data_actions = match purpose {
        Purpose::Storage => READ_BLOBS.to_vec(),
        _ => Vec::new(),
    };
    let need = Need {
        purpose,
        scope: place.id(),
        group: place.group().clone(),
        actions: actions.to_vec(),
        data_actions,
        argument,
    };
    let same = |known: &Need| {
        known.purpose == purpose
            && known.scope.eq_ignore_ascii_case(&need.scope)
            && known.actions == need.actions
    };
    if !needs.iter().any(same) {
        needs.push(need);
    }
}

/// The need of the one who submits a template with `identity`.
pub(crate) fn submission(identity: &ResourceId, submitter: &str) -> Need {
    let mut needs = Vec::new();
    let argument = format!("--submitter {submitter}");
    add(&mut needs, Purpose::Submit, &Place::Resource(identity.clone()), &HAND_ON, argument);
    needs.swap_remove(0)
}

/// What a group of unknown sources needs.
const READ_ALL: [&str; 4] = [
    "Microsoft.Compute/galleries/read",
    "Microsoft.Compute/galleries/images/read",
    "Microsoft.Compute/galleries/images/versions/read",
    "Microsoft.Compute/images/read",
];

#[cfg(test)]
pub(in crate::ops::builder) mod tests {
    use super::*;

    const GROUP: &str =
        "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/images-rg";

    /// A group or a resource of the made-up group.
    pub(in crate::ops::builder) fn place(rest: &str) -> Place {
        match rest {
            "" => Place::Group(GROUP.parse().unwrap()),
            _ => Place::Resource(format!("{GROUP}/providers/{rest}").parse().unwrap()),
        }
    }

    #[test]
    fn a_gallery_needs_rights_in_it_and_beside_it() {
        let scenario = Scenario {
            distribute_to: vec![place("Microsoft.Compute/galleries/g/images/i")],
            ..Scenario::default()
        };
        let needs = scenario.needs();
        assert_eq!(needs.len(), 2);
        assert!(needs[0].scope.ends_with("/galleries/g"), "{needs:?}");
        assert_eq!(needs[0].actions, DISTRIBUTE_TO_GALLERY);
        assert_eq!((needs[1].scope.as_str(), needs[1].actions.len()), (GROUP, 3));
    }

    #[test]
    fn a_group_stands_for_galleries_unless_only_the_least_is_wanted() {
        let mut scenario = Scenario { distribute_to: vec![place("")], ..Scenario::default() };
        assert_eq!(scenario.needs()[0].actions, IMAGE_CREATION);
        scenario.least_privilege = true;
        assert_eq!(scenario.needs()[0].actions, DISTRIBUTE_TO_IMAGE);
    }

    #[test]
    fn sources_are_only_read() {
        for (rest, count) in [
            ("Microsoft.Compute/galleries/g/images/i/versions/1.0.0", 3),
            ("Microsoft.Compute/images/i", 1),
            ("", 4),
        ] {
            let scenario =
                Scenario { sources: vec![place(rest), place(rest)], ..Scenario::default() };
            let needs = scenario.needs();
            assert_eq!((needs.len(), needs[0].actions.len()), (1, count), "{rest}");
            assert!(needs[0].actions.iter().all(|action| action.ends_with("/read")));
        }
    }
}
