//! The arguments that describe an offer, shared by `plan` and `create`.

use clap::{ArgMatches, Args, Command, FromArgMatches, value_parser};

use crate::app::App;
use crate::commands::file_argument::FileArgument;
use crate::error::Result;
use crate::ops::change::findings::Findings;
use crate::ops::expiry::{self, Expiry};
use crate::ops::offer::Offer;
use crate::ops::offer::input::principal_names::look_up_names;
use crate::ops::offer::input::{self, Arguments};
use crate::ops::offer::judge::{self, Surroundings};
use crate::ops::site::tenant_at_hand;

#[derive(Args, Debug)]
pub(crate) struct OfferArgs {
    /// Name of the offer, as the consumer sees it; required unless --parameters has it
    #[arg(long, short, value_name = "OFFER")]
    name: Option<String>,
    /// Tenant of those who are to use the images: id or domain (Lighthouse calls it the managing tenant); required unless a file has it
    #[arg(long, value_name = "GUID|DOMAIN", visible_aliases = ["managing-tenant", "managed-by-tenant-id"])]
    consumer_tenant: Option<String>,
    /// Resource groups to delegate [default: az's `defaults.group`]; or --whole-subscription
    #[arg(long, short = 'g', value_name = "RG", num_args = 1.., action = clap::ArgAction::Append)]
    resource_group: Vec<String>,
    /// Delegate the whole subscription
    #[arg(long, conflicts_with = "resource_group")]
    whole_subscription: bool,
    #[command(flatten)]
    rights: RightsArgs,
    /// Leave out the role that lets the consumer give up the delegation
    #[arg(long)]
    no_delete_role: bool,
    /// Request that the consumer made with `delegation request`
    #[arg(long, value_name = "FILE")]
    request: Option<FileArgument>,
    /// Parameter file of the official Lighthouse samples; flags win over it
    #[arg(long, value_name = "FILE")]
    parameters: Option<FileArgument>,
    /// Template to deploy instead of the built-in one, with the parameters that it declares
    #[arg(long, value_name = "FILE")]
    template_file: Option<FileArgument>,
    /// Update the offer of this name that the portal, a template or Terraform made, keeping its ids
    #[arg(long, conflicts_with = "template_file")]
    adopt: bool,
    /// Description of the offer, as the consumer sees it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Last day of the delegation, in UTC; kept in the description, and enforced by `share prune`
    #[arg(long, value_name = "DATE")]
    expires: Option<Expiry>,
    /// Location of the deployment's record; the delegation itself has none
    #[arg(long, short, value_name = "LOCATION")]
    location: Option<String>,
    /// Deployment name [default: derived from the offer]
    #[arg(long, value_name = "NAME")]
    deployment_name: Option<String>,
}

/// Who gets which permissions: arguments whose order and grouping matter, which derive cannot express.
#[derive(Debug, Default)]
struct RightsArgs {
    principals: Vec<(usize, String)>,
    principal_names: Vec<(usize, String)>,
    authorizations: Vec<Vec<String>>,
    eligible: Vec<Vec<String>>,
}

impl Args for RightsArgs {
    fn augment_args(command: Command) -> Command {
        let list = |name: &'static str| {
            clap::Arg::new(name)
                .long(name)
                .value_name("KEY=VALUE")
                .value_parser(value_parser!(String))
                .action(clap::ArgAction::Append)
        };
        let single = |name: &'static str, value: &'static str| list(name).value_name(value);
        command
            .arg(single("principal-id", "GUID|NAME").help(
                "Object id of a group, user or service principal of the consumer's tenant, or its name if a credential of that tenant is stored; it gets Reader and may leave the delegation; may be repeated",
            ))
            .arg(single("principal-name", "TEXT").help("Name shown to the consumer's users instead of the --principal-id before it"))
            .arg(list("authorization").num_args(1..).help(
                "Permanent right: principal=GUID role=NAME|GUID [name=TEXT] [delegated-roles=NAME|GUID,…]; may be repeated",
            ))
            .arg(list("eligible-authorization").num_args(1..).help(
                "Right to be activated: principal=GUID role=NAME|GUID [name=TEXT] [max-duration=PT8H] [mfa=Azure|None] [approver=GUID]…; may be repeated",
            ))
    }

    fn augment_args_for_update(command: Command) -> Command {
        RightsArgs::augment_args(command)
    }
}

impl FromArgMatches for RightsArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(RightsArgs {
            principals: indexed_values(matches, "principal-id"),
            principal_names: indexed_values(matches, "principal-name"),
            authorizations: grouped_values(matches, "authorization"),
            eligible: grouped_values(matches, "eligible-authorization"),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = RightsArgs::from_arg_matches(matches)?;
        Ok(())
    }
}

fn indexed_values(matches: &ArgMatches, name: &str) -> Vec<(usize, String)> {
    let values = matches.get_many::<String>(name).into_iter().flatten();
    let positions = matches.indices_of(name).into_iter().flatten();
    positions.zip(values.cloned()).collect()
}

fn grouped_values(matches: &ArgMatches, name: &str) -> Vec<Vec<String>> {
    let groups = matches.get_occurrences::<String>(name).into_iter().flatten();
    groups.map(|group| group.cloned().collect()).collect()
}

impl OfferArgs {
    fn arguments(self, app: &App) -> Arguments {
        let args = self;
        let path = |file: Option<FileArgument>| file.map(|file| file.text(app));
        Arguments {
            name: args.name,
            description: args.description,
            consumer_tenant: args.consumer_tenant,
            resource_groups: args.resource_group,
            whole_subscription: args.whole_subscription,
            principals: args.rights.principals,
            principal_names: args.rights.principal_names,
            no_delete_role: args.no_delete_role,
            authorizations: args.rights.authorizations,
            eligible_authorizations: args.rights.eligible,
            request: path(args.request),
            parameters: path(args.parameters),
            template_file: path(args.template_file),
            expires: None,
            location: args.location,
            deployment_name: args.deployment_name,
            adopt: args.adopt,
        }
    }
}

impl OfferArgs {
    /// Judges the arguments by everything that can be known without a call.
    pub(super) fn judged(mut self, app: &App) -> Result<Offer> {
        if let Some(consumer) = &self.consumer_tenant {
            let rights = &mut self.rights;
            let (ids, names) = (&mut rights.principals, &mut rights.principal_names);
            app.block_on(look_up_names(app, consumer, ids, names))?;
        }
        let mut findings = Findings::default();
        let last_day = self.expires.map(|expiry| expiry.last_day(expiry::today(app)));
        let arguments = Arguments { expires: last_day, ..self.arguments(app) };
        let draft = input::gather(&arguments, app.settings.group.as_deref(), &mut findings);
        let around = Surroundings {
            cloud: &app.settings.cloud,
            own_tenant: tenant_at_hand(app, app.settings.subscription.as_deref()),
        };
        expiry::judge(app, "--expires", arguments.expires, &mut findings);
        let offer = judge::judge(&draft, around, &mut findings);
        findings.settle(app.reporter.as_ref(), "nothing was called")?;
        Ok(offer.expect("an offer that cannot be read has a finding"))
    }
}
