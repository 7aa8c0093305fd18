//! A real Asterisk of `tests/lab`, and the phones of `labsip.py`, for one test.
//!
//! Only with `VIGIE_TEST_ASTERISK` (the lab's folder, made by `./test` or `tests/lab/asterisk-lab install`):
//! tests that use this are `#[ignore]`d, so that a run without it counts them as not run.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::Permissions;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(10);

/// Which Asterisk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 16.28 with chan_sip.
    V16,
    /// 22.10 with PJSIP.
    V22,
}

impl Version {
    fn number(self) -> &'static str {
        match self {
            Self::V16 => "16",
            Self::V22 => "22",
        }
    }

    /// `SIP` or `PJSIP`.
    pub fn tech(self) -> &'static str {
        match self {
            Self::V16 => "SIP",
            Self::V22 => "PJSIP",
        }
    }
}

fn lab_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab")
}

/// One running instance with ports of its own; killed when dropped.
pub struct Asterisk {
    /// Which.
    pub version: Version,
    root: OsString,
    name: String,
    ports: HashMap<String, u16>,
    folder: PathBuf,
    tls: Option<PathBuf>,
    etc: Option<PathBuf>,
}

impl Asterisk {
    /// Starts one, AMI in clear on loopback.
    pub fn start(version: Version) -> Self {
        Self::start_with(version, None)
    }

    /// Starts one; with a file of certificate and key, AMI answers over TLS as well.
    pub fn start_with(version: Version, tls: Option<PathBuf>) -> Self {
        Self::start_so(version, tls, None)
    }

    /// Starts one whose configuration has the files of that folder in place of ours.
    pub fn start_with_etc(version: Version, etc: PathBuf) -> Self {
        Self::start_so(version, None, Some(etc))
    }

    fn start_so(version: Version, tls: Option<PathBuf>, etc: Option<PathBuf>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let root = std::env::var_os("VIGIE_TEST_ASTERISK");
        let root = root.expect("VIGIE_TEST_ASTERISK names the lab's folder: run ./test");
        let mut this = Self { version, root, name, ports: HashMap::new(), folder: PathBuf::new(), tls, etc };
        this.start_again();
        this
    }

    fn lab(&self, command: &str, more: &[&str]) -> Command {
        let mut lab = Command::new(lab_folder().join("asterisk-lab"));
        lab.args([command, self.version.number(), &self.name]).args(more);
        lab.env("VIGIE_LAB_ROOT", &self.root)
            .env("OWNER", std::process::id().to_string())
            .stdin(Stdio::null());
        if let Some(pem) = &self.tls {
            lab.env("AMI_TLS_PEM", pem);
        }
        if let Some(etc) = &self.etc {
            lab.env("ETC_EXTRA", etc);
        }
        lab
    }

    fn output(&self, command: &str, more: &[&str]) -> String {
        let output = self.lab(command, more).output().expect("tests/lab/asterisk-lab runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "asterisk-lab {command}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }

    /// After `kill`: a new boot on the same ports.
    pub fn start_again(&mut self) {
        for pair in self.output("start", &[]).split_whitespace() {
            match pair.split_once('=') {
                Some(("dir", folder)) => self.folder = folder.into(),
                Some((key, value)) => drop(value.parse().map(|port| self.ports.insert(key.into(), port))),
                None => {}
            }
        }
    }

    /// Where its configuration, logs and spool are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A folder as that Asterisk sees it: it lives in a root of its own.
    pub fn inside(&self, path: &str) -> PathBuf {
        PathBuf::from(&self.root).join(self.version.number()).join(path)
    }

    /// Gives the account one right more to send actions.
    pub fn grant(&self, right: &str) {
        let file = self.folder.join("etc/manager.conf");
        let text = std::fs::read_to_string(&file).expect("its manager.conf");
        std::fs::write(&file, text.replace("\nwrite = ", &format!("\nwrite = {right},")))
            .expect("it is written");
        self.cli("manager reload");
    }

    /// Gives the account the lines that the sample has for AsyncAGI.
    pub fn grant_async_agi(&self) {
        let file = self.folder.join("etc/manager.conf");
        let text = std::fs::read_to_string(&file).expect("its manager.conf");
        let offered = |line: &&str| line.starts_with("; ") && line.ends_with(",agi");
        let lines = text.lines().filter(offered).map(|line| line.trim_start_matches("; ").to_owned());
        let lines: Vec<_> = lines.collect();
        assert_eq!(lines.len(), 2, "read and write: {lines:?}");
        let without = |line: &&str| !line.starts_with("read = ") && !line.starts_with("write = ");
        let kept = text.lines().filter(without).map(str::to_owned).chain(lines).collect::<Vec<_>>();
        std::fs::write(&file, kept.join("\n") + "\n").expect("it is written");
        self.cli("manager reload");
    }

    /// Takes from the account a right to send actions.
    pub fn revoke(&self, right: &str) {
        let file = self.folder.join("etc/manager.conf");
        let text = std::fs::read_to_string(&file).expect("its manager.conf");
        let without = |line: &str| match line.strip_prefix("write = ") {
            Some(rights) => {
                let kept: Vec<_> = rights.split(',').filter(|held| held.trim() != right).collect();
                assert!(kept.len() < rights.split(',').count(), "the account has no right {right}");
                format!("write = {}", kept.join(","))
            }
            None => line.to_owned(),
        };
        let text: Vec<_> = text.lines().map(without).collect();
        std::fs::write(&file, text.join("\n") + "\n").expect("it is written");
        self.cli("manager reload");
    }

    /// SIGKILL: nobody is told anything.
    pub fn kill(&self) {
        self.output("kill", &[]);
    }

    /// What a CLI command prints.
    pub fn cli(&self, command: &str) -> String {
        self.output("cli", &[command])
    }

    /// Until `trunk`, whose provider listens by now, can be dialled, and stays so.
    ///
    /// Asterisk dials no trunk that it holds for unreachable, which it does until its first OPTIONS is answered.
    /// An OPTIONS that was sent before the provider listened times out after a second (`qualify_timeout`) and
    /// makes PJSIP take back what a later one has found; chan_sip dials none that was late, and asks again only
    /// after ten seconds, unless told to.
    pub fn until_reachable(&self, trunk: &str) {
        let (ask, look, word) = match self.version {
            Version::V22 => (format!("pjsip qualify {trunk}"), "pjsip show contacts", "Avail"),
            Version::V16 => (format!("sip qualify peer {trunk}"), "sip show peers", "OK ("),
        };
        let (start, timeout) = (Instant::now(), Duration::from_millis(1_500));
        let answers = |line: &str| line.contains(trunk) && line.contains(word);
        while !(self.cli(look).lines().any(answers) && start.elapsed() > timeout) {
            assert!(start.elapsed() < SOON, "{trunk} never answered: {}", self.cli(look));
            self.cli(&ask);
        }
    }

    /// `ami`, `tls`, `sip`, `trunk_a`, `trunk_b`, `phones`; `agi` and `voice`, where its dialplan looks for who answers
    /// callers.
    pub fn port(&self, which: &str) -> u16 {
        self.ports[which]
    }

    /// So many callers dial that extension at once, as far as a Local channel can; each stays for ten minutes at most.
    pub fn callers(&self, many: usize, extension: &str) {
        let spool = self.folder.join("spool");
        for n in 0..many {
            let call = format!("Channel: Local/{extension}/n\nApplication: Wait\nData: 600\nMaxRetries: 0\n");
            let (written, moved) = (spool.join(format!("tmp/{extension}-{n}.call")), spool.join("outgoing"));
            std::fs::write(&written, call).expect("a call file");
            std::fs::set_permissions(&written, Permissions::from_mode(0o666)).expect("ours");
            std::fs::rename(&written, moved.join(format!("{extension}-{n}.call"))).expect("it is taken");
        }
    }

    /// Every channel that Asterisk says it has, with its Uniqueid: `core show channels concise`, but the
    /// announcer of a conference, which is Asterisk's own and on no AMI listing.
    pub fn channels(&self) -> Vec<(String, String)> {
        let listing = self.cli("core show channels concise");
        let rows =
            listing.lines().filter(|line| line.matches('!').count() >= 12 && !line.starts_with("CBAnn/"));
        let mut channels: Vec<_> = rows
            .map(|row| {
                (
                    row.split('!').next().unwrap_or("").to_owned(),
                    row.rsplit('!').next().unwrap_or("").trim().to_owned(),
                )
            })
            .collect();
        channels.sort();
        channels
    }

    /// Until Asterisk has none but `wanted`: it tells the end of a channel a moment before it lists it no more.
    pub fn until_channels(&self, wanted: &[(String, String)]) {
        let end = Instant::now() + SOON;
        loop {
            let channels = self.channels();
            if channels == wanted {
                return;
            }
            assert!(Instant::now() < end, "Asterisk has {channels:?}, and not {wanted:?}");
        }
    }
}

impl Drop for Asterisk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "the Asterisk of this test left its log in {}",
                self.folder.join("log/messages").display()
            );
        }
        let _ = self.lab("kill", &[]).output();
    }
}

/// The phones and the providers of one test: one `labsip.py`. Every method panics with the phone's own words.
pub struct Phones {
    process: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    asked: u64,
    base: u16,
    server: u16,
}

impl Phones {
    /// Nobody yet.
    pub fn at(asterisk: &Asterisk) -> Self {
        let mut process = Command::new("python3")
            .arg(lab_folder().join("labsip.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 runs");
        let to = process.stdin.take();
        let from = BufReader::new(process.stdout.take().expect("its stdout is ours"));
        Self { process, to, from, asked: 0, base: asterisk.port("phones"), server: asterisk.port("sip") }
    }

    /// A command of `labsip.py`: the answer, or the error in words.
    pub fn try_ask(&mut self, mut command: Value) -> Result<Value, String> {
        self.asked += 1;
        command["id"] = json!(self.asked);
        let to = self.to.as_mut().ok_or("closed")?;
        writeln!(to, "{command}").map_err(|e| e.to_string())?;
        let mut line = String::new();
        loop {
            line.clear();
            if self.from.read_line(&mut line).map_err(|e| e.to_string())? == 0 {
                return Err("labsip.py ended".into());
            }
            let answer: Value = serde_json::from_str(&line).map_err(|e| format!("{e}: {line}"))?;
            if answer["id"] == command["id"] {
                let said = answer["error"].as_str().map(str::to_owned);
                return said.map_or(Ok(answer), Err);
            }
        }
    }

    fn ask(&mut self, command: Value) -> Value {
        let words = command.to_string();
        self.try_ask(command).unwrap_or_else(|problem| panic!("{words}: {problem}"))
    }

    /// A registered phone `1001` to `1006`. `auto`: `"ring"`, `["answer", seconds]`, `["reject", code]`, `"silent"`.
    pub fn phone(&mut self, number: &str, auto: Value) {
        let port = self.base + number.parse::<u16>().expect("a phone's name is its number") % 10;
        let answer = self
            .ask(json!({"do": "phone", "name": number, "port": port, "server": self.server, "auto": auto}));
        assert_eq!(answer["code"], 200, "phone {number} could not register");
    }

    /// The other end of `trunk-a` or `trunk-b`.
    pub fn provider(&mut self, asterisk: &Asterisk, trunk: &str, auto: Value) {
        let port = asterisk.port(&trunk.replace('-', "_"));
        self.ask(json!({"do": "provider", "name": trunk, "port": port, "server": self.server, "auto": auto}));
    }

    /// Changes a setting of a phone: `auto`, `answer_options`, `refuse_register`.
    pub fn set(&mut self, name: &str, field: &str, value: Value) {
        self.ask(json!({"do": "set", "name": name, field: value}));
    }

    /// `name` dials; the dialog is `call` from then on.
    pub fn dial(&mut self, name: &str, number: &str, call: &str) {
        self.ask(json!({"do": "call", "name": name, "number": number, "call": call}));
    }

    /// A caller from outside, with a number of his own.
    pub fn dial_in(&mut self, trunk: &str, caller: &str, number: &str, call: &str) {
        self.ask(json!({"do": "call", "name": trunk, "number": number, "call": call, "caller": caller, "display": "Jean Dupont"}));
    }

    /// The next call that `name` receives is `call`.
    pub fn take(&mut self, name: &str, call: &str) {
        self.ask(json!({"do": "take", "name": name, "call": call}));
    }

    /// Until `call` is `ringing`, `up` or `ended`.
    pub fn wait(&mut self, call: &str, mark: &str) {
        self.ask(json!({"do": "wait", "call": call, "mark": mark, "within": 15}));
    }

    /// Answers it.
    pub fn answer(&mut self, call: &str) {
        self.ask(json!({"do": "answer", "call": call}));
    }

    /// Ends it.
    pub fn hang_up(&mut self, call: &str) {
        self.ask(json!({"do": "hangup", "call": call}));
    }

    /// Any other command on a call: `hold`, `unhold`, `refer` ...
    pub fn command(&mut self, command: Value) -> Value {
        self.ask(command)
    }
}

impl Drop for Phones {
    fn drop(&mut self) {
        self.to = None; // it ends with its stdin
        let _ = self.process.wait();
    }
}
