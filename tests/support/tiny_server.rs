//! A web server that answers well, late, badly, too much, or not at all.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use parking_lot::Mutex;

/// Serves as long as the process lives: `/good`, `/slow`, `/broken`, `/huge`, `/moved`, `/text`, `/error`.
pub struct TinyServer {
    /// Where.
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl TinyServer {
    /// On loopback.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let seen = seen.clone();
                std::thread::spawn(move || serve(stream, &seen));
            }
        });
        Self { port, asked }
    }

    /// An address of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What was asked, headers and body with it, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().clone()
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<String>>) -> Option<()> {
    let mut from = BufReader::new(stream.try_clone().ok()?);
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
    head.push_str(&String::from_utf8_lossy(&body));
    let path = head.split_whitespace().nth(1)?.split('?').next()?.to_owned();
    seen.lock().push(head);
    let mut to = stream;
    let json = r#"{"customer": {"name": "Alice", "vip": true}}"#;
    match path.as_str() {
        "/good" => answer(&mut to, "200 OK", json),
        "/text" => answer(&mut to, "200 OK", "<html>no JSON</html>"),
        "/error" => answer(&mut to, "500 Internal Server Error", json),
        "/moved" => {
            let there =
                format!("302 Found\r\nLocation: http://127.0.0.1:{}/good", to.local_addr().ok()?.port());
            answer(&mut to, &there, json)
        }
        "/broken" => to.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"cust").ok(),
        "/huge" => {
            to.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").ok()?;
            let chunk = [&b"2000\r\n"[..], &[b'x'; 8_192], b"\r\n"].concat();
            loop {
                to.write_all(&chunk).ok()?;
            }
        }
        // until who asked gives up
        _ => from.read_to_end(&mut Vec::new()).ok().map(drop),
    }
}

fn answer(to: &mut TcpStream, status: &str, body: &str) -> Option<()> {
    let length = body.len();
    write!(to, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").ok()
}
