//! The arguments that `vm create` and `vmss create` share.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::file_argument::{FileArgument, expanded_path};
use crate::commands::image_args::ImageArgs;
use crate::commands::secret_input;
use crate::commands::site::open_site;
use crate::error::{Error, Result};
use crate::id::{ResourceId, TenantId};

use crate::ops::vm::login::{self, Login};
use crate::ops::vm::ssh_key_pair::{SshKeyPair, existing_key};
use crate::ops::vm::{DesiredMachine, SaidOnce, ToldImage, numbered_machines, plan_series};
use crate::output::Output;
use crate::secrets::Secret;

#[derive(clap::Args, Debug)]
pub(crate) struct MachineArgs {
    /// Resource group to create it in
    #[arg(long, short = 'g', value_name = "NAME")]
    resource_group: String,
    /// Its name
    #[arg(long, short, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    image: ImageArgs,
    /// Name of the first user; none for a specialized image
    #[arg(long, value_name = "NAME")]
    admin_username: Option<String>,
    /// Public SSH keys: files, or the keys themselves
    #[arg(long, value_name = "FILE|KEY", num_args = 1..)]
    ssh_key_value: Vec<String>,
    /// Use the SSH key in ~/.ssh, and create one if there is none
    #[arg(long, conflicts_with = "ssh_key_value")]
    generate_ssh_keys: bool,
    /// Read the password for Windows from a file
    #[arg(long, value_name = "FILE", conflicts_with = "admin_password_stdin")]
    admin_password_file: Option<FileArgument>,
    /// Read the password for Windows from standard input
    #[arg(long)]
    admin_password_stdin: bool,
    /// Region [default: that of the resource group]
    #[arg(long, short, value_name = "REGION")]
    location: Option<String>,
    /// Availability zones
    #[arg(long, short, value_name = "ZONE", num_args = 1.., value_parser = ["1", "2", "3"], visible_alias = "zones")]
    zone: Vec<String>,
    /// Size [default: a small one that fits the image]
    #[arg(long, value_name = "SIZE")]
    size: Option<String>,
    /// Security type [default: the safest the image allows]
    #[arg(long, value_name = "TYPE", value_parser = ["Standard", "TrustedLaunch", "ConfidentialVM"], ignore_case = true)]
    security_type: Option<String>,
    /// Operating system, if only the image version can be read
    #[arg(long, value_name = "SYSTEM", value_parser = ["Linux", "Windows"], ignore_case = true)]
    os_type: Option<String>,
    /// Generation, if only the image version can be read
    #[arg(long, value_name = "GENERATION", value_parser = ["V1", "V2"], ignore_case = true)]
    hyper_v_generation: Option<String>,
    /// ID of a subnet to use instead of a network of its own
    #[arg(long, value_name = "ID")]
    subnet: Option<ResourceId>,
    /// File with what cloud-init, or the Windows agent, gets at the first start
    #[arg(long, value_name = "FILE")]
    custom_data: Option<FileArgument>,
    /// Tags of everything that is created
    #[arg(long, value_name = "KEY=VALUE", num_args = 0..)]
    tags: Vec<String>,
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

impl MachineArgs {
    /// The life of a machine's change: reads, plans, asks, makes it, and shows it.
    pub(crate) fn carry_out(
        mut self,
        app: &App,
        count: Option<u32>,
        fit: impl FnOnce(&mut DesiredMachine),
    ) -> Result<Output> {
        let (wait, change) = (!self.no_wait, self.change);
        let image = std::mem::take(&mut self.image);
        let mut wanted = self.desired(app)?;
        fit(&mut wanted);
        let wanted = match count {
            Some(count) => numbered_machines(&wanted, count),
            None => vec![wanted],
        };
        app.block_on(async {
            let once = SaidOnce::new(app.reporter.as_ref());
            let site = open_site(app).await?.reporting_to(&once);
            let image = image.find(app).await?;
            let series = plan_series(&site, &wanted, &image).await?;
            change
                .carry_out(app, series.plan(app), async |run| {
                    let made = series.carry_out(&site, run, wait).await?;
                    Ok(match (count, made.first()) {
                        (None, Some(only)) => Output::of(only),
                        _ => Output::rows(&made),
                    })
                })
                .await
        })
    }

    /// The machine as it was asked for: one without public address.
    fn desired(self, app: &App) -> Result<DesiredMachine> {
        let login = self.login(app)?;
        let custom_data = self.custom_data.map(|file| read_custom_data(&file, app)).transpose()?;
        Ok(DesiredMachine {
            name: self.name,
            group: self.resource_group,
            location: self.location,
            size: self.size,
            security_type: self.security_type,
            login,
            subnet: self.subnet,
            public_ip: false,
            instances: None,
            alike: 1,
            zones: self.zone,
            tags: self.tags.iter().map(|tag| split_tag(tag)).collect::<Result<_>>()?,
            custom_data,
            told: ToldImage { os_type: self.os_type, generation: self.hyper_v_generation },
            deployment_name: self.deployment_name,
            auxiliary_tenants: self.auxiliary_tenant,
        })
    }

    fn login(&self, app: &App) -> Result<Login> {
        let keys: Result<Vec<Vec<String>>> =
            self.ssh_key_value.iter().map(|given| read_ssh_keys(given, app)).collect();
        let mut ssh_keys = keys?.concat();
        let mut fresh_key = None;
        if self.generate_ssh_keys {
            let folder = PathBuf::from(expanded_path("~/.ssh", app));
            match existing_key(&folder) {
                Some(key) => ssh_keys.push(key),
                None => {
                    let pair = SshKeyPair::generate(&folder)?;
                    ssh_keys.push(pair.public.clone());
                    fresh_key = Some(pair);
                }
            }
        }
        let password_file = self.admin_password_file.as_ref().map(|file| file.path(app));
        let password = secret_input::SecretInput {
            file: password_file.as_deref(),
            stdin: self.admin_password_stdin,
            flags: ("--admin-password-file", "--admin-password-stdin"),
        };
        let has_password = self.admin_password_file.is_some() || self.admin_password_stdin;
        let read = has_password.then(|| password.read(app, "Password of the administrator: "));
        Ok(Login {
            username: self.admin_username.clone(),
            ssh_keys,
            fresh_key,
            password: read.transpose()?.map(login::password).transpose()?,
        })
    }
}

/// `KEY=VALUE`, or a key alone, as in `az`.
fn split_tag(text: &str) -> Result<(String, String)> {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    if key.is_empty() {
        return Err(Error::usage(format!("--tags {text}: a tag has no name"))
            .hint("Write tags as KEY=VALUE, with a blank between two of them."));
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// The file's bytes in base64, as Azure takes them.
fn read_custom_data(file: &FileArgument, app: &App) -> Result<Secret> {
    let path = file.path(app);
    let bytes = std::fs::read(&path).map_err(|err| {
        Error::usage(format!("--custom-data {}: {err}", path.display()))
            .hint("Name a file that can be read, such as cloud-init.yaml.")
    })?;
    // Source: https://learn.microsoft.com/azure/virtual-machines/custom-data#faq
    if bytes.len() > MOST_CUSTOM_DATA {
        return Err(Error::usage(format!(
            "--custom-data {}: {} bytes, and Azure takes {MOST_CUSTOM_DATA}",
            path.display(),
            bytes.len()
        ))
        .hint("Put the rest where the script of the first start fetches it."));
    }
    Ok(Secret::new(STANDARD.encode(bytes)))
}

const MOST_CUSTOM_DATA: usize = 65_535;

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
                .hint("Name a .pub file, or let one be made with --generate-ssh-keys.")
        })?
    };
    if text.contains("PRIVATE KEY") {
        return Ok(vec![text]);
    }
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}
