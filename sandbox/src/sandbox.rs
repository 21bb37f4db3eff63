//! The handle a test holds: starts the listeners on a thread of their own and stops them when dropped.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::runtime::Builder as RuntimeBuilder;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::accounting::Accounting;
use crate::core::{Core, Endpoints};
use crate::fault::Fault;
use crate::in_process::InProcessCloud;
use crate::journal::Call;
use crate::knobs::Knobs;
use crate::message::Listener;
use crate::message::Request;
use crate::state::State;
use crate::virtual_time::VirtualTime;
use crate::{config, control, router, seed, server, tls};

/// A running fake Azure; dropping it closes its listeners.
pub struct Sandbox {
    core: Arc<Mutex<Core>>,
    endpoints: Endpoints,
    ca_pem: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Settings of a sandbox before it starts.
#[derive(Default)]
pub struct Builder {
    world: Option<State>,
    knobs: Knobs,
}

impl Builder {
    /// Starts from this world instead of the default one.
    pub fn world(mut self, world: State) -> Builder {
        self.world = Some(world);
        self
    }

    /// Starts with these knobs.
    pub fn knobs(mut self, knobs: Knobs) -> Builder {
        self.knobs = knobs;
        self
    }

    /// Starts the sandbox.
    ///
    /// # Panics
    /// If no loopback port can be opened.
    pub fn start(self) -> Sandbox {
        let mut core = Core::new(self.world.unwrap_or_else(seed::contoso_and_fabrikam));
        core.knobs = self.knobs;
        let identity = tls::identity();
        let acceptor = TlsAcceptor::from(identity.config);
        let sockets: Vec<std::net::TcpListener> =
            LISTENERS.iter().map(|_| open().expect("loopback has a free port")).collect();
        let url = |at: usize| {
            let port = sockets[at].local_addr().expect("the socket is bound").port();
            format!("https://localhost:{port}")
        };
        let endpoints =
            Endpoints { login: url(0), management: url(1), graph: url(2), elsewhere: url(3) };
        core.endpoints = endpoints.clone();
        let core = Arc::new(Mutex::new(core));
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&core);
        let thread = std::thread::spawn(move || run(sockets, &acceptor, &served, stopped));
        Sandbox { core, endpoints, ca_pem: identity.ca_pem, stop: Some(stop), thread: Some(thread) }
    }
}

impl Sandbox {
    /// Starts the default world.
    pub fn start() -> Sandbox {
        Sandbox::builder().start()
    }

    /// Begins a custom sandbox.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Entra ID, without a trailing slash.
    pub fn login_url(&self) -> &str {
        &self.endpoints.login
    }

    /// Azure Resource Manager, without a trailing slash.
    pub fn arm_url(&self) -> &str {
        &self.endpoints.management
    }

    /// Microsoft Graph, without a trailing slash.
    pub fn graph_url(&self) -> &str {
        &self.endpoints.graph
    }

    /// A host that is not Azure, without a trailing slash.
    pub fn elsewhere_url(&self) -> &str {
        &self.endpoints.elsewhere
    }

    /// The certificate authority to trust, in PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Writes a configuration directory for `az`: `config`, `clouds.config`, `ca.pem`, `versionCheck.json`.
    ///
    /// # Errors
    /// If the directory cannot be written.
    pub fn write_azure_config(&self, dir: &Path) -> io::Result<()> {
        config::write(dir, &self.endpoints, &self.ca_pem)
    }

    /// Everything that was asked so far.
    pub fn journal(&self) -> Vec<Call> {
        self.lock().journal.clone()
    }

    /// How many requests had this method and this in their path, whatever the case.
    pub fn calls(&self, method: &str, path: &str) -> usize {
        let path = path.to_ascii_lowercase();
        let core = self.lock();
        let hits = core.journal.iter().filter(|call| {
            call.method.eq_ignore_ascii_case(method)
                && call.path.to_ascii_lowercase().contains(&path)
        });
        hits.count()
    }

    /// Forgets the journal.
    pub fn clear_journal(&self) {
        self.lock().journal.clear();
    }

    /// Arms a fault.
    pub fn inject(&self, fault: Fault) {
        self.lock().faults.push(fault);
    }

    /// Disarms every fault.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// Changes knobs.
    pub fn knob(&self, change: impl FnOnce(&mut Knobs)) {
        let mut core = self.lock();
        core.graph_rows.clear();
        change(&mut core.knobs);
    }

    /// Reads or arranges the state.
    pub fn state<T>(&self, arrange: impl FnOnce(&mut State) -> T) -> T {
        let mut core = self.lock();
        core.graph_rows.clear();
        arrange(&mut core.state)
    }

    /// Moves Azure's clock forward.
    pub fn advance(&self, seconds: i64) {
        router::advance(&mut self.lock(), seconds);
    }

    /// What the requests so far amount to.
    pub fn accounting(&self) -> Accounting {
        let core = self.lock();
        Accounting::new(core.journal.clone(), core.jobs.1)
    }

    /// Azure's clock for clients that sleep on it; sets the knob `virtual_time`.
    pub fn virtual_time(&self) -> VirtualTime {
        self.lock().knobs.virtual_time = true;
        VirtualTime::new(Arc::clone(&self.core))
    }

    /// The cloud for a client in this process, whose clock is Azure's; sets the knob `virtual_time`.
    pub fn in_process(&self) -> InProcessCloud {
        InProcessCloud::new(Arc::clone(&self.core), self.endpoints.clone())
    }

    /// Puts a resource as a client with this token would, without a socket; gives status and answer.
    pub fn put(
        &self,
        token: &str,
        url: &str,
        body: &serde_json::Value,
    ) -> (u16, serde_json::Value) {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let request = Request {
            listener: Listener::Management,
            method: "PUT".to_owned(),
            path: path.to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: vec![("authorization".to_owned(), format!("Bearer {token}"))],
            body: body.to_string().into(),
        };
        let reply = router::answer(&mut self.lock(), &request).reply;
        let answer = serde_json::from_slice(&reply.body).unwrap_or_default();
        (reply.status, answer)
    }

    /// Treats a principal as made a moment ago: role assignments do not know it at once.
    pub fn principal_created(&self, id: &str) {
        self.lock().principal_created(id);
    }

    /// Registers a certificate (PEM) with an application.
    ///
    /// # Errors
    /// If the PEM holds no certificate or the application is unknown.
    pub fn register_certificate(&self, client_id: &str, pem: &str) -> Result<(), String> {
        self.lock().register_certificate(client_id, pem)
    }

    /// Mints a token of the sandbox's own federation issuer for an application that trusts it.
    pub fn federated_token(&self, client_id: &str) -> String {
        self.lock().federated_token(client_id)
    }

    /// The endpoints and the seeded identities.
    pub fn describe(&self) -> serde_json::Value {
        control::describe(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server thread has shown itself as a broken connection already.
            let _ = thread.join();
        }
    }
}

fn open() -> io::Result<std::net::TcpListener> {
    let socket = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn run(
    sockets: Vec<std::net::TcpListener>,
    acceptor: &TlsAcceptor,
    core: &Arc<Mutex<Core>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = RuntimeBuilder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime needs only a poller");
    runtime.block_on(async {
        for (socket, which) in sockets.into_iter().zip(LISTENERS) {
            let listener = TcpListener::from_std(socket).expect("the socket does not block");
            tokio::spawn(server::serve(listener, which, acceptor.clone(), Arc::clone(core)));
        }
        // An error means that the handle was dropped, which is the signal.
        let _ = stopped.await;
    });
    runtime.shutdown_background();
}

const LISTENERS: [Listener; 4] =
    [Listener::Login, Listener::Management, Listener::Graph, Listener::Elsewhere];
