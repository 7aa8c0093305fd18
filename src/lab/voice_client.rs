//! Asterisk's side of `voice`, in a process of its own: so many callers at once, each sending 20 ms every 20 ms.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::rc::Rc;
use std::time::{Duration, Instant};

use asterisk::audiosocket::Uuid;
use hdrhistogram::Histogram;
use tokio::net::TcpStream;

use crate::voice::{Spread, Told, histogram};

/// One frame.
pub(crate) const TICK: Duration = Duration::from_millis(20);
const TICK_US: u64 = 20_000;
const SAMPLES: usize = 160;
/// With its head.
pub(crate) const FRAME_BYTES: usize = 3 + SAMPLES * 2;
/// As AudioSocket has it.
pub(crate) const SILENCE: [u8; FRAME_BYTES] = frame_of_silence();
/// Frames until a stream is measured: its clock is known by then.
const WARM: u64 = 50;
/// A stream that is so late is taken to have begun its clock anew, µs.
const TOO_LATE_US: u64 = 60_000;
/// Frames of silence until a sentence is taken to be over: 300 ms.
const OVER: u32 = 15;
/// Frames of the answer that are heard before who speaks into it does.
const HEARS: u32 = 40;
/// For a caller to be answered or heard; then his turn is over without.
const PATIENCE: Duration = Duration::from_secs(20);

const fn frame_of_silence() -> [u8; FRAME_BYTES] {
    let mut frame = [0; FRAME_BYTES];
    (frame[0], frame[1], frame[2]) = (0x10, 0x01, 0x40);
    frame
}

/// Of the n-th.
pub(crate) fn uuid(n: usize) -> Uuid {
    Uuid((0x5617_0000_u128 << 96 | n as u128).to_be_bytes())
}

/// Hidden arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    port: u16,
    #[arg(long)]
    streams: usize,
    #[arg(long)]
    seconds: u64,
    #[arg(long)]
    turns_per_s: f64,
}

/// What a caller does.
#[derive(Debug, Clone, Copy)]
enum Does {
    /// He is greeted.
    Comes,
    /// He holds the line.
    Holds,
    /// He says the n-th frame of his sentence next; `into`: since when, of an answer that plays.
    Speaks { next: usize, into: Option<Instant> },
    /// He has finished, then; `again`: he spoke into an answer already.
    Waits { since: Instant, again: bool },
    /// He hears the answer.
    Hears { frames: u32, again: bool },
}

struct Stream {
    socket: TcpStream,
    does: Cell<Does>,
    /// When the UUID went out.
    named: Instant,
    /// Frames of silence in a row, and when they began.
    silent: Cell<(u32, Instant)>,
    broke: Cell<bool>,
}

struct All {
    jitter: RefCell<Histogram<u64>>,
    late: Cell<u64>,
    frames: Cell<u64>,
    greeting: RefCell<Histogram<u64>>,
    waited: RefCell<Histogram<u64>>,
    barge_in: RefCell<Histogram<u64>>,
    /// Who has a turn speaks into the answer, each second time.
    turns: Cell<u64>,
    measures: Cell<bool>,
}

/// Connects, says `connected N`, and after its time what came of it.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| format!("runtime: {e}"))?;
    let local = tokio::task::LocalSet::new();
    let told = runtime.block_on(local.run_until(call(args)))?;
    println!("{}", serde_json::to_string(&told).map_err(|e| e.to_string())?);
    Ok(())
}

async fn call(args: &Args) -> Result<Told, String> {
    let all = Rc::new(All {
        jitter: RefCell::new(histogram()?),
        late: Cell::new(0),
        frames: Cell::new(0),
        greeting: RefCell::new(histogram()?),
        waited: RefCell::new(histogram()?),
        barge_in: RefCell::new(histogram()?),
        turns: Cell::new(0),
        measures: Cell::new(false),
    });
    let sound = Rc::new(Sound::new());
    let streams: Rc<RefCell<Vec<Rc<Stream>>>> = Rc::default();
    let sends = tokio::task::spawn_local(send(streams.clone(), sound, args.streams));
    for n in 0..args.streams {
        let stream = connect(args.port, n).await.map_err(|e| format!("caller {n}: {e}"))?;
        streams.borrow_mut().push(stream.clone());
        tokio::task::spawn_local(hear(stream, all.clone()));
        // as calls come: not all in one moment
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    tokio::time::sleep(TICK * (WARM as u32)).await;
    println!("connected {}", args.streams);
    std::io::stdout().flush().map_err(|e| e.to_string())?;
    all.measures.set(true);
    let end = tokio::time::Instant::now() + Duration::from_secs(args.seconds);
    if args.turns_per_s > 0.0 {
        let between = Duration::from_secs_f64(1.0 / args.turns_per_s);
        let mut next = 0;
        while tokio::time::Instant::now() + between < end {
            tokio::time::sleep(between).await;
            turn(&streams.borrow(), &mut next);
        }
    }
    tokio::time::sleep_until(end).await;
    all.measures.set(false);
    sends.abort();
    let lost = streams.borrow().iter().filter(|stream| stream.broke.get()).count();
    let spread = |of: &RefCell<Histogram<u64>>| Spread::of(&of.borrow());
    Ok(Told {
        held: args.streams - lost,
        lost,
        frames: all.frames.get(),
        late: all.late.get(),
        jitter: spread(&all.jitter),
        greeting: spread(&all.greeting),
        waited: spread(&all.waited),
        barge_in: spread(&all.barge_in),
    })
}

async fn connect(port: u16, n: usize) -> std::io::Result<Rc<Stream>> {
    let socket = TcpStream::connect(("127.0.0.1", port)).await?;
    socket.set_nodelay(true)?;
    let mut first = vec![0x01, 0, 16];
    first.extend(uuid(n).0);
    socket.writable().await?;
    let named = Instant::now();
    if socket.try_write(&first)? != first.len() {
        return Err(std::io::ErrorKind::WriteZero.into());
    }
    let silent = Cell::new((0, named));
    Ok(Rc::new(Stream { socket, does: Cell::new(Does::Comes), named, silent, broke: Cell::new(false) }))
}

/// The next who holds the line has something to say.
fn turn(streams: &[Rc<Stream>], next: &mut usize) {
    for _ in 0..streams.len() {
        let stream = &streams[*next % streams.len()];
        *next += 1;
        if let Does::Holds = stream.does.get() {
            return stream.does.set(Does::Speaks { next: 0, into: None });
        }
    }
}

/// 20 ms of each, spread over 20 ms: who comes first goes first.
async fn send(streams: Rc<RefCell<Vec<Rc<Stream>>>>, sound: Rc<Sound>, count: usize) {
    let began = tokio::time::Instant::now();
    for tick in 0_u32.. {
        let mut sent = 0;
        // in so many portions as there are milliseconds
        for portion in 1..=20_usize {
            tokio::time::sleep_until(began + TICK * tick + Duration::from_millis(portion as u64)).await;
            let upto = (count * portion / 20).min(streams.borrow().len());
            for stream in streams.borrow().iter().take(upto).skip(sent) {
                stream.says(&sound, tick);
            }
            sent = sent.max(upto);
        }
    }
}

impl Stream {
    fn says(&self, sound: &Sound, tick: u32) {
        if self.broke.get() {
            return;
        }
        let frame = match self.does.get() {
            Does::Speaks { next, into } => {
                let frame = &sound.speech[next];
                let into = if next == 0 { into.map(|_| Instant::now()) } else { into };
                let again = into.is_some();
                self.does.set(match next + 1 {
                    next if next < sound.speech.len() => Does::Speaks { next, into },
                    _ => Does::Waits { since: Instant::now(), again },
                });
                frame
            }
            _ => &sound.noise[tick as usize % sound.noise.len()],
        };
        match self.socket.try_write(frame) {
            Ok(FRAME_BYTES) => {}
            Err(problem) if problem.kind() == std::io::ErrorKind::WouldBlock => {}
            Ok(_) | Err(_) => self.broke.set(true),
        }
    }

    fn hears(&self, is_silence: bool, now: Instant, all: &All) {
        let (count, since) = self.silent.get();
        let silent = match (is_silence, count) {
            (false, _) => (0, now),
            (true, 0) => (1, now),
            (true, count) => (count.saturating_add(1), since),
        };
        self.silent.set(silent);
        let over = silent.0 == OVER;
        let note = |of: &RefCell<Histogram<u64>>, from: Instant, until: Instant| {
            of.borrow_mut().saturating_record(micros(until.saturating_duration_since(from)).max(1));
        };
        match self.does.get() {
            // the first frame that is none; `named` is set once
            Does::Comes if !is_silence => {
                note(&all.greeting, self.named, now);
                self.does.set(Does::Hears { frames: 0, again: true });
            }
            Does::Waits { since, again } if !is_silence => {
                note(&all.waited, since, now);
                let turns = all.turns.get();
                all.turns.set(turns + 1);
                // who has spoken into one answer hears the next; and each second one hears his whole
                self.does.set(Does::Hears { frames: 0, again: again || turns % 2 == 1 });
            }
            Does::Waits { since, .. } if since.elapsed() > PATIENCE => self.does.set(Does::Holds),
            Does::Hears { .. } if over => self.does.set(Does::Holds),
            Does::Hears { frames, again: false } if frames >= HEARS && !is_silence => {
                self.does.set(Does::Speaks { next: 0, into: Some(now) });
            }
            Does::Hears { frames, again } => self.does.set(Does::Hears { frames: frames + 1, again }),
            Does::Speaks { next, into: Some(began) } if over => {
                note(&all.barge_in, began, silent.1);
                // he goes on to the end of his sentence, and has a turn; that he has interrupted is noted once
                self.does.set(Does::Speaks { next, into: Some(began) });
            }
            Does::Comes | Does::Holds | Does::Speaks { .. } | Does::Waits { .. } => {}
        }
    }
}

async fn hear(stream: Rc<Stream>, all: Rc<All>) {
    if listen(&stream, &all).await.is_err() {
        stream.broke.set(true);
    }
}

async fn listen(stream: &Stream, all: &All) -> std::io::Result<()> {
    let mut heard: Vec<u8> = Vec::with_capacity(8_192);
    let mut clock = Clock::default();
    loop {
        stream.socket.readable().await?;
        match stream.socket.try_read_buf(&mut heard) {
            Ok(0) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(problem) if problem.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(problem) => return Err(problem),
        }
        let now = Instant::now();
        let mut at = 0;
        while let Some(frame) = heard.get(at..at + FRAME_BYTES) {
            if frame[..3] != SILENCE[..3] {
                // the end, or no AudioSocket
                return Err(std::io::ErrorKind::InvalidData.into());
            }
            at += FRAME_BYTES;
            clock.frame(micros(now.duration_since(stream.named)), all);
            stream.hears(frame[3..].iter().all(|byte| *byte == 0), now, all);
        }
        if heard.get(at).is_some_and(|kind| *kind != SILENCE[0]) {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        heard.drain(..at);
    }
}

/// Of one stream, whose frames are due 20 ms after each other.
#[derive(Default)]
struct Clock {
    frames: u64,
    /// When the first one was due, by the earliest of all; shifted by `FAR`, since an early one may come before it.
    base: Option<u64>,
}

/// µs, more than any stream lasts ahead of its clock.
const FAR: u64 = 1 << 40;

impl Clock {
    fn frame(&mut self, at_us: u64, all: &All) {
        let offset = at_us + FAR - self.frames * TICK_US;
        self.frames += 1;
        let base = self.base.map_or(offset, |base| base.min(offset));
        self.base = Some(base);
        let late = offset - base;
        if late > TOO_LATE_US {
            self.base = Some(offset);
        }
        if self.frames > WARM && all.measures.get() {
            all.frames.set(all.frames.get() + 1);
            all.jitter.borrow_mut().saturating_record(late.max(1));
            if late > TICK_US {
                all.late.set(all.late.get() + 1);
            }
        }
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

/// What callers sound like.
struct Sound {
    speech: Vec<[u8; FRAME_BYTES]>,
    noise: Vec<[u8; FRAME_BYTES]>,
}

impl Sound {
    fn new() -> Self {
        // softer than what counts as a voice
        let noise: Vec<i16> =
            (0..16_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 27) as i16 - 16).collect();
        Self { speech: frames(&vowel(1_200)), noise: frames(&noise) }
    }
}

fn frames(samples: &[i16]) -> Vec<[u8; FRAME_BYTES]> {
    let frame = |samples: &[i16]| {
        let mut frame = SILENCE;
        for (bytes, sample) in frame[3..].chunks_exact_mut(2).zip(samples) {
            bytes.copy_from_slice(&sample.to_le_bytes());
        }
        frame
    };
    samples.chunks_exact(SAMPLES).map(frame).collect()
}

/// As a throat makes it: pulses whose distance wanders, through three resonances, swelling and fading.
fn vowel(ms: usize) -> Vec<i16> {
    let mut out = vec![0.0_f64; ms * 8];
    let mut pulses = vec![0.0; out.len()];
    let (mut next, mut count) = (0.0_f64, 0_u32);
    while (next as usize) < out.len() {
        pulses[next as usize] = 1.0;
        count += 1;
        next += 8_000.0 / (125.0 + 15.0 * (f64::from(count) * 0.21).sin());
    }
    for (hz, width, loud) in [(650.0, 80.0, 1.0), (1_100.0, 90.0, 0.6), (2_500.0, 120.0, 0.3)] {
        let r = (-std::f64::consts::PI * width / 8_000.0_f64).exp();
        let a = 2.0 * r * (std::f64::consts::TAU * hz / 8_000.0_f64).cos();
        let (mut one, mut two) = (0.0, 0.0);
        for (n, pulse) in pulses.iter().enumerate() {
            let y = pulse + a * one - r * r * two;
            (two, one) = (one, y);
            out[n] += y * loud;
        }
    }
    let swell = |n: usize| 0.6 + 0.4 * (n as f64 * std::f64::consts::TAU * 4.0 / 8_000.0).sin();
    out.iter().enumerate().map(|(n, y)| (y * swell(n) * 5_000.0).clamp(-32_000.0, 32_000.0) as i16).collect()
}
