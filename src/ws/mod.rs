//! `/ws`: the board, pushed.
//!
//! ```text
//! board ─published─▶ clients: a flag and a waker each ─▶ session actor ─▶ socket
//!   ▲                    ▲                                  │ asks the board what follows its number
//!   └────────────────────┼──────────────────────────────────┘
//!                 watch thread: shuts the socket of who does not read or does not answer
//! ```
//!
//! * Nothing is ever queued for a client. A publication sets its flag and wakes it; when its socket
//!   takes something, the session asks the board what follows the number it stands at. Who lags gets
//!   one frame with the latest of each row, who lags beyond history gets a snapshot: calls never
//!   vanish, and a client that never reads costs its buffers and nothing more (F50).
//! * What is sent in one poll is bounded, large frames go out in fragments, so that a snapshot of a
//!   large board is never copied whole for one client.
//! * A session actor is not polled while its socket is full, so it cannot close itself: the watch
//!   thread shuts the socket through a handle of its own.
//!
//! `protocol.rs` has every message; `operator.rs` the five events of `/ws?protocol=operator`, for which all of
//! this holds too. What does not live here: rows and frames (`actors::board`), who
//! may connect (`http::guard`).

mod clients;
mod hub;
mod operator;
mod people;
pub mod protocol;
mod session;
mod wire;

use std::time::Duration;

pub use clients::Figures;
pub use hub::{Hub, open};
pub use wire::Wire;

/// What holds for clients.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Clients at once; more are answered 503.
    pub clients: usize,
    /// `SO_SNDBUF` of each connection in bytes (Linux doubles it): bounds what waits in the kernel,
    /// and so the age of what a slow client reads.
    pub send_buffer: usize,
    /// A client that has not taken anything for so long while something waits is shut.
    pub stuck: Duration,
    /// A client that has not been up to date for so long is told to come back later (1013).
    pub lag: Duration,
    /// A client that never answered a ping is shut after this.
    pub unheard: Duration,
    /// One that did answer once is shut after so much silence.
    pub silent: Duration,
    /// A client that was told to go has so long to go.
    pub parting: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            clients: 10_000,
            send_buffer: 64 << 10,
            stuck: Duration::from_secs(5),
            lag: Duration::from_secs(60),
            unheard: Duration::from_secs(9),
            silent: Duration::from_secs(25),
            parting: Duration::from_secs(2),
        }
    }
}
