//! A BigCommerce-shaped store on loopback, for `vortex sandbox`, `vortex demo` and every test.
//!
//! It is written from BigCommerce's public API descriptions and never from this program's own
//! descriptions of entities: a wrong path would agree with itself. It behaves as documented,
//! stricter than the real one and never kinder: an undocumented query parameter is refused, a page
//! too large answers 413, ids are never taken from the client, empty v2 lists answer 204.
//!
//! ```text
//! server     HTTP: admits, asks the families in turn, damages answers as scripted
//!   access     tokens and scopes        quota   the window and its 429s
//!   faults     what goes wrong when     log     what was asked
//!   crowd      caps on requests at once    render    replies as bytes
//!   cdn        images below /cdn/          multipart forms with a file
//!   admin      /__admin                 wire    the socket that can be torn off
//! catalog, channels, content, ...   families of routes: (&mut Store, &Req) -> Option<Outcome>
//!   request, answer, filter    what they share
//! hooks      webhooks: what changes fire, and its delivery
//! samples    what a fresh store holds   store   tables of JSON documents
//! ```

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::model::{Clock, SystemClock};

pub mod access;
mod admin;
pub mod answer;
#[cfg(test)]
mod asked;
mod banners;
mod blog;
mod body;
mod catalog;
pub mod cdn;
mod channel_writes;
mod channels;
mod coupons;
mod crowd;
mod customers;
mod email_templates;
pub mod faults;
mod fields;
mod filter;
mod gift_certificates;
pub mod hooks;
mod information;
pub mod log;
mod metafields;
mod multipart;
mod orders;
mod pages;
mod pricelists;
mod promotions;
pub mod quota;
mod redirects;
mod render;
pub mod request;
mod samples;
mod server;
pub mod store;
mod templates;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_marketing;
mod wire;

pub use access::{Scopes, Token, scopes};
pub use answer::Reply;
pub use faults::{Fault, What, When};
pub use hooks::{Deliveries, Delivery, HookTiming};
pub use log::Entry;
pub use quota::Quota;
pub use request::Req;
pub use store::{ArchivedOrders, Key, Store, Table};

use answer::Outcome;
use request::Method;
use server::{Handle, State};

/// A family of routes: none when the path is not its own.
type Family = fn(&mut Store, &Req) -> Option<Outcome>;

/// The families in the order in which they are asked.
const FAMILIES: &[Family] = &[
    metafields::route,
    catalog::route,
    channels::route,
    pages::route,
    redirects::route,
    templates::route,
    pricelists::route,
    email_templates::route,
    information::route,
    customers::route,
    orders::route,
    coupons::route,
    promotions::route,
    gift_certificates::route,
    banners::route,
    blog::route,
    hooks::routes::route,
];

/// Answers one request that was let in: 404 when no family knows it, 405 when one knows the path by
/// another method.
fn route(store: &mut Store, req: &Req) -> Reply {
    if let Some(outcome) = FAMILIES.iter().find_map(|family| family(store, req)) {
        return Req::settle(outcome);
    }
    let read = Req {
        method: Method::Get,
        query: request::Query::default(),
        ..req.clone()
    };
    if req.method != Method::Get && FAMILIES.iter().any(|family| family(store, &read).is_some()) {
        return req.refuse(405, "Method Not Allowed");
    }
    req.not_found()
}

/// What a sandbox is started with.
#[derive(Clone)]
pub struct SandboxOptions {
    /// `demo`, `awkward`, `empty` or `large:N`.
    pub sample: String,
    /// 0: any free one.
    pub port: u16,
    /// The store hash that its paths carry.
    pub hash: String,
    /// Who may come in; the first is what [`Sandbox::token`] gives out.
    pub tokens: Vec<Token>,
    /// None: no quota and no rate headers.
    pub quota: Option<Quota>,
    /// Whether answers are compressed for those who accept it.
    pub gzip: bool,
    /// Stamps the store's writes.
    pub clock: Arc<dyn Clock>,
    /// What webhooks are signed with; none: they are not signed.
    pub client_secret: Option<String>,
    /// How fast webhooks and their retries come.
    pub hook_timing: HookTiming,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            sample: "demo".to_owned(),
            port: 0,
            hash: "sandbox".to_owned(),
            tokens: vec![
                Token::new("sandbox-token", "owner", Scopes::All),
                Token::new("sandbox-reader", "reader", Scopes::ReadOnly),
            ],
            quota: None,
            gzip: true,
            clock: Arc::new(SystemClock),
            client_secret: Some("sandbox-secret".to_owned()),
            hook_timing: HookTiming::default(),
        }
    }
}

impl SandboxOptions {
    /// The default options with another sample.
    pub fn sample(name: &str) -> Self {
        Self {
            sample: name.to_owned(),
            ..Self::default()
        }
    }
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no sample of that name.
    #[error("there is no sample called '{0}': use demo, awkward, empty or large:N")]
    UnknownSample(String),
    /// The port is taken, or sockets are refused.
    #[error("cannot serve the sandbox on 127.0.0.1:{port}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// The system's reason.
        source: io::Error,
    },
}

/// A running sandbox. It stops when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    hash: String,
    token: String,
    handle: Handle,
    courier: Arc<hooks::delivery::Courier>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Builds the sample and serves it from threads of its own, so that tests with and without a
    /// runtime can use it alike.
    pub fn start(options: SandboxOptions) -> Result<Self, Error> {
        let mut store = Store::empty(options.hash.clone());
        store.clock = Arc::clone(&options.clock);
        samples::fill(&mut store, &options.sample)
            .ok_or_else(|| Error::UnknownSample(options.sample.clone()))?;
        Self::serve(store, options)
    }

    /// Serves a store that the caller has filled.
    pub fn serve(mut store: Store, options: SandboxOptions) -> Result<Self, Error> {
        let token = options
            .tokens
            .first()
            .map(|token| token.secret.clone())
            .unwrap_or_default();
        let courier = Arc::new(hooks::delivery::Courier::new(
            options.hook_timing,
            options.client_secret,
            Arc::clone(&store.clock),
        ));
        // What the caller did to it before is nothing that happened.
        store.changes();
        hooks::begin(&mut store, &courier);
        let handle = Handle::new(State {
            store,
            courier: Arc::clone(&courier),
            script: faults::Script::default(),
            window: options.quota.map(quota::Window::new),
            crowd: crowd::Crowd::default(),
            log: Vec::new(),
            cdn_log: Vec::new(),
            cdn_script: faults::Script::default(),
            origin: String::new(),
            tokens: options.tokens,
            gzip: options.gzip,
        });
        let failed = |source| Error::Listen {
            port: options.port,
            source,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("sandbox")
            .enable_all()
            .build()
            .map_err(failed)?;
        // Bound without the runtime: a test may stand in another one, where waiting is forbidden.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        handle.lock().origin = format!("http://{address}");
        let service =
            server::router(handle.clone()).into_make_service_with_connect_info::<wire::Scissors>();
        let (stop, stopped) = oneshot::channel();
        let serving = handle.clone();
        let working = Arc::clone(&courier);
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                hooks::delivery::work(&working, &serving);
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                    return;
                };
                tokio::select! {
                    // Serving never ends by itself; a sandbox that is dropped ends it.
                    _ = axum::serve(wire::Wires(listener), service) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        Ok(Self {
            address,
            hash: options.hash,
            token,
            handle,
            courier,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`, what stands in place of `https://api.bigcommerce.com`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The store hash.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// A token that is let in: the first of the options.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Reads or edits the store behind the API's back.
    pub fn edit<T>(&self, edit: impl FnOnce(&mut Store) -> T) -> T {
        let mut state = self.handle.lock();
        let done = edit(&mut state.store);
        state.flush();
        done
    }

    /// Sets what goes wrong with webhooks from now on; chance begins at the seed.
    pub fn set_delivery(&self, delivery: Delivery) {
        self.courier.set_trouble(delivery);
    }

    /// How many messages webhooks were sent, and what became of them.
    pub fn deliveries(&self) -> Deliveries {
        self.courier.counts()
    }

    /// Waits until no webhook waits to be sent; false when the time is over before.
    pub fn settle(&self, timeout: Duration) -> bool {
        self.courier.settle(timeout)
    }

    /// Delivers the last messages that were delivered once more, under their `webhook-id` and with
    /// a new time. Ten thousand are kept. Says how many there were.
    pub fn replay(&self, last: usize) -> usize {
        self.courier.replay(last)
    }

    /// Sets the script of faults; requests count from 1 again. Faults on paths that begin with
    /// `/cdn/` concern images, which are counted by themselves.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.handle.lock().set_faults(faults);
    }

    /// Edits the store just before some request is answered. Requests are counted as for faults:
    /// from the start, or from the last [`Self::set_faults`], which leaves edits in place.
    pub fn edit_at(&self, when: When, edit: impl Fn(&mut Store) + Send + Sync + 'static) {
        self.handle.lock().edit_at(when, Arc::new(edit));
    }

    /// Scripted faults that no request has met.
    pub fn unreached_faults(&self) -> Vec<Fault> {
        let state = self.handle.lock();
        let mut unreached = state.script.unreached();
        unreached.extend(state.cdn_script.unreached());
        unreached
    }

    /// The requests for images so far; `token` is `none` unless a secret came with one.
    pub fn cdn_log(&self) -> Vec<Entry> {
        self.handle.lock().cdn_log.clone()
    }

    /// Forgets the requests for images so far.
    pub fn clear_cdn_log(&self) {
        self.handle.lock().cdn_log.clear();
    }

    /// The bytes that an image's address gives now, whatever its host and query.
    pub fn image(&self, url: &str) -> Option<Vec<u8>> {
        let path = url.split('?').next()?;
        let path = path
            .strip_prefix(cdn::PREFIX)
            .or_else(|| path.split_once(cdn::PATH).map(|(_, path)| path))?;
        cdn::bytes(&self.handle.lock().store, path)
    }

    /// The requests so far.
    pub fn log(&self) -> Vec<Entry> {
        self.handle.lock().log.clone()
    }

    /// The lines of good reads that were asked before in the same words.
    pub fn repeated(&self) -> Vec<String> {
        let state = self.handle.lock();
        log::repeated(&state.log)
            .into_iter()
            .map(Entry::line)
            .collect()
    }

    /// Forgets the requests so far.
    pub fn clear_log(&self) {
        self.handle.lock().log.clear();
    }

    /// How many requests so far.
    pub fn requests(&self) -> usize {
        self.handle.lock().log.len()
    }

    /// How many requests were refused because the quota was spent.
    pub fn overspent(&self) -> u64 {
        self.handle
            .lock()
            .window
            .as_ref()
            .map_or(0, quota::Window::refused)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself; then nobody listens.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
