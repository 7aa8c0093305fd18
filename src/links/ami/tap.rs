//! Channels in AsyncAGI, for whoever serves them: what a link hears of them is told there as well as to the router.
//!
//! He may come later than the link: what was told until then is kept, at most [`MOST`].

use std::collections::HashSet;
use std::sync::Arc;

use actix::{Message as ActixMessage, Recipient};
use actors::ports::Listing;
use asterisk::agi::by_ami::{self, Told};
use asterisk::ami::Message;
use parking_lot::Mutex;

/// Channels there at once, and things that wait for who serves them.
const MOST: usize = 6_000;

/// What is told.
#[derive(Debug)]
pub enum Tapped {
    /// Asterisk said that of a channel.
    Said {
        /// Of the channel.
        uniqueid: String,
        /// What.
        told: Told,
    },
    /// It is with somebody: it entered a bridge.
    Together(String),
    /// It hung up.
    Gone(String),
    /// The link is away.
    Lost,
    /// After a loss: what is there.
    Listed(Vec<Standing>),
}

impl ActixMessage for Tapped {
    type Result = ();
}

/// A channel that was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Of the channel.
    pub uniqueid: String,
    /// It stands in AsyncAGI and nothing runs: the arguments behind `agi:async`.
    pub arguments: Option<String>,
}

/// Where it is told.
#[derive(Clone, Default)]
pub struct Tap(Arc<Mutex<To>>);

enum To {
    Nobody(Vec<Tapped>),
    Somebody(Recipient<Tapped>),
}

impl Default for To {
    fn default() -> Self {
        Self::Nobody(Vec::new())
    }
}

impl Tap {
    /// From now on it is told to that one; first what was told before.
    pub fn open(&self, to: Recipient<Tapped>) {
        let mut now = self.0.lock();
        if let To::Nobody(kept) = &mut *now {
            kept.drain(..).for_each(|tapped| to.do_send(tapped));
        }
        *now = To::Somebody(to);
    }

    fn tell(&self, tapped: Tapped) {
        match &mut *self.0.lock() {
            To::Somebody(to) => to.do_send(tapped),
            // a listing is the newest word of all that is there
            To::Nobody(kept) if matches!(tapped, Tapped::Listed(_)) => *kept = vec![tapped],
            To::Nobody(kept) if kept.len() < MOST => kept.push(tapped),
            To::Nobody(_) => {}
        }
    }
}

/// The link's end of it.
#[derive(Default)]
pub(super) struct Tapping {
    pub(super) tap: Tap,
    there: HashSet<String>,
}

impl Tapping {
    /// A look at a few bytes spares all others.
    pub(super) fn event(&mut self, event: &Message) {
        let name = event.bytes().get(7..).unwrap_or_default();
        match name.first() {
            Some(b'A') if name.starts_with(b"AsyncAGI") => self.said(event),
            Some(b'B') if !self.there.is_empty() && name.starts_with(b"BridgeEnter\r") => {
                if let Some(uniqueid) = self.known(event) {
                    self.tap.tell(Tapped::Together(uniqueid));
                }
            }
            Some(b'H') if !self.there.is_empty() && name.starts_with(b"Hangup\r") => {
                if let Some(uniqueid) = self.known(event) {
                    self.there.remove(&uniqueid);
                    self.tap.tell(Tapped::Gone(uniqueid));
                }
            }
            _ => {}
        }
    }

    fn said(&mut self, event: &Message) {
        let Some((uniqueid, told)) = by_ami::read(event) else { return };
        match &told {
            Told::Ended => drop(self.there.remove(&uniqueid)),
            Told::Began(_) | Told::Answered { .. } if self.there.len() < MOST => {
                self.there.insert(uniqueid.clone());
            }
            Told::Began(_) | Told::Answered { .. } => {}
        }
        self.tap.tell(Tapped::Said { uniqueid, told });
    }

    fn known(&self, event: &Message) -> Option<String> {
        let uniqueid = event.text("Uniqueid")?;
        self.there.get(&*uniqueid).cloned()
    }

    /// The connection is gone.
    pub(super) fn lost(&self) {
        self.tap.tell(Tapped::Lost);
    }

    /// A part of a comparison: channels are in the first.
    pub(super) fn listed(&mut self, listing: &Listing) {
        let Some(channels) = &listing.channels else { return };
        let all: Vec<Standing> = channels.iter().filter_map(standing).collect();
        self.there =
            all.iter().map(|one| one.uniqueid.clone()).filter(|id| self.there.contains(id)).collect();
        self.tap.tell(Tapped::Listed(all));
    }
}

fn standing(channel: &Message) -> Option<Standing> {
    let uniqueid = channel.text("Uniqueid")?.into_owned();
    let arguments = || {
        let is_agi = channel.text("Application")?.eq_ignore_ascii_case("AGI");
        let data = channel.text("ApplicationData")?;
        let rest = data.strip_prefix("agi:async").filter(|_| is_agi)?;
        Some(rest.strip_prefix(',').unwrap_or(rest).to_owned())
    };
    Some(Standing { uniqueid, arguments: arguments() })
}

#[cfg(test)]
mod tests {
    use asterisk::fixtures;

    use super::*;

    fn kept(tap: &Tap) -> Vec<String> {
        let To::Nobody(kept) = &*tap.0.lock() else { panic!("nobody listens") };
        let name = |tapped: &Tapped| match tapped {
            Tapped::Said { told: Told::Began(_), .. } => "began".into(),
            Tapped::Said { told: Told::Answered { id, .. }, .. } => id.clone(),
            Tapped::Said { told: Told::Ended, .. } => "ended".into(),
            Tapped::Together(_) => "together".into(),
            Tapped::Gone(_) => "gone".into(),
            Tapped::Lost => "lost".into(),
            Tapped::Listed(all) => format!("{all:?}"),
        };
        kept.iter().map(name).collect()
    }

    fn event(text: &str) -> Message {
        Message::new(text.replace('|', "\r\n").into_bytes().into())
    }

    #[test]
    fn only_what_concerns_channels_in_async_agi_is_told() {
        for version in fixtures::VERSIONS {
            let capture = fixtures::load(version, "agi_async").expect("the capture is there");
            let mut tapping = Tapping::default();
            for message in capture.connections[0].messages().expect("it decodes") {
                tapping.event(&message);
            }
            let all = ["began", "cmd-0", "cmd-1", "cmd-2", "cmd-3", "cmd-4", "cmd-5", "cmd-6", "ended"];
            assert_eq!(kept(&tapping.tap), all, "{version}: its hangup comes after its end");
        }
        let mut tapping = Tapping::default();
        let enter = event("Event: BridgeEnter|Privilege: call,all|Uniqueid: 1.1||");
        let hangup = event("Event: Hangup|Privilege: call,all|Uniqueid: 1.1||");
        tapping.event(&enter);
        tapping.event(&event("Event: AsyncAGIStart|Privilege: agi,all|Uniqueid: 1.1||"));
        tapping.event(&enter);
        tapping.event(&hangup);
        tapping.event(&hangup);
        assert_eq!(kept(&tapping.tap), ["began", "together", "gone"]);
    }

    #[test]
    fn a_listing_says_who_stands_there_and_replaces_what_was_told_to_nobody() {
        let mut tapping = Tapping::default();
        tapping.event(&event("Event: AsyncAGIStart|Privilege: agi,all|Uniqueid: 1.1||"));
        let row = |id: &str, app: &str, data: &str| {
            event(&format!(
                "Event: CoreShowChannel|Uniqueid: {id}|Application: {app}|ApplicationData: {data}||"
            ))
        };
        let channels =
            vec![row("1.2", "AGI", "agi:async,0170"), row("1.3", "AGI", "agi://h"), row("1.4", "Queue", "s")];
        tapping.listed(&Listing { channels: Some(channels), ..Listing::default() });
        let of = |id: &str, arguments: Option<&str>| Standing {
            uniqueid: id.into(),
            arguments: arguments.map(Into::into),
        };
        let all = vec![of("1.2", Some("0170")), of("1.3", None), of("1.4", None)];
        assert_eq!(kept(&tapping.tap), [format!("{all:?}")]);
        tapping.listed(&Listing::default());
        assert_eq!(kept(&tapping.tap).len(), 1, "a listing without channels proves nothing");
        assert!(tapping.there.is_empty());
    }
}
