//! Azure Pipelines.

use std::collections::BTreeMap;
use std::process::Output;

use sandbox::world;
use serde_json::Value;

use super::runner::{BRACES, Job, Runner, delegations, done, hash_of, list, texts};
use super::{DEVOPS, RELEASES, read_yaml};

/// Runs the steps of a job of Azure Pipelines; gives the output of the last script.
fn run_devops(runner: &Runner, stage: &Value, shard: Option<&str>) -> Output {
    let spec = &stage["jobs"][0];
    let name =
        format!("{}{}", spec["job"].as_str().unwrap(), shard.unwrap_or_default().replace('/', "-"));
    let mut job = devops_job(runner, &name);
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
                assert_eq!(step["inputs"]["pipelineId"], "${{ parameters.run }}");
                job.fetch(step["inputs"]["artifactName"].as_str().unwrap(), "fleet.plan");
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
        follow_commands(&mut job, &String::from_utf8_lossy(&ran.stdout));
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

/// What the agent gives to each step of a job.
fn devops_job<'a>(runner: &'a Runner, name: &str) -> Job<'a> {
    let temp = runner.at(name).join("temp").display().to_string();
    let _ = std::fs::remove_dir_all(runner.at(name));
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
    runner.job(name, &given)
}

/// Does what a script tells the agent by its output.
fn follow_commands(job: &mut Job<'_>, said: &str) {
    for line in said.lines() {
        if let Some(folder) = line.strip_prefix("##vso[task.prependpath]") {
            job.path.insert(0, folder.to_owned());
        }
        if let Some(set) = line.strip_prefix("##vso[task.setvariable variable=") {
            let (name, value) = set.split_once(']').unwrap();
            job.env.insert(name.to_owned(), value.to_owned());
        }
    }
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
