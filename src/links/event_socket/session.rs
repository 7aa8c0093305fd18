//! One connection to an event socket, from its first byte to its last.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use asterisk::freeswitch::{Command, Decoder, Happening, Heard};
use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{Listeners, Order, Server, Told};

/// For the connection, and for what is written to be taken.
const WITHIN: Duration = Duration::from_secs(5);
/// Without a byte: FreeSWITCH sends a heartbeat every 20 s, and is asked after that.
const SILENT_FOR: Duration = Duration::from_secs(30);
/// Commands that are not done yet.
const MOST_JOBS: usize = 1_024;

/// Why it ended.
pub(super) enum Over {
    /// By a fault of the network.
    Io(io::Error),
    /// It is no event socket, or says no.
    Refused(String),
}

impl From<io::Error> for Over {
    fn from(problem: io::Error) -> Self {
        Self::Io(problem)
    }
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(problem) => problem.fmt(f),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

/// To what a reply is.
enum Asked {
    Login,
    Events,
    Job(oneshot::Sender<bool>),
    Alive,
}

struct Session<'a> {
    stream: TcpStream,
    listeners: &'a Listeners,
    is_up: &'a AtomicBool,
    /// Replies come in the order of the commands.
    asked: VecDeque<Asked>,
    jobs: HashMap<String, oneshot::Sender<bool>>,
    forgotten: AtomicU64,
}

/// Runs until it breaks.
pub(super) async fn run(
    server: &Server,
    orders: &mut mpsc::Receiver<Order>,
    listeners: &Listeners,
    is_up: &AtomicBool,
) -> Over {
    let connecting = timeout(WITHIN, TcpStream::connect((server.host.as_str(), server.port)));
    let stream = match connecting.await {
        Ok(Ok(stream)) => stream,
        Ok(Err(problem)) => return problem.into(),
        Err(_) => return Over::Io(io::ErrorKind::TimedOut.into()),
    };
    if let Err(problem) = stream.set_nodelay(true) {
        return problem.into();
    }
    let (asked, jobs) = (VecDeque::new(), HashMap::new());
    let mut session = Session { stream, listeners, is_up, asked, jobs, forgotten: AtomicU64::new(0) };
    match session.until_over(server, orders).await {
        Ok(never) => match never {},
        Err(over) => over,
    }
}

impl Session<'_> {
    async fn until_over(
        &mut self,
        server: &Server,
        orders: &mut mpsc::Receiver<Order>,
    ) -> Result<std::convert::Infallible, Over> {
        let (mut decoder, mut buffer) = (Decoder::new(), BytesMut::new());
        let mut is_asked = false;
        loop {
            buffer.reserve(4_096);
            let is_up = self.is_up.load(Relaxed);
            tokio::select! {
                read = self.stream.read_buf(&mut buffer) => {
                    is_asked = false;
                    if read? == 0 {
                        return Err(Over::Io(io::ErrorKind::UnexpectedEof.into()));
                    }
                    let wrong = |why| Over::Refused(format!("{why}"));
                    while let Some(message) = decoder.receive(&mut buffer).map_err(wrong)? {
                        self.heard(Heard::read(&message), server).await?;
                    }
                }
                order = orders.recv(), if is_up => match order {
                    Some(Order { command, done }) => self.send(&command, Asked::Job(done)).await?,
                    None => return Err(Over::Refused("nobody needs it any more".into())),
                },
                () = tokio::time::sleep(SILENT_FOR) => {
                    if std::mem::replace(&mut is_asked, true) || !is_up {
                        return Err(Over::Io(io::ErrorKind::TimedOut.into()));
                    }
                    self.send(&Command::status(), Asked::Alive).await?;
                }
            }
        }
    }

    async fn send(&mut self, command: &Command, asked: Asked) -> Result<(), Over> {
        let mut bytes = Vec::new();
        command.encode(&mut bytes);
        self.asked.push_back(asked);
        match timeout(WITHIN, self.stream.write_all(&bytes)).await {
            Ok(written) => Ok(written?),
            Err(_) => Err(Over::Io(io::ErrorKind::TimedOut.into())),
        }
    }

    async fn heard(&mut self, heard: Heard, server: &Server) -> Result<(), Over> {
        match heard {
            Heard::AuthRequest => {
                let auth = Command::auth(server.password.reveal());
                let auth = auth.map_err(|why| Over::Refused(why.to_string()))?;
                self.send(&auth, Asked::Login).await
            }
            Heard::Reply { is_ok, text, job } => self.replied(is_ok, &text, job).await,
            Heard::Event(happening) => {
                self.happened(happening);
                Ok(())
            }
            Heard::Closing => Err(Over::Refused("FreeSWITCH closes it".into())),
            Heard::Rejected => Err(Over::Refused(
                "FreeSWITCH refuses our address (apply-inbound-acl of event_socket.conf.xml)".into(),
            )),
            Heard::Other => Ok(()),
        }
    }

    async fn replied(&mut self, is_ok: bool, text: &str, job: Option<String>) -> Result<(), Over> {
        match self.asked.pop_front() {
            Some(Asked::Login) if is_ok => self.send(&Command::events(), Asked::Events).await,
            Some(Asked::Login) => Err(Over::Refused("FreeSWITCH does not take the password".into())),
            Some(Asked::Events) if is_ok => {
                self.is_up.store(true, Relaxed);
                Ok(())
            }
            Some(Asked::Events) => Err(Over::Refused(format!("FreeSWITCH sends no events: {text:?}"))),
            Some(Asked::Job(done)) => {
                self.jobs.retain(|_, done| !done.is_closed());
                match job.filter(|_| is_ok && self.jobs.len() < MOST_JOBS) {
                    Some(job) => drop(self.jobs.insert(job, done)),
                    None => drop(done.send(false)),
                }
                Ok(())
            }
            Some(Asked::Alive) => Ok(()),
            None => Err(Over::Refused("an answer to nothing".into())),
        }
    }

    fn happened(&mut self, happening: Happening) {
        let (channel, told) = match happening {
            Happening::Done { job, is_ok, text } => {
                if let Some(done) = self.jobs.remove(&job) {
                    if !is_ok {
                        log::warn!("event socket: a command was not done: {text:?}");
                    }
                    let _ = done.send(is_ok);
                }
                return;
            }
            Happening::Key { channel, key } => (channel, Told::Key(key)),
            Happening::HungUp { channel } => (channel, Told::HungUp),
            Happening::Started { channel, file } => (channel, Told::Started(file)),
            Happening::Stopped { channel, file } => (channel, Told::Stopped(file)),
            Happening::FileWritten { channel, about } => (channel, Told::FileWritten(about)),
            Happening::Heartbeat | Happening::Other => return,
        };
        self.listeners.tell(&channel, told, &self.forgotten);
    }
}
