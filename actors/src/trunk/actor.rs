//! The thin shell of a trunk: what reaches it besides its own rules.

use std::sync::Arc;

use asterisk::ami::event::SharedEvent;
use asterisk::ami::{Event, Message as Frame};

use super::LegNews;
use super::state::TrunkState;
use crate::fact::Outbox;
use crate::keys::Micros;
use crate::shell::{Entity, Tally};
use crate::supervision::{Kind, Machine};
use crate::view::{Table, Text, Trust, View};

/// Whatever changes a trunk.
#[derive(Debug)]
pub enum TrunkInput {
    /// An event about it.
    Event {
        /// The event.
        event: SharedEvent,
        /// Name of the event.
        name: &'static str,
        /// When.
        at: Micros,
    },
    /// News of a leg at its endpoint, from the leg's call, and when it was told.
    Leg(Box<LegNews>),
    /// A list item about it.
    Listed {
        /// The frame.
        frame: Frame,
        /// When the list was asked for.
        asked_at: Micros,
        /// Where differences are told.
        tally: Arc<Tally>,
    },
    /// A whole list of registrations does not have it.
    NotRegistering(Micros),
    /// Compared with the PBX and right.
    Confirmed,
    /// The PBX restarted, after that instant.
    Restarted(Micros),
    /// Time passed.
    Tick(Micros),
}

impl Machine for TrunkState {
    type Input = TrunkInput;
    type Out = Outbox;

    fn apply(&mut self, input: &TrunkInput, out: &mut Outbox) {
        match input {
            TrunkInput::Event { event, at, .. } => {
                // the router read it before: its shape is right
                let _ = event.look(|_, event| self.event(event, *at, out));
            }
            TrunkInput::Leg(news) => self.leg(news, out),
            TrunkInput::Listed { frame, asked_at, tally } => {
                if let Ok(event) = Event::read(frame)
                    && let Some(words) = self.listed(&event, *asked_at, out)
                {
                    tally.differs(words);
                }
            }
            TrunkInput::NotRegistering(at) => self.not_registering(*at, out),
            TrunkInput::Confirmed => self.confirmed(out),
            TrunkInput::Restarted(_) => self.forget_legs(out),
            TrunkInput::Tick(_) => {}
        }
    }

    fn name(input: &TrunkInput) -> &'static str {
        match input {
            TrunkInput::Event { name, .. } => name,
            TrunkInput::Leg(_) => "leg",
            TrunkInput::Listed { .. } => "listed",
            TrunkInput::NotRegistering(_) => "not registering",
            TrunkInput::Confirmed => "confirmed",
            TrunkInput::Restarted(_) => "pbx restart",
            TrunkInput::Tick(_) => "tick",
        }
    }

    fn parts(&self) -> usize {
        self.channels()
    }

    fn keep(input: TrunkInput) -> TrunkInput {
        match input {
            TrunkInput::Event { event, name, at } => TrunkInput::Event { event: event.detached(), name, at },
            other => other,
        }
    }

    fn weight(input: &TrunkInput) -> usize {
        match input {
            TrunkInput::Event { event, .. } => event.message().bytes().len(),
            TrunkInput::Leg(_) => size_of::<LegNews>(),
            TrunkInput::Confirmed | TrunkInput::Tick(_) => 0,
            // never kept: a checkpoint follows
            TrunkInput::Listed { .. } | TrunkInput::NotRegistering(_) | TrunkInput::Restarted(_) => {
                usize::MAX
            }
        }
    }

    fn raw(input: &TrunkInput, out: &mut Vec<u8>) {
        match input {
            TrunkInput::Event { event, .. } => out.extend_from_slice(event.message().bytes()),
            TrunkInput::Listed { frame, .. } => out.extend_from_slice(frame.bytes()),
            _ => {}
        }
    }

    fn degrade(&mut self) {
        self.distrust(Trust::Degraded, &mut Outbox::default());
    }
}

impl Entity for TrunkState {
    const KIND: Kind = Kind::Trunk;
    const TABLE: Table = Table::Trunks;
    type Side = ();

    fn view(&self) -> View {
        View::Trunk(TrunkState::view(self))
    }

    fn id(&self) -> Text {
        TrunkState::id(self)
    }

    fn tick(at: Micros) -> TrunkInput {
        TrunkInput::Tick(at)
    }
}
