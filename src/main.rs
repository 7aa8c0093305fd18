//! The `vigie` command.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use vigie::app::{self, Listeners};
use vigie::config::Config;

/// Rows are made on the thread of their PBX and dropped by the board's: glibc pays for that with locks
/// and with memory that it does not give back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(name = "vigie", version, about = "Live lookout of an Asterisk contact centre")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Follow the configured PBXs and serve the floor (default)
    Serve(ServeArgs),
    /// The built-in PBX: a small Asterisk with a contact centre in it
    Pbx(vigie::pbx::Args),
    /// The audit log
    #[command(subcommand)]
    Audit(vigie::audit::Command),
    /// Recorded AMI streams through the same states as live ones, as JSON
    Replay(vigie::replay::ReplayArgs),
}

#[derive(Debug, Default, clap::Args)]
struct ServeArgs {
    /// Another file than ./vigie.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Unless `RUST_LOG` says otherwise: of others only what is wrong.
const LOGGED: &str = "warn,vigie=info,actors=info";

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(LOGGED))
        .format(|to, record| {
            let now = to.timestamp();
            let words = vigie::logged::words(&record.args().to_string());
            writeln!(to, "[{now} {:<5} {}] {words}", record.level(), record.target())
        })
        .init();
    let done = match Arguments::parse().command.unwrap_or_else(|| Command::Serve(ServeArgs::default())) {
        Command::Serve(args) => serve(&args).map_err(|e| e.to_string()),
        Command::Pbx(args) => vigie::pbx::run(args).map_err(|e| e.to_string()),
        Command::Audit(command) => audit(&command),
        Command::Replay(args) => vigie::replay::run(&args, &mut std::io::stdout().lock()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(args: &ServeArgs) -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load(Path::new("."), args.config.as_deref())?;
    let listeners = Listeners::bind(&config)?;
    actix::System::new().block_on(app::run(config, listeners, asked_to_stop()))?;
    Ok(())
}

/// On the database and the folder that `serve` would use.
fn audit(command: &vigie::audit::Command) -> Result<(), String> {
    let config = Config::load(Path::new("."), None).map_err(|e| e.to_string())?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let said = runtime.block_on(async {
        let database = app::database(&config).map_err(|e| e.to_string())?;
        let (db, folder) = database.ok_or("DATABASE_URL is none: no log is kept")?;
        vigie::audit::run(command, &db, &folder).await
    })?;
    println!("{said}");
    Ok(())
}

/// Ctrl-C or SIGTERM.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        log::warn!("signals cannot be heard: only a kill will stop this");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
