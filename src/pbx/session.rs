//! One client's side of the conversation: login, event mask, actions. No socket.

use bytes::Bytes;
use md5::{Digest as _, Md5};

use super::actions;
use super::exchange::Exchange;
use super::faults::{Fault, Faults};
use super::reply::{Reply, Spoil};
use super::request::{BadRequest, Request, Requests};
use super::wire::Class;

/// Who may log in.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Name.
    pub username: String,
    /// Secret; never logged.
    pub secret: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("username", &self.username).finish_non_exhaustive()
    }
}

/// What a client's bytes lead to.
#[derive(Debug, Default)]
pub struct Said {
    /// What to send it back.
    pub bytes: Vec<u8>,
    /// The connection ends after that.
    pub close: bool,
}

/// One connection.
#[derive(Debug)]
pub struct Session {
    requests: Requests,
    challenge: Option<String>,
    logged_in: bool,
    mask: u16,
}

/// The first line of a connection.
pub const BANNER: &[u8] = b"Asterisk Call Manager/11.0.0\r\n";

impl Session {
    /// Just connected.
    pub fn new() -> Self {
        Self { requests: Requests::default(), challenge: None, logged_in: false, mask: Class::ALL }
    }

    /// Whether it gets events of that class.
    pub fn wants(&self, class: Class) -> bool {
        self.logged_in && self.mask & class as u16 != 0
    }

    /// Whether it gets every event.
    pub fn wants_all(&self) -> bool {
        self.logged_in && self.mask == Class::ALL
    }

    /// The client sent something: runs every whole action in it.
    pub fn hear(
        &mut self,
        bytes: &[u8],
        exchange: &mut Exchange,
        faults: &Faults,
        account: &Account,
        challenge: impl FnOnce() -> u32,
    ) -> Said {
        self.requests.push(bytes);
        let mut said = Said::default();
        let mut challenge = Some(challenge);
        while let Some(request) = self.requests.take() {
            let request = match request {
                Ok(request) => request,
                Err(bad) => {
                    let words = match bad {
                        BadRequest::LineTooLong => "Failed to parse message: line too long",
                        BadRequest::TooManyHeaders => "Failed to parse message: too many headers",
                    };
                    let mut reply = Reply::new("", Spoil::default());
                    reply.error(words);
                    said.bytes.extend(reply.into_bytes());
                    continue;
                }
            };
            self.one(&request, exchange, faults, account, &mut challenge, &mut said);
            if said.close {
                break;
            }
        }
        said
    }

    fn one(
        &mut self,
        request: &Request,
        exchange: &mut Exchange,
        faults: &Faults,
        account: &Account,
        challenge: &mut Option<impl FnOnce() -> u32>,
        said: &mut Said,
    ) {
        let manner = faults.manner(request.action());
        let id = if manner.wrong_id {
            format!("{}-other", request.action_id())
        } else {
            request.action_id().to_owned()
        };
        let mut reply = Reply::new(&id, manner.spoil);
        match request.action().to_ascii_lowercase().as_str() {
            "login" if self.logged_in => reply.success("Already authenticated"),
            "login" => {
                let refused = faults.has(&Fault::RefuseLogin);
                if refused || !self.proves(request, account) {
                    reply.error("Authentication failed");
                    said.close = true;
                } else {
                    self.logged_in = true;
                    if let Some(mask) = request.get("Events") {
                        self.mask = mask_of(mask);
                    }
                    reply.success("Authentication accepted");
                    if self.wants(Class::System) {
                        fully_booted(exchange, &mut reply);
                    }
                }
            }
            "challenge" => match request.get("AuthType") {
                Some(kind) if kind.eq_ignore_ascii_case("MD5") => {
                    let number = challenge.take().map_or(0, |make| make()).to_string();
                    reply.response("Success", &[("Challenge", &number)]);
                    self.challenge = Some(number);
                }
                _ => reply.error("Must specify AuthType"),
            },
            "logoff" => {
                reply.response("Goodbye", &[("Message", "Thanks for all the fish.")]);
                said.close = true;
            }
            _ if !self.logged_in => reply.error("Permission denied"),
            "events" => {
                self.mask = mask_of(request.get("EventMask").unwrap_or(""));
                reply.response("Success", &[("Events", if self.mask == 0 { "Off" } else { "On" })]);
            }
            _ => actions::perform(exchange, request, &mut reply),
        }
        let bytes = reply.into_bytes();
        for _ in 0..manner.times {
            said.bytes.extend_from_slice(&bytes);
        }
    }

    fn proves(&self, request: &Request, account: &Account) -> bool {
        if request.get("Username") != Some(&account.username) {
            return false;
        }
        match (request.get("Secret"), request.get("Key"), &self.challenge) {
            (None, Some(key), Some(challenge)) => {
                let digest = Md5::new().chain_update(challenge).chain_update(&account.secret).finalize();
                let expected: String = digest.iter().map(|b| format!("{b:02x}")).collect();
                key.eq_ignore_ascii_case(&expected)
            }
            (Some(secret), _, _) => secret == account.secret,
            _ => false,
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

fn mask_of(text: &str) -> u16 {
    match text.to_ascii_lowercase().as_str() {
        "" | "on" | "all" | "-1" => Class::ALL,
        "off" | "0" => 0,
        list => list.split(',').filter_map(|c| Class::named(c.trim())).fold(0, |m, c| m | c as u16),
    }
}

/// Sent on every login, without a timestamp.
fn fully_booted(x: &Exchange, reply: &mut Reply) {
    use super::wire::Headers as _;
    let up_s = x.now().saturating_sub(x.boot()) / 1_000_000;
    reply
        .line("Event", "FullyBooted")
        .line("Privilege", "system,all")
        .num("Uptime", up_s)
        .num("LastReload", up_s)
        .line("Status", "Fully Booted");
    reply.out().extend_from_slice(b"\r\n");
}

/// A whole frame that a healthy PBX would never send (S02): the vectors V7 and V8 as they arrive,
/// and what else a stream that was tampered with looks like.
pub fn malformed(kind: Malformed, exchange: &Exchange) -> Bytes {
    let victim = exchange.truth.channels().next().map(|c| (c.name.clone(), c.uniqueid.clone()));
    let (channel, uniqueid) = victim.unwrap_or_else(|| ("PJSIP/1001-00000000".into(), "1.0".into()));
    let text = match kind {
        Malformed::ForgedHangup => format!(
            "Event: Newstate\r\nPrivilege: call,all\r\nTimestamp: 1.000001\r\nChannel: {channel}\r\n\
             ChannelState: 6\r\nChannelStateDesc: Up\r\nCallerIDNum: 0612\r\n\r\n\
             Event: Hangup\r\nChannel: {channel}\r\nUniqueid: {uniqueid}\r\nCause: 16\r\n\r\n\
             CallerIDName: x\r\nUniqueid: {uniqueid}\r\n\r\n"
        ),
        Malformed::DoubledHeaders => format!(
            "Event: Hangup\r\nPrivilege: call,all\r\nChannel: {channel}\r\nUniqueid: {uniqueid}\r\n\
             Channel: {channel}\r\nUniqueid: {uniqueid}\r\nLinkedid: {uniqueid}\r\nCause: 16\r\n\
             Cause-txt: Normal Clearing\r\n\r\n"
        ),
        Malformed::NoEvent => "CallerIDName: forged\r\nChannel: nobody\r\n\r\n".to_owned(),
    };
    Bytes::from(text)
}

/// Kinds of malformed frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// V7: a value that ended early leaves a whole forged event, without `Privilege`, and the rest
    /// of the real one.
    ForgedHangup,
    /// V8: a value with a line break adds headers that the event has already.
    DoubledHeaders,
    /// A frame that is neither an event nor a response.
    NoEvent,
}
