//! The machine that the test plays.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output};

use sandbox::{Sandbox, UnknownPrincipal, contoso_fleet, world};
use serde_json::Value;

use crate::support::fleets::MANIFEST;
use crate::support::lab::Lab;
use crate::support::program;
use crate::support::source::root;

/// A machine that runs the jobs of a pipeline, one after the other, each in a folder of its own.
pub(super) struct Runner {
    pub(super) lab: Lab,
    pub(super) folder: tempfile::TempDir,
    /// What expressions stand for.
    pub(super) known: BTreeMap<String, String>,
}

/// One job on it.
pub(super) struct Job<'a> {
    pub(super) runner: &'a Runner,
    pub(super) place: PathBuf,
    /// Set by earlier steps.
    pub(super) env: BTreeMap<String, String>,
    pub(super) path: Vec<String>,
    pub(super) given: BTreeMap<String, String>,
}

impl Runner {
    pub(super) fn new(known: &[(&str, &str)]) -> Runner {
        let lab = Lab::with(Sandbox::builder().world(contoso_fleet(12)).start());
        lab.azure.knob(|knobs| knobs.unknown_principal = UnknownPrincipal::Accept);
        let folder = tempfile::tempdir().unwrap();
        let known = known.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let runner = Runner { lab, known: known.collect(), folder };
        runner.lab.azure.state(|state| {
            // The pipeline's application owns the subscriptions of the fleet.
            let owned = state
                .role_assignments
                .iter()
                .filter(|given| given.principal == world::DEPLOYER_OBJECT);
            let copies: Vec<_> = owned
                .cloned()
                .map(|mut given| {
                    given.name = format!("{}f", &given.name[..given.name.len() - 1]);
                    given.principal = world::FEDERATED_OBJECT.to_owned();
                    given
                })
                .collect();
            state.role_assignments.extend(copies);
        });
        runner.prepare();
        runner
    }

    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A release of the built program, and programs that play the network.
    pub(super) fn prepare(&self) {
        let (release, made, bin) = (self.at("release"), self.at("made"), self.at("bin"));
        for folder in [&release, &made, &bin, &self.at("artifacts"), &self.at("said")] {
            std::fs::create_dir(folder).unwrap();
        }
        let wrapper = format!("#!/bin/sh\nexec {} \"$@\"\n", program::path().display());
        std::fs::write(made.join("az-imageshare"), wrapper).unwrap();
        let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let mut pack = Command::new(root().join("scripts/archive"));
        pack.arg(target).arg(&made).arg(&release).env("SOURCE_DATE_EPOCH", "1700000000");
        assert!(pack.output().unwrap().status.success());
        let mut sum = Command::new("sh");
        sum.args(["-c", "sha256sum *.tar.gz >SHA256SUMS"]).current_dir(&release);
        assert!(sum.status().unwrap().success());
        std::fs::copy(root().join("install.sh"), release.join("install.sh")).unwrap();
        let said = self.at("said").display().to_string();
        let curl = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" >>{said}/curl\nout= body= url=\nwhile [ $# -gt 0 ]; do\n  case $1 in\n    -o) out=$2; shift ;;\n    --data) body=${{2#@}}; shift ;;\n    -H|-X|--proto) shift ;;\n    https://*) url=$1 ;;\n  esac\n  shift\ndone\nif [ -n \"$body\" ]; then cp \"$body\" {said}/thread; exit; fi\nname=${{url##*/}}\ncp {}/\"$name\" \"${{out:-$name}}\"\n",
            release.display()
        );
        let gh =
            format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >{said}/gh\ncp plan.md {said}/comment\n");
        for (name, script) in [("curl", curl), ("gh", gh)] {
            self.program(name, &script);
        }
    }

    pub(super) fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.at("bin").join(name);
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(super) fn said(&self, name: &str) -> String {
        std::fs::read_to_string(self.at("said").join(name)).unwrap()
    }

    /// Begins a job; `given` is what the runner itself gives to each of its steps.
    pub(super) fn job(&self, name: &str, given: &[(&str, &str)]) -> Job<'_> {
        let place = self.at(name);
        std::fs::create_dir_all(&place).unwrap();
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let path =
            vec![self.at("bin").display().to_string(), "/usr/local/bin:/usr/bin:/bin".to_owned()];
        Job { runner: self, place, env: BTreeMap::new(), path, given: given.collect() }
    }

    /// Replaces every expression; one that is not known is a mistake in the workflow.
    pub(super) fn fill(
        &self,
        text: &str,
        (open, close): (&str, &str),
        more: &BTreeMap<String, String>,
    ) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once(open) {
            let (expression, after) = behind.split_once(close).unwrap();
            let expression = expression.trim();
            let value = more.get(expression).or_else(|| self.known.get(expression));
            filled += before;
            filled += value.unwrap_or_else(|| panic!("nobody gives {expression}"));
            rest = after;
        }
        filled + rest
    }
}

impl Job<'_> {
    /// Runs a script in bash as the runner does, with these variables on top.
    pub(super) fn bash(&self, script: &str, env: &BTreeMap<String, String>) -> Output {
        let lab = self
            .runner
            .lab
            .variables()
            .iter()
            .filter(|(name, _)| !name.starts_with("AZURE_CLIENT"));
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]);
        command.current_dir(&self.place).env_clear().envs(lab);
        command.env("PATH", self.path.join(":"));
        command.envs(&self.given).envs(&self.env).envs(env);
        command.output().unwrap()
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    pub(super) fn checks_out(&self) {
        std::fs::write(self.file("fleet.yaml"), MANIFEST).unwrap();
    }

    pub(super) fn publish(&self, file: &str, artifact: &str) {
        std::fs::copy(self.file(file), self.runner.at("artifacts").join(artifact)).unwrap();
    }

    pub(super) fn fetch(&self, artifact: &str, file: &str) {
        std::fs::copy(self.runner.at("artifacts").join(artifact), self.file(file)).unwrap();
    }
}

pub(super) fn texts(map: &Value) -> BTreeMap<String, String> {
    let entries = map.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

#[track_caller]
pub(super) fn done(ran: &Output, what: &str) {
    let (stdout, stderr) =
        (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{what}: {stdout}{stderr}");
    let bearer = world::PIPELINE_BEARER;
    assert!(!stdout.contains(bearer) && !stderr.contains(bearer), "{what}: {stdout}{stderr}");
}

/// The delegations that stand.
pub(super) fn delegations(runner: &Runner) -> usize {
    runner.lab.azure.state(|state| state.assignments.len())
}

/// The hash in a comment.
pub(super) fn hash_of(comment: &str) -> String {
    let (_, rest) = comment.split_once("plan `").expect(comment);
    rest.split('`').next().unwrap().to_owned()
}

pub(super) const BRACES: (&str, &str) = ("${{", "}}");
