//! FreeSWITCHes of the settings, as the port of their voices knows them.

use std::io;

use asterisk::audiosocket::Rate;
use asterisk::freeswitch::Place;

use crate::config::{AudioStreamConfig, EventSocketConfig, FreeSwitchConfig, PlaybackConfig};
use crate::links::audio_stream::{Gateway, Playback};
use crate::links::event_socket::Server;

/// All of them.
///
/// # Errors
/// When a place of theirs is none.
pub(super) fn gateways(config: &AudioStreamConfig) -> io::Result<Vec<Gateway>> {
    config.gateways.iter().map(gateway).collect()
}

fn gateway(of: &FreeSwitchConfig) -> io::Result<Gateway> {
    let rate = |hz: u32| Rate::ALL.into_iter().find(|rate| rate.hz() == hz).unwrap_or(Rate::Hz8000);
    let named = |problem| io::Error::other(format!("[[freeswitch]] {}: fallback: {problem}", of.name));
    let server = |esl: &EventSocketConfig| Server {
        gateway: of.name.clone(),
        host: esl.host.clone(),
        port: esl.port,
        password: esl.password.clone(),
    };
    let fallback = of.fallback.as_deref().map(|text| Place::parse(text).map_err(named)).transpose()?;
    if of.playback == PlaybackConfig::ModuleJson && of.event_socket.is_none() {
        log::warn!(
            "[[freeswitch]] {}: without event_socket a caller who interrupts hears the sentence to its end",
            of.name
        );
    }
    Ok(Gateway {
        name: of.name.clone(),
        addresses: of.addresses.clone(),
        token: of.token.clone(),
        rate: rate(of.rate),
        playback: match of.playback {
            PlaybackConfig::ModuleBinary => Playback::ModuleBinary(rate(of.playback_rate)),
            PlaybackConfig::ModuleJson => Playback::ModuleJson,
            PlaybackConfig::EslBroadcast => Playback::EslBroadcast,
        },
        event_socket: of.event_socket.as_ref().map(server),
        fallback,
    })
}
