//! `vm create`: a VM from any image this user can use, also one of another tenant.

use super::machine_args::MachineArgs;
use crate::app::App;
use crate::error::Result;
use crate::output::Output;

/// Create a VM from a shared image
///
/// Reads from the image what it demands: its first user or none, generation, processor, Trusted
/// Launch, purchase plan, regions. Checks all of that, the size, the quota and your permissions
/// before anything is written. Shows what Azure would change, and creates the VM in one deployment.
/// Where the image belongs to another tenant, a token of that tenant goes with this one request.
/// The VM gets a network of its own without open ports. Run again, it changes nothing.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare vm create -g apps-rg -n web-01 --admin-username azureuser \\
      --ssh-key-value ~/.ssh/id_ed25519.pub --tags team=web --zone 1 \\
      --image /subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/\\
resourceGroups/images-rg/providers/Microsoft.Compute/galleries/sharedGallery/images/ubuntu-hardened
  az-imageshare vm create -g apps-rg -n win-01 --admin-username azureuser \\
      --admin-password-file password.txt --size Standard_D4s_v5 --no-wait \\
      --image /CommunityGalleries/contoso-1/Images/windows-golden
  az-imageshare vm create -g apps-rg -n web-02 --image sharedGallery/ubuntu-hardened \\
      --admin-username azureuser --generate-ssh-keys

Permissions: Virtual Machine Contributor and Network Contributor on the resource group. On the
image, Compute Gallery Image Reader in its own tenant; nothing for direct and community shares.
With Reader on the subscription, sizes, quota and accepted terms are checked beforehand
too.
API: https://learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update")]
pub(crate) struct VmCreateArgs {
    #[command(flatten)]
    machine: MachineArgs,
    /// Give the VM a public IP address
    #[arg(long)]
    public_ip: bool,
    /// Create so many VMs: the name is followed by a number from 0 on
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(2..=250))]
    count: Option<u32>,
}

pub(super) fn create_machine(args: VmCreateArgs, app: &App) -> Result<Output> {
    let public_ip = args.public_ip;
    args.machine.carry_out(app, args.count, |wanted| wanted.public_ip = public_ip)
}
