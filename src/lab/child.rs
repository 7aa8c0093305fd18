//! A part of a measurement in a process of its own, driven over its standard input and output.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

/// A running child; ended when dropped.
pub(crate) struct Child {
    process: std::process::Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    /// Where it listens on loopback, if it does.
    pub port: u16,
}

impl Child {
    /// Starts this program again with that subcommand.
    pub(crate) fn start(subcommand: &str, arguments: &[String]) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|e| format!("own path: {e}"))?;
        let mut process = Command::new(program)
            .arg(subcommand)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("start of {subcommand}: {e}"))?;
        let input = process.stdin.take();
        let output = process.stdout.take().ok_or("the child has no standard output")?;
        Ok(Self { process, input, output: BufReader::new(output).lines(), port: 0 })
    }

    /// A peer, once it listens.
    pub(crate) fn peer(arguments: &[String]) -> Result<Self, String> {
        let mut peer = Self::start("peer", arguments)?;
        peer.port = u16::try_from(peer.expect("port")?).map_err(|e| e.to_string())?;
        Ok(peer)
    }

    /// Gives it an order.
    pub(crate) fn tell(&mut self, order: &str) -> Result<(), String> {
        let input = self.input.as_mut().ok_or("the child takes no more orders")?;
        writeln!(input, "{order}").map_err(|e| format!("the child is gone: {e}"))
    }

    /// Makes a peer render that many events and keep them.
    pub(crate) fn render(&mut self, events: u64) -> Result<(), String> {
        self.tell(&format!("render {events}"))?;
        self.expect("rendered").map(|_| ())
    }

    /// Waits for a line `word number` and gives the number.
    pub(crate) fn expect(&mut self, word: &str) -> Result<u64, String> {
        let line = self.line()?;
        let number = line.strip_prefix(word).map(str::trim).and_then(|n| n.parse().ok());
        number.ok_or_else(|| format!("the child said {line:?}, expected {word} and a number"))
    }

    /// Closes its input and gives the line that it says then.
    pub(crate) fn last_words(&mut self) -> Result<String, String> {
        self.input = None;
        self.line()
    }

    fn line(&mut self) -> Result<String, String> {
        self.output.next().ok_or("the child ended")?.map_err(|e| e.to_string())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // it may be gone already
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
