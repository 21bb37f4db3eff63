//! `vmss create`: a scale set from any image this user can use, by the rules of `vm create`.

use crate::app::App;
use crate::commands::vm::machine_args::MachineArgs;
use crate::error::Result;
use crate::output::Output;

/// Create a virtual machine scale set from a shared image
///
/// Checks everything that `vm create` checks, with the quota of all instances. Creates the set in one
/// deployment: flexible orchestration, in a network of its own without open ports. Its instances
/// have no outbound access until the subnet has a NAT gateway. Run again, it changes nothing.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare vmss create -g apps-rg -n workers --instance-count 3 --zones 1 2 3 \\
      --image sharedGallery/ubuntu-hardened --admin-username azureuser --generate-ssh-keys
  az-imageshare vmss create -g apps-rg -n workers --admin-username azureuser --dry-run \\
      --ssh-key-value ~/.ssh/id_ed25519.pub \\
      --image /subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/\\
resourceGroups/images-rg/providers/Microsoft.Compute/galleries/sharedGallery/images/ubuntu-hardened

Permissions: Virtual Machine Contributor and Network Contributor on the resource group. On the
image, Compute Gallery Image Reader in its own tenant; nothing for direct and community shares.
API: https://learn.microsoft.com/rest/api/compute/virtual-machine-scale-sets/create-or-update")]
pub(crate) struct VmssCreateArgs {
    #[command(flatten)]
    machine: MachineArgs,
    /// Number of instances
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=1000))]
    instance_count: u32,
}

pub(super) fn create_scale_set(args: VmssCreateArgs, app: &App) -> Result<Output> {
    let instances = args.instance_count;
    args.machine.carry_out(app, None, |wanted| wanted.instances = Some(instances))
}
