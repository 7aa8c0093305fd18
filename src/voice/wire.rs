//! Requests to servers of engines: on a thread of their own, so that no call waits for TLS, and over connections that stay.
//!
//! ```text
//! engine ─post─▶ thread ─▶ server          one client for each server: one that is slow takes no place of another
//!    ◀─Began, Bytes …, Whole─┘             who drops what he hears ends the request
//! ```
//!
//! Which server that is was said by the administrator, so private networks are asked too; what names machines to
//! themselves (169.254.169.254) never is, and a key goes to the Internet over TLS only (S18). Nobody is led elsewhere.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use awc::error::{ConnectError, SendRequestError, WsClientError};
use awc::{Client, Connector};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::VoiceError;
use super::words::refusal;
use crate::config::{BaseUrl, Secret};
use crate::errands::{is_public, tls};

/// Requests that wait to be begun.
const MOST_WAITING: usize = 256;
/// Connections to one server.
const MOST_CONNECTIONS: usize = 128;
/// Parts of an answer that wait to be taken; then the server waits.
const MOST_PARTS: usize = 8;
/// Of an answer that says no.
const MOST_WORDS: usize = 8 * 1024;
/// Longer than any guard waits.
const LONGER: Duration = Duration::from_secs(120);
/// To connect.
const CONNECT: Duration = Duration::from_secs(5);
/// Servers close what rests a minute.
const KEEP: Duration = Duration::from_secs(30);
/// Of one name.
const MOST_ADDRESSES: usize = 8;
/// How long an address is believed.
const LOOKED_UP: Duration = Duration::from_secs(30);

/// What comes of a request, in this order.
#[derive(Debug)]
pub(super) enum Heard {
    /// It is answered, and well.
    Began {
        /// In small letters.
        content_type: String,
    },
    /// A part.
    Bytes(Bytes),
    /// That was all.
    Whole,
}

/// Dropping it ends the request.
pub(super) type Hearing = mpsc::Receiver<Result<Heard, VoiceError>>;

/// A whole answer of at most so many bytes, with the type that it says it has.
pub(super) async fn whole(mut hearing: Hearing, most: usize) -> Result<(String, Vec<u8>), VoiceError> {
    let refused = |why: String| Err(VoiceError::Refused(why));
    let (mut kind, mut body) = (String::new(), Vec::new());
    loop {
        match hearing.recv().await {
            Some(Ok(Heard::Began { content_type })) => kind = content_type,
            Some(Ok(Heard::Bytes(part))) if body.len() + part.len() > most => {
                return refused(format!("its answer is longer than {most} bytes"));
            }
            Some(Ok(Heard::Bytes(part))) => body.extend_from_slice(&part),
            Some(Ok(Heard::Whole)) => return Ok((kind, body)),
            Some(Err(why)) => return Err(why),
            None => return refused("its answer broke off".into()),
        }
    }
}

/// A request.
pub(super) struct Post {
    pub(super) server: Arc<BaseUrl>,
    pub(super) key: Option<Secret>,
    pub(super) key_in: KeyIn,
    /// Behind the server's own path, without a slash before it.
    pub(super) path: Cow<'static, str>,
    pub(super) content_type: String,
    pub(super) body: Bytes,
}

/// How a server wants its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyIn {
    /// `Authorization: Bearer`
    Bearer,
    /// `Authorization: Token`
    Token,
    /// `xi-api-key`
    Own,
}

type Task = Box<dyn FnOnce(Rc<Servers>) -> LocalBoxFuture<'static, ()> + Send>;

struct Job {
    task: Task,
    /// Told when nobody can do it.
    refused: Box<dyn FnOnce(VoiceError) + Send>,
}

/// See the module. Each clone is the same thread; it ends with the last.
#[derive(Clone)]
pub struct Wire {
    jobs: mpsc::Sender<Job>,
}

impl Wire {
    /// With its thread.
    ///
    /// # Errors
    /// There can be no thread.
    pub fn start() -> std::io::Result<Self> {
        let (jobs, taken) = mpsc::channel(MOST_WAITING);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("voice-wire".into()).spawn(move || {
            tokio::task::LocalSet::new().block_on(&runtime, serve(taken));
        })?;
        Ok(Self { jobs })
    }

    /// Sends it.
    pub(super) fn post(&self, post: Post) -> Hearing {
        let (to, hearing) = mpsc::channel(MOST_PARTS);
        self.work(to, move |servers, to| async move {
            let server = servers.get(&post.server)?;
            server.ask(&post, &to).await
        });
        hearing
    }

    /// Works on the thread for who waits at the other end, and no longer than he does; he is told why it cannot go on.
    pub(super) fn work<T, F>(
        &self,
        to: mpsc::Sender<Result<T, VoiceError>>,
        work: impl FnOnce(Rc<Servers>, mpsc::Sender<Result<T, VoiceError>>) -> F + Send + 'static,
    ) where
        T: Send + 'static,
        F: Future<Output = Result<(), VoiceError>>,
    {
        let told = to.clone();
        let task: Task = Box::new(move |servers| {
            Box::pin(async move {
                let asked = async {
                    if let Err(why) = work(servers, to.clone()).await {
                        let _ = to.send(Err(why)).await;
                    }
                };
                tokio::select! {
                    () = asked => {}
                    () = to.closed() => {}
                }
            })
        });
        let refused = Box::new(move |why| drop(told.try_send(Err(why))));
        if let Err(problem) = self.jobs.try_send(Job { task, refused }) {
            let why = match problem {
                mpsc::error::TrySendError::Full(_) => "too many requests wait",
                mpsc::error::TrySendError::Closed(_) => "the thread of requests has ended",
            };
            (problem.into_inner().refused)(VoiceError::Refused(why.into()));
        }
    }
}

async fn serve(mut jobs: mpsc::Receiver<Job>) {
    let servers = Rc::new(Servers::default());
    while let Some(Job { task, refused }) = jobs.recv().await {
        // who is refused is one that could not come here
        drop(refused);
        tokio::task::spawn_local(task(servers.clone()));
    }
}

/// All that were asked.
#[derive(Default)]
pub(super) struct Servers(RefCell<HashMap<Arc<BaseUrl>, Rc<Server>>>);

impl Servers {
    pub(super) fn get(&self, at: &Arc<BaseUrl>) -> Result<Rc<Server>, VoiceError> {
        if let Some(server) = self.0.borrow().get(at) {
            return Ok(server.clone());
        }
        let server = Rc::new(Server::new(at.clone()).map_err(VoiceError::Missing)?);
        self.0.borrow_mut().insert(at.clone(), server.clone());
        Ok(server)
    }
}

/// A WebSocket to a server.
pub(super) type Socket = actix_codec::Framed<awc::BoxedSocket, awc::ws::Codec>;

/// One of those that are asked.
pub(super) struct Server {
    at: Arc<BaseUrl>,
    client: Client,
    /// Those that may be asked, the one that answered first.
    addresses: Mutex<Option<(Vec<SocketAddr>, Instant)>>,
}

impl Server {
    fn new(at: Arc<BaseUrl>) -> Result<Self, String> {
        let connector = Connector::new()
            .rustls_0_23(tls()?)
            .timeout(CONNECT)
            .handshake_timeout(CONNECT)
            .conn_keep_alive(KEEP)
            .limit(MOST_CONNECTIONS);
        let client = Client::builder().connector(connector).disable_redirects().timeout(LONGER).finish();
        Ok(Self { at, client, addresses: Mutex::new(None) })
    }

    /// In its words; the key is not among them.
    pub(super) fn refused(&self, problem: impl std::fmt::Display) -> VoiceError {
        VoiceError::Refused(format!("{}: {problem}", self.at.host))
    }

    /// A WebSocket at that part of it, whose messages have so many bytes at most.
    pub(super) async fn socket(
        &self,
        part: &str,
        key: &Secret,
        key_in: KeyIn,
        most: usize,
    ) -> Result<Socket, VoiceError> {
        let mut last = None;
        for address in self.addresses(true).await? {
            let (name, value) = header_of(key, key_in);
            let asked = self.client.ws(self.at.of(part)).address(address).max_frame_size(most);
            match asked.header(name, value).connect().await {
                Ok((_, socket)) => {
                    self.answered(address);
                    return Ok(socket);
                }
                Err(WsClientError::InvalidResponseStatus(status)) => {
                    return Err(refusal(&self.at.host, status.as_u16(), b"", Some(key)));
                }
                Err(WsClientError::SendRequest(problem @ SendRequestError::Connect(_))) => {
                    last = Some(problem);
                }
                Err(problem) => return Err(self.refused(problem)),
            }
        }
        self.moved();
        Err(self.refused(last.map_or_else(|| "it cannot be reached".into(), |problem| problem.to_string())))
    }

    async fn ask(&self, post: &Post, to: &mpsc::Sender<Result<Heard, VoiceError>>) -> Result<(), VoiceError> {
        let server = &post.server;
        let refused = |problem: String| self.refused(problem);
        let mut answer = Err(SendRequestError::Connect(ConnectError::NoRecords));
        for address in self.addresses(post.key.is_some()).await? {
            let mut request = self
                .client
                .post(server.of(&post.path))
                .address(address)
                .insert_header(("content-type", post.content_type.as_str()));
            if let Some(key) = &post.key {
                request = request.insert_header(header_of(key, post.key_in));
            }
            answer = request.send_body(post.body.clone()).await;
            // nothing was asked there: the next may be asked
            if !matches!(answer, Err(SendRequestError::Connect(_))) {
                self.answered(address);
                break;
            }
        }
        let answer = answer.inspect_err(|_| self.moved());
        let mut answer = answer.map_err(|problem| refused(problem.to_string()))?.timeout(LONGER);
        let header = |name: &str| {
            answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_ascii_lowercase)
        };
        let status = answer.status();
        if !status.is_success() {
            let body = read_words(&mut answer).await;
            return Err(refusal(&server.host, status.as_u16(), &body, post.key.as_ref()));
        }
        let length: Option<usize> = header("content-length").and_then(|length| length.parse().ok());
        let content_type = header("content-type").unwrap_or_default();
        let gone = |_| refused("nobody waits any more".into());
        to.send(Ok(Heard::Began { content_type })).await.map_err(gone)?;
        let mut came = 0;
        while let Some(part) = answer.next().await {
            let part = part.map_err(|problem| refused(format!("its answer broke off: {problem}")))?;
            came += part.len();
            to.send(Ok(Heard::Bytes(part))).await.map_err(gone)?;
        }
        // the client takes what broke off for the whole
        if length.is_some_and(|length| length != came) {
            return Err(refused("its answer broke off".into()));
        }
        let _ = to.send(Ok(Heard::Whole)).await;
        Ok(())
    }

    /// That one is asked first from now on.
    fn answered(&self, address: SocketAddr) {
        if let Some((addresses, _)) = &mut *self.addresses.lock()
            && let Some(place) = addresses.iter().position(|one| *one == address)
        {
            addresses[..=place].rotate_right(1);
        }
    }

    /// A name may have moved.
    pub(super) fn moved(&self) {
        *self.addresses.lock() = None;
    }

    /// All of its name that may be asked.
    pub(super) async fn addresses(&self, with_key: bool) -> Result<Vec<SocketAddr>, VoiceError> {
        let known = self.addresses.lock().clone().filter(|(_, at)| at.elapsed() < LOOKED_UP);
        let missing = |problem: &str| VoiceError::Missing(format!("{}: {problem}", self.at.host));
        let all = match known {
            Some((all, _)) => all,
            None => {
                let found = tokio::net::lookup_host((self.at.host.as_str(), self.at.port)).await;
                let found = found.map_err(|problem| self.refused(problem))?;
                let mut all: Vec<SocketAddr> =
                    found.filter(|address| !is_never_asked(address.ip())).collect();
                all.truncate(MOST_ADDRESSES);
                if all.is_empty() {
                    return Err(missing("it has no address that may be asked"));
                }
                *self.addresses.lock() = Some((all.clone(), Instant::now()));
                all
            }
        };
        if with_key && !self.at.secure && all.iter().any(|address| is_public(address.ip())) {
            return Err(missing("a key is sent over the Internet by https only"));
        }
        Ok(all)
    }
}

fn header_of(key: &Secret, key_in: KeyIn) -> (&'static str, String) {
    match key_in {
        KeyIn::Bearer => ("authorization", format!("Bearer {}", key.reveal())),
        KeyIn::Token => ("authorization", format!("Token {}", key.reveal())),
        KeyIn::Own => ("xi-api-key", key.reveal().to_owned()),
    }
}

/// Those by which machines of a cloud learn their own secrets, and those that are no machine.
fn is_never_asked(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_broadcast()
        }
        IpAddr::V6(address) => {
            address.is_unspecified()
                || address.is_multicast()
                || address.is_unicast_link_local()
                || address.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]
        }
    }
}

async fn read_words<S>(answer: &mut awc::ClientResponse<S>) -> Vec<u8>
where
    awc::ClientResponse<S>: futures_util::Stream<Item = Result<Bytes, awc::error::PayloadError>> + Unpin,
{
    let mut body = Vec::new();
    while let Some(Ok(part)) = answer.next().await {
        body.extend_from_slice(&part[..part.len().min(MOST_WORDS - body.len())]);
        if body.len() >= MOST_WORDS {
            break;
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s18_machines_learn_nothing_of_themselves() {
        for address in [
            "169.254.169.254",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
        ] {
            assert!(is_never_asked(address.parse().expect("an address")), "{address}");
        }
        for address in ["127.0.0.1", "10.0.0.5", "::1", "fd00::5", "8.8.8.8"] {
            assert!(!is_never_asked(address.parse().expect("an address")), "{address}");
        }
    }
}
