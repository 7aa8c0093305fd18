//! Recorded AMI streams of two real Asterisk (16.28 with chan_sip, 22.10 with PJSIP), for tests,
//! benches and examples. Feature `fixtures`; no part of a release binary.
//!
//! A capture is what one observer read while one scenario ran: from the banner on, every event
//! class, the answers to its own login included. Its JSON tells what was done, what is known to be
//! true from the phones, a count made on the stream, and when each read returned with how many bytes.

use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use flate2::read::GzDecoder;

use crate::ami::{DecodeError, Decoder, Frame, Limits, Message};

/// The versions that were recorded.
pub const VERSIONS: [u8; 2] = [16, 22];

/// One scenario on one version.
#[derive(Debug, Clone)]
pub struct Capture {
    /// Asterisk's major version.
    pub version: u8,
    /// Name of the scenario, `queue_answered`.
    pub name: String,
    /// Its connections in order; the second is after a restart or of another account.
    pub connections: Vec<Connection>,
    /// What was done and what is true; see the module's doc.
    pub json: String,
}

/// All that one connection brought.
#[derive(Debug, Clone)]
pub struct Connection {
    /// `restart_clean_mid_call.part2.ami`
    pub file: String,
    /// Every byte, from the banner on.
    pub bytes: Bytes,
}

impl Connection {
    /// Its messages, in order, without the banner.
    pub fn messages(&self) -> Result<Vec<Message>, DecodeError> {
        let mut decoder = Decoder::new(Limits::default());
        let mut buffer = BytesMut::from(&self.bytes[..]);
        let mut messages = Vec::new();
        while let Some(frame) = decoder.next(&mut buffer)? {
            if let Frame::Message(message) = frame {
                messages.push(message);
            }
        }
        Ok(messages)
    }
}

/// Names of the scenarios of a version, sorted.
pub fn names(version: u8) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder(version))? {
        let file = entry?.file_name();
        if let Some(name) = file.to_string_lossy().strip_suffix(".json.gz") {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// One capture.
pub fn load(version: u8, name: &str) -> std::io::Result<Capture> {
    let folder = folder(version);
    let json = String::from_utf8(unzip(&folder.join(format!("{name}.json.gz")))?)
        .map_err(|e| std::io::Error::new(std::io::ErrorKind::InvalidData, e))?;
    let connections = connections(&folder, name)?;
    Ok(Capture { version, name: name.to_owned(), connections, json })
}

/// A long connection to a healthy Asterisk of that version, on which a script used every verb it knows:
/// events and lists that no scenario of [`all`] has. Nothing is told about what it shows.
pub fn shapes(version: u8) -> std::io::Result<Connection> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/shapes/{version}.ami.gz"));
    Ok(Connection { file: format!("shapes/{version}.ami"), bytes: unzip(&path)?.into() })
}

/// The connections of a scenario that was recorded on both versions to hold what the captures do not
/// show: Local queue members, transfers by feature code, redirects, a crash. It has no JSON.
pub fn story(version: u8, name: &str) -> std::io::Result<Vec<Connection>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stories").join(version.to_string());
    connections(&folder, name)
}

/// Every capture of every version.
pub fn all() -> std::io::Result<Vec<Capture>> {
    let mut captures = Vec::new();
    for version in VERSIONS {
        for name in names(version)? {
            captures.push(load(version, &name)?);
        }
    }
    Ok(captures)
}

fn connections(folder: &Path, name: &str) -> std::io::Result<Vec<Connection>> {
    let mut connections = Vec::new();
    for part in 1.. {
        let file = if part == 1 { format!("{name}.ami") } else { format!("{name}.part{part}.ami") };
        let path = folder.join(format!("{file}.gz"));
        if part > 1 && !path.exists() {
            break;
        }
        connections.push(Connection { file, bytes: unzip(&path)?.into() });
    }
    Ok(connections)
}

fn folder(version: u8) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(version.to_string())
}

fn unzip(path: &Path) -> std::io::Result<Vec<u8>> {
    let named = |e: std::io::Error| std::io::Error::new(e.kind(), format!("{}: {e}", path.display()));
    let mut bytes = Vec::new();
    GzDecoder::new(std::fs::File::open(path).map_err(named)?).read_to_end(&mut bytes).map_err(named)?;
    Ok(bytes)
}
