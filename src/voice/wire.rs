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
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use awc::{Client, Connector};
use bytes::Bytes;
use futures_util::StreamExt;
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
    /// Behind the server's own path, without a slash before it.
    pub(super) path: Cow<'static, str>,
    pub(super) content_type: String,
    pub(super) body: Bytes,
}

struct Job {
    post: Post,
    to: mpsc::Sender<Result<Heard, VoiceError>>,
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
        if let Err(problem) = self.jobs.try_send(Job { post, to }) {
            let why = match problem {
                mpsc::error::TrySendError::Full(_) => "too many requests wait",
                mpsc::error::TrySendError::Closed(_) => "the thread of requests has ended",
            };
            let job = problem.into_inner();
            let _ = job.to.try_send(Err(VoiceError::Refused(why.into())));
        }
        hearing
    }
}

async fn serve(mut jobs: mpsc::Receiver<Job>) {
    let mut servers: HashMap<Arc<BaseUrl>, Rc<Server>> = HashMap::new();
    while let Some(Job { post, to }) = jobs.recv().await {
        let server = match servers.get(&post.server) {
            Some(server) => server.clone(),
            None => match Server::new() {
                Ok(server) => {
                    let server = Rc::new(server);
                    servers.insert(post.server.clone(), server.clone());
                    server
                }
                Err(why) => {
                    let _ = to.send(Err(VoiceError::Missing(why))).await;
                    continue;
                }
            },
        };
        tokio::task::spawn_local(async move {
            let asked = async {
                if let Err(why) = server.ask(&post, &to).await {
                    let _ = to.send(Err(why)).await;
                }
            };
            tokio::select! {
                () = asked => {}
                () = to.closed() => {}
            }
        });
    }
}

/// One of those that are asked.
struct Server {
    client: Client,
    address: Mutex<Option<(SocketAddr, Instant)>>,
}

impl Server {
    fn new() -> Result<Self, String> {
        let connector = Connector::new()
            .rustls_0_23(tls()?)
            .timeout(CONNECT)
            .handshake_timeout(CONNECT)
            .conn_keep_alive(KEEP)
            .limit(MOST_CONNECTIONS);
        let client = Client::builder().connector(connector).disable_redirects().timeout(LONGER).finish();
        Ok(Self { client, address: Mutex::new(None) })
    }

    async fn ask(&self, post: &Post, to: &mpsc::Sender<Result<Heard, VoiceError>>) -> Result<(), VoiceError> {
        let server = &post.server;
        let refused = |problem: String| VoiceError::Refused(format!("{}: {problem}", server.host));
        let address = self.address(server, post.key.is_some()).await?;
        let mut request = self
            .client
            .post(server.of(&post.path))
            .address(address)
            .insert_header(("content-type", post.content_type.as_str()));
        if let Some(key) = &post.key {
            request = request.bearer_auth(key.reveal());
        }
        let answer = request.send_body(post.body.clone()).await;
        // a name may have moved
        let answer = answer.inspect_err(|_| *self.address.lock() = None);
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

    async fn address(&self, server: &BaseUrl, with_key: bool) -> Result<SocketAddr, VoiceError> {
        if let Some((address, at)) = *self.address.lock()
            && at.elapsed() < LOOKED_UP
        {
            return Ok(address);
        }
        let missing = |problem: String| VoiceError::Missing(format!("{}: {problem}", server.host));
        let found = tokio::net::lookup_host((server.host.as_str(), server.port)).await;
        let found = found.map_err(|problem| VoiceError::Refused(format!("{}: {problem}", server.host)))?;
        let address = found.into_iter().find(|address| !is_never_asked(address.ip()));
        let address = address.ok_or_else(|| missing("it has no address that may be asked".into()))?;
        if with_key && !server.secure && is_public(address.ip()) {
            return Err(missing("a key is sent over the Internet by https only".into()));
        }
        *self.address.lock() = Some((address, Instant::now()));
        Ok(address)
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
