//! An AudioSocket port with an assistant whose voice is tones, and a peer that speaks as Asterisk does.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use actix::{Actor, Context, Handler};
use actors::ai::{Assistant, Phrases, Times, Words};
use actors::ports::{ActionFailure, Answer, SendAction};
use actors::supervision::Node;
use asterisk::audiosocket::Uuid;
use parking_lot::Mutex;
use vigie::links::ami::{Sighting, Sightings};
use vigie::links::audiosocket::{Counters, Line, Peer, Port};
use vigie::links::voices::{Caller as Known, Ended, Host};
use vigie::voice::{Conversation, Ears, Mind, Mouth, Pcm, Pending, Piece, Ready, Understood, VoiceError};

/// Longer than anything takes on a loaded machine.
pub const SOON: Duration = Duration::from_secs(20);
/// What the greeting sounds like, and what comes before a human.
pub const GREETING_HZ: f32 = 500.0;
pub const HANDING_OVER_HZ: f32 = 1_500.0;
/// What a model answers, of 20 s.
pub const LONG_ANSWER: &str = "a b c d e f g h i j k l m n o p q r s t u v w x y z \
    a b c d e f g h i j k l m n o p q r s t u v w x y z \
    a b c d e f g h i j k l m n o p q r s t u v w x y z \
    a b c d e f g h i j k l m n o p q r s t u v w x y z";
pub const ANSWER_HZ: f32 = 3_000.0;

/// A phrase is a tone of its own, of half a second.
struct Tones;

impl Mouth for Tones {
    fn speak(&self, text: &str, _language: &str) -> Pending<Pcm> {
        let hz = match text {
            "greeting" => GREETING_HZ,
            "handing over" => HANDING_OVER_HZ,
            "sorry" => 2_000.0,
            LONG_ANSWER => ANSWER_HZ,
            _ => 2_500.0,
        };
        let at = |n: u32| ((n as f32 * hz * std::f32::consts::TAU / 8_000.0).sin() * 8_000.0) as i16;
        let samples = if text == LONG_ANSWER { 160_000 } else { 4_000 };
        let sound: Pcm = (0..samples).map(at).collect();
        Box::pin(async move { Ok(sound) })
    }
}

pub fn assistant(takes_unknown: bool) -> Assistant {
    let phrases = Phrases {
        greeting: "greeting".into(),
        reminder: "reminder".into(),
        fillers: Vec::new(),
        sorry: "sorry".into(),
        handing_over: "handing over".into(),
        goodbye: "goodbye".into(),
    };
    let words = Words { human_key: Some('0'), ..Words::default() };
    let times = Times::default();
    Assistant { id: "tones".into(), name: "Tones".into(), phrases, times, words, takes_unknown }
}

/// Who answers, and what is told of it.
struct Answering {
    ready: Arc<Ready>,
    ended: Mutex<Vec<Ended>>,
}

impl Host for Answering {
    fn assistant(&self, _pbx: &str, _caller: Option<&Known>) -> Option<Arc<Ready>> {
        Some(self.ready.clone())
    }

    fn ended(&self, ended: Ended) {
        self.ended.lock().push(ended);
    }
}

/// What was sent over AMI: done at once, or refused by who is not there.
#[derive(Clone, Default)]
struct Ami(Arc<Mutex<Vec<String>>>);

impl Actor for Ami {
    type Context = Context<Self>;
}

impl Handler<SendAction> for Ami {
    type Result = Result<Answer, ActionFailure>;

    fn handle(&mut self, sent: SendAction, _: &mut Context<Self>) -> Self::Result {
        let of = |header: &str| sent.action.get(header).unwrap_or_default().to_owned();
        self.0.lock().push(format!("{} {}={}", of("Channel"), of("Variable"), of("Value")));
        Err(ActionFailure::LinkDown)
    }
}

/// A port that is served until this is dropped.
pub struct Served {
    pub port: u16,
    pub counters: Arc<Counters>,
    pub root: Arc<Node>,
    pub sightings: Sightings,
    answering: Arc<Answering>,
    sent: Ami,
    stop: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Understands whatever is said in the same way, and keeps it.
#[derive(Clone, Default)]
pub struct Parrot(pub Arc<Mutex<Vec<Pcm>>>);

impl Ears for Parrot {
    fn understand(&self, utterance: Pcm, _language: &str) -> Pending<Understood> {
        self.0.lock().push(utterance);
        Box::pin(async { Ok(Understood { text: "my line is dead".into(), confidence: Some(90) }) })
    }
}

/// Has one long answer, and keeps what it was asked.
#[derive(Clone, Default)]
pub struct Bore(pub Arc<Mutex<Vec<Conversation>>>);

impl Mind for Bore {
    fn answer(&self, conversation: Conversation) -> tokio::sync::mpsc::Receiver<Result<Piece, VoiceError>> {
        self.0.lock().push(conversation);
        let (pieces, told) = tokio::sync::mpsc::channel(4);
        let over = Piece::Over { tokens_in: 1, tokens_out: 1 };
        for piece in [Piece::Sentence(LONG_ANSWER.into()), over] {
            pieces.try_send(Ok(piece)).expect("there is room");
        }
        told
    }
}

/// Serves an assistant to loopback that understands keys only.
pub fn serve(assistant: Assistant) -> Served {
    serve_with(assistant, None, None)
}

/// Serves one that has these.
pub fn serve_with(assistant: Assistant, ears: Option<Arc<dyn Ears>>, mind: Option<Arc<dyn Mind>>) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (stop, stopped) = std::sync::mpsc::channel();
    let (tell, told) = std::sync::mpsc::channel();
    let (sightings, sent) = (Sightings::default(), Ami::default());
    let (seen, ami) = (sightings.clone(), sent.clone());
    let thread = std::thread::spawn(move || {
        actix::System::new().block_on(async move {
            let mut ready = Ready::prepare(assistant, "fr", Arc::new(Tones)).await.expect("it speaks");
            ready.fallback = Some("queues,500,1".into());
            (ready.ears, ready.mind) = (ears, mind);
            let answering = Arc::new(Answering { ready: Arc::new(ready), ended: Mutex::default() });
            let root = Node::root("test");
            let line = Line { sightings: seen, actions: Some(ami.start().recipient()) };
            let peers = vec![Peer { pbx: "lab".into(), addresses: vec![[127, 0, 0, 1].into()], line }];
            let served = Port::serve(listener, peers, answering.clone(), &root).expect("it serves");
            tell.send((served.counters(), root.clone(), answering)).expect("somebody waits");
            let _ = actix_web::rt::task::spawn_blocking(move || stopped.recv()).await;
            root.shutdown().await;
            served.stop();
        });
    });
    let (counters, root, answering) = told.recv().expect("it serves");
    let (stop, thread) = (Some(stop), Some(thread));
    Served { port, counters, root, sightings, answering, sent, stop, thread }
}

impl Served {
    /// AMI tells of that call.
    pub fn tells(&self, uuid: Uuid) {
        let sighting = Sighting {
            channel: Some("PJSIP/a-1".into()),
            uniqueid: "1.1".into(),
            number: "0612345678".into(),
            called: "100".into(),
            ..Sighting::default()
        };
        self.sightings.saw(uuid, sighting);
    }

    /// How the n-th ended, once it has.
    pub fn ended(&self, n: usize) -> Ended {
        until("a conversation ends", || self.answering.ended.lock().len() > n);
        self.answering.ended.lock()[n].clone()
    }

    pub fn sent(&self) -> Vec<String> {
        self.sent.0.lock().clone()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + SOON;
    while !so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// One that nobody has.
pub fn uuid() -> Uuid {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let mut bytes = [7; 16];
    bytes[12..].copy_from_slice(&NEXT.fetch_add(1, Relaxed).to_be_bytes());
    Uuid(bytes)
}

/// What a connection was told.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// Kind and samples.
    Audio(u8, Vec<u8>),
    /// 0x00
    Over,
    /// Without a word.
    Closed,
}

/// As Asterisk connects.
pub struct Caller(pub TcpStream);

impl Caller {
    pub fn at(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the port is open");
        stream.set_read_timeout(Some(SOON)).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Self(stream)
    }

    /// With its UUID.
    pub fn named(port: u16, uuid: Uuid) -> Self {
        let mut this = Self::at(port);
        this.sends(0x01, &uuid.0);
        this
    }

    pub fn sends(&mut self, kind: u8, payload: &[u8]) {
        let mut bytes = vec![kind];
        bytes.extend((payload.len() as u16).to_be_bytes());
        bytes.extend(payload);
        // who is closed meanwhile takes nothing
        let _ = self.0.write_all(&bytes);
    }

    pub fn told(&mut self) -> Told {
        let mut head = [0; 3];
        match self.0.read_exact(&mut head) {
            Ok(()) => {}
            Err(problem)
                if [std::io::ErrorKind::UnexpectedEof, std::io::ErrorKind::ConnectionReset]
                    .contains(&problem.kind()) =>
            {
                return Told::Closed;
            }
            Err(problem) => panic!("nothing is told: {problem}"),
        }
        let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
        self.0.read_exact(&mut payload).expect("a frame is whole");
        match head[0] {
            0x00 => Told::Over,
            kind @ 0x10..=0x18 => Told::Audio(kind, payload),
            other => panic!("Asterisk would hang up on kind {other:#x}"),
        }
    }

    /// The samples of so many frames.
    pub fn hears(&mut self, frames: usize) -> Vec<u8> {
        let frame = |_| match self.told() {
            Told::Audio(_, samples) => samples,
            other => panic!("{other:?} in place of audio"),
        };
        (0..frames).flat_map(frame).collect()
    }

    /// What it is told until the end, and how that is: 0x00, or nothing.
    pub fn rest(&mut self) -> (Vec<u8>, bool) {
        let mut samples = Vec::new();
        loop {
            match self.told() {
                Told::Audio(_, more) => samples.extend(more),
                Told::Over => return (samples, true),
                Told::Closed => return (samples, false),
            }
        }
    }
}

/// A program that says a tone for whatever it is told, as espeak-ng would say it.
pub fn tone_program(folder: &std::path::Path, hz: f32, seconds: f32) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let (sound, program) = (folder.join("tone.wav"), folder.join("voice"));
    std::fs::write(&sound, super::sound::tone(hz, 22_050, seconds)).expect("a sound");
    let does = format!("#!/bin/sh\ncat > /dev/null\ncat {}\n", sound.display());
    std::fs::write(&program, does).expect("a program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("ours");
    program
}
