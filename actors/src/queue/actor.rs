//! The thin shell of a queue: what reaches it besides its own rules.

use std::sync::Arc;

use asterisk::ami::event::SharedEvent;
use asterisk::ami::{Event, Message as Frame};

use super::messages::CallerNews;
use super::state::QueueState;
use crate::fact::Outbox;
use crate::keys::Micros;
use crate::shell::{Entity, Tally};
use crate::supervision::{Kind, Machine};
use crate::view::{Table, Text, Trust, View};

/// Whatever changes a queue.
#[derive(Debug)]
pub enum QueueInput {
    /// An event about it.
    Event {
        /// The event.
        event: SharedEvent,
        /// Name of the event.
        name: &'static str,
        /// When.
        at: Micros,
    },
    /// News of one of its callers, from his call.
    Caller(Box<CallerNews>),
    /// A list item about it.
    Listed {
        /// The frame.
        frame: Frame,
        /// When the list was asked for.
        asked_at: Micros,
        /// Where differences are told.
        tally: Arc<Tally>,
    },
    /// All its members and callers in a whole list.
    Whole {
        /// Interfaces.
        members: Vec<Text>,
        /// Uniqueids.
        callers: Vec<Text>,
        /// 1 or 2.
        round: u8,
        /// When the list was asked for.
        asked_at: Micros,
        /// Where differences are told.
        tally: Arc<Tally>,
    },
    /// Compared with the PBX and right.
    Confirmed,
    /// The PBX restarted, after that instant.
    Restarted(Micros),
    /// Time passed.
    Tick(Micros),
}

impl Machine for QueueState {
    type Input = QueueInput;
    type Out = Outbox;

    fn apply(&mut self, input: &QueueInput, out: &mut Outbox) {
        match input {
            QueueInput::Event { event, at, .. } => {
                // the router read it before: its shape is right
                let _ = event.look(|_, event| self.event(event, *at, out));
            }
            QueueInput::Caller(news) => self.caller(news, out),
            QueueInput::Listed { frame, asked_at, tally } => {
                if let Ok(event) = Event::read(frame)
                    && let Some(words) = self.listed(&event, *asked_at, out)
                {
                    tally.differs(words);
                }
            }
            QueueInput::Whole { members, callers, round, asked_at, tally } => {
                let gone: Vec<_> = self.interfaces().filter(|i| !members.contains(i)).cloned().collect();
                let left: Vec<_> = self
                    .waiting()
                    .filter(|(id, joined)| joined < asked_at && !callers.contains(id))
                    .map(|(id, _)| id.clone())
                    .collect();
                if *round < 2 && !(gone.is_empty() && left.is_empty()) {
                    tally.look_again();
                    return;
                }
                for interface in gone {
                    if let Some(words) = self.member_not_listed(&interface, out) {
                        tally.differs(words);
                    }
                }
                for uniqueid in left {
                    if let Some(words) = self.caller_not_listed(&uniqueid, out) {
                        tally.differs(words);
                    }
                }
            }
            QueueInput::Confirmed => self.confirmed(out),
            QueueInput::Restarted(_) => self.forget_callers(out),
            QueueInput::Tick(_) => {}
        }
    }

    fn name(input: &QueueInput) -> &'static str {
        match input {
            QueueInput::Event { name, .. } => name,
            QueueInput::Caller(_) => "caller",
            QueueInput::Listed { .. } => "listed",
            QueueInput::Whole { .. } => "whole list",
            QueueInput::Confirmed => "confirmed",
            QueueInput::Restarted(_) => "pbx restart",
            QueueInput::Tick(_) => "tick",
        }
    }

    fn parts(&self) -> usize {
        self.size()
    }

    fn keep(input: QueueInput) -> QueueInput {
        match input {
            QueueInput::Event { event, name, at } => QueueInput::Event { event: event.detached(), name, at },
            other => other,
        }
    }

    fn weight(input: &QueueInput) -> usize {
        match input {
            QueueInput::Event { event, .. } => event.message().bytes().len(),
            QueueInput::Caller(_) => size_of::<CallerNews>(),
            QueueInput::Confirmed | QueueInput::Tick(_) => 0,
            // never kept: a checkpoint follows
            QueueInput::Listed { .. } | QueueInput::Whole { .. } | QueueInput::Restarted(_) => usize::MAX,
        }
    }

    fn raw(input: &QueueInput, out: &mut Vec<u8>) {
        match input {
            QueueInput::Event { event, .. } => out.extend_from_slice(event.message().bytes()),
            QueueInput::Listed { frame, .. } => out.extend_from_slice(frame.bytes()),
            _ => {}
        }
    }

    fn degrade(&mut self) {
        self.distrust(Trust::Degraded, &mut Outbox::default());
    }
}

impl Entity for QueueState {
    const KIND: Kind = Kind::Queue;
    const TABLE: Table = Table::Queues;
    type Side = ();

    fn view(&self) -> View {
        View::Queue(QueueState::view(self))
    }

    fn id(&self) -> Text {
        QueueState::id(self)
    }

    fn tick(at: Micros) -> QueueInput {
        QueueInput::Tick(at)
    }
}
