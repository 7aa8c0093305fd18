//! The peer in a process of its own, driven over its standard input and output.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running peer; ended when dropped.
pub(crate) struct Peer {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// Where it listens on loopback.
    pub port: u16,
}

impl Peer {
    /// Starts one with these arguments and waits until its stream is rendered and it listens.
    pub(crate) fn start(arguments: &[String]) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|e| format!("own path: {e}"))?;
        let mut child = Command::new(program)
            .arg("peer")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("start of the peer: {e}"))?;
        let input = child.stdin.take().ok_or("the peer has no standard input")?;
        let output = child.stdout.take().ok_or("the peer has no standard output")?;
        let mut peer = Self { child, input, output: BufReader::new(output).lines(), port: 0 };
        peer.port = u16::try_from(peer.expect("port")?).map_err(|e| e.to_string())?;
        Ok(peer)
    }

    /// Tells it to go on.
    pub(crate) fn tell(&mut self, word: &str) -> Result<(), String> {
        writeln!(self.input, "{word}").map_err(|e| format!("the peer is gone: {e}"))
    }

    /// Makes it render that many events and keep them.
    pub(crate) fn render(&mut self, events: u64) -> Result<(), String> {
        self.tell(&format!("render {events}"))?;
        self.expect("rendered").map(|_| ())
    }

    /// Waits for a line `word number` and gives the number.
    pub(crate) fn expect(&mut self, word: &str) -> Result<u64, String> {
        let line = self.output.next().ok_or("the peer ended")?.map_err(|e| e.to_string())?;
        let number = line.strip_prefix(word).map(str::trim).and_then(|n| n.parse().ok());
        number.ok_or_else(|| format!("the peer said {line:?}, expected {word} and a number"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // it may be gone already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
