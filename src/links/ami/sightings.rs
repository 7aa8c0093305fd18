//! Whose voice comes over AudioSocket: a connection says a UUID alone, and AMI says on which channel that UUID was used.
//!
//! `Newexten` tells it of `AudioSocket()` of the dialplan, also within `TryExec()`; of `Dial(AudioSocket/…)` it is the name of
//! the new channel (`Newchannel`), and `DialBegin` tells who dialled it. Either may come after the connection: who waits is
//! told then. A flow that brings a caller says it itself, and better: what AMI tells of him besides changes nothing.
//!
//! Which assistant the caller is for may be said in the dialplan, by the channel variable `VIGIE_ASSISTANT` (`VarSet`), before
//! or after: it counts from then on.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use actors::router::VIGIE_ASSISTANT;
use asterisk::ami::Message;
use asterisk::audiosocket::Uuid;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// UUIDs that are remembered; who was told of first goes.
const MOST: usize = 10_000;
/// The application, and the technology of the channel.
const NAME: &str = "AudioSocket";

/// A call whose voice comes under a UUID.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sighting {
    /// The caller's channel; `None` while only AudioSocket's own is known.
    pub channel: Option<String>,
    /// Of the channel that was told of.
    pub uniqueid: String,
    /// The caller's number; empty: not told.
    pub number: String,
    /// His name; empty: not told.
    pub name: String,
    /// The extension in which he is; empty: not told.
    pub called: String,
    /// The assistant that he is for; empty: his PBX's.
    pub assistant: String,
    /// A flow of ours brought him: it reads what becomes of him, and goes on with him.
    pub in_flow: bool,
}

/// Of one PBX.
#[derive(Clone, Default)]
pub struct Sightings(Arc<All>);

#[derive(Default)]
struct All {
    seen: Mutex<Seen>,
    told: Notify,
}

#[derive(Default)]
struct Seen {
    by: HashMap<Uuid, Sighting>,
    order: VecDeque<Uuid>,
    /// Whom channels are for, as the dialplan says.
    wanted: HashMap<String, String>,
    wanted_order: VecDeque<String>,
}

impl Seen {
    /// The channel is for that assistant.
    fn wants(&mut self, channel: String, assistant: String) {
        for sighting in self.by.values_mut() {
            if !sighting.in_flow && sighting.channel.as_ref() == Some(&channel) {
                sighting.assistant.clone_from(&assistant);
            }
        }
        if self.wanted.insert(channel.clone(), assistant).is_none() {
            self.wanted_order.push_back(channel);
        }
        if self.wanted_order.len() > MOST
            && let Some(oldest) = self.wanted_order.pop_front()
        {
            self.wanted.remove(&oldest);
        }
    }
}

impl Sightings {
    /// A look at a few bytes spares nearly all events.
    pub(super) fn event(&self, event: &Message) {
        let name = event.bytes().get(7..).unwrap_or_default();
        if name.starts_with(b"VarSet\r") {
            if memchr::memmem::find(name, VIGIE_ASSISTANT.as_bytes()).is_some() {
                self.variable(event);
            }
            return;
        }
        let may_be = [&b"Newexten\r"[..], b"Newchannel\r", b"DialBegin\r"]
            .into_iter()
            .any(|one| name.starts_with(one));
        if !may_be || memchr::memmem::find(name, NAME.as_bytes()).is_none() {
            return;
        }
        if let Some((uuid, sighting)) = read(event)
            && !self.of(uuid).is_some_and(|known| known.in_flow)
        {
            self.saw(uuid, sighting);
        }
    }

    /// The dialplan says whom a channel is for. Told of a channel that is known, it is not looked at twice: who has
    /// been answered has been.
    fn variable(&self, event: &Message) {
        if event.text("Variable").is_none_or(|name| name != VIGIE_ASSISTANT) {
            return;
        }
        let (Some(channel), Some(value)) = (event.text("Channel"), event.text("Value")) else { return };
        // no id and no name of an assistant is longer
        if value.chars().count() <= 100 {
            self.0.seen.lock().wants(channel.into_owned(), value.trim().to_owned());
        }
    }

    /// That call is there.
    pub fn saw(&self, uuid: Uuid, mut sighting: Sighting) {
        {
            let mut seen = self.0.seen.lock();
            if let Some(channel) = &sighting.channel
                && sighting.assistant.is_empty()
                && !sighting.in_flow
            {
                sighting.assistant = seen.wanted.get(channel).cloned().unwrap_or_default();
            }
            if seen.by.insert(uuid, sighting).is_none() {
                seen.order.push_back(uuid);
            }
            if seen.order.len() > MOST
                && let Some(oldest) = seen.order.pop_front()
            {
                seen.by.remove(&oldest);
            }
        }
        self.0.told.notify_waiters();
    }

    /// What is known of it now.
    pub fn of(&self, uuid: Uuid) -> Option<Sighting> {
        self.0.seen.lock().by.get(&uuid).cloned()
    }

    /// What is known of it, once something is; for ever when nothing ever is.
    pub async fn wait(&self, uuid: Uuid) -> Sighting {
        loop {
            let told = self.0.told.notified();
            if let Some(sighting) = self.of(uuid) {
                return sighting;
            }
            told.await;
        }
    }
}

fn read(event: &Message) -> Option<(Uuid, Sighting)> {
    let text = |name: &str| event.text(name).map(std::borrow::Cow::into_owned);
    let told = |name: &str| text(name).filter(|told| told != "<unknown>").unwrap_or_default();
    let sighting = |channel, uniqueid| {
        let (number, name, called) = (told("CallerIDNum"), told("CallerIDName"), told("Exten"));
        Sighting { channel, uniqueid, number, name, called, ..Sighting::default() }
    };
    match event.event() {
        "Newexten" => {
            let (application, data) = (event.text("Application")?, event.text("AppData")?);
            let data = match &*application {
                NAME => &*data,
                // TryExec and its like
                _ => data.strip_prefix(NAME)?.strip_prefix('(')?,
            };
            let uuid = Uuid::parse(data.trim_start().get(..36)?)?;
            Some((uuid, sighting(text("Channel"), text("Uniqueid")?)))
        }
        "Newchannel" => {
            let uuid = of_channel(&event.text("Channel")?)?;
            Some((uuid, sighting(None, text("Uniqueid")?)))
        }
        "DialBegin" => {
            let uuid = of_channel(&event.text("DestChannel")?)?;
            Some((uuid, sighting(text("Channel"), text("DestUniqueid")?)))
        }
        _ => None,
    }
}

/// `AudioSocket/host:port-uuid`
fn of_channel(name: &str) -> Option<Uuid> {
    let rest = name.strip_prefix(NAME)?.strip_prefix('/')?;
    Uuid::parse(rest.get(rest.len().checked_sub(36)?..)?)
}

#[cfg(test)]
mod tests {
    use asterisk::fixtures;

    use super::*;

    const TEXT: &str = "bcb18b3e-e230-49e4-a3c4-d822c6520c7b";

    fn event(text: &str) -> Message {
        Message::new(text.replace('|', "\r\n").into_bytes().into())
    }

    #[test]
    fn a_recorded_call_is_known_by_its_uuid() {
        let capture = fixtures::load(22, "audiosocket_call").expect("the capture is there");
        let sightings = Sightings::default();
        for message in capture.connections[0].messages().expect("it decodes") {
            sightings.event(&message);
        }
        let seen = sightings.of(Uuid::parse(TEXT).expect("a UUID"));
        let all = Sighting {
            channel: Some("PJSIP/1001-000000ea".into()),
            uniqueid: "1795224888.535".into(),
            number: "1001".into(),
            name: "Alice Martin".into(),
            called: "777".into(),
            ..Sighting::default()
        };
        assert_eq!(seen, Some(all), "and not by the user event that names it before");
        assert_eq!(sightings.0.seen.lock().by.len(), 1);
    }

    #[tokio::test]
    async fn who_waits_is_told_and_who_dialled_comes_after_the_channel() {
        let (sightings, uuid) = (Sightings::default(), Uuid::parse(TEXT).expect("a UUID"));
        let waiting = tokio::spawn({
            let sightings = sightings.clone();
            async move { sightings.wait(uuid).await }
        });
        tokio::task::yield_now().await;
        let own = format!("AudioSocket/127.0.0.1:9090-{TEXT}");
        sightings
            .event(&event(&format!("Event: Newchannel|Privilege: call,all|Channel: {own}|Uniqueid: 1.2||")));
        assert_eq!(waiting.await.expect("told").channel, None);
        sightings.event(&event(&format!(
            "Event: DialBegin|Privilege: call,all|Channel: PJSIP/a-1|DestChannel: {own}|DestUniqueid: 1.2||"
        )));
        assert_eq!(sightings.wait(uuid).await.channel.as_deref(), Some("PJSIP/a-1"));
    }

    #[test]
    fn whom_a_caller_is_for_is_said_in_the_dialplan() {
        let uuid = Uuid::parse(TEXT).expect("a UUID");
        let set = |channel: &str, name: &str, value: &str| {
            event(&format!(
                "Event: VarSet|Privilege: dialplan,all|Channel: {channel}|Variable: {name}|Value: {value}||"
            ))
        };
        let uses = event(&format!(
            "Event: Newexten|Privilege: dialplan,all|Channel: SIP/a-1|Uniqueid: 1.2|Exten: 600|Application: AudioSocket|AppData: {TEXT},h:9090||"
        ));
        let told = |events: &[&Message]| {
            let sightings = Sightings::default();
            events.iter().for_each(|event| sightings.event(event));
            sightings.of(uuid).expect("it was seen").assistant
        };
        let wanted = set("SIP/a-1", "VIGIE_ASSISTANT", "night");
        assert_eq!(told(&[&wanted, &uses]), "night", "before");
        assert_eq!(told(&[&uses, &wanted]), "night", "after");
        assert_eq!(told(&[&wanted, &set("SIP/a-1", "VIGIE_ASSISTANT", "day"), &uses]), "day", "the last");
        for other in [set("SIP/b-1", "VIGIE_ASSISTANT", "night"), set("SIP/a-1", "OTHER", "night")] {
            assert_eq!(told(&[&other, &uses]), "");
        }
    }

    #[test]
    fn who_comes_from_a_flow_is_for_the_assistant_of_his_node_whatever_ami_tells() {
        let (sightings, uuid) = (Sightings::default(), Uuid::parse(TEXT).expect("a UUID"));
        let brought = Sighting {
            channel: Some("PJSIP/trunk-a-1".into()),
            assistant: "after-sales".into(),
            in_flow: true,
            ..Sighting::default()
        };
        sightings.saw(uuid, brought.clone());
        sightings.event(&event(&format!(
            "Event: Newexten|Privilege: dialplan,all|Channel: PJSIP/trunk-a-1|Uniqueid: 1.2|Application: AudioSocket|AppData: {TEXT},h:9090||"
        )));
        assert_eq!(sightings.of(uuid), Some(brought));
    }

    #[test]
    fn what_is_tried_is_known_too_and_what_only_looks_like_it_is_not() {
        for (app, data, is) in [
            ("TryExec", format!("AudioSocket({TEXT},h:9090)"), true),
            ("AudioSocket", format!("{TEXT},h:9090"), true),
            ("AudioSocket", "1763568391.4,h:9090".to_owned(), false),
            ("AudioSocket", "é".repeat(30), false),
            ("Set", format!("AudioSocket={TEXT}"), false),
            ("UserEvent", format!("AudioSocketStart,AiUuid: {TEXT}"), false),
        ] {
            let sightings = Sightings::default();
            sightings.event(&event(&format!(
                "Event: Newexten|Privilege: dialplan,all|Channel: SIP/a-1|Uniqueid: 1.2|Application: {app}|AppData: {data}||"
            )));
            assert_eq!(!sightings.0.seen.lock().by.is_empty(), is, "{app} {data}");
        }
    }
}
