//! The built-in PBX (`vigie pbx`): our own small Asterisk, for demo, load and faults. It is the
//! only fake there is.
//!
//! ```text
//!              seed, size, pace
//!                     │
//!   clock ──▶ ┌──────────────┐ verbs ┌──────────┐        ┌────────┐ frames ┌────────┐
//!             │ life: people │──────▶│ exchange │──wire──▶│ Stream │─faults─▶│ server │──▶ AMI clients
//!             │              │◀──────│  truth   │        └────────┘        │        │
//!             └──────────────┘ cues  └──────────┘◀──────actions───────────│session │◀── actions
//!                                         └────────────listings───────────▶└────────┘
//! ```
//!
//! * [`truth`]: what exists; events and listings are both made from it, never separately;
//! * [`exchange`]: changes the truth and tells it, in Asterisk 22's order and words;
//! * [`dialplan`], [`floor`]: where a call goes, who works here;
//! * [`life`]: people who call, answer, talk, transfer, pause: a pure simulation with a seed;
//! * [`wire`], [`listing`], [`reply`], [`request`], [`actions`], [`session`]: AMI, Asterisk's side;
//! * [`faults`]: what a sick PBX would do, on demand;
//! * [`agi`]: FastAGI, Asterisk's side: callers whom a server leads;
//! * [`load`]: a busy floor as bytes, rendered ahead;
//! * [`server`], [`handover`]: the sockets, thin; [`disk`]: files of sounds and messages.
//!
//! Everything but `server`, `handover` and `disk` is pure: the same seed and the same steps give the same bytes. What
//! it sends is compared with captures of a real Asterisk 22 in `tests`, so that it does not drift.
//! Not here: sound. Its AudioSocket side comes with the feature that needs it.

pub mod actions;
pub mod agi;
pub mod dialplan;
pub mod disk;
pub mod exchange;
pub mod faults;
pub mod floor;
pub mod handover;
pub mod life;
pub mod listing;
pub mod load;
pub mod reply;
pub mod request;
pub mod rng;
pub mod server;
pub mod session;
pub mod truth;
pub mod wire;

#[cfg(test)]
mod tests;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use agi::Handover;
use faults::Fault;
use floor::Size;
use life::{Life, Pace};
pub use server::{Hub, Running, start};
use session::Account;
use truth::Micros;

/// The context in which phones dial: where a transfer goes.
pub const INTERNAL_CONTEXT: &str = "from-phones";

/// Seconds that every queue leaves a member alone after a call.
pub const WRAP_UP_S: u32 = 8;

/// How a built-in PBX is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who may log in.
    pub account: Account,
    /// Agents, queues, trunks, seed.
    pub size: Size,
    /// How busy it is.
    pub pace: Pace,
    /// Nobody at the phones: a test plays them.
    pub scripted: bool,
    /// Seconds the floor has been at work when the server starts.
    pub warm_up_s: u64,
    /// How long a write to a client may block (Asterisk's `writetimeout`).
    pub write_timeout: Duration,
    /// Faults from the start.
    pub faults: Vec<Fault>,
    /// Where callers of flows are handed over; `None`: there are none.
    pub handover: Option<Handover>,
}

impl Default for Settings {
    /// A living floor on a free loopback port: 24 agents, 4 queues, 2 trunks, 20 calls a minute,
    /// two minutes into its day, so that something happens at once.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            account: Account { username: "vigie".to_owned(), secret: KNOWN_SECRET.to_owned() },
            size: Size { agents: 24, queues: 4, trunks: 2, seed: 1 },
            pace: Pace::default(),
            scripted: false,
            warm_up_s: 120,
            write_timeout: Duration::from_millis(100),
            faults: Vec::new(),
            handover: None,
        }
    }
}

impl Settings {
    /// A floor with nobody at the phones, for tests that play them.
    pub fn scripted() -> Self {
        Self { scripted: true, warm_up_s: 0, ..Self::default() }
    }

    /// The floor as it is at `now`.
    pub fn floor(&self, now: Micros) -> Life {
        let boot = now.saturating_sub(self.warm_up_s * 1_000_000);
        let mut life = if self.scripted {
            Life::scripted(boot, &self.size)
        } else {
            let mut life = Life::new(boot, &self.size, self.pace.clone());
            life.warm_up(self.warm_up_s);
            life
        };
        // nobody could be led before there are sockets
        life.exchange.truth.handover.clone_from(&self.handover);
        life
    }
}

/// `vigie pbx`: a small Asterisk with a contact centre in it.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where to listen for AMI
    #[arg(long, default_value = "127.0.0.1:5138")]
    listen: SocketAddr,
    /// Agents, one phone each
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    agents: u32,
    /// Queues
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100))]
    queues: u32,
    /// Trunks
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=500))]
    trunks: u32,
    /// New calls a minute
    #[arg(long, default_value_t = 20.0)]
    calls_per_minute: f64,
    /// Median talk, seconds
    #[arg(long, default_value_t = 45.0)]
    talk_seconds: f64,
    /// Chance: the same seed, the same life
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// AMI account
    #[arg(long, default_value = "vigie")]
    username: String,
    /// Its secret
    #[arg(long, default_value = KNOWN_SECRET, env = "VIGIE_PBX_SECRET", hide_env_values = true)]
    secret: String,
    /// A fault from the start, e.g. `drop:Hangup:10` (may be given several times)
    #[arg(long)]
    fault: Vec<Fault>,
    /// Hand callers of flows over to the FastAGI port there, e.g. `127.0.0.1:4573`
    #[arg(long, value_name = "ADDRESS")]
    agi: Option<SocketAddr>,
    /// The token that this port asks for
    #[arg(long, requires = "agi", env = "VIGIE_PBX_AGI_TOKEN", hide_env_values = true)]
    agi_token: Option<String>,
    /// Write the AMI stream of a floor with `--live-calls` to this file and end, as a capture for
    /// `vigie replay` or for a load
    #[arg(long, value_name = "FILE")]
    render: Option<PathBuf>,
    /// Calls live at once in a rendered stream
    #[arg(long, default_value_t = 100, requires = "render")]
    live_calls: u32,
    /// Events of a rendered stream after all calls have begun
    #[arg(long, default_value_t = 100_000, requires = "render")]
    events: u32,
}

impl From<Args> for Settings {
    fn from(args: Args) -> Self {
        Self {
            listen: args.listen,
            account: Account { username: args.username, secret: args.secret },
            size: Size { agents: args.agents, queues: args.queues, trunks: args.trunks, seed: args.seed },
            pace: Pace {
                calls_per_minute: args.calls_per_minute.max(0.0),
                talk_s: args.talk_seconds.max(1.0),
                incidents: true,
            },
            faults: args.fault,
            handover: args.agi.map(|to| Handover { to, token: args.agi_token }),
            ..Self::default()
        }
    }
}

/// The secret of a PBX that only this machine can reach.
const KNOWN_SECRET: &str = "vigie";

/// Whoever reads the documentation could log in: only this machine may then reach it.
fn not_for_everybody(settings: &Settings) -> Result<(), String> {
    if settings.listen.ip().is_loopback() || settings.account.secret != KNOWN_SECRET {
        return Ok(());
    }
    Err(format!(
        "refusing to listen on {} with the secret that everybody knows: set VIGIE_PBX_SECRET to another one, \
         or listen on 127.0.0.1",
        settings.listen
    ))
}

/// Runs `vigie pbx` until the process is stopped, or renders a stream.
///
/// # Errors
/// When it cannot listen, would listen for others with the secret that everybody knows, or the file cannot be written.
pub fn run(args: Args) -> io::Result<()> {
    if let Some(file) = &args.render {
        let load =
            load::Load { calls: args.live_calls as usize, events: args.events as usize, seed: args.seed };
        return load.write(file);
    }
    let settings = Settings::from(args);
    not_for_everybody(&settings).map_err(io::Error::other)?;
    let running = start(settings)?;
    log::info!("built-in PBX listening for AMI on {}", running.address());
    running.join();
    Ok(())
}
