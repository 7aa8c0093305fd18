//! The product's AudioSocket port, with one assistant for everybody.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use actors::ai::{Assistant, Phrases, Times, Words};
use actors::supervision::Node;
use parking_lot::Mutex;
use serde::Serialize;
use vigie::links::ami::{Sighting, Sightings};
use vigie::links::audiosocket::{Counters, Line, Peer, Port};
use vigie::links::voices::{Caller, Ended, Host, Turn};
use vigie::voice::{
    Conversation, Ears, Espeak, Mind, Mouth, Pcm, Pending, Piece, Ready, Understood, VoiceError,
};

use crate::product::PBX;
use crate::voice::{Spread, histogram};
use crate::voice_client::uuid;

/// In one breath: a pause within it would be taken for the end of it.
const ANSWER: &str = "please unplug the grey box and count slowly to ten before you plug it in again and then tell me \
    which of the lights on the front of it are green and which of them are red for answer";
/// For the last conversation to end, once its caller has gone.
const ENDS_WITHIN: Duration = Duration::from_secs(20);

/// Who worked.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Engines {
    pub(crate) mouth: &'static str,
    pub(crate) ears: &'static str,
    pub(crate) mind: &'static str,
}

/// What the conversations say of their turns.
#[derive(Serialize)]
pub(crate) struct Turns {
    /// From the decision that the caller has finished to the first frame of the answer.
    pub(crate) turn: Spread,
    /// All but the engines.
    pub(crate) own_share: Spread,
    /// From the end of his voice, as it was noticed, to that decision.
    pub(crate) waited: Spread,
    /// The voice, for a whole answer.
    pub(crate) mouth: Spread,
    /// Turns without an answer: their caller had gone.
    unanswered: usize,
    /// Frames that the product itself counted as late.
    late_frames: u64,
}

/// A port that is served.
pub(crate) struct Served {
    everybody: Arc<Everybody>,
    spoken: Spoken,
    engines: Engines,
    counters: Arc<Counters>,
    stop: tokio::sync::oneshot::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

/// How long the voice took for each sentence.
type Spoken = Arc<Mutex<HashMap<String, Duration>>>;

/// Serves so many callers, whose calls are known.
pub(crate) fn serve(listener: TcpListener, streams: usize) -> Result<Served, String> {
    let sightings = Sightings::default();
    for n in 0..streams {
        sightings.saw(uuid(n), sighting(n));
    }
    let spoken = Spoken::default();
    let (mouth, name) = mouth();
    let engines = Engines { mouth: name, ears: "fake, at once", mind: "fake, at once" };
    let mouth = Arc::new(Timed { mouth, spoken: spoken.clone() });
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let (tell, told) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix::System::new().block_on(async {
            let line = Line { sightings, actions: None };
            let addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
            let peers = vec![Peer { pbx: PBX.into(), addresses, line }];
            let root = Node::root("lab");
            let ready = Ready::prepare(assistant(), "en", mouth).await.map_err(|why| why.to_string());
            let served = ready.and_then(|mut ready| {
                ready.ears = Some(Arc::new(AtOnce));
                ready.mind = Some(Arc::new(Numbered::default()));
                let everybody = Arc::new(Everybody { ready: Arc::new(ready), turns: Mutex::default() });
                let port = Port::serve(listener, peers, everybody.clone(), &root);
                Ok((port.map_err(|e| e.to_string())?, everybody))
            });
            match served {
                Ok((port, everybody)) => {
                    if tell.send(Ok((everybody, port.counters()))).is_ok() {
                        // whoever measures is done, or is gone
                        let _ = stopped.await;
                    }
                    root.shutdown().await;
                    port.stop();
                }
                Err(why) => drop(tell.send(Err(why))),
            }
        });
    });
    let (everybody, counters) = told.recv().map_err(|_| "the port ended")??;
    Ok(Served { everybody, spoken, engines, counters, stop, thread })
}

impl Served {
    /// Once all have ended.
    pub(crate) fn stop(self) -> Result<(Turns, Engines), String> {
        let end = Instant::now() + ENDS_WITHIN;
        while self.counters.now.load(Relaxed) > 0 {
            if Instant::now() > end {
                return Err(format!("{} conversations do not end", self.counters.now.load(Relaxed)));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.stop.send(());
        let _ = self.thread.join();
        let spoken = self.spoken.lock();
        let [mut whole, mut own, mut waited, mut mouth] =
            [histogram()?, histogram()?, histogram()?, histogram()?];
        let us = |took: Duration| u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        let mut unanswered = 0;
        for turn in self.everybody.turns.lock().iter() {
            let Some(out) = turn.audio_out else {
                unanswered += 1;
                continue;
            };
            let took = out.saturating_sub(turn.decided);
            let voice = spoken.get(&*turn.said).copied().unwrap_or_default();
            whole.saturating_record(us(took));
            own.saturating_record(us(took.saturating_sub(voice)));
            mouth.saturating_record(us(voice));
            if let Some(end) = turn.speech_end {
                waited.saturating_record(us(turn.decided.saturating_sub(end)));
            }
        }
        let turns = Turns {
            turn: Spread::of(&whole),
            own_share: Spread::of(&own),
            waited: Spread::of(&waited),
            mouth: Spread::of(&mouth),
            unanswered,
            late_frames: self.counters.late_frames.load(Relaxed),
        };
        Ok((turns, self.engines))
    }
}

fn sighting(n: usize) -> Sighting {
    Sighting {
        channel: Some(format!("PJSIP/trunk-{n:08x}")),
        uniqueid: format!("1795224837.{n}"),
        number: "0612345678".into(),
        name: String::new(),
        called: "0170000001".into(),
        assistant: String::new(),
        in_flow: false,
    }
}

fn assistant() -> Assistant {
    let phrases = Phrases {
        greeting: "Hello. What can I do for you?".into(),
        reminder: "Are you still there?".into(),
        fillers: Vec::new(),
        sorry: "I did not understand.".into(),
        handing_over: "I am connecting you to somebody.".into(),
        goodbye: "Goodbye.".into(),
    };
    // who holds the line is not asked whether he is there: all are to last as long as the run
    let long = Duration::from_secs(3_600);
    let times = Times { silence: long, whole: long, ..Times::default() };
    Assistant {
        id: "lab".into(),
        name: "Lab".into(),
        phrases,
        times,
        words: Words::default(),
        takes_unknown: false,
    }
}

/// Of this machine, where it has one.
fn mouth() -> (Arc<dyn Mouth>, &'static str) {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let program =
        std::env::split_paths(&folders).map(|folder| folder.join("espeak-ng")).find(|path| path.is_file());
    match program {
        Some(program) => (Arc::new(Espeak::new(Some(program))), "espeak-ng"),
        None => (Arc::new(Tone), "fake, a tone at once"),
    }
}

struct Tone;

impl Mouth for Tone {
    fn speak(&self, text: &str, _language: &str) -> Pending<Pcm> {
        let samples = text.len() * 480;
        let sound = (0..samples).map(|n| ((n as f32 * 0.4).sin() * 8_000.0) as i16 | 1).collect();
        Box::pin(async move { Ok(sound) })
    }
}

/// Notes how long it took.
struct Timed {
    mouth: Arc<dyn Mouth>,
    spoken: Spoken,
}

impl Mouth for Timed {
    fn speak(&self, text: &str, language: &str) -> Pending<Pcm> {
        let (began, text, spoken) = (Instant::now(), text.to_owned(), self.spoken.clone());
        let sound = self.mouth.speak(&text, language);
        Box::pin(async move {
            let sound = sound.await?;
            spoken.lock().insert(text, began.elapsed());
            Ok(sound)
        })
    }
}

struct AtOnce;

impl Ears for AtOnce {
    fn understand(&self, _utterance: Pcm, _language: &str) -> Pending<Understood> {
        Box::pin(async { Ok(Understood { text: "my line is dead".into(), confidence: Some(90) }) })
    }
}

/// Each answer is told from the others by its number.
#[derive(Default)]
struct Numbered(AtomicU32);

impl Mind for Numbered {
    fn answer(&self, _conversation: Conversation) -> tokio::sync::mpsc::Receiver<Result<Piece, VoiceError>> {
        let (to, pieces) = tokio::sync::mpsc::channel(2);
        let sentence = format!("{ANSWER} {}", self.0.fetch_add(1, Relaxed));
        for piece in [Piece::Sentence(sentence), Piece::Over { tokens_in: 0, tokens_out: 0 }] {
            // there is room for both
            let _ = to.try_send(Ok(piece));
        }
        pieces
    }
}

struct Everybody {
    ready: Arc<Ready>,
    turns: Mutex<Vec<Turn>>,
}

impl Host for Everybody {
    fn assistant(&self, _pbx: &str, _caller: Option<&Caller>) -> Option<Arc<Ready>> {
        Some(self.ready.clone())
    }

    fn ended(&self, ended: Ended) {
        self.turns.lock().extend(ended.turns);
    }
}
