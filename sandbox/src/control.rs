//! The control endpoint below `/_sandbox/` on the management listener, for shell scripts and other processes.
//!
//! `GET journal`, `DELETE journal`, `POST faults`, `DELETE faults`, `GET|POST knobs`, `POST certificates`,
//! `POST reset`, `GET world`. It asks for no token: the sandbox only listens on loopback.

use serde_json::{Value, json};

use crate::core::Core;
use crate::fault::Fault;
use crate::knobs::Knobs;
use crate::message::{Reply, Request};
use crate::state::PrincipalKind;
use crate::world;

/// What every path of it starts with.
pub(crate) const PREFIX: &str = "/_sandbox/";

/// Answers a control request.
pub(crate) fn answer(core: &mut Core, request: &Request) -> Reply {
    let verb = request.path.trim_start_matches(PREFIX);
    match (request.method.as_str(), verb) {
        ("GET", "journal") => Reply::json(200, &json!(core.journal)),
        ("DELETE", "journal") => {
            core.journal.clear();
            Reply::empty(204)
        }
        ("POST", "faults") => add_faults(core, request),
        ("DELETE", "faults") => {
            core.faults.clear();
            Reply::empty(204)
        }
        ("GET", "knobs") => Reply::json(200, &json!(core.knobs)),
        ("POST", "knobs") => set_knobs(core, request),
        ("POST", "certificates") => add_certificate(core, request),
        ("POST", "reset") => {
            core.state = core.initial.clone();
            core.knobs = Knobs::default();
            core.faults.clear();
            core.journal.clear();
            core.forget_counts();
            Reply::empty(204)
        }
        ("GET", "world") => Reply::json(200, &describe(core)),
        _ => Reply::json(
            404,
            &json!({"error": format!("no such control: {} {verb}", request.method)}),
        ),
    }
}

fn add_faults(core: &mut Core, request: &Request) -> Reply {
    let faults = match request.json() {
        Ok(Value::Array(faults)) => faults,
        Ok(fault) => vec![fault],
        Err(error) => return error.into(),
    };
    let parsed: Result<Vec<Fault>, _> = faults.into_iter().map(serde_json::from_value).collect();
    match parsed {
        Ok(faults) => {
            core.faults.extend(faults);
            Reply::empty(204)
        }
        Err(error) => Reply::json(400, &json!({"error": error.to_string()})),
    }
}

/// Sets the knobs that are named and keeps the others.
fn set_knobs(core: &mut Core, request: &Request) -> Reply {
    let changes = match request.json() {
        Ok(changes) => changes,
        Err(error) => return error.into(),
    };
    let mut all = json!(core.knobs);
    for (name, value) in changes.as_object().into_iter().flatten() {
        if all.get(name).is_none() {
            return Reply::json(400, &json!({"error": format!("no knob is called {name}")}));
        }
        all[name] = value.clone();
    }
    match serde_json::from_value(all) {
        Ok(knobs) => {
            core.knobs = knobs;
            Reply::json(200, &json!(core.knobs))
        }
        Err(error) => Reply::json(400, &json!({"error": error.to_string()})),
    }
}

fn add_certificate(core: &mut Core, request: &Request) -> Reply {
    let body = match request.json() {
        Ok(body) => body,
        Err(error) => return error.into(),
    };
    let (Some(client_id), Some(pem)) = (body["clientId"].as_str(), body["certificate"].as_str())
    else {
        return Reply::json(400, &json!({"error": "clientId and certificate (PEM) are needed"}));
    };
    match core.register_certificate(client_id, pem) {
        Ok(()) => Reply::empty(204),
        Err(error) => Reply::json(400, &json!({"error": error})),
    }
}

/// The endpoints and the identities of the world.
pub(crate) fn describe(core: &Core) -> Value {
    let app = |client: &str| {
        let application = core.state.application(client);
        json!({
            "name": application.map(|application| application.name.clone()),
            "tenant": application.map(|application| application.tenant.clone()),
            "clientId": client,
            "secret": application.and_then(|application| application.secrets.first()).map(|secret| secret.value.clone()),
            "objectIds": core.state.principals.iter()
                .filter(|principal| principal.login == client && principal.kind == PrincipalKind::ServicePrincipal)
                .map(|principal| json!({"tenant": principal.tenant, "objectId": principal.id})).collect::<Vec<_>>(),
        })
    };
    let endpoints = &core.endpoints;
    json!({
        "login": endpoints.login, "management": endpoints.management,
        "graph": endpoints.graph, "elsewhere": endpoints.elsewhere, "control": format!("{}{PREFIX}", endpoints.management),
        "tenants": core.state.tenants.iter()
            .map(|tenant| json!({"id": tenant.id, "domain": tenant.domain, "name": tenant.name})).collect::<Vec<_>>(),
        "subscriptions": core.state.subscriptions.iter()
            .map(|one| json!({"id": one.id, "name": one.name, "tenant": one.tenant})).collect::<Vec<_>>(),
        "deployer": app(world::DEPLOYER_CLIENT), "contributor": app(world::CONTRIBUTOR_CLIENT),
        "reader": app(world::READER_CLIENT), "consumer": app(world::CONSUMER_CLIENT),
        "multiTenant": app(world::MULTI_TENANT_CLIENT), "certificate": app(world::CERTIFICATE_CLIENT),
        "federated": app(world::FEDERATED_CLIENT),
        "consumerGroup": {"id": world::CONSUMER_GROUP, "name": world::CONSUMER_GROUP_NAME},
        "galleryId": world::gallery_id(),
    })
}
