//! A partner's day in five tenants, on two machines of two companies: each with a keyring of its own. What passes
//! between them is what the commands print, and the real `az` sees the end.

use std::process::Command;

use sandbox::{
    Application, ClientSecret, Principal, PrincipalKind, Registration, ResourceGroup, Sandbox,
    State, Subscription, Tenant, world,
};
use serde_json::{Value, json};

use crate::support::az::az;
use crate::support::keyring::{KeyringSession, PATIENT};
use crate::support::lab::Ran;
use crate::support::offers::READER;
use crate::support::program::World;

const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

/// A tenant of the partner's: an application that owns a subscription with one gallery.
struct Company {
    name: &'static str,
    tenant: &'static str,
    client: String,
    secret: String,
    subscription: String,
}

impl Company {
    fn gallery(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/images-rg/providers/Microsoft.Compute/galleries/golden",
            self.subscription
        )
    }
}

const NORTHWIND: &str = "c1a4e2d0-6b3f-4e85-9d17-3a5b7c9e4004";
const LITWARE: &str = "d2b5f3e1-7c40-4f96-8e28-4b6c8d0f5005";

/// Founds three more companies of the partner's in the world; the third tenant is there already.
fn found_companies(azure: &Sandbox) -> Vec<Company> {
    let names = [("northwind", NORTHWIND), ("litware", LITWARE), ("tailspin", world::THIRD_TENANT)];
    let id = |kind: &str, name: &str| {
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, format!("{kind} {name}").as_bytes())
            .to_string()
    };
    let companies = names.map(|(name, tenant)| Company {
        name,
        tenant,
        client: id("client", name),
        secret: format!("sec8Q~sandbox.{name}.secret-0001"),
        subscription: id("subscription", name),
    });
    azure.state(|state| companies.iter().for_each(|company| found(state, company, &id)));
    companies.into()
}

fn found(state: &mut State, company: &Company, id: &dyn Fn(&str, &str) -> String) {
    let Company { name, tenant, client, secret, subscription } = company;
    if !state.tenants.iter().any(|known| known.id == *tenant) {
        let title = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let domain = format!("{name}.onmicrosoft.com");
        state.tenants.push(Tenant { id: (*tenant).to_owned(), domain, name: title });
        state.add_management_group(tenant, tenant, None);
    }
    let (application, principal) = (id("application", name), id("principal", name));
    for (object, kind) in
        [(&application, PrincipalKind::Application), (&principal, PrincipalKind::ServicePrincipal)]
    {
        state.principals.push(Principal {
            id: object.clone(),
            tenant: (*tenant).to_owned(),
            kind,
            name: format!("{name}-images"),
            login: client.clone(),
            members: Vec::new(),
        });
    }
    state.applications.push(Application {
        client_id: client.clone(),
        object_id: application,
        tenant: (*tenant).to_owned(),
        name: format!("{name}-images"),
        secrets: vec![ClientSecret {
            id: id("key", name),
            value: secret.clone(),
            expires_on: 4_000_000_000,
        }],
        certificates: Vec::new(),
        federated: false,
        multi_tenant: false,
        redirect_uris: Vec::new(),
    });
    let permissions = ["Application.ReadWrite.All", "User.Invite.All", "User.ReadWrite.All"];
    state.directory.permit(&principal, &permissions);
    let providers = ["resources", "authorization", "compute", "managedservices"]
        .map(|part| (format!("microsoft.{part}"), Registration::Registered));
    state.subscriptions.push(Subscription {
        providers: providers.into(),
        ..Subscription::new(subscription, &format!("{name} images"), tenant)
    });
    state.features.push((subscription.clone(), "Microsoft.Compute/SIGSharing".to_owned()));
    state.groups.push(ResourceGroup {
        subscription: subscription.clone(),
        name: "images-rg".to_owned(),
        location: "westeurope".to_owned(),
        tags: json!({}),
    });
    state.assign_role(&format!("/subscriptions/{subscription}"), OWNER, &principal);
    let unique = format!("{subscription}-GOLDEN");
    let body = json!({"location": "westeurope", "properties": {"provisioningState": "Succeeded",
        "identifier": {"uniqueName": unique}, "sharingProfile": {"permissions": "Groups", "groups": []}}});
    state.put_resource(&company.gallery(), "Microsoft.Compute/galleries", body);
}

/// One computer: a home folder and a keyring.
struct Machine {
    world: World,
    _keyring: KeyringSession,
}

impl Machine {
    fn start(azure: &Sandbox) -> Machine {
        let keyring = KeyringSession::start();
        let mut world = World::new();
        world.use_keyring(&keyring);
        let config = world.config_dir();
        azure.write_azure_config(&config).unwrap();
        world
            .set("REQUESTS_CA_BUNDLE", config.join("ca.pem"))
            .set("AZ_IMAGESHARE_POLL_INTERVAL", "0")
            .set("AZ_IMAGESHARE_KEY_CACHE", "off")
            .set(PATIENT.0, PATIENT.1);
        Machine { world, _keyring: keyring }
    }

    fn run_with(&self, args: &[&str], input: &str) -> Ran {
        let output =
            self.world.run_args(args.iter().copied()).write_stdin(input.to_owned()).output();
        let output = output.unwrap();
        Ran {
            code: output.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> Value {
        let ran = self.run_with(args, "");
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        serde_json::from_str(&ran.stdout).unwrap_or(Value::Null)
    }

    /// Keeps a credential, which signs in once before it is kept.
    #[track_caller]
    fn keep(&self, name: &str, tenant: &str, client: &str, secret: &str) {
        let add = ["credential", "add", "-n", name, "--secret-stdin"];
        let who = ["--tenant", tenant, "--client-id", client];
        let ran = self.run_with(&[&add[..], &who].concat(), secret);
        assert_eq!(ran.code, 0, "{ran:?}");
    }

    /// A command as it was printed, with the words for what only its reader knows.
    fn printed(&self, line: &str, known: &[(&str, &str)], input: &str) -> Ran {
        let words = line.strip_prefix("az-imageshare ").unwrap().split(' ');
        let known = |word| known.iter().find(|(name, _)| *name == word).map_or(word, |(_, is)| *is);
        let words: Vec<&str> = words.map(known).collect();
        self.run_with(&words, input)
    }

    /// The real `az` of this machine.
    #[track_caller]
    fn az(&self, args: &[&str]) -> Value {
        let mut command = Command::new(az());
        command.args(args).args(["-o", "json"]);
        let ran = self.world.place(command).output().unwrap();
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "az {args:?}: {stderr}");
        let stdout = String::from_utf8_lossy(&ran.stdout);
        if stdout.trim().is_empty() { Value::Null } else { serde_json::from_str(&stdout).unwrap() }
    }

    /// The real `az` signed in to a company.
    fn az_at(&self, tenant: &str, client: &str, secret: &str, subscription: &str) {
        let who = ["-u", client, "-p", secret, "--tenant", tenant];
        self.az(&[&["login", "--service-principal"][..], &who].concat());
        self.az(&["account", "set", "-s", subscription]);
    }
}

/// The commands that a text to mail names, in their order.
fn commands_in(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|part| part.starts_with("az-imageshare ")).map(str::to_owned).collect()
}

/// Contoso's application for Fabrikam, from its registration to Fabrikam's machine.
fn hand_over(partner: &Machine, customer: &Machine) {
    let gallery = world::gallery_id();
    let to = ["--consumer-tenant", world::CONSUMER_DOMAIN];
    partner.run(&[&["share", "app", "create", "-n", "bridge"], &to[..]].concat());
    partner.run(&["share", "app", "grant", "-n", "bridge", "--gallery-id", &gallery]);
    let client = partner.run(&["share", "app", "show", "-n", "bridge"])["clientId"].clone();
    let client = client.as_str().unwrap();
    let card = ["share", "card", "--gallery-id", &gallery, "--client-id", client];
    let file = customer.world.home().join("card.json").display().to_string();
    partner.run(&[&card[..], &["--output-file", &file]].concat());
    let mail = partner.run_with(&[&card[..], &["--format", "markdown"]].concat(), "").stdout;
    let shown = partner.run(&["share", "app", "secret", "add", "-n", "bridge", "--show"]);
    let secret = shown["secret"].as_str().unwrap();
    let names = [("GROUP", "apps-rg"), ("TENANT", world::CONSUMER_DOMAIN), ("NAME", "vm1")];
    let lines = commands_in(&mail);
    assert_eq!(lines.len(), 4, "{mail}");
    assert!(lines[0].contains("app accept"), "{mail}");
    for line in &lines {
        // Nobody types a secret into a test: it comes through the pipe.
        let is_secret = line.contains("credential add");
        let line = if is_secret { format!("{line} --secret-stdin") } else { line.clone() };
        let input = if is_secret { secret } else { "" };
        let ran = customer.printed(&line, &names, input);
        assert_eq!(ran.code, 0, "{line}: {ran:?}");
    }
    let image = ["image", "show", "--card", "card.json", "--id", world::LINUX_IMAGE];
    let image = customer.run(&[&image[..], &["--credential", "images"]].concat());
    assert_eq!(image["name"], world::LINUX_IMAGE, "{image:#}");
}

/// What the three other companies share with Fabrikam: a delegation, a direct share, a guest.
fn share_by_other_methods(partner: &Machine, customer: &Machine, companies: &[Company]) {
    let request = partner.world.home().join("request.json").display().to_string();
    let ask = ["delegation", "request", "--credential", "fabrikam", "--principal", "image-users"];
    customer.run(&[&ask[..], &["--output-file", &request]].concat());
    let [northwind, litware, tailspin] = companies else { panic!("three companies") };
    let create = ["delegation", "create", "-n", "images", "-g", "images-rg"];
    let who = ["--request", &request, "--credential", northwind.name];
    let place = ["--subscription", &northwind.subscription];
    partner.run(&[&create[..], &who, &place].concat());
    let gallery = litware.gallery();
    let add = ["share", "direct", "add", "--gallery-id", &gallery, "--credential", litware.name];
    partner.run(&[&add[..], &["--consumer-tenant", world::CONSUMER_DOMAIN]].concat());
    let gallery = tailspin.gallery();
    let add = ["share", "rbac", "add", "--gallery-id", &gallery, "--credential", tailspin.name];
    partner.run(&[&add[..], &["--assignee", world::CONSUMER_USER_NAME, "--invite"]].concat());
}

#[test]
fn a_partner_hands_over_looks_around_and_takes_everything_back() {
    let azure = Sandbox::start();
    let companies = found_companies(&azure);
    azure.state(|state| {
        let permissions = ["Application.ReadWrite.All", "User.Invite.All", "User.ReadWrite.All"];
        state.directory.permit(world::DEPLOYER_OBJECT, &permissions);
        // Somebody of Contoso's own, whom nothing may happen to.
        state.assign_role(&world::gallery_id(), READER, world::READER_OBJECT);
    });
    let (partner, customer) = (Machine::start(&azure), Machine::start(&azure));
    let contoso = [world::PUBLISHER_DOMAIN, world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET];
    partner.keep("contoso", contoso[0], contoso[1], contoso[2]);
    partner.run(&["credential", "use", "-n", "contoso"]);
    for company in &companies {
        partner.keep(company.name, company.tenant, &company.client, &company.secret);
    }
    customer.keep(
        "fabrikam",
        world::CONSUMER_DOMAIN,
        world::CONSUMER_CLIENT,
        world::CONSUMER_SECRET,
    );
    let home = ["--subscription", world::CONSUMER_SUBSCRIPTION];
    customer.run(&[&["credential", "update", "-n", "fabrikam"], &home[..]].concat());
    customer.run(&["credential", "use", "-n", "fabrikam"]);
    hand_over(&partner, &customer);
    share_by_other_methods(&partner, &customer, &companies);
    let status = partner.run(&["status"]);
    assert_eq!(status["credentials"].as_array().unwrap().len(), 5, "{status:#}");
    let left = || partner.run(&["share", "list", "--all", "--tenant", world::CONSUMER_DOMAIN]);
    let before = left();
    let rows = before.as_array().unwrap();
    let has = |via: &str, tenant: &str| {
        rows.iter().any(|row| row["via"] == via && row["publisherTenantId"] == tenant)
    };
    assert!(has("rbac", world::PUBLISHER_TENANT), "{before:#}");
    assert!(has("delegation", NORTHWIND) && has("direct", LITWARE), "{before:#}");
    assert!(has("rbac", world::THIRD_TENANT), "{before:#}");
    let revoke = ["share", "revoke", "--all", "--tenant", world::CONSUMER_DOMAIN, "--yes"];
    let ran = partner.run_with(&revoke, "");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(left(), json!([]));
    let names = partner.run(&["credential", "list", "--query", "[].name"]);
    assert!(!names.to_string().contains("bridge"), "its application is gone: {names}");
    az_sees_nothing_of_fabrikam(&partner, &companies);
    let images = customer.run_with(&["image", "list", "--credential", "fabrikam"], "");
    assert_eq!(images.stdout.trim(), "[]", "the customer sees nothing either: {images:?}");
}

/// What the real `az` says of each company after everything was taken back.
fn az_sees_nothing_of_fabrikam(partner: &Machine, companies: &[Company]) {
    partner.az_at(
        world::PUBLISHER_TENANT,
        world::DEPLOYER_CLIENT,
        world::DEPLOYER_SECRET,
        world::PUBLISHER_SUBSCRIPTION,
    );
    let roles = partner.az(&["role", "assignment", "list", "--scope", &world::gallery_id()]);
    let principals: Vec<&Value> =
        roles.as_array().unwrap().iter().map(|role| &role["principalId"]).collect();
    assert_eq!(principals, [world::READER_OBJECT], "only Contoso's own: {roles:#}");
    assert_eq!(partner.az(&["ad", "app", "list", "--display-name", "bridge"]), json!([]));
    let [northwind, litware, tailspin] = companies else { panic!("three companies") };
    let at = |company: &Company| {
        partner.az_at(company.tenant, &company.client, &company.secret, &company.subscription);
    };
    at(northwind);
    assert_eq!(partner.az(&["managedservices", "definition", "list"]), json!([]));
    assert_eq!(partner.az(&["managedservices", "assignment", "list"]), json!([]));
    at(litware);
    let gallery = ["sig", "show", "-g", "images-rg", "-r", "golden", "--sharing-groups"];
    let shown = partner.az(&gallery);
    assert_eq!(shown["sharingProfile"]["groups"].as_array().map_or(0, Vec::len), 0, "{shown:#}");
    at(tailspin);
    let roles = partner.az(&["role", "assignment", "list", "--scope", &tailspin.gallery()]);
    assert_eq!(roles, json!([]));
    let guests = partner.az(&["ad", "user", "list", "--filter", "userType eq 'Guest'"]);
    assert_eq!(guests, json!([]));
}
