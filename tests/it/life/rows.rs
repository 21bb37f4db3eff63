//! The verbs that change something, each in a world where it has something to do.

use sandbox::world;
use serde_json::json;

use super::copies::{by_disks, copied, newest_copy, template, unregistered_copier, with_copies};
use super::fleets::*;
use super::worlds::*;
use crate::credential_renew::renewable;
use crate::support::copies::shared_with_copier;
use crate::support::lab::{Lab, Ran};
use crate::support::machines;
use crate::support::sign_in_page::{keep_person, with_browser};

/// One verb in one world.
pub(crate) struct Row {
    /// Its words.
    pub(crate) verb: &'static str,
    /// Makes the world in which it has something to do.
    pub(crate) world: fn(&Lab),
    /// The rest of its command line.
    pub(crate) args: fn(&Lab) -> Vec<String>,
    pub(crate) asks: Asks,
    pub(crate) undo: Undo,
    pub(crate) who: Who,
    /// What is piped in.
    pub(crate) input: &'static str,
}

/// Who signs in, by the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Publisher,
    Consumer,
    /// It is about this computer alone, and takes its keyring.
    Nobody,
    /// The publisher, with that keyring.
    PublisherHere,
    /// Nobody, on a desktop whose browser signs in.
    Person,
}

impl Who {
    /// True if it writes nothing in Azure, unless its verb renews.
    pub(crate) fn is_of_computer(self) -> bool {
        matches!(self, Who::Nobody | Who::Person)
    }

    /// True if it takes a keyring.
    pub(crate) fn needs_keyring(self) -> bool {
        matches!(self, Who::Nobody | Who::PublisherHere | Who::Person)
    }
}

/// What its plan asks of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    Nothing,
    YesOrNo,
    Word(&'static str),
}

/// What `history undo` can do for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undo {
    /// Everything is as it was.
    Whole,
    /// Everything is as it was; but that cannot be undone in turn, for this reason.
    Once(&'static str),
    /// All but what is named with these words.
    But(&'static str),
}

const SECRET_GONE: &str = "deleted and cannot come back";
const APPLICATION_GONE: &str = "Entra keeps it for 30 days";
const SECRET_STAYS: &str = "the new secret stays valid";

pub(crate) static ROWS: &[Row] = &[
    row("builder remove", set_up, identity, Asks::YesOrNo, Undo::But("is another one")),
    row("builder setup", nothing, scenario, Asks::Nothing, Undo::But("stays registered")),
    row("credential add", nothing, fresh, Asks::Nothing, Undo::Once(SECRET_GONE)).with_secret(),
    row("credential add", kept, fresh_default, Asks::Nothing, Undo::Once(SECRET_GONE))
        .with_secret(),
    row("credential import", for_import, none, Asks::Nothing, Undo::Once(SECRET_GONE))
        .by(Who::Nobody),
    row(
        "credential login",
        person_kept,
        of_person,
        Asks::Nothing,
        Undo::But("the old one is gone"),
    )
    .by(Who::Person),
    row("credential remove", kept, KEPT, Asks::YesOrNo, Undo::But("cannot come back"))
        .by(Who::Nobody),
    row("credential renew", renewable, renewed, Asks::YesOrNo, Undo::But("the old one is gone"))
        .by(Who::Nobody),
    row("credential rotate", kept, rotated, Asks::Nothing, Undo::But("the old one is gone"))
        .with_secret(),
    row(
        "credential store use",
        kept,
        under_passphrase,
        Asks::Nothing,
        Undo::But("moves them back"),
    )
    .with_secret(),
    row("credential update", kept, updated, Asks::Nothing, Undo::Whole).by(Who::Nobody),
    row("credential use", kept, KEPT, Asks::Nothing, Undo::Whole).by(Who::Nobody),
    row("delegation create", nothing, offer, Asks::Nothing, Undo::Whole),
    row("delegation create", another_offer, offer, Asks::YesOrNo, Undo::Whole),
    row("delegation create", unregistered, offer, Asks::Nothing, Undo::But("stays registered")),
    row("delegation delete", delegated, named_offer, Asks::YesOrNo, Undo::Whole),
    row("deployment create", delegated, template, Asks::Nothing, Undo::But("Azure keeps what"))
        .by(Who::Consumer),
    row("fleet apply", offer_planned, saved_plan, Asks::Nothing, Undo::Whole),
    row("fleet apply", removal_planned, saved_plan, Asks::YesOrNo, Undo::Whole),
    row("fleet apply", owner_planned, saved_plan, Asks::Word("images-prod"), Undo::Whole),
    row("fleet apply", policy_planned, saved_plan, Asks::Word("images-prod"), Undo::Whole),
    row("history undo", role_removed, newest_run, Asks::Nothing, Undo::Whole),
    row("image copy", delegated, copied, Asks::Nothing, Undo::But("machines may be made of it"))
        .by(Who::Consumer),
    row("image copy", shared_with_copier, by_disks, Asks::Nothing, Undo::But("may be made of it"))
        .by(Who::Consumer),
    row("image copy", unregistered_copier, copied, Asks::Nothing, Undo::But("stays registered"))
        .by(Who::Consumer),
    row("image prune", with_copies, newest_copy, Asks::YesOrNo, Undo::But("copy it again"))
        .by(Who::Consumer),
    row(
        "share app accept",
        unaccepted,
        to_deploy,
        Asks::Nothing,
        Undo::Once("withdraw its consent"),
    )
    .by(Who::Consumer),
    row("share app create", nothing, bridge, Asks::Nothing, Undo::Once(SECRET_GONE))
        .by(Who::PublisherHere),
    row("share app create", nothing, pipeline, Asks::Nothing, Undo::Once(APPLICATION_GONE)),
    row("share app create", pipeline_made, one_more, Asks::Nothing, Undo::Whole),
    row("share app delete", nothing, the_bridge, Asks::YesOrNo, Undo::But(APPLICATION_GONE)),
    row("share app grant", nothing, gallery_for_bridge, Asks::Nothing, Undo::Whole),
    row("share app secret add", bridge_kept, the_bridge, Asks::Nothing, Undo::But(SECRET_STAYS))
        .by(Who::PublisherHere),
    row(
        "share app secret remove",
        two_secrets,
        old_key,
        Asks::YesOrNo,
        Undo::But("cannot come back"),
    ),
    row("share community disable", open_with_end, OPEN, Asks::YesOrNo, Undo::Whole),
    row("share community enable", closed, until, Asks::Word("open"), Undo::Whole),
    row("share direct add", to_be_shared, to_consumer, Asks::Nothing, Undo::Whole),
    row("share direct add", unfit, made_for_sharing, Asks::Nothing, Undo::Whole),
    row("share direct remove", shared_directly, to_tenant, Asks::YesOrNo, Undo::Whole),
    row("share direct reset", shared_directly, PARTNERS, Asks::YesOrNo, Undo::Whole),
    row("share prune", run_out, none, Asks::YesOrNo, Undo::Whole),
    row("share rbac add", nothing, image_reader, Asks::Nothing, Undo::Whole),
    row("share rbac add", nothing, an_owner, Asks::Word("Owner"), Undo::Whole),
    row("share rbac add", nothing, a_guest, Asks::Nothing, Undo::But("the invitation was sent")),
    row("share rbac add", reader, with_end, Asks::Nothing, Undo::Whole),
    row("share rbac remove", reader, image_reader, Asks::YesOrNo, Undo::Whole),
    row("share revoke", everything, from_consumer, Asks::YesOrNo, Undo::Whole),
    row("vm create", delegated, machine, Asks::Nothing, Undo::But("a machine is not deleted"))
        .by(Who::Consumer),
    row("vmss create", delegated, machine, Asks::Nothing, Undo::But("a machine is not deleted"))
        .by(Who::Consumer),
];

const fn row(
    verb: &'static str,
    world: fn(&Lab),
    args: fn(&Lab) -> Vec<String>,
    asks: Asks,
    undo: Undo,
) -> Row {
    Row { verb, world, args, asks, undo, who: Who::Publisher, input: "" }
}

impl Row {
    const fn by(mut self, who: Who) -> Row {
        self.who = who;
        self
    }

    /// By nobody, with a client secret piped in.
    const fn with_secret(mut self) -> Row {
        self.input = world::DEPLOYER_SECRET;
        self.by(Who::Nobody)
    }

    /// A cloud with this row's world in it.
    pub(crate) fn lab(&self) -> Lab {
        self.peopled(self.signed_in())
    }

    /// The same for the built program; a verb that takes a keyring has a real one.
    #[cfg(target_os = "linux")]
    pub(crate) fn lab_of_program(&self) -> Lab {
        let lab = self.signed_in();
        self.peopled(if self.who.needs_keyring() { lab.with_real_keyring() } else { lab })
    }

    fn signed_in(&self) -> Lab {
        match self.who {
            Who::Publisher | Who::PublisherHere => Lab::publisher(),
            Who::Consumer => Lab::consumer(),
            Who::Nobody => Lab::new(),
            Who::Person => with_browser(Lab::new()),
        }
    }

    fn peopled(&self, lab: Lab) -> Lab {
        (self.world)(&lab);
        lab.azure.clear_journal();
        lab
    }

    /// The whole command line, with more arguments.
    pub(crate) fn line(&self, lab: &Lab, more: &[&str]) -> Vec<String> {
        let words = self.verb.split(' ').map(str::to_owned);
        words.chain((self.args)(lab)).chain(more.iter().map(|word| (*word).to_owned())).collect()
    }

    /// Runs it with more arguments.
    pub(crate) fn run(&self, lab: &Lab, more: &[&str]) -> Ran {
        let line = self.line(lab, more);
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        lab.run_with_input(&line, self.input)
    }

    /// How it is called in a complaint.
    pub(crate) fn name(&self) -> String {
        let of_verb = ROWS.iter().filter(|row| row.verb == self.verb);
        let place = of_verb.take_while(|row| !std::ptr::eq(*row, self)).count();
        format!("{} ({})", self.verb, place + 1)
    }
}

pub(super) fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|word| (*word).to_owned()).collect()
}

fn nothing(_: &Lab) {}

fn none(_: &Lab) -> Vec<String> {
    Vec::new()
}

/// The credential `kept`, which is not the default.
fn kept(lab: &Lab) {
    keep(lab, "kept", &[]);
}

fn person_kept(lab: &Lab) {
    keep_person(lab, &[]);
    // Entra writes the name in another way today, which shows that the sign-in is a new one.
    let records = lab.files().join("credentials.json");
    let kept = std::fs::read_to_string(&records).unwrap();
    std::fs::write(&records, kept.replace("ada@", "Ada@")).unwrap();
    let _ = std::fs::remove_dir_all(lab.files().join("history"));
}

fn of_person(_: &Lab) -> Vec<String> {
    words(&["-n", "me"])
}

fn keep(lab: &Lab, name: &str, more: &[&str]) {
    let add = ["credential", "add", "--no-test", "-n", name, "--secret-stdin"];
    let args = [&add[..], &APPLICATION, more].concat();
    unrecorded(lab, &args, world::DEPLOYER_SECRET);
}

/// Runs what brings a world about: that is no run to be undone.
pub(super) fn unrecorded(lab: &Lab, args: &[&str], input: &str) {
    let quiet = Lab::contents(&lab.files().join("history"));
    lab.run_with_input(args, input).json();
    if quiet.is_empty() {
        let _ = std::fs::remove_dir_all(lab.files().join("history"));
    }
}

const APPLICATION: [&str; 4] =
    ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
const KEPT: fn(&Lab) -> Vec<String> = |_| words(&["-n", "kept"]);

fn fresh(_: &Lab) -> Vec<String> {
    words(&[&["-n", "fresh", "--secret-stdin"][..], &APPLICATION].concat())
}

fn fresh_default(lab: &Lab) -> Vec<String> {
    [fresh(lab), words(&["--default"])].concat()
}

fn rotated(lab: &Lab) -> Vec<String> {
    [KEPT(lab), words(&["--secret-stdin", "--secret-expires-on", "2099-01-31"])].concat()
}

fn under_passphrase(_: &Lab) -> Vec<String> {
    words(&["passphrase", "--passphrase-stdin"])
}

fn renewed(_: &Lab) -> Vec<String> {
    words(&["-n", "app"])
}

fn updated(lab: &Lab) -> Vec<String> {
    [KEPT(lab), words(&["--subscription", world::PUBLISHER_SUBSCRIPTION])].concat()
}

/// An entry that `az` keeps in the clear.
fn for_import(lab: &Lab) {
    let entry = json!([{"client_id": world::READER_CLIENT, "tenant": world::PUBLISHER_TENANT,
        "client_secret": world::READER_SECRET}]);
    lab.file(".azure/service_principal_entries.json", &entry.to_string());
}

fn machine(_: &Lab) -> Vec<String> {
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION, "-g", "apps-rg", "-n", "web-01"];
    let image = machines::image(world::LINUX_IMAGE);
    let login = ["--admin-username", "azureuser", "--ssh-key-value", machines::KEY];
    words(&[&place[..], &["--image", &image], &login].concat())
}
