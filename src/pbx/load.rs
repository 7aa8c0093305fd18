//! A busy floor as bytes: so many live calls and the traffic they make, rendered ahead, for those
//! who measure what a stream costs them.
//!
//! ```text
//!   0 calls ──── opening: each call's first events ────▶ N live calls ──── traffic: calls come and go, N stay about N ────▶
//! ```
//!
//! Nothing is sampled or repeated: it is a life like any other, only larger, so that every id is
//! real, every call is whole, and the truth at the end is at hand to be compared with.

use super::floor::Size;
use super::life::{Life, Pace};
use super::truth::Micros;

/// How large a load is.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Calls live at once, give or take a few in a hundred.
    pub calls: usize,
    /// Events after the opening.
    pub events: usize,
    /// Chance.
    pub seed: u64,
    /// Whether the opening is among the bytes; if not, a client learns of the calls by listing.
    pub tell_opening: bool,
}

/// A rendered load.
#[derive(Debug)]
pub struct Rendered {
    /// The floor before the first byte: what a client that connects then lists.
    pub before: Life,
    /// Frames one after another, without a banner.
    pub bytes: Vec<u8>,
    /// Where the opening ends in `bytes`.
    pub opening: usize,
    /// Events in the opening.
    pub opening_events: usize,
    /// Events after it.
    pub events: usize,
    /// The floor as it is after the last event: what a listing must agree with.
    pub after: Life,
}

impl Load {
    fn floor(&self, boot: Micros) -> Life {
        let calls = self.calls.max(1);
        let size = Size {
            // Most calls hold one agent, some two; a third of the floor is free.
            agents: (calls + calls / 2 + 8) as u32,
            queues: (calls / 100).clamp(4, 100) as u32,
            trunks: (calls / 100).clamp(2, 500) as u32,
            seed: self.seed,
        };
        // Long enough for the opening not to be all there is.
        Life::new(boot, &size, Pace { calls_per_minute: 0.0, talk_s: 120.0, incidents: true })
    }

    /// Renders it, starting at `boot`: same load, same bytes.
    pub fn render(&self, boot: Micros) -> Rendered {
        let mut life = self.floor(boot);
        let empty = self.tell_opening.then(|| life.clone());
        life.exchange.out.mute(!self.tell_opening);
        let enough = self.calls - self.calls / 50;
        // A minute at most: a thirtieth of the calls begins each second.
        for _ in 0..60 {
            if life.calls_live() >= enough {
                break;
            }
            life.live_a_second_with(self.calls);
        }
        life.exchange.out.mute(false);
        let before = empty.unwrap_or_else(|| life.clone());
        let opening = life.exchange.out.bytes().len();
        let opening_events = life.exchange.out.marks().len();
        while life.exchange.out.marks().len() < opening_events + self.events {
            life.live_a_second_with(self.calls);
        }
        let events = life.exchange.out.marks().len() - opening_events;
        let bytes = life.exchange.out.take_bytes();
        Rendered { before, bytes, opening, opening_events, events, after: life }
    }
}
