//! Fleets: a sandbox with many subscriptions, a manifest for them, and what a plan wants put in force.

use std::path::Path;

use sandbox::{Sandbox, contoso_fleet, world};
use serde_json::Value;

use super::lab::Lab;

/// One offer to two consumers over all of the fleet.
pub(crate) const MANIFEST: &str = "\
version: 1
fleet: images-prod
publishers:
  contoso:
    tenant: 3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001
    subscriptions: {managementGroups: [mg-images]}
consumers:
  fabrikam:
    tenant: 8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002
    principals: {image-users: {id: 186b73ee-74ac-4572-92c3-85d496402501, type: Group, name: image-users}}
  tailspin:
    tenant: tailspin.onmicrosoft.com
    principals: {ci: {id: d4273faa-3068-413e-be8f-4190520c2302, type: ServicePrincipal}}
grants:
  - name: readers
    from: contoso
    to: [fabrikam, tailspin]
    via: delegation
    offer: \"Contoso images for {consumer}\"
    resourceGroups: [images-rg]
    authorizations:
      - {principals: [image-users, ci], role: Reader}
limits: {removals: 5}
";

/// A manifest for the publisher's images subscription whose grants are these.
pub(crate) fn manifest_of(grants: &str) -> String {
    format!(
        "version: 1
fleet: images-prod
publishers:
  contoso:
    tenant: {}
    subscriptions: {{ids: [{}]}}
consumers:
  fabrikam:
    tenant: {}
    principals: {{grace: {{id: {}, type: User}}}}
grants:
{grants}limits: {{removals: 9}}
",
        world::PUBLISHER_TENANT,
        world::PUBLISHER_SUBSCRIPTION,
        world::CONSUMER_TENANT,
        world::PUBLISHER_USER,
    )
}

/// The publisher's deployer before a fleet of so many subscriptions.
pub(crate) fn fleet(count: usize) -> Lab {
    signed_in(Sandbox::builder().world(contoso_fleet(count)).start())
}

/// The publisher's deployer before a cloud.
pub(crate) fn signed_in(azure: Sandbox) -> Lab {
    Lab::with(azure).signed_in(
        world::PUBLISHER_TENANT,
        world::DEPLOYER_CLIENT,
        world::DEPLOYER_SECRET,
    )
}

impl Lab {
    /// Runs a command of `fleet` on a manifest.
    pub(crate) fn fleet(&self, verb: &str, manifest: &str, more: &[&str]) -> super::lab::Ran {
        let file = self.file("fleet.yaml", manifest);
        self.run(&[&["fleet", verb, "-f", &file], more].concat())
    }

    /// The kinds of drift from a manifest, of which there are some.
    pub(crate) fn drift_kinds(&self, manifest: &str) -> Vec<String> {
        let ran = self.fleet("drift", manifest, &["--query", "[].kind"]);
        assert_eq!(ran.code, 8, "{ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// Plans a manifest into a file, and gives the rows and the file.
    pub(crate) fn planned(&self, manifest: &str, more: &[&str]) -> (Vec<Value>, String) {
        let out = self.home.path().join("fleet.plan").to_str().unwrap().to_owned();
        let ran = self.fleet("plan", manifest, &[&["--out", &out], more].concat());
        (ran.json().as_array().unwrap().clone(), out)
    }

    /// Puts all that a plan wants by delegation in force, as carrying it out would.
    pub(crate) fn stand_as_planned(&self, plan: &str) {
        let text = std::fs::read_to_string(Path::new(plan)).unwrap();
        for line in text.lines().skip(1) {
            let item: Value = serde_json::from_str(line).unwrap();
            if item["via"] == "delegation" && !item["after"].is_null() {
                put_offer(&self.azure, &item);
            }
        }
    }
}

/// How many items of a plan are to be done so.
pub(crate) fn count(rows: &[Value], change: &str) -> usize {
    rows.iter().filter(|row| row["do"] == change).count()
}

fn put_offer(azure: &Sandbox, item: &Value) {
    let (after, id) = (&item["after"], item["id"].as_str().unwrap());
    azure.state(|state| {
        let subscription = item["subscription"].as_str().unwrap();
        let name = state.delegate(subscription, "none", "t", "p", "r");
        let by_name = |id: &String| id.ends_with(&name);
        let key = state.definitions.keys().find(|id| by_name(id)).unwrap().clone();
        let mut definition = state.definitions.remove(&key).unwrap();
        let key = state.assignments.keys().find(|id| by_name(id)).unwrap().clone();
        let assignment = state.assignments.remove(&key).unwrap();
        id.clone_into(&mut definition.id);
        definition.name = id.rsplit('/').next().unwrap().to_owned();
        definition.registration_definition_name = after["name"].as_str().map(str::to_owned);
        definition.description = after["description"].as_str().map(str::to_owned);
        definition.managed_by_tenant_id = after["managedByTenantId"].as_str().unwrap().to_owned();
        definition.authorizations = after["authorizations"].as_array().unwrap().clone();
        definition.eligible_authorizations =
            after["eligibleAuthorizations"].as_array().cloned().unwrap_or_default();
        state.definitions.insert(id.to_lowercase(), definition);
        for one in after["assignments"].as_array().unwrap() {
            let mut made = assignment.clone();
            made.id = one["id"].as_str().unwrap().to_owned();
            made.name = made.id.rsplit('/').next().unwrap().to_owned();
            made.scope = one["scope"].as_str().unwrap().to_owned();
            id.clone_into(&mut made.definition_id);
            state.assignments.insert(made.id.to_lowercase(), made);
        }
    });
}
