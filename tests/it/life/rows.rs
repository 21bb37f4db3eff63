//! The verbs that change something, each in a world where it has something to do.

use sandbox::world;
use serde_json::json;

use super::copies::{copied, newest_copy, template, with_copies};
use crate::support::galleries::{admit_foreigners, community, gallery, rbac, shareable};
use crate::support::lab::{Lab, Ran};
use crate::support::machines;
use crate::support::offers::{IMAGES, READER, TERMS, stand};

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
    input: &'static str,
}

/// Who signs in, by the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Publisher,
    Consumer,
    /// It is about this computer alone, whose keyring only a run in this process has.
    Nobody,
    /// The publisher, with that keyring.
    PublisherHere,
}

impl Who {
    /// True if only a run in this process has the keyring that it takes.
    pub(crate) fn needs_keyring(self) -> bool {
        matches!(self, Who::Nobody | Who::PublisherHere)
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
    row("credential remove", kept, KEPT, Asks::YesOrNo, Undo::But("cannot come back"))
        .by(Who::Nobody),
    row("credential rotate", kept, rotated, Asks::Nothing, Undo::But("the old one is gone"))
        .with_secret(),
    row("credential update", kept, updated, Asks::Nothing, Undo::Whole).by(Who::Nobody),
    row("credential use", kept, KEPT, Asks::Nothing, Undo::Whole).by(Who::Nobody),
    row("delegation create", nothing, offer, Asks::Nothing, Undo::Whole),
    row("delegation create", another_offer, offer, Asks::YesOrNo, Undo::Whole),
    row("delegation create", unregistered, offer, Asks::Nothing, Undo::But("stays registered")),
    row("delegation delete", delegated, named_offer, Asks::YesOrNo, Undo::Whole),
    row("deployment create", delegated, template, Asks::Nothing, Undo::But("Azure keeps what"))
        .by(Who::Consumer),
    row("history undo", role_removed, newest_run, Asks::Nothing, Undo::Whole),
    row("image copy", delegated, copied, Asks::Nothing, Undo::But("machines may be made of it"))
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
        let lab = match self.who {
            Who::Publisher | Who::PublisherHere => Lab::publisher(),
            Who::Consumer => Lab::consumer(),
            Who::Nobody => Lab::new(),
        };
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

/// Runs a command line.
pub(crate) fn run(lab: &Lab, line: &[String]) -> Ran {
    lab.run(&line.iter().map(String::as_str).collect::<Vec<_>>())
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

fn keep(lab: &Lab, name: &str, more: &[&str]) {
    let add = ["credential", "add", "--no-test", "-n", name, "--secret-stdin"];
    let args = [&add[..], &APPLICATION, more].concat();
    unrecorded(lab, &args, world::DEPLOYER_SECRET);
}

/// Runs what brings a world about: that is no run to be undone.
fn unrecorded(lab: &Lab, args: &[&str], input: &str) {
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

const OFFER: &str = "Contoso's images";

fn offer(_: &Lab) -> Vec<String> {
    let place = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    words(&[&["-n", OFFER], &TERMS[..], &place].concat())
}

/// The same offer with another role, which the new one takes away.
fn another_offer(lab: &Lab) {
    let principal = format!("principal={}", world::CONSUMER_GROUP);
    let more = ["--authorization", &principal, "role=Contributor"];
    let made = lab.publish(&[&["delegation", "create", "-n", OFFER], &TERMS[..], &more].concat());
    assert_eq!(made.code, 0, "{made:?}");
}

fn unregistered(lab: &Lab) {
    lab.azure.state(|state| {
        let found = state.subscription_mut(world::PUBLISHER_SUBSCRIPTION).unwrap();
        found.providers.remove("microsoft.managedservices");
    });
}

fn delegated(lab: &Lab) {
    stand(&lab.azure, &IMAGES);
}

fn named_offer(_: &Lab) -> Vec<String> {
    words(&["-n", IMAGES.name, "--subscription", world::PUBLISHER_SUBSCRIPTION])
}

/// A role with everything that an assignment can say.
fn reader(lab: &Lab) {
    given(lab, world::READER_OBJECT, "for tests");
    lab.azure.state(|state| {
        let made = state.role_assignments.last_mut().unwrap();
        made.condition = Some("((!(ActionMatches{'x'})))".to_owned());
    });
}

fn given(lab: &Lab, principal: &str, description: &str) {
    lab.azure.state(|state| {
        state.assign_role(&world::gallery_id(), READER, principal);
        let made = state.role_assignments.last_mut().unwrap();
        made.description = Some(description.to_owned());
    });
}

fn image_reader(_: &Lab) -> Vec<String> {
    let place = ["--gallery-id", &world::gallery_id()];
    words(&[&["--assignee", "image-reader"][..], &place].concat())
}

fn role_removed(lab: &Lab) {
    reader(lab);
    let removed = rbac(lab, "remove", &["--assignee", "image-reader", "--yes"]);
    assert_eq!(removed.code, 0, "{removed:?}");
}

/// By its name: `latest` is another one once this has run.
fn newest_run(lab: &Lab) -> Vec<String> {
    let listed = lab.run(&["history", "list"]).json();
    let runs = listed.as_array().unwrap().iter();
    let mut names = runs.filter(|run| !run["what"].as_str().unwrap().starts_with("history undo"));
    vec![names.next().unwrap()["run"].as_str().unwrap().to_owned()]
}

const OPEN: fn(&Lab) -> Vec<String> = |_| words(&["--gallery-id", &gallery("open")]);
const PARTNERS: fn(&Lab) -> Vec<String> = |_| words(&["--gallery-id", &gallery("partners")]);

fn closed(lab: &Lab) {
    community(&lab.azure, "open", world::WINDOWS_IMAGE);
}

/// Changes what strangers are told, too.
fn until(lab: &Lab) -> Vec<String> {
    let more = words(&["--expires", "2099-01-31", "--eula", "https://contoso.com/other"]);
    [OPEN(lab), more].concat()
}

fn open_with_end(lab: &Lab) {
    closed(lab);
    opened(lab, "open");
    tagged(lab, "open", &[("community", "2099-01-31")]);
}

/// Behind the program's back, so that no record of it is there.
fn opened(lab: &Lab, name: &str) {
    let id = gallery(name).to_lowercase();
    lab.azure.state(|state| {
        let body = &mut state.resources.get_mut(&id).unwrap().body;
        let info = &mut body["properties"]["sharingProfile"]["communityGalleryInfo"];
        info["communityGalleryEnabled"] = json!(true);
    });
}

/// Records last days, beside a tag of somebody else's.
fn tagged(lab: &Lab, name: &str, last_days: &[(&str, &str)]) {
    let id = gallery(name).to_lowercase();
    lab.azure.state(|state| {
        let body = &mut state.resources.get_mut(&id).unwrap().body;
        body["tags"]["owner"] = json!("images");
        for (who, day) in last_days {
            body["tags"][format!("az-imageshare-expires-{who}")] = json!(day);
        }
    });
}

/// A gallery with the last day of an earlier share in its tags.
fn to_be_shared(lab: &Lab) {
    shareable(&lab.azure, "partners");
    tagged(lab, "partners", &[(world::CONSUMER_TENANT, "2098-01-31")]);
}

fn to_consumer(lab: &Lab) -> Vec<String> {
    let whom = ["--consumer-tenant", world::CONSUMER_TENANT];
    let too = ["--consumer-subscription", world::CONSUMER_SUBSCRIPTION];
    [PARTNERS(lab), words(&whom), words(&too), words(&["--expires", "2099-01-31"])].concat()
}

fn to_tenant(lab: &Lab) -> Vec<String> {
    [PARTNERS(lab), words(&["--consumer-tenant", world::CONSUMER_TENANT])].concat()
}

/// The preview is open to the subscription, and the gallery is not there.
fn unfit(lab: &Lab) {
    let _ = lab;
}

fn made_for_sharing(lab: &Lab) -> Vec<String> {
    [to_tenant(lab), words(&["--location", "westeurope"])].concat()
}

fn shared_directly(lab: &Lab) {
    shareable(&lab.azure, "partners");
    share(lab, "2099-01-31");
}

fn share(lab: &Lab, day: &str) {
    let id = gallery("partners").to_lowercase();
    lab.azure.state(|state| {
        let body = &mut state.resources.get_mut(&id).unwrap().body;
        body["properties"]["sharingProfile"]["groups"] = json!([
            {"type": "Subscriptions", "ids": [world::CONSUMER_SUBSCRIPTION]},
            {"type": "AADTenants", "ids": [world::CONSUMER_TENANT]}]);
    });
    let whom = [(world::CONSUMER_SUBSCRIPTION, day), (world::CONSUMER_TENANT, day)];
    tagged(lab, "partners", &whom);
}

/// Something of every method has passed its last day.
fn run_out(lab: &Lab) {
    given(lab, world::READER_OBJECT, "az-imageshare expires=2020-01-31");
    shareable(&lab.azure, "partners");
    share(lab, "2020-01-31");
    closed(lab);
    opened(lab, "open");
    tagged(lab, "open", &[("community", "2020-01-31")]);
    let id = stand(&lab.azure, &IMAGES).to_lowercase();
    lab.azure.state(|state| {
        let offer = state.definitions.get_mut(&id).unwrap();
        offer.description = Some("az-imageshare expires=2020-01-31".to_owned());
    });
}

/// The consumer has the gallery by roles, directly and by a delegation.
fn everything(lab: &Lab) {
    shared_directly(lab);
    admit_foreigners(&lab.azure);
    let scope = gallery("partners");
    lab.azure.state(|state| {
        for who in [crate::support::galleries::GUEST, crate::support::galleries::VISITOR] {
            state.assign_role(&scope, READER, who);
            let made = state.role_assignments.last_mut().unwrap();
            made.description = Some("az-imageshare expires=2099-01-31".to_owned());
        }
    });
    delegated(lab);
}

fn from_consumer(lab: &Lab) -> Vec<String> {
    [PARTNERS(lab), words(&["--tenant", world::CONSUMER_TENANT])].concat()
}

const IDENTITY: [&str; 6] = [
    "--identity",
    "robot",
    "-g",
    world::IMAGES_GROUP,
    "--subscription",
    world::PUBLISHER_SUBSCRIPTION,
];

fn identity(_: &Lab) -> Vec<String> {
    words(&IDENTITY)
}

fn scenario(_: &Lab) -> Vec<String> {
    words(&[&IDENTITY[..], &["--distribute-to", world::IMAGES_GROUP]].concat())
}

fn set_up(lab: &Lab) {
    let to = ["--distribute-to", world::IMAGES_GROUP];
    unrecorded(lab, &[&["builder", "setup"][..], &IDENTITY, &to].concat(), "");
}

const BRIDGE: [&str; 2] = ["--client-id", world::MULTI_TENANT_CLIENT];

fn the_bridge(_: &Lab) -> Vec<String> {
    words(&BRIDGE)
}

fn gallery_for_bridge(_: &Lab) -> Vec<String> {
    words(&[&BRIDGE[..], &["--gallery-id", &world::gallery_id()]].concat())
}

/// The consumer's tenant does not know the application.
fn unaccepted(lab: &Lab) {
    lab.azure.state(|state| {
        let known = world::MULTI_TENANT_CONSUMER_OBJECT;
        state.principals.retain(|principal| principal.id != known);
        state.role_assignments.retain(|given| given.principal != known);
    });
}

fn to_deploy(_: &Lab) -> Vec<String> {
    let place = ["-g", "apps-rg", "--subscription", world::CONSUMER_SUBSCRIPTION];
    words(&[&BRIDGE[..], &place].concat())
}

fn bridge(_: &Lab) -> Vec<String> {
    words(&["-n", "Contoso bridge", "--consumer-tenant", world::CONSUMER_TENANT])
}

const PIPELINE: [&str; 6] = [
    "-n",
    "Contoso CI",
    "--federated-issuer",
    "https://token.actions.githubusercontent.com",
    "--federated-subject",
    "repo:contoso/images:ref:refs/heads/main",
];

fn pipeline(_: &Lab) -> Vec<String> {
    words(&PIPELINE)
}

fn pipeline_made(lab: &Lab) {
    unrecorded(lab, &[&["share", "app", "create"][..], &PIPELINE].concat(), "");
}

/// One more customer, and a page of the publisher's own.
fn one_more(_: &Lab) -> Vec<String> {
    let more = ["--consumer-tenant", world::CONSUMER_TENANT];
    let page = ["--redirect-uri", "https://contoso.com/thanks"];
    words(&[&PIPELINE[..], &more, &page].concat())
}

/// The publisher keeps the application's secret here.
fn bridge_kept(lab: &Lab) {
    let add = ["credential", "add", "--no-test", "-n", "bridge", "--secret-stdin"];
    let tenant = ["--tenant", world::PUBLISHER_TENANT];
    unrecorded(lab, &[&add[..], &BRIDGE, &tenant].concat(), world::MULTI_TENANT_SECRET);
}

const OLD_KEY: &str = "6d2c9b0e-51f4-4a8d-9c37-0e8f1b2a4d55";

fn two_secrets(lab: &Lab) {
    lab.azure.state(|state| {
        let application = state.application_mut(world::MULTI_TENANT_CLIENT).unwrap();
        let mut old = application.secrets[0].clone();
        (old.id, old.value) = (OLD_KEY.to_owned(), "old8Q~sandbox.multitenant.secret-0".to_owned());
        application.secrets.push(old);
    });
}

fn old_key(_: &Lab) -> Vec<String> {
    words(&[&BRIDGE[..], &["--key-id", OLD_KEY]].concat())
}

fn an_owner(lab: &Lab) -> Vec<String> {
    [image_reader(lab), words(&["--role", "Owner"])].concat()
}

fn a_guest(_: &Lab) -> Vec<String> {
    let place = ["--gallery-id", &world::gallery_id()];
    words(&[&["--assignee", "bob@partner.example", "--invite"][..], &place].concat())
}

fn with_end(lab: &Lab) -> Vec<String> {
    [image_reader(lab), words(&["--role", "Reader", "--expires", "2099-01-31"])].concat()
}
