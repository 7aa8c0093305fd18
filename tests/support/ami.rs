//! A scripted AMI server for the link's own faults: what it says, when, and whether at all.
//!
//! It knows no calls (the built-in PBX does): it answers the login, the listings with whatever it was
//! told to list, and writes down every action with its time.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use md5::{Digest, Md5};

/// What happens to a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// The secret is checked.
    Checked,
    /// Refused, as Asterisk does for a wrong secret and for an address that `permit` does not allow.
    Refused,
    /// The connection is closed before the banner: `authlimit`.
    ClosedAtOnce,
    /// The connection stays, and nothing is said.
    Mute,
}

/// How the server behaves now; changed by [`Ami::set`].
pub struct Script {
    /// See [`Login`].
    pub login: Login,
    /// `FullyBooted` follows a login.
    pub booted: bool,
    /// `CoreStartupDate` and `Time`.
    pub startup: (&'static str, &'static str),
    /// Nothing is read, answered or sent: the socket stays open.
    pub frozen: bool,
    /// Actions are read and not answered, of these names.
    pub ignored: Vec<&'static str>,
    /// Actions refused with `Permission denied`.
    pub denied: Vec<&'static str>,
    /// Channels that are not there: no command is taken for them.
    pub gone: Vec<&'static str>,
    /// Each answer is sent twice.
    pub twice: bool,
    /// Channels in `CoreShowChannels`, as Uniqueids.
    pub channels: Vec<String>,
    /// Of those, who stands in AGI with which data.
    pub in_agi: Vec<(&'static str, &'static str)>,
    /// `ListItems` is that much too high.
    pub miscount: usize,
    /// Lists stop before their `...Complete`, and the connection is closed.
    pub cut_lists: bool,
    /// Sent behind every banner, raw.
    pub after_banner: Vec<u8>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            login: Login::Checked,
            booted: true,
            startup: ("2026-11-21", "01:00:00"),
            frozen: false,
            ignored: Vec::new(),
            denied: Vec::new(),
            gone: Vec::new(),
            twice: false,
            channels: Vec::new(),
            in_agi: Vec::new(),
            miscount: 0,
            cut_lists: false,
            after_banner: Vec::new(),
        }
    }
}

#[derive(Default)]
struct Shared {
    script: Mutex<Script>,
    /// To every connection that is logged in: sent once to each.
    inject: Mutex<Vec<Vec<u8>>>,
    actions: Mutex<Vec<(Instant, String)>>,
    accepted: Mutex<Vec<Instant>>,
    generation: Mutex<u64>,
    stop: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The server; ends when dropped.
pub struct Ami {
    /// On 127.0.0.1.
    pub port: u16,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
    tls: Option<Arc<rustls::ServerConfig>>,
}

impl Ami {
    /// Listens on a port of its own.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// The same over TLS.
    pub fn start_with(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let mut this = Self { port, shared: Arc::default(), acceptor: None, tls };
        this.accept_on(listener);
        this
    }

    fn accept_on(&mut self, listener: TcpListener) {
        let (shared, tls) = (Arc::clone(&self.shared), self.tls.clone());
        shared.stop.store(false, Ordering::SeqCst);
        listener.set_nonblocking(true).expect("non-blocking");
        self.acceptor = Some(std::thread::spawn(move || {
            while !shared.stop.load(Ordering::SeqCst) {
                match listener.accept() {
                    Ok((stream, _)) => {
                        lock(&shared.accepted).push(Instant::now());
                        let (shared, tls) = (Arc::clone(&shared), tls.clone());
                        std::thread::spawn(move || {
                            let _ = serve(stream, &shared, tls);
                        });
                    }
                    Err(_) => std::thread::sleep(Duration::from_millis(1)),
                }
            }
        }));
    }

    /// Changes what it does.
    pub fn set(&self, change: impl FnOnce(&mut Script)) {
        change(&mut lock(&self.shared.script));
    }

    /// Closes every connection; new ones are welcome.
    pub fn close(&self) {
        *lock(&self.shared.generation) += 1;
    }

    /// Closes every connection and the port, as a process that died.
    pub fn die(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        self.close();
    }

    /// Listens again on the same port.
    pub fn revive(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).expect("its port again");
        self.accept_on(listener);
    }

    /// Sends raw bytes on the connection; line ends as given.
    pub fn send(&self, bytes: impl Into<Vec<u8>>) {
        lock(&self.shared.inject).push(bytes.into());
    }

    /// Sends an event given as lines.
    pub fn event(&self, lines: &str) {
        self.send(lines.replace('\n', "\r\n") + "\r\n\r\n");
    }

    /// When actions of that name came.
    pub fn actions(&self, name: &str) -> Vec<Instant> {
        let actions = lock(&self.shared.actions);
        actions.iter().filter(|(_, action)| header(action, "Action") == name).map(|(at, _)| *at).collect()
    }

    /// Every action as text.
    pub fn texts(&self) -> Vec<String> {
        lock(&self.shared.actions).iter().map(|(_, text)| text.clone()).collect()
    }

    /// When connections were accepted.
    pub fn accepted(&self) -> Vec<Instant> {
        lock(&self.shared.accepted).clone()
    }
}

impl Drop for Ami {
    fn drop(&mut self) {
        self.die();
    }
}

fn header<'a>(action: &'a str, name: &str) -> &'a str {
    let line = action.lines().find(|l| l.split(':').next() == Some(name));
    line.and_then(|l| l.split_once(": ")).map_or("", |(_, value)| value)
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<rustls::StreamOwned<rustls::ServerConnection, TcpStream>>),
}

impl Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(s) => s.read(buffer),
            Self::Tls(s) => s.read(buffer),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(s) => s.write_all(bytes),
            Self::Tls(s) => s.write_all(bytes).and_then(|()| s.flush()),
        }
    }
}

fn serve(stream: TcpStream, shared: &Shared, tls: Option<Arc<rustls::ServerConfig>>) -> io::Result<()> {
    let generation = *lock(&shared.generation);
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_millis(2)))?;
    let (login, after_banner) = {
        let script = lock(&shared.script);
        (script.login, script.after_banner.clone())
    };
    if login == Login::ClosedAtOnce {
        return Ok(());
    }
    let mut stream = match tls {
        None => Stream::Plain(stream),
        Some(config) => {
            stream.set_read_timeout(Some(Duration::from_secs(2)))?;
            let connection = rustls::ServerConnection::new(config).map_err(io::Error::other)?;
            let mut stream = rustls::StreamOwned::new(connection, stream);
            stream.conn.complete_io(&mut stream.sock)?;
            stream.sock.set_read_timeout(Some(Duration::from_millis(2)))?;
            Stream::Tls(Box::new(stream))
        }
    };
    if login != Login::Mute {
        stream.write(b"Asterisk Call Manager/11.0.0\r\n")?;
        stream.write(&after_banner)?;
    }
    let (mut read, mut logged_in) = (Vec::new(), false);
    let mut sent = lock(&shared.inject).len();
    let mut buffer = [0_u8; 4096];
    while *lock(&shared.generation) == generation {
        if lock(&shared.script).frozen {
            std::thread::sleep(Duration::from_millis(2));
            continue;
        }
        if logged_in {
            let news: Vec<_> = lock(&shared.inject).iter().skip(sent).cloned().collect();
            sent += news.len();
            for bytes in news {
                stream.write(&bytes)?;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => read.extend_from_slice(&buffer[..n]),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(e) => return Err(e),
        }
        while let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") {
            let action = String::from_utf8_lossy(&read[..end + 2]).into_owned();
            read.drain(..end + 4);
            lock(&shared.actions).push((Instant::now(), action.clone()));
            if login == Login::Mute {
                continue;
            }
            let answer = answer(&action, &lock(&shared.script), &mut logged_in);
            if let Some((answer, close)) = answer {
                let text = answer.replace('\n', "\r\n");
                stream.write(text.as_bytes())?;
                if lock(&shared.script).twice {
                    stream.write(text.as_bytes())?;
                }
                if close {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

const CHALLENGE: &str = "166200425";

/// The answer, and whether the connection is closed after it.
fn answer(action: &str, script: &Script, logged_in: &mut bool) -> Option<(String, bool)> {
    let (name, id) = (header(action, "Action"), header(action, "ActionID"));
    let reply = |lines: &str| Some((format!("Response: Success\nActionID: {id}\n{lines}\n\n"), false));
    let refuse =
        |words: &str, close| Some((format!("Response: Error\nActionID: {id}\nMessage: {words}\n\n"), close));
    if script.ignored.contains(&name) {
        return None;
    }
    if script.denied.contains(&name) {
        return refuse("Permission denied", false);
    }
    if name == "AGI" && script.gone.contains(&header(action, "Channel")) {
        return refuse("Channel does not exist.", false);
    }
    let list = |event: &str, items: Vec<String>| {
        let items_text: String =
            items.iter().map(|item| format!("Event: {event}\nActionID: {id}\n{item}\n\n")).collect();
        let begin = format!("Response: Success\nActionID: {id}\nEventList: start\nMessage: follows\n\n");
        if script.cut_lists {
            return Some((begin + &items_text, true));
        }
        let end = format!(
            "Event: {event}Complete\nActionID: {id}\nEventList: Complete\nListItems: {}\n\n",
            items.len() + script.miscount
        );
        Some((begin + &items_text + &end, false))
    };
    match name {
        "Challenge" => reply(&format!("Challenge: {CHALLENGE}")),
        "Login" => {
            let right: String =
                Md5::digest(format!("{CHALLENGE}vigie")).iter().map(|b| format!("{b:02x}")).collect();
            if script.login == Login::Refused || header(action, "Key") != right {
                return refuse("Authentication failed", true);
            }
            *logged_in = true;
            let booted = "Event: FullyBooted\nPrivilege: system,all\nStatus: Fully Booted\n\n";
            let ok = format!("Response: Success\nActionID: {id}\nMessage: Authentication accepted\n\n");
            Some((if script.booted { ok + booted } else { ok }, false))
        }
        "Ping" => reply(&format!("Ping: Pong\nTimestamp: {}", now())),
        "CoreStatus" => {
            let (date, time) = script.startup;
            reply(&format!("CoreStartupDate: {date}\nCoreStartupTime: {time}"))
        }
        "CoreSettings" => reply("AMIversion: 11.0.0\nAsteriskVersion: 22.10.1+scripted"),
        "CoreShowChannels" => {
            let channel = |id: &String| {
                let agi = script.in_agi.iter().find(|(own, _)| own == id);
                let agi = agi.map(|(_, data)| format!("\nApplication: AGI\nApplicationData: {data}"));
                let agi = agi.unwrap_or_default();
                format!(
                    "Channel: SIP/1-{id}\nChannelState: 6\nUniqueid: {id}\nLinkedid: {id}\nBridgeId: {agi}"
                )
            };
            list("CoreShowChannel", script.channels.iter().map(channel).collect())
        }
        "ListCommands" => reply("Hangup: Hangup channel.  (Priv: system,call,all)\nRedirect: Redirect"),
        "Status" => list("Status", Vec::new()),
        "QueueStatus" => list("QueueParams", Vec::new()),
        "BridgeList" | "DeviceStateList" | "ParkedCalls" => list("X", Vec::new()),
        "Getvar" => {
            let variable = header(action, "Variable");
            reply(&format!("Variable: {variable}\nValue: {variable}"))
        }
        "AGI" => reply("Message: Added AGI command to queue"),
        "ConfbridgeListRooms" => refuse("No active conferences.", false),
        _ => {
            refuse("Invalid/unknown command: X. Use Action: ListCommands to show available commands.", false)
        }
    }
}

/// A `Timestamp` of now.
pub fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    format!("{}.{:06}", since.as_secs(), since.subsec_micros())
}
