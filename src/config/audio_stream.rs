//! `[[freeswitch]]`: FreeSWITCHes that bring the voices of callers by mod_audio_stream, and the port to which they do.

use std::net::{IpAddr, SocketAddr};

use super::toml_file::RawFreeSwitch;
use super::{ConfigError, Found, Keys, Secret};

/// Of the other port, in the words of an assistant that stood there before.
const USUAL_OF_WS: u16 = 8080;
/// Beside the page's.
const USUAL: u16 = 8081;
/// The event socket's.
const USUAL_ESL: u16 = 8021;

/// The port, and who may connect there.
#[derive(Debug, Clone)]
pub struct AudioStreamConfig {
    /// `AUDIO_STREAM_ADDR`, or `WS_HOST` and `WS_PORT`.
    pub addr: SocketAddr,
    /// At least one.
    pub gateways: Vec<FreeSwitchConfig>,
}

/// One FreeSWITCH.
#[derive(Debug, Clone)]
pub struct FreeSwitchConfig {
    /// `name`: 1 to 32 of `A-Za-z0-9_-`, of no `[[pbx]]`; default `freeswitch`.
    pub name: String,
    /// `addresses`: from where it connects; default: this machine.
    pub addresses: Vec<IpAddr>,
    /// `token`: what it must say; needed where it is not this machine.
    pub token: Option<Secret>,
    /// `rate`: at which voices come, 8000 or 16000, unless a call tells.
    pub rate: u32,
    /// `playback`.
    pub playback: PlaybackConfig,
    /// `playback_rate`: of `STREAM_SAMPLE_RATE`.
    pub playback_rate: u32,
    /// `event_socket`, `event_socket_password`.
    pub event_socket: Option<EventSocketConfig>,
    /// `fallback`: where humans are: `500`, or `500 XML default`.
    pub fallback: Option<String>,
}

/// Where its event socket is.
#[derive(Debug, Clone)]
pub struct EventSocketConfig {
    /// Name or address.
    pub host: String,
    /// 8021.
    pub port: u16,
    /// Its password.
    pub password: Secret,
}

/// How callers hear what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaybackConfig {
    /// `module-binary`: frames of PCM, which the commercial module plays.
    ModuleBinary,
    /// `module-json`: sentences, which it plays.
    ModuleJson,
    /// `esl-broadcast`: sentences, which FreeSWITCH is told to play.
    EslBroadcast,
}

impl AudioStreamConfig {
    /// `None` without a section and a key, and with `AUDIO_STREAM_ADDR=off`.
    pub(super) fn read(
        keys: &Keys,
        sections: Vec<(String, RawFreeSwitch)>,
        pbxs: &[super::PbxConfig],
        http: SocketAddr,
    ) -> Result<Option<Self>, ConfigError> {
        let (own, port) =
            (keys.get("AUDIO_STREAM_ADDR"), keys.get("WS_PORT").or_else(|| keys.get("WS_HOST")));
        let asked = own.or(port);
        if own.is_some_and(|found| found.text == "off") || (asked.is_none() && sections.is_empty()) {
            return Ok(None);
        }
        let mut sections = sections;
        if sections.is_empty() {
            sections.push((
                asked.map_or_else(String::new, |found| found.place.clone()),
                RawFreeSwitch::default(),
            ));
        }
        if let [(_, only)] = &mut sections[..] {
            overlay(keys, only);
        } else if let Some((key, found)) = ENV.iter().find_map(|key| Some((*key, keys.get(key)?))) {
            let problem = "vigie.toml has several [[freeswitch]] and this key cannot say which one it is for, expected the \
                setting in its section";
            return Err(found.error(key, problem.to_owned()));
        }
        let mut gateways: Vec<FreeSwitchConfig> = Vec::with_capacity(sections.len());
        for (place, raw) in sections {
            let gateway = check(&place, raw)?;
            let is_taken = gateways.iter().any(|other| other.name == gateway.name)
                || pbxs.iter().any(|pbx| pbx.name == gateway.name);
            let shared =
                gateways.iter().any(|other| other.addresses.iter().any(|a| gateway.addresses.contains(a)));
            if is_taken || shared {
                let (key, what) = if is_taken { ("name", "name") } else { ("addresses", "address") };
                let problem = format!("`{}`: another PBX has that {what}, expected its own", gateway.name);
                return Err(ConfigError { place, key: key.to_owned(), problem });
            }
            gateways.push(gateway);
        }
        let addr = addr(keys, &gateways)?;
        let is_same = addr.port() == http.port()
            && addr.port() != 0
            && (addr.ip() == http.ip() || addr.ip().is_unspecified() || http.ip().is_unspecified());
        if is_same {
            let place = asked.map_or_else(|| "vigie.toml".to_owned(), |found| found.place.clone());
            let key = if own.is_some() || port.is_none() { "AUDIO_STREAM_ADDR" } else { "WS_PORT" };
            let problem = format!(
                "{addr} is where the page is (HTTP_ADDR is {http}), expected another port for FreeSWITCH, such as \
                 {USUAL}, or another HTTP_ADDR"
            );
            return Err(ConfigError { place, key: key.to_owned(), problem });
        }
        Ok(Some(Self { addr, gateways }))
    }
}

/// Keys for the only gateway.
const ENV: [&str; 7] = [
    "AUDIO_STREAM_TOKEN",
    "AUDIO_STREAM_PLAYBACK",
    "FREESWITCH_ADDRESSES",
    "FREESWITCH_ESL",
    "FREESWITCH_ESL_PASSWORD",
    "FREESWITCH_FALLBACK",
    "FREESWITCH_NAME",
];

fn overlay(keys: &Keys, raw: &mut RawFreeSwitch) {
    let set = |field: &mut Option<String>, key: &str| {
        if let Some(found) = keys.get(key) {
            *field = Some(found.text.clone());
        }
    };
    set(&mut raw.token, "AUDIO_STREAM_TOKEN");
    set(&mut raw.playback, "AUDIO_STREAM_PLAYBACK");
    set(&mut raw.event_socket, "FREESWITCH_ESL");
    set(&mut raw.event_socket_password, "FREESWITCH_ESL_PASSWORD");
    set(&mut raw.fallback, "FREESWITCH_FALLBACK");
    set(&mut raw.name, "FREESWITCH_NAME");
    if let Some(found) = keys.get("FREESWITCH_ADDRESSES") {
        raw.addresses = Some(found.text.split(',').map(|text| text.trim().to_owned()).collect());
    }
}

fn addr(keys: &Keys, gateways: &[FreeSwitchConfig]) -> Result<SocketAddr, ConfigError> {
    let expected = "expected an address and a port such as 127.0.0.1:8081, or off";
    if let Some(found) = keys.get("AUDIO_STREAM_ADDR") {
        let wrong = |_| found.error("AUDIO_STREAM_ADDR", format!("`{}`, {expected}", found.text));
        return found.text.parse().map_err(wrong);
    }
    let wrong =
        |found: &Found, key: &str, expected: &str| found.error(key, format!("`{}`, {expected}", found.text));
    let port = match (keys.get("WS_PORT"), keys.get("WS_HOST")) {
        (Some(found), _) => {
            found.text.parse::<u16>().map_err(|_| wrong(found, "WS_PORT", "expected a port"))?
        }
        (None, Some(_)) => USUAL_OF_WS,
        (None, None) => USUAL,
    };
    let host = match keys.get("WS_HOST") {
        Some(found) if found.text == "localhost" => IpAddr::from([127, 0, 0, 1]),
        Some(found) => {
            let expected = "expected an address of this machine";
            found.text.parse::<IpAddr>().map_err(|_| wrong(found, "WS_HOST", expected))?
        }
        None if gateways.iter().all(|gateway| gateway.addresses.iter().all(IpAddr::is_loopback)) => {
            IpAddr::from([127, 0, 0, 1])
        }
        None => IpAddr::from([0, 0, 0, 0]),
    };
    Ok(SocketAddr::new(host, port))
}

fn check(place: &str, raw: RawFreeSwitch) -> Result<FreeSwitchConfig, ConfigError> {
    let wrong = |key: &str, problem: String| ConfigError {
        place: place.to_owned(),
        key: format!("freeswitch.{key}"),
        problem,
    };
    let name = raw.name.unwrap_or_else(|| "freeswitch".to_owned());
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !(1..=32).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(wrong("name", format!("`{name}`, expected 1 to 32 characters of A-Z a-z 0-9 _ -")));
    }
    let addresses = match raw.addresses {
        None => vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([0_u16, 0, 0, 0, 0, 0, 0, 1])],
        Some(all) => {
            let one = |text: &String| {
                let problem = || format!("`{text}`, expected IP addresses such as [\"192.0.2.5\"]");
                text.parse::<IpAddr>().map(|ip| ip.to_canonical()).map_err(|_| wrong("addresses", problem()))
            };
            all.iter().map(one).collect::<Result<Vec<_>, _>>()?
        }
    };
    let token = raw.token.map(|text| {
        let sound = (8..=200).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        // the value is not shown: it is a secret
        let problem = "expected 8 to 200 letters, digits and -_.".to_owned();
        if sound { Ok(Secret::new(text)) } else { Err(wrong("token", problem)) }
    });
    let token = token.transpose()?;
    if addresses.is_empty() || (token.is_none() && !addresses.iter().all(IpAddr::is_loopback)) {
        let problem = "missing: whoever uses such an address could talk in a caller's name, expected a token where \
            FreeSWITCH is not on this machine";
        return Err(wrong("token", problem.to_owned()));
    }
    let playback = match raw.playback.as_deref() {
        None | Some("module-binary") => PlaybackConfig::ModuleBinary,
        Some("module-json") => PlaybackConfig::ModuleJson,
        Some("esl-broadcast") => PlaybackConfig::EslBroadcast,
        Some(other) => {
            let expected = "expected module-binary, module-json or esl-broadcast";
            return Err(wrong("playback", format!("`{other}`, {expected}")));
        }
    };
    let rate = |key: &str, value: Option<u32>, all: &[u32]| match value.unwrap_or(8_000) {
        hz if all.contains(&hz) => Ok(hz),
        hz => Err(wrong(key, format!("`{hz}`, expected one of {all:?}"))),
    };
    let event_socket = match (raw.event_socket, raw.event_socket_password) {
        (None, _) => None,
        (Some(_), None) => {
            let problem = "missing, expected the password of event_socket.conf.xml";
            return Err(wrong("event_socket_password", problem.to_owned()));
        }
        (Some(text), Some(password)) => {
            if !(1..=200).contains(&password.len()) || password.bytes().any(|b| b < 0x20 || b == 0x7f) {
                let problem = "expected 1 to 200 characters without a control character".to_owned();
                return Err(wrong("event_socket_password", problem));
            }
            let (host, port) = host_and_port(&text).ok_or_else(|| {
                wrong("event_socket", format!("`{text}`, expected host:port such as 127.0.0.1:8021"))
            })?;
            Some(EventSocketConfig { host, port, password: Secret::new(password) })
        }
    };
    if playback == PlaybackConfig::EslBroadcast && event_socket.is_none() {
        let problem =
            "missing: esl-broadcast plays over the event socket, expected host:port such as 127.0.0.1:8021";
        return Err(wrong("event_socket", problem.to_owned()));
    }
    if let Some(fallback) = raw.fallback.as_deref().filter(|text| !is_place(text)) {
        let problem = format!("`{fallback}`, expected an extension, or \"500 XML default\"");
        return Err(wrong("fallback", problem));
    }
    Ok(FreeSwitchConfig {
        rate: rate("rate", raw.rate, &[8_000, 16_000])?,
        playback_rate: rate("playback_rate", raw.playback_rate, &[8_000, 16_000, 24_000, 32_000, 48_000])?,
        fallback: raw.fallback,
        name,
        addresses,
        token,
        playback,
        event_socket,
    })
}

/// `[::1]:8021`, `fs.example`: without a port it is the usual one.
fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()?),
        _ => (text, USUAL_ESL),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let sound = (1..=253).contains(&host.len())
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    (sound && port > 0).then(|| (host.to_owned(), port))
}

/// `extension`, or `extension dialplan context`, none of which is an option.
fn is_place(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let plain = |word: &&str| {
        word.len() <= 80
            && !word.starts_with('-')
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"*#+_.-".contains(&b))
    };
    [1, 3].contains(&words.len()) && words.iter().all(plain)
}
