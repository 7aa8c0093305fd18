//! The thin shell of an agent: what reaches it besides its own rules.

use std::sync::Arc;

use actix::Context;
use asterisk::ami::event::SharedEvent;
use asterisk::ami::{Event, Message as Frame};

use super::messages::LegNews;
use super::state::{AgentState, PauseLater};
use super::verbs::{Side, pause_when_due};
use crate::fact::Outbox;
use crate::keys::Micros;
use crate::shell::orders::{arm, settle};
use crate::shell::{Entity, Shell, Tally};
use crate::supervision::{Kind, Machine};
use crate::view::{Table, Text, Trust, View};

/// Whatever changes an agent.
#[derive(Debug)]
pub enum AgentInput {
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
    Leg(Arc<LegNews>),
    /// A list item about it.
    Listed {
        /// The frame.
        frame: Frame,
        /// When the list was asked for.
        asked_at: Micros,
        /// Where differences are told.
        tally: Arc<Tally>,
    },
    /// All his memberships in a whole list of queues: queue and interface.
    Memberships {
        /// They.
        listed: Vec<(Text, Text)>,
        /// Of that one queue only; of all when absent.
        queue: Option<Text>,
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
    /// A pause is to come once his call is over, or no longer.
    PauseLater(Option<PauseLater>),
    /// Time passed.
    Tick(Micros),
}

impl Machine for AgentState {
    type Input = AgentInput;
    type Out = Outbox;

    fn apply(&mut self, input: &AgentInput, out: &mut Outbox) {
        match input {
            AgentInput::Event { event, at, .. } => {
                // the router read it before: its shape is right
                let _ = event.look(|_, event| self.event(event, *at, out));
            }
            AgentInput::Leg(news) => self.leg(news, news.at, out),
            AgentInput::Listed { frame, asked_at, tally } => {
                if let Ok(event) = Event::read(frame)
                    && let Some(words) = self.listed(&event, *asked_at, out)
                {
                    tally.differs(words);
                }
            }
            AgentInput::Memberships { listed, queue, round, asked_at, tally } => {
                let gone: Vec<_> = self
                    .memberships()
                    .filter(|(q, i)| {
                        queue.as_ref().is_none_or(|only| only == *q)
                            && !listed.iter().any(|(lq, li)| lq == *q && li == *i)
                    })
                    .map(|(q, i)| (q.clone(), i.clone()))
                    .collect();
                for (queue, interface) in gone {
                    if *round < 2 {
                        tally.look_again();
                    } else if let Some(words) = self.not_listed(&queue, &interface, *asked_at, out) {
                        tally.differs(words);
                    }
                }
            }
            AgentInput::Confirmed => self.confirmed(out),
            AgentInput::Restarted(at) => self.forget_legs(*at, out),
            AgentInput::PauseLater(later) => self.set_pause_later(later.clone(), out),
            AgentInput::Tick(at) => AgentState::tick(self, *at, out),
        }
    }

    fn name(input: &AgentInput) -> &'static str {
        match input {
            AgentInput::Event { name, .. } => name,
            AgentInput::Leg(_) => "leg",
            AgentInput::Listed { .. } => "listed",
            AgentInput::Memberships { .. } => "memberships",
            AgentInput::Confirmed => "confirmed",
            AgentInput::Restarted(_) => "pbx restart",
            AgentInput::PauseLater(_) => "pause later",
            AgentInput::Tick(_) => "tick",
        }
    }

    fn keep(input: AgentInput) -> AgentInput {
        match input {
            AgentInput::Event { event, name, at } => AgentInput::Event { event: event.detached(), name, at },
            other => other,
        }
    }

    fn weight(input: &AgentInput) -> usize {
        match input {
            AgentInput::Event { event, .. } => event.message().bytes().len(),
            AgentInput::Leg(_) => size_of::<LegNews>(),
            AgentInput::PauseLater(_) => size_of::<PauseLater>(),
            AgentInput::Confirmed | AgentInput::Tick(_) => 0,
            // never kept: a checkpoint follows
            AgentInput::Listed { .. } | AgentInput::Memberships { .. } | AgentInput::Restarted(_) => {
                usize::MAX
            }
        }
    }

    fn raw(input: &AgentInput, out: &mut Vec<u8>) {
        match input {
            AgentInput::Event { event, .. } => out.extend_from_slice(event.message().bytes()),
            AgentInput::Listed { frame, .. } => out.extend_from_slice(frame.bytes()),
            _ => {}
        }
    }

    fn degrade(&mut self) {
        self.distrust(Trust::Degraded, &mut Outbox::default());
    }
}

impl Entity for AgentState {
    const KIND: Kind = Kind::Agent;
    const TABLE: Table = Table::Agents;
    type Side = Side;

    fn view(&self) -> View {
        View::Agent(AgentState::view(self))
    }

    fn id(&self) -> Text {
        AgentState::id(self)
    }

    fn next_deadline(&self) -> Option<Micros> {
        AgentState::next_deadline(self)
    }

    fn tick(at: Micros) -> AgentInput {
        AgentInput::Tick(at)
    }

    fn after(shell: &mut Shell<Self>, ctx: &mut Context<Shell<Self>>) {
        pause_when_due(shell, ctx);
        if settle(shell) {
            arm(shell, ctx);
        }
    }

    fn ready(shell: &mut Shell<Self>, ctx: &mut Context<Shell<Self>>) {
        settle(shell);
        arm(shell, ctx);
    }
}
