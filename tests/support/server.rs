//! The server as its operator starts it: the binary, its settings in the environment, and HTTP.

use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The program: the one that cargo built beside this, or a copy of it that `VIGIE_TEST_BINARY` names.
pub fn vigie() -> Command {
    let built = || env!("CARGO_BIN_EXE_vigie").into();
    Command::new(std::env::var_os("VIGIE_TEST_BINARY").unwrap_or_else(built))
}

/// A running `vigie serve`; killed when dropped, its log shown when the test failed.
pub struct Server {
    process: Child,
    /// `127.0.0.1:port`.
    pub address: String,
    folder: tempfile::TempDir,
}

impl Server {
    /// Starts it in an empty folder, so that no `.env` or `vigie.toml` of the developer is read; `files` are
    /// put there first.
    pub fn start(settings: &[(&str, &str)], files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file of settings");
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let address = format!("127.0.0.1:{port}");
        let log = File::create(folder.path().join("log")).expect("a log file");
        let mut command = vigie();
        command
            .arg("serve")
            .current_dir(folder.path())
            .env_clear()
            .env("HTTP_ADDR", &address)
            .env("DATABASE_URL", "none")
            .env("VIGIE_AUTH", "off")
            .env("AGI_PORT", "off") // the usual port is one for the whole machine
            .env("RUST_LOG", "info");
        // within a folder that goes with the test, where the usual one is beside it
        let data = settings.iter().find(|(name, _)| *name == "VIGIE_DATA");
        let data = data.map_or_else(|| folder.path().to_owned(), |(_, data)| data.into());
        command.env("VIGIE_SOUNDS", data.join("sounds"));
        command.envs(settings.iter().copied()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut this = Self { process: command.spawn().expect("the vigie binary starts"), address, folder };
        this.wait_for_http();
        this
    }

    /// Ends it at once, as a crash would.
    pub fn crash(&mut self) {
        let _ = self.process.kill(); // it may have ended
        let _ = self.process.wait();
    }

    /// Asks it to end, as a service manager does, and waits until it has.
    pub fn stop(&mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(asked.expect("kill runs").success());
        self.process.wait().expect("its end");
    }

    fn wait_for_http(&mut self) {
        let end = Instant::now() + Duration::from_secs(60);
        while std::net::TcpStream::connect(&self.address).is_err() {
            let over = self.process.try_wait().expect("its state can be read");
            assert!(over.is_none(), "vigie serve ended with {over:?}:\n{}", self.log());
            assert!(Instant::now() < end, "vigie serve does not listen after 60 s:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its resident memory, from `/proc`.
    pub fn memory_kb(&self) -> u64 {
        self.kb("VmRSS:")
    }

    /// The most of it that there ever was.
    pub fn peak_kb(&self) -> u64 {
        self.kb("VmHWM:")
    }

    fn kb(&self, of: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("/proc");
        let line = status.lines().find(|l| l.starts_with(of)).expect("its line");
        line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
    }

    /// Every line of `/metrics` that begins so, as a sum of their values.
    pub fn metric(&self, begins: &str) -> f64 {
        let url = format!("http://{}/metrics", self.address);
        let text = actix_web::rt::System::new().block_on(async {
            let mut reply = awc::Client::default().get(&url).send().await.expect("/metrics answers");
            reply.body().await.expect("/metrics has a body")
        });
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines = text.lines().filter(|line| line.starts_with(begins));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Status and JSON body.
    pub fn get(&self, path: &str) -> (u16, Value) {
        self.get_within(path, Duration::from_secs(20))
    }

    /// The same of one that may take that long.
    pub fn get_within(&self, path: &str, within: Duration) -> (u16, Value) {
        let url = format!("http://{}{path}", self.address);
        actix_web::rt::System::new().block_on(async {
            let client = awc::Client::builder().timeout(within).finish();
            let mut reply = client.get(&url).send().await.unwrap_or_else(|e| panic!("GET {url}: {e}"));
            let body = reply.body().limit(64 << 20).await.unwrap_or_else(|e| panic!("GET {url}: {e}"));
            (reply.status().as_u16(), serde_json::from_slice(&body).unwrap_or(Value::Null))
        })
    }

    /// Status and JSON body of a command.
    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(awc::http::Method::POST, path, body)
    }

    /// The same with `PUT`.
    pub fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(awc::http::Method::PUT, path, body)
    }

    fn send(&self, method: awc::http::Method, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("http://{}{path}", self.address);
        actix_web::rt::System::new().block_on(async {
            let client = awc::Client::builder().timeout(Duration::from_secs(30)).finish();
            let mut reply =
                client.request(method, &url).send_json(body).await.unwrap_or_else(|e| panic!("{url}: {e}"));
            let body = reply.body().await.unwrap_or_else(|e| panic!("{url}: {e}"));
            (reply.status().as_u16(), serde_json::from_slice(&body).unwrap_or(Value::Null))
        })
    }
}

/// Status and body of a file, or of that `Range` of it.
pub fn bytes(address: &str, path: &str, range: Option<&str>) -> (u16, Vec<u8>) {
    let url = format!("http://{address}{path}");
    actix_web::rt::System::new().block_on(async {
        let mut asked = awc::Client::default().get(&url);
        if let Some(range) = range {
            asked = asked.insert_header(("Range", range));
        }
        let mut reply = asked.send().await.unwrap_or_else(|e| panic!("GET {url}: {e}"));
        let body = reply.body().limit(64 << 20).await.unwrap_or_else(|e| panic!("GET {url}: {e}"));
        (reply.status().as_u16(), body.to_vec())
    })
}

/// A request with that body, as it is: status and JSON body.
pub fn asked(address: &str, method: &str, path: &str, body: Vec<u8>) -> (u16, Value) {
    let url = format!("http://{address}{path}");
    actix_web::rt::System::new().block_on(async {
        let client = awc::Client::builder().timeout(Duration::from_secs(60)).finish();
        let method = method.parse().expect("a method");
        let mut reply =
            client.request(method, &url).send_body(body).await.unwrap_or_else(|e| panic!("{url}: {e}"));
        let told = reply.body().await.unwrap_or_else(|e| panic!("{url}: {e}"));
        (reply.status().as_u16(), serde_json::from_slice(&told).unwrap_or(Value::Null))
    })
}

/// A command under an `Idempotency-Key`: status and JSON body, `None` when the connection broke.
pub fn keyed(address: &str, path: &str, body: &Value, key: &str) -> Option<(u16, Value)> {
    let url = format!("http://{address}{path}");
    actix_web::rt::System::new().block_on(async {
        let client = awc::Client::builder().timeout(Duration::from_secs(60)).finish();
        let asked = client.post(&url).insert_header(("Idempotency-Key", key));
        let mut reply = asked.send_json(body).await.ok()?;
        let told = reply.body().await.ok()?;
        Some((reply.status().as_u16(), serde_json::from_slice(&told).unwrap_or(Value::Null)))
    })
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            let log = self.log();
            let from = log.char_indices().rev().nth(6_000).map_or(0, |(at, _)| at);
            eprintln!("---- the end of vigie's log ----\n{}", log.get(from..).unwrap_or(""));
        }
    }
}
