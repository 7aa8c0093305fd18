//! One PBX of the configuration, checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::toml_file::{File, RawPbx, Section};
use super::{ConfigError, Keys, Secret, resolve};

/// One PBX: how to reach its AMI, and what its endpoints are.
#[derive(Debug, Clone)]
pub struct PbxConfig {
    /// `name`: 1 to 32 of `A-Za-z0-9_-`, unique; default: the host.
    pub name: String,
    /// `host`: name or address.
    pub host: String,
    /// `port`: 5038 by default, 5039 with TLS.
    pub port: u16,
    /// `username`: the account of `manager.conf`.
    pub username: String,
    /// `secret`: its secret; sent only as an MD5 challenge's answer.
    pub secret: Secret,
    /// `tls`: AMI over TLS.
    pub tls: bool,
    /// `tls_ca`: PEM file of the authorities to trust; default: the system's.
    pub tls_ca: Option<PathBuf>,
    /// `tls_name`: the name in the PBX's certificate; default: `host`.
    pub tls_name: String,
    /// The account's secret can be attacked on the way: plain TCP outside loopback, allowed by
    /// `VIGIE_ALLOW_PLAIN_AMI=1` or `allow_plain_ami = true` (S07).
    pub plain_text: bool,
    /// `trunks`: endpoints that are trunks; default `trunk-*`. What registers outbound is one too.
    /// A pattern is the name (`trunk-*`) or technology and name (`SIP/*`) with `*` for any text and
    /// `?` for one character, or the word `digits` for a name of digits only.
    pub trunks: Vec<String>,
    /// `agents`: endpoints that are agents' stations; default `digits`. Queue members are too.
    pub agents: Vec<String>,
    /// `wrap_up_s`: seconds of our own wrap-up after a queue call, unless the queue has its own.
    pub wrap_up_s: u32,
    /// `[pbx.wrap_up_s_by_queue]`: the same for one queue.
    pub wrap_up_s_by_queue: BTreeMap<String, u32>,
    /// `transfer_context`: where a transfer goes when the request names no context.
    pub transfer_context: Option<String>,
    /// `transfer_contexts`: contexts that a request may name; the one above always may be.
    pub transfer_contexts: Vec<String>,
    /// `recordings`: the folder where that PBX writes its recordings (usually `/var/spool/asterisk/monitor`), as
    /// it is reached from here; none of another PBX may be in it. Without it they cannot be heard.
    pub recordings: Option<PathBuf>,
    /// `sounds`: where that PBX sees the folder of `VIGIE_SOUNDS`; default: at the same place.
    pub sounds: Option<PathBuf>,
}

impl PbxConfig {
    /// That PBX over plain TCP, with no account yet and everything else at its default.
    pub fn new(name: &str, host: &str, port: u16) -> Self {
        Self {
            name: name.to_owned(),
            host: host.to_owned(),
            port,
            username: String::new(),
            secret: Secret::new(""),
            tls: false,
            tls_ca: None,
            tls_name: host.to_owned(),
            plain_text: false,
            trunks: vec!["trunk-*".to_owned()],
            agents: vec!["digits".to_owned()],
            wrap_up_s: 0,
            wrap_up_s_by_queue: BTreeMap::new(),
            transfer_context: None,
            transfer_contexts: Vec::new(),
            recordings: None,
            sounds: None,
        }
    }
}

/// All PBXs: those of the file, or the one of the keys, or the file's only one under the keys.
pub(super) fn collect(keys: &Keys, mut file: File, folder: &Path) -> Result<Vec<PbxConfig>, ConfigError> {
    let allow_plain = keys.flag("VIGIE_ALLOW_PLAIN_AMI")?.unwrap_or(file.allow_plain_ami);
    overlay(keys, &mut file.pbxs)?;
    let mut pbxs: Vec<PbxConfig> = Vec::with_capacity(file.pbxs.len());
    for section in file.pbxs {
        let place = section.place.clone();
        let pbx = check(section, allow_plain, folder)?;
        if let Some(shared) =
            pbxs.iter().find(|other| other.recordings.is_some() && other.recordings == pbx.recordings)
        {
            // ids of channels are unique within a PBX only
            let problem = format!("the folder of `{}`, expected one of its own", shared.name);
            return Err(ConfigError { place, key: "recordings".to_owned(), problem });
        }
        if pbxs.iter().any(|other| other.name == pbx.name) {
            let problem = format!("`{}` is used by another [[pbx]], expected a name of its own", pbx.name);
            return Err(ConfigError { place, key: "name".to_owned(), problem });
        }
        pbxs.push(pbx);
    }
    Ok(pbxs)
}

/// Lets the keys of the environment and `.env` win over the file's only section, or make one.
fn overlay(keys: &Keys, sections: &mut Vec<Section>) -> Result<(), ConfigError> {
    let ami = [
        "AMI_HOST",
        "AMI_PORT",
        "AMI_USERNAME",
        "AMI_SECRET",
        "AMI_TLS",
        "AMI_TLS_CA",
        "AMI_RECORDINGS",
        "AMI_SOUNDS",
    ];
    let Some((key, found)) = ami.iter().find_map(|k| Some((*k, keys.get(k)?))) else { return Ok(()) };
    if sections.len() > 1 {
        return Err(found.error(
            key,
            format!(
                "vigie.toml has {} [[pbx]] sections and this key cannot say which one it is for, expected the \
                 setting in its section",
                sections.len()
            ),
        ));
    }
    if sections.is_empty() {
        sections.push(Section { place: found.place.clone(), raw: RawPbx::default() });
    }
    let Some(Section { raw, .. }) = sections.first_mut() else { return Ok(()) };
    let set = |field: &mut Option<String>, key: &str| {
        if let Some(found) = keys.get(key) {
            *field = Some(found.text.clone());
        }
    };
    set(&mut raw.host, "AMI_HOST");
    set(&mut raw.username, "AMI_USERNAME");
    set(&mut raw.secret, "AMI_SECRET");
    set(&mut raw.tls_ca, "AMI_TLS_CA");
    set(&mut raw.recordings, "AMI_RECORDINGS");
    set(&mut raw.sounds, "AMI_SOUNDS");
    if let Some(found) = keys.get("AMI_PORT") {
        let port = found.text.parse::<u16>().ok().filter(|p| *p > 0);
        raw.port = Some(port.ok_or_else(|| {
            found.error("AMI_PORT", format!("`{}`, expected a port from 1 to 65535", found.text))
        })?);
    }
    if let Some(tls) = keys.flag("AMI_TLS")? {
        raw.tls = Some(tls);
    }
    Ok(())
}

fn check(section: Section, allow_plain: bool, folder: &Path) -> Result<PbxConfig, ConfigError> {
    let Section { place, raw } = section;
    let wrong =
        |key: &str, problem: String| ConfigError { place: place.clone(), key: key.to_owned(), problem };
    let needed = |value: Option<String>, key: &str, env: &str| {
        value.filter(|v| !v.is_empty()).ok_or_else(|| {
            wrong(key, format!("missing, expected in [[pbx]] as `{key}` or in the environment as {env}"))
        })
    };
    let host = needed(raw.host, "host", "AMI_HOST")?;
    let username = needed(raw.username, "username", "AMI_USERNAME")?;
    let secret = Secret::new(needed(raw.secret, "secret", "AMI_SECRET")?);
    for (key, value) in [("host", &host), ("username", &username)] {
        if value.bytes().any(|b| b <= 0x20 || b == 0x7f) {
            return Err(wrong(key, "a space or control character in it, expected none".to_owned()));
        }
    }
    if secret.reveal().bytes().any(|b| b < 0x20 || b == 0x7f) {
        return Err(wrong("secret", "a control character in it, expected none".to_owned()));
    }
    let name = raw.name.unwrap_or_else(|| default_name(&host));
    if !(1..=32).contains(&name.len())
        || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    {
        return Err(wrong("name", format!("`{name}`, expected 1 to 32 characters of A-Z a-z 0-9 _ -")));
    }
    let tls = raw.tls.unwrap_or(raw.tls_ca.is_some());
    let plain_text = !tls && !is_loopback(&host);
    if plain_text && !allow_plain {
        return Err(wrong(
            "tls",
            format!(
                "the AMI secret of `{name}` would travel to {host} over plain TCP, where anyone on the way can \
                 take over the session; expected `tls = true` (AMI_TLS=true) and `tlsenable = yes` in that \
                 PBX's manager.conf, or VIGIE_ALLOW_PLAIN_AMI=1 to accept it, shown on every page"
            ),
        ));
    }
    if let Some(0) = raw.port {
        return Err(wrong("port", "0, expected a port from 1 to 65535".to_owned()));
    }
    for context in raw.transfer_context.iter().chain(raw.transfer_contexts.iter().flatten()) {
        if !(1..=79).contains(&context.len())
            || !context.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        {
            return Err(wrong(
                "transfer_context",
                format!("`{context}`, expected 1 to 79 characters of A-Z a-z 0-9 _ -"),
            ));
        }
    }
    if let Some(sounds) = &raw.sounds {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_/.".contains(&b);
        if !sounds.starts_with('/') || sounds.len() > 100 || !sounds.bytes().all(plain) {
            let expected = "expected a path from / on, at most 100 of letters, digits and -_/.";
            return Err(wrong("sounds", format!("`{sounds}`, {expected}")));
        }
    }
    let port = raw.port.unwrap_or(if tls { 5039 } else { 5038 });
    let default = PbxConfig::new(&name, &host, port);
    Ok(PbxConfig {
        tls_ca: raw.tls_ca.map(|p| resolve(folder, &p)),
        tls_name: raw.tls_name.unwrap_or(host),
        trunks: raw.trunks.unwrap_or(default.trunks),
        agents: raw.agents.unwrap_or(default.agents),
        wrap_up_s: raw.wrap_up_s.unwrap_or(0),
        wrap_up_s_by_queue: raw.wrap_up_s_by_queue,
        transfer_context: raw.transfer_context,
        transfer_contexts: raw.transfer_contexts.unwrap_or_default(),
        recordings: raw.recordings.map(|p| resolve(folder, &p)),
        sounds: raw.sounds.map(PathBuf::from),
        username,
        secret,
        tls,
        plain_text,
        ..default
    })
}

/// The host with anything that a name cannot hold made a dash.
fn default_name(host: &str) -> String {
    let name: String =
        host.chars().take(32).map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    name.trim_matches('-').to_owned()
}

/// Whether that host is this machine. A name other than `localhost` is not: it may resolve to
/// anything later.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
