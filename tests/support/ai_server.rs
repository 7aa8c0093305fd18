//! A server that speaks OpenAI's API as it was told to: whole, in pieces, late, badly, or not at all.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use parking_lot::Mutex;

/// What it answers next.
#[derive(Clone)]
pub enum Answers {
    /// That, of that type, in chunks of so many bytes.
    Whole(&'static str, Vec<u8>, usize),
    /// That status and those words.
    Status(&'static str, &'static str),
    /// That much of a longer answer, with a length that was told; then it hangs up.
    Breaks(&'static str, Vec<u8>),
    /// That much, and then nothing until who asked gives up.
    Stalls(&'static str, Vec<u8>),
    /// Nothing at all: it hangs up.
    HangsUp,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The line and the headers.
    pub head: String,
    /// What came behind.
    pub body: Vec<u8>,
}

/// On loopback, as long as the process lives.
pub struct AiServer {
    /// Where.
    pub port: u16,
    answers: Arc<Mutex<VecDeque<Answers>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    given_up: Arc<Mutex<usize>>,
    accepted: Arc<Mutex<usize>>,
}

impl AiServer {
    /// It answers those, in order; and then 500.
    pub fn start(answers: impl IntoIterator<Item = Answers>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let answers: Arc<Mutex<VecDeque<Answers>>> = Arc::new(Mutex::new(answers.into_iter().collect()));
        let this = Self {
            port,
            answers: answers.clone(),
            asked: Arc::default(),
            given_up: Arc::default(),
            accepted: Arc::default(),
        };
        let (asked, given_up, accepted) = (this.asked.clone(), this.given_up.clone(), this.accepted.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                *accepted.lock() += 1;
                let (answers, asked, given_up) = (answers.clone(), asked.clone(), given_up.clone());
                std::thread::spawn(move || serve(stream, &answers, &asked, &given_up));
            }
        });
        this
    }

    /// What it answers after what it was told before.
    pub fn then(&self, answer: Answers) {
        self.answers.lock().push_back(answer);
    }

    /// What it was asked, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().clone()
    }

    /// How many gave up while it stalled.
    pub fn given_up(&self) -> usize {
        *self.given_up.lock()
    }

    /// How many connections there were.
    pub fn accepted(&self) -> usize {
        *self.accepted.lock()
    }
}

fn serve(
    stream: TcpStream,
    answers: &Mutex<VecDeque<Answers>>,
    asked: &Mutex<Vec<Asked>>,
    given_up: &Mutex<usize>,
) -> Option<()> {
    let mut from = BufReader::new(stream.try_clone().ok()?);
    let mut to = stream;
    // a connection stays for the next request, as real ones do
    loop {
        let request = request(&mut from)?;
        let answer = answers.lock().pop_front().unwrap_or(Answers::Status("500 Internal Server Error", "{}"));
        // who sees that it was asked may count on which answer that had
        asked.lock().push(request);
        match answer {
            Answers::Whole(kind, body, size) => {
                head(&mut to, "200 OK", kind, "Transfer-Encoding: chunked")?;
                for part in body.chunks(size.max(1)) {
                    chunk(&mut to, part)?;
                }
                to.write_all(b"0\r\n\r\n").ok()?;
            }
            Answers::Status(status, body) => {
                head(&mut to, status, "application/json", &format!("Content-Length: {}", body.len()))?;
                to.write_all(body.as_bytes()).ok()?;
            }
            Answers::Breaks(kind, body) => {
                head(&mut to, "200 OK", kind, &format!("Content-Length: {}", body.len() + 100))?;
                to.write_all(&body).ok()?;
                return None;
            }
            Answers::Stalls(kind, body) => {
                head(&mut to, "200 OK", kind, "Transfer-Encoding: chunked")?;
                if !body.is_empty() {
                    chunk(&mut to, &body)?;
                }
                let _ = from.read_to_end(&mut Vec::new());
                *given_up.lock() += 1;
                return None;
            }
            Answers::HangsUp => return None,
        }
    }
}

fn request(from: &mut BufReader<TcpStream>) -> Option<Asked> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let before = head.len();
        if from.read_line(&mut head).ok()? == 0 {
            return None;
        }
        let line = head[before..].to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    Some(Asked { head, body })
}

fn head(to: &mut TcpStream, status: &str, kind: &str, length: &str) -> Option<()> {
    write!(to, "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{length}\r\n\r\n").ok()
}

fn chunk(to: &mut TcpStream, part: &[u8]) -> Option<()> {
    write!(to, "{:x}\r\n", part.len()).ok()?;
    to.write_all(part).ok()?;
    to.write_all(b"\r\n").ok()
}
