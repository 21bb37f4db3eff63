//! The cloud for a client in the same process: requests are values, and the clock is the client's.

use std::sync::{Arc, Mutex, PoisonError};

use crate::core::{Core, Endpoints};
use crate::message::{Listener, Request};
use crate::router::{self, Outcome};
use crate::server::{of_parts, spoiled_value};

/// A sandbox that is asked without a socket.
#[derive(Clone)]
pub struct InProcessCloud {
    core: Arc<Mutex<Core>>,
    endpoints: Endpoints,
}

impl std::fmt::Debug for InProcessCloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InProcessCloud").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

impl InProcessCloud {
    pub(crate) fn new(core: Arc<Mutex<Core>>, endpoints: Endpoints) -> InProcessCloud {
        core.lock().unwrap_or_else(PoisonError::into_inner).knobs.virtual_time = true;
        InProcessCloud { core, endpoints }
    }

    /// Answers a request that came so many milliseconds after the start; `None` where a fault breaks the wire.
    pub fn answer(
        &self,
        millis: i64,
        request: http::Request<Vec<u8>>,
    ) -> Option<http::Response<Vec<u8>>> {
        let request = self.read(request);
        let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        core.knobs.clock_advance_millis = millis;
        let Outcome { reply, fault } = router::answer(&mut core, &request);
        let now = core.now();
        drop(core);
        let reply = match fault {
            None => reply,
            Some(fault) => spoiled_value(&fault.kind, reply, &request, now)?,
        };
        let body = if request.method == "HEAD" { Vec::new() } else { reply.body.to_vec() };
        let mut response = http::Response::new(body);
        *response.status_mut() =
            http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::IM_A_TEAPOT);
        for (name, value) in reply.headers {
            let name = http::HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, http::HeaderValue::from_str(&value)) {
                response.headers_mut().append(name, value);
            }
        }
        Some(response)
    }

    fn read(&self, request: http::Request<Vec<u8>>) -> Request {
        let (parts, body) = request.into_parts();
        of_parts(self.listener(&parts.uri), &parts, body.into())
    }

    fn listener(&self, uri: &http::Uri) -> Listener {
        let host = uri.authority().map(|one| format!("https://{one}")).unwrap_or_default();
        match host {
            host if host == self.endpoints.login => Listener::Login,
            host if host == self.endpoints.management => Listener::Management,
            host if host == self.endpoints.graph => Listener::Graph,
            _ => Listener::Elsewhere,
        }
    }
}
