//! A server that speaks Deepgram's streaming protocol as far as it is told to, and keeps what it was sent.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;

use parking_lot::Mutex;

/// On loopback, as long as the process lives.
#[derive(Clone)]
pub struct Deepgram {
    pub port: u16,
    /// The requests, one for each connection.
    pub heads: Arc<Mutex<Vec<String>>>,
    /// Texts that it was sent.
    pub texts: Arc<Mutex<Vec<String>>>,
    /// Bytes of sound, for each connection.
    pub sound: Arc<Mutex<Vec<usize>>>,
    now: Arc<Mutex<Option<TcpStream>>>,
}

impl Deepgram {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let this = Self {
            port,
            heads: Arc::default(),
            texts: Arc::default(),
            sound: Arc::default(),
            now: Arc::default(),
        };
        let served = this.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let this = served.clone();
                std::thread::spawn(move || this.serve(stream));
            }
        });
        this
    }

    /// A result of what the caller said.
    pub fn says(&self, text: &str, is_final: bool, speech_final: bool) {
        self.sends(&format!(
            r#"{{"type":"Results","channel_index":[0,1],"duration":0.5,"start":0.0,"is_final":{is_final},"speech_final":{speech_final},"from_finalize":false,"channel":{{"alternatives":[{{"transcript":"{text}","confidence":0.97,"words":[]}}]}}}}"#
        ));
    }

    /// Any text, as a message of its own.
    pub fn sends(&self, text: &str) {
        let mut frame = vec![0x81];
        match u16::try_from(text.len()) {
            Ok(short) if short < 126 => frame.push(short as u8),
            Ok(long) => {
                frame.push(126);
                frame.extend(long.to_be_bytes());
            }
            Err(_) => {
                frame.push(127);
                frame.extend((text.len() as u64).to_be_bytes());
            }
        }
        frame.extend(text.as_bytes());
        // who hung up meanwhile hears nothing
        let _ = self.now.lock().as_mut().expect("somebody listens").write_all(&frame);
    }

    /// Without a word.
    pub fn hangs_up(&self) {
        let now = self.now.lock().take().expect("somebody listens");
        let _ = now.shutdown(Shutdown::Both);
    }

    fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let key = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim().to_owned())
        })?;
        let accepted = actix_http::ws::hash_key(key.as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {}\r\n\r\n",
            String::from_utf8_lossy(&accepted)
        );
        stream.write_all(answer.as_bytes()).ok()?;
        *self.now.lock() = stream.try_clone().ok();
        let number = self.sound.lock().len();
        self.sound.lock().push(0);
        self.heads.lock().push(head);
        loop {
            let (kind, payload) = message(&mut stream)?;
            match kind {
                1 => self.texts.lock().push(String::from_utf8_lossy(&payload).into_owned()),
                2 => self.sound.lock()[number] += payload.len(),
                8 => return None,
                _ => {}
            }
        }
    }
}

/// A frame of a client: masked, never in parts.
fn message(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let mut length = u64::from(head[1] & 0x7f);
    if length >= 126 {
        let mut bytes = [0; 8];
        let more = if length == 126 { 2 } else { 8 };
        stream.read_exact(&mut bytes[8 - more..]).ok()?;
        length = u64::from_be_bytes(bytes);
    }
    let mut mask = [0; 4];
    stream.read_exact(&mut mask).ok()?;
    let mut payload = vec![0; usize::try_from(length).ok()?];
    stream.read_exact(&mut payload).ok()?;
    payload.iter_mut().enumerate().for_each(|(n, byte)| *byte ^= mask[n % 4]);
    Some((head[0] & 0x0f, payload))
}
