//! The workflows of `docs/pipelines`: checked by actionlint, and their steps run by a test that plays the runner.
//!
//! What the runner gives is played strictly: a step has the variables that its `env`, its job's permissions and the
//! runner give it, and nothing else. The network is played, too: `curl` and `gh` are programs that note what they
//! are asked for; an artifact is a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sandbox::{Sandbox, contoso_fleet, world};
use serde_json::Value;

use crate::support::fleets::MANIFEST;
use crate::support::lab::Lab;
use crate::support::program;
use crate::support::source::root;

const GITHUB: &str = "docs/pipelines/github-actions.yml";
const DEVOPS: &str = "docs/pipelines/azure-pipelines.yml";
const RELEASES: &str = "https://releases.example/az-imageshare";

fn tools(name: &str) -> PathBuf {
    root().join("target/tools").join(name)
}

/// A file of YAML, every scalar as text.
fn read_yaml(path: &str) -> Value {
    let script =
        "import json, sys, yaml\nprint(json.dumps(yaml.load(open(sys.argv[1]), yaml.BaseLoader)))";
    let python = tools("azvenv/bin/python");
    let ran = Command::new(python).args(["-c", script]).arg(root().join(path)).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

#[test]
fn actionlint_has_nothing_to_say() {
    let lint = |files: &[&str]| {
        let program = tools("actionlint/bin/actionlint");
        let mut command = Command::new(&program);
        command.current_dir(root()).args(["-no-color"]).args(files);
        command.output().unwrap_or_else(|err| {
            panic!("{}: {err}; `scripts/setup test` installs it", program.display())
        })
    };
    let ran = lint(&[GITHUB]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    // It sees what is wrong.
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.yml");
    let text = std::fs::read_to_string(root().join(GITHUB)).unwrap();
    std::fs::write(&wrong, text.replace("inputs.approve", "inputs.aprove")).unwrap();
    let ran = lint(&[wrong.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(!ran.status.success() && told.contains("aprove"), "{told}");
}

/// A machine that runs the jobs of a pipeline, one after the other, each in a folder of its own.
struct Runner {
    lab: Lab,
    folder: tempfile::TempDir,
    /// What expressions stand for.
    known: BTreeMap<String, String>,
}

/// One job on it.
struct Job<'a> {
    runner: &'a Runner,
    place: PathBuf,
    /// Set by earlier steps.
    env: BTreeMap<String, String>,
    path: Vec<String>,
    given: BTreeMap<String, String>,
}

impl Runner {
    fn new(known: &[(&str, &str)]) -> Runner {
        let lab = Lab::with(Sandbox::builder().world(contoso_fleet(12)).start());
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

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A release of the built program, and programs that play the network.
    fn prepare(&self) {
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

    fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.at("bin").join(name);
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn said(&self, name: &str) -> String {
        std::fs::read_to_string(self.at("said").join(name)).unwrap()
    }

    /// Begins a job; `given` is what the runner itself gives to each of its steps.
    fn job(&self, name: &str, given: &[(&str, &str)]) -> Job<'_> {
        let place = self.at(name);
        std::fs::create_dir_all(&place).unwrap();
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let path =
            vec![self.at("bin").display().to_string(), "/usr/local/bin:/usr/bin:/bin".to_owned()];
        Job { runner: self, place, env: BTreeMap::new(), path, given: given.collect() }
    }

    /// Replaces every expression; one that is not known is a mistake in the workflow.
    fn fill(
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
    fn bash(&self, script: &str, env: &BTreeMap<String, String>) -> Output {
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

    fn file(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    fn checks_out(&self) {
        std::fs::write(self.file("fleet.yaml"), MANIFEST).unwrap();
    }

    fn publish(&self, file: &str, artifact: &str) {
        std::fs::copy(self.file(file), self.runner.at("artifacts").join(artifact)).unwrap();
    }

    fn fetch(&self, artifact: &str, file: &str) {
        std::fs::copy(self.runner.at("artifacts").join(artifact), self.file(file)).unwrap();
    }
}

fn texts(map: &Value) -> BTreeMap<String, String> {
    let entries = map.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

#[track_caller]
fn done(ran: &Output, what: &str) {
    let (stdout, stderr) =
        (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{what}: {stdout}{stderr}");
    let bearer = world::PIPELINE_BEARER;
    assert!(!stdout.contains(bearer) && !stderr.contains(bearer), "{what}: {stdout}{stderr}");
}

const BRACES: (&str, &str) = ("${{", "}}");

/// Runs the steps of a job of GitHub; gives the output of the last script.
fn run_github(runner: &Runner, workflow: &Value, name: &str, matrix: &[(&str, &str)]) -> Output {
    let (spec, mut job) =
        (&workflow["jobs"][name], github_job(runner, &workflow["jobs"][name], name, matrix));
    let more: BTreeMap<String, String> = matrix
        .iter()
        .map(|(key, value)| (format!("matrix.{key}"), (*value).to_owned()))
        .chain([("strategy.job-index".to_owned(), "0".to_owned())])
        .collect();
    let mut last = None;
    for step in list(spec, "steps") {
        let with: BTreeMap<String, String> = texts(&step["with"])
            .into_iter()
            .map(|(key, value)| (key, runner.fill(&value, BRACES, &more)))
            .collect();
        match step["uses"].as_str().map(|uses| uses.split('@').next().unwrap()) {
            Some("actions/checkout") => job.checks_out(),
            Some("actions/upload-artifact") => {
                for file in with["path"].split_whitespace() {
                    job.publish(file, &format!("{}-{file}", with["name"]));
                }
            }
            Some("actions/download-artifact") => {
                assert_eq!(with["run-id"], "4711");
                job.fetch(&format!("{}-fleet.plan", with["name"]), "fleet.plan");
            }
            Some("contoso/az-imageshare") => run_action(&mut job, &with),
            Some(other) => panic!("nobody plays {other}"),
            None => {
                let env = texts(&step["env"]);
                let env =
                    env.into_iter().map(|(key, value)| (key, runner.fill(&value, BRACES, &more)));
                let ran = job.bash(step["run"].as_str().unwrap(), &env.collect());
                if name != "drift" {
                    done(&ran, step["name"].as_str().unwrap());
                }
                last = Some(ran);
            }
        }
    }
    last.unwrap()
}

fn github_job<'a>(
    runner: &'a Runner,
    spec: &Value,
    name: &str,
    matrix: &[(&str, &str)],
) -> Job<'a> {
    let tag = matrix.iter().map(|(_, value)| value.replace('/', "-")).collect::<String>();
    let place = runner.at(&format!("{name}{tag}"));
    // A runner begins each job anew.
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(place.join("temp")).unwrap();
    let at = |file: &str| place.join(file).display().to_string();
    let url = format!(
        "{}/pipeline/{}?api-version=2.0",
        runner.lab.azure.login_url(),
        world::FEDERATED_CLIENT
    );
    let mut given: BTreeMap<&str, String> = BTreeMap::from([
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("RUNNER_TEMP", at("temp")),
        ("GITHUB_PATH", at("path")),
        ("GITHUB_ENV", at("env")),
        ("GITHUB_STEP_SUMMARY", at("summary.md")),
    ]);
    // Without the permission a job has neither variable.
    if spec["permissions"]["id-token"] == "write" {
        given.insert("ACTIONS_ID_TOKEN_REQUEST_URL", url);
        given.insert("ACTIONS_ID_TOKEN_REQUEST_TOKEN", world::PIPELINE_BEARER.to_owned());
    }
    let given: Vec<(&str, &str)> =
        given.iter().map(|(key, value)| (*key, value.as_str())).collect();
    runner.job(&format!("{name}{tag}"), &given)
}

/// The composite action of this repository.
fn run_action(job: &mut Job<'_>, with: &BTreeMap<String, String>) {
    let action = read_yaml("action.yml");
    let mut inputs =
        BTreeMap::from([("github.action_path".to_owned(), root().display().to_string())]);
    for (name, input) in action["inputs"].as_object().unwrap() {
        let fallback = input["default"].as_str().unwrap_or_default().to_owned();
        assert!(input["required"] != "true" || with.contains_key(name), "{name} is required");
        inputs.insert(format!("inputs.{name}"), with.get(name).cloned().unwrap_or(fallback));
    }
    assert!(with.keys().all(|name| inputs.contains_key(&format!("inputs.{name}"))), "{with:?}");
    for step in list(&action["runs"], "steps") {
        if let Some(condition) = step["if"].as_str() {
            assert_eq!(condition, "inputs.client-id != ''");
            if inputs["inputs.client-id"].is_empty() {
                continue;
            }
        }
        let env = texts(&step["env"])
            .into_iter()
            .map(|(key, value)| (key, job.runner.fill(&value, BRACES, &inputs)));
        done(
            &job.bash(step["run"].as_str().unwrap(), &env.collect()),
            step["name"].as_str().unwrap(),
        );
        for line in std::fs::read_to_string(job.file("path")).unwrap_or_default().lines() {
            job.path.insert(0, line.to_owned());
        }
        for line in std::fs::read_to_string(job.file("env")).unwrap_or_default().lines() {
            let (name, value) = line.split_once('=').unwrap();
            job.env.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// The delegations that stand.
fn delegations(runner: &Runner) -> usize {
    runner.lab.azure.state(|state| state.assignments.len())
}

/// The hash in a comment.
fn hash_of(comment: &str) -> String {
    let (_, rest) = comment.split_once("plan `").expect(comment);
    rest.split('`').next().unwrap().to_owned()
}

#[test]
fn the_workflow_of_github_plans_applies_by_hash_in_shards_and_finds_drift() {
    let mut runner = Runner::new(&[
        ("vars.AZ_IMAGESHARE_FROM", RELEASES),
        ("vars.AZURE_CLIENT_ID", world::FEDERATED_CLIENT),
        ("vars.AZURE_TENANT_ID", world::PUBLISHER_TENANT),
        ("github.run_id", "4711"),
        ("github.token", "of-this-job"),
        ("github.repository", "contoso/images"),
        ("github.event.pull_request.number", "12"),
        ("inputs.run", "4711"),
    ]);
    let workflow = read_yaml(GITHUB);
    let drifted = run_github(&runner, &workflow, "drift", &[]);
    assert_eq!(drifted.status.code(), Some(8), "{drifted:?}");
    run_github(&runner, &workflow, "plan", &[]);
    assert_eq!(delegations(&runner), 0, "a plan writes nothing");
    let comment = runner.said("comment");
    let hash = hash_of(&comment);
    assert!(
        hash.len() == 12 && comment.contains("create") && comment.contains("run `4711`"),
        "{comment}"
    );
    assert!(runner.said("gh").starts_with("pr\ncomment\n12\n"), "{}", runner.said("gh"));
    // Another hash than the approved one: nothing is written.
    runner.known.insert("inputs.approve".to_owned(), "0123456789ab".to_owned());
    let shard = [("shard", "1/4")];
    let refused = || run_github(&runner, &workflow, "apply", &shard);
    let wrong = std::panic::catch_unwind(std::panic::AssertUnwindSafe(refused));
    assert!(wrong.is_err() && delegations(&runner) == 0);
    runner.known.insert("inputs.approve".to_owned(), hash);
    let shards =
        workflow["jobs"]["apply"]["strategy"]["matrix"]["shard"].as_array().unwrap().clone();
    let mut before = 0;
    for shard in &shards {
        run_github(&runner, &workflow, "apply", &[("shard", shard.as_str().unwrap())]);
        assert!(delegations(&runner) >= before);
        before = delegations(&runner);
    }
    assert_eq!((shards.len(), before), (4, 24), "two consumers in twelve subscriptions");
    let drifted = run_github(&runner, &workflow, "drift", &[]);
    assert_eq!(drifted.status.code(), Some(0), "{drifted:?}");
    assert!(
        runner.lab.azure.calls("GET", "/pipeline/") >= 7,
        "each job asked for tokens of its own"
    );
    let az = Lab::contents(&runner.at("said"));
    assert!(
        az.iter().all(|(_, text)| !String::from_utf8_lossy(text).contains(world::PIPELINE_BEARER))
    );
}

/// Runs the steps of a job of Azure Pipelines; gives the output of the last script.
fn run_devops(runner: &Runner, stage: &Value, shard: Option<&str>) -> Output {
    let spec = &stage["jobs"][0];
    let name =
        format!("{}{}", spec["job"].as_str().unwrap(), shard.unwrap_or_default().replace('/', "-"));
    let temp = runner.at(&name).join("temp").display().to_string();
    let _ = std::fs::remove_dir_all(runner.at(&name));
    std::fs::create_dir_all(&temp).unwrap();
    let uri = format!(
        "{}/contoso/images/_apis/distributedtask/hubs/build/plans/1/jobs/2/oidctoken",
        runner.lab.azure.login_url()
    );
    let given = [
        ("TF_BUILD", "True"),
        ("AGENT_TEMPDIRECTORY", &temp),
        ("SYSTEM_OIDCREQUESTURI", &uri),
        ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/contoso/"),
        ("SYSTEM_TEAMPROJECTID", "images"),
        ("SYSTEM_PULLREQUEST_PULLREQUESTID", "12"),
        ("BUILD_REPOSITORY_ID", "repository"),
        ("BUILD_BUILDID", "4711"),
    ];
    let mut job = runner.job(&name, &given);
    let mut last = None;
    for step in list(spec, "steps") {
        if let Some(artifact) = step["artifact"].as_str() {
            job.publish(step["publish"].as_str().unwrap(), artifact);
            continue;
        }
        let mut env = devops_env(runner, step, shard);
        let script = match (step["bash"].as_str(), step["task"].as_str(), step["checkout"].as_str())
        {
            (Some(script), ..) => script,
            (_, Some("AzureCLI@2"), _) => {
                // What the task sets for the service connection that it is given.
                env.insert(
                    "AZURESUBSCRIPTION_CLIENT_ID".to_owned(),
                    world::FEDERATED_CLIENT.to_owned(),
                );
                env.insert(
                    "AZURESUBSCRIPTION_TENANT_ID".to_owned(),
                    world::PUBLISHER_TENANT.to_owned(),
                );
                env.insert(
                    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID".to_owned(),
                    world::SERVICE_CONNECTION.to_owned(),
                );
                step["inputs"]["inlineScript"].as_str().unwrap()
            }
            (_, Some("DownloadPipelineArtifact@2"), _) => {
                assert_eq!(step["inputs"]["runId"], "${{ parameters.run }}");
                job.fetch(step["inputs"]["artifact"].as_str().unwrap(), "fleet.plan");
                continue;
            }
            (_, Some("PublishTestResults@2"), _) => {
                assert!(job.file(step["inputs"]["testResultsFiles"].as_str().unwrap()).is_file());
                continue;
            }
            (_, _, Some("self")) => {
                job.checks_out();
                continue;
            }
            (_, _, Some("none")) => continue,
            _ => panic!("nobody plays {step}"),
        };
        let ran = job.bash(script, &env);
        if spec["job"] != "drift" || step["displayName"] != "Drift" {
            done(&ran, step["displayName"].as_str().unwrap());
        }
        for line in String::from_utf8_lossy(&ran.stdout).lines() {
            if let Some(folder) = line.strip_prefix("##vso[task.prependpath]") {
                job.path.insert(0, folder.to_owned());
            }
            if let Some(set) = line.strip_prefix("##vso[task.setvariable variable=") {
                let (name, value) = set.split_once(']').unwrap();
                job.env.insert(name.to_owned(), value.to_owned());
            }
        }
        last = Some(ran);
    }
    last.unwrap()
}

/// What a step maps: macros of the runner, and expressions of the template.
fn devops_env(runner: &Runner, step: &Value, shard: Option<&str>) -> BTreeMap<String, String> {
    let mut more = BTreeMap::new();
    more.extend(shard.map(|shard| ("shard".to_owned(), shard.to_owned())));
    let filled = texts(&step["env"]).into_iter().map(|(name, value)| {
        let value = runner.fill(&value, BRACES, &more);
        (name, runner.fill(&value, ("$(", ")"), &more))
    });
    filled.collect()
}

#[test]
fn the_pipeline_of_azure_devops_does_the_same_by_a_service_connection() {
    let mut runner = Runner::new(&[
        ("AZ_IMAGESHARE_FROM", RELEASES),
        ("System.AccessToken", world::PIPELINE_BEARER),
        ("parameters.run", "4711"),
    ]);
    let pipeline = read_yaml(DEVOPS);
    let stage =
        |name: &str| list(&pipeline, "stages").find(|stage| stage["stage"] == name).unwrap();
    assert_eq!(run_devops(&runner, stage("drift"), None).status.code(), Some(8));
    run_devops(&runner, stage("plan"), None);
    let thread: Value = serde_json::from_str(&runner.said("thread")).unwrap();
    let comment = thread["comments"][0]["content"].as_str().unwrap();
    let hash = hash_of(comment);
    assert!(runner.said("curl").contains("https://dev.azure.com/contoso/images/_apis/git/repositories/repository/pullRequests/12/threads?api-version=7.1"));
    assert_eq!(delegations(&runner), 0, "a plan writes nothing");
    runner.known.insert("parameters.approve".to_owned(), hash);
    let matrix = stage("apply")["jobs"][0]["strategy"]["matrix"].as_object().unwrap().clone();
    for part in matrix.values() {
        run_devops(&runner, stage("apply"), part["shard"].as_str());
    }
    assert_eq!(delegations(&runner), 24, "two consumers in twelve subscriptions");
    assert_eq!(run_devops(&runner, stage("drift"), None).status.code(), Some(0));
    assert!(runner.lab.azure.calls("POST", "/oidctoken") >= 7);
}

#[test]
fn the_page_speaks_of_the_files_as_they_are() {
    let page = std::fs::read_to_string(root().join("docs/pipelines.md")).unwrap();
    for name in ["pipelines/github-actions.yml", "pipelines/azure-pipelines.yml", "../action.yml"] {
        assert!(page.contains(&format!("({name})")), "{name}");
        assert!(Path::new(&root().join("docs")).join(name).is_file(), "{name}");
    }
}
