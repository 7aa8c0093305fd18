//! A busy floor as bytes: so many live calls and the traffic they make, rendered ahead, for those
//! who measure what a stream costs them.
//!
//! ```text
//!   0 calls ──── opening: each call's first events ────▶ N live calls ──── traffic: calls come and go, N stay about N ────▶
//! ```
//!
//! Nothing is sampled or repeated: it is a life like any other, only larger, so that every id is
//! real, every call is whole, and the truth at the end is at hand to be compared with.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use super::floor::Size;
use super::life::{Life, Pace};
use super::session::BANNER;
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
}

/// A rendered load.
#[derive(Debug)]
pub struct Rendered {
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

/// The first second of a rendered file: always the same, so that the same seed gives the same file.
const FIRST_S: u64 = 1_795_000_000;

impl Load {
    /// Writes it to a file as a connection that was made just before the first call.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let rendered = self.render(FIRST_S * 1_000_000);
        let mut out =
            File::create(file).map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", file.display())))?;
        out.write_all(BANNER)?;
        out.write_all(&rendered.bytes)?;
        log::info!(
            "{}: {} events of {} live calls after {} events of their beginnings",
            file.display(),
            rendered.events,
            rendered.after.calls_live(),
            rendered.opening_events
        );
        Ok(())
    }

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
        let enough = self.calls - self.calls / 50;
        // A minute at most: a thirtieth of the calls begins each second.
        for _ in 0..60 {
            if life.calls_live() >= enough {
                break;
            }
            life.live_a_second_with(self.calls);
        }
        let opening = life.exchange.out.bytes().len();
        let opening_events = life.exchange.out.marks().len();
        while life.exchange.out.marks().len() < opening_events + self.events {
            life.live_a_second_with(self.calls);
        }
        let events = life.exchange.out.marks().len() - opening_events;
        let bytes = life.exchange.out.take_bytes();
        Rendered { bytes, opening, opening_events, events, after: life }
    }
}
