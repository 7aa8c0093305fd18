//! `vigie-lab`: measures Vigie, each figure beside the floor that the same machine gives in the same run.
//!
//! Never shipped: it is built with `--features lab` (and `fault-injection` for `isolation`).

mod agi;
mod agi_client;
mod agi_floor;
mod agi_port;
mod agi_silent;
mod agi_whole;
mod child;
mod clients;
mod fanfloor;
mod fanout;
mod floor;
mod ingest;
#[cfg(feature = "fault-injection")]
mod isolation;
#[cfg(feature = "fault-injection")]
mod mirror;
#[cfg(feature = "fault-injection")]
mod oracle;
mod peer;
mod product;
mod stages;
mod stream;
mod template;
mod usage;
mod voice;
mod voice_client;
mod voice_floor;
mod voice_port;
mod wsclient;

use clap::{Parser, Subcommand};

/// As in `vigie` itself. Rows are made on the thread of their PBX and dropped by the board's: glibc pays for that with locks
/// and with memory that it does not give back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "vigie-lab", about = "Measures Vigie beside its floors")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Socket to board: events a second through the real link, router, actors and board.
    Ingest(ingest::Args),
    /// The same stream through the codec and the pure states, without sockets and actors.
    Stages(stages::Args),
    /// From an event on the AMI socket to a frame on every client's.
    Fanout(fanout::Args),
    /// FastAGI sessions: a flow for each caller.
    Agi(agi::Args),
    /// Callers who talk with an assistant, all at once.
    Voice(voice::Args),
    /// Panics in actors under load, and whether anybody else noticed.
    #[cfg(feature = "fault-injection")]
    Isolation(isolation::Args),
    /// Many WebSocket clients.
    #[command(hide = true)]
    Clients(clients::Args),
    /// The other side of `agi`.
    #[command(hide = true)]
    AgiClient(agi_client::Args),
    /// The other side of `voice`.
    #[command(hide = true)]
    VoiceClient(voice_client::Args),
    /// The other side of `ingest`, in a process of its own: a PBX that sends a rendered stream.
    #[command(hide = true)]
    Peer(peer::Args),
}

fn main() -> std::process::ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("error")).init();
    let outcome = match Cli::parse().command {
        Command::Ingest(args) => ingest::run(&args),
        Command::Stages(args) => stages::run(&args),
        Command::Fanout(args) => fanout::run(&args),
        Command::Agi(args) => agi::run(&args),
        Command::AgiClient(args) => agi_client::run(&args),
        Command::Voice(args) => voice::run(&args),
        Command::VoiceClient(args) => voice_client::run(&args),
        Command::Clients(args) => clients::run(&args),
        #[cfg(feature = "fault-injection")]
        Command::Isolation(args) => isolation::run(&args),
        Command::Peer(args) => peer::run(&args),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("vigie-lab: {problem}");
            std::process::ExitCode::FAILURE
        }
    }
}
