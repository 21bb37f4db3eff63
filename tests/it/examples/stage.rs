//! The world an example runs in: who is signed in, what stands in Azure, which files lie about, what
//! a person types.

use std::path::Path;

use clap::Command;
use sandbox::world;
use serde_json::json;

use super::book::Leaf;
use super::shell::{self, Call, Input};
use crate::support::lab::{Lab, Ran};
use crate::support::offers::{IMAGES, Standing, stand};

/// A prepared world. Made anew for every example.
pub(crate) struct Stage {
    pub(crate) lab: Lab,
    /// What a person types, at prompts that show it and at those that do not.
    pub(crate) typed: String,
    /// What the program left of the `|` prints.
    pub(crate) piped: String,
    /// How an example may end.
    pub(crate) codes: &'static [u8],
}

/// The name of the offer that stands or is made.
pub(crate) const OFFER: &str = "Contoso images";

impl Stage {
    /// Nobody is signed in; `az` would use the publisher's images subscription.
    pub(crate) fn empty(lab: Lab) -> Stage {
        write_profile(
            &lab,
            (world::PUBLISHER_SUBSCRIPTION, "Contoso Images"),
            (world::PUBLISHER_TENANT, world::PUBLISHER_USER_NAME),
        );
        Stage { lab, typed: "y\n".to_owned(), piped: String::new(), codes: &[0] }
    }

    /// The credentials `publisher` (the default) and `consumer` are kept; nothing is delegated yet.
    pub(crate) fn signed_in(lab: Lab) -> Stage {
        let stage = Stage::empty(lab);
        stage.keep(
            "publisher",
            world::PUBLISHER_TENANT,
            world::DEPLOYER_CLIENT,
            world::DEPLOYER_SECRET,
        );
        stage.keep(
            "consumer",
            world::CONSUMER_TENANT,
            world::CONSUMER_CLIENT,
            world::CONSUMER_SECRET,
        );
        stage.lab.run(&["credential", "use", "-n", "publisher"]).json();
        stage
    }

    /// As [`Stage::signed_in`], and the delegation [`OFFER`] of `images-rg` to Fabrikam's group stands.
    pub(crate) fn delegated(lab: Lab) -> Stage {
        let stage = Stage::signed_in(lab);
        stand(&stage.lab.azure, &Standing { name: OFFER, ..IMAGES });
        stage
    }

    /// Signs in as the consumer where nothing else is said, and `az` would use the consumer's subscription.
    pub(crate) fn at_consumer(self) -> Stage {
        write_profile(
            &self.lab,
            (world::CONSUMER_SUBSCRIPTION, "Fabrikam Production"),
            (world::CONSUMER_TENANT, world::CONSUMER_USER_NAME),
        );
        self.with_default("consumer")
    }

    /// Runs this beforehand; it has to go well.
    #[track_caller]
    pub(crate) fn after(self, args: &[&str]) -> Stage {
        self.lab.run(args).json();
        self
    }

    /// Runs this beforehand, which answers nothing.
    #[track_caller]
    pub(crate) fn after_silent(self, args: &[&str]) -> Stage {
        let ran = self.lab.run(args);
        assert_eq!(ran.code, 0, "{ran:?}");
        self
    }

    /// Types this.
    pub(crate) fn typing(mut self, text: &str) -> Stage {
        text.clone_into(&mut self.typed);
        self
    }

    /// Pipes this in, where an example has a `|`.
    pub(crate) fn piping(mut self, text: &str) -> Stage {
        text.clone_into(&mut self.piped);
        self
    }

    /// Signs in as this credential where nothing else is said.
    pub(crate) fn with_default(self, credential: &str) -> Stage {
        self.lab.run(&["credential", "use", "-n", credential]).json();
        self
    }

    /// Puts a file into the folder that the example runs in.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Stage {
        let path = self.lab.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
        self
    }

    fn keep(&self, name: &str, tenant: &str, client: &str, secret: &str) {
        let words = [
            "credential",
            "add",
            "--no-test",
            "-n",
            name,
            "--tenant",
            tenant,
            "--client-id",
            client,
        ];
        let args = [&words[..], &["--secret-stdin"]].concat();
        self.lab.run_with_input(&args, secret).json();
    }

    /// Runs an example of `leaf` as it stands, with `more` arguments behind it.
    ///
    /// The one thing that differs from a shell: the program runs in this process, whose working folder is
    /// not the stage, so files are named by their whole path.
    pub(crate) fn run(&self, leaf: &Leaf, line: &str, more: &[&str]) -> Ran {
        let call = shell::call(line, self.lab.variables()).unwrap_or_else(|err| panic!("{err}"));
        let home = self.lab.home.path();
        let mut args = placed(&call.args, &leaf.command, home);
        // Behind `--` is another program's command line.
        let at = args.iter().position(|word| word == "--").unwrap_or(args.len());
        args.splice(at..at, more.iter().map(|word| (*word).to_owned()));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let ran = self.perform(&call, &args);
        if let Some(file) = &call.output {
            std::fs::write(home.join(file), &ran.stdout).unwrap();
        }
        ran
    }

    fn perform(&self, call: &Call, args: &[&str]) -> Ran {
        match &call.input {
            Input::Terminal => self.lab.run_at_terminal(args, &self.typed),
            Input::Pipe => self.lab.run_with_input(args, &self.piped),
            Input::File(name) => {
                let text = std::fs::read_to_string(self.lab.home.path().join(name)).unwrap();
                self.lab.run_with_input(args, &text)
            }
        }
    }
}

/// Lets `az` have one subscription, by id and name, as a user of its tenant.
fn write_profile(lab: &Lab, (id, name): (&str, &str), (tenant, user): (&str, &str)) {
    let profile = json!({"subscriptions": [{"id": id, "name": name, "tenantId": tenant,
        "isDefault": true, "state": "Enabled", "environmentName": sandbox::CLOUD,
        "user": {"name": user, "type": "user"}}]});
    lab.file(".azure/azureProfile.json", &profile.to_string());
}

/// The arguments, with files in `home`.
fn placed(args: &[String], command: &Command, home: &Path) -> Vec<String> {
    let mut takes_file = false;
    let mut placed = Vec::new();
    for word in args {
        if word.starts_with('-') {
            let (flag, value) = word.split_once('=').unwrap_or((word, ""));
            takes_file = names_file(command, flag);
            placed.push(match value {
                "" => word.clone(),
                _ if takes_file => format!("{flag}={}", home.join(value).display()),
                _ => word.clone(),
            });
        } else if takes_file || home.join(word).is_file() {
            placed.push(home.join(word).display().to_string());
        } else {
            placed.push(word.clone());
        }
    }
    placed
}

/// Whether the value of this flag can only be a file or a folder.
fn names_file(command: &Command, flag: &str) -> bool {
    let is_meant = |arg: &&clap::Arg| {
        arg.get_long().is_some_and(|long| flag == format!("--{long}"))
            || arg.get_short().is_some_and(|short| flag == format!("-{short}"))
    };
    let names = command.get_arguments().find(is_meant).and_then(clap::Arg::get_value_names);
    names.is_some_and(|names| {
        names.iter().any(|name| matches!(name.as_str(), "FILE" | "FOLDER" | "DIR"))
    })
}
