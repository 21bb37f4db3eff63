//! `vm create`: a machine from any image this user can use, also one of another tenant.

use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::file_argument::{FileArgument, expanded_path};
use crate::commands::secret_input;
use crate::commands::site::open_site;
use crate::error::{Error, Result};
use crate::id::{ResourceId, TenantId};
use crate::ops::image::id::ImageId;
use crate::ops::vm::login::{self, Login};
use crate::ops::vm::{DesiredMachine, plan_creation};
use crate::output::Output;

/// Create a VM from a shared image
///
/// Reads from the image what it demands (its first user or none, generation, processor, Trusted
/// Launch, purchase plan, regions), checks all of that, the size, the quota and your permissions
/// before anything is written, shows what Azure would change, and creates the VM in one deployment.
/// Where the image belongs to another tenant, a token of that tenant goes with this one request.
/// The VM gets a network of its own without open ports. Run again, it changes nothing.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare vm create -g apps-rg -n web-01 --admin-username azureuser \\
      --ssh-key-value ~/.ssh/id_ed25519.pub \\
      --image /subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/\\
resourceGroups/images-rg/providers/Microsoft.Compute/galleries/sharedGallery/images/ubuntu-hardened
  az-imageshare vm create -g apps-rg -n win-01 --admin-username azureuser \\
      --admin-password-file password.txt --size Standard_D4s_v5 --no-wait \\
      --image /CommunityGalleries/contoso-1/Images/windows-golden

Permissions: Virtual Machine Contributor and Network Contributor on the resource group, and
Compute Gallery Image Reader on the image in its own tenant (nothing for direct and community
shares). With Reader on the subscription, sizes, quota and accepted terms are checked beforehand
too.
API: https://learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update")]
pub(crate) struct VmCreateArgs {
    /// Resource group of the VM
    #[arg(long, short = 'g', value_name = "NAME")]
    resource_group: String,
    /// Name of the VM
    #[arg(long, short, value_name = "NAME")]
    name: String,
    /// Id of the image, or of one version of it
    #[arg(long, value_name = "ID")]
    image: ImageId,
    /// Name of the first user; none for a specialized image
    #[arg(long, value_name = "NAME")]
    admin_username: Option<String>,
    /// Public SSH keys: files, or the keys themselves
    #[arg(long, value_name = "FILE|KEY", num_args = 1..)]
    ssh_key_value: Vec<String>,
    /// Read the password of a Windows VM from a file
    #[arg(long, value_name = "FILE", conflicts_with = "admin_password_stdin")]
    admin_password_file: Option<FileArgument>,
    /// Read the password of a Windows VM from standard input
    #[arg(long)]
    admin_password_stdin: bool,
    /// Region [default: that of the resource group]
    #[arg(long, short, value_name = "REGION")]
    location: Option<String>,
    /// Size [default: a small one that fits the image]
    #[arg(long, value_name = "SIZE")]
    size: Option<String>,
    /// Security type [default: the safest the image allows]
    #[arg(long, value_name = "TYPE", value_parser = ["Standard", "TrustedLaunch", "ConfidentialVM"], ignore_case = true)]
    security_type: Option<String>,
    /// ID of a subnet to use instead of a network of its own
    #[arg(long, value_name = "ID")]
    subnet: Option<ResourceId>,
    /// Give the VM a public IP address
    #[arg(long)]
    public_ip: bool,
    /// Send a token of this tenant too, beside that of the image's; at most three in all
    #[arg(long, value_name = "TENANT")]
    auxiliary_tenant: Vec<TenantId>,
    /// Name of the deployment
    #[arg(long, value_name = "NAME")]
    deployment_name: Option<String>,
    /// Return as soon as Azure has taken the deployment
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn create_machine(args: VmCreateArgs, app: &App) -> Result<Output> {
    let (wait, change) = (!args.no_wait, args.change);
    let image = args.image.clone();
    let wanted = args.wanted(app)?;
    app.block_on(async {
        let site = open_site(app).await?;
        let creation = plan_creation(&site, &wanted, &image).await?;
        change
            .carry_out(app, creation.plan(app), async |run| {
                Ok(Output::of(&creation.carry_out(&site, run, wait).await?))
            })
            .await
    })
}

impl VmCreateArgs {
    fn wanted(self, app: &App) -> Result<DesiredMachine> {
        let keys: Result<Vec<Vec<String>>> =
            self.ssh_key_value.iter().map(|given| read_ssh_keys(given, app)).collect();
        let password_file = self.admin_password_file.as_ref().map(|file| file.path(app));
        let password = secret_input::SecretInput {
            file: password_file.as_deref(),
            stdin: self.admin_password_stdin,
            flags: ("--admin-password-file", "--admin-password-stdin"),
        };
        let has_password = self.admin_password_file.is_some() || self.admin_password_stdin;
        let read = has_password.then(|| password.read(app, "Password of the administrator: "));
        Ok(DesiredMachine {
            name: self.name,
            group: self.resource_group,
            location: self.location,
            size: self.size,
            security_type: self.security_type,
            login: Login {
                username: self.admin_username,
                ssh_keys: keys?.concat(),
                password: read.transpose()?.map(login::password).transpose()?,
            },
            subnet: self.subnet,
            public_ip: self.public_ip,
            deployment_name: self.deployment_name,
            auxiliary_tenants: self.auxiliary_tenant,
        })
    }
}

/// The keys in a file, or the key itself: whatever begins like one is one.
fn read_ssh_keys(given: &str, app: &App) -> Result<Vec<String>> {
    let kinds = ["ssh-", "ecdsa-", "sk-"];
    let is_key = kinds.iter().any(|kind| given.trim_start().starts_with(kind))
        || given.contains("PRIVATE KEY");
    let text = if is_key {
        given.to_owned()
    } else {
        std::fs::read_to_string(expanded_path(given, app)).map_err(|err| {
            Error::usage(format!("--ssh-key-value {given}: {err}"))
                .hint("Name a .pub file, or make one with `ssh-keygen -t ed25519`.")
        })?
    };
    if text.contains("PRIVATE KEY") {
        return Ok(vec![text]);
    }
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}
