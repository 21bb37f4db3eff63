//! GitHub Actions, and the action of this repository.

use std::collections::BTreeMap;
use std::process::Output;

use sandbox::world;
use serde_json::Value;

use super::runner::{BRACES, Job, Runner, delegations, done, hash_of, list, texts};
use super::{GITHUB, RELEASES, read_yaml};
use crate::support::lab::Lab;
use crate::support::source::root;

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
