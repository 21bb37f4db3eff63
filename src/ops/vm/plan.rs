//! A machine whose every part is decided.

use super::machine::DesiredMachine;
use crate::id::{ResourceId, Scope};
use crate::ops::image::details::Details;
use crate::ops::site::ChosenSubscription;
use crate::rest::auxiliary::AuxiliaryIdentity;

/// Everything that is decided before Azure is asked to do anything.
pub(super) struct MachinePlan<'a> {
    pub wanted: &'a DesiredMachine,
    pub subscription: ChosenSubscription,
    pub location: String,
    pub size: String,
    pub image: Details,
    /// The id that the machine names: always of one version, so that it is known what it was made from.
    pub reference: String,
    pub security_type: Option<String>,
    pub auxiliary: Vec<AuxiliaryIdentity>,
}

impl MachinePlan<'_> {
    pub(super) fn scope(&self) -> Scope {
        Scope::resource_group(self.subscription.id, &self.wanted.group)
    }

    pub(super) fn id(&self) -> ResourceId {
        machine_id(&self.scope(), self.wanted)
    }

    pub(super) fn is_specialized(&self) -> bool {
        is_same(self.image.image.os_state.as_ref(), "Specialized")
    }

    pub(super) fn is_windows(&self) -> bool {
        is_same(self.image.image.os_type.as_ref(), "Windows")
    }

    pub(super) fn deployment_name(&self) -> String {
        match &self.wanted.deployment_name {
            Some(name) => name.clone(),
            // Longer names are refused; what is cut off is still in the template.
            None => {
                let kind = if self.wanted.instances.is_some() { "vmss" } else { "vm" };
                format!("az-imageshare-{kind}-{}", self.wanted.name).chars().take(64).collect()
            }
        }
    }
}

/// The id of the machine or scale set.
pub(super) fn machine_id(scope: &Scope, wanted: &DesiredMachine) -> ResourceId {
    let kind =
        if wanted.instances.is_some() { "virtualMachineScaleSets" } else { "virtualMachines" };
    ResourceId::new(scope.clone(), "Microsoft.Compute", kind, &wanted.name)
}

/// True if a text that may be absent is the wanted one; Azure spells words in several ways.
pub(super) fn is_same(text: Option<&String>, wanted: &str) -> bool {
    text.is_some_and(|text| text.eq_ignore_ascii_case(wanted))
}
